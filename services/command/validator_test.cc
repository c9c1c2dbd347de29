// The rules of fields: each broken rule is named with the path of its field.
#include "services/command/validator.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "mlup/cases/v1/case_service.pb.h"
#include "mlup/donations/v1/donation_service.pb.h"
#include "services/command/test_world.h"
#include "services/command/text_format.h"

namespace mlup::command {
namespace {

using cases::v1::RecordRequest;

constexpr char kSok[] = "018f3c6e-0000-7000-8000-000000000001";

RecordRequest Registration() {
  return FromText<RecordRequest>(
      absl::StrCat("context { ", ContextText("r-1"), " } stream: 'person/", kSok,
                   "' person_registered { person { person_id: '", kSok,
                   "' sex: SEX_FEMALE birth_month: '2014-03' residence_province_code: '02' "
                   "name_latin: 'Sok' } }"));
}

TEST(ValidatorTest, AGoodRequestPasses) { EXPECT_TRUE(Validate(Registration()).ok()); }

TEST(ValidatorTest, EachBrokenRuleIsNamedWithItsField) {
  const struct {
    const char* change;
    const char* reason;
    const char* field;
  } cases[] = {
      {"person_registered { person { sex: SEX_UNSPECIFIED } }", "FIELD_REQUIRED",
       "person_registered.person.sex"},
      {"person_registered { person { residence_province_code: '26' } }", "FORMAT_PROVINCE",
       "person_registered.person.residence_province_code"},
      {"person_registered { person { birth_month: '2014-13' } }", "FORMAT_MONTH",
       "person_registered.person.birth_month"},
      {"person_registered { person { person_id: 'Sok' } }", "FORMAT_UUID",
       "person_registered.person.person_id"},
      {"person_registered { person { name_latin: 'a\\001b' } }", "TEXT_INVALID",
       "person_registered.person.name_latin"},
      {"person_registered { person { aliases: 'x' aliases: '' } }", "FIELD_REQUIRED",
       "person_registered.person.aliases[1]"},
      {"context { request_id: 'No Spaces' }", "FORMAT_CODE", "context.request_id"},
      {"context { channel: CHANNEL_UNSPECIFIED }", "FIELD_REQUIRED", "context.channel"},
      {"context { place: '9901' }", "FORMAT_PLACE", "context.place"},
      {"context { source_recorded_at { seconds: -5 } }", "OUT_OF_RANGE",
       "context.source_recorded_at"},
      {"stream: 'person/1'", "FORMAT_STREAM", "stream"},
      {"stream: ''", "FIELD_REQUIRED", "stream"},
  };
  for (const auto& [change, reason, field] : cases) {
    RecordRequest request = Registration();
    const auto patch = FromText<RecordRequest>(change);
    request.MergeFrom(patch);
    // Merging does not clear: what is to be empty is cleared here.
    if (std::string_view(field) == "stream" && patch.stream().empty()) request.clear_stream();
    if (std::string_view(field) == "context.channel") request.mutable_context()->clear_channel();
    if (std::string_view(field) == "person_registered.person.sex") {
      request.mutable_person_registered()->mutable_person()->clear_sex();
    }
    const absl::Status status = Validate(request);
    EXPECT_EQ(ErrorReason(status), reason) << change;
    EXPECT_EQ(ErrorField(status), field) << change;
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << change;
  }
}

TEST(ValidatorTest, AFactMustBeChosen) {
  RecordRequest request = Registration();
  request.clear_fact();
  EXPECT_EQ(ErrorReason(Validate(request)), "FIELD_REQUIRED");
  EXPECT_EQ(ErrorField(Validate(request)), "fact");
}

TEST(ValidatorTest, UnknownNumbersAndFieldsAreRefused) {
  RecordRequest request = Registration();
  request.mutable_person_registered()->mutable_person()->set_sex(static_cast<cases::v1::Sex>(77));
  EXPECT_EQ(ErrorReason(Validate(request)), "ENUM_UNKNOWN");
  request = Registration();
  request.mutable_person_registered()
      ->GetReflection()
      ->MutableUnknownFields(request.mutable_person_registered())
      ->AddLengthDelimited(99, "name of somebody");
  EXPECT_EQ(ErrorReason(Validate(request)), "FIELD_UNKNOWN");
  EXPECT_EQ(ErrorField(Validate(request)), "person_registered");
}

TEST(ValidatorTest, TheMessageSaysTheRuleInPlainWords) {
  RecordRequest request = Registration();
  request.mutable_person_registered()->mutable_person()->set_residence_province_code("99");
  EXPECT_EQ(Validate(request).message(), "must be a province code 01..25 or unknown");
}

TEST(ValidatorTest, LengthIsCountedInCharacters) {
  RecordRequest request = Registration();
  std::string name;
  for (int i = 0; i < 200; ++i) name += "ម";
  request.mutable_person_registered()->mutable_person()->set_name_km(name);
  EXPECT_TRUE(Validate(request).ok());
  request.mutable_person_registered()->mutable_person()->set_name_km(name + "ម");
  EXPECT_EQ(ErrorReason(Validate(request)), "TOO_LONG");
}

TEST(ValidatorTest, ListsAndNumbersHaveBounds) {
  auto request = FromText<donations::v1::DistributeItemsRequest>(
      absl::StrCat("context { ", ContextText("r-1"), " } stream: 'distribution/", kSok,
                   "' items_distributed { "
                   "lines { item_code: 'rice' quantity: '-1' unit: 'kg' } }"));
  EXPECT_THAT(ErrorReason(Validate(request)), testing::Not(""));
  auto joint = FromText<RecordRequest>(
      absl::StrCat("context { ", ContextText("r-1"), " } stream: 'case_group/", kSok,
                   "' joint_intervention_conducted { purpose: 'care' }"));
  EXPECT_EQ(ErrorReason(Validate(joint)), "TOO_FEW_ITEMS");
  for (int i = 0; i < 65; ++i)
    joint.mutable_joint_intervention_conducted()->add_children()->set_person_id(kSok);
  EXPECT_EQ(ErrorReason(Validate(joint)), "TOO_MANY_ITEMS");
  EXPECT_EQ(ErrorField(Validate(joint)), "joint_intervention_conducted.children");
  auto incident = FromText<RecordRequest>(
      absl::StrCat("context { ", ContextText("r-1"), " } stream: 'incident/", kSok,
                   "' incident_reported { children { person_id: '", kSok,
                   "' incident_category: INCIDENT_CATEGORY_VIOLENCE age_at_incident: 121 } }"));
  EXPECT_EQ(ErrorReason(Validate(incident)), "OUT_OF_RANGE");
  EXPECT_EQ(ErrorField(Validate(incident)), "incident_reported.children[0].age_at_incident");
}

TEST(TextFormatTest, FormsAcceptWhatTheySayAndNothingElse) {
  const struct {
    v1::Format format;
    std::vector<std::string> good;
    std::vector<std::string> bad;
  } cases[] = {
      {v1::FORMAT_UUID, {kSok}, {"018F3C6E-0000-7000-8000-000000000001", "018f3c6e"}},
      {v1::FORMAT_STREAM,
       {"case_group/018f3c6e-0000-7000-8000-000000000001"},
       {"/018f3c6e-0000-7000-8000-000000000001", "Case/018f3c6e-0000-7000-8000-000000000001",
        "case/1"}},
      {v1::FORMAT_PROVINCE, {"01", "25", "unknown"}, {"00", "26", "1", "remote", "0201"}},
      {v1::FORMAT_PLACE,
       {"02", "0201", "020101", "02010101", "unknown", "remote"},
       {"020", "26", "0201010101", "x"}},
      {v1::FORMAT_DAY, {"2020-02-29"}, {"2021-02-29", "2021-2-1", "2021-02"}},
      {v1::FORMAT_CODE,
       {"a", "0-._z", std::string(64, 'a')},
       {"A", "-a", "a b", std::string(65, 'a')}},
      {v1::FORMAT_DECIMAL, {"0", "2.5", "0.125"}, {"-1", "2.5.1", "1e3", "0.1234", "x"}},
      {v1::FORMAT_SHA256, {std::string(64, 'f')}, {std::string(64, 'F'), std::string(63, 'f')}},
      {v1::FORMAT_MONTH, {"2014-03", "2014"}, {"2014-Q1", "2014-13", "2014-03-01"}},
      {v1::FORMAT_PERIOD, {"2021-Q1", "2021"}, {"2021-Q5", "2021-01"}},
  };
  for (const auto& [format, good, bad] : cases) {
    for (const auto& text : good)
      EXPECT_TRUE(HasFormat(text, format)) << text << v1::Format_Name(format);
    for (const auto& text : bad)
      EXPECT_FALSE(HasFormat(text, format)) << text << v1::Format_Name(format);
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
}

}  // namespace
}  // namespace mlup::command
