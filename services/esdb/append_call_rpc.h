// Streams/Append: one append over gRPC.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include <grpcpp/support/server_callback.h>

#include "services/esdb/calls_rpc.h"

namespace mlup::esdb {

// The options of an append as the protocol states them. INVALID_ARGUMENT.
absl::StatusOr<Expected> ExpectedOf(const pb::streams::AppendReq::Options& options);
absl::StatusOr<Expected> ExpectedOf(const pb::streams::BatchAppendReq::Options& options);

// The events of one append while they arrive: at most what CheckSize() lets through.
class Proposal {
 public:
  // AppendTooLarge() from then on.
  absl::Status Add(pb::streams::AppendReq::ProposedMessage message);
  // Takes them, as events of this author.
  absl::StatusOr<std::vector<log::pb::Event>> Take(const Author& author);
  std::size_t bytes() const { return bytes_; }

 private:
  std::vector<pb::streams::AppendReq::ProposedMessage> messages_;
  std::size_t bytes_ = 0;
};

void FillSuccess(const EsdbLog::Result& result, pb::streams::AppendResp::Success& success);

// What both messages for it name alike: all but the revisions.
template <typename WrongVersion>
void FillWrongVersion(const EsdbLog::Result& result, const Expected& expected,
                      WrongVersion& wrong) {
  if (!result.last_revision.has_value()) wrong.mutable_current_no_stream();
  if (expected.kind == Expected::Kind::kAny) wrong.mutable_expected_any();
  if (expected.kind == Expected::Kind::kNoStream) wrong.mutable_expected_no_stream();
  if (expected.kind == Expected::Kind::kStreamExists) wrong.mutable_expected_stream_exists();
}

// Collects what arrives, then appends it. gRPC's threads call it, and one step on the executor.
// Deletes itself when gRPC is done with it.
class AppendCall final : public grpc::ServerReadReactor<pb::streams::AppendReq> {
 public:
  AppendCall(const CallParts& parts, grpc::CallbackServerContext* context,
             pb::streams::AppendResp* response);

  void OnReadDone(bool ok) override;
  void OnDone() override { delete this; }

 private:
  // On the executor.
  absl::Status Run();

  const CallParts& parts_;
  grpc::CallbackServerContext& context_;
  pb::streams::AppendResp& response_;
  const absl::StatusOr<Caller> caller_;
  // None where nobody calls.
  std::optional<Holding> bytes_;
  pb::streams::AppendReq request_;
  pb::streams::AppendReq::Options options_;
  Proposal proposal_;
  const log::CallGate::Pass pass_;
};

}  // namespace mlup::esdb
