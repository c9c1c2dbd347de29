// The real projections over logs of chance: made anew, deleted or half made, the rows are the same.
#include <filesystem>

#include "absl/strings/str_cat.h"

#include "mlup/common/v1/common.pb.h"
#include "mlup/training/v1/training_events.pb.h"
#include "projections/case_history/case_history_projection.h"
#include "projections/facts/fact_projection.h"
#include "projections/rebuild_test.h"
namespace mlup::projections::rebuild_test {
namespace {

class RandomLogs : public RebuildTest {
 protected:
  static void Fill(TestLog& log, Random& chance, int events) {
    for (int i = 0; i < events; ++i) {
      const auto number = [&chance] { return static_cast<unsigned>(1 + chance.Next() % 30); };
      switch (chance.Next() % 5) {
        case 0: {
          cases::v1::CaseOpened opened;
          opened.mutable_child()->set_person_id(TestId(number()));
          log.Append("case/" + TestId(1000 + number()), opened);
          break;
        }
        case 1: {
          training::v1::AttendanceRecorded attended;
          attended.mutable_person()->set_person_id(TestId(number()));
          log.Append("activity/" + TestId(2000 + number()), attended);
          break;
        }
        case 2:
          log.AppendUnknown("case/" + TestId(1000 + number()));
          break;
        case 3: {
          common::v1::EntryVoided voided;
          if (log.head().value > 0) {
            voided.set_voids_event_id(log.id_of({1 + chance.Next() % log.head().value}));
          }
          log.Append("case/" + TestId(1000 + number()), voided);
          break;
        }
        default:
          AppendEvents(log, 1);
      }
    }
  }
  void RebuildOf(std::unique_ptr<const Projection> projection, TestLog& log) {
    const auto model = *ReadModel::Open(folder_, std::move(projection), log.reader(), Keep());
    ASSERT_EQ(model->worker().WaitUntil(log.head(), kPatience), absl::OkStatus());
    const std::string before = Digest(*model);
    ASSERT_EQ(model->rebuild().Begin(Asked()), absl::OkStatus());
    const RebuildStatus status = WaitUntilOver(*model);
    EXPECT_EQ(status.phase(), reports::v1::REBUILD_PHASE_DONE) << status.because();
    EXPECT_EQ(status.digest_served(), status.digest_made());
    EXPECT_EQ(Digest(*model), before);
  }
  void RebuildThoseOf(std::uint64_t first_seed, std::uint64_t last_seed) {
    for (std::uint64_t seed = first_seed; seed <= last_seed; ++seed) {
      SCOPED_TRACE(absl::StrCat("seed ", seed));
      std::filesystem::remove_all(folder_);
      TestLog log;
      SeededRandom chance(seed);
      Fill(log, chance, 20 + static_cast<int>(chance.Next() % 400));
      RebuildOf(std::make_unique<FactProjection>(), log);
      RebuildOf(std::make_unique<CaseHistoryProjection>(), log);
    }
  }
};

TEST_F(RandomLogs, SomeOfThemGiveTheSameRowsAgain) { RebuildThoseOf(1, 8); }

// The deep tier runs it: most of it is syncing.
TEST_F(RandomLogs, DISABLED_AHundredOfThemGiveTheSameRowsAgain) { RebuildThoseOf(1, 100); }

TEST_F(RandomLogs, ADeletedFolderIsRebuilt) {
  SeededRandom chance(7);
  Fill(log_, chance, 600);
  const auto digest = [this] {
    const auto model = Open(std::make_unique<CaseHistoryProjection>());
    CatchUp(*model);
    return Digest(*model);
  };
  const std::string before = digest();
  EXPECT_EQ(digest(), before);
  std::filesystem::remove_all(folder_);
  EXPECT_EQ(digest(), before);
}

}  // namespace
}  // namespace mlup::projections::rebuild_test
