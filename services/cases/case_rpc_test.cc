// The case service over gRPC: answers, repetitions and refusals arrive as they are.
#include "services/cases/case_rpc.h"

#include "gtest/gtest.h"
#include <grpcpp/grpcpp.h>

#include "eventstore/client/grpc_status.h"
#include "services/command/test_world.h"
#include "services/rpc/server.h"

namespace mlup::cases {
namespace {

constexpr char kSok[] = "018f3c6e-0000-7000-8000-000000000001";

TEST(CaseRpcTest, AnswersRepetitionsAndRefusalsArrive) {
  command::TestWorld world;
  CaseService service(world.commands());
  rpc::Executor executor({.threads = 2, .queue_max = 8}, world.clock());
  CaseRpc adapter(service, executor);
  const auto server = *rpc::Server::Start("127.0.0.1:0", {&adapter}, world.clock());
  const auto stub = pb::CaseService::NewStub(
      grpc::CreateChannel(server->address(), grpc::InsecureChannelCredentials()));
  const auto opening = command::FromText<pb::OpenCaseRequest>(
      absl::StrCat("context { ", command::ContextText("r-1"), " } stream: 'case/", kSok,
                   "' case_opened { child { person_id: '", kSok,
                   "' } case_type: CASE_TYPE_CARELEAVER owner_org_id: '", kSok, "' }"));
  for (const bool replayed : {false, true}) {
    grpc::ClientContext context;
    CommandResult result;
    ASSERT_TRUE(stub->OpenCase(&context, opening, &result).ok());
    EXPECT_EQ(result.replayed(), replayed);
    EXPECT_EQ(result.last_position(), 1u);
  }
  const auto closing = command::FromText<pb::CloseCaseRequest>(absl::StrCat(
      "context { ", command::ContextText("r-2"), " } stream: 'case/", kSok,
      "' case_closed { child { person_id: '", kSok, "' } reason: CLOSE_REASON_OTHER }"));
  grpc::ClientContext context;
  CommandResult result;
  const absl::Status status = log::FromGrpc(stub->CloseCase(&context, closing, &result));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(status), "APPROVAL_MISSING");
}

}  // namespace
}  // namespace mlup::cases
