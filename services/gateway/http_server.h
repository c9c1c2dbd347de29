// An HTTP/1.1 server over plain TCP on this machine.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "eventstore/base/limits.h"
#include "services/gateway/http_message.h"

namespace mlup::gateway {

// Answers requests with a function. A request that is not read within 30 seconds, or an answer that
// is not taken within 30 seconds, ends its connection; a stream whose reader takes nothing for 10
// minutes ends too. A connection holds one request and one answer, or one step of a stream.
//
// One thread starts and ends it; Wake() from any. Owns its threads: one for the network, a few for
// the function and the streams.
class HttpServer {
 public:
  // The second argument is how many connections there are.
  using Handler = std::function<HttpResponse(const HttpRequest&, std::size_t)>;

  struct Options {
    // `127.0.0.1:PORT`, `localhost:PORT` or `[::1]:PORT`; port 0 takes a free one.
    std::string address;
    // More are told 503 and closed.
    std::size_t connections_max = kHttpConnectionsMax;
    std::size_t body_bytes_max = kEventBytesMax;
    // Threads that run the function.
    std::size_t threads = 4;
  };

  // INVALID_ARGUMENT ADDRESS_NOT_LOCAL: plaintext never leaves the machine. UNAVAILABLE
  // ADDRESS_IN_USE.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(Options options, Handler handler);

  // Ends all connections.
  virtual ~HttpServer() = default;

  // The address with the port it has.
  virtual const std::string& address() const = 0;

  // Asks every stream that waits for its next step.
  virtual void Wake() = 0;
};

}  // namespace mlup::gateway
