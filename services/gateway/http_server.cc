// One thread runs the network; work goes to an executor and comes back by post.
#include "services/gateway/http_server.h"

#include <array>
#include <atomic>
#include <chrono>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "eventstore/base/executor.h"
#include "eventstore/base/status.h"
#include "services/gateway/error_body.h"
#include "services/gateway/query.h"

namespace mlup::gateway {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr std::chrono::seconds kExchangeTime(30);
constexpr std::chrono::minutes kStreamWriteTime(10);
constexpr std::chrono::seconds kStreamPoll(1);

class Server;

// One connection. Everything but the handler and the streams runs on the network thread.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, Server& server);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void Read();
  // A stream that waits is asked for its next step.
  void Wake();
  void Close();

 private:
  void OnRead(beast::error_code error);
  void Refuse(beast::error_code error);
  void Answer(HttpResponse answer);
  void Write(http::response<http::string_body> message);
  void BeginStream(const HttpResponse& answer);
  void Watch();
  void Step();
  void OnStep(const HttpStream::Step& step);
  void WriteChunk(const std::string& bytes, bool ends);
  void Wait();

  beast::tcp_stream stream_;
  Server& server_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::unique_ptr<HttpStream> events_;
  // What a reader of a stream says, which is nothing to us.
  std::array<char, 256> said_{};
  asio::steady_timer timer_;
  bool waits_ = false;
  bool keeps_ = false;
  unsigned version_ = 11;
};

class Server final : public HttpServer {
 public:
  Server(Options options, Handler handler, std::string host)
      : options_(std::move(options)),
        handler_(std::move(handler)),
        host_(std::move(host)),
        acceptor_(io_),
        executor_({"mlup-http", options_.threads, options_.connections_max}) {}

  ~Server() override {
    if (!network_.joinable()) return;
    asio::post(io_, [this] {
      acceptor_.close();
      const std::set<Session*> sessions = sessions_;
      for (Session* session : sessions) session->Close();
      io_.stop();
    });
    network_.join();
  }

  absl::Status Listen(const tcp::endpoint& endpoint) {
    beast::error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return Error(absl::StatusCode::kUnavailable, "ADDRESS_IN_USE",
                   absl::StrCat("cannot listen on ", options_.address, ": ", error.message()));
    }
    address_ = absl::StrCat(host_, ":", acceptor_.local_endpoint().port());
    Accept();
    network_ = std::jthread([this] { io_.run(); });
    return absl::OkStatus();
  }

  const std::string& address() const override { return address_; }
  std::size_t connections() const { return connections_; }

  void Wake() override {
    asio::post(io_, [this] {
      const std::set<Session*> sessions = sessions_;
      for (Session* session : sessions) session->Wake();
    });
  }

  const Options& options() const { return options_; }
  const Handler& handler() const { return handler_; }
  asio::io_context& io() { return io_; }
  // Bounded by the connections: each has one piece of work at most.
  void Run(std::function<void()> work) { executor_.Run(std::move(work)); }
  void Add(Session* session) {
    sessions_.insert(session);
    connections_ = sessions_.size();
  }
  void Remove(Session* session) {
    sessions_.erase(session);
    connections_ = sessions_.size();
  }

 private:
  void Accept() {
    acceptor_.async_accept([this](beast::error_code error, tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (!error && sessions_.size() < options_.connections_max) {
        std::make_shared<Session>(std::move(socket), *this)->Read();
      } else if (!error) {
        // Fits into the buffer of a fresh connection, so that nobody waits for it.
        const std::string full = absl::StrCat(
            "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\n"
            "Content-Length: 0\r\n\r\n");
        socket.write_some(asio::buffer(full), error);
      }
      Accept();
    });
  }

  const Options options_;
  const Handler handler_;
  const std::string host_;
  std::string address_;
  // Network thread only. Outlives the context, with which the last connections go.
  std::set<Session*> sessions_;
  std::atomic<std::size_t> connections_ = 0;
  asio::io_context io_;
  tcp::acceptor acceptor_;
  // Gone before the context, to which its work comes back.
  Executor executor_;
  std::jthread network_;
};

Session::Session(tcp::socket socket, Server& server)
    : stream_(std::move(socket)), server_(server), timer_(server.io()) {
  server_.Add(this);
}

Session::~Session() { server_.Remove(this); }

void Session::Close() {
  beast::error_code ignored;
  stream_.socket().close(ignored);
  timer_.cancel();
}

void Session::Read() {
  parser_.emplace();
  parser_->header_limit(kHttpHeaderBytesMax);
  parser_->body_limit(server_.options().body_bytes_max);
  stream_.expires_after(kExchangeTime);
  http::async_read(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](beast::error_code error, std::size_t) { self->OnRead(error); });
}

void Session::OnRead(beast::error_code error) {
  if (error) return Refuse(error);
  http::request<http::string_body> message = parser_->release();
  HttpRequest request;
  request.method = std::string(message.method_string());
  const beast::string_view target = message.target();
  ParseTarget({target.data(), target.size()}, request);
  for (const auto& field : message) {
    std::string name(field.name_string());
    for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    request.headers[name] = std::string(field.value());
  }
  request.body = std::move(message.body());
  keeps_ = message.keep_alive();
  version_ = message.version();
  server_.Run([self = shared_from_this(), request = std::move(request)] {
    auto answer = std::make_shared<HttpResponse>(
        self->server_.handler()(request, self->server_.connections()));
    asio::post(self->server_.io(), [self, answer] { self->Answer(std::move(*answer)); });
  });
}

// The other side left, or what it sent is no request of ours.
void Session::Refuse(beast::error_code error) {
  keeps_ = false;
  if (error == http::error::body_limit) {
    return Answer(
        ErrorResponse(413, "BODY_TOO_LARGE", "body",
                      absl::StrCat("at most ", server_.options().body_bytes_max, " bytes")));
  }
  if (error == http::error::header_limit) {
    return Answer(ErrorResponse(431, "HEADER_TOO_LARGE", "",
                                absl::StrCat("at most ", kHttpHeaderBytesMax, " bytes")));
  }
  const bool is_http =
      error.category() == http::make_error_code(http::error::bad_method).category();
  if (!is_http || error == http::error::end_of_stream) return Close();
  Answer(ErrorResponse(400, "HTTP_MALFORMED", "", "not an HTTP/1.1 request"));
}

void Session::Answer(HttpResponse answer) {
  if (answer.stream != nullptr) {
    events_ = std::move(answer.stream);
    return BeginStream(answer);
  }
  http::response<http::string_body> message(static_cast<http::status>(answer.status), version_);
  for (const auto& [name, value] : answer.headers) message.set(name, value);
  message.body() = std::move(answer.body);
  message.keep_alive(keeps_);
  message.prepare_payload();
  Write(std::move(message));
}

void Session::Write(http::response<http::string_body> message) {
  auto shared = std::make_shared<http::response<http::string_body>>(std::move(message));
  stream_.expires_after(kExchangeTime);
  http::async_write(stream_, *shared,
                    [self = shared_from_this(), shared](beast::error_code error, std::size_t) {
                      if (error || !self->keeps_) return self->Close();
                      self->Read();
                    });
}

void Session::BeginStream(const HttpResponse& answer) {
  std::string head = absl::StrCat("HTTP/1.1 ", answer.status, " OK\r\n");
  for (const auto& [name, value] : answer.headers)
    absl::StrAppend(&head, name, ": ", value, "\r\n");
  absl::StrAppend(&head, "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
  auto bytes = std::make_shared<std::string>(std::move(head));
  stream_.expires_after(kExchangeTime);
  asio::async_write(stream_, asio::buffer(*bytes),
                    [self = shared_from_this(), bytes](beast::error_code error, std::size_t) {
                      if (error) return self->Close();
                      self->Watch();
                      self->Step();
                    });
}

// Who leaves a stream is noticed at once, and not with the next thing that is to be sent.
void Session::Watch() {
  stream_.socket().async_read_some(
      asio::buffer(said_), [self = shared_from_this()](beast::error_code error, std::size_t) {
        if (error) return self->Close();
        self->Watch();
      });
}

void Session::Step() {
  waits_ = false;
  timer_.cancel();
  stream_.expires_never();
  server_.Run([self = shared_from_this()] {
    auto step = std::make_shared<HttpStream::Step>(self->events_->Next());
    asio::post(self->server_.io(), [self, step] { self->OnStep(*step); });
  });
}

void Session::OnStep(const HttpStream::Step& step) {
  if (!stream_.socket().is_open()) return;
  if (!step.bytes.empty() || step.ended) return WriteChunk(step.bytes, step.ended);
  if (step.more) return Step();
  Wait();
}

void Session::WriteChunk(const std::string& bytes, bool ends) {
  std::string chunk;
  if (!bytes.empty()) {
    chunk = absl::StrCat(absl::Hex(bytes.size()), "\r\n", bytes, "\r\n");
  }
  if (ends) chunk += "0\r\n\r\n";
  auto shared = std::make_shared<std::string>(std::move(chunk));
  stream_.expires_after(kStreamWriteTime);
  asio::async_write(
      stream_, asio::buffer(*shared),
      [self = shared_from_this(), shared, ends](beast::error_code error, std::size_t) {
        if (error || ends) return self->Close();
        self->Step();
      });
}

void Session::Wait() {
  waits_ = true;
  timer_.expires_after(kStreamPoll);
  timer_.async_wait([self = shared_from_this()](beast::error_code error) {
    if (!error && self->stream_.socket().is_open()) self->Wake();
  });
}

void Session::Wake() {
  if (waits_) Step();
}

// Loopback only.
absl::StatusOr<tcp::endpoint> ParseAddress(const std::string& address, std::string& host) {
  const std::size_t colon = address.rfind(':');
  host = address.substr(0, colon);
  const bool is_v6 = host == "[::1]";
  beast::error_code error;
  const auto ip = asio::ip::make_address(
      is_v6 ? "::1" : (host == "localhost" ? "127.0.0.1" : host.c_str()), error);
  if (colon == std::string::npos || error || !ip.is_loopback()) {
    return Error(absl::StatusCode::kInvalidArgument, "ADDRESS_NOT_LOCAL",
                 absl::StrCat("refused to speak plaintext on ", address, ": use 127.0.0.1:PORT"));
  }
  int port = -1;
  if (!absl::SimpleAtoi(address.substr(colon + 1), &port) || port < 0 || port > 65535) {
    return Error(absl::StatusCode::kInvalidArgument, "ADDRESS_INVALID",
                 absl::StrCat("not an address: ", address, "; use 127.0.0.1:PORT"));
  }
  return tcp::endpoint(ip, static_cast<unsigned short>(port));
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(Options options, Handler handler) {
  std::string host;
  ASSIGN_OR_RETURN(const tcp::endpoint endpoint, ParseAddress(options.address, host));
  auto server = std::make_unique<Server>(std::move(options), std::move(handler), host);
  RETURN_IF_ERROR(server->Listen(endpoint));
  return server;
}

}  // namespace mlup::gateway
