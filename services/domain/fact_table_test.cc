// The table of the facts: every fact of every service stands in it, and what does not fit together
// is found.
#include "services/domain/fact_table.h"

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <google/protobuf/descriptor.pb.h>

#include "mlup/audit/v1/audit.pb.h"
#include "mlup/cases/v1/case_service.pb.h"
#include "mlup/donations/v1/donation_service.pb.h"
#include "mlup/identity/v1/identity_service.pb.h"
#include "mlup/network/v1/network_service.pb.h"
#include "mlup/training/v1/training_service.pb.h"
#include "services/domain/aggregates.h"
#include "services/domain/rule_test.h"
#include "services/domain/unit_of_work.h"

namespace mlup::domain::fact_table_test {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptorProto;

using testing::UnorderedElementsAre;

TEST(FactTableTest, EveryFactOfEveryServiceIsInTheTable) {
  const std::map<std::string, const Descriptor*> services = {
      {"cases", cases::v1::CaseFact::descriptor()},
      {"training", training::v1::TrainingFact::descriptor()},
      {"donations", donations::v1::DonationFact::descriptor()},
      {"network", network::v1::NetworkFact::descriptor()},
      {"identity", identity::v1::IdentityFact::descriptor()},
  };
  const FactTable& table = FactTable::Get();
  EXPECT_EQ(table.services().size(), services.size());
  std::size_t facts = 0;
  for (const auto& [name, fact] : services) {
    const auto* oneof = fact->FindOneofByName("fact");
    ASSERT_NE(oneof, nullptr) << name;
    for (int i = 0; i < oneof->field_count(); ++i) {
      const FactType* type = table.Find(*oneof->field(i));
      ASSERT_NE(type, nullptr) << oneof->field(i)->full_name();
      EXPECT_EQ(type->service->name, name);
      const std::string& family = type->event().options().GetExtension(command::v1::event).family();
      EXPECT_EQ(type->is_guarded(), !family.empty());
      EXPECT_EQ(type->permission, absl::StrCat(name, "/", family, family.empty() ? "" : "/",
                                               oneof->field(i)->name()));
      EXPECT_FALSE(type->categories().empty()) << type->permission;
      EXPECT_EQ(table.FindEvent(type->event(), *type->service), type);
      EXPECT_FALSE(type->creates() && type->needs_existing()) << type->permission;
      ++facts;
    }
  }
  EXPECT_EQ(table.facts().size(), facts);
}

TEST(FactTableTest, AServiceIsKnownByItsRequest) {
  const FactTable& table = FactTable::Get();
  const Service* training = table.FindService(*training::v1::RecordRequest::descriptor());
  ASSERT_NE(training, nullptr);
  EXPECT_EQ(training->name, "training");
  EXPECT_EQ(training->call(), "mlup.training.v1.TrainingService/Record");
  EXPECT_EQ(table.FindService(*cases::v1::CaseFact::descriptor()), nullptr);
}

TEST(FactTableTest, AFactIsFoundByItsNameOnItsRecord) {
  const auto service_of = [](const char* name, const char* category) {
    const FactType* type = FactTable::Get().Find(name, category);
    return type == nullptr ? std::string() : type->service->name;
  };
  EXPECT_EQ(service_of("case_opened", "case"), "cases");
  EXPECT_EQ(service_of("case_opened", "donor"), "cases") << "its answer then says what is wrong";
  EXPECT_EQ(service_of("work_experience_started", "person"), "training");
  EXPECT_EQ(service_of("entry_voided", "person"), "cases");
  EXPECT_EQ(service_of("entry_voided", "activity"), "training");
  EXPECT_EQ(service_of("entry_voided", "store"), "donations");
  EXPECT_EQ(service_of("entry_voided", "club"), "network");
  EXPECT_EQ(service_of("case_teleported", "case"), "");
}

TEST(FactTableTest, TheRulesThatReadOtherStreamsNameThem) {
  std::set<std::string> readers;
  for (const FactType& fact : FactTable::Get().facts()) {
    if (fact.aggregate != nullptr && fact.aggregate->ReadsOthers(fact.event())) {
      readers.insert(fact.permission);
    }
  }
  EXPECT_THAT(readers,
              UnorderedElementsAre("cases/referral_made", "cases/transfer_offered",
                                   "cases/placement_started", "cases/cases_merged",
                                   "cases/persons_merged", "cases/households_merged",
                                   "cases/erasure/person_data_erased", "donations/stock_moved",
                                   "network/organisations_merged", "network/story_published"));
  const auto streams_of = [](const std::string& stream, const std::string& text) {
    const auto fact = FactFromText(stream.substr(0, stream.find('/')), text);
    return UnitOfWork::StreamsOf(TypeOf(*fact), EventOf(*fact), stream);
  };
  using testing::ElementsAre;
  EXPECT_THAT(streams_of("case/c", "referral_made { person { person_id: 'sok' } }"),
              ElementsAre("case/c", "person/sok"));
  EXPECT_THAT(streams_of("person/sok", "referral_made { person { person_id: 'sok' } }"),
              ElementsAre("person/sok"));
  EXPECT_THAT(streams_of("person/sok", "persons_merged { survivor { person_id: 'dara' } }"),
              ElementsAre("person/sok", "person/dara"));
  EXPECT_THAT(streams_of("erasure/sok", "person_data_erased {}"),
              ElementsAre("erasure/sok", "person/sok"));
  EXPECT_THAT(streams_of("household/h", "households_merged { survivor_id: 'i' }"),
              ElementsAre("household/h", "household/i"));
  EXPECT_THAT(streams_of("case/c", "note_recorded { person { person_id: 'sok' } }"),
              ElementsAre("case/c"));
}

TEST(FactTableTest, AFactIsCalledAsItsEvent) {
  for (const FactType& fact : FactTable::Get().facts()) {
    EXPECT_EQ(FactName(fact.event()), fact.field->name());
  }
}

TEST(FactTableTest, EveryRuleIsReachedByAFact) {
  std::size_t ruled = 0;
  for (const AnyAggregate* aggregate : Aggregates()) ruled += aggregate->Ruled().size();
  std::set<const Descriptor*> reached;
  for (const FactType& fact : FactTable::Get().facts()) {
    if (fact.aggregate != nullptr) reached.insert(&fact.event());
  }
  EXPECT_EQ(reached.size(), ruled);
}

TEST(FactTableTest, TheHeadOfAFactIsWhatItStates) {
  const auto fact = FactFromText("case",
                                 "case_opened { } stream: 'case/c' event_id: 'e' occurred { from: "
                                 "'2021' } place: '02' reason: "
                                 "'visit' base_revision: 3");
  const FactHead head = HeadOf(*fact);
  EXPECT_EQ(head.stream, "case/c");
  EXPECT_EQ(head.event_id, "e");
  EXPECT_EQ(head.occurred->from(), "2021");
  EXPECT_EQ(head.place, "02");
  EXPECT_EQ(head.reason, "visit");
  EXPECT_EQ(head.base_revision, 3u);
  EXPECT_EQ(HeadOf(*FactFromText("case", "case_opened { }")).occurred, nullptr);
}

// What Check() finds, on tables that are wrong in one thing each.
class FactTableCheckTest : public testing::Test {
 protected:
  std::string Unfit(const std::vector<FactType>& facts,
                    const std::vector<const AnyAggregate*>& aggregates = Aggregates()) {
    const absl::Status status = FactTable::Check(facts, aggregates);
    EXPECT_EQ(ErrorReason(status), "FACT_TABLE_UNFIT");
    return std::string(status.message());
  }

  // A fact whose event, not one of ours, names these categories.
  FactType Invented(const std::vector<std::string>& categories) {
    FileDescriptorProto file;
    file.set_name("invented.proto");
    file.set_package("mlup.invented.v1");
    file.set_syntax("proto3");
    auto& event = *file.add_message_type();
    event.set_name("MoonSeen");
    for (const std::string& category : categories) {
      event.mutable_options()->MutableExtension(command::v1::event)->add_categories(category);
    }
    auto& fact = *file.add_message_type();
    fact.set_name("InventedFact");
    auto& field = *fact.add_field();
    field.set_name("moon_seen");
    field.set_number(1);
    field.set_label(google::protobuf::FieldDescriptorProto::LABEL_OPTIONAL);
    field.set_type_name(".mlup.invented.v1.MoonSeen");
    field.set_type(google::protobuf::FieldDescriptorProto::TYPE_MESSAGE);
    const auto* built = pool_.BuildFile(file);
    return {built->FindMessageTypeByName("InventedFact")->field(0),
            &FactTable::Get().services().front(), nullptr, "cases/moon_seen"};
  }

  std::vector<FactType> facts_ = FactTable::Get().facts();
  DescriptorPool pool_;
};

struct Nothing {};
absl::Status MayRead(const Nothing&, const audit::v1::RecordAccessed&, const RuleContext&) {
  return absl::OkStatus();
}
absl::Status MayOpen(const Nothing&, const cases::v1::CaseOpened&, const RuleContext&) {
  return absl::OkStatus();
}

TEST_F(FactTableCheckTest, TheTableItselfFits) {
  EXPECT_TRUE(FactTable::Check(facts_, Aggregates()).ok());
}

TEST_F(FactTableCheckTest, ARuleOfAFactThatNoServiceRecords) {
  std::vector<const AnyAggregate*> aggregates = Aggregates();
  static const auto& reader =
      Aggregate<Nothing>::Make("reader").May<audit::v1::RecordAccessed>(MayRead);
  aggregates.push_back(&reader);
  EXPECT_EQ(Unfit(facts_, aggregates),
            "reader has a rule for mlup.audit.v1.RecordAccessed, which no service records");
}

TEST_F(FactTableCheckTest, TwoRulesOfOneType) {
  std::vector<const AnyAggregate*> aggregates = Aggregates();
  static const auto& opener =
      Aggregate<Nothing>::Make("opener").May<cases::v1::CaseOpened>(MayOpen);
  aggregates.push_back(&opener);
  EXPECT_EQ(Unfit(facts_, aggregates), "mlup.cases.v1.CaseOpened has two rules");
}

TEST_F(FactTableCheckTest, ATypeThatTwoServicesRecord) {
  FactType copy = *FactTable::Get().Find("case_opened", "case");
  copy.service = &FactTable::Get().services().back();
  facts_.push_back(copy);
  EXPECT_EQ(Unfit(facts_), "mlup.cases.v1.CaseOpened is recorded by two services");
}

TEST_F(FactTableCheckTest, ACategoryThatIsAtHomeNowhere) {
  facts_.push_back(Invented({"case", "moon"}));
  EXPECT_EQ(Unfit(facts_),
            "mlup.invented.v1.MoonSeen names the category moon, which no service has");
}

TEST_F(FactTableCheckTest, ACategoryOfTheLogsOwnWork) {
  facts_.push_back(Invented({"system"}));
  EXPECT_EQ(Unfit(facts_),
            "mlup.invented.v1.MoonSeen names the category system, which no service has");
}

TEST_F(FactTableCheckTest, AnEventWithoutItsOption) {
  facts_.push_back(Invented({}));
  EXPECT_EQ(Unfit(facts_), "mlup.invented.v1.MoonSeen names no category in its option event");
}

}  // namespace
}  // namespace mlup::domain::fact_table_test
