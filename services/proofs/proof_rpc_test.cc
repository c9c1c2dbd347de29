// The service and its client over gRPC.
#include "services/proofs/proof_rpc.h"

#include <memory>

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include "eventstore/base/simulated_files.h"
#include "eventstore/log/memory_event_log.h"
#include "eventstore/log/test_appends.h"
#include "eventstore/proof/verify_bundle.h"
#include "mlup/log/v1/proof_service.grpc.pb.h"
#include "services/proofs/proof_client_rpc.h"
#include "services/rpc/server.h"

namespace mlup::proofs {
namespace {

class ProofRpcTest : public testing::Test {
 protected:
  ProofRpcTest() {
    EXPECT_TRUE(files_.MakeFolder("data").ok());
    EXPECT_TRUE(Signer::Create(files_, "key", random_).ok());
    signer_ = std::make_unique<Signer>(*Signer::Load(files_, "key"));
    service_ = *ProofService::Open({reader_, rows_, clock_, random_, files_, *signer_},
                                   {.folder = "data"});
    rpc_ = std::make_unique<ProofRpc>(*service_, executor_);
    server_ = *rpc::Server::Start("127.0.0.1:0", {rpc_.get()}, clock_);
    channel_ = grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
  }

  log::Appends appends_{7};
  ManualClock clock_{absl::FromUnixSeconds(1'619'067'600)};
  SeededRandom random_{7};
  SimulatedFiles files_;
  log::MemoryEventLog log_{clock_};
  projections::SharedReader reader_{log_};
  projections::MemoryReadModelStore rows_;
  std::unique_ptr<Signer> signer_;
  std::unique_ptr<ProofService> service_;
  rpc::Executor executor_{{.threads = 2, .queue_max = 8}, clock_};
  std::unique_ptr<ProofRpc> rpc_;
  std::unique_ptr<rpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(ProofRpcTest, ABundleOfSeveralPiecesArrivesWhole) {
  const std::string person = appends_.Id();
  for (int i = 0; i < 12; ++i) {
    log::v1::AppendRequest request = appends_.To("person/" + person);
    request.mutable_writes(0)->mutable_events(0)->add_subjects()->set_subject_id(person);
    request.mutable_writes(0)->mutable_events(0)->set_common(std::string(200'000, 'x'));
    ASSERT_TRUE(log_.Append(request).ok());
  }
  const auto bytes = ProofClient(channel_).MakeBundle(person);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_GT(bytes->size(), 2 * kBundlePieceMax);
  const auto summary = proof::VerifyBundle(*bytes, {{signer_->key()}, {}, person});
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->naming, 12u);
}

TEST_F(ProofRpcTest, ErrorsArriveWithTheirReason) {
  EXPECT_EQ(ErrorReason(ProofClient(channel_).MakeBundle("Sokha").status()), "SUBJECT_INVALID");
  EXPECT_EQ(ErrorReason(ProofClient(channel_).MakeBundle(appends_.Id()).status()), "LOG_EMPTY");
}

TEST_F(ProofRpcTest, CheckpointsArrive) {
  grpc::ClientContext context;
  log::v1::GetCheckpointResponse response;
  const auto stub = log::v1::ProofService::NewStub(channel_);
  ASSERT_TRUE(stub->GetCheckpoint(&context, {}, &response).ok());
  EXPECT_EQ(response.key(), signer_->key().ToText());
  EXPECT_TRUE(proof::OpenCheckpoint(response.note(), {signer_->key()}).ok());
}

TEST(PlacesTest, AreBounded) {
  rpc::Places places(2);
  EXPECT_TRUE(places.TryTake() && places.TryTake());
  EXPECT_FALSE(places.TryTake());
  places.Return();
  EXPECT_TRUE(places.TryTake());
}

}  // namespace
}  // namespace mlup::proofs
