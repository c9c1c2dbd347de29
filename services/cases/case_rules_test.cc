// The rules of cases, persons and households: given what happened, when a command comes, then this.
#include "services/cases/case_rules.h"

#include "gtest/gtest.h"
#include <google/protobuf/text_format.h>

#include "services/cases/person_rules.h"

namespace mlup::cases {
namespace {

constexpr char kCase[] = "case/c";
constexpr char kPerson[] = "person/sok";
constexpr char kHousehold[] = "household/h";

template <typename Message>
Message FromText(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

// What a command did.
class Outcome {
 public:
  explicit Outcome(Decision decision) : decision_(std::move(decision)) {}

  // The one event recorded has this kind.
  void ThenRecorded(pb::CaseEvent::KindCase kind) const {
    ASSERT_TRUE(decision_.ok()) << decision_.status();
    ASSERT_EQ(decision_->size(), 1u);
    EXPECT_EQ(decision_->front().event.kind_case(), kind);
    EXPECT_EQ(decision_->front().stream, "");
  }
  void ThenRefused(const std::string& reason) const {
    EXPECT_EQ(decision_.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(ErrorReason(decision_.status()), reason);
  }
  void ThenInvalid(const std::string& reason, const std::string& field) const {
    EXPECT_EQ(decision_.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ErrorReason(decision_.status()), reason);
    EXPECT_EQ(ErrorField(decision_.status()), field);
  }

 private:
  const Decision decision_;
};

// What happened so far. Events get the ids e1, e2, ...
class World {
 public:
  explicit World(std::string stream) : stream_(std::move(stream)) {}

  World& On(const std::string& stream, const std::vector<std::string>& events) {
    for (const std::string& event : events) {
      Evolve(states_, FromText<pb::CaseEvent>(event),
             {"e" + std::to_string(++count_), stream, "staff-sw-1", std::nullopt});
    }
    return *this;
  }

  template <typename Request>
  Outcome When(const std::string& request) const {
    command::RuleContext context;
    context.stream = stream_;
    context.today = *ParseDay("2021-04-22");
    context.occurred = DayRange{*ParseDay("2021-03-01"), *ParseDay("2021-03-01")};
    return Outcome(Decide(states_, FromText<Request>(request), context));
  }

 private:
  const std::string stream_;
  RecordStates states_;
  int count_ = 0;
};

World Given(const std::string& stream, const std::vector<std::string>& events = {}) {
  World world(stream);
  world.On(stream, events);
  return world;
}

const char* const kOpened = "case_opened { child { person_id: 'sok' } owner_org_id: 'mro' }";
const char* const kSupported =
    "case_opened { child { person_id: 'sok' } owner_org_id: 'rci' supported_by_org_id: 'mro' }";
const char* const kAsked =
    "approval_requested { approval_id: 'a' subject: APPROVAL_SUBJECT_CLOSURE }";
const char* const kGranted = "approval_granted { approval_id: 'a' }";
const char* const kClosed = "case_closed { child { person_id: 'sok' } approval_id: 'a' }";
const char* const kReopened = "case_reopened { child { person_id: 'sok' } }";
const char* const kPlaced = "placement_started { placement_id: 'p' child { person_id: 'sok' } }";
const char* const kClose = "case_closed { child { person_id: 'sok' } approval_id: 'a' }";

TEST(CaseTest, ACaseIsOpenedOnce) {
  const char* const open = "case_opened { child { person_id: 'sok' } }";
  Given(kCase).When<pb::OpenCaseRequest>(open).ThenRecorded(pb::CaseEvent::kCaseOpened);
  Given(kCase, {"concern_received { child { person_id: 'sok' } }"})
      .When<pb::OpenCaseRequest>(open)
      .ThenRecorded(pb::CaseEvent::kCaseOpened);
  Given(kCase, {kOpened}).When<pb::OpenCaseRequest>(open).ThenRefused("CASE_ALREADY_OPEN");
  Given(kCase, {kOpened, kAsked, kGranted, kClosed})
      .When<pb::OpenCaseRequest>(open)
      .ThenRefused("CASE_ALREADY_OPEN");
}

TEST(CaseTest, ACaseIsForTheChildOfItsConcern) {
  Given(kCase, {"concern_received { child { person_id: 'dara' } }"})
      .When<pb::OpenCaseRequest>("case_opened { child { person_id: 'sok' } }")
      .ThenRefused("OTHER_CHILD");
}

TEST(CaseTest, ClosingNeedsAGrantedApproval) {
  Given(kCase, {kOpened}).When<pb::CloseCaseRequest>(kClose).ThenRefused("APPROVAL_MISSING");
  Given(kCase, {kOpened, kAsked})
      .When<pb::CloseCaseRequest>(kClose)
      .ThenRefused("APPROVAL_MISSING");
  Given(kCase, {kOpened, kAsked, "approval_rejected { approval_id: 'a' }"})
      .When<pb::CloseCaseRequest>(kClose)
      .ThenRefused("APPROVAL_MISSING");
  Given(kCase,
        {kOpened, "approval_requested { approval_id: 'a' subject: APPROVAL_SUBJECT_CARE_PLAN }",
         kGranted})
      .When<pb::CloseCaseRequest>(kClose)
      .ThenRefused("APPROVAL_MISSING");
  Given(kCase, {kOpened, kGranted})
      .When<pb::CloseCaseRequest>(kClose)
      .ThenRefused("APPROVAL_MISSING");
  Given(kCase, {kOpened, kAsked, kGranted})
      .When<pb::CloseCaseRequest>(kClose)
      .ThenRecorded(pb::CaseEvent::kCaseClosed);
}

TEST(CaseTest, ACaseOfAnotherOrganisationClosesWithoutOurApproval) {
  const char* const close = "case_closed { child { person_id: 'sok' } }";
  Given(kCase, {kSupported})
      .When<pb::CloseCaseRequest>(close)
      .ThenRecorded(pb::CaseEvent::kCaseClosed);
  Given(kCase, {kSupported}).When<pb::CloseCaseRequest>(kClose).ThenRefused("APPROVAL_MISSING");
  Given(kCase, {kOpened}).When<pb::CloseCaseRequest>(close).ThenRefused("APPROVAL_MISSING");
}

TEST(CaseTest, ClosingAClosedCaseIsRefused) {
  Given(kCase).When<pb::CloseCaseRequest>(kClose).ThenRefused("CASE_NOT_OPEN");
  Given(kCase, {kOpened, kAsked, kGranted, kClosed})
      .When<pb::CloseCaseRequest>(kClose)
      .ThenRefused("CASE_NOT_OPEN");
}

TEST(CaseTest, AnApprovalClosesOnce) {
  Given(kCase, {kOpened, kAsked, kGranted, kClosed, kReopened})
      .When<pb::CloseCaseRequest>(kClose)
      .ThenRefused("APPROVAL_MISSING");
}

TEST(CaseTest, TheChildNamedIsTheChildOfTheCase) {
  const World open = Given(kCase, {kOpened, kAsked, kGranted, kPlaced});
  open.When<pb::CloseCaseRequest>("case_closed { child { person_id: 'dara' } approval_id: 'a' }")
      .ThenRefused("OTHER_CHILD");
  open.When<pb::ProvideServiceRequest>(
          "service_provided { recipient: SERVICE_RECIPIENT_CHILD person { person_id: 'dara' } }")
      .ThenRefused("OTHER_CHILD");
  open.When<pb::CompleteAssessmentRequest>("assessment_completed { child { person_id: 'dara' } }")
      .ThenRefused("OTHER_CHILD");
  open.When<pb::StartPlacementRequest>("placement_started { child { person_id: 'dara' } }")
      .ThenRefused("OTHER_CHILD");
  open.When<pb::EndPlacementRequest>(
          "placement_ended { placement_id: 'p' child { person_id: 'dara' } }")
      .ThenRefused("OTHER_CHILD");
  open.When<pb::RecordRequest>("concern_received { child { person_id: 'dara' } }")
      .ThenRefused("OTHER_CHILD");
  Given(kCase, {kOpened, kClosed})
      .When<pb::ReopenCaseRequest>("case_reopened { child { person_id: 'dara' } }")
      .ThenRefused("OTHER_CHILD");
}

TEST(CaseTest, OnlyAClosedCaseIsReopened) {
  const char* const reopen = "case_reopened { child { person_id: 'sok' } }";
  Given(kCase).When<pb::ReopenCaseRequest>(reopen).ThenRefused("CASE_NOT_CLOSED");
  Given(kCase, {kOpened}).When<pb::ReopenCaseRequest>(reopen).ThenRefused("CASE_NOT_CLOSED");
  Given(kCase, {kOpened, kClosed})
      .When<pb::ReopenCaseRequest>(reopen)
      .ThenRecorded(pb::CaseEvent::kCaseReopened);
  Given(kCase, {kOpened, kClosed, kReopened})
      .When<pb::ReopenCaseRequest>(reopen)
      .ThenRefused("CASE_NOT_CLOSED");
}

TEST(CaseTest, WorkNeedsAnOpenCaseButAftercareDoesNot) {
  for (const World& world : {Given(kCase), Given(kCase, {kOpened, kClosed})}) {
    world.When<pb::ProvideServiceRequest>("service_provided {}").ThenRefused("CASE_NOT_OPEN");
    world.When<pb::CompleteAssessmentRequest>("assessment_completed {}")
        .ThenRefused("CASE_NOT_OPEN");
    world
        .When<pb::ConductFollowUpRequest>(
            "follow_up_conducted { followup_type: FOLLOW_UP_TYPE_IN_CARE }")
        .ThenRefused("CASE_NOT_OPEN");
    world.When<pb::MakeReferralRequest>("referral_made { to_sector: 'rci' }")
        .ThenRefused("CASE_NOT_OPEN");
    world.When<pb::StartPlacementRequest>("placement_started {}").ThenRefused("CASE_NOT_OPEN");
  }
  const char* const aftercare = "follow_up_conducted { followup_type: FOLLOW_UP_TYPE_AFTERCARE }";
  Given(kCase, {kOpened, kClosed})
      .When<pb::ConductFollowUpRequest>(aftercare)
      .ThenRecorded(pb::CaseEvent::kFollowUpConducted);
  Given(kCase).When<pb::ConductFollowUpRequest>(aftercare).ThenRefused("CASE_NOT_OPEN");
  const World open = Given(kCase, {kOpened});
  open.When<pb::ProvideServiceRequest>("service_provided {}")
      .ThenRecorded(pb::CaseEvent::kServiceProvided);
  open.When<pb::CompleteAssessmentRequest>("assessment_completed {}")
      .ThenRecorded(pb::CaseEvent::kAssessmentCompleted);
  open.When<pb::MakeReferralRequest>("referral_made { to_sector: 'rci' }")
      .ThenRecorded(pb::CaseEvent::kReferralMade);
}

TEST(CaseTest, OtherStreamsTakeWorkWithoutACase) {
  Given(kHousehold)
      .When<pb::ProvideServiceRequest>("service_provided {}")
      .ThenRecorded(pb::CaseEvent::kServiceProvided);
  Given("organisation/o")
      .When<pb::CompleteAssessmentRequest>("assessment_completed {}")
      .ThenRecorded(pb::CaseEvent::kAssessmentCompleted);
  Given(kPerson)
      .When<pb::ConductFollowUpRequest>("follow_up_conducted {}")
      .ThenRecorded(pb::CaseEvent::kFollowUpConducted);
}

TEST(CaseTest, AReferralOutsideNeedsAConsentInForce) {
  const char* const refer =
      "referral_made { person { person_id: 'sok' } to_org_id: 'o' consent_event_id: 'e2' }";
  const auto given = [](const std::string& consent) {
    return Given(kCase, {kOpened})
        .On(kPerson, {"consent_recorded { person { person_id: 'sok' " + consent + " } }"});
  };
  const std::string yes =
      "decision: CONSENT_DECISION_GIVEN purpose: CONSENT_PURPOSE_SHARE_WITH_NGO ";
  given(yes).When<pb::MakeReferralRequest>(refer).ThenRecorded(pb::CaseEvent::kReferralMade);
  given(yes + "valid_until: '2021-03-01'")
      .When<pb::MakeReferralRequest>(refer)
      .ThenRecorded(pb::CaseEvent::kReferralMade);
  given(yes + "valid_until: '2021-02-28'")
      .When<pb::MakeReferralRequest>(refer)
      .ThenRefused("CONSENT_MISSING");
  given("decision: CONSENT_DECISION_REFUSED purpose: CONSENT_PURPOSE_SHARE_WITH_NGO")
      .When<pb::MakeReferralRequest>(refer)
      .ThenRefused("CONSENT_MISSING");
  given("decision: CONSENT_DECISION_GIVEN purpose: CONSENT_PURPOSE_PHOTO")
      .When<pb::MakeReferralRequest>(refer)
      .ThenRefused("CONSENT_MISSING");
  given(yes)
      .On(kPerson,
          {"consent_recorded { person { person_id: 'sok' decision: CONSENT_DECISION_REFUSED "
           "purpose: CONSENT_PURPOSE_SHARE_WITH_NGO } }"})
      .When<pb::MakeReferralRequest>(refer)
      .ThenRefused("CONSENT_MISSING");
  Given(kCase, {kOpened}).When<pb::MakeReferralRequest>(refer).ThenRefused("CONSENT_MISSING");
  Given(kCase, {kOpened})
      .When<pb::MakeReferralRequest>("referral_made {}")
      .ThenInvalid("FIELD_REQUIRED", "referral_made.to_org_id");
}

TEST(CaseTest, AChildIsInOnePlacementAtATime) {
  const char* const start = "placement_started { placement_id: 'q' child { person_id: 'sok' } }";
  const char* const end = "placement_ended { placement_id: 'p' child { person_id: 'sok' } }";
  Given(kCase, {kOpened})
      .When<pb::StartPlacementRequest>(start)
      .ThenRecorded(pb::CaseEvent::kPlacementStarted);
  Given(kCase, {kOpened, kPlaced})
      .When<pb::StartPlacementRequest>(start)
      .ThenRefused("PLACEMENT_OPEN");
  Given(kCase, {kOpened, kPlaced})
      .When<pb::EndPlacementRequest>(end)
      .ThenRecorded(pb::CaseEvent::kPlacementEnded);
  Given(kCase, {kOpened}).When<pb::EndPlacementRequest>(end).ThenRefused("PLACEMENT_NOT_OPEN");
  Given(kCase, {kOpened, kPlaced})
      .When<pb::EndPlacementRequest>("placement_ended { placement_id: 'q' }")
      .ThenRefused("PLACEMENT_NOT_OPEN");
  Given(kCase, {kOpened, kPlaced, end})
      .When<pb::StartPlacementRequest>(start)
      .ThenRecorded(pb::CaseEvent::kPlacementStarted);
  Given(kCase, {kOpened})
      .When<pb::StartPlacementRequest>(
          "placement_started { care_type: CARE_TYPE_KINSHIP foster_kind: FOSTER_KIND_EMERGENCY }")
      .ThenInvalid("FOSTER_KIND_MISPLACED", "placement_started.foster_kind");
}

TEST(PersonTest, ARoleIsHeldOnceInOnePlaceAndEndedWhereBegun) {
  const char* const started =
      "person_role_started { person { person_id: 'sok' role: PERSON_ROLE_YOUTH_CLUB_MEMBER "
      "group_id: 'g' } }";
  const char* const ended =
      "person_role_ended { person { person_id: 'sok' role: PERSON_ROLE_YOUTH_CLUB_MEMBER } }";
  Given(kPerson).When<pb::StartPersonRoleRequest>(started).ThenRecorded(
      pb::CaseEvent::kPersonRoleStarted);
  Given(kPerson, {started})
      .When<pb::StartPersonRoleRequest>(started)
      .ThenRefused("ROLE_ALREADY_HELD");
  Given(kPerson, {started})
      .When<pb::StartPersonRoleRequest>(
          "person_role_started { person { person_id: 'sok' role: PERSON_ROLE_YOUTH_CLUB_MEMBER "
          "group_id: 'other' } }")
      .ThenRecorded(pb::CaseEvent::kPersonRoleStarted);
  Given(kPerson, {started, ended})
      .When<pb::StartPersonRoleRequest>(started)
      .ThenRecorded(pb::CaseEvent::kPersonRoleStarted);
  Given(kPerson, {started})
      .When<pb::EndPersonRoleRequest>(ended)
      .ThenRecorded(pb::CaseEvent::kPersonRoleEnded);
  Given(kPerson).When<pb::EndPersonRoleRequest>(ended).ThenRefused("ROLE_NOT_HELD");
  Given(kPerson, {started, ended})
      .When<pb::EndPersonRoleRequest>(ended)
      .ThenRefused("ROLE_NOT_HELD");
  Given(kPerson)
      .When<pb::EndPersonRoleRequest>(
          "person_role_ended { person { person_id: 'sok' role: PERSON_ROLE_MENTOR start_unknown: "
          "true } }")
      .ThenRecorded(pb::CaseEvent::kPersonRoleEnded);
}

TEST(PersonTest, AFactStandsOnItsOwnPersonsStream) {
  const World world = Given(kPerson);
  world.When<pb::StartPersonRoleRequest>("person_role_started { person { person_id: 'dara' } }")
      .ThenRefused("OTHER_PERSON");
  world.When<pb::EndPersonRoleRequest>("person_role_ended { person { person_id: 'dara' } }")
      .ThenRefused("OTHER_PERSON");
  world.When<pb::MergePersonsRequest>("persons_merged { person { person_id: 'dara' } }")
      .ThenRefused("OTHER_PERSON");
  world.When<pb::UnmergePersonsRequest>("persons_unmerged { person { person_id: 'dara' } }")
      .ThenRefused("OTHER_PERSON");
  for (const char* const fact :
       {"person_registered", "residence_changed", "disability_recorded", "school_status_changed",
        "testimony_recorded", "consent_recorded", "note_recorded", "task_created"}) {
    world.When<pb::RecordRequest>(std::string(fact) + " { person { person_id: 'dara' } }")
        .ThenRefused("OTHER_PERSON");
  }
  world.When<pb::RecordRequest>("child_birth_recorded { parent { person_id: 'dara' } }")
      .ThenRefused("OTHER_PERSON");
  world.When<pb::RecordRequest>("person_registered { person { person_id: 'sok' } }")
      .ThenRecorded(pb::CaseEvent::kPersonRegistered);
  Given(kCase, {kOpened})
      .When<pb::RecordRequest>("note_recorded { person { person_id: 'dara' } }")
      .ThenRecorded(pb::CaseEvent::kNoteRecorded);
}

TEST(HouseholdTest, AMemberBelongsOnce) {
  const char* const added = "household_member_added { member { person_id: 'sok' } }";
  const char* const removed = "household_member_removed { member { person_id: 'sok' } }";
  Given(kHousehold)
      .When<pb::AddHouseholdMemberRequest>(added)
      .ThenRecorded(pb::CaseEvent::kHouseholdMemberAdded);
  Given(kHousehold, {added})
      .When<pb::AddHouseholdMemberRequest>(added)
      .ThenRefused("ALREADY_MEMBER");
  Given(kHousehold, {added})
      .When<pb::RemoveHouseholdMemberRequest>(removed)
      .ThenRecorded(pb::CaseEvent::kHouseholdMemberRemoved);
  Given(kHousehold).When<pb::RemoveHouseholdMemberRequest>(removed).ThenRefused("NOT_MEMBER");
  Given(kHousehold, {added, removed})
      .When<pb::RemoveHouseholdMemberRequest>(removed)
      .ThenRefused("NOT_MEMBER");
}

// Persons and households merge by the same rules; the tables differ in words only.
struct Mergeable {
  const char* ending;
  const char* survivor;
  const char* registered;
  const char* merged;
  const char* unmerged;
};

constexpr Mergeable kPersons = {
    kPerson, "person/dara", "person_registered {}",
    "persons_merged { person { person_id: 'sok' } survivor { person_id: 'dara' } approval_id: 'a' "
    "}",
    "persons_unmerged { person { person_id: 'sok' } merge_event_id: 'e5' }"};
constexpr Mergeable kHouseholds = {kHousehold, "household/i", "household_registered {}",
                                   "households_merged { survivor_id: 'i' approval_id: 'a' }",
                                   "households_unmerged { merge_event_id: 'e5' }"};

template <typename Merge, typename Unmerge>
void CheckMerges(const Mergeable& m, pb::CaseEvent::KindCase merged,
                 pb::CaseEvent::KindCase unmerged) {
  const std::string asked =
      "approval_requested { approval_id: 'a' subject: APPROVAL_SUBJECT_MERGE }";
  const auto ready = [&] {
    return Given(m.ending, {m.registered, asked, kGranted}).On(m.survivor, {m.registered});
  };
  ready().template When<Merge>(m.merged).ThenRecorded(merged);
  Given(m.ending, {m.registered})
      .On(m.survivor, {m.registered})
      .template When<Merge>(m.merged)
      .ThenRefused("APPROVAL_MISSING");
  Given(m.ending, {m.registered, kAsked, kGranted})
      .On(m.survivor, {m.registered})
      .template When<Merge>(m.merged)
      .ThenRefused("APPROVAL_MISSING");
  Given(m.ending, {m.registered, asked, kGranted})
      .template When<Merge>(m.merged)
      .ThenRefused("SURVIVOR_UNKNOWN");
  ready().On(m.survivor, {m.merged}).template When<Merge>(m.merged).ThenRefused("SURVIVOR_UNKNOWN");
  ready().On(m.ending, {m.merged}).template When<Merge>(m.merged).ThenRefused("ALREADY_MERGED");

  ready().template When<Unmerge>(m.unmerged).ThenRefused("NOT_MERGED");
  ready().On(m.ending, {m.merged}).template When<Unmerge>(m.unmerged).ThenRecorded(unmerged);
  ready()
      .On(m.ending, {m.merged, m.unmerged})
      .template When<Unmerge>(m.unmerged)
      .ThenRefused("NOT_MERGED");
  ready()
      .On(m.ending, {m.merged, m.unmerged})
      .template When<Merge>(m.merged)
      .ThenRefused("APPROVAL_MISSING");
  ready()
      .On(m.ending, {m.registered, m.merged})
      .template When<Unmerge>(m.unmerged)
      .ThenRefused("NOT_MERGED");
}

TEST(MergeTest, ARecordIsNotMergedIntoItself) {
  Given(kPerson,
        {"person_registered {}",
         "approval_requested { approval_id: 'a' subject: APPROVAL_SUBJECT_MERGE }", kGranted})
      .When<pb::MergePersonsRequest>(
          "persons_merged { person { person_id: 'sok' } survivor { person_id: 'sok' } approval_id: "
          "'a' }")
      .ThenRefused("SURVIVOR_UNKNOWN");
}

TEST(MergeTest, BothRecordsLiveAndTheMergeIsApproved) {
  CheckMerges<pb::MergePersonsRequest, pb::UnmergePersonsRequest>(
      kPersons, pb::CaseEvent::kPersonsMerged, pb::CaseEvent::kPersonsUnmerged);
  CheckMerges<pb::MergeHouseholdsRequest, pb::UnmergeHouseholdsRequest>(
      kHouseholds, pb::CaseEvent::kHouseholdsMerged, pb::CaseEvent::kHouseholdsUnmerged);
}

}  // namespace
}  // namespace mlup::cases
