// The handler: who may, repetition, several facts at once, and what validate_only answers.
#include "services/command/command_handler.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "eventstore/base/limits.h"
#include "mlup/cases/v1/case_service.pb.h"
#include "mlup/network/v1/network_service.pb.h"
#include "mlup/training/v1/training_service.pb.h"
#include "services/command/recording_test.h"
#include "services/domain/import_windows.h"

namespace mlup::command {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

training::v1::RecordRequest WorkEnded(const std::string& id) {
  return FromText<training::v1::RecordRequest>(absl::StrCat(
      "context { ", ContextText(id), " } facts { ",
      OnPerson(kSok,
               absl::StrCat("work_experience_ended { person { person_id: '", kSok,
                            "' } result: WORK_EXPERIENCE_RESULT_COMPLETED start_unknown: true }")),
      " }"));
}

using CommandHandlerTest = RecordingTest;

TEST_F(CommandHandlerTest, AFactIsStoredWithItsEnvelope) {
  ASSERT_EQ(Register(), "");
  const auto record = world_.Records().front();
  const auto& event = record.event();
  EXPECT_EQ(record.stream(), Person(kSok));
  EXPECT_EQ(event.type(), "mlup.cases.v1.PersonRegistered");
  EXPECT_EQ(event.schema_version(), 1u);
  EXPECT_EQ(event.event_id(), last_.event_ids(0));
  EXPECT_EQ(event.occurred().to(), "2021-02-17");
  EXPECT_EQ(event.actor().actor_id(), "staff-sw-1");
  EXPECT_EQ(event.actor().role(), "worker");
  EXPECT_EQ(event.device(), "tablet-07");
  EXPECT_EQ(event.request_id(), "register");
  EXPECT_EQ(event.sensitivity(), log::v1::SENSITIVITY_NORMAL);
  EXPECT_THAT(record.SerializeAsString(), Not(HasSubstr("Sokha")));
  EXPECT_EQ(record.request_digest().size(), 32u);
}

// Whatever its author says: what is recorded on the stream afterwards too.
TEST_F(CommandHandlerTest, WhatAFactsTypeMakesSensitiveIsSoWithAllThatFollows) {
  ASSERT_EQ(Register(), "");
  const std::string on_incident = absl::StrCat("stream: 'incident/", kSok, "' ");
  ASSERT_EQ(Record("concern", {absl::StrCat(on_incident,
                                            "safeguarding_concern_reported { children { person_id: "
                                            "'",
                                            kSok, "' about_staff_id: 'staff-sw-9' } }")}),
            "")
      << error_;
  ASSERT_EQ(Record("void", {absl::StrCat(on_incident, "entry_voided { voids_event_id: '",
                                         last_.event_ids(0), "' reason: 'wrong_child' }")}),
            "")
      << error_;
  const auto records = world_.Records();
  EXPECT_EQ(records[0].event().sensitivity(), log::v1::SENSITIVITY_NORMAL);
  EXPECT_EQ(records[1].event().sensitivity(), log::v1::SENSITIVITY_SAFEGUARDING);
  EXPECT_EQ(records[2].event().sensitivity(), log::v1::SENSITIVITY_SAFEGUARDING);
}

TEST_F(CommandHandlerTest, WhatAFactStatesItselfHoldsInsteadOfTheContext) {
  pb::RecordRequest request = CaseRequest(
      "r",
      {Registered(kSok), Note(kSok) + " occurred { precision: PRECISION_MONTH from: '2021-03' } "
                                      "place: '0201' reason: 'phone_call'"});
  request.mutable_context()->set_place("08");
  request.mutable_context()->set_reason("planned_visit");
  ASSERT_EQ(Record(request), "") << error_;
  const auto records = world_.Records();
  EXPECT_EQ(records[0].event().occurred().from(), "2021-02-17");
  EXPECT_EQ(records[0].event().place(), "08");
  EXPECT_EQ(records[0].event().reason(), "planned_visit");
  EXPECT_EQ(records[1].event().occurred().from(), "2021-03-01");
  EXPECT_EQ(records[1].event().occurred().to(), "2021-03-31");
  EXPECT_EQ(records[1].event().place(), "0201");
  EXPECT_EQ(records[1].event().reason(), "phone_call");
}

TEST_F(CommandHandlerTest, EachPartHasASaltOfItsOwn) {
  ASSERT_EQ(Record("r", {Registered(kSok), Note(kSok)}), "");
  const auto records = world_.Records();
  EXPECT_EQ(records[0].event().subjects(0).salt().size(), kSaltBytes);
  EXPECT_EQ(records[1].event().subjects(0).salt().size(), kSaltBytes);
  EXPECT_NE(records[0].event().subjects(0).salt(), records[1].event().subjects(0).salt());
}

TEST_F(CommandHandlerTest, AnAuthorMayStateTheIdOfTheEventOnceOnARecord) {
  constexpr char kId[] = "018f3c6e-0000-7000-8000-00000000000e";
  const std::string note = absl::StrCat(Note(kSok), " event_id: '", kId, "'");
  ASSERT_EQ(Register(), "");
  ASSERT_EQ(Record("first", {note}), "");
  EXPECT_EQ(last_.event_ids(0), kId);
  EXPECT_EQ(Record("second", {note}), "EVENT_ID_TAKEN");
  EXPECT_EQ(ErrorField(error_), "facts[0].event_id");
  EXPECT_EQ(Record("third", {Voided(kSok, kId), note}), "EVENT_ID_TAKEN") << "a voided one stands";
  ASSERT_EQ(Record("dara", {Registered(kDara)}), "");
  const std::string elsewhere = absl::StrCat(Note(kDara), " event_id: '", kId, "'");
  EXPECT_EQ(Record("fourth", {Note(kDara), elsewhere}), "EVENT_ID_TAKEN") << "on any record";
  EXPECT_EQ(ErrorField(error_), "facts[1].event_id");
  const pb::RecordRequest fifth = CaseRequest("fifth", {elsewhere});
  EXPECT_EQ(ErrorReason(world_.commands().RecordEach({&fifth})[0].status()), "EVENT_ID_TAKEN");
  EXPECT_EQ(Head(), 3u);
  EXPECT_EQ(Record("void", {Voided(kSok, kId)}), "") << "a later request names it";
}

TEST_F(CommandHandlerTest, AFactMayNameAnEventThatItsRequestRecords) {
  constexpr char kId[] = "018f3c6e-0000-7000-8000-00000000000e";
  ASSERT_EQ(Record("r", {Registered(kSok), absl::StrCat(Note(kSok), " event_id: '", kId, "'"),
                         Voided(kSok, kId)}),
            "")
      << error_;
  EXPECT_EQ(Record("again", {Voided(kSok, kId)}), "ALREADY_VOIDED");
}

TEST_F(CommandHandlerTest, ARepetitionIsAnsweredAsTheFirstTime) {
  ASSERT_EQ(Record("r", {Registered(kSok), Note(kSok)}), "");
  RecordResult first = last_;
  EXPECT_EQ(Record("r", {Registered(kSok), Note(kSok)}), "");
  first.set_replayed(true);
  EXPECT_EQ(last_.ShortDebugString(), first.ShortDebugString());
  EXPECT_EQ(Head(), 2u);
}

TEST_F(CommandHandlerTest, DeviceAndChannelDoNotMakeAnotherRequest) {
  pb::RecordRequest note = CaseRequest("n", {Note(kSok)});
  ASSERT_EQ(Record(note), "STREAM_UNKNOWN");
  ASSERT_EQ(Register(), "");
  ASSERT_EQ(Record(note), "") << "what was refused did not use the id up";
  note.mutable_context()->set_device("tablet-08");
  note.mutable_context()->set_channel(log::v1::CHANNEL_WEB);
  EXPECT_EQ(Record(note), "");
  EXPECT_TRUE(last_.replayed());
  note.set_validate_only(true);
  EXPECT_EQ(Record(note), "");
  EXPECT_TRUE(last_.replayed());
}

TEST_F(CommandHandlerTest, TheSameIdWithOtherFactsIsRefused) {
  ASSERT_EQ(Record("r", {Registered(kSok), Note(kSok)}), "");
  using Change = void (*)(pb::RecordRequest&);
  const Change changes[] = {
      [](auto& r) { r.mutable_facts(1)->mutable_note_recorded()->mutable_person()->set_text("x"); },
      [](auto& r) { r.mutable_facts()->RemoveLast(); },
      [](auto& r) { r.mutable_facts()->SwapElements(0, 1); },
      [](auto& r) { r.mutable_facts(1)->set_place("02"); },
      [](auto& r) { r.mutable_context()->mutable_occurred()->set_from("2021-02-18"); },
      [](auto& r) { r.mutable_context()->set_actor_id("staff-sw-2"); },
  };
  for (const Change change : changes) {
    for (const bool validate_only : {false, true}) {
      pb::RecordRequest request = CaseRequest("r", {Registered(kSok), Note(kSok)});
      change(request);
      request.set_validate_only(validate_only);
      EXPECT_EQ(Record(request), "REQUEST_ID_REUSED") << request.ShortDebugString();
      EXPECT_EQ(error_.code(), absl::StatusCode::kAlreadyExists);
    }
  }
  EXPECT_EQ(Record(WorkEnded("r")), "REQUEST_ID_REUSED") << "of another service";
  EXPECT_EQ(Head(), 2u);
}

TEST_F(CommandHandlerTest, WhatIsNotAllowedWritesNothing) {
  const auto keys = world_.KeyringBytes();
  using Change = void (*)(pb::RecordRequest&);
  const struct {
    Change change;
    const char* reason;
    const char* field;
    absl::StatusCode code;
  } cases[] = {
      {[](auto& r) { r.mutable_context()->set_role("guest"); }, "FACT_NOT_GRANTED",
       "facts[0].person_registered", absl::StatusCode::kPermissionDenied},
      {[](auto& r) { r.mutable_context()->set_role("note_taker"); }, "FACT_NOT_GRANTED",
       "facts[0].person_registered", absl::StatusCode::kPermissionDenied},
      {[](auto& r) { r.mutable_context()->set_role("king"); }, "ROLE_NOT_HELD", "context.role",
       absl::StatusCode::kPermissionDenied},
      {[](auto& r) { r.mutable_context()->set_actor_id("nobody"); }, "ACTOR_UNKNOWN",
       "context.actor_id", absl::StatusCode::kPermissionDenied},
      {[](auto& r) { r.mutable_context()->set_organisation_id("elsewhere"); }, "ACTOR_UNKNOWN",
       "context.organisation_id", absl::StatusCode::kPermissionDenied},
      {[](auto& r) { r.mutable_context()->set_on_behalf_of("nobody"); }, "ACTOR_UNKNOWN",
       "context.on_behalf_of", absl::StatusCode::kPermissionDenied},
      {[](auto& r) { r.mutable_facts(0)->set_stream(absl::StrCat("course/", kSok)); },
       "STREAM_CATEGORY", "facts[0].stream", absl::StatusCode::kInvalidArgument},
      {[](auto& r) { r.mutable_facts(1)->set_stream(absl::StrCat("course/", kSok)); },
       "STREAM_CATEGORY", "facts[1].stream", absl::StatusCode::kInvalidArgument},
      {[](auto& r) { r.mutable_context()->mutable_occurred()->set_from("2021-04-23"); },
       "OCCURRED_IN_FUTURE", "context.occurred.from", absl::StatusCode::kInvalidArgument},
      {[](auto& r) {
         *r.mutable_facts(1)->mutable_occurred() =
             FromText<log::v1::Occurred>("precision: PRECISION_DAY from: '2021-04-23'");
       },
       "OCCURRED_IN_FUTURE", "facts[1].occurred.from", absl::StatusCode::kInvalidArgument},
      {[](auto& r) { r.mutable_context()->clear_occurred(); }, "FIELD_REQUIRED",
       "facts[0].occurred", absl::StatusCode::kInvalidArgument},
      {[](auto& r) { r.mutable_context()->mutable_source_recorded_at()->set_seconds(1614000000); },
       "SOURCE_RECORDED_AT_INVALID", "context.source_recorded_at",
       absl::StatusCode::kInvalidArgument},
      {[](auto& r) { r.mutable_facts(1)->mutable_note_recorded()->clear_kind(); }, "FIELD_REQUIRED",
       "facts[1].note_recorded.kind", absl::StatusCode::kInvalidArgument},
  };
  for (const auto& [change, reason, field, code] : cases) {
    for (const bool validate_only : {false, true}) {
      pb::RecordRequest request = CaseRequest("r", {Registered(kSok), Note(kSok)});
      change(request);
      request.set_validate_only(validate_only);
      EXPECT_EQ(Record(request), reason) << error_;
      EXPECT_EQ(ErrorField(error_), field) << reason;
      EXPECT_EQ(error_.code(), code) << reason;
    }
  }
  EXPECT_EQ(Head(), 0u);
  EXPECT_EQ(world_.KeyringBytes(), keys);
}

TEST_F(CommandHandlerTest, AVoidGoesThroughTheHomeOfItsRecord) {
  ASSERT_EQ(Register(), "");
  const auto through_training = FromText<training::v1::RecordRequest>(absl::StrCat(
      "context { ", ContextText("v"), " } facts { ", Voided(kSok, last_.event_ids(0)), " }"));
  EXPECT_EQ(Record(through_training), "STREAM_CATEGORY");
  EXPECT_EQ(ErrorField(error_), "facts[0].stream");
  EXPECT_EQ(Record("v", {Voided(kSok, last_.event_ids(0))}), "");
}

TEST_F(CommandHandlerTest, FactsOnManyStreamsAreOneAppendInTheirOrder) {
  ASSERT_EQ(Record("r", {Registered(kSok), Registered(kDara), Note(kSok), Opened(kSok), Note(kSok),
                         Note(kDara)}),
            "")
      << error_;
  EXPECT_EQ(last_.first_position(), 1u);
  EXPECT_EQ(last_.last_position(), 6u);
  const auto records = world_.Records();
  ASSERT_EQ(records.size(), 6u);
  const std::pair<std::string, std::uint64_t> places[] = {{Person(kSok), 1}, {Person(kDara), 1},
                                                          {Person(kSok), 2}, {Case(kSok), 1},
                                                          {Person(kSok), 3}, {Person(kDara), 2}};
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i].position(), i + 1);
    EXPECT_EQ(records[i].stream(), places[i].first) << i;
    EXPECT_EQ(records[i].revision(), places[i].second) << i;
    EXPECT_EQ(records[i].append_first_position(), 1u);
    EXPECT_EQ(records[i].append_event_count(), 6u);
    EXPECT_EQ(records[i].event().event_id(), last_.event_ids(static_cast<int>(i)));
  }
  ASSERT_EQ(last_.streams_size(), 3);
  EXPECT_EQ(last_.streams(0).stream(), Person(kSok));
  EXPECT_EQ(last_.streams(0).first_revision(), 1u);
  EXPECT_EQ(last_.streams(0).last_revision(), 3u);
  EXPECT_EQ(last_.streams(1).stream(), Person(kDara));
  EXPECT_EQ(last_.streams(1).last_revision(), 2u);
  EXPECT_EQ(last_.streams(2).stream(), Case(kSok));
}

TEST_F(CommandHandlerTest, ARefusedFactLeavesNothingOfItsRequest) {
  const auto keys = world_.KeyringBytes();
  EXPECT_EQ(Record("r", {Registered(kSok), Opened(kSok), Opened(kSok), Registered(kDara)}),
            "CASE_ALREADY_OPEN");
  EXPECT_EQ(error_.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorField(error_), "facts[2].case_opened");
  EXPECT_EQ(Head(), 0u);
  EXPECT_EQ(world_.KeyringBytes(), keys) << "no key is made before the decision";
  EXPECT_EQ(Record("r", {Registered(kSok), Opened(kSok)}), "") << "the id is free";
  EXPECT_GT(world_.KeyringBytes(), keys);
}

TEST_F(CommandHandlerTest, AFieldOfARuleIsNamedBelowItsFact) {
  ASSERT_EQ(Record("r", {Registered(kSok), Opened(kSok)}), "");
  EXPECT_EQ(Record("p", {Note(kSok), Placed(kSok, kDara,
                                            "care_type: CARE_TYPE_KINSHIP foster_kind: "
                                            "FOSTER_KIND_EMERGENCY")}),
            "FOSTER_KIND_MISPLACED");
  EXPECT_EQ(ErrorField(error_), "facts[1].placement_started.foster_kind");
}

TEST_F(CommandHandlerTest, ValidateOnlyForetellsTheAnswerAndWritesNothing) {
  constexpr char kId[] = "018f3c6e-0000-7000-8000-00000000000e";
  ASSERT_EQ(Register(), "");
  const auto keys = world_.KeyringBytes();
  pb::RecordRequest request =
      CaseRequest("r", {Note(kSok), Registered(kDara),
                        absl::StrCat(Note(kSok), " event_id: '", kId, "'"), Opened(kSok)});
  request.set_validate_only(true);
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(Record(request), "") << error_;
    EXPECT_EQ(last_.first_position(), 0u);
    EXPECT_EQ(last_.last_position(), 0u);
    EXPECT_THAT(last_.event_ids(), ElementsAre("", "", kId, ""));
    EXPECT_FALSE(last_.replayed());
    EXPECT_EQ(Head(), 1u);
    EXPECT_EQ(world_.KeyringBytes(), keys);
  }
  const RecordResult foretold = last_;
  request.set_validate_only(false);
  ASSERT_EQ(Record(request), "");
  EXPECT_FALSE(last_.replayed());
  ASSERT_EQ(last_.streams_size(), 3);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(last_.streams(i).ShortDebugString(), foretold.streams(i).ShortDebugString());
  }
}

// 64 facts with long texts are more than one append takes.
TEST_F(CommandHandlerTest, ValidateOnlyKnowsTheLimitsOfTheLog) {
  ASSERT_EQ(Register(), "");
  std::string longest;
  for (int i = 0; i < 1300; ++i) longest += "ម";
  std::string changes;
  for (int i = 0; i < 16; ++i) {
    absl::StrAppend(&changes, "personal_changes { field: 'person.aliases[", i, "]' new_value: '\"",
                    longest, "\"' } ");
  }
  const std::string correction = Corrected(
      kSok, last_.event_ids(0), absl::StrCat("persons { person_id: '", kSok, "' ", changes, " }"));
  pb::RecordRequest request = CaseRequest("r", std::vector<std::string>(64, correction));
  EXPECT_EQ(Record(request), "APPEND_TOO_LARGE") << error_;
  const absl::Status real = error_;
  request.set_validate_only(true);
  EXPECT_EQ(Record(request), "APPEND_TOO_LARGE");
  EXPECT_EQ(error_, real);
}

TEST_F(CommandHandlerTest, ATypeThatIsNotKnownYetStopsWhatFollowsAndMayBeVoided) {
  ASSERT_EQ(Register(), "");
  EXPECT_EQ(
      Record("d", {absl::StrCat("stream: '", Person(kSok),
                                "' document_attached { doc_type: 'photo' sha256: '",
                                std::string(64, 'a'), "' media_type: 'image/jpeg' bytes: 5 }")}),
      "");
  constexpr char kId[] = "018f3c6e-0000-7000-8000-0000000000ff";
  log::pb::AppendRequest append;
  append.mutable_key()->set_organisation_id("mro");
  append.mutable_key()->set_request_id("from-the-future");
  append.set_request_digest(std::string(32, 'x'));
  auto& write = *append.add_writes();
  write.set_stream(Person(kSok));
  *write.add_events() = world_.Records().front().event();
  write.mutable_events(0)->set_event_id(kId);
  write.mutable_events(0)->set_type("mlup.cases.v1.PersonTeleported");
  const auto appended = world_.log().Append(append);
  ASSERT_TRUE(appended.ok()) << appended.status();
  EXPECT_EQ(Record("n", {Note(kSok)}), "EVENT_TYPE_UNKNOWN");
  EXPECT_THAT(std::string(error_.message()), HasSubstr("mlup.cases.v1.PersonTeleported"));
  EXPECT_EQ(Record("v", {Voided(kSok, kId), Note(kSok)}), "") << error_;
}

// Opens the past of 2021 for the system `paper`, by two persons.
void OpenThePast(TestWorld& world) {
  const auto record = [&world](const std::string& id, const std::string& actor,
                               const std::string& fact) {
    auto request = FromText<network::v1::RecordRequest>(
        absl::StrCat("context { ", ContextText(id), " } facts { stream: '",
                     ToAbsl(domain::kImportStream), "' ", fact, " }"));
    request.mutable_context()->set_actor_id(actor);
    ASSERT_TRUE(world.commands().Record(request).ok());
  };
  constexpr char kWindow[] = "window_id: '018f3c6e-0000-7000-8000-0000000000aa' ";
  record("ask", "staff-sw-1",
         absl::StrCat("import_window_requested { ", kWindow,
                      "source_system: 'paper' first_day: '2021-04-01' last_day: '2021-04-30' "
                      "periods: '2021' }"));
  record("approve", "staff-sw-2", absl::StrCat("import_window_approved { ", kWindow, "}"));
}

TEST_F(CommandHandlerTest, ThePastIsImportedThroughAWindowOnly) {
  ASSERT_EQ(Register(), "");
  pb::RecordRequest request = CaseRequest("n", {Note(kSok)});
  request.mutable_context()->set_channel(log::v1::CHANNEL_IMPORT);
  request.mutable_context()->set_source_system("paper");
  request.mutable_context()->mutable_source_recorded_at()->set_seconds(1614000000);
  EXPECT_EQ(Record(request), "IMPORT_WINDOW_CLOSED");
  EXPECT_EQ(ErrorField(error_), "context.source_recorded_at");
  EXPECT_THAT(std::string(error_.message()), HasSubstr("import_window_requested"));
  OpenThePast(world_);
  EXPECT_EQ(Record(request), "") << error_;
  pb::RecordRequest other = CaseRequest("o", {Note(kSok)});
  *other.mutable_context() = request.context();
  other.mutable_context()->set_request_id("o");
  other.mutable_context()->clear_source_system();
  EXPECT_EQ(Record(other), "IMPORT_WINDOW_CLOSED");
  other.mutable_context()->set_source_system("paper");
  EXPECT_EQ(Record(other), "") << error_;
  world_.clock().Advance(absl::Hours(24 * 30));
  EXPECT_EQ(Record(request), "") << "a repetition is answered when the window is closed too";
  EXPECT_TRUE(last_.replayed());
  other.mutable_context()->set_request_id("p");
  EXPECT_EQ(Record(other), "IMPORT_WINDOW_CLOSED") << "over";
}

TEST_F(CommandHandlerTest, AnEntryIsNotRecordedBeforeItsOriginal) {
  ASSERT_EQ(Register(), "");
  const std::string original = last_.event_ids(0);
  OpenThePast(world_);
  pb::RecordRequest request = CaseRequest("v", {Voided(kSok, original)});
  request.mutable_context()->set_channel(log::v1::CHANNEL_IMPORT);
  request.mutable_context()->set_source_system("paper");
  request.mutable_context()->mutable_source_recorded_at()->set_seconds(1614000000);
  EXPECT_EQ(Record(request), "RECORDED_BEFORE_ORIGINAL");
}

TEST_F(CommandHandlerTest, ACorrectionOfANameIsSealed) {
  ASSERT_EQ(Register(), "");
  ASSERT_EQ(Record("c", {Corrected(kSok, last_.event_ids(0),
                                   absl::StrCat("persons { person_id: '", kSok,
                                                "' personal_changes { field: 'person.name_latin' "
                                                "new_value: '\"Sophea\"' } }"))}),
            "")
      << error_;
  EXPECT_THAT(world_.Records().back().SerializeAsString(), Not(HasSubstr("Sophea")));
}

TEST_F(CommandHandlerTest, ACorrectionIsStoredAsItWasReadAndNotAsItWasTyped) {
  ASSERT_EQ(Register(), "");
  const std::string id = last_.event_ids(0);
  const auto correct = [&](const char* request_id, std::string_view value) {
    return Record(request_id, {Corrected(kSok, id,
                                         absl::StrCat("persons { person_id: '", kSok,
                                                      "' changes { field: 'person.sex' old_value: "
                                                      "'\"SEX_FEMALE\"' new_value: '",
                                                      ToAbsl(value), "' } }"))});
  };
  for (const std::string_view value :
       {R"("SEX_MALE","nameLatin":"Sophea")", R"("SEX_MALE","name_latin":"Sophea")",
        R"("SEX_MALE"},"x":{"y":"Sophea")", R"({"SEX_MALE":"Sophea"})", R"(["SEX_MALE"])",
        R"("SEX_MALE" // Sophea)", "1e400"}) {
    EXPECT_EQ(correct("bad", value), "VALUE_INVALID") << value;
    EXPECT_THAT(error_.ToString(), Not(HasSubstr("Sophea")));
  }
  EXPECT_EQ(correct("deep", std::string(2000, '[')), "VALUE_INVALID");
  ASSERT_EQ(correct("good", R"(  "SEX_\\u004dALE"  )"), "") << error_;
  common::v1::DetailsCorrected stored;
  const log::v1::Event event = world_.Records().back().event();
  const auto message = payload::JoinClear(event);
  ASSERT_TRUE(message.ok()) << message.status();
  stored.CopyFrom(**message);
  EXPECT_EQ(stored.persons(0).changes(0).new_value(), "\"SEX_MALE\"");
}

TEST_F(CommandHandlerTest, ACorrectedDayIsStoredInDaysAndNotInTheFuture) {
  ASSERT_EQ(Register(), "");
  const std::string id = last_.event_ids(0);
  const auto correct = [&](const char* request_id, const char* month) {
    return Record(
        request_id,
        {Corrected(kSok, id,
                   absl::StrCat("occurred { precision: PRECISION_MONTH from: '", month, "' }"))});
  };
  EXPECT_EQ(correct("c-1", "2021-06"), "OCCURRED_IN_FUTURE");
  EXPECT_EQ(ErrorField(error_), "facts[0].details_corrected.occurred.from");
  ASSERT_EQ(correct("c-2", "2021-03"), "");
  common::v1::DetailsCorrected stored;
  ASSERT_TRUE(stored.ParseFromString(world_.Records().back().event().common()));
  EXPECT_EQ(stored.occurred().from(), "2021-03-01");
  EXPECT_EQ(stored.occurred().to(), "2021-03-31");
}

TEST_F(CommandHandlerTest, AnApprovalIsGrantedByAnotherPerson) {
  ASSERT_EQ(Record("r", {Registered(kSok), Asked(Person(kSok), kDara)}), "");
  pb::RecordRequest grant = CaseRequest("g", {Granted(Person(kSok), kDara)});
  EXPECT_EQ(Record(grant), "SAME_PERSON_ASKED");
  grant.mutable_context()->set_actor_id("staff-sw-2");
  EXPECT_EQ(Record(grant), "");
  EXPECT_EQ(Record("both", {Asked(Person(kSok), kSok), Granted(Person(kSok), kSok)}),
            "SAME_PERSON_ASKED")
      << "who asks and grants in one request is one person";
}

TEST_F(CommandHandlerTest, FactsOfOneServiceStandBesideThoseOfAnother) {
  ASSERT_EQ(Register(), "");
  EXPECT_EQ(Record(WorkEnded("w")), "") << error_;
  EXPECT_EQ(last_.streams(0).first_revision(), 2u);
}

}  // namespace
}  // namespace mlup::command
