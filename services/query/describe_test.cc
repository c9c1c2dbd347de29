// Labels and descriptions: words for everything, nobody named who must not be.
#include "services/query/describe.h"

#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/donations/v1/donation_events.pb.h"
#include "mlup/network/v1/network_events.pb.h"
#include "projections/test_log.h"
#include "services/query/labels.h"
#include "services/query/page_token.h"
#include "services/query/records.h"

namespace mlup::query {
namespace {

using projections::TestId;
using projections::TestLog;
using testing::ElementsAre;
using testing::IsEmpty;

MATCHER_P2(Says, label, value, "") {
  return arg.label == label && arg.value == value && !arg.before;
}
MATCHER_P3(Changed, label, before, after, "") {
  return arg.label == label && arg.before == before && arg.value == after;
}

TEST(LabelsTest, CodesBecomeWords) {
  EXPECT_EQ(CodeLabel("emergency_food_pack"), "Emergency food pack");
  EXPECT_EQ(CodeLabel("covid_restriction"), "COVID restriction");
  EXPECT_EQ(CodeLabel("rci_partner"), "RCI partner");
  EXPECT_EQ(CodeLabel("2020-1"), "2020-1");
  EXPECT_EQ(CodeLabel(""), "");
}

TEST(LabelsTest, EnumValuesFieldsAndTypesBecomeWords) {
  EXPECT_EQ(EnumLabel(*cases::v1::CloseReason_descriptor()->FindValueByNumber(
                cases::v1::CLOSE_REASON_GOALS_MET)),
            "Goals met");
  EXPECT_EQ(EnumLabel(*cases::v1::CaseType_descriptor()->FindValueByNumber(
                cases::v1::CASE_TYPE_RCI_TECHNICAL_SUPPORT)),
            "RCI technical support");
  EXPECT_EQ(FieldLabel("residence_province_code"), "Residence province");
  EXPECT_EQ(FieldLabel("host_org_id"), "Host organisation");
  EXPECT_EQ(FieldLabel("name_km"), "Name (Khmer)");
  EXPECT_EQ(EventLabel(*cases::v1::FollowUpConducted::descriptor()), "Follow-up");
}

TEST(LabelsTest, PlacesAreProvincesByName) {
  EXPECT_EQ(PlaceLabel("02"), "Battambang");
  EXPECT_EQ(PlaceLabel("020305"), "Battambang, commune 020305");
  EXPECT_EQ(PlaceLabel("unknown"), "Unknown");
  EXPECT_EQ(PlaceLabel("remote"), "Remote");
  EXPECT_EQ(PlaceLabel(""), "");
}

TEST(PageTokenTest, OnlyOurOwnTokensAreRead) {
  const PageMark mark = [](std::string_view text) { return absl::StrCat("m", text.size()); };
  const std::string text = FormatPageToken({{77}, 100, {78}, 900}, mark);
  const auto token = ParsePageToken(text, mark);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->as_of, Position{77});
  EXPECT_EQ(token->offset, 100u);
  EXPECT_EQ(token->reading, Position{78});
  EXPECT_EQ(token->until, 900);
  for (const char* numbers :
       {"", "7", "...", "0.5.1.1", "7.-1.1.1", "7.x.1.1", "7.1.2", "7.1.2.3.4"}) {
    EXPECT_FALSE(ParsePageToken(absl::StrCat(numbers, ".", mark(numbers)), mark)) << numbers;
  }
  EXPECT_FALSE(ParsePageToken("", mark));
  EXPECT_FALSE(ParsePageToken(text, [](std::string_view) { return "another"; }));
}

TEST(RecordsTest, FarAndNearPositionsAreReadOnceAndInOrder) {
  TestLog log;
  for (int i = 0; i < 200; ++i) {
    log.Append("case/" + TestId(1), donations::v1::DistributionHeld());
  }
  const std::vector<Position> wanted = {{1}, {3}, {64}, {65}, {66}, {190}, {200}};
  const auto records = ReadRecords(log.log(), wanted);
  ASSERT_TRUE(records.ok()) << records.status();
  std::vector<Position> found;
  for (const log::v1::Record& record : *records) found.push_back({record.position()});
  EXPECT_EQ(found, wanted);
  EXPECT_EQ(ErrorReason(ReadRecords(log.log(), {{200}, {201}}).status()), "RECORD_MISSING");
  EXPECT_THAT(*ReadRecords(log.log(), {}), IsEmpty());
}

class DescribeTest : public testing::Test {
 protected:
  DescribeTest() {
    network::v1::OrganisationRegistered organisation;
    organisation.add_names("Example Centre");
    log_.Append("organisation/" + TestId(1), organisation);
    cases::v1::HouseholdRegistered household;
    household.set_type(cases::v1::HOUSEHOLD_TYPE_KINSHIP);
    household.set_residence_province_code("02");
    log_.Append("household/" + TestId(2), household);
  }

  std::vector<Detail> History(const google::protobuf::Message& event,
                              const google::protobuf::Message* corrected = nullptr) {
    return Describe(event, {&own_, corrected}, names_);
  }

  TestLog log_;
  Names names_{log_.log()};
  const std::set<std::string> own_ = {TestId(7)};
};

TEST_F(DescribeTest, GoodsAndTheirHouseholdAreNamed) {
  donations::v1::ItemsDistributed event;
  event.set_recipient_kind(common::v1::RECIPIENT_KIND_HOUSEHOLD);
  event.set_recipient_id(TestId(2));
  event.set_kit_code("emergency_food_pack");
  auto* rice = event.add_lines();
  rice->set_item_code("rice");
  rice->set_quantity("25");
  rice->set_unit("kg");
  event.add_lines()->set_item_code("oil");
  EXPECT_THAT(Describe(event, {}, names_),
              ElementsAre(Says("Recipient kind", "Household"),
                          Says("Recipient", "Kinship household, Battambang, registered 2021-02-17"),
                          Says("Lines", "Rice 25 kg; Oil, quantity not known"),
                          Says("Kit", "Emergency food pack")));
}

TEST_F(DescribeTest, AnUnknownIdIsLeftOut) {
  cases::v1::CaseOpened event;
  event.set_owner_org_id(TestId(1));
  event.set_supported_by_org_id(TestId(99));
  event.add_incident_ids(TestId(5));
  EXPECT_THAT(History(event), ElementsAre(Says("Owner organisation", "Example Centre")));
}

TEST_F(DescribeTest, OthersAreARelationAndOwnPartsAreShown) {
  cases::v1::IncidentReported event;
  auto* own = event.add_children();
  own->set_person_id(TestId(7));
  own->set_incident_category(cases::v1::INCIDENT_CATEGORY_VIOLENCE);
  for (const unsigned other : {8u, 9u}) {
    event.add_children()->set_person_id(TestId(other));
    event.mutable_children(event.children_size() - 1)->set_age_at_incident(11);
  }
  EXPECT_THAT(History(event), ElementsAre(Says("Incident category", "Violence"),
                                          Says("Children", "2 other children")));
  EXPECT_THAT(Describe(event, {}, names_),
              ElementsAre(Says("Children", "Incident category: Violence"),
                          Says("Children", "Age at incident: 11"),
                          Says("Children", "Age at incident: 11")));
}

TEST_F(DescribeTest, ACaregiverIsCalledSo) {
  cases::v1::ServiceProvided event;
  event.mutable_person()->set_person_id(TestId(8));
  event.mutable_person()->set_details("of another person");
  event.set_recipient(cases::v1::SERVICE_RECIPIENT_CAREGIVER);
  EXPECT_THAT(History(event),
              ElementsAre(Says("Recipient", "Caregiver"), Says("Person", "the caregiver")));
}

TEST_F(DescribeTest, ChangesAreSaidInWords) {
  common::v1::DetailsCorrected event;
  const auto change = [](common::v1::FieldChange& target, const char* field, const char* from,
                         const char* to) {
    target.set_field(field);
    target.set_old_value(from);
    target.set_new_value(to);
  };
  change(*event.add_changes(), "lines[0].quantity", "\"25\"", "\"23\"");
  change(*event.add_changes(), "purpose", "\"ITEMS_PURPOSE_FOOD\"", "\"ITEMS_PURPOSE_STUDY\"");
  change(*event.add_changes(), "kit_code", "\"\"", "\"food_pack\"");
  EXPECT_THAT(
      History(event, &donations::v1::ItemsDistributed::default_instance()),
      ElementsAre(Changed("Lines 1, quantity", "25", "23"), Changed("Purpose", "Food", "Study"),
                  Changed("Kit", "not given", "Food pack")));
}

TEST_F(DescribeTest, MoneyIsInTheCurrencysUnits) {
  donations::v1::DonationReceived event;
  event.mutable_cash()->set_amount_minor(1250);
  event.mutable_cash()->set_currency("USD");
  EXPECT_THAT(History(event), ElementsAre(Says("Cash", "USD 12.50")));
  event.mutable_cash()->set_currency("KHR");
  EXPECT_THAT(History(event), ElementsAre(Says("Cash", "KHR 1250")));
}

TEST_F(DescribeTest, ACorrectedAmountIsInItsCurrency) {
  donations::v1::DonationReceived donation;
  donation.mutable_cash()->set_amount_minor(186450);
  donation.mutable_cash()->set_currency("USD");
  common::v1::DetailsCorrected event;
  auto& amount = *event.add_changes();
  amount.set_field("cash.amount_minor");
  amount.set_old_value("\"186450\"");
  amount.set_new_value("\"186500\"");
  EXPECT_THAT(History(event, &donation),
              ElementsAre(Changed("Cash, amount minor", "USD 1864.50", "USD 1865.00")));
  auto& currency = *event.add_changes();
  currency.set_field("cash.currency");
  currency.set_old_value("\"USD\"");
  currency.set_new_value("\"KHR\"");
  EXPECT_THAT(History(event, &donation),
              ElementsAre(Changed("Cash, amount minor", "USD 1864.50", "KHR 186500"),
                          Changed("Cash, currency", "USD", "KHR")));
}

TEST_F(DescribeTest, AnEmptyEventSaysNothing) {
  EXPECT_THAT(History(donations::v1::ItemsDistributed()), IsEmpty());
}

}  // namespace
}  // namespace mlup::query
