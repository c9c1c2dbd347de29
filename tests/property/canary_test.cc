// No personal field of any event reaches the log in plaintext, and all of them can be opened again.
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <google/protobuf/descriptor.h>
#include <google/protobuf/text_format.h>

#include "eventstore/payload/event_types.h"
#include "eventstore/payload/payload.h"
#include "services/command/test_world.h"
#include "services/domain/account.h"
#include "services/domain/fact_table.h"
#include "services/privacy/sealing.h"
#include "tests/property/fill.h"

namespace mlup::property {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr char kOtherPerson[] = "018f3c6e-0000-7000-8000-000000000002";
constexpr char kActor[] = "staff-sw-7";

Message& FactOf(Message& request) {
  const auto* facts = request.GetDescriptor()->FindFieldByName("facts");
  return *request.GetReflection()->MutableRepeatedMessage(&request, facts, 0);
}

// What stands on the record before a filled fact, so that its rule allows it, and what the fact
// says otherwise than filled.
struct Scene {
  std::vector<std::string> before;
  std::string instead = {};
  // Fields that are not filled.
  std::vector<std::string> without = {};
};

// On the record of the person, but that an account's id follows from its actor.
std::string StreamFor(const domain::FactType& type) {
  const std::string category = type.categories().front();
  return category == "account" ? domain::AccountStream(kActor)
                               : absl::StrCat(category, "/", kPersonId);
}

const std::string kId = kPersonId;
const std::string kOpened = "case_opened { child { person_id: '" + kId + "' } }";
const std::string kRegistered = "person_registered { person { person_id: '" + kId + "' } }";
const std::string kGranted = "approval_granted { approval_id: '" + kId + "' }";
const std::string kPlaced = "placement_started { placement_id: '" + kId + "' child { person_id: '" +
                            kId + "' } care_type: CARE_TYPE_KINSHIP }";
const std::string kAssessed = "assessment_completed { subject: ASSESSMENT_SUBJECT_CHILD }";
const std::string kReferred = "referral_made { referral_id: '" + kId + "' person { person_id: '" +
                              kId + "' } to_sector: 'rci' }";

std::string Asked(const std::string& subject) {
  return "approval_requested { approval_id: '" + kId + "' subject: APPROVAL_SUBJECT_" + subject +
         " }";
}

using Scenes = std::map<std::string, Scene>;

// Of facts that begin something, or need only that a record is there.
Scenes FirstScenes() {
  const std::string account = domain::AccountStream(kActor);
  return {
      {"account_opened",
       {{},
        absl::StrCat("actor_id: '", kActor, "' holder { account_id: '",
                     account.substr(account.find('/') + 1), "' }")}},
      {"case_closed", {{kOpened, Asked("CLOSURE"), kGranted}}},
      {"service_provided", {{kOpened}}},
      {"assessment_completed", {{kOpened}}},
      {"follow_up_conducted", {{kOpened}}},
      // One inside needs no consent.
      {"referral_made", {{kOpened}, "", {"to_org_id"}}},
      {"persons_merged",
       {{kRegistered, Asked("MERGE"), kGranted},
        absl::StrCat("survivor { person_id: '", kOtherPerson, "' }")}},
      {"items_distributed", {{"distribution_held { }"}}},
      {"outcome_recorded", {{"activity_held { }"}}},
      {"task_created", {{kOpened}}},
      {"joint_intervention_conducted", {{"case_group_formed { }"}}},
  };
}

// Of facts that need one before.
Scenes LaterScenes() {
  return {
      {"placement_ended", {{kOpened, kPlaced}}},
      {"placement_reviewed", {{kOpened, kPlaced}}},
      {"care_plan_adopted", {{kOpened, kAssessed}}},
      {"goal_ended",
       {{kOpened, kAssessed, "care_plan_adopted { child { person_id: '" + kId + "' } }"}}},
      {"referral_answered", {{kOpened, kReferred}}},
      {"referral_completed",
       {{kOpened, kReferred,
         "referral_answered { referral_id: '" + kId + "' answer: HANDSHAKE_ANSWER_ACCEPTED }"}}},
      {"task_ended", {{kOpened, "task_created { task_id: '" + kId + "' }"}}},
      {"cases_merged",
       {{kOpened, Asked("MERGE"), kGranted}, absl::StrCat("survivor_id: '", kOtherPerson, "'")}},
      {"consent_withdrawn",
       {{kRegistered, "consent_recorded { person { person_id: '" + kId +
                          "' decision: CONSENT_DECISION_GIVEN } } event_id: '" + kId + "'"}}},
      {"household_moved", {{"household_registered { }"}}},
      {"conflict_detected",
       {{kRegistered},
        absl::StrCat("field: 'school_status_changed.person.school' entries { request_id: 'a' "
                     "actor_id: 'staff-sw-1' } entries { request_id: 'b' actor_id: 'staff-sw-2' } "
                     "person { person_id: '",
                     kId, "' values: '\"", kCanaryWord, "\"' values: 'null' }"),
        {"entries", "values", "person"}}},
      {"donor_preference_changed", {{"donor_registered { donor { donor_id: '" + kId + "' } }"}}},
  };
}

Scene SceneFor(const FieldDescriptor& fact) {
  for (const Scenes& scenes : {FirstScenes(), LaterScenes()}) {
    if (const auto found = scenes.find(fact.name()); found != scenes.end()) return found->second;
  }
  const auto& rule = fact.message_type()->options().GetExtension(command::v1::event);
  if (!rule.needs_existing()) return {};
  return {{rule.categories(0) == "person" ? kRegistered : kOpened}};
}

// Records one fact after the other, each filled by the rules of its fields, on records that all
// have the same id.
class CanaryWorld {
 public:
  absl::Status Record(const std::string& stream, const std::string& text) {
    const auto* type = domain::FactTable::Get().Find(text.substr(0, text.find(' ')),
                                                     stream.substr(0, stream.find('/')));
    auto request = New(*type->service);
    Message& fact = FactOf(*request);
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &fact));
    FillRequired(fact);
    return Record(*request, stream);
  }
  absl::Status Record(Message& request, const std::string& stream) {
    const auto* context = request.GetDescriptor()->FindFieldByName("context");
    Message& fact = FactOf(request);
    const bool answers = domain::TypeOf(fact).field->name() == "approval_granted";
    request.GetReflection()
        ->MutableMessage(&request, context)
        ->CopyFrom(FromText<command::v1::CommandContext>(ContextText(
            absl::StrCat("r-", ++requests_), "2021-02-17", answers ? "staff-sw-2" : "staff-sw-1")));
    fact.GetReflection()->SetString(&fact, fact.GetDescriptor()->FindFieldByName("stream"), stream);
    return world.commands().Record(request).status();
  }

  static std::unique_ptr<Message> New(const domain::Service& service) {
    std::unique_ptr<Message> request(google::protobuf::MessageFactory::generated_factory()
                                         ->GetPrototype(service.request)
                                         ->New());
    request->GetReflection()->AddMessage(request.get(), service.facts);
    return request;
  }

  command::TestWorld world;

 private:
  int requests_ = 0;
};

// Nothing personal stands in the clear, and all that was sealed opens again.
void ExpectSealed(command::TestWorld& world, const std::string& type) {
  const log::pb::Record record = world.Records().back();
  ASSERT_EQ(record.event().type(), type);
  const std::string bytes = record.SerializeAsString();
  for (const char* const canary : {kCanaryWord, kCanaryDay, kCanaryId}) {
    EXPECT_THAT(bytes, testing::Not(testing::HasSubstr(canary))) << type;
  }
  std::string opened;
  for (const auto& part : record.event().subjects()) {
    const auto personal = privacy::Open(world.keyring(), record.event(), record.stream(), part);
    ASSERT_TRUE(personal.ok()) << personal.status();
    opened += *personal;
  }
  EXPECT_THAT(opened,
              testing::AnyOf(testing::HasSubstr(kCanaryWord), testing::HasSubstr(kCanaryId)))
      << type;
}

// Corrections name an earlier event and have a test of their own.
bool IsTried(const Descriptor& event) {
  return HoldsPersonal(event) && event.name() != "DetailsCorrected";
}

TEST(CanaryTest, NoPersonalWordReachesTheLog) {
  std::set<std::string> expected;
  for (const Descriptor* type : payload::EventTypes()) {
    if (IsTried(*type)) expected.insert(type->full_name());
  }
  std::set<std::string> recorded;
  for (const domain::FactType& type : domain::FactTable::Get().facts()) {
    if (!IsTried(type.event()) || recorded.contains(type.event().full_name())) continue;
    CanaryWorld canary;
    const std::string stream = StreamFor(type);
    const Scene scene = SceneFor(*type.field);
    const auto survivor = absl::StrCat("person/", kOtherPerson);
    ASSERT_TRUE(canary
                    .Record(survivor, absl::StrCat("person_registered { person { person_id: '",
                                                   kOtherPerson, "' } }"))
                    .ok());
    ASSERT_TRUE(
        canary
            .Record(absl::StrCat("case/", kOtherPerson),
                    absl::StrCat("case_opened { child { person_id: '", kOtherPerson, "' } }"))
            .ok());
    for (const std::string& before : scene.before) {
      const absl::Status status = canary.Record(stream, before);
      ASSERT_TRUE(status.ok()) << type.permission << before << status;
    }
    auto request = CanaryWorld::New(*type.service);
    Message& fact = FactOf(*request);
    Message& event = *fact.GetReflection()->MutableMessage(&fact, type.field);
    Fill(event);
    for (const std::string& name : scene.without) {
      event.GetReflection()->ClearField(&event, event.GetDescriptor()->FindFieldByName(name));
    }
    const std::unique_ptr<Message> instead(event.New());
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(scene.instead, instead.get()));
    event.MergeFrom(*instead);
    const absl::Status status = canary.Record(*request, stream);
    EXPECT_TRUE(status.ok()) << type.permission << ": " << status;
    if (!status.ok()) continue;
    recorded.insert(type.event().full_name());
    ExpectSealed(canary.world, type.event().full_name());
  }
  EXPECT_GT(expected.size(), 20u);
  EXPECT_EQ(recorded, expected);
}

TEST(CanaryTest, ErrorsNeverRepeatWhatWasGiven) {
  CanaryWorld canary;
  for (const domain::FactType& type : domain::FactTable::Get().facts()) {
    if (!IsTried(type.event())) continue;
    auto request = CanaryWorld::New(*type.service);
    Message& fact = FactOf(*request);
    Fill(*fact.GetReflection()->MutableMessage(&fact, type.field));
    Spoil(fact);
    const absl::Status status =
        canary.Record(*request, absl::StrCat(type.categories().front(), "/", kPersonId));
    EXPECT_EQ(ErrorReason(status), "TEXT_INVALID") << type.permission;
    EXPECT_THAT(status.ToString(), testing::Not(testing::HasSubstr("canary")));
  }
}

}  // namespace
}  // namespace mlup::property
