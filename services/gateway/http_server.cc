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
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <sys/socket.h>

#include "eventstore/base/loopback.h"
#include "eventstore/base/status.h"
#include "eventstore/base/unix_socket.h"
#include "services/gateway/doorway.h"
#include "services/gateway/http_session.h"
#include "services/gateway/http_transport.h"

namespace mlup::gateway {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Protocol = asio::generic::stream_protocol;

constexpr std::string_view kUnix = "unix:";

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
        Doorway::Ways{tls_ != nullptr, [this](Protocol::socket socket) { Take(std::move(socket)); },
                      options.http2});
  }

  ~Server() override {
    if (!network_.joinable()) return;
    asio::post(sessions_.io(), [this] {
      acceptor_.close();
      sessions_.EndAll(kPatience);
    });
    network_.join();
    if (!path_.empty()) RemoveSocket(path_);
  }

  absl::Status ListenAt(const std::string& path) {
    ASSIGN_OR_RETURN(const int descriptor, ListenAtPath(path, 0600));
    acceptor_.assign(Protocol(AF_UNIX, 0), descriptor);
    path_ = path;
    Begin(absl::StrCat(ToAbsl(kUnix), path));
    return absl::OkStatus();
  }

  absl::Status ListenOn(const tcp::endpoint& endpoint, const std::string& address) {
    boost::system::error_code error;
    tcp::acceptor acceptor(sessions_.io());
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return Error(absl::StatusCode::kUnavailable, "ADDRESS_IN_USE",
                   absl::StrCat("cannot listen on ", address, ": ", error.message()));
    }
    const int port = acceptor.local_endpoint().port();
    acceptor_.assign(endpoint.protocol(), acceptor.release());
    Begin(absl::StrCat(address.substr(0, address.rfind(':')), ":", port));
    return absl::OkStatus();
  }

  const std::string& address() const override { return address_; }

  HttpCounts counts() const override { return sessions_.counts(); }

  void Wake() override {
    asio::post(sessions_.io(), [this] { sessions_.WakeAll(); });
  }

 private:
  void Begin(std::string address) {
    address_ = std::move(address);
    Accept();
    network_ = std::jthread([this] { sessions_.io().run(); });
  }

  void Accept() {
    acceptor_.async_accept([this](boost::system::error_code error, Protocol::socket socket) {
      if (!acceptor_.is_open()) return;
      if (!error && doorway_.has_value()) {
        doorway_->Enter(std::move(socket));
      } else if (!error) {
        Take(std::move(socket));
      }
      Accept();
    });
  }

  void Take(Protocol::socket socket) {
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
  // Of its Unix socket.
  std::string path_;
  HttpSessions sessions_;
  // Network thread only.
  std::optional<Doorway> doorway_;
  asio::basic_socket_acceptor<Protocol> acceptor_;
  std::jthread network_;
};

absl::Status NotAnAddress(const std::string& address) {
  return Error(absl::StatusCode::kInvalidArgument, "ADDRESS_INVALID",
               absl::StrCat("not an address: ", address, "; use HOST:PORT or unix:PATH"));
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
  std::unique_ptr<asio::ssl::context> tls;
  if (has_tls) {
    ASSIGN_OR_RETURN(tls, MakeTlsContext(*options.tls));
  }
  auto server = std::make_unique<Server>(options, std::move(handler), std::move(tls));
  if (options.address.starts_with(kUnix)) {
    RETURN_IF_ERROR(server->ListenAt(options.address.substr(kUnix.size())));
    return server;
  }
  ASSIGN_OR_RETURN(const tcp::endpoint endpoint, ParseAddress(options.address, has_tls));
  RETURN_IF_ERROR(server->ListenOn(endpoint, options.address));
  return server;
}

}  // namespace mlup::gateway
