// An EventLog in front of another one.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "eventstore/log/event_log.h"

namespace mlup::log {

// Passes everything on; who derives from it changes what it is about. Threads as of the other one,
// which it borrows.
class ForwardingEventLog : public EventLog {
 public:
  explicit ForwardingEventLog(EventLog& log) : log_(log) {}
  // Else one in front of another would be taken for its copy.
  ForwardingEventLog(const ForwardingEventLog&) = delete;
  ForwardingEventLog& operator=(const ForwardingEventLog&) = delete;

  absl::StatusOr<pb::AppendResponse> Append(const pb::AppendRequest& request) override {
    return log_.Append(request);
  }
  void AppendLater(
      const std::vector<const pb::AppendRequest*>& requests,
      std::function<void(std::vector<absl::StatusOr<pb::AppendResponse>>)> done) override {
    log_.AppendLater(requests, std::move(done));
  }
  std::vector<absl::StatusOr<pb::AppendResponse>> AppendEach(
      const std::vector<pb::AppendRequest>& requests) override {
    return log_.AppendEach(requests);
  }
  absl::StatusOr<pb::LookupResponse> Lookup(const pb::LookupRequest& request) override {
    return log_.Lookup(request);
  }
  absl::StatusOr<pb::ReadStreamResponse> ReadStream(const pb::ReadStreamRequest& request) override {
    return log_.ReadStream(request);
  }
  absl::StatusOr<StoredStream> ReadStreamStored(const pb::ReadStreamRequest& request) override {
    return log_.ReadStreamStored(request);
  }
  absl::StatusOr<pb::ReadAllResponse> ReadAll(const pb::ReadAllRequest& request) override {
    return log_.ReadAll(request);
  }
  absl::StatusOr<StoredPage> ReadStored(const pb::ReadAllRequest& request,
                                        bool with_system) override {
    return log_.ReadStored(request, with_system);
  }
  absl::StatusOr<Position> Head() override { return log_.Head(); }
  absl::StatusOr<Position> WaitPast(Position position, absl::Duration timeout) override {
    return log_.WaitPast(position, timeout);
  }

 protected:
  EventLog& log() { return log_; }

 private:
  EventLog& log_;
};

}  // namespace mlup::log
