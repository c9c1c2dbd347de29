// HTTP requests and answers, apart from the library that carries them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mlup::gateway {

struct HttpRequest {
  std::string method;
  // Decoded, without the query: `/v1/events`.
  std::string path;
  // Decoded, in order.
  std::vector<std::pair<std::string, std::string>> query;
  // Names in lower case; the values of repeated ones with a comma between them.
  std::map<std::string, std::string, std::less<>> headers;
  std::string body;
  // Another one may follow on the connection.
  bool keep_alive = true;

  // Empty when there is none.
  std::string_view Header(std::string_view name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
  }
};

// An answer that goes on. Called by one thread at a time; never blocks for long.
class HttpStream {
 public:
  struct Step {
    // What to send now; empty when there is nothing.
    std::string bytes;
    // Nothing more will come.
    bool ended = false;
    // There is more to look at: ask again at once.
    bool more = false;
  };

  virtual ~HttpStream() = default;

  // What is to be sent next. Asked again when the bytes are sent, when the log has grown, and after
  // patience().
  virtual Step Next() = 0;
  virtual std::chrono::milliseconds patience() const { return std::chrono::seconds(1); }
};

struct HttpResponse {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // Follows instead of the body.
  std::unique_ptr<HttpStream> stream;
  // The caller has shown a token: the connection is not closed to make room for others.
  bool authenticated = false;
};

// The connections of a server, since it began.
struct HttpCounts {
  std::size_t open = 0;
  // Closed to make room: they had shown no token and were the first of those.
  std::uint64_t evicted = 0;
  // There was no room, and none to be made.
  std::uint64_t refused = 0;
  // The other side took longer than it may.
  std::uint64_t overdue = 0;
};

}  // namespace mlup::gateway
