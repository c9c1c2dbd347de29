// Reading and changing one field by its path.
#include "eventstore/payload/patch.h"

#include <gtest/gtest.h>

#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/donations/v1/donation_events.pb.h"

namespace mlup::payload {
namespace {

donations::v1::ItemsDistributed Rice() {
  donations::v1::ItemsDistributed event;
  event.add_lines()->set_item_code("noodles");
  auto* line = event.add_lines();
  line->set_item_code("rice");
  line->set_quantity("25");
  event.set_purpose(donations::v1::ITEMS_PURPOSE_FOOD);
  return event;
}

TEST(PatchTest, ReadsAndWritesOneItemOfAList) {
  auto event = Rice();
  EXPECT_EQ(*ReadField(event, "lines[1].quantity"), "\"25\"");
  ASSERT_TRUE(WriteField(event, "lines[1].quantity", "\"23\"").ok());
  EXPECT_EQ(event.lines(1).quantity(), "23");
  EXPECT_EQ(event.lines(0).quantity(), "");
}

TEST(PatchTest, ReadsAndWritesEnumsAndDefaults) {
  auto event = Rice();
  EXPECT_EQ(*ReadField(event, "purpose"), "\"ITEMS_PURPOSE_FOOD\"");
  ASSERT_TRUE(WriteField(event, "purpose", "\"ITEMS_PURPOSE_STUDY\"").ok());
  EXPECT_EQ(event.purpose(), donations::v1::ITEMS_PURPOSE_STUDY);
  EXPECT_EQ(*ReadField(event, "uncounted"), "false");
  EXPECT_EQ(*ReadField(event, "kit_version"), "null");
  EXPECT_EQ(*ReadField(event, "kit_code"), "null");
}

TEST(PatchTest, AnAbsentMessageIsMadeHereAndGoesWhenItHoldsNothing) {
  donations::v1::DonationReceived donation;
  EXPECT_EQ(*ReadField(donation, "cash.amount_minor"), "null");
  EXPECT_EQ(*ReadField(donation, "cash.currency"), "null");
  ASSERT_TRUE(WriteField(donation, "cash.currency", "null").ok());
  ASSERT_TRUE(WriteField(donation, "cash.currency", "\"\"").ok());
  EXPECT_FALSE(donation.has_cash());
  ASSERT_TRUE(WriteField(donation, "cash.amount_minor", "186500").ok());
  ASSERT_TRUE(WriteField(donation, "cash.currency", "\"KHR\"").ok());
  EXPECT_EQ(donation.cash().amount_minor(), 186500);
  EXPECT_EQ(donation.cash().currency(), "KHR");
  EXPECT_EQ(*ReadField(donations::v1::DonationReceived(), "cash.currency"), "null");
  ASSERT_TRUE(WriteField(donation, "cash.amount_minor", "null").ok());
  EXPECT_TRUE(donation.has_cash());
  ASSERT_TRUE(WriteField(donation, "cash.currency", "null").ok());
  EXPECT_FALSE(donation.has_cash());
}

TEST(PatchTest, ReadsAndWritesInsideASubMessageAndAListOfScalars) {
  cases::v1::PersonRegistered event;
  event.mutable_person()->set_sex(cases::v1::SEX_UNKNOWN);
  event.mutable_person()->add_aliases("one");
  event.mutable_person()->add_aliases("two");
  ASSERT_TRUE(WriteField(event, "person.sex", "\"SEX_MALE\"").ok());
  EXPECT_EQ(event.person().sex(), cases::v1::SEX_MALE);
  EXPECT_EQ(*ReadField(event, "person.aliases[1]"), "\"two\"");
  ASSERT_TRUE(WriteField(event, "person.aliases[1]", "\"three\"").ok());
  EXPECT_EQ(event.person().aliases(0), "one");
  EXPECT_EQ(event.person().aliases(1), "three");
}

TEST(PatchTest, AValueIsReadThroughTheDoorForJson) {
  auto event = Rice();
  for (const std::string& json :
       {std::string(100'000, '['), std::string(100'000, '{'), std::string("1e400"),
        std::string("\"ITEMS_PURPOSE_STUDY\", \"kit_code\": \"x\""),
        std::string("\"ITEMS_PURPOSE_STUDY\"}, {\"purpose\": 1"), std::string("\"\xff\"")}) {
    EXPECT_EQ(ErrorReason(WriteField(event, "purpose", json)), "VALUE_INVALID") << json.size();
    EXPECT_EQ(ErrorReason(WriteField(event, "lines[1].quantity", json)), "VALUE_INVALID");
  }
  EXPECT_EQ(event.SerializeAsString(), Rice().SerializeAsString());
}

TEST(PatchTest, AValueHasOneCanonicalForm) {
  const auto& type = *donations::v1::ItemsDistributed::descriptor();
  EXPECT_EQ(ParseValue(type, "lines[7].quantity", R"( "\u0032\u0033" )")->json, "\"23\"");
  EXPECT_EQ(ParseValue(type, "purpose", "1")->json,
            "\"" + donations::v1::ItemsPurpose_Name(1) + "\"");
  EXPECT_EQ(ParseValue(type, "kit_version", "\"3\"")->json, "3");
  EXPECT_EQ(ParseValue(type, "kit_version", "0.0")->json, "null");
  EXPECT_EQ(ParseValue(type, "kit_code", " null")->json, "null");
  EXPECT_EQ(ErrorReason(ParseValue(type, "lines", "null").status()), "FIELD_UNKNOWN");
  const auto& person = *cases::v1::PersonRegistered::descriptor();
  EXPECT_EQ(ErrorReason(ParseValue(person, "person.aliases[0]", "null").status()), "VALUE_INVALID");
}

TEST(PatchTest, UnknownPathsAndWrongValuesChangeNothing) {
  auto event = Rice();
  for (const char* path : {"", "nothing", "lines", "lines[2].quantity", "lines.quantity",
                           "lines[x].quantity", "purpose[0]", "purpose.deeper", "lines[0]"}) {
    EXPECT_EQ(ErrorReason(WriteField(event, path, "\"1\"")), "FIELD_UNKNOWN") << path;
    EXPECT_EQ(ErrorReason(ReadField(event, path).status()), "FIELD_UNKNOWN") << path;
  }
  for (const char* json : {"\"NO_SUCH\"", "{}", "\"a\",\"uncounted\":true", ""}) {
    EXPECT_EQ(ErrorReason(WriteField(event, "purpose", json)), "VALUE_INVALID") << json;
  }
  EXPECT_EQ(event.SerializeAsString(), Rice().SerializeAsString());
}

}  // namespace
}  // namespace mlup::payload
