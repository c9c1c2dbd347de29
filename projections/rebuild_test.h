// A read model over a log in memory, and what its rebuild records, for tests of rebuilds.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "mlup/cases/v1/case_events.pb.h"
#include "projections/read_model.h"
#include "projections/rebuild.h"
#include "projections/test_log.h"

namespace mlup::projections::rebuild_test {

using reports::v1::AskedRebuild;
using reports::v1::RebuildStatus;

inline constexpr absl::Duration kPatience = absl::Seconds(30);

inline AskedRebuild Asked(bool compare_only = false) {
  AskedRebuild asked;
  asked.set_rebuild_id(TestId(99));
  asked.mutable_actor()->set_actor_id("staff-op-1");
  asked.set_reason("figures_doubted");
  asked.set_compare_only(compare_only);
  return asked;
}

inline bool IsOver(const RebuildStatus& status) {
  return status.phase() >= reports::v1::REBUILD_PHASE_DONE;
}

class RebuildTest : public testing::Test {
 protected:
  RebuildTest();
  ~RebuildTest() override;

  static void AppendEvents(TestLog& log, int count) {
    cases::v1::NoteRecorded note;
    note.set_kind(cases::v1::NOTE_KIND_NOTE);
    for (int i = 0; i < count; ++i) log.Append("case/" + TestId(1), note);
  }

  // What is recorded is kept.
  Rebuild::Record Keep() {
    return [this](const AskedRebuild& done) {
      MutexLock lock(mutex_);
      recorded_.push_back(done);
      return record_status_;
    };
  }
  std::vector<AskedRebuild> recorded() {
    MutexLock lock(mutex_);
    return recorded_;
  }
  void AnswerRecords(absl::Status status) {
    MutexLock lock(mutex_);
    record_status_ = std::move(status);
  }

  std::unique_ptr<ReadModel> Open(std::unique_ptr<const Projection> projection) {
    auto model = ReadModel::Open(folder_, std::move(projection), log_.reader(), Keep());
    EXPECT_TRUE(model.ok()) << model.status();
    return *std::move(model);
  }
  void CatchUp(const ReadModel& model) {
    EXPECT_EQ(model.worker().WaitUntil(log_.head(), kPatience), absl::OkStatus());
  }
  static RebuildStatus WaitUntilOver(const ReadModel& model) {
    for (int looks = 0; looks < 3000; ++looks) {
      const auto status = model.rebuilding();
      if (status && IsOver(*status)) return *status;
      model.worker().WaitUntil({UINT64_MAX}, absl::Milliseconds(10)).IgnoreError();
    }
    ADD_FAILURE() << "it does not end: " << model.rebuilding()->ShortDebugString();
    return {};
  }
  static std::string Digest(const ReadModel& model) {
    return *DigestRows(*model.rows().TakeSnapshot());
  }

  const std::string folder_;
  TestLog log_;
  Mutex mutex_;
  std::vector<AskedRebuild> recorded_ ABSL_GUARDED_BY(mutex_);
  absl::Status record_status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::projections::rebuild_test
