// The messages of an append session as bytes, and what waits for their answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include <grpc/support/time.h>
#include <grpcpp/support/byte_buffer.h>

#include "mlup/log/v1/event_store.pb.h"

namespace mlup::log {

// Appends that were asked together and are told together, with their bytes. One thread at a time.
class AskedAppends {
 public:
  using Result = absl::StatusOr<v1::AppendResponse>;
  using Done = std::function<void(std::vector<Result>)>;

  // Serialises the requests, which need not live on; there is at least one.
  AskedAppends(std::span<const v1::AppendRequest* const> requests, gpr_timespec deadline,
               Done done);

  std::size_t count() const { return ends_.size(); }
  std::size_t bytes() const { return bytes_.size(); }
  gpr_timespec deadline() const { return deadline_; }
  // One of them, as it stands in an AppendSessionRequest.
  std::string_view BytesOf(std::size_t index) const;

  // True when it was the last.
  bool Set(std::size_t index, Result result);
  // Once all are set.
  void Tell() { done_(std::move(results_)); }
  // Instead of all that.
  void Refuse(const absl::Status& why) const { done_(std::vector<Result>(count(), why)); }

 private:
  const gpr_timespec deadline_;
  const Done done_;
  std::string bytes_;
  // Where each ends in `bytes_`.
  std::vector<std::size_t> ends_;
  // Made with the first answer.
  std::vector<Result> results_;
  std::size_t open_;
};

// One append on its way.
struct AskedAppend {
  // Null once it is answered.
  std::shared_ptr<AskedAppends> of;
  std::size_t index;

  std::string_view bytes() const { return of->BytesOf(index); }
};

// An AppendSessionRequest that is being put together.
class SessionMessage {
 public:
  // Whether there is room for one more, of so many bytes.
  bool HasRoomFor(std::size_t bytes) const;
  void Add(std::string_view append);
  grpc::ByteBuffer TakeBytes();

 private:
  std::string bytes_;
  std::size_t count_ = 0;
};

// Tells each outcome of an AppendSessionResponse with its number. False when the bytes are no such
// message.
bool ReadOutcomes(const grpc::ByteBuffer& message,
                  const std::function<void(std::uint64_t, AskedAppends::Result)>& tell);

}  // namespace mlup::log
