// The handler: who may, repetition, conflicts, guards, voids, corrections and approvals.
#include "services/command/command_handler.h"

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "eventstore/base/limits.h"
#include "mlup/cases/v1/case_service.pb.h"
#include "mlup/donations/v1/donation_events.pb.h"
#include "services/command/test_world.h"

namespace mlup::command {
namespace {

namespace pb = ::mlup::cases::v1;

constexpr char kSok[] = "018f3c6e-0000-7000-8000-000000000001";
constexpr char kDara[] = "018f3c6e-0000-7000-8000-000000000002";
constexpr char kApproval[] = "018f3c6e-0000-7000-8000-0000000000aa";

// A rule that counts events and runs a hook, to let something happen between load and append.
struct Count {
  int events = 0;
};
std::function<void()> on_decide;  // NOLINT: the rule under test has no other way to see the test.
int last_count = 0;

void Evolve(Count& state, const pb::CaseEvent&, const EventInfo&) { ++state.events; }
Decision<pb::CaseEvent> Decide(const Count& state, const pb::RecordRequest& request,
                               const RuleContext&) {
  last_count = state.events;
  if (on_decide) on_decide();
  pb::CaseEvent event;
  *event.mutable_note_recorded() = request.note_recorded();
  return Accept(std::move(event));
}

class CommandHandlerTest : public testing::Test {
 protected:
  CommandHandlerTest() { on_decide = nullptr; }

  template <typename Request>
  Request Make(const std::string& body, const std::string& context, const char* person = kSok) {
    return FromText<Request>(
        absl::StrCat("context { ", context, " } stream: 'person/", person, "' ", body));
  }
  std::string Register(const char* person = kSok, const char* id = "register") {
    return Run<pb::RecordRequest>(absl::StrCat("person_registered { person { person_id: '", person,
                                               "' sex: SEX_FEMALE residence_province_code: '02' "
                                               "name_latin: 'Sokha' } }"),
                                  ContextText(id), person);
  }
  pb::RecordRequest Note(const std::string& id, const char* person = kSok) {
    return Make<pb::RecordRequest>(
        absl::StrCat("note_recorded { kind: NOTE_KIND_NOTE person { person_id: '", person,
                     "' text: 'words' } }"),
        ContextText(id), person);
  }
  // The reason of a refusal, or nothing.
  template <typename Request>
  std::string Run(const std::string& body, const std::string& context, const char* person = kSok) {
    return Reason(world_.commands().Record(Make<Request>(body, context, person)));
  }
  std::string Reason(const absl::StatusOr<CommandResult>& result) {
    if (result.ok()) last_ = *result;
    return ErrorReason(result.status());
  }
  std::string Void(const std::string& event_id, const std::string& context) {
    return Run<pb::VoidEntryRequest>(
        absl::StrCat("entry_voided { voids_event_id: '", event_id, "' reason: 'duplicate_entry' }"),
        context);
  }
  std::string Correct(const std::string& event_id, const std::string& changes,
                      const std::string& id) {
    return Run<pb::CorrectDetailsRequest>(
        absl::StrCat("details_corrected { corrects_event_id: '", event_id, "' reason: 'typo' ",
                     changes, " }"),
        ContextText(id));
  }
  std::uint64_t Head() { return world_.log().Head()->value; }
  History Loaded(const char* person = kSok) {
    return *LoadHistory(world_.log(), absl::StrCat("person/", person));
  }

  TestWorld world_;
  CommandResult last_;
};

TEST_F(CommandHandlerTest, AFactIsStoredWithItsEnvelope) {
  ASSERT_EQ(Register(), "");
  const auto record = world_.Records().front();
  const auto& event = record.event();
  EXPECT_EQ(record.stream(), absl::StrCat("person/", kSok));
  EXPECT_EQ(event.type(), "mlup.cases.v1.PersonRegistered");
  EXPECT_EQ(event.schema_version(), 1u);
  EXPECT_EQ(event.event_id(), last_.event_ids(0));
  EXPECT_EQ(event.occurred().to(), "2021-02-17");
  EXPECT_EQ(event.actor().actor_id(), "staff-sw-1");
  EXPECT_EQ(event.actor().role(), "worker");
  EXPECT_EQ(event.device(), "tablet-07");
  EXPECT_EQ(event.request_id(), "register");
  EXPECT_EQ(event.sensitivity(), log::v1::SENSITIVITY_NORMAL);
  EXPECT_THAT(record.SerializeAsString(), testing::Not(testing::HasSubstr("Sokha")));
  EXPECT_EQ(record.request_digest().size(), 32u);
}

TEST_F(CommandHandlerTest, EachPartHasASaltOfItsOwn) {
  ASSERT_EQ(Register(), "");
  ASSERT_EQ(Reason(world_.commands().Record(Note("note"))), "");
  const auto records = world_.Records();
  EXPECT_EQ(records[0].event().subjects(0).salt().size(), kSaltBytes);
  EXPECT_EQ(records[1].event().subjects(0).salt().size(), kSaltBytes);
  EXPECT_NE(records[0].event().subjects(0).salt(), records[1].event().subjects(0).salt());
}

TEST_F(CommandHandlerTest, AnAuthorMayStateTheIdOfTheEventOnceOnARecord) {
  constexpr char kId[] = "018f3c6e-0000-7000-8000-00000000000e";
  ASSERT_EQ(Register(), "");
  pb::RecordRequest note = Note("first");
  note.mutable_context()->set_event_id(kId);
  ASSERT_EQ(Reason(world_.commands().Record(note)), "");
  EXPECT_EQ(last_.event_ids(0), kId);
  note.mutable_context()->set_request_id("second");
  EXPECT_EQ(Reason(world_.commands().Record(note)), "EVENT_ID_TAKEN");
  EXPECT_EQ(Head(), 2u);
  EXPECT_EQ(Void(kId, ContextText("void")), "") << "a later command names it";
}

TEST_F(CommandHandlerTest, ARepetitionIsAnsweredAsTheFirstTime) {
  ASSERT_EQ(Register(), "");
  const CommandResult first = last_;
  EXPECT_EQ(Register(), "");
  EXPECT_TRUE(last_.replayed());
  EXPECT_EQ(last_.event_ids(0), first.event_ids(0));
  EXPECT_EQ(Head(), 1u);
}

TEST_F(CommandHandlerTest, DeviceAndChannelDoNotMakeAnotherCommand) {
  ASSERT_EQ(Reason(world_.commands().Record(Note("n", kSok))), "STREAM_UNKNOWN");
  ASSERT_EQ(Register(), "");
  auto note = Note("n");
  ASSERT_EQ(Reason(world_.commands().Record(note)), "");
  note.mutable_context()->set_device("tablet-08");
  note.mutable_context()->set_channel(log::v1::CHANNEL_WEB);
  EXPECT_EQ(Reason(world_.commands().Record(note)), "");
  EXPECT_TRUE(last_.replayed());
  note.mutable_note_recorded()->mutable_person()->set_text("other words");
  EXPECT_EQ(Reason(world_.commands().Record(note)), "REQUEST_ID_REUSED");
}

TEST_F(CommandHandlerTest, WhatIsNotAllowedWritesNothing) {
  auto note = Note("n");
  note.mutable_context()->set_role("guest");
  EXPECT_EQ(Reason(world_.commands().Record(note)), "CALL_NOT_GRANTED");
  note = Note("n");
  note.set_stream(absl::StrCat("course/", kSok));
  EXPECT_EQ(Reason(world_.commands().Record(note)), "STREAM_CATEGORY");
  note = Note("n");
  note.mutable_context()->mutable_occurred()->set_from("2021-04-23");
  EXPECT_EQ(Reason(world_.commands().Record(note)), "OCCURRED_IN_FUTURE");
  EXPECT_EQ(Head(), 0u);
}

TEST_F(CommandHandlerTest, AStreamIsCreatedOnce) {
  ASSERT_EQ(Register(), "");
  EXPECT_EQ(Register(kSok, "again"), "STREAM_EXISTS");
}

TEST_F(CommandHandlerTest, AConflictIsDecidedAgain) {
  ASSERT_EQ(Register(), "");
  int interruptions = 0;
  on_decide = [&] {
    if (interruptions++ > 0) return;
    EXPECT_TRUE(world_.commands().Record(Note("other")).ok());
  };
  ASSERT_EQ(Reason((world_.commands().Execute<Count, pb::CaseEvent>(Note("n")))), "");
  EXPECT_EQ(interruptions, 2);
  EXPECT_EQ(last_count, 2);
  EXPECT_EQ(Head(), 3u);
}

TEST_F(CommandHandlerTest, AConflictThatLastsIsGivenUp) {
  ASSERT_EQ(Register(), "");
  int tries = 0;
  on_decide = [&] {
    EXPECT_TRUE(world_.commands().Record(Note(absl::StrCat("other-", ++tries))).ok());
  };
  EXPECT_EQ(Reason((world_.commands().Execute<Count, pb::CaseEvent>(Note("n")))),
            "VERSION_MISMATCH");
  EXPECT_EQ(tries, 4);
}

TEST_F(CommandHandlerTest, WhatARuleReadIsGuarded) {
  ASSERT_EQ(Register(), "");
  ASSERT_EQ(Register(kDara, "register-2"), "");
  int interruptions = 0;
  on_decide = [&] {
    if (interruptions++ > 0) return;
    EXPECT_TRUE(world_.commands().Record(Note("other", kDara)).ok());
  };
  const auto result =
      world_.commands().Execute<Count, pb::CaseEvent>(Note("n"), {absl::StrCat("person/", kDara)});
  ASSERT_EQ(Reason(result), "");
  EXPECT_EQ(interruptions, 2);
  EXPECT_EQ(last_count, 3);
  EXPECT_EQ(last_.streams_size(), 1);
}

TEST_F(CommandHandlerTest, AStaleBaseIsToldAtOnce) {
  ASSERT_EQ(Register(), "");
  ASSERT_EQ(Reason(world_.commands().Record(Note("n-1"))), "");
  auto note = Note("n-2");
  note.mutable_context()->set_base_revision(1);
  EXPECT_EQ(Reason(world_.commands().Record(note)), "VERSION_MISMATCH");
  note.mutable_context()->set_base_revision(2);
  EXPECT_EQ(Reason(world_.commands().Record(note)), "");
}

TEST_F(CommandHandlerTest, EventsOfOtherServicesArePassedOverAndUnknownTypesStop) {
  ASSERT_EQ(Register(), "");
  EXPECT_EQ(Run<mlup::cases::v1::RecordRequest>(
                absl::StrCat("document_attached { doc_type: 'photo' sha256: '",
                             std::string(64, 'a'), "' media_type: 'image/jpeg' bytes: 5 }"),
                ContextText("d")),
            "");
  log::pb::AppendRequest append;
  append.mutable_key()->set_organisation_id("mro");
  append.mutable_key()->set_request_id("from-the-future");
  append.set_request_digest(std::string(32, 'x'));
  auto& write = *append.add_writes();
  write.set_stream(absl::StrCat("person/", kSok));
  *write.add_events() = world_.Records().front().event();
  write.mutable_events(0)->set_event_id("018f3c6e-0000-7000-8000-0000000000ff");
  write.mutable_events(0)->set_type("mlup.cases.v1.PersonTeleported");
  const auto appended = world_.log().Append(append);
  ASSERT_TRUE(appended.ok()) << appended.status();
  EXPECT_EQ(Reason(world_.commands().Record(Note("n"))), "EVENT_TYPE_UNKNOWN");
}

TEST_F(CommandHandlerTest, AVoidNamesALiveEventOfItsStream) {
  ASSERT_EQ(Register(), "");
  ASSERT_EQ(Reason(world_.commands().Record(Note("n"))), "");
  const std::string note = last_.event_ids(0);
  EXPECT_EQ(Void(kDara, ContextText("v-0")), "EVENT_NOT_ON_STREAM");
  ASSERT_EQ(Void(note, ContextText("v-1")), "");
  const std::string entry = last_.event_ids(0);
  EXPECT_TRUE(Loaded().events[1].voided);
  EXPECT_EQ(Void(note, ContextText("v-2")), "ALREADY_VOIDED");
  EXPECT_EQ(Void(entry, ContextText("v-3")), "ENTRY_NOT_A_FACT");
  EXPECT_EQ(Correct(note, "place: '02'", "c-1"), "ALREADY_VOIDED");
}

TEST_F(CommandHandlerTest, AVoidIsNotRecordedBeforeItsOriginal) {
  ASSERT_EQ(Register(), "");
  const std::string import = absl::StrReplaceAll(
      ContextText("v"),
      {{"CHANNEL_TABLET", "CHANNEL_IMPORT source_recorded_at { seconds: 1614000000 }"}});
  EXPECT_EQ(Void(last_.event_ids(0), import), "RECORDED_BEFORE_ORIGINAL");
}

TEST_F(CommandHandlerTest, ACorrectionChangesWhatRulesSee) {
  ASSERT_EQ(Register(), "");
  const std::string id = last_.event_ids(0);
  const auto change = [](const char* field, const char* from, const char* to) {
    return absl::StrCat("persons { person_id: '", kSok, "' changes { field: '", field,
                        "' old_value: '", from, "' new_value: '", to, "' } }");
  };
  ASSERT_EQ(Correct(id, change("person.residence_province_code", "\"02\"", "\"08\""), "c-1"), "");
  const History history = Loaded();
  EXPECT_EQ(dynamic_cast<const pb::PersonRegistered&>(*history.events[0].message)
                .person()
                .residence_province_code(),
            "08");
  EXPECT_EQ(Correct(id, change("person.residence_province_code", "\"02\"", "\"12\""), "c-2"),
            "OLD_VALUE_DIFFERS");
  EXPECT_EQ(Correct(id, change("person.residence_province_code", "\"08\"", "\"99\""), "c-3"),
            "FORMAT_PROVINCE");
  EXPECT_EQ(Correct(id,
                    change("person.person_id", absl::StrCat("\"", kSok, "\"").c_str(),
                           absl::StrCat("\"", kDara, "\"").c_str()),
                    "c-4"),
            "FIELD_NOT_CORRECTABLE");
  EXPECT_EQ(Correct(id, change("person.name_latin", "", "\"Sophea\""), "c-5"), "FIELD_IS_PERSONAL");
  EXPECT_EQ(Correct(id, change("person.height", "1", "2"), "c-6"), "FIELD_UNKNOWN");
  EXPECT_EQ(Correct(id, change("person.sex", "\"SEX_FEMALE\"", "\"SEX_SQUARE\""), "c-7"),
            "VALUE_INVALID");
  EXPECT_EQ(Correct(id, "", "c-8"), "FIELD_REQUIRED");
  EXPECT_EQ(
      Correct(
          id,
          "changes { field: 'person.sex' old_value: '\"SEX_FEMALE\"' new_value: '\"SEX_MALE\"' }",
          "c-9"),
      "FIELD_NOT_CORRECTABLE");
}

TEST_F(CommandHandlerTest, ACorrectionOfANameIsSealed) {
  ASSERT_EQ(Register(), "");
  const std::string id = last_.event_ids(0);
  const auto change = [](const char* field) {
    return absl::StrCat("persons { person_id: '", kSok, "' personal_changes { field: '", field,
                        "' new_value: '\"Sophea\"' } }");
  };
  EXPECT_EQ(Correct(id, change("person.residence_province_code"), "c-1"), "FIELD_NOT_CORRECTABLE");
  ASSERT_EQ(Correct(id, change("person.name_latin"), "c-2"), "");
  EXPECT_THAT(world_.Records().back().SerializeAsString(),
              testing::Not(testing::HasSubstr("Sophea")));
}

TEST_F(CommandHandlerTest, ACorrectedDayIsStoredInDaysAndNotInTheFuture) {
  ASSERT_EQ(Register(), "");
  const std::string id = last_.event_ids(0);
  EXPECT_EQ(Correct(id, "occurred { precision: PRECISION_MONTH from: '2021-06' }", "c-1"),
            "OCCURRED_IN_FUTURE");
  ASSERT_EQ(Correct(id, "occurred { precision: PRECISION_MONTH from: '2021-03' }", "c-2"), "");
  EXPECT_EQ(Loaded().events[0].info.occurred, ParsePeriod("2021-03"));
}

TEST_F(CommandHandlerTest, AnApprovalIsAnsweredOnceByAnotherPerson) {
  ASSERT_EQ(Register(), "");
  const auto ask = [this](const char* approval, const char* id) {
    return Run<pb::RequestApprovalRequest>(
        absl::StrCat("approval_requested { approval_id: '", approval,
                     "' subject: APPROVAL_SUBJECT_MERGE }"),
        ContextText(id));
  };
  const auto grant = [this](const char* approval, const char* id, const char* actor) {
    return Run<pb::GrantApprovalRequest>(
        absl::StrCat("approval_granted { approval_id: '", approval, "' }"),
        ContextText(id, "2021-02-18", actor));
  };
  EXPECT_EQ(grant(kApproval, "g-0", "staff-sw-2"), "APPROVAL_NOT_PENDING");
  ASSERT_EQ(ask(kApproval, "a-1"), "");
  EXPECT_EQ(ask(kDara, "a-2"), "APPROVAL_PENDING");
  EXPECT_EQ(grant(kApproval, "g-1", "staff-sw-1"), "SAME_PERSON_ASKED");
  ASSERT_EQ(grant(kApproval, "g-2", "staff-sw-2"), "");
  EXPECT_EQ(grant(kApproval, "g-3", "staff-sw-2"), "APPROVAL_NOT_PENDING");
  EXPECT_EQ(ask(kApproval, "a-3"), "APPROVAL_ID_USED");
  EXPECT_EQ(ask(kDara, "a-4"), "");
  EXPECT_EQ(Run<pb::RejectApprovalRequest>(absl::StrCat("approval_rejected { approval_id: '", kDara,
                                                        "' reason: 'plan_missing' }"),
                                           ContextText("r-1", "2021-02-18", "staff-sw-2")),
            "");
}

}  // namespace
}  // namespace mlup::command
