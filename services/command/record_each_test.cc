// Many requests in one go: each is answered as if it had been recorded by itself, whatever others
// do meanwhile.
#include <functional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/command/test_requests.h"
#include "services/command/test_world.h"

namespace mlup::command::record_each_test {
namespace {

using testing::ElementsAre;

constexpr char kApproval[] = "018f3c6e-0000-7000-8000-0000000000aa";

class RecordEachTest : public testing::Test {
 protected:
  // The reasons of refusals; `replayed` or nothing for what is recorded.
  std::vector<std::string> RecordEach(const std::vector<pb::RecordRequest>& requests) {
    std::vector<const google::protobuf::Message*> pointers;
    pointers.reserve(requests.size());
    for (const pb::RecordRequest& request : requests) pointers.push_back(&request);
    results_ = world_.commands().RecordEach(pointers);
    std::vector<std::string> answers;
    for (const auto& result : results_) {
      answers.push_back(!result.ok()         ? ErrorReason(result.status())
                        : result->replayed() ? "replayed"
                                             : "");
    }
    return answers;
  }
  void Record(const pb::RecordRequest& request) {
    const auto result = world_.commands().Record(request);
    EXPECT_TRUE(result.ok()) << result.status();
  }
  std::vector<std::string> Types() {
    std::vector<std::string> types;
    for (const auto& record : world_.Records()) {
      types.push_back(record.event().type().substr(record.event().type().rfind('.') + 1));
    }
    return types;
  }
  // Does something before the append of this number.
  void Before(int append, std::function<void()> other) {
    world_.log().before_append = [append, other = std::move(other)](int asked) {
      if (asked == append) other();
      return absl::OkStatus();
    };
  }
  static pb::RecordRequest BySecond(pb::RecordRequest request) {
    request.mutable_context()->set_actor_id("staff-sw-2");
    return request;
  }

  TestWorld world_;
  std::vector<absl::StatusOr<RecordResult>> results_;
};

TEST_F(RecordEachTest, NothingIsAnsweredWithNothing) { EXPECT_THAT(RecordEach({}), ElementsAre()); }

TEST_F(RecordEachTest, EachRequestIsDecidedOnWhatThoseBeforeItRecord) {
  EXPECT_THAT(RecordEach({CaseRequest("0", {Note(kSok)}), CaseRequest("1", {Registered(kSok)}),
                          CaseRequest("2", {Note(kSok), Opened(kSok)}),
                          CaseRequest("3", {Opened(kSok)}), CaseRequest("4", {Placed(kSok, kDara)}),
                          CaseRequest("5", {Note(kSok), Placed(kSok, kSok)}),
                          CaseRequest("6", {Note(kSok)})}),
              ElementsAre("STREAM_UNKNOWN", "", "", "CASE_ALREADY_OPEN", "", "PLACEMENT_OPEN", ""));
  EXPECT_THAT(Types(), ElementsAre("PersonRegistered", "NoteRecorded", "CaseOpened",
                                   "PlacementStarted", "NoteRecorded"));
  EXPECT_EQ(ErrorField(results_[5].status()), "facts[1].placement_started");
  EXPECT_EQ(results_[6]->first_position(), 5u);
  EXPECT_EQ(results_[6]->streams(0).first_revision(), 3u);
}

TEST_F(RecordEachTest, ARequestIdIsRecognisedInsideTheCall) {
  const pb::RecordRequest open = CaseRequest("o", {Opened(kSok)});
  pb::RecordRequest other = open;
  other.mutable_facts(0)->set_place("02");
  EXPECT_THAT(RecordEach({open, open, other, CaseRequest("n", {Note(kSok)}), open,
                          CaseRequest("n", {Note(kSok)}), CaseRequest("r", {Registered(kSok)}),
                          CaseRequest("n", {Note(kSok)}), CaseRequest("n", {Note(kSok)})}),
              ElementsAre("", "replayed", "REQUEST_ID_REUSED", "STREAM_UNKNOWN", "replayed",
                          "STREAM_UNKNOWN", "", "", "replayed"));
  EXPECT_THAT(RecordEach({open, CaseRequest("n", {Note(kSok)})}),
              ElementsAre("replayed", "replayed"));
  EXPECT_THAT(Types(), ElementsAre("CaseOpened", "PersonRegistered", "NoteRecorded"));
}

TEST_F(RecordEachTest, WhatIsOnlyValidatedSeesWhatComesBeforeItAndIsNotSeen) {
  pb::RecordRequest trial = CaseRequest("t", {Placed(kSok, kDara)});
  trial.set_validate_only(true);
  EXPECT_THAT(RecordEach({trial, CaseRequest("o", {Opened(kSok)}), trial,
                          CaseRequest("p", {Placed(kSok, kSok)}), trial}),
              ElementsAre("STREAM_UNKNOWN", "", "", "", "PLACEMENT_OPEN"));
  EXPECT_EQ(results_[2]->streams(0).first_revision(), 2u);
  EXPECT_THAT(Types(), ElementsAre("CaseOpened", "PlacementStarted"));
}

TEST_F(RecordEachTest, OneThatIsInvalidOrNotAllowedHoldsNobodyUp) {
  pb::RecordRequest guest = CaseRequest("g", {Registered(kSok)});
  guest.mutable_context()->set_role("guest");
  pb::RecordRequest invalid = CaseRequest("i", {Registered(kSok)});
  invalid.mutable_facts(0)->clear_stream();
  EXPECT_THAT(RecordEach({guest, invalid, CaseRequest("r", {Registered(kSok)})}),
              ElementsAre("FACT_NOT_GRANTED", "FIELD_REQUIRED", ""));
}

TEST_F(RecordEachTest, KeysAreMadeForWhatIsRecordedOnly) {
  const auto none = world_.KeyringBytes();
  EXPECT_THAT(RecordEach({CaseRequest("n", {Note(kSok)}),
                          CaseRequest("2", {Registered(kDara), Note(kSok)})}),
              ElementsAre("STREAM_UNKNOWN", "STREAM_UNKNOWN"));
  EXPECT_EQ(world_.KeyringBytes(), none);
  EXPECT_THAT(RecordEach({CaseRequest("r", {Registered(kSok)}), CaseRequest("m", {Note(kSok)})}),
              ElementsAre("", ""));
  const auto one = world_.KeyringBytes();
  EXPECT_GT(one, none);
  EXPECT_THAT(RecordEach({CaseRequest("m-2", {Note(kSok)})}), ElementsAre(""));
  EXPECT_EQ(world_.KeyringBytes(), one);
}

TEST_F(RecordEachTest, WhatMovedMeanwhileIsDecidedAnew) {
  Record(CaseRequest("r", {Registered(kSok), Registered(kDara), Opened(kSok)}));
  Before(1, [&] { Record(CaseRequest("other", {Placed(kSok, kDara)})); });
  EXPECT_THAT(
      RecordEach({CaseRequest("1", {Note(kSok)}), CaseRequest("2", {Placed(kSok, kSok)}),
                  CaseRequest("3", {PlacementEnded(kSok, kSok)}), CaseRequest("4", {Note(kDara)})}),
      ElementsAre("", "PLACEMENT_OPEN", "PLACEMENT_NOT_OPEN", ""));
}

TEST_F(RecordEachTest, ARefusalThatRestedOnWhatWasNotRecordedIsDecidedAnew) {
  Record(CaseRequest("r", {Registered(kSok), Opened(kSok)}));
  // The first ends up refused, so that the second, refused because of it, is not.
  Before(0, [&] { Record(CaseRequest("other", {Placed(kSok, kDara)})); });
  EXPECT_THAT(RecordEach({CaseRequest("1", {Placed(kSok, kSok)}),
                          CaseRequest("2", {PlacementEnded(kSok, kDara)})}),
              ElementsAre("PLACEMENT_OPEN", ""));
}

// The stream ends up at the revision that the third request expects, but holds something else than
// it was decided on.
TEST_F(RecordEachTest, NothingIsRecordedThatRestedOnWhatWasNot) {
  Record(CaseRequest("r", {Opened(kSok), Asked(Case(kSok), kApproval, "CLOSURE")}));
  Before(0, [&] {
    Record(CaseRequest("other", {OnCase(kSok, absl::StrCat("note_recorded { kind: NOTE_KIND_NOTE "
                                                           "person { person_id: '",
                                                           kSok, "' text: 'words' } }"))}));
  });
  EXPECT_THAT(RecordEach({BySecond(CaseRequest("1", {Granted(Case(kSok), kApproval)})),
                          CaseRequest("2", {Closed(kSok, kApproval)})}),
              ElementsAre("", ""));
  EXPECT_THAT(Types(), ElementsAre("CaseOpened", "ApprovalRequested", "NoteRecorded",
                                   "ApprovalGranted", "CaseClosed"));
}

TEST_F(RecordEachTest, AnAppendThatFailsTakesWhatRestedOnItAlongAndNothingElse) {
  Record(CaseRequest("r", {Registered(kSok), Registered(kDara), Opened(kSok)}));
  world_.log().before_append = [](int append) {
    return append == 0 ? Error(absl::StatusCode::kUnavailable, "DISK_TIRED", "try later")
                       : absl::OkStatus();
  };
  EXPECT_THAT(
      RecordEach({CaseRequest("1", {Placed(kSok, kDara)}), CaseRequest("2", {Placed(kSok, kSok)}),
                  CaseRequest("3", {PlacementEnded(kSok, kDara)}),
                  CaseRequest("4", {Note(kDara)})}),
      ElementsAre("DISK_TIRED", "", "PLACEMENT_NOT_OPEN", ""));
}

// Sent twice over a slow line: others record the call's requests while it decides.
TEST_F(RecordEachTest, WhatOthersRecordedMeanwhileIsReplayed) {
  const std::vector<pb::RecordRequest> day = {
      CaseRequest("1", {Registered(kSok)}), CaseRequest("2", {Opened(kSok)}),
      CaseRequest("3", {Placed(kSok, kDara)}), CaseRequest("4", {Opened(kSok)})};
  Before(0, [&] {
    for (std::size_t i = 0; i < 3; ++i) Record(day[i]);
  });
  EXPECT_THAT(RecordEach(day),
              ElementsAre("replayed", "replayed", "replayed", "CASE_ALREADY_OPEN"));
  EXPECT_THAT(Types(), ElementsAre("PersonRegistered", "CaseOpened", "PlacementStarted"));
}

// The case was read before others recorded on it what the call then finds recorded.
TEST_F(RecordEachTest, WhatIsFoundRecordedIsSeenByWhatFollows) {
  Record(CaseRequest("r", {Registered(kDara)}));
  world_.Restart();
  const pb::RecordRequest open = CaseRequest("1", {Opened(kSok)});
  const pb::RecordRequest placing = CaseRequest("2", {Placed(kSok, kDara)});
  int reads = 0;
  world_.log().before_read = [&] {
    // The case, the child, and then.
    if (++reads != 3) return;
    EXPECT_TRUE(world_.others().Record(placing).ok());
  };
  EXPECT_THAT(RecordEach({open, open, CaseRequest("person", {Note(kDara)}), placing,
                          CaseRequest("3", {PlacementEnded(kSok, kDara)})}),
              ElementsAre("", "replayed", "", "replayed", ""));
}

// A request that cannot be sealed or is too large for the log is as if it had not been there.
TEST_F(RecordEachTest, WhatTheLogDoesNotTakeIsNotSeenByWhatFollows) {
  Record(CaseRequest("r", {Registered(kSok), Opened(kSok)}));
  const std::string id = world_.Records().front().event().event_id();
  std::string longest;
  for (int i = 0; i < 1300; ++i) longest += "ម";
  std::vector<std::string> facts = {Placed(kSok, kDara)};
  for (int i = 0; i < 60; ++i) {
    std::string changes;
    for (int k = 0; k < 16; ++k) {
      absl::StrAppend(&changes, "personal_changes { field: 'person.aliases[", k,
                      "]' new_value: '\"", longest, "\"' } ");
    }
    facts.push_back(
        Corrected(kSok, id, absl::StrCat("persons { person_id: '", kSok, "' ", changes, " }")));
  }
  EXPECT_THAT(RecordEach({CaseRequest("large", facts), CaseRequest("2", {Placed(kSok, kSok)}),
                          CaseRequest("3", {PlacementEnded(kSok, kSok)})}),
              ElementsAre("APPEND_TOO_LARGE", "", ""));
}

}  // namespace
}  // namespace mlup::command::record_each_test
