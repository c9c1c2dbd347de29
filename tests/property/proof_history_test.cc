// A log that is not the one a witness saw is never served again.
#include "gtest/gtest.h"

#include "tests/property/proof_world.h"

namespace mlup::proofs {
namespace {

// Goal: an older copy, or another history, is refused at the start and by the witness, always; an
// honest log never is. Method: a log that grows, is witnessed and copied at random; the copy is put
// back, and in half of the trials goes on in another way.
class ProofHistoryTest : public testing::Test {
 protected:
  // Grows, copies, grows, is witnessed, perhaps grows unseen. The copy lacks what the witness saw.
  static ProofWorld::Copy LiveUntilWitnessed(ProofWorld& it) {
    EXPECT_TRUE(it.Open().ok());
    EXPECT_TRUE(it.Grow(1 + it.random.Next() % 30).ok());
    if (it.random.Next() % 2 == 0) {
      EXPECT_TRUE(it.Cosign().ok());
    }
    if (it.random.Next() % 2 == 0) {
      EXPECT_TRUE(it.Show().ok());
    }
    it.Close();
    ProofWorld::Copy copy = it.Save();
    EXPECT_TRUE(it.Open().ok());
    EXPECT_TRUE(it.Grow(1 + it.random.Next() % 30).ok());
    const auto seen = it.Cosign();
    EXPECT_TRUE(seen.ok()) << seen.status();
    if (it.random.Next() % 2 == 0) {
      EXPECT_TRUE(it.Grow(it.random.Next() % 5).ok());
    }
    // An honest start, after a close or none.
    if (it.random.Next() % 2 == 0) it.world.Kill();
    if (it.random.Next() % 2 == 0) it.LoseRows();
    const absl::Status honest = it.Open();
    EXPECT_TRUE(honest.ok()) << honest;
    return copy;
  }
};

TEST_F(ProofHistoryTest, AnOlderCopyIsRefused) {
  const int cases = CasesOr(40);
  for (int i = 0; i < cases && !HasFailure(); ++i) {
    SCOPED_TRACE(i);
    ProofWorld it(static_cast<std::uint64_t>(i));
    it.Restore(LiveUntilWitnessed(it));
    if (it.random.Next() % 2 == 0) it.LoseRows();
    EXPECT_EQ(ErrorReason(it.Open()), "LOG_ROLLED_BACK");
    // Nor does the witness take it where nobody asked it at the start.
    EXPECT_TRUE(it.Open(false).ok());
    EXPECT_EQ(ErrorReason(it.Cosign().status()), "LOG_ROLLED_BACK");
  }
  RecordProperty("cases", cases);
}

TEST_F(ProofHistoryTest, AnotherHistoryIsRefused) {
  const int cases = CasesOr(40);
  for (int i = 0; i < cases && !HasFailure(); ++i) {
    SCOPED_TRACE(i);
    ProofWorld it(static_cast<std::uint64_t>(1'000'000 + i));
    it.Restore(LiveUntilWitnessed(it));
    if (it.random.Next() % 2 == 0) it.LoseRows();
    ASSERT_TRUE(it.Open(false).ok());
    ASSERT_TRUE(it.Grow(80).ok());
    if (it.random.Next() % 2 == 0) {
      ASSERT_TRUE(it.Show().ok());
    }
    if (it.random.Next() % 2 == 0) it.LoseRows();
    EXPECT_EQ(ErrorReason(it.Open()), "LOG_FORKED");
    EXPECT_TRUE(it.Open(false).ok());
    EXPECT_EQ(ErrorReason(it.Cosign().status()), "LOG_FORKED");
  }
  RecordProperty("cases", cases);
}

}  // namespace
}  // namespace mlup::proofs
