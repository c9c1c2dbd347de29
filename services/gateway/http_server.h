// An HTTP/1.1 server: over TLS, or in the clear on this machine.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

#include "eventstore/base/limits.h"
#include "services/gateway/http_message.h"
#include "services/tls/tls_files.h"

namespace mlup::gateway {

// Answers requests with a function. A connection ends whose handshake and head of a request are
// not there within 10 seconds, whose request is not read or whose answer is not taken within 30
// seconds, or whose stream takes nothing for 10 minutes. It holds one request and one answer, or
// one step of a stream.
//
// One thread starts and ends it; Wake() from any. Owns its threads: one for the network, a few for
// the function and the streams.
class HttpServer {
 public:
  using Handler = std::function<HttpResponse(const HttpRequest&)>;

  struct Options {
    // `127.0.0.1:PORT`, `localhost:PORT` or `[::1]:PORT`, and with TLS any host; port 0 takes a
    // free one. Or `unix:PATH`, for who is the same user.
    std::string address;
    // Then it speaks TLS and nothing else.
    std::optional<tls::TlsIdentity> tls = {};
    // One more closes the one that has shown no token for the longest time; where all have shown
    // one it is told 503 and closed.
    std::size_t connections_max = kHttpConnectionsMax;
    std::size_t body_bytes_max = kHttpBodyBytesMax;
    // Takes over the sockets of those who speak HTTP/2, which is told by their first words before
    // anything is read, and need not do so in its own thread; none: everybody is answered in
    // HTTP/1.1. Owns the descriptor. Called until the server ends.
    std::function<void(int descriptor)> http2 = {};
    // Threads that run the function.
    std::size_t threads = 4;
  };

  // INVALID_ARGUMENT ADDRESS_NOT_LOCAL: plaintext never leaves the machine; ADDRESS_INVALID,
  // TLS_IDENTITY_INVALID. UNAVAILABLE ADDRESS_IN_USE, SOCKET_FAILED.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(Options options, Handler handler);

  // Ends all connections.
  virtual ~HttpServer() = default;

  // The address with the port it has.
  virtual const std::string& address() const = 0;

  // Any thread.
  virtual HttpCounts counts() const = 0;

  // Asks every stream that waits for its next step.
  virtual void Wake() = 0;
};

}  // namespace mlup::gateway
