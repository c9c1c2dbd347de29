// What becomes of work that was made on devices without a network.
#include "services/sync/push.h"

#include "gtest/gtest.h"

#include "services/sync/sync_world.h"

namespace mlup::sync::push_test {
namespace {

constexpr char kBirth[] = "018f3c6e-0000-7000-8000-0000000000b1";
constexpr char kGradeField[] = "school_status_changed.person.grade";

class PushTest : public testing::Test, public SyncWorld {
 protected:
  std::string Grade(const std::string& event_id) {
    return Read(Person(kSok)).Standing(event_id, "person.grade");
  }
  static std::string Graded(const std::string& event_id, const std::string& grade,
                            std::uint64_t base = 1) {
    return absl::StrCat("event_id: '", event_id, "' ",
                        AsProto(Person(kSok), School(kSok, "grade: '" + grade + "'"), base));
  }
  static std::string Id(int number) {
    return absl::StrCat("018f3c6e-0000-7000-8000-0000000001", 10 + number);
  }
};

TEST_F(PushTest, DifferentFieldsOfOneRecordMerge) {
  Register(kSok);
  EXPECT_EQ(SendOne(kFirst, Make(kFirst, "a", {Graded(Id(1), "4")})), "recorded");
  EXPECT_EQ(SendOne(kSecond, Make(kSecond, "b", {AsProto(Person(kSok), Moved(kSok, "03"), 1)})),
            "recorded");
  EXPECT_EQ(SendOne(kThird, Make(kThird, "c",
                                 {AsProto(Person(kSok), School(kSok, "school: 'Wat Damnak'"), 1)})),
            "recorded");
  EXPECT_EQ(ConflictText(Person(kSok)), "");
  EXPECT_EQ(RecordsOf(Person(kSok)).size(), 4u);
}

TEST_F(PushTest, TheSameFieldIsAConflictThatHoldsAllThatWasSaid) {
  Register(kSok);
  EXPECT_EQ(SendOne(kSecond, Make(kSecond, "b", {Graded(Id(2), "5")})), "recorded");
  EXPECT_EQ(SendOne(kFirst, Make(kFirst, "a", {Graded(Id(1), "4")})), "recorded, conflict");
  EXPECT_EQ(ConflictText(Person(kSok)),
            absl::StrCat(kGradeField, ": a=\"4\"@tablet-1 b=\"5\"@tablet-2"));
  const auto conflict = Conflicts(Person(kSok)).begin()->second;
  for (const auto& entry : conflict.entries()) {
    EXPECT_EQ(entry.base_revision(), 1u);
    EXPECT_EQ(entry.actor_id(), entry.request_id() == "a" ? "staff-sw-1" : "staff-sw-2");
  }
  EXPECT_EQ(Grade(Id(1)), "\"4\"");
  EXPECT_EQ(Grade(Id(2)), "\"4\"") << "one value holds until a person resolves it";
}

TEST_F(PushTest, TheOrderOfArrivalMakesNoDifference) {
  std::vector<std::string> states;
  for (const bool first_comes_first : {true, false}) {
    SyncWorld world;
    world.Register(kSok);
    std::vector<std::pair<Device, v1::Item>> items = {
        {kFirst, world.Make(kFirst, "a", {Graded(Id(1), "4")})},
        {kSecond, world.Make(kSecond, "b", {Graded(Id(2), "5")})}};
    if (!first_comes_first) std::swap(items[0], items[1]);
    for (const auto& [device, item] : items) world.Send(device, {item});
    const Said said = world.Read(Person(kSok));
    states.push_back(absl::StrCat(world.ConflictText(Person(kSok)),
                                  said.Standing(Id(1), "person.grade"),
                                  said.Standing(Id(2), "person.grade")));
  }
  EXPECT_EQ(states[0], states[1]);
}

TEST_F(PushTest, AThirdWordMakesTheConflictGrow) {
  Register(kSok);
  Send(kThird, {Make(kThird, "c", {Graded(Id(3), "6")})});
  Send(kSecond, {Make(kSecond, "b", {Graded(Id(2), "5")})});
  EXPECT_EQ(SendOne(kFirst, Make(kFirst, "a", {Graded(Id(1), "4")})), "recorded, conflict");
  EXPECT_EQ(ConflictText(Person(kSok)),
            absl::StrCat(kGradeField, ": a=\"4\"@tablet-1 b=\"5\"@tablet-2 c=\"6\"@tablet-3"));
  for (int i = 1; i <= 3; ++i) EXPECT_EQ(Grade(Id(i)), "\"4\"") << i;
}

TEST_F(PushTest, EqualWordsAreNoConflict) {
  Register(kSok);
  Send(kFirst, {Make(kFirst, "a", {Graded(Id(1), "4")})});
  EXPECT_EQ(SendOne(kSecond, Make(kSecond, "b", {Graded(Id(2), "4")})), "recorded");
  EXPECT_EQ(ConflictText(Person(kSok)), "");
}

TEST_F(PushTest, WhoKnewWhatOthersSaidSaysItAnew) {
  Register(kSok);
  Send(kFirst, {Make(kFirst, "a", {Graded(Id(1), "4")})});
  EXPECT_EQ(SendOne(kSecond, Make(kSecond, "b", {Graded(Id(2), "5", 2)})), "recorded");
  EXPECT_EQ(Grade(Id(2)), "\"5\"");
}

TEST_F(PushTest, ADeviceDoesNotContradictItself) {
  Register(kSok);
  Send(kSecond, {Make(kSecond, "b", {Graded(Id(2), "5")})});
  Send(kFirst,
       {Make(kFirst, "a1", {Graded(Id(1), "4")}), Make(kFirst, "a2", {Graded(Id(3), "5")})});
  EXPECT_EQ(ConflictText(Person(kSok)), "") << "its last word is what the other says";
  EXPECT_EQ(Grade(Id(1)), "\"4\"");
}

TEST_F(PushTest, CorrectionsOfOneFieldAreAConflict) {
  Register(kSok, kBirth);
  const auto corrects = [](const std::string& to) {
    return AsProto(Person(kSok), Corrects(kSok, kBirth, "sex", "\"SEX_FEMALE\"", to), 1);
  };
  EXPECT_EQ(SendOne(kSecond, Make(kSecond, "b", {corrects("\"SEX_OTHER\"")})), "recorded");
  EXPECT_EQ(SendOne(kFirst, Make(kFirst, "a", {corrects("\"SEX_MALE\"")})), "recorded, conflict");
  EXPECT_EQ(SendOne(kThird, Make(kThird, "c", {corrects("\"SEX_UNKNOWN\"")})),
            "recorded, conflict");
  EXPECT_EQ(ConflictText(Person(kSok)),
            "person_registered.person.sex: a=\"SEX_MALE\"@tablet-1 b=\"SEX_OTHER\"@tablet-2 "
            "c=\"SEX_UNKNOWN\"@tablet-3");
  EXPECT_EQ(Read(Person(kSok)).Standing(kBirth, "person.sex"), "\"SEX_MALE\"");
}

TEST_F(PushTest, CorrectionsOfOtherFieldsMerge) {
  Register(kSok, kBirth);
  Send(kFirst,
       {Make(kFirst, "a",
             {AsProto(Person(kSok), Corrects(kSok, kBirth, "sex", "\"SEX_FEMALE\"", "\"SEX_MALE\""),
                      1)})});
  EXPECT_EQ(
      SendOne(kSecond,
              Make(kSecond, "b",
                   {AsProto(Person(kSok),
                            Corrects(kSok, kBirth, "residence_province_code", "\"02\"", "\"03\""),
                            1)})),
      "recorded");
  const Said said = Read(Person(kSok));
  EXPECT_EQ(said.Standing(kBirth, "person.sex"), "\"SEX_MALE\"");
  EXPECT_EQ(said.Standing(kBirth, "person.residence_province_code"), "\"03\"");
}

TEST_F(PushTest, WhatAPersonTookHoldsAgainstWhatComesLate) {
  Register(kSok);
  Send(kFirst, {Make(kFirst, "a", {Graded(Id(1), "4")})});
  Send(kSecond, {Make(kSecond, "b", {Graded(Id(2), "5")})});
  Record("resolve",
         {absl::StrCat("stream: '", Person(kSok), "' conflict_resolved { conflict_event_id: '",
                       Conflicts(Person(kSok)).begin()->first,
                       "' chosen_request_id: 'b' reason: 'asked_the_family' }")});
  EXPECT_EQ(ConflictText(Person(kSok)), "");
  EXPECT_EQ(SendOne(kThird, Make(kThird, "0", {Graded(Id(3), "6")})), "recorded, conflict");
  EXPECT_EQ(ConflictText(Person(kSok)),
            absl::StrCat(kGradeField, ": 0=\"6\"@tablet-3 b=\"5\"@tablet-2"));
  EXPECT_EQ(Grade(Id(3)), "\"5\"");
}

TEST_F(PushTest, SentAgainItChangesNothingAndIsAnsweredAsBefore) {
  Register(kSok);
  Send(kSecond, {Make(kSecond, "b", {Graded(Id(2), "5")})});
  const std::vector<v1::Item> items = {
      Make(kFirst, "a", {Graded(Id(1), "4")}),
      Make(kFirst, "bad", {AsProto(Person(kSok), Moved(kSok, "99"))}),
      Make(kFirst, "nowhere", {AsProto(Person(kDara), Moved(kDara, "03"))})};
  const v1::PushItemsResponse first = Send(kFirst, items);
  EXPECT_EQ(Word(first.answers(0)), "recorded, conflict");
  EXPECT_EQ(Word(first.answers(1)), "FORMAT_PROVINCE");
  EXPECT_EQ(Word(first.answers(2)), "STREAM_UNKNOWN");
  EXPECT_EQ(first.next_sequence(), 4u);
  // What was refused is refused for good, though it would do by now.
  Register(kDara);
  const auto head = world_.log().Head();
  const v1::PushItemsResponse again = Send(kFirst, items);
  EXPECT_EQ(world_.log().Head()->value, head->value);
  EXPECT_EQ(Word(again.answers(0)), "replayed, conflict");
  EXPECT_EQ(again.answers(0).recorded().event_ids(0), first.answers(0).recorded().event_ids(0));
  EXPECT_EQ(again.answers(0).conflicts(0).event_id(), first.answers(0).conflicts(0).event_id());
  for (const int i : {1, 2}) {
    EXPECT_EQ(again.answers(i).SerializeAsString(), first.answers(i).SerializeAsString());
  }
}

TEST_F(PushTest, WhatComesBeforeItsTurnWaitsOnTheDevice) {
  Register(kSok);
  const v1::Item one = Make(kFirst, "1", {Graded(Id(1), "4")});
  const v1::Item two = Make(kFirst, "2", {Graded(Id(2), "5")});
  const v1::Item three = Make(kFirst, "3", {Graded(Id(3), "6")});
  const v1::PushItemsResponse early = Send(kFirst, {three, two});
  EXPECT_EQ(early.answers(0).waiting().for_sequence(), 1u);
  EXPECT_EQ(early.next_sequence(), 1u);
  EXPECT_EQ(RecordsOf(Person(kSok)).size(), 1u);
  const v1::PushItemsResponse all = Send(kFirst, {three, one, two});
  for (const auto& answer : all.answers()) EXPECT_EQ(Word(answer), "recorded");
  EXPECT_EQ(all.answers(0).sequence(), 3u) << "in the order of the request";
}

TEST_F(PushTest, AFailureOfTheLogSettlesNothingAndHoldsUpWhatFollows) {
  Register(kSok);
  const std::vector<v1::Item> items = {Make(kFirst, "1", {Graded(Id(1), "4")}),
                                       Make(kFirst, "2", {Graded(Id(2), "5")})};
  world_.log().before_append = [](int) {
    return Error(absl::StatusCode::kResourceExhausted, "QUEUE_FULL", "full");
  };
  const v1::PushItemsResponse failed = Send(kFirst, items);
  EXPECT_EQ(Word(failed.answers(0)), "failed: QUEUE_FULL");
  EXPECT_EQ(Word(failed.answers(1)), "waiting");
  // Recorded, and then nobody could write that down.
  world_.log().before_append = [](int append) {
    return append == 1 + 2 ? Error(absl::StatusCode::kUnavailable, "ENDING", "ending")
                           : absl::OkStatus();
  };
  EXPECT_EQ(ErrorReason(TryPush(kFirst, items).status()), "ENDING");
  world_.log().before_append = nullptr;
  const v1::PushItemsResponse again = Send(kFirst, items);
  for (const auto& answer : again.answers()) EXPECT_EQ(Word(answer), "replayed");
  EXPECT_EQ(RecordsOf(Person(kSok)).size(), 3u);
}

TEST_F(PushTest, OthersWhoComeBetweenAreMergedToo) {
  Register(kSok);
  bool once = false;
  world_.log().before_append = [&](int) {
    if (!once) {
      once = true;
      auto office = Request({"staff-sw-2", ""}, "office", {Graded(Id(2), "5", 0)});
      EXPECT_TRUE(world_.others().Record(office).ok());
    }
    return absl::OkStatus();
  };
  EXPECT_EQ(SendOne(kFirst, Make(kFirst, "a", {Graded(Id(1), "4")})), "recorded, conflict");
  EXPECT_EQ(ConflictText(Person(kSok)),
            absl::StrCat(kGradeField, ": a=\"4\"@tablet-1 office=\"5\"@"));
}

TEST_F(PushTest, OnlyAnEnrolledDeviceOfTheAccountSends) {
  Register(kSok);
  const v1::Item item = Make(kFirst, "a", {Graded(Id(1), "4")});
  for (const Device& other : {Device{"staff-sw-1", "tablet-9"}, Device{"staff-sw-2", "tablet-1"},
                              Device{"staff-sw-1", ""}}) {
    EXPECT_EQ(ErrorReason(TryPush(other, {item}).status()), "DEVICE_NOT_ENROLLED");
  }
  v1::PushItemsRequest request;
  request.set_device("tablet-1");
  *request.add_items() = item;
  EXPECT_EQ(ErrorReason(push_.PushItems(request, nullptr).status()), "DEVICE_NOT_ENROLLED");
  const identity::Caller elsewhere(identity::Caller::Kind::kAccount, "staff-sw-1", "s", "tablet-3");
  EXPECT_EQ(ErrorReason(push_.PushItems(request, &elsewhere).status()), "DEVICE_NOT_ENROLLED");
  EXPECT_EQ(SendOne(kSecond, item), "ACTOR_NOT_YOURS");
}

TEST_F(PushTest, ABadBatchIsRefusedWhole) {
  const v1::Item item = Make(kFirst, "a", {Graded(Id(1), "4")});
  EXPECT_EQ(ErrorReason(TryPush(kFirst, {}).status()), "TOO_FEW_ITEMS");
  EXPECT_EQ(ErrorReason(TryPush(kFirst, {item, item}).status()), "SEQUENCE_TWICE");
  v1::Item nothing;
  EXPECT_EQ(ErrorField(TryPush(kFirst, {nothing}).status()), "items[0].sequence");
  EXPECT_EQ(ErrorReason(TryPush(kFirst, std::vector<v1::Item>(257, item)).status()),
            "TOO_MANY_ITEMS");
}

TEST_F(PushTest, ASequenceIsOfOneRequest) {
  Register(kSok);
  const v1::Item item = Make(kFirst, "a", {Graded(Id(1), "4")});
  Send(kFirst, {item});
  v1::Item other = item;
  other.mutable_request()->mutable_cases()->mutable_context()->set_request_id("other");
  EXPECT_EQ(SendOne(kFirst, other), "SEQUENCE_REUSED");
  v1::Item empty;
  empty.set_sequence(2);
  EXPECT_EQ(SendOne(kFirst, empty), "FIELD_REQUIRED");
  EXPECT_EQ(SendOne(kFirst, empty), "FIELD_REQUIRED");
}

TEST_F(PushTest, ANinthWordWaitsForAPerson) {
  Register(kSok);
  for (int i = 0; i < 8; ++i) {
    auto said = Request(kSecond, absl::StrCat("office-", i), {Graded(Id(10 + i), "1", 0)});
    said.mutable_context()->set_device(absl::StrCat("desk-", i));
    EXPECT_TRUE(world_.commands().Record(said).ok());
  }
  EXPECT_EQ(SendOne(kFirst, Make(kFirst, "a", {Graded(Id(1), "9")})), "CONFLICT_FULL");
  v1::Item item = Make(kFirst, "b", {Graded(Id(2), "9")});
  item.mutable_request()->mutable_cases()->mutable_context()->set_role("guest");
  EXPECT_EQ(SendOne(kFirst, item), "FACT_NOT_GRANTED") << "who may not record it learns nothing";
}

// What is guarded is not merged, so that its guard is asked.
TEST_F(PushTest, ALateCorrectionOfAConsentIsRefused) {
  constexpr char kConsent[] = "018f3c6e-0000-7000-8000-0000000000c1";
  Register(kSok);
  Record("consent", {command::Consented(kSok, "GIVEN", kConsent)});
  const auto corrects = [&](const std::string& to) {
    return AsProto(Person(kSok), Corrects(kSok, kConsent, "valid_until", "null", to), 2);
  };
  EXPECT_EQ(SendOne(kFirst, Make(kFirst, "a", {corrects("\"2022-01-01\"")})), "recorded");
  EXPECT_EQ(SendOne(kSecond, Make(kSecond, "b", {corrects("\"2023-01-01\"")})),
            "OLD_VALUE_DIFFERS");
}

}  // namespace
}  // namespace mlup::sync::push_test
