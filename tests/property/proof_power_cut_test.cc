// Power cuts at any operation: the tree rebuilt is that of the events, and every checkpoint that
// was ever shown is the beginning of it.
#include <map>

#include "gtest/gtest.h"

#include "eventstore/proof/map_record.h"
#include "eventstore/proof/verify_log.h"
#include "tests/property/proof_world.h"

namespace mlup::proofs {
namespace {

// Goal: after any cut, the root of the tree equals that computed in another way from the events
// that are left; every checkpoint that was shown is still a beginning of it; no size is ever signed
// with two roots; every recorded root of the map is the one derived. Method: a monitor keeps what
// was shown while the power is cut at a random operation of appending, signing, recording or
// starting; the rows of the index are kept over the cut, or lost, or stale.
class ProofPowerCutTest : public testing::Test {
 protected:
  using Monitor = std::map<std::uint64_t, proof::Hash>;

  static void Note(const proof::Checkpoint& checkpoint, Monitor& shown) {
    const auto [entry, is_new] = shown.emplace(checkpoint.size, checkpoint.root);
    ASSERT_EQ(entry->second, checkpoint.root) << "two roots for " << checkpoint.size;
  }

  // Works until the power is gone.
  static void Live(ProofWorld& it, Monitor& shown) {
    while (true) {
      const std::uint64_t choice = it.random.Next() % 8;
      absl::Status status;
      if (choice < 5) {
        status = it.Append(it.random.Next() % 8 == 0 ? 120'000 : 16);
      } else if (choice < 7) {
        const auto note = it.Show();
        if (note.ok()) Note(it.Opened(*note), shown);
        status = note.status();
      } else {
        it.world.clock.Advance(absl::Hours(2));
        status = it.service->KeepUp().status();
      }
      if (!status.ok()) return;
    }
  }

  static void ExpectWhole(ProofWorld& it, Monitor& shown) {
    const std::vector<pb::Record> records = it.Records();
    const std::vector<proof::Hash> leaves = ProofWorld::Leaves(records);
    for (const auto& [size, root] : shown) {
      ASSERT_LE(size, leaves.size()) << "signed, and gone";
      ASSERT_EQ(NaiveRoot(leaves, 0, size), root) << size;
    }
    const auto note = it.Show();
    ASSERT_TRUE(note.ok()) << note.status();
    const proof::Checkpoint newest = it.Opened(*note);
    ASSERT_EQ(newest.size, leaves.size());
    ASSERT_EQ(newest.root, NaiveRoot(leaves, 0, leaves.size()));
    Note(newest, shown);
    std::vector<proof::MapRecord> map_records;
    for (const pb::Record& record : records) {
      if (!proof::IsMapRecord(record)) continue;
      const auto root = proof::MapRecord::FromCommon(record.event().common());
      ASSERT_TRUE(root.has_value());
      map_records.push_back(*root);
    }
    proof::LogVerifier verifier({newest}, map_records);
    for (const pb::Record& record : records) {
      const absl::Status taken = verifier.Take(record);
      ASSERT_TRUE(taken.ok()) << taken;
    }
    ASSERT_TRUE(verifier.Finish().ok());
    ASSERT_EQ(verifier.agreed_map_roots(), map_records.size());
  }
};

TEST_F(ProofPowerCutTest, TheTreeIsThatOfTheEvents) {
  constexpr int kCuts = 5;
  const int cases = CasesOr(120);
  int roots = 0;
  for (int i = 0; i < cases / kCuts && !HasFailure(); ++i) {
    SCOPED_TRACE(i);
    ProofWorld it(static_cast<std::uint64_t>(i));
    it.world.log_options.wait_for_both_copies = it.random.Next() % 4 == 0;
    Monitor shown;
    for (int cut = 0; cut < kCuts && !HasFailure(); ++cut) {
      const bool while_starting = it.random.Next() % 3 == 0;
      if (while_starting) it.world.disk.CutAfter(1 + it.random.Next() % 120);
      const absl::Status opened = it.Open(false);
      if (opened.ok()) {
        if (!while_starting) it.world.disk.CutAfter(1 + it.random.Next() % 200);
        Live(it, shown);
      } else {
        ASSERT_TRUE(while_starting) << opened;
      }
      it.service.reset();
      it.world.CutPower(it.random.Next());
      if (it.random.Next() % 3 == 0) it.LoseRows();
      const absl::Status after = it.Open(false);
      ASSERT_TRUE(after.ok()) << after;
      ExpectWhole(it, shown);
    }
    roots += static_cast<int>(shown.size());
  }
  RecordProperty("cases", cases / kCuts * kCuts);
  RecordProperty("roots", roots);
}

}  // namespace
}  // namespace mlup::proofs
