// What agrees, and how much it says.
#include "services/search/match.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/search/query.h"

namespace mlup::search {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

Day DayOfText(const std::string& text) { return *ParseDay(text); }

class MatchTest : public testing::Test {
 protected:
  MatchTest() {
    facts_.names = {"សុខ ដារ៉ា", "Sok Dara", "Lucky"};
    facts_.phones = {"+855 12 345 678"};
    facts_.identifiers = {{cases::v1::IDENTIFIER_SCHEME_OSCAR_GLOBAL_ID, "OSC-12/3"}};
    facts_.sex = cases::v1::SEX_FEMALE;
    facts_.birth_month = "2014-03";
    facts_.birth_day = ParseDay("2014-03-09");
    facts_.province = "02";
  }

  Agreed Ask(const v1::SearchPersonsRequest& request) {
    const auto query = QueryOf(request, tokens_, DayOfText("2024-06-15"));
    EXPECT_TRUE(query.ok()) << query.status();
    return query.ok() ? Compare(*query, EntryOf(facts_, tokens_)) : Agreed();
  }
  Agreed ByName(const std::string& name) {
    v1::SearchPersonsRequest request;
    request.add_names(name);
    return Ask(request);
  }
  Agreed ByPhone(const std::string& phone) {
    v1::SearchPersonsRequest request;
    request.set_phone(phone);
    return Ask(request);
  }
  Agreed ByBirth(const std::string& birth) {
    v1::SearchPersonsRequest request;
    request.add_names("Sok Dara");
    request.set_birth(birth);
    return Ask(request);
  }
  std::string Refusal(const v1::SearchPersonsRequest& request) {
    const absl::Status refused = QueryOf(request, tokens_, DayOfText("2024-06-15")).status();
    return ErrorReason(refused) + " " + ErrorField(refused);
  }

  const Tokens tokens_{std::string(privacy::SecretKey::kBytes, 'k')};
  PersonFacts facts_;
};

TEST_F(MatchTest, ANameIsFoundInBothScriptsInAnyOrderAndByAnAlias) {
  EXPECT_THAT(ByName("dara SOK").agreements, ElementsAre(v1::AGREEMENT_NAME_SAME));
  EXPECT_THAT(ByName("Sokh Tara").agreements, ElementsAre(v1::AGREEMENT_NAME_SOUNDS_ALIKE));
  EXPECT_THAT(ByName("ដារ៉ា").agreements, ElementsAre(v1::AGREEMENT_NAME_SAME));
  EXPECT_THAT(ByName("Luckky").agreements, ElementsAre(v1::AGREEMENT_NAME_SOUNDS_ALIKE));
  EXPECT_THAT(ByName("Sok Dalin").agreements, ElementsAre(v1::AGREEMENT_NAME_SIMILAR));
  EXPECT_EQ(ByName("Sok Dara").score, 100u);
  EXPECT_EQ(ByName("Heng Phalla").score, 0u);
  EXPECT_GT(ByName("Sok Dara").score, ByName("Sok").score);
}

TEST_F(MatchTest, ATelephoneNumberIsFoundWithoutItsCountryAndByItsEnd) {
  EXPECT_THAT(ByPhone("012345678").agreements, ElementsAre(v1::AGREEMENT_PHONE_SAME));
  EXPECT_THAT(ByPhone("00855 12 345-678").agreements, ElementsAre(v1::AGREEMENT_PHONE_SAME));
  EXPECT_THAT(ByPhone("៣៤៥៦៧៨").agreements, ElementsAre(v1::AGREEMENT_PHONE_ENDS_ALIKE));
  EXPECT_EQ(ByPhone("012345679").score, 0u);
}

TEST_F(MatchTest, AnIdentifierIsFoundWholeOnlyAndInItsRegister) {
  v1::SearchPersonsRequest request;
  request.set_identifier("osc 123");
  EXPECT_THAT(Ask(request).agreements, ElementsAre(v1::AGREEMENT_IDENTIFIER_SAME));
  request.set_scheme(cases::v1::IDENTIFIER_SCHEME_OSCAR_GLOBAL_ID);
  EXPECT_GT(Ask(request).score, 0u);
  request.set_scheme(cases::v1::IDENTIFIER_SCHEME_ID_POOR);
  EXPECT_EQ(Ask(request).score, 0u);
  request.clear_scheme();
  request.set_identifier("osc 12");
  EXPECT_EQ(Ask(request).score, 0u);
}

TEST_F(MatchTest, ABirthSaysMoreTheMoreOfItIsKnown) {
  const std::vector<std::pair<std::string, v1::Agreement>> births = {
      {"2014-03-09", v1::AGREEMENT_BIRTH_DAY_SAME},
      {"2014-03", v1::AGREEMENT_BIRTH_MONTH_SAME},
      {"2014", v1::AGREEMENT_BIRTH_YEAR_SAME},
      {"2015", v1::AGREEMENT_BIRTH_NEAR},
      {"2019", v1::AGREEMENT_BIRTH_DIFFERS}};
  std::uint32_t before = 101;
  for (const auto& [birth, agreement] : births) {
    const Agreed agreed = ByBirth(birth);
    EXPECT_THAT(agreed.agreements, Contains(agreement)) << birth;
    EXPECT_LT(agreed.score, before) << birth;
    before = agreed.score;
  }
  EXPECT_THAT(ByBirth("2014-03-10").agreements, Contains(v1::AGREEMENT_BIRTH_MONTH_SAME));
}

TEST_F(MatchTest, AboutTenYearsOldIsABirthWithItsOwnPrecision) {
  v1::SearchPersonsRequest request;
  request.set_age_years(12);
  EXPECT_THAT(Ask(request).agreements, ElementsAre(v1::AGREEMENT_BIRTH_NEAR));
  request.set_age_precision_years(0);
  request.set_age_years(10);
  EXPECT_THAT(Ask(request).agreements, ElementsAre(v1::AGREEMENT_BIRTH_NEAR));
  request.set_age_years(20);
  EXPECT_EQ(Ask(request).score, 0u);
}

TEST_F(MatchTest, SexAndPlaceTellApartWhomTheNameDoesNot) {
  v1::SearchPersonsRequest request;
  request.add_names("Sok Dara");
  request.set_sex(cases::v1::SEX_MALE);
  request.set_place("0301");
  const Agreed other = Ask(request);
  EXPECT_THAT(other.agreements, ElementsAre(v1::AGREEMENT_NAME_SAME, v1::AGREEMENT_SEX_DIFFERS,
                                            v1::AGREEMENT_PROVINCE_DIFFERS));
  request.set_sex(cases::v1::SEX_FEMALE);
  request.set_place("020305");
  EXPECT_GT(Ask(request).score, other.score);
  request.set_place("unknown");
  EXPECT_THAT(Ask(request).agreements, Not(Contains(v1::AGREEMENT_PROVINCE_DIFFERS)));
}

TEST_F(MatchTest, WhatIsNotOnRecordSaysNothing) {
  facts_ = PersonFacts();
  facts_.names = {"Sok Dara"};
  v1::SearchPersonsRequest request;
  request.add_names("Sok Dara");
  request.set_phone("012345678");
  request.set_identifier("A1");
  request.set_sex(cases::v1::SEX_FEMALE);
  request.set_birth("2014");
  request.set_place("02");
  EXPECT_EQ(Ask(request).score, 100u);
}

TEST_F(MatchTest, ARefusalNamesTheField) {
  v1::SearchPersonsRequest request;
  request.set_sex(cases::v1::SEX_FEMALE);
  request.set_place("02");
  EXPECT_EQ(Refusal(request), "SEARCH_TOO_WIDE names");
  request.add_names("Sok");
  request.add_names("\xE2\x80\x8B .");
  EXPECT_EQ(Refusal(request), "NAME_TOO_SHORT names[1]");
  request.clear_names();
  request.set_phone("12345");
  EXPECT_EQ(Refusal(request), "PHONE_TOO_SHORT phone");
  request.clear_phone();
  request.set_identifier("--");
  EXPECT_EQ(Refusal(request), "IDENTIFIER_EMPTY identifier");
  request.clear_identifier();
  for (const char* birth : {"2014-Q1", "2014-13", "last year", "2014-02-30"}) {
    request.set_birth(birth);
    EXPECT_EQ(Refusal(request), "BIRTH_INVALID birth") << birth;
  }
  request.set_birth("2014");
  request.set_age_years(10);
  EXPECT_EQ(Refusal(request), "BIRTH_INVALID age_years");
}

TEST_F(MatchTest, TokensOfAnotherKeyHaveNothingInCommon) {
  const Tokens others{std::string(privacy::SecretKey::kBytes, 'j')};
  const NameTokens mine = tokens_.OfName("Sok Dara");
  EXPECT_EQ(Likeness(mine, others.OfName("Sok Dara")), 0);
  EXPECT_EQ(Likeness(mine, tokens_.OfName("dara  SOK")), 1);
  EXPECT_THAT(tokens_.OfName(" . ").sounds, IsEmpty());
}

}  // namespace
}  // namespace mlup::search
