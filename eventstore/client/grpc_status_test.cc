#include "eventstore/client/grpc_status.h"

#include "gtest/gtest.h"

#include "eventstore/base/status.h"

namespace mlup::log {
namespace {

TEST(GrpcStatusTest, ReasonAndFieldCrossTheWire) {
  const absl::Status statuses[] = {
      absl::OkStatus(),
      absl::NotFoundError("no reason"),
      Error(absl::StatusCode::kAborted, "VERSION_MISMATCH", "expected 1, stream is at 2"),
      FieldError(absl::StatusCode::kInvalidArgument, "LIMIT_TOO_LARGE", "limit", "at most 1024"),
  };
  for (const absl::Status& status : statuses) EXPECT_EQ(FromGrpc(ToGrpc(status)), status);
}

TEST(GrpcStatusTest, ForeignDetailsAreDropped) {
  const absl::Status status =
      FromGrpc(grpc::Status(grpc::StatusCode::UNAVAILABLE, "gone", "\xff not ours"));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ErrorReason(status), "");
}

}  // namespace
}  // namespace mlup::log
