// Voids and corrections, the same on every stream: what they may name, and what rules see of what
// they change.
#include "services/domain/entries.h"

#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"

#include "mlup/cases/v1/person_events.pb.h"
#include "services/domain/rule_test.h"

namespace mlup::domain::entries_test {
namespace {

constexpr char kSok[] = "018f3c6e-0000-7000-8000-000000000001";
constexpr char kDara[] = "018f3c6e-0000-7000-8000-000000000002";
constexpr char kCase[] = "case/018f3c6e-0000-7000-8000-0000000000c1";
constexpr char kPerson[] = "person/018f3c6e-0000-7000-8000-000000000001";

std::string Registered() {
  return absl::StrCat("person_registered { person { person_id: '", kSok,
                      "' sex: SEX_FEMALE residence_province_code: '02' name_latin: 'Sokha' } }");
}
std::string Voided(const std::string& id) {
  return "entry_voided { voids_event_id: '" + id + "' reason: 'duplicate_entry' }";
}
std::string Corrected(const std::string& id, const std::string& changes) {
  return "details_corrected { corrects_event_id: '" + id + "' reason: 'typo' " + changes + " }";
}
std::string Change(const std::string& field, const std::string& from, const std::string& to) {
  return absl::StrCat("changes { field: '", field, "' old_value: '", from, "' new_value: '", to,
                      "' } ");
}
std::string InPart(const std::string& changes, const char* person = kSok) {
  return absl::StrCat("persons { person_id: '", person, "' ", changes, " } ");
}
std::string Personal(const std::string& field, const std::string& to = "\"Sophea\"") {
  return absl::StrCat("personal_changes { field: '", field, "' new_value: '", to, "' } ");
}

TEST(EntriesTest, AVoidNamesALiveFactOfItsStream) {
  const Records world = Given(kPerson, {Registered(), "document_attached { }", Voided("e2"),
                                        Corrected("e1", "place: '02'")})
                            .And("person/other", {"document_attached { }"});
  const struct {
    std::string named;
    std::string refusal;
  } cases[] = {
      {"e1", ""},
      {"e2", "ALREADY_VOIDED"},
      {"e3", "ENTRY_NOT_A_FACT at .voids_event_id"},
      {"e4", "ENTRY_NOT_A_FACT at .voids_event_id"},
      {"e5", "EVENT_NOT_ON_STREAM"},
      {"e9", "EVENT_NOT_ON_STREAM"},
  };
  for (const auto& [named, refusal] : cases) {
    EXPECT_EQ(world.Refusal(Voided(named)), refusal) << named;
    const std::string of_correction =
        absl::StrReplaceAll(refusal, {{".voids_event_id", ".corrects_event_id"}});
    EXPECT_EQ(world.Refusal(Corrected(named, "place: '08'")), of_correction) << named;
  }
  EXPECT_EQ(Given(kPerson).Refusal(Voided("e1")), "STREAM_UNKNOWN");
}

TEST(EntriesTest, WhatUndoesAMergeIsNeverVoided) {
  const std::string merged =
      absl::StrCat("persons_merged { person { person_id: '", kSok, "' } survivor { person_id: '",
                   kDara, "' } approval_id: 'a' }");
  const std::string unmerged =
      absl::StrCat("persons_unmerged { person { person_id: '", kSok, "' } merge_event_id: 'e2' }");
  const Records world = Given(kPerson, {Registered(), merged, unmerged});
  EXPECT_EQ(world.Refusal(Voided("e2")), "");
  EXPECT_EQ(world.Refusal(Voided("e3")), "UNDOING_IS_FINAL");
}

TEST(EntriesTest, NoneIsRecordedBeforeItsOriginal) {
  const absl::Time original = Asking().known_at;
  for (const std::string& entry : {Voided("e1"), Corrected("e1", "place: '08'")}) {
    const Records world = Given(kPerson, {Registered()});
    EXPECT_EQ(world.Refusal(kPerson, entry, {.known_at = original}), "");
    EXPECT_EQ(world.Refusal(kPerson, entry, {.known_at = original - absl::Seconds(1)}),
              "RECORDED_BEFORE_ORIGINAL");
  }
}

TEST(EntriesTest, ACorrectionStatesWhatStandsThereAndWhatMayStandThere) {
  const std::string id_change = absl::StrCat("\"", kSok, "\"");
  const std::string id_to = absl::StrCat("\"", kDara, "\"");
  const std::string province = "person.residence_province_code";
  const struct {
    std::string changes;
    std::string refusal;
  } cases[] = {
      {InPart(Change(province, "\"02\"", "\"08\"")), ""},
      {InPart(Change(province, "\"03\"", "\"08\"")), "OLD_VALUE_DIFFERS"},
      {InPart(Change(province, "", "\"08\"")), "OLD_VALUE_DIFFERS"},
      {InPart(Change("person.birth_month", "\"\"", "\"2014-03\"")), ""},
      {InPart(Change(province, "\"02\"", "\"99\"")),
       "FORMAT_PROVINCE at person.residence_province_code"},
      {InPart(Change("person.person_id", id_change, id_to)),
       "FIELD_NOT_CORRECTABLE at person.person_id"},
      {InPart(Change("person.name_latin", "", "\"Sophea\"")),
       "FIELD_IS_PERSONAL at person.name_latin"},
      {InPart(Change("person.height", "1", "2")), "FIELD_UNKNOWN at person.height"},
      {InPart(Change("person.sex", "\"SEX_FEMALE\"", "\"SEX_SQUARE\"")),
       "VALUE_INVALID at person.sex"},
      {Change("person.sex", "\"SEX_FEMALE\"", "\"SEX_MALE\""),
       "FIELD_NOT_CORRECTABLE at person.sex"},
      {InPart(Change("person.sex", "\"SEX_FEMALE\"", "\"SEX_MALE\""), kDara),
       "FIELD_NOT_CORRECTABLE at person.sex"},
      {"", "FIELD_REQUIRED at details_corrected.changes"},
      {"place: '08'", ""},
      {"occurred { precision: PRECISION_DAY from: '2021-03-01' to: '2021-03-01' }", ""},
      {InPart(Personal("person.name_latin")), ""},
      {InPart(Personal("person.residence_province_code")),
       "FIELD_NOT_CORRECTABLE at details_corrected.persons.personal_changes"},
      {InPart(Personal("person.name_latin"), kDara),
       "FIELD_NOT_CORRECTABLE at details_corrected.persons.personal_changes"},
      {InPart(Personal("person.name_latin", "7")),
       "VALUE_INVALID at details_corrected.persons.personal_changes"},
  };
  for (const auto& [changes, refusal] : cases) {
    EXPECT_EQ(Given(kPerson, {Registered()}).Refusal(Corrected("e1", changes)), refusal) << changes;
  }
}

TEST(EntriesTest, WhatIsAbsentIsCorrectedOnThisEventAlone) {
  const std::string donation = "donation/018f3c6e-0000-7000-8000-0000000000d1";
  const std::string other = "donation/018f3c6e-0000-7000-8000-0000000000d2";
  const std::string received = "donation_received { uncounted: true }";
  const std::string to_cash =
      Change("cash.amount_minor", "null", "186500") + Change("cash.currency", "\"\"", "\"KHR\"");
  const Records world =
      Given(donation, {received, Corrected("e1", to_cash)}).And(other, {received});
  for (const char* const unset : {"", "null", "\"\""}) {
    EXPECT_EQ(world.Refusal(other, Corrected("e3", Change("cash.amount_minor", "null", "186500") +
                                                       Change("cash.currency", unset, "\"KHR\""))),
              "")
        << unset;
    EXPECT_EQ(world.Refusal(donation, Corrected("e1", Change("cash.currency", unset, "\"USD\""))),
              "OLD_VALUE_DIFFERS")
        << unset;
  }
  // One that was taken for cash was none: the message goes with its last field.
  EXPECT_EQ(
      world.Refusal(donation, Corrected("e1", Change("cash.amount_minor", "186500", "null") +
                                                  Change("cash.currency", "\"KHR\"", "null"))),
      "");
  EXPECT_EQ(world.Refusal(donation, Corrected("e1", Change("uncounted", "true", "null"))), "");
  EXPECT_EQ(world.Refusal(donation, Corrected("e1", Change("store_id", "null", "\"x\""))),
            "FORMAT_UUID at store_id");
}

TEST(EntriesTest, ARefusalTellsWhatStandsThereToWhomMayRead) {
  const Records world = Given(kPerson, {Registered()});
  const std::string wrong =
      Corrected("e1", InPart(Change("person.residence_province_code", "\"03\"", "\"12\"")));
  EXPECT_EQ(world.Answer(kPerson, wrong).message().find("02"), absl::string_view::npos);
  EXPECT_NE(world.Answer(kPerson, wrong, {.may_see = true}).message().find("which is \"02\""),
            absl::string_view::npos);
  const std::string none =
      Corrected("e1", InPart(Change("person.birth_month", "\"2014\"", "\"2015\"")));
  EXPECT_NE(world.Answer(kPerson, none, {.may_see = true}).message().find("which is nothing"),
            absl::string_view::npos);
}

// Nobody can be put into a part in which nobody stands.
TEST(EntriesTest, APartWithoutAPersonIsNotCorrected) {
  const Records world =
      Given(kCase, {"service_provided { recipient: SERVICE_RECIPIENT_HOUSEHOLD }"});
  EXPECT_EQ(world.Refusal(Corrected("e1", Change("person.person_id", "null", "\"x\""))),
            "FIELD_NOT_CORRECTABLE at person.person_id");
}

TEST(EntriesTest, ACorrectionChangesWhatTheNextOneSees) {
  const std::string province = "person.residence_province_code";
  const Records corrected =
      Given(kPerson, {Registered(), Corrected("e1", InPart(Change(province, "\"02\"", "\"08\"")))});
  EXPECT_EQ(corrected.Refusal(Corrected("e1", InPart(Change(province, "\"02\"", "\"12\"")))),
            "OLD_VALUE_DIFFERS");
  EXPECT_EQ(corrected.Refusal(Corrected("e1", InPart(Change(province, "\"08\"", "\"12\"")))), "");
  const auto* registered =
      dynamic_cast<const cases::v1::PersonRegistered*>(corrected.Of(kPerson)->At(0).message.get());
  ASSERT_NE(registered, nullptr);
  EXPECT_EQ(registered->person().residence_province_code(), "08");
}

TEST(EntriesTest, ACorrectedDayIsTheDayThatRulesSee) {
  const Records corrected =
      Given(kPerson, {Registered(), Corrected("e1",
                                              "occurred { precision: PRECISION_MONTH from: "
                                              "'2021-03-01' to: '2021-03-31' }")});
  EXPECT_EQ(corrected.Of(kPerson)->At(0).info.occurred, ParsePeriod("2021-03"));
}

// The services decide whose records they are: a void of a record goes through its home.
TEST(EntriesTest, StandOnTheRecordsOfTheirHomeService) {
  for (const Service& service : FactTable::Get().services()) {
    // What was granted is revoked, and nothing that was said of accounts is taken back.
    if (service.name == "identity") continue;
    for (const char* const name : {"entry_voided", "details_corrected"}) {
      const FactType* type =
          FactTable::Get().FindEvent(*service.fact->FindFieldByName(name)->message_type(), service);
      ASSERT_NE(type, nullptr) << service.name;
      for (const std::string& category : type->categories()) {
        EXPECT_EQ(FactTable::Get().Find(name, category), type) << category;
      }
      EXPECT_FALSE(type->categories().empty()) << service.name;
    }
  }
}

}  // namespace
}  // namespace mlup::domain::entries_test
