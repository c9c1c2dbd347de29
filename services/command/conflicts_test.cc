// The handler while others write: conflicts, guards of what rules read, stale revisions,
// repetitions that cross.
#include <utility>

#include "gtest/gtest.h"

#include "eventstore/base/limits.h"
#include "services/command/recording_test.h"

namespace mlup::command::conflicts_test {
namespace {

using ConflictTest = RecordingTest;

TEST_F(ConflictTest, AConflictIsDecidedAgain) {
  ASSERT_EQ(Register(), "");
  Interrupt(1, [](int) { return CaseRequest("other", {Note(kSok)}); });
  ASSERT_EQ(Record("n", {Note(kSok)}), "") << error_;
  EXPECT_EQ(Head(), 3u);
  EXPECT_EQ(last_.streams(0).first_revision(), 3u);
}

TEST_F(ConflictTest, AConflictMayTurnIntoARefusal) {
  ASSERT_EQ(Record("r", {Registered(kSok), Opened(kSok)}), "");
  Interrupt(1, [](int) { return CaseRequest("other", {Placed(kSok, kDara)}); });
  EXPECT_EQ(Record("p", {Placed(kSok, kSok)}), "PLACEMENT_OPEN");
  EXPECT_EQ(Head(), 3u);
}

TEST_F(ConflictTest, AConflictThatLastsIsGivenUp) {
  ASSERT_EQ(Register(), "");
  int tries = 0;
  Interrupt(100, [&](int append) {
    tries = append + 1;
    return CaseRequest(absl::StrCat("other-", append), {Note(kSok)});
  });
  EXPECT_EQ(Record("n", {Note(kSok)}), "VERSION_MISMATCH");
  EXPECT_EQ(error_.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(tries, 1 + kCommandRetriesMax);
}

TEST_F(ConflictTest, WhatARuleReadIsGuarded) {
  constexpr char kConsent[] = "018f3c6e-0000-7000-8000-0000000000cc";
  ASSERT_EQ(Record("r", {Registered(kSok), Opened(kSok), Consented(kSok, "GIVEN", kConsent)}), "");
  Interrupt(1, [](int) { return CaseRequest("other", {Note(kSok)}); });
  ASSERT_EQ(Record("refer", {Referred(kSok, kConsent)}), "") << error_;
  EXPECT_EQ(Head(), 5u);
  EXPECT_EQ(last_.streams_size(), 1) << "what is only read is not written";

  Interrupt(100, [](int append) {
    return CaseRequest(absl::StrCat("refused-", append), {Consented(kSok, "REFUSED")});
  });
  EXPECT_EQ(Record("refer-2", {Referred(kSok, kConsent, kSok)}), "CONSENT_MISSING")
      << "the consent was withdrawn in between";
  EXPECT_EQ(Head(), 6u);
}

TEST_F(ConflictTest, AStaleBaseIsToldAtOnce) {
  ASSERT_EQ(Record("r", {Registered(kSok), Note(kSok)}), "");
  int appends = 0;
  world_.log().before_append = [&](int) {
    ++appends;
    return absl::OkStatus();
  };
  const auto based_on = [](int revision) {
    return absl::StrCat(Note(kSok), " base_revision: ", revision);
  };
  for (const int stale : {1, 3}) {
    for (const bool validate_only : {false, true}) {
      pb::RecordRequest request = CaseRequest("n", {Note(kSok), based_on(stale)});
      request.set_validate_only(validate_only);
      EXPECT_EQ(Record(request), "VERSION_MISMATCH") << stale;
      EXPECT_EQ(error_.code(), absl::StatusCode::kAborted);
      EXPECT_EQ(ErrorField(error_), "facts[1].base_revision");
    }
  }
  EXPECT_EQ(appends, 0);
  EXPECT_EQ(Record("n", {based_on(2), based_on(2)}), "")
      << "the revision before the request, for each of its facts";
}

TEST_F(ConflictTest, ABaseThatMovesWhileTheRequestIsDecidedIsStale) {
  ASSERT_EQ(Register(), "");
  Interrupt(1, [](int) { return CaseRequest("other", {Note(kSok)}); });
  EXPECT_EQ(Record("n", {Note(kSok) + " base_revision: 1"}), "VERSION_MISMATCH");
  EXPECT_EQ(ErrorField(error_), "facts[0].base_revision");
}

// Sent twice over a slow line: the second is decided while the first is recorded.
TEST_F(ConflictTest, ARepetitionThatIsRecordedMeanwhileIsReplayed) {
  ASSERT_EQ(Record("r", {Registered(kSok), Opened(kSok)}), "");
  const pb::RecordRequest placing = CaseRequest("p", {Placed(kSok, kDara)});
  Interrupt(1, [&](int) { return pb::RecordRequest(placing); });
  EXPECT_EQ(Record(placing), "");
  EXPECT_TRUE(last_.replayed()) << "the log recognises it";

  // Recorded before the look at the case: the rule refuses the repetition.
  const pb::RecordRequest ending = CaseRequest("e", {PlacementEnded(kSok, kDara)});
  world_.log().before_append = nullptr;
  world_.Restart();
  bool repeated = false;
  world_.log().before_read = [&] {
    if (std::exchange(repeated, true)) return;
    EXPECT_TRUE(world_.commands().Record(ending).ok());
  };
  EXPECT_EQ(Record(ending), "") << error_;
  EXPECT_TRUE(last_.replayed());
  EXPECT_EQ(Head(), 4u);
  pb::RecordRequest other = CaseRequest("e", {Placed(kSok, kDara)});
  EXPECT_EQ(Record(other), "REQUEST_ID_REUSED");
}

// One that is refused at its first fact has not come to the streams of the others: these are read
// too before the answer.
TEST_F(ConflictTest, ARefusalRestsOnNoStreamThatWasOnlyKnown) {
  ASSERT_EQ(Record("r", {Registered(kSok), Opened(kSok), Registered(kDara), Opened(kDara)}), "");
  for (const char* child : {kSok, kDara}) {
    const auto placed = CaseRequest(absl::StrCat("p-", child), {Placed(child, child)});
    ASSERT_TRUE(world_.others().Record(placed).ok()) << "which commands() does not know";
  }
  EXPECT_EQ(Record("e", {PlacementEnded(kSok, kSok), PlacementEnded(kDara, kDara)}), "") << error_;
}

// A rule of fields that came later does not make an error of what was recorded before it.
TEST_F(ConflictTest, ARepetitionThatANewRuleOfFieldsRefusesIsReplayed) {
  pb::RecordRequest wrong = CaseRequest("w", {Registered(kSok)});
  wrong.mutable_facts(0)
      ->mutable_person_registered()
      ->mutable_person()
      ->set_residence_province_code("99");
  EXPECT_EQ(Record(wrong), "FORMAT_PROVINCE");
  const RequestIdentity identity = IdentityOf(wrong, world_.keyring());
  log::pb::AppendRequest append;
  *append.mutable_key() = identity.key;
  append.set_request_digest(identity.digest);
  auto& write = *append.add_writes();
  write.set_stream(Person(kSok));
  auto& event = *write.add_events();
  event.set_event_id("018f3c6e-0000-7000-8000-0000000000ee");
  event.set_type("mlup.cases.v1.PersonRegistered");
  ASSERT_TRUE(world_.log().Append(append).ok());
  EXPECT_EQ(Record(wrong), "") << error_;
  EXPECT_TRUE(last_.replayed());
  EXPECT_TRUE(world_.commands().RecordEach({&wrong})[0]->replayed());
  wrong.mutable_facts(0)->set_place("02");
  EXPECT_EQ(Record(wrong), "FORMAT_PROVINCE") << "another command with its id";
}

}  // namespace
}  // namespace mlup::command::conflicts_test
