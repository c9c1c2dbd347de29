// The rules of fields: each broken rule is named with the path of its field.
#include "services/fields/validator.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "mlup/cases/v1/case_service.pb.h"
#include "mlup/donations/v1/donation_service.pb.h"
#include "services/fields/from_text.h"
#include "services/fields/text_format.h"

namespace mlup::fields {
namespace {

using cases::v1::RecordRequest;

constexpr char kSok[] = "018f3c6e-0000-7000-8000-000000000001";

// A request of one fact.
template <typename Request>
Request Recording(const std::string& stream, const std::string& fact) {
  return FromText<Request>(absl::StrCat("context { ", ContextText("r-1"), " } facts { stream: '",
                                        stream, "' ", fact, " }"));
}

RecordRequest Registration() {
  return Recording<RecordRequest>(
      absl::StrCat("person/", kSok),
      absl::StrCat("person_registered { person { person_id: '", kSok,
                   "' sex: SEX_FEMALE birth_month: '2014-03' residence_province_code: '02' "
                   "name_latin: 'Sok' } }"));
}

auto& PersonOf(RecordRequest& request) {
  return *request.mutable_facts(0)->mutable_person_registered()->mutable_person();
}

TEST(ValidatorTest, AGoodRequestPasses) { EXPECT_TRUE(Validate(Registration()).ok()); }

TEST(ValidatorTest, EachBrokenRuleIsNamedWithItsField) {
  using Spoil = void (*)(RecordRequest&);
  const struct {
    Spoil spoil;
    const char* reason;
    const char* field;
  } cases[] = {
      {[](auto& r) { PersonOf(r).clear_sex(); }, "FIELD_REQUIRED",
       "facts[0].person_registered.person.sex"},
      {[](auto& r) { PersonOf(r).set_residence_province_code("26"); }, "FORMAT_PROVINCE",
       "facts[0].person_registered.person.residence_province_code"},
      {[](auto& r) { PersonOf(r).set_birth_month("2014-13"); }, "FORMAT_MONTH",
       "facts[0].person_registered.person.birth_month"},
      {[](auto& r) { PersonOf(r).set_person_id("Sok"); }, "FORMAT_UUID",
       "facts[0].person_registered.person.person_id"},
      {[](auto& r) { PersonOf(r).set_name_latin("a\001b"); }, "TEXT_INVALID",
       "facts[0].person_registered.person.name_latin"},
      {[](auto& r) {
         PersonOf(r).add_aliases("x");
         PersonOf(r).add_aliases("");
       },
       "FIELD_REQUIRED", "facts[0].person_registered.person.aliases[1]"},
      {[](auto& r) { r.mutable_context()->set_request_id("No Spaces"); }, "FORMAT_CODE",
       "context.request_id"},
      {[](auto& r) { r.mutable_context()->clear_channel(); }, "FIELD_REQUIRED", "context.channel"},
      {[](auto& r) { r.mutable_context()->set_place("9901"); }, "FORMAT_PLACE", "context.place"},
      {[](auto& r) { r.mutable_context()->mutable_source_recorded_at()->set_seconds(-5); },
       "OUT_OF_RANGE", "context.source_recorded_at"},
      {[](auto& r) { r.clear_context(); }, "FIELD_REQUIRED", "context"},
      {[](auto& r) { r.clear_facts(); }, "TOO_FEW_ITEMS", "facts"},
      {[](auto& r) { r.mutable_facts(0)->set_stream("person/1"); }, "FORMAT_STREAM",
       "facts[0].stream"},
      {[](auto& r) { r.mutable_facts(0)->clear_stream(); }, "FIELD_REQUIRED", "facts[0].stream"},
      {[](auto& r) { r.mutable_facts(0)->set_event_id("1"); }, "FORMAT_UUID", "facts[0].event_id"},
      {[](auto& r) { r.mutable_facts(0)->set_place("9901"); }, "FORMAT_PLACE", "facts[0].place"},
      {[](auto& r) { r.mutable_facts(0)->set_reason("Because"); }, "FORMAT_CODE",
       "facts[0].reason"},
      {[](auto& r) { r.mutable_facts(0)->clear_fact(); }, "FIELD_REQUIRED", "facts[0].fact"},
      {[](auto& r) { *r.add_facts() = {}; }, "FIELD_REQUIRED", "facts[1].fact"},
      {[](auto& r) {
         while (r.facts_size() < 65) *r.add_facts() = r.facts(0);
       },
       "TOO_MANY_ITEMS", "facts"},
  };
  for (const auto& [spoil, reason, field] : cases) {
    RecordRequest request = Registration();
    spoil(request);
    const absl::Status status = Validate(request);
    EXPECT_EQ(ErrorReason(status), reason) << field;
    EXPECT_EQ(ErrorField(status), field) << reason;
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << field;
  }
}

TEST(ValidatorTest, UnknownNumbersAndFieldsAreRefused) {
  RecordRequest request = Registration();
  PersonOf(request).set_sex(static_cast<cases::v1::Sex>(77));
  EXPECT_EQ(ErrorReason(Validate(request)), "ENUM_UNKNOWN");
  request = Registration();
  auto& registered = *request.mutable_facts(0)->mutable_person_registered();
  registered.GetReflection()
      ->MutableUnknownFields(&registered)
      ->AddLengthDelimited(99, "name of somebody");
  EXPECT_EQ(ErrorReason(Validate(request)), "FIELD_UNKNOWN");
  EXPECT_EQ(ErrorField(Validate(request)), "facts[0].person_registered");
}

TEST(ValidatorTest, TheMessageSaysTheRuleInPlainWords) {
  RecordRequest request = Registration();
  PersonOf(request).set_residence_province_code("99");
  EXPECT_EQ(Validate(request).message(), "must be a province code 01..25 or unknown");
}

TEST(ValidatorTest, LengthIsCountedInCharacters) {
  RecordRequest request = Registration();
  std::string name;
  for (int i = 0; i < 200; ++i) name += "ម";
  PersonOf(request).set_name_km(name);
  EXPECT_TRUE(Validate(request).ok());
  PersonOf(request).set_name_km(name + "ម");
  EXPECT_EQ(ErrorReason(Validate(request)), "TOO_LONG");
}

TEST(ValidatorTest, ListsAndNumbersHaveBounds) {
  const auto items = Recording<donations::v1::RecordRequest>(
      absl::StrCat("distribution/", kSok),
      "items_distributed { purpose: ITEMS_PURPOSE_FOOD given_by: GIVEN_BY_OWN recipient_kind: "
      "RECIPIENT_KIND_GROUP lines { item_code: 'rice' quantity: '-1' unit: 'kg' } }");
  EXPECT_EQ(ErrorReason(Validate(items)), "FORMAT_DECIMAL");
  EXPECT_EQ(ErrorField(Validate(items)), "facts[0].items_distributed.lines[0].quantity");
  auto joint = Recording<RecordRequest>(absl::StrCat("case_group/", kSok),
                                        "joint_intervention_conducted { purpose: 'care' }");
  EXPECT_EQ(ErrorReason(Validate(joint)), "TOO_FEW_ITEMS");
  for (int i = 0; i < 65; ++i) {
    joint.mutable_facts(0)->mutable_joint_intervention_conducted()->add_children()->set_person_id(
        kSok);
  }
  EXPECT_EQ(ErrorReason(Validate(joint)), "TOO_MANY_ITEMS");
  EXPECT_EQ(ErrorField(Validate(joint)), "facts[0].joint_intervention_conducted.children");
  const auto incident = Recording<RecordRequest>(
      absl::StrCat("incident/", kSok),
      absl::StrCat("incident_reported { children { person_id: '", kSok,
                   "' incident_category: INCIDENT_CATEGORY_VIOLENCE age_at_incident: 121 } }"));
  EXPECT_EQ(ErrorReason(Validate(incident)), "OUT_OF_RANGE");
  EXPECT_EQ(ErrorField(Validate(incident)),
            "facts[0].incident_reported.children[0].age_at_incident");
}

TEST(ValidatorTest, OfAnEventWithSealedFieldsTheClearOnesAreChecked) {
  cases::v1::PersonRegistered clear = Registration().facts(0).person_registered();
  clear.mutable_person()->clear_name_latin();
  EXPECT_TRUE(ValidateClear(clear).ok());
  clear.mutable_person()->set_residence_province_code("26");
  EXPECT_EQ(ErrorField(ValidateClear(clear)), "person.residence_province_code");
}

TEST(TextFormatTest, FormsAcceptWhatTheySayAndNothingElse) {
  const struct {
    command::v1::Format format;
    std::vector<std::string> good;
    std::vector<std::string> bad;
  } cases[] = {
      {command::v1::FORMAT_UUID, {kSok}, {"018F3C6E-0000-7000-8000-000000000001", "018f3c6e"}},
      {command::v1::FORMAT_STREAM,
       {"case_group/018f3c6e-0000-7000-8000-000000000001"},
       {"/018f3c6e-0000-7000-8000-000000000001", "Case/018f3c6e-0000-7000-8000-000000000001",
        "case/1"}},
      {command::v1::FORMAT_PROVINCE, {"01", "25", "unknown"}, {"00", "26", "1", "remote", "0201"}},
      {command::v1::FORMAT_PLACE,
       {"02", "0201", "020101", "02010101", "unknown", "remote"},
       {"020", "26", "0201010101", "x"}},
      {command::v1::FORMAT_DAY, {"2020-02-29"}, {"2021-02-29", "2021-2-1", "2021-02"}},
      {command::v1::FORMAT_CODE,
       {"a", "0-._z", std::string(64, 'a')},
       {"A", "-a", "a b", std::string(65, 'a')}},
      {command::v1::FORMAT_DECIMAL, {"0", "2.5", "0.125"}, {"-1", "2.5.1", "1e3", "0.1234", "x"}},
      {command::v1::FORMAT_SHA256,
       {std::string(64, 'f')},
       {std::string(64, 'F'), std::string(63, 'f')}},
      {command::v1::FORMAT_MONTH, {"2014-03", "2014"}, {"2014-Q1", "2014-13", "2014-03-01"}},
      {command::v1::FORMAT_PERIOD, {"2021-Q1", "2021"}, {"2021-Q5", "2021-01"}},
  };
  for (const auto& [format, good, bad] : cases) {
    for (const auto& text : good)
      EXPECT_TRUE(HasFormat(text, format)) << text << command::v1::Format_Name(format);
    for (const auto& text : bad)
      EXPECT_FALSE(HasFormat(text, format)) << text << command::v1::Format_Name(format);
  }
}

TEST(TextFormatTest, IllFormedUtf8IsFound) {
  for (const char* const text : {"\xff", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80",
                                 "\xf4\x90\x80\x80", "\xe1\x9e", "\x80"}) {
    EXPECT_FALSE(ScanText(text).valid) << testing::PrintToString(text);
  }
  EXPECT_TRUE(ScanText("ម្លប់ abc \xf0\x9f\x8c\xb3").valid);
  EXPECT_EQ(ScanText("ម្លប់").characters, 5u);
  EXPECT_TRUE(ScanText("\xc2\x85").control_characters);
  for (const char* const mark :
       {"\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"}) {
    EXPECT_TRUE(ScanText(mark).control_characters);
  }
  // Khmer is written with spaces of no width.
  EXPECT_FALSE(ScanText("\u200b\u200c\u200d").control_characters);
  for (const char* none : {"\xef\xbf\xbe", "\xef\xbf\xbf", "\xef\xb7\x90", "\xf0\x9f\xbf\xbf"}) {
    EXPECT_TRUE(ScanText(none).noncharacters);
  }
  EXPECT_FALSE(ScanText("\xef\xbf\xbd").noncharacters);
}

}  // namespace
}  // namespace mlup::fields
