// The real projections in their folders: deleted, they come back by themselves with the same rows.
#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>

#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/training/v1/training_events.pb.h"
#include "projections/case_history/case_history_projection.h"
#include "projections/facts/fact_projection.h"
#include "projections/store/rocks_read_model_store.h"
#include "projections/test_log.h"
#include "projections/worker.h"

namespace mlup::projections {
namespace {

class RebuildTest : public testing::Test {
 protected:
  RebuildTest() : folder_(testing::TempDir() + absl::StrCat("rebuild_test.", ::getpid())) {
    std::filesystem::remove_all(folder_);
    for (unsigned i = 1; i <= 150; ++i) {
      cases::v1::CaseOpened opened;
      opened.mutable_child()->set_person_id(TestId(i));
      log_.Append("case/" + TestId(1000 + i), opened);
      training::v1::AttendanceRecorded attended;
      attended.mutable_person()->set_person_id(TestId(i));
      log_.Append("activity/" + TestId(i % 7), attended);
    }
  }
  ~RebuildTest() override { std::filesystem::remove_all(folder_); }

  // Opens the folder, catches up and returns the digest of the rows.
  std::string CatchUp(const Projection& projection) {
    const auto store = OpenRocksReadModelStore(
        absl::StrCat(folder_, "/", ToAbsl(projection.name())), projection.version());
    EXPECT_TRUE(store.ok()) << store.status();
    const Worker worker(log_.reader(), projection, **store);
    const absl::Status status = worker.WaitUntil(log_.head(), absl::Seconds(20));
    EXPECT_TRUE(status.ok()) << status;
    return *DigestRows(*(*store)->TakeSnapshot());
  }

  const std::string folder_;
  TestLog log_;
};

TEST_F(RebuildTest, ADeletedFolderIsRebuilt) {
  const FactProjection facts;
  const CaseHistoryProjection case_history;
  const std::string facts_before = CatchUp(facts);
  const std::string history_before = CatchUp(case_history);
  EXPECT_EQ(CatchUp(facts), facts_before);
  std::filesystem::remove_all(folder_);
  EXPECT_EQ(CatchUp(facts), facts_before);
  EXPECT_EQ(CatchUp(case_history), history_before);
}

}  // namespace
}  // namespace mlup::projections
