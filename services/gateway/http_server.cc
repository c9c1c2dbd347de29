// Listens; one thread runs the network for all connections.
#include "services/gateway/http_server.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include "eventstore/base/loopback.h"
#include "eventstore/base/status.h"
#include "services/gateway/doorway.h"
#include "services/gateway/http_session.h"
#include "services/gateway/http_transport.h"

namespace mlup::gateway {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// Fits into the buffer of a fresh connection, so that nobody waits for it.
constexpr std::string_view kFull =
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\n"
    "Content-Length: 0\r\n\r\n";

// What connections have for their answers once the server ends.
constexpr std::chrono::seconds kPatience(10);

class Server final : public HttpServer {
 public:
  Server(const Options& options, Handler handler, std::unique_ptr<asio::ssl::context> tls)
      : tls_(std::move(tls)), sessions_(options, std::move(handler)), acceptor_(sessions_.io()) {
    if (!options.http2) return;
    doorway_.emplace(
        sessions_.io(),
        Doorway::Ways{tls_ != nullptr, [this](tcp::socket socket) { Take(std::move(socket)); },
                      options.http2});
  }

  ~Server() override {
    if (!network_.joinable()) return;
    asio::post(sessions_.io(), [this] {
      acceptor_.close();
      sessions_.EndAll(kPatience);
    });
    network_.join();
  }

  absl::Status Listen(const tcp::endpoint& endpoint, const std::string& address) {
    boost::system::error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return Error(absl::StatusCode::kUnavailable, "ADDRESS_IN_USE",
                   absl::StrCat("cannot listen on ", address, ": ", error.message()));
    }
    address_ =
        absl::StrCat(address.substr(0, address.rfind(':')), ":", acceptor_.local_endpoint().port());
    Accept();
    network_ = std::jthread([this] { sessions_.io().run(); });
    return absl::OkStatus();
  }

  const std::string& address() const override { return address_; }

  HttpCounts counts() const override { return sessions_.counts(); }

  void Wake() override {
    asio::post(sessions_.io(), [this] { sessions_.WakeAll(); });
  }

 private:
  void Accept() {
    acceptor_.async_accept([this](boost::system::error_code error, tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (!error && doorway_.has_value()) {
        doorway_->Enter(std::move(socket));
      } else if (!error) {
        Take(std::move(socket));
      }
      Accept();
    });
  }

  void Take(tcp::socket socket) {
    if (sessions_.MakeRoom()) {
      std::make_shared<HttpSession>(tls_ == nullptr ? PlainTransport(std::move(socket))
                                                    : TlsTransport(std::move(socket), *tls_),
                                    sessions_)
          ->Start();
    } else if (tls_ == nullptr) {
      boost::system::error_code ignored;
      socket.write_some(asio::buffer(kFull), ignored);
    }
  }

  // Null where it speaks in the clear.
  const std::unique_ptr<asio::ssl::context> tls_;
  std::string address_;
  HttpSessions sessions_;
  // Network thread only.
  std::optional<Doorway> doorway_;
  tcp::acceptor acceptor_;
  std::jthread network_;
};

absl::Status NotAnAddress(const std::string& address) {
  return Error(absl::StatusCode::kInvalidArgument, "ADDRESS_INVALID",
               absl::StrCat("not an address: ", address, "; use HOST:PORT"));
}

absl::StatusOr<tcp::endpoint> ParseAddress(const std::string& address, bool anywhere) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return NotAnAddress(address);
  std::string host = address.substr(0, colon);
  if (!anywhere && !IsLoopback(host)) {
    return Error(absl::StatusCode::kInvalidArgument, "ADDRESS_NOT_LOCAL",
                 absl::StrCat("refused to speak plaintext on ", address,
                              ": use 127.0.0.1:PORT, or give a certificate"));
  }
  if (host == "localhost") host = "127.0.0.1";
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  int port = -1;
  if (!absl::SimpleAtoi(address.substr(colon + 1), &port) || port < 0 || port > 65535) {
    return NotAnAddress(address);
  }
  asio::io_context io;
  boost::system::error_code error;
  const auto found =
      tcp::resolver(io).resolve(host, std::to_string(port), tcp::resolver::passive, error);
  if (error || found.empty()) return NotAnAddress(address);
  return found.begin()->endpoint();
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(Options options, Handler handler) {
  const bool has_tls = options.tls.has_value();
  ASSIGN_OR_RETURN(const tcp::endpoint endpoint, ParseAddress(options.address, has_tls));
  std::unique_ptr<asio::ssl::context> tls;
  if (has_tls) {
    ASSIGN_OR_RETURN(tls, MakeTlsContext(*options.tls));
  }
  auto server = std::make_unique<Server>(options, std::move(handler), std::move(tls));
  RETURN_IF_ERROR(server->Listen(endpoint, options.address));
  return server;
}

}  // namespace mlup::gateway
