// Finds requests in the bytes of a connection.
#pragma once

#include <cstddef>
#include <memory>

#include <boost/asio/buffer.hpp>

#include "services/gateway/http_message.h"

namespace mlup::gateway {

// One request after the other, of at most kHttpHeaderBytesMax of head and so many bytes of body.
// One thread at a time.
class RequestReader {
 public:
  // What it waits for, or has found.
  enum class State { kHead, kBody, kComplete, kRefused };

  explicit RequestReader(std::size_t body_bytes_max);
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  // Room for what comes next.
  boost::asio::mutable_buffer Space();
  // `size` bytes have come into that room.
  State Read(std::size_t size);
  // Whether a request has begun and is not complete.
  bool begun() const;
  // No more will come; kHead where nothing had begun.
  State End();

  // The complete one; then looks for the next, which may have come with it: Read(0) tells.
  HttpRequest Take();
  // What to tell who sent something else.
  HttpResponse Refusal() const;

 private:
  struct Fault;
  struct Parser;

  void Begin();

  const std::size_t body_bytes_max_;
  const std::unique_ptr<Parser> parser_;
};

}  // namespace mlup::gateway
