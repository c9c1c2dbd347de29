// A plain socket, and how sockets end.
#include "services/gateway/http_transport.h"

#include <utility>

#include <boost/asio/write.hpp>

namespace mlup::gateway {
namespace {

namespace asio = boost::asio;

class Plain final : public HttpTransport {
 public:
  explicit Plain(Socket socket) : socket_(std::move(socket)) {}

  void Handshake(Done done) override { done({}); }
  void Read(asio::mutable_buffer into, Got got) override {
    socket_.async_read_some(into, std::move(got));
  }
  void Write(asio::const_buffer from, Done done) override {
    asio::async_write(
        socket_, from,
        [done = std::move(done)](boost::system::error_code error, std::size_t) { done(error); });
  }
  void Finish(Done done) override { Drain(std::move(done)); }

 private:
  Socket& socket() override { return socket_; }

  Socket socket_;
};

}  // namespace

void HttpTransport::Close() {
  boost::system::error_code ignored;
  socket().close(ignored);
}

void HttpTransport::Drain(Done done) {
  boost::system::error_code error;
  socket().shutdown(Socket::shutdown_send, error);
  if (error) return done(error);
  PassOver(std::move(done));
}

void HttpTransport::PassOver(Done done) {
  socket().async_read_some(
      asio::buffer(passed_over_),
      [this, done = std::move(done)](boost::system::error_code error, std::size_t) mutable {
        if (error) return done(error);
        PassOver(std::move(done));
      });
}

std::unique_ptr<HttpTransport> PlainTransport(HttpTransport::Socket socket) {
  return std::make_unique<Plain>(std::move(socket));
}

}  // namespace mlup::gateway
