// The facts of a request one after the other: each is judged on what those before it changed, and
// what was taken back is gone.
#include "services/domain/unit_of_work.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "services/domain/rule_test.h"

namespace mlup::domain::unit_of_work_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kCase[] = "case/c";
constexpr char kPerson[] = "person/sok";
constexpr char kOpened[] = "case_opened { child { person_id: 'sok' } }";
constexpr char kPlaced[] = "placement_started { placement_id: 'p' child { person_id: 'sok' } }";
constexpr char kPlacedAgain[] =
    "placement_started { placement_id: 'q' child { person_id: 'sok' } }";
constexpr char kRegistered[] = "person_registered { person { person_id: 'sok' } }";
constexpr char kTask[] = "task_created { }";
constexpr char kUnknownType[] = "mlup.cases.v1.CaseTeleported";

TEST(UnitOfWorkTest, ARuleSeesTheFactsBeforeItInTheRequest) {
  EXPECT_THAT(Given(kCase).Refusals({{kCase, kPlaced},
                                     {kCase, kOpened},
                                     {kCase, kOpened},
                                     {kCase, kPlaced},
                                     {kCase, kPlacedAgain},
                                     {"case/other", kPlacedAgain}}),
              ElementsAre("STREAM_UNKNOWN", "", "CASE_ALREADY_OPEN", "", "PLACEMENT_OPEN",
                          "STREAM_UNKNOWN"));
}

TEST(UnitOfWorkTest, ARuleSeesTheFactsBeforeItOnTheStreamsThatItReads) {
  EXPECT_THAT(
      Given(kCase, {kOpened})
          .Refusals(
              {{kCase,
                "referral_made { person { person_id: 'sok' } to_org_id: 'o' consent_event_id: 'n3' "
                "}"},
               {kPerson, kRegistered},
               {kPerson,
                "consent_recorded { person { person_id: 'sok' decision: CONSENT_DECISION_GIVEN "
                "purpose: CONSENT_PURPOSE_SERVICE } }"},
               {kCase,
                "referral_made { person { person_id: 'sok' } to_org_id: 'o' consent_event_id: 'n3' "
                "}"}}),
      ElementsAre("CONSENT_MISSING", "", "", ""));
}

TEST(UnitOfWorkTest, AVoidInTheRequestChangesWhatTheNextRuleSees) {
  EXPECT_THAT(Given(kCase, {kOpened, kPlaced})
                  .Refusals({{kCase, kPlacedAgain},
                             {kCase, "entry_voided { voids_event_id: 'e2' }"},
                             {kCase, kPlacedAgain},
                             {kCase, "entry_voided { voids_event_id: 'n3' }"},
                             {kCase, kPlaced},
                             {kCase, "entry_voided { voids_event_id: 'n2' }"}}),
              ElementsAre("PLACEMENT_OPEN", "", "", "", "", "ENTRY_NOT_A_FACT at .voids_event_id"));
}

TEST(UnitOfWorkTest, ACorrectionInTheRequestChangesWhatTheNextRuleSees) {
  const auto back = [](const std::string& kg) {
    return "distribution_reversed { reverses_event_id: 'e2' lines { item_code: 'rice' unit: 'kg' "
           "quantity: '" +
           kg + "' } }";
  };
  const std::string corrected =
      "details_corrected { corrects_event_id: 'e2' changes { field: 'lines[0].quantity' old_value: "
      "'\"25\"' new_value: '\"23\"' } }";
  constexpr char kDistribution[] = "distribution/d";
  EXPECT_THAT(Given(kDistribution,
                    {"distribution_held { reason: DISTRIBUTION_REASON_CRISIS }",
                     "items_distributed { purpose: ITEMS_PURPOSE_FOOD given_by: GIVEN_BY_OWN "
                     "recipient_kind: RECIPIENT_KIND_ORGANISATION "
                     "lines { item_code: 'rice' unit: 'kg' quantity: '25' } }"})
                  .Refusals({{kDistribution, back("1")},
                             {kDistribution, corrected},
                             {kDistribution, back("22.5")},
                             {kDistribution, back("22")},
                             {kDistribution, back("0.5")}}),
              ElementsAre("", "", "MORE_THAN_GIVEN", "", "MORE_THAN_GIVEN"));
}

TEST(UnitOfWorkTest, WhatIsRefusedChangesNothing) {
  const Records opened = Given(kCase, {kOpened});
  UnitOfWork unit;
  ASSERT_TRUE(opened.Ask(unit, kCase, kPlaced).ok());
  EXPECT_EQ(unit.Of(kCase).revision(), (Revision{2}));
  for (const char* const refused :
       {kOpened, kPlacedAgain, "entry_voided { voids_event_id: 'e9' }"}) {
    EXPECT_FALSE(opened.Ask(unit, kCase, refused, {.event_id = "n2"}).ok()) << refused;
  }
  EXPECT_EQ(unit.Of(kCase).revision(), (Revision{2}));
  EXPECT_EQ(unit.Of(kCase).size(), 1u + 1u);
}

TEST(UnitOfWorkTest, WhatIsTakenBackWasNeverThere) {
  const Records opened = Given(kCase, {kOpened, kPlaced});
  UnitOfWork unit;
  ASSERT_TRUE(opened.Ask(unit, kCase, kTask, {.event_id = "n1"}).ok());
  const auto before = unit.Save({kCase, kPerson});
  ASSERT_TRUE(
      opened.Ask(unit, kCase, "entry_voided { voids_event_id: 'e2' }", {.event_id = "n2"}).ok());
  ASSERT_TRUE(opened.Ask(unit, kCase, kPlacedAgain, {.event_id = "n3"}).ok());
  ASSERT_TRUE(opened.Ask(unit, kPerson, kRegistered, {.event_id = "n4"}).ok());
  unit.Restore(before);

  EXPECT_EQ(unit.Of(kCase).revision(), (Revision{3}));
  EXPECT_FALSE(unit.Of(kCase).Find("e2")->voided);
  EXPECT_FALSE(unit.Holds(kPerson)) << "it is loaded again";
  EXPECT_EQ(Records::Reason(opened.Ask(unit, kCase, kPlacedAgain)), "PLACEMENT_OPEN");
  EXPECT_EQ(Records::Reason(opened.Ask(unit, kPerson, kRegistered)), "");
}

TEST(UnitOfWorkTest, AnIdIsNewOnItsStreamAmongTheFactsOfTheRequestToo) {
  const Records opened = Given(kCase, {kOpened});
  UnitOfWork unit;
  EXPECT_EQ(Records::Reason(opened.Ask(unit, kCase, kTask, {.event_id = "e1"})), "EVENT_ID_TAKEN");
  EXPECT_EQ(Records::Reason(opened.Ask(unit, kCase, kTask, {.event_id = "n"})), "");
  EXPECT_EQ(Records::Reason(opened.Ask(unit, kCase, kTask, {.event_id = "n"})), "EVENT_ID_TAKEN");
  EXPECT_EQ(Records::Reason(opened.Ask(unit, "case/other", kOpened, {.event_id = "e1"})), "")
      << "on another stream";
}

TEST(UnitOfWorkTest, AFactStandsOnTheCategoriesThatItsTypeNames) {
  const struct {
    const char* stream;
    const char* fact;
    const char* words;
  } cases[] = {
      {"course/a", kOpened, "must be a stream of category case for case_opened"},
      {"distribution/d", "donation_received { }", "must be a stream of category donation"},
      {"donor/d", "approval_requested { approval_id: 'a' }",
       "must be a stream of category person, household, case for approval_requested"},
  };
  for (const auto& [stream, fact, words] : cases) {
    const absl::Status status = Given(stream).Answer(stream, fact);
    EXPECT_EQ(Records::Reason(status), "STREAM_CATEGORY at stream") << stream << fact;
    EXPECT_THAT(std::string(status.message()), HasSubstr(words));
  }
}

TEST(UnitOfWorkTest, ATypeThatNobodyKnowsStopsWhatFollowsUntilItIsVoided) {
  const Records unknown = Given(kCase, {kOpened}).AndUnknown(kCase, kUnknownType);
  const absl::Status status = unknown.Answer(kCase, kPlaced);
  EXPECT_EQ(Records::Reason(status), "EVENT_TYPE_UNKNOWN");
  EXPECT_THAT(std::string(status.message()), HasSubstr(absl::StrCat("event 2 of ", kCase)));
  EXPECT_THAT(std::string(status.message()), HasSubstr(kUnknownType));
  for (const char* const fact :
       {kTask, "details_corrected { corrects_event_id: 'e2' place: '02' }",
        "details_corrected { corrects_event_id: 'e1' place: '02' }",
        "approval_requested { approval_id: 'a' subject: APPROVAL_SUBJECT_CLOSURE }"}) {
    EXPECT_EQ(unknown.Refusal(fact), "EVENT_TYPE_UNKNOWN") << fact;
  }
  EXPECT_THAT(unknown.Refusals({{kCase, "entry_voided { voids_event_id: 'e1' }"},
                                {kCase, kOpened},
                                {kCase, "entry_voided { voids_event_id: 'e2' }"},
                                {kCase, kOpened},
                                {kCase, kPlaced}}),
              ElementsAre("", "EVENT_TYPE_UNKNOWN", "", "", ""));
}

TEST(UnitOfWorkTest, ATypeThatNobodyKnowsStopsRulesThatReadItsStream) {
  const std::string refer =
      "referral_made { person { person_id: 'sok' } to_org_id: 'o' consent_event_id: 'e3' }";
  const std::string consent =
      "consent_recorded { person { person_id: 'sok' decision: CONSENT_DECISION_GIVEN purpose: "
      "CONSENT_PURPOSE_SERVICE } }";
  const Records unknown = Given(kCase, {kOpened})
                              .And(kPerson, {kRegistered, consent})
                              .AndUnknown(kPerson, "mlup.cases.v1.ConsentWithdrawn");
  EXPECT_EQ(unknown.Refusal(refer), "EVENT_TYPE_UNKNOWN");
  EXPECT_EQ(unknown.Refusal(kTask), "") << "a fact that does not read the stream";
  EXPECT_THAT(
      unknown.Refusals({{kPerson, "entry_voided { voids_event_id: 'e4' }"}, {kCase, refer}}),
      ElementsAre("", ""));
}

TEST(UnitOfWorkTest, PersonalFieldsAreNotKept) {
  UnitOfWork unit;
  ASSERT_TRUE(Given(kPerson)
                  .Ask(unit, kPerson,
                       "person_registered { person { person_id: 'sok' name_latin: 'Sokha' } }")
                  .ok());
  EXPECT_THAT(unit.Of(kPerson).At(0).message->ShortDebugString(), testing::Not(HasSubstr("Sokha")));
}

// An aggregate whose rule adds a fact: a note about a person makes a task on a case, once.
namespace pb = ::mlup::cases::v1;

constexpr char kTasks[] = "case/tasks";

struct Notes {
  int notes = 0;
  int tasks = 0;
};
void On(Notes& state, const pb::NoteRecorded&, const EventInfo&) { ++state.notes; }
void On(Notes& state, const pb::TaskCreated&, const EventInfo&) { ++state.tasks; }
const Aggregate<Notes>& NoteKeeping();
absl::StatusOr<AddedFacts> MayAdd(const Notes& state, const pb::NoteRecorded&,
                                  const RuleContext& context) {
  if (state.notes == 2) return Refuse("NOTES_FULL", "there are two notes", "read them");
  AddedFacts added;
  if (context.Of(NoteKeeping(), kTasks).tasks == 0) {
    added.push_back({kTasks, std::make_unique<pb::TaskCreated>()});
  }
  return added;
}
std::vector<std::string> Reads(const pb::NoteRecorded&) { return {kTasks, kPerson}; }
const Aggregate<Notes>& NoteKeeping() {
  static const auto& rules = Aggregate<Notes>::Make("note-keeping")
                                 .On<pb::NoteRecorded>(On)
                                 .On<pb::TaskCreated>(On)
                                 .MayAdd<pb::NoteRecorded>(MayAdd)
                                 .Reads<pb::NoteRecorded>(Reads);
  return rules;
}

TEST(UnitOfWorkTest, ARuleMayAddFactsToTheStreamsThatItReads) {
  FactType note = *FactTable::Get().Find("note_recorded", "person");
  note.aggregate = &NoteKeeping();
  pb::NoteRecorded event;
  event.mutable_person()->set_person_id("sok");
  EXPECT_THAT(UnitOfWork::StreamsOf(note, event, kPerson), ElementsAre(kPerson, kTasks))
      << "each stream once, its own first";

  const Records registered = Given(kPerson, {kRegistered}).And(kTasks, {kOpened});
  UnitOfWork unit;
  unit.Put(registered.Of(kPerson));
  unit.Put(registered.Of(kTasks));
  const auto add = [&](const char* id) {
    return unit.Add(note, event,
                    {.stream = kPerson,
                     .event_id = id,
                     .actor_id = {},
                     .on_behalf_of = {},
                     .occurred = {},
                     .known_at = {},
                     .today = {}});
  };
  const auto first = add("n1");
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->size(), 1u);
  EXPECT_EQ(first->front().stream, kTasks);
  EXPECT_EQ(first->front().fact->GetTypeName(), "mlup.cases.v1.TaskCreated");
  EXPECT_EQ(unit.Of(kTasks).revision(), (Revision{1})) << "not decided yet";
  ASSERT_TRUE(registered.Ask(unit, kTasks, kTask, {.event_id = "n2"}).ok());

  const auto second = add("n3");
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_TRUE(second->empty()) << "the rule sees the task";
  EXPECT_EQ(Records::Reason(add("n4").status()), "NOTES_FULL");
}

TEST(UnitOfWorkTest, WhatEndsDoesNotEndBeforeItBegan) {
  const std::string stream = "organisation/o";
  const Records records =
      Given(stream, {"organisation_registered { names: 'Rice' kind: ORGANISATION_KIND_RCI }"});
  UnitOfWork unit;
  const auto say = [&](const std::string& text, const std::string& day) {
    static int number = 0;
    Asking asking;
    asking.event_id = absl::StrCat("n", ++number);
    asking.day = day;
    return Records::Reason(records.Ask(unit, stream, text, asking));
  };
  const std::string ended = "partnership_ended { kind: PARTNERSHIP_KIND_RCI_PARTNER reason: 'x' }";
  ASSERT_EQ(say("partnership_agreed { kind: PARTNERSHIP_KIND_RCI_PARTNER }", "2021-03-01"), "");
  EXPECT_EQ(say(ended, "2021-02-28"), "END_BEFORE_BEGINNING");
  EXPECT_EQ(say(ended, "2021-02"), "END_BEFORE_BEGINNING");
  EXPECT_EQ(say(ended, "2021-Q1"), "") << "it can have ended on the day";
}

}  // namespace
}  // namespace mlup::domain::unit_of_work_test
