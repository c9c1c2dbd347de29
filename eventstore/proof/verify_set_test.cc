// Files about persons of whom records were merged: whole they verify, and each rule names what it
// finds.
#include "eventstore/proof/verify_set.h"

#include "absl/strings/match.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/proof/bundle_set.h"
#include "eventstore/proof/bundle_test_log.h"

namespace mlup::proof {
namespace {

using testing::ElementsAre;

class VerifySetTest : public testing::Test {
 protected:
  VerifySetTest() {
    log_.AddStory();
    log_.Witness();
  }

  const std::string& Person(std::size_t i) const { return log_.people()[i]; }

  // The record of `ended` goes on as that of `survivor`.
  Position Merge(std::size_t ended, std::size_t survivor) {
    return log_.Add("person/" + Person(ended), {Person(ended), Person(survivor)}, kMergedType);
  }
  Position Unmerge(std::size_t ended, Position merge) {
    return log_.AddWith("person/" + Person(ended), {Person(ended)}, kUnmergedType,
                        absl::StrCat("\x12\x24", IdOf(merge), "\x1a\x01x"));
  }
  Position Void(std::size_t person, Position target) {
    return log_.AddWith("person/" + Person(person), {}, kVoidedType,
                        absl::StrCat("\n\x24", IdOf(target)));
  }
  std::string IdOf(Position position) const {
    return log_.records()[position.value - 1].event().event_id();
  }

  // The records in a file, or why it is refused.
  std::vector<std::string> Records(const std::string& file) {
    const auto records = VerifyFile(file, log_.Auditor());
    if (!records.ok()) return {ErrorReason(records.status())};
    std::vector<std::string> ids;
    ids.reserve(records->size());
    for (const VerifiedRecord& record : *records) ids.push_back(record.bundle.subject_id);
    return ids;
  }
  std::string After(const std::string& file, const std::function<void(BundleSet&)>& change) {
    BundleSet set = *ParseBundleSet(file);
    change(set);
    return Records(EncodeBundleSet(set)).front();
  }

  BundleTestLog log_;
};

TEST_F(VerifySetTest, OneRecordIsOneBundle) {
  const std::string file = log_.MakeFile(Person(0));
  EXPECT_TRUE(ParseBundle(file).ok());
  EXPECT_THAT(Records(file), ElementsAre(Person(0)));
}

TEST_F(VerifySetTest, AFileCoversAllRecordsThatAreOnePerson) {
  Merge(1, 0);
  Merge(2, 1);
  const std::string file = log_.MakeFile(Person(2));
  EXPECT_THAT(Records(file), ElementsAre(Person(2), Person(1), Person(0)));
  EXPECT_FALSE(absl::StrContains(file, Person(3)));
  EXPECT_THAT(Records(log_.MakeFile(Person(3))), ElementsAre(Person(3)));
}

TEST_F(VerifySetTest, NoRecordCanBeLeftOutOrPutIn) {
  Merge(1, 0);
  const std::string file = log_.MakeFile(Person(0));
  EXPECT_EQ(After(file, [](BundleSet& set) { set.bundles.pop_back(); }), "MERGE_INCOMPLETE");
  EXPECT_EQ(After(file, [](BundleSet& set) { set.bundles.push_back(set.bundles.front()); }),
            "SET_INCONSISTENT");
  EXPECT_EQ(After(file, [](BundleSet& set) { set.inclusion.emplace_back(); }), "UNDOING_WRONG");
  const std::string other = log_.MakeFile(Person(3));
  EXPECT_EQ(After(file, [&](BundleSet& set) { set.bundles.push_back(other); }), "SET_INCONSISTENT")
      << "of another state of the log";
}

TEST_F(VerifySetTest, ARecordThatNoMergeJoinsIsRefused) {
  const Position merge = Merge(1, 0);
  Unmerge(1, merge);
  EXPECT_THAT(Records(log_.MakeFileOf({{Person(1), Person(3)}, {}})),
              ElementsAre("RECORD_UNRELATED"));
}

TEST_F(VerifySetTest, AMergeThatWasUndoneShowsNobodyElse) {
  const Position merge = Merge(1, 0);
  const Position unmerge = Unmerge(1, merge);
  const std::string file = log_.MakeFile(Person(0));
  EXPECT_THAT(Records(file), ElementsAre(Person(0)));
  EXPECT_FALSE(absl::StrContains(file, Person(1)));
  EXPECT_THAT(Records(log_.MakeFile(Person(1))), ElementsAre(Person(1)))
      << "its own record shows that the merge was undone";
  EXPECT_EQ(After(file, [](BundleSet& set) { set.undoings.clear(); }), "MERGE_INCOMPLETE");
  EXPECT_EQ(After(file, [](BundleSet& set) { set.undoings[0].common += "\x18\x01"; }),
            "UNDOING_WRONG");
  EXPECT_EQ(After(file, [](BundleSet& set) { set.undoings[0].header.pop_back(); }),
            "HEADER_MALFORMED");
  EXPECT_EQ(After(file, [](BundleSet& set) { set.undoings[0].header.back() ^= 1; }),
            "UNDOING_WRONG");
  EXPECT_EQ(After(file, [](BundleSet& set) { set.inclusion.front()[0] ^= 1; }), "UNDOING_WRONG");
  Void(1, unmerge);
  EXPECT_THAT(Records(log_.MakeFile(Person(0))), ElementsAre(Person(0))) << "an undoing is final";
  Merge(1, 0);
  EXPECT_THAT(Records(log_.MakeFile(Person(0))), ElementsAre(Person(0), Person(1)));
}

TEST_F(VerifySetTest, AMergeThatWasVoidedHoldsNoLonger) {
  const Position merge = Merge(1, 0);
  const Position voided = Void(1, merge);
  EXPECT_THAT(Records(log_.MakeFile(Person(0))), ElementsAre(Person(0)));
  Void(1, voided);
  EXPECT_THAT(Records(log_.MakeFile(Person(0))), ElementsAre(Person(0)));
}

TEST_F(VerifySetTest, WhatIsNoFileIsMalformed) {
  Merge(1, 0);
  const std::string file = log_.MakeFile(Person(0));
  EXPECT_THAT(Records(file.substr(0, file.size() - 1)), ElementsAre("BUNDLE_MALFORMED"));
  EXPECT_THAT(Records(file + "x"), ElementsAre("BUNDLE_MALFORMED"));
  EXPECT_THAT(Records("mlupBNS2" + file.substr(8)), ElementsAre("BUNDLE_VERSION_UNKNOWN"));
  const std::string one = ParseBundleSet(file)->bundles.front();
  const std::string length("\0\0", 2);
  std::string alone = "mlupBNS1" + std::string("\0\1", 2);
  for (int shift = 24; shift >= 0; shift -= 8)
    alone.push_back(static_cast<char>(one.size() >> shift));
  alone += one + length + std::string(4, '\0');
  EXPECT_THAT(Records(alone), ElementsAre("BUNDLE_MALFORMED"));
}

TEST(UndoneByTest, ReadsTheIdAndNothingThatIsNone) {
  EXPECT_EQ(UndoneBy(kVoidedType,
                     "\n\x03"
                     "abc\x12\x01y"),
            "abc");
  EXPECT_EQ(UndoneBy(kUnmergedType,
                     "\n\x03"
                     "abc\x12\x01y"),
            "y");
  EXPECT_EQ(UndoneBy("mlup.test.v1.Noted",
                     "\n\x03"
                     "abc"),
            "");
  // Longer than it is; and other kinds of fields.
  constexpr char kTooLong[] = {'\n', 4, 'a', 'b', 'c', 0};
  for (const char* broken : {"\n", kTooLong, "\x0d\x01\x01\x01\x01", "\x0b", "\xff"}) {
    EXPECT_EQ(UndoneBy(kVoidedType, broken), "") << broken;
  }
}

}  // namespace
}  // namespace mlup::proof
