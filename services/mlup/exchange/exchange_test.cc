// What exports of other systems become, row by row.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <google/protobuf/util/json_util.h>
#include <unistd.h>

#include "eventstore/base/files.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/uuid.h"
#include "services/mlup/exchange/making.h"
#include "services/mlup/exchange/map.h"
#include "services/mlup/exchange/row_source.h"
#include "services/mlup/exchange/rows.h"

namespace mlup::cli::exchange {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A file with this text, read once.
class Pipe {
 public:
  explicit Pipe(const std::string& text) {
    EXPECT_EQ(write(descriptor_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    EXPECT_EQ(lseek(descriptor_, 0, SEEK_SET), 0);
  }
  ~Pipe() {
    close(descriptor_);
    unlink(path_.c_str());
  }

  int descriptor() const { return descriptor_; }

 private:
  std::string path_ = absl::StrCat(testing::TempDir(), "rows.XXXXXX");
  const int descriptor_ = mkstemp(path_.data());
};

// The rows as `number {values}` or `number REASON`, and at the end the reason of an error.
std::vector<std::string> RowsOf(const std::string& text, const Form& form = {.member = "value"}) {
  const Pipe pipe(text);
  const auto rows = OpenRows(pipe.descriptor(), form);
  if (!rows.ok()) return {ErrorReason(rows.status())};
  std::vector<std::string> found;
  while (true) {
    const auto row = (*rows)->Next();
    if (!row.ok()) found.push_back(ErrorReason(row.status()));
    if (!row.ok() || !row->has_value()) return found;
    const auto& values = (**row).values;
    found.push_back(absl::StrCat((**row).number, " ",
                                 values.ok() ? values->dump() : ErrorReason(values.status())));
  }
}

TEST(TableTest, ReadsQuotesSeparatorsAndLineBreaksInValues) {
  EXPECT_THAT(RowsOf("\xef\xbb\xbf"
                     "a,b\r\n1,\"x, \"\"y\"\"\r\nz\"\r\n\r\n,ភាសា\n"),
              ElementsAre(R"(2 {"a":"1","b":"x, \"y\"\r\nz"})", R"(4 {"a":"","b":"ភាសា"})"));
  EXPECT_THAT(RowsOf("a;b\n\"1\";2", {.separator = ';'}), ElementsAre(R"(2 {"a":"1","b":"2"})"));
}

TEST(TableTest, RefusesARowAndGoesOn) {
  EXPECT_THAT(RowsOf("a,b\n1\n1,2,3\n1,x\"y\"\n\"1\"x,2\n1,2\n"),
              ElementsAre("2 CSV_COLUMNS", "3 CSV_COLUMNS", "4 CSV_QUOTE", "5 CSV_QUOTE",
                          R"(6 {"a":"1","b":"2"})"));
  EXPECT_THAT(RowsOf("a,b\n1,\"2\n"), ElementsAre("2 CSV_QUOTE"));
  EXPECT_THAT(RowsOf(absl::StrCat("a\n", std::string(kJsonBytesMax + 1, 'x'), "\n1\n")),
              ElementsAre("2 CSV_TOO_LONG", R"(3 {"a":"1"})"));
}

TEST(TableTest, NeedsNamesOfColumnsInUtf8) {
  EXPECT_THAT(RowsOf(""), ElementsAre("COLUMNS"));
  EXPECT_THAT(RowsOf("a,a\n"), ElementsAre("COLUMNS"));
  EXPECT_THAT(RowsOf("\xff\xfe"), ElementsAre("ENCODING"));
}

TEST(JsonListTest, ReadsTheFileOrAMemberOfIt) {
  EXPECT_THAT(RowsOf(R"([{"a":"1]"},{"a":[{"b":2}]}])"),
              ElementsAre(R"(1 {"a":"1]"})", R"(2 {"a":[{"b":2}]})"));
  EXPECT_THAT(RowsOf(R"({"n":{"value":[1]},"t":"\"}","value":[{"a":1}],"z":2})"),
              ElementsAre(R"(1 {"a":1})"));
  EXPECT_THAT(RowsOf(R"({"value":[]})"), ElementsAre());
}

TEST(JsonListTest, RefusesAnItemAndGoesOn) {
  EXPECT_THAT(RowsOf(R"([1,{"a":1,"a":2},{"a":tru},{"a":1}])"),
              ElementsAre("1 ROW_FORM", "2 JSON_INVALID", "3 JSON_INVALID", R"(4 {"a":1})"));
  EXPECT_THAT(RowsOf(absl::StrCat("[{\"a\":\"", std::string(kJsonBytesMax, 'x'), "\"},{}]")),
              ElementsAre("1 JSON_TOO_LONG", "2 {}"));
}

TEST(JsonListTest, NeedsAWholeList) {
  EXPECT_THAT(RowsOf(R"({"data":[]})"), ElementsAre("LIST_MISSING"));
  EXPECT_THAT(RowsOf(R"({"value":{}})"), ElementsAre("LIST_MISSING"));
  EXPECT_THAT(RowsOf(R"([{"a":1})"), ElementsAre(R"(1 {"a":1})", "LIST_CUT"));
}

constexpr char kMap[] = R"({
  "system": "odk", "namespace": "sixteen letters and more", "key": "id",
  "context": {"actor_id": "staff-sw-1", "role": "social_worker", "organisation_id": "mro",
              "occurred": {"precision": "PRECISION_DAY", "from": {"$day": "day", "as": "d/m/y"}}},
  "codes": {"sex": {"f": "SEX_FEMALE", "": "SEX_UNKNOWN"}, "concerns": {"food": "food_insecurity", "none": null}},
  "requests": [{"name": "child", "facts": [
    {"stream": {"$record": ["person", "$id"]},
     "person_registered": {"person": {"person_id": {"$id": ["person", "$id"]}, "sex": {"$code": "about/sex", "of": "sex"},
       "name_km": {"$join": ["$family", "$given"]}, "birth_month": {"$month": "born"}, "residence_province_code": "02"}}},
    {"$when": "concerns", "stream": {"$record": ["case", "$id"]},
     "concern_received": {"child": {"person_id": {"$id": ["person", "$id"]}, "concerns": {"$codes": "concerns", "of": "concerns"}},
       "reporter_type": "REPORTER_TYPE_FAMILY"}},
    {"$each": "members in homes", "stream": {"$record": ["person", "$../../id", "$../#", "$#"]},
     "note_recorded": {"kind": "NOTE_KIND_NOTE", "person": {"person_id": {"$id": ["person", "$../../id", "$../#", "$#"]}, "text": "$name"}}}
  ]}]})";

ExchangeMap TheMap(const std::string& text = kMap) {
  auto map = ExchangeMap::Parse(text, Systems().back());
  EXPECT_TRUE(map.ok()) << map.status() << " " << ErrorField(map.status());
  return *std::move(map);
}

Made Apply(const std::string& row) { return TheMap().Apply({7, Json::parse(row)}); }

// The request as JSON by the names of its proto.
Json RequestOf(const ImportLine& line) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(line.record(), &text, options).ok());
  return Json::parse(text);
}

TEST(ExchangeMapTest, FillsInTheTemplates) {
  const Made made = Apply(
      R"({"id": 5, "day": "3/2/2021", "born": "2014-03-31T20:00:00Z", "about": {"sex": " f "}, "family": " ខាវ ", "given": "សុរសី",
          "concerns": "food none", "homes": [{"members": [{"name": "A"}, {"name": "B"}]}, {"members": [{"name": "C"}]}]})");
  ASSERT_TRUE(made.refused.ok()) << made.refused << ErrorField(made.refused);
  ASSERT_EQ(made.requests.size(), 1U);
  const Json request = RequestOf(made.requests[0]);
  EXPECT_EQ(request["context"]["occurred"]["from"], "2021-02-03");
  EXPECT_EQ(request["context"]["channel"], "CHANNEL_IMPORT");
  EXPECT_EQ(request["context"]["source_system"], "odk");
  EXPECT_EQ(request["context"]["source_id"], "5");
  ASSERT_EQ(request["facts"].size(), 5U);
  const Json& person = request["facts"][0]["person_registered"]["person"];
  EXPECT_EQ(person["sex"], "SEX_FEMALE");
  EXPECT_EQ(person["name_km"], "ខាវ សុរសី");
  EXPECT_EQ(person["birth_month"], "2014-04") << "the month in Phnom Penh";
  EXPECT_TRUE(IsUuid(person["person_id"].get<std::string>()));
  EXPECT_EQ(request["facts"][0]["stream"], "person/" + person["person_id"].get<std::string>());
  EXPECT_EQ(request["facts"][1]["concern_received"]["child"]["concerns"],
            Json::array({"food_insecurity"}));
  EXPECT_EQ(request["facts"][2]["note_recorded"]["person"]["text"], "A");
  EXPECT_EQ(request["facts"][4]["note_recorded"]["person"]["text"], "C");
  EXPECT_NE(request["facts"][2]["stream"], request["facts"][4]["stream"]);
}

TEST(ExchangeMapTest, MakesTheSameIdsOfTheSameRowAndOthersOfOthers) {
  const auto id = [](const std::string& map, const std::string& key) {
    const Made made = TheMap(map).Apply(
        {1, Json::parse(absl::StrCat(R"({"day": "3/2/2021", "id": ")", key, "\"}"))});
    const Json request = RequestOf(made.requests.at(0));
    return absl::StrCat(request["context"]["request_id"].get<std::string>(), " ",
                        request["facts"][0]["stream"].get<std::string>());
  };
  EXPECT_EQ(id(kMap, "5"), id(kMap, "5"));
  EXPECT_NE(id(kMap, "5"), id(kMap, "6"));
  const std::string other = absl::StrReplaceAll(kMap, {{"sixteen letters", "other letters"}});
  EXPECT_NE(id(kMap, "5"), id(other, "5"));
}

TEST(ExchangeMapTest, ComposesLetters) {
  EXPECT_EQ(Composed("e\xcc\x81 "), "\xc3\xa9");
  EXPECT_EQ(Composed("ស្រី\xe2\x80\x8b"), "ស្រី\xe2\x80\x8b")
      << "Khmer is written with spaces of no width";
}

TEST(ExchangeMapTest, RefusesARowWithItsColumn) {
  const auto refused = [](const std::string& row) {
    const Made made = Apply(row);
    EXPECT_TRUE(made.requests.empty());
    return absl::StrCat(ErrorReason(made.refused), " ", ErrorField(made.refused));
  };
  EXPECT_EQ(refused(R"({"day": "3/2/2021"})"), "FIELD_REQUIRED id");
  EXPECT_EQ(refused(R"({"id": "1", "day": "2021-02-03"})"), "DAY_INVALID day");
  EXPECT_EQ(refused(R"({"id": "1", "day": "31/2/2021"})"), "DAY_INVALID day");
  EXPECT_EQ(refused(R"({"id": "1", "family": [1]})"), "LIST_INVALID family");
  EXPECT_EQ(refused(R"({"id": "1", "homes": "2"})"), "LIST_INVALID homes");
  EXPECT_EQ(refused(R"({"id": "1", "about": {"sex": "girl"}})"), "CODE_UNKNOWN about/sex");
  EXPECT_EQ(TheMap().Apply({1, Json{{"id", "\xc3("}}}).refused.code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(ExchangeMapTest, NamesUnknownCodesWithWhatTheyMayBecome) {
  const Made made = Apply(R"({"id": "1", "about": {"sex": "girl"}})");
  ASSERT_EQ(made.unknown.size(), 1U);
  EXPECT_EQ(made.unknown[0].table, "sex");
  EXPECT_EQ(made.unknown[0].value, "girl");
  EXPECT_THAT(made.unknown[0].allowed,
              ElementsAre("SEX_FEMALE", "SEX_MALE", "SEX_OTHER", "SEX_UNKNOWN"));
}

TEST(ExchangeMapTest, IsRefusedWithThePlaceInTheFile) {
  const auto refused = [](const std::string& from, const std::string& to) {
    const auto map = ExchangeMap::Parse(absl::StrReplaceAll(kMap, {{from, to}}), Systems().back());
    return absl::StrCat(ErrorReason(map.status()), " ", ErrorField(map.status()));
  };
  EXPECT_EQ(refused("\"odk\"", "\"kobo\""), "MAP_FORM system");
  EXPECT_EQ(refused("sixteen letters and more", "few"), "MAP_FORM namespace");
  EXPECT_EQ(refused("\"key\"", "\"keys\""), "MAP_FORM keys");
  EXPECT_EQ(refused("d/m/y", "d.m.y"), "MAP_FORM context.occurred.from.as");
  EXPECT_EQ(refused("\"of\": \"sex\"", "\"of\": \"sexes\""),
            "MAP_FORM requests[0].facts[0].person_registered.person.sex.of");
  EXPECT_EQ(refused("$month", "$year"),
            "MAP_FORM requests[0].facts[0].person_registered.person.birth_month.$year");
  EXPECT_EQ(refused("\"facts\": [", "\"facts\": [], \"fact\": ["), "MAP_FORM requests[0].fact");
}

TEST(RowSourceTest, RefusesWhatBreaksARuleOfFieldsAndCountsWhatItRead) {
  const ExchangeMap map = TheMap();
  const ManualClock clock(absl::FromUnixSeconds(1796014800));
  const Pipe pipe(
      "id,day,about/sex\n1,3/2/2021,f\n2,3/2/2199,f\n3,3/2/2021,girl\n4,3/2/2021,girl\n");
  RowSource source(map, clock, *OpenRows(pipe.descriptor(), map.form()));
  std::vector<std::string> items;
  while (true) {
    auto item = *source.Next();
    if (!item) break;
    items.push_back(absl::StrCat(item->number, " ", ErrorReason(item->line.status()), " ",
                                 ErrorField(item->line.status())));
  }
  EXPECT_THAT(items, ElementsAre("2  ", "3 OCCURRED_IN_FUTURE day", "4 CODE_UNKNOWN about/sex",
                                 "5 CODE_UNKNOWN about/sex"));
  std::ostringstream told;
  source.Tell(told);
  EXPECT_THAT(told.str(), HasSubstr("4 rows read, 1 child, 3 rows refused\n"));
  EXPECT_THAT(told.str(),
              HasSubstr("codes.sex: `girl`, column about/sex, 2 rows; one of SEX_FEMALE"));
}

// The maps that are shown are maps, and none of them has a reason to change unnoticed.
TEST(ExchangeMapTest, TheExamplesAreRight) {
  for (const System& system : Systems()) {
    const auto map = ReadMap(
        absl::StrCat(MLUP_DEPLOY_FOLDER "/exchange/", system.name, ".map.json"), system.name);
    EXPECT_TRUE(map.ok()) << system.name << map.status() << ErrorField(map.status());
  }
}

}  // namespace
}  // namespace mlup::cli::exchange
