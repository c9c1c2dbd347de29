// The event log of another process, over gRPC.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include <grpcpp/channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>

#include "eventstore/client/append_session.h"
#include "eventstore/log/event_log.h"
#include "mlup/log/v1/event_store.grpc.pb.h"

namespace mlup::log {

// An EventLog that asks the service on a channel. Errors keep their code, reason and field. Every
// call has a deadline; after DEADLINE_EXCEEDED or UNAVAILABLE an append may have happened: repeat
// it with its key.
//
// Appends of many threads share one call. Any thread. The channel is shared with whoever made it.
class GrpcEventLog final : public EventLog {
 public:
  struct Options {
    // For every call but WaitPast(), which has its own.
    absl::Duration call_timeout = absl::Seconds(10);
  };

  using AppendResults = std::vector<absl::StatusOr<pb::AppendResponse>>;

  explicit GrpcEventLog(std::shared_ptr<grpc::Channel> channel)
      : GrpcEventLog(std::move(channel), Options{}) {}
  GrpcEventLog(std::shared_ptr<grpc::Channel> channel, Options options);

  absl::StatusOr<pb::AppendResponse> Append(const pb::AppendRequest& request) override;
  void AppendLater(const std::vector<const pb::AppendRequest*>& requests,
                   std::function<void(AppendResults)> done) override;
  // Sent together as far as none names a stream of another one that has no answer yet.
  AppendResults AppendEach(const std::vector<pb::AppendRequest>& requests) override;
  absl::StatusOr<pb::LookupResponse> Lookup(const pb::LookupRequest& request) override;
  absl::StatusOr<pb::ReadStreamResponse> ReadStream(const pb::ReadStreamRequest& request) override;
  absl::StatusOr<pb::ReadAllResponse> ReadAll(const pb::ReadAllRequest& request) override;
  absl::StatusOr<StoredPage> ReadStored(const pb::ReadAllRequest& request,
                                        bool with_system) override;
  absl::StatusOr<Position> Head() override;

  // Opens a subscription and waits for its first sign of something new.
  absl::StatusOr<Position> WaitPast(Position position, absl::Duration timeout) override;

 private:
  // Over the session, in one go.
  AppendResults AppendAll(const std::vector<const pb::AppendRequest*>& requests);
  // What an append that rests on lost ones is answered: it may be a repetition.
  absl::StatusOr<pb::AppendResponse> ReplayOr(const pb::AppendRequest& request,
                                              const absl::Status& lost);

  const Options options_;
  std::unique_ptr<pb::EventStore::Stub> stub_;
  // For answers that are not parsed.
  grpc::TemplatedGenericStub<pb::ReadAllRequest, grpc::ByteBuffer> bytes_stub_;
  AppendSessionClient session_;
};

}  // namespace mlup::log
