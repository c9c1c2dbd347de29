// The subscribers file: what is refused, and with which words.
#include "services/sharing/subscribers.h"

#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/sharing/code_map.h"

namespace mlup::sharing {
namespace {

using testing::HasSubstr;

// A subscriber that is valid, with more fields in its middle.
std::string File(const std::string& fields) {
  return absl::StrCat(
      "subscribers {\n  subscriber_id: 'ministry' organisation_id: 'ministry' purpose: "
      "'referrals'\n",
      fields, "\n}\n");
}

constexpr char kMap[] =
    "code_maps { name: 'reasons' version: '1' enum_type: 'mlup.cases.v1.HouseholdType'\n";

std::string Entries(int count) {
  const auto* type = cases::v1::HouseholdType_descriptor();
  std::string text;
  for (int i = 1; i <= count; ++i) {
    absl::StrAppend(&text, "entries { ours: '", type->value(i)->name(), "' theirs: 'w", i, "' }\n");
  }
  return text;
}

struct Refusal {
  std::string file;
  std::string words;
};

class SubscribersFileTest : public testing::TestWithParam<Refusal> {};

TEST_P(SubscribersFileTest, IsRefusedWithItsLine) {
  const auto parsed = Subscribers::Parse(GetParam().file);
  ASSERT_EQ(ErrorReason(parsed.status()), "SUBSCRIBERS_FILE_INVALID") << parsed.status();
  EXPECT_THAT(std::string(parsed.status().message()), HasSubstr(GetParam().words));
}

INSTANTIATE_TEST_SUITE_P(
    Files, SubscribersFileTest,
    testing::Values(
        Refusal{"subscribers {\n nobody: 1 }", "line 2"},
        Refusal{"subscribers { subscriber_id: 'A b' }", "subscriber_id must be a code"},
        Refusal{File("") + File(""), "line 6, subscriber ministry: subscriber_id: another"},
        Refusal{File("token_sha256: 'abc'"), "line 3, subscriber ministry: token_sha256"},
        Refusal{File("agreement { expires_on: '2026-13-01' }"), "line 3"},
        Refusal{File("agreement { filter { types: 'mlup.cases.v1.Nothing' } }"),
                "`mlup.cases.v1.Nothing`: no event here has this type"},
        Refusal{File("agreement { filter { types: 'CaseOpened' } }"),
                "did you mean mlup.cases.v1.CaseOpened?"},
        Refusal{File("agreement { filter { categories: 'cases' } }"), "did you mean case?"},
        Refusal{File("agreement { filter { type_prefixes: 'mlup.case.' } }"), "begins so"},
        Refusal{File("agreement {\n filter { places: '2' } }"), "line 4"},
        Refusal{File("agreement { fields { type: 'mlup.cases.v1' paths: '*' } }"),
                "no event type is named"},
        Refusal{File("agreement { fields { type: 'mlup.cases.v1.PersonRegistered'\n"
                     "paths: 'person.sex'\npaths: 'person.name_latin' } }"),
                "line 5, subscriber ministry: paths: `person.name_latin` is not a clear field"},
        Refusal{File("webhook { url: 'http://example.org/' secret_file: 's' }"), "https://"},
        Refusal{File("webhook { url: 'https://example.org/' }"), "secret_file"},
        Refusal{
            File("webhook { url: 'https://e/' secret_file: 's' } nats { url: 'n' stream: 's' }"),
            "at most one"},
        Refusal{File("accepts { their_type: 't' type: 'mlup.cases.v1.CaseClosed' }"),
                "needs source_system"},
        Refusal{File("append_categories: 'order'"), "needs may_append"},
        Refusal{File("may_append: true append_categories: 'order-7'"), "before the hyphen"},
        Refusal{File("may_append: true append_categories: 'a' append_categories: 'a'"),
                "stands twice"},
        Refusal{File("source_system: 's' accepts { their_type: 't' type: "
                     "'mlup.cases.v1.HouseholdRegistered' fields { path: 'type' code_map: 'm' } }"),
                "there is no code map"},
        Refusal{absl::StrCat(kMap, Entries(7), "}"), "HOUSEHOLD_TYPE_UNKNOWN is missing"},
        Refusal{absl::StrCat(kMap, Entries(8),
                             "entries { ours: 'HOUSEHOLD_TYPE_FOSTER' theirs: 'x' }}"),
                "HOUSEHOLD_TYPE_FOSTER stands twice"},
        Refusal{absl::StrCat(kMap, Entries(7),
                             "entries { ours: 'HOUSEHOLD_TYPE_UNKNOWN' theirs: 'w1' } }"),
                "w1 stands twice: say `lossy: true`"},
        Refusal{absl::StrCat(kMap, "lossy: true ", Entries(8), "}",
                             File("source_system: 's' accepts { their_type: 't' type: "
                                  "'mlup.cases.v1.HouseholdRegistered' "
                                  "fields { path: 'type' code_map: 'reasons' } }")),
                "cannot be read backwards"}));

TEST(SubscribersTest, ATokenFindsItsSubscriber) {
  const auto parsed = Subscribers::Parse(
      File("token_sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'") +
      "subscribers { subscriber_id: 'other' organisation_id: 'o' purpose: 'p' }");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  ASSERT_NE(parsed->FindByToken("test"), nullptr);
  EXPECT_EQ(parsed->FindByToken("test")->subscriber_id(), "ministry");
  EXPECT_EQ(parsed->FindByToken("Test"), nullptr);
  EXPECT_EQ(parsed->FindByToken(""), nullptr);
}

TEST(CodeMapTest, AWordIsReadBackwards) {
  const auto parsed = Subscribers::Parse(absl::StrCat(kMap, Entries(8), "}"));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(ToOurs(*parsed->FindCodeMap("reasons"), "w5"), "HOUSEHOLD_TYPE_FOSTER");
  EXPECT_EQ(ToOurs(*parsed->FindCodeMap("reasons"), "w9"), std::nullopt);
}

TEST(FieldPathsTest, PathsRunThroughLists) {
  FieldPaths paths;
  paths.Add("children.person_id");
  EXPECT_TRUE(paths.Has("children.person_id"));
  EXPECT_FALSE(paths.Has("children"));
  EXPECT_FALSE(paths.Has("purpose"));
  paths.Add("*");
  EXPECT_TRUE(paths.Has("purpose"));
}

}  // namespace
}  // namespace mlup::sharing
