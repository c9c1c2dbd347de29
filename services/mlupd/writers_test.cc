// The services that record, over gRPC: answers, repetitions and refusals arrive as they are, alone
// and many at once.
#include "services/mlupd/writers.h"

#include "gtest/gtest.h"
#include <grpcpp/grpcpp.h>

#include "eventstore/client/grpc_status.h"
#include "mlup/cases/v1/case_service.grpc.pb.h"
#include "mlup/record/v1/record_service.grpc.pb.h"
#include "mlup/training/v1/training_service.grpc.pb.h"
#include "services/command/test_requests.h"
#include "services/command/test_world.h"
#include "services/rpc/server.h"

namespace mlup::daemon {
namespace {

using command::CaseRequest;
using command::kDara;
using command::kSok;
using command::RecordResult;
using record::v1::Outcome;
using record::v1::RecordEachRequest;
using record::v1::RecordEachResponse;

// A process that plays these roles.
class Played {
 public:
  Played(command::TestWorld& world, const std::set<std::string, std::less<>>& roles)
      : executor_({.threads = 2, .queue_max = 8}, world.clock()),
        writers_(world.commands(), executor_, {.roles = roles}) {
    std::vector<log::RpcService*> services;
    writers_.AddTo(services);
    server_ = *rpc::Server::Start("127.0.0.1:0", services, world.clock());
  }

  template <typename Service>
  auto Stub() {
    return Service::NewStub(
        grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  }

  absl::StatusOr<RecordResult> Record(const cases::v1::RecordRequest& request) {
    grpc::ClientContext context;
    RecordResult result;
    const absl::Status status =
        log::FromGrpc(Stub<cases::v1::CaseService>()->Record(&context, request, &result));
    if (!status.ok()) return status;
    return result;
  }
  absl::StatusOr<RecordEachResponse> RecordEach(const RecordEachRequest& request) {
    grpc::ClientContext context;
    RecordEachResponse response;
    const absl::Status status =
        log::FromGrpc(Stub<record::v1::RecordService>()->RecordEach(&context, request, &response));
    if (!status.ok()) return status;
    return response;
  }

 private:
  rpc::Executor executor_;
  Writers writers_;
  std::unique_ptr<rpc::Server> server_;
};

training::v1::RecordRequest Held(const std::string& id) {
  return FromText<training::v1::RecordRequest>(
      absl::StrCat("context { ", ContextText(id), " } facts { stream: 'activity/", kSok,
                   "' activity_held { kind: ACTIVITY_KIND_WORKSHOP } }"));
}

class WritersTest : public testing::Test {
 protected:
  command::TestWorld world_;
};

TEST_F(WritersTest, AnswersRepetitionsAndRefusalsArrive) {
  Played process(world_, {"cases"});
  const auto opening = CaseRequest("r-1", {command::Opened(kSok)});
  for (const bool replayed : {false, true}) {
    const auto result = process.Record(opening);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->replayed(), replayed);
    EXPECT_EQ(result->last_position(), 1u);
  }
  const absl::Status refused =
      process.Record(CaseRequest("r-2", {command::Closed(kSok, kDara)})).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(refused), "APPROVAL_MISSING");
  EXPECT_EQ(ErrorField(refused), "facts[0].case_closed.approval_id");
  EXPECT_EQ(ErrorField(process.Record({}).status()), "context");
}

TEST_F(WritersTest, EachRoleServesItsOwnServiceOnly) {
  Played process(world_, {"cases"});
  grpc::ClientContext context;
  RecordResult result;
  EXPECT_EQ(process.Stub<training::v1::TrainingService>()
                ->Record(&context, Held("r-1"), &result)
                .error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  Played other(world_, {"training"});
  grpc::ClientContext context_of_other;
  EXPECT_TRUE(other.Stub<training::v1::TrainingService>()
                  ->Record(&context_of_other, Held("r-1"), &result)
                  .ok());
}

TEST_F(WritersTest, ManyRequestsAreAnsweredEachByItself) {
  Played process(world_, {"cases", "donations"});
  RecordEachRequest request;
  *request.add_requests()->mutable_cases() = CaseRequest("1", {command::Opened(kSok)});
  *request.add_requests()->mutable_training() = Held("2");
  request.add_requests();
  *request.add_requests()->mutable_cases() = CaseRequest("3", {command::Opened(kSok)});
  *request.add_requests()->mutable_cases() = CaseRequest("1", {command::Opened(kSok)});
  const auto response = process.RecordEach(request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->outcomes_size(), 5);
  EXPECT_EQ(response->outcomes(0).recorded().first_position(), 1u);
  const struct {
    int outcome;
    absl::StatusCode code;
    const char* reason;
    const char* field;
  } refusals[] = {
      {1, absl::StatusCode::kUnimplemented, "ROLE_NOT_PLAYED", ""},
      {2, absl::StatusCode::kInvalidArgument, "FIELD_REQUIRED", "service"},
      {3, absl::StatusCode::kFailedPrecondition, "CASE_ALREADY_OPEN", "facts[0].case_opened"},
  };
  for (const auto& [outcome, code, reason, field] : refusals) {
    const log::v1::Refusal& refused = response->outcomes(outcome).refused();
    EXPECT_EQ(refused.code(), static_cast<int>(code)) << outcome;
    EXPECT_EQ(refused.info().reason(), reason);
    EXPECT_EQ(refused.info().field(), field);
    EXPECT_NE(refused.message(), "");
  }
  EXPECT_TRUE(response->outcomes(4).recorded().replayed());
}

TEST_F(WritersTest, OneRequestAtLeastAndNotTooManyAreAskedAtOnce) {
  Played process(world_, {"cases"});
  RecordEachRequest request;
  EXPECT_EQ(ErrorReason(process.RecordEach(request).status()), "TOO_FEW_ITEMS");
  while (request.requests_size() < 257) request.add_requests();
  EXPECT_EQ(ErrorReason(process.RecordEach(request).status()), "TOO_MANY_ITEMS");
  EXPECT_EQ(ErrorField(process.RecordEach(request).status()), "requests");
}

}  // namespace
}  // namespace mlup::daemon
