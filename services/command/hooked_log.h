// A log in memory that lets a test do something just before an append or a read: what others do at
// the same time.
#pragma once

#include <functional>
#include <utility>

#include "eventstore/log/memory_event_log.h"

namespace mlup::command {

// A MemoryEventLog with hooks. Any thread while no hook is set, then one. Borrows `clock`.
class HookedLog final : public log::EventLog {
  template <typename Ask>
  auto Paused(const Ask& ask) {
    pause();
    auto answer = ask();
    pause();
    return answer;
  }

 public:
  explicit HookedLog(const Clock& clock) : log_(clock) {}

  // Called before an append, with how many were asked for before it; an error is the append's
  // answer. What a hook itself does is not announced.
  std::function<absl::Status(int)> before_append;
  // Called before a stream is read.
  std::function<void()> before_read;
  // Called before and after whatever is asked, by any thread: lets others in between.
  std::function<void()> pause = [] {};

  absl::StatusOr<log::pb::AppendResponse> Append(const log::pb::AppendRequest& request) override {
    if (before_append && !std::exchange(inside_, true)) {
      const absl::Status status = before_append(appends_++);
      inside_ = false;
      RETURN_IF_ERROR(status);
    }
    return Paused([&] { return log_.Append(request); });
  }
  absl::StatusOr<log::pb::LookupResponse> Lookup(const log::pb::LookupRequest& request) override {
    return Paused([&] { return log_.Lookup(request); });
  }
  absl::StatusOr<log::pb::ReadStreamResponse> ReadStream(
      const log::pb::ReadStreamRequest& request) override {
    if (before_read && !std::exchange(inside_, true)) {
      before_read();
      inside_ = false;
    }
    return Paused([&] { return log_.ReadStream(request); });
  }
  absl::StatusOr<log::pb::ReadAllResponse> ReadAll(
      const log::pb::ReadAllRequest& request) override {
    return log_.ReadAll(request);
  }
  absl::StatusOr<Position> Head() override { return log_.Head(); }
  absl::StatusOr<Position> WaitPast(Position position, absl::Duration timeout) override {
    return log_.WaitPast(position, timeout);
  }

 private:
  log::MemoryEventLog log_;
  bool inside_ = false;
  int appends_ = 0;
};

}  // namespace mlup::command
