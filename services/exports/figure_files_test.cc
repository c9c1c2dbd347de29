// Reports as files: what stands in them, and that the same report is the same file.
#include "services/exports/figure_files.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "services/exports/table.h"

namespace mlup::exports::figure_files_test {
namespace {

using nlohmann::json;
using reports::v1::Row;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kDhis2Map[] = R"({
  "system": "dhis2", "org_unit": "KH", "org_units": {"01": "KH01", "02": "KH02"},
  "category_option_combos": {"sex": {"female": "F", "male": "M"}},
  "values": [
    {"indicator": "children", "data_element": "MLUP_CHILDREN"},
    {"indicator": "children", "by": "sex", "data_element": "MLUP_CHILDREN_SEX"},
    {"indicator": "children", "by": "province", "data_element": "MLUP_CHILDREN_PROVINCE"}]})";

constexpr char kIatiMap[] = R"({
  "system": "iati", "reporting_org": {"ref": "KH-MOI-1", "type": "22", "name": "An NGO"},
  "activity": {"identifier": "KH-MOI-1-CW", "title": "Children & families", "description": "Case work",
    "status": "2", "start": "2019-01-01", "country": "KH", "sector": {"vocabulary": "1", "code": "16010"},
    "participating_orgs": [{"ref": "KH-MOI-1", "type": "22", "name": "An NGO", "role": "4"}]},
  "results": [{"type": "1", "title": "Children reached", "indicators": [
    {"indicator": "children", "measure": "1", "vocabulary": "99", "code": "1.1", "by": ["sex"]}]}]})";

Figures Make() {
  Figures figures{
      .period = "2021-Q1",
      .report = {},
      .suppressed = true,
      .indicators = {{"children", {{"sex", {"female", "male", "unknown"}}, {"province", {}}}},
                     {"other", {{"item", {}}}}}};
  figures.report.set_first_day("2021-01-01");
  figures.report.set_last_day("2021-03-31");
  figures.report.set_as_known_at("2021-04-22");
  figures.report.set_position(77);
  return figures;
}

Row& Add(Figures& figures, const std::string& code, const std::string& dimension,
         const std::string& member, const std::string& value) {
  Row& row = *figures.report.add_rows();
  row.mutable_cell()->set_code(code);
  row.mutable_cell()->set_dimension(dimension);
  row.mutable_cell()->set_member(member);
  row.set_name("Children, \"own\"");
  row.set_unit(reports::v1::UNIT_UNIQUE_PERSONS);
  row.set_value(value);
  if (value.empty()) row.set_why_none(reports::v1::WHY_NONE_WITHHELD);
  return row;
}

Figures MakeChildren() {
  Figures figures = Make();
  Add(figures, "children", "", "", "30");
  Add(figures, "children", "sex", "female", "18");
  Add(figures, "children", "sex", "male", "12");
  Add(figures, "children", "province", "02", "");
  return figures;
}

std::string ValueOf(const json& values, const std::string& element, const std::string& unit,
                    const std::string& combo) {
  for (const json& value : values) {
    if (value["dataElement"] != element || value["orgUnit"] != unit) continue;
    if (value.value("categoryOptionCombo", "") != combo) continue;
    return value.contains("deleted") ? "deleted" : value["value"].get<std::string>();
  }
  return "not there";
}

// Where such a map is wrong.
std::string WrongAt(const char* map, const std::string& from, const std::string& to) {
  const std::string changed = absl::StrReplaceAll(map, {{from, to}});
  EXPECT_NE(changed, map);
  const auto file = WriteDataValues(MakeChildren(), changed);
  if (file.ok()) return "";
  EXPECT_EQ(ErrorReason(file.status()), "MAP_INVALID");
  return ErrorField(file.status());
}

TEST(FigureFilesTest, ATableHasALineOfNamesAndOneOfTags) {
  const File file = WriteCsv(MakeChildren());
  const std::vector<std::string> lines = absl::StrSplit(file.bytes, "\r\n");
  ASSERT_EQ(lines.size(), 7u);
  EXPECT_THAT(lines[0], HasSubstr("indicator,name,dimension,member,province,unit,value,"));
  EXPECT_THAT(lines[1], HasSubstr("#indicator+code,#indicator+name,"));
  EXPECT_EQ(
      lines[2],
      R"(children,"Children, ""own""",,,,unique_persons,30,,,,2021-01-01,2021-03-31,2021-04-22)");
  EXPECT_THAT(lines[5], HasSubstr(",province,02,KH02,unique_persons,,,,withheld,"));
  EXPECT_EQ(file.rows, 4u);
  EXPECT_EQ(file.columns.size(), Columns().size());
}

TEST(FigureFilesTest, TagsAreThoseOfTheStandard) {
  // Hashtags of HXL 1.1; attributes are free, in lower case.
  const std::set<std::string> hashtags = {"#adm1",      "#date", "#group",
                                          "#indicator", "#meta", "#status"};
  for (const Column& column : Columns()) {
    const std::vector<std::string> parts = absl::StrSplit(std::string(column.tag), '+');
    EXPECT_TRUE(hashtags.contains(parts[0])) << column.tag;
    EXPECT_GT(parts.size(), 1u) << column.tag << ": what is it about?";
    for (const std::string& part : parts) {
      EXPECT_EQ(part.find_first_not_of("#abcdefghijklmnopqrstuvwxyz0123456789_"),
                std::string::npos);
    }
  }
}

TEST(FigureFilesTest, ATextIsNoFormula) {
  Figures figures = Make();
  Add(figures, "children", "item", "=1+1", "30");
  EXPECT_THAT(WriteCsv(figures).bytes, HasSubstr(",item,'=1+1,"));
}

TEST(FigureFilesTest, AWorkbookIsTheSameFileEachTime) {
  const auto file = WriteXlsx(MakeChildren());
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->bytes.substr(0, 2), "PK");
  EXPECT_EQ(file->rows, 4u);
  EXPECT_EQ(WriteXlsx(MakeChildren())->bytes, file->bytes);
  Figures other = MakeChildren();
  other.report.mutable_rows(0)->set_value("31");
  EXPECT_NE(WriteXlsx(other)->bytes, file->bytes);
}

TEST(FigureFilesTest, JsonIsTheReport) {
  const File file = WriteJson(MakeChildren());
  const json document = json::parse(file.bytes);
  EXPECT_EQ(document["format"], "mlup-figures-1");
  EXPECT_EQ(document["suppressed"], true);
  EXPECT_EQ(document["rows"].size(), 4u);
  EXPECT_EQ(document["rows"][1]["member"], "female");
  EXPECT_EQ(document["rows"][1]["value"], "18");
  EXPECT_EQ(document["rows"][3]["value"], nullptr);
  EXPECT_EQ(document["rows"][3]["why_none"], "withheld");
  EXPECT_EQ(file.columns.size(), document["rows"][0].size());
}

TEST(FigureFilesTest, DataValuesHaveTheCodesOfTheMap) {
  const auto file = WriteDataValues(MakeChildren(), kDhis2Map);
  ASSERT_TRUE(file.ok()) << file.status();
  const json document = json::parse(file->bytes);
  EXPECT_EQ(document["dataElementIdScheme"], "code");
  const json& values = document["dataValues"];
  EXPECT_EQ(ValueOf(values, "MLUP_CHILDREN", "KH", ""), "30");
  EXPECT_EQ(ValueOf(values, "MLUP_CHILDREN_SEX", "KH", "F"), "18");
  EXPECT_EQ(ValueOf(values, "MLUP_CHILDREN_SEX", "KH", "M"), "12");
  EXPECT_EQ(values[0]["period"], "2021Q1");
  EXPECT_THAT(file->not_named, IsEmpty());
}

TEST(FigureFilesTest, ACellWithoutAValueIsDeletedThere) {
  const auto file = WriteDataValues(MakeChildren(), kDhis2Map);
  ASSERT_TRUE(file.ok()) << file.status();
  const json values = json::parse(file->bytes)["dataValues"];
  EXPECT_EQ(ValueOf(values, "MLUP_CHILDREN_PROVINCE", "KH02", ""), "deleted") << "withheld";
  EXPECT_EQ(ValueOf(values, "MLUP_CHILDREN_PROVINCE", "KH01", ""), "deleted") << "nothing there";
  EXPECT_EQ(file->deleted, 2u);
  EXPECT_EQ(file->rows, 5u);
}

TEST(FigureFilesTest, WhatTheMapDoesNotNameIsSaid) {
  Figures figures = MakeChildren();
  Add(figures, "children", "sex", "unknown", "7");
  Add(figures, "other", "", "", "9");
  Add(figures, "other", "sex", "female", "9");
  EXPECT_THAT(WriteDataValues(figures, kDhis2Map)->not_named,
              ElementsAre("children{sex=unknown}", "other"));
  EXPECT_THAT(WriteActivity(figures, kIatiMap)->not_named, ElementsAre("other"));
}

TEST(FigureFilesTest, Dhis2HasYearsQuartersAndMonths) {
  Figures figures = MakeChildren();
  const auto period = [&figures](const char* first, const char* last) {
    figures.report.set_first_day(first);
    figures.report.set_last_day(last);
    const auto file = WriteDataValues(figures, kDhis2Map);
    if (!file.ok()) return ErrorReason(file.status());
    return json::parse(file->bytes)["dataValues"][0]["period"].get<std::string>();
  };
  EXPECT_EQ(period("2021-01-01", "2021-12-31"), "2021");
  EXPECT_EQ(period("2021-10-01", "2021-12-31"), "2021Q4");
  EXPECT_EQ(period("2021-02-01", "2021-02-28"), "202102");
  EXPECT_EQ(period("2021-02-01", "2021-03-31"), "EXPORT_PERIOD");
}

TEST(FigureFilesTest, AMapThatIsWrongIsRefusedWithThePlace) {
  EXPECT_EQ(WrongAt(kDhis2Map, "{", "["), "map");
  EXPECT_EQ(WrongAt(kDhis2Map, "\"dhis2\"", "\"iati\""), "map.system");
  EXPECT_EQ(WrongAt(kDhis2Map, "\"org_unit\":", "\"orgunit\":"), "map.org_unit");
  EXPECT_EQ(WrongAt(kDhis2Map, "\"MLUP_CHILDREN\"", "7"), "map.values[0].data_element");
  EXPECT_EQ(WrongAt(kDhis2Map, "MLUP_CHILDREN_SEX", ""), "map.values[1].data_element");
  EXPECT_EQ(WrongAt(kDhis2Map, R"({"indicator": "children", "data)",
                    R"({"indicator": "childern", "data)"),
            "map.values[0].indicator");
  EXPECT_EQ(WrongAt(kDhis2Map, "\"by\": \"sex\"", "\"by\": \"age\""), "map.values[1].by");
  EXPECT_EQ(WrongAt(kDhis2Map, "\"sex\": {", "\"sx\": {"), "map.category_option_combos.sex");
  EXPECT_EQ(WrongAt(kDhis2Map, "MLUP_CHILDREN_PROVINCE\"", "MLUP\", \"note\": \"x\""),
            "map.values[2].note");
  EXPECT_EQ(WrongAt(kDhis2Map, "\"by\": \"province\", \"data_element\": \"MLUP_CHILDREN_PROVINCE\"",
                    "\"data_element\": \"MLUP_CHILDREN\""),
            "map.values[2].data_element");
}

TEST(FigureFilesTest, TwoCellsOfOursAreNeverOneThere) {
  EXPECT_EQ(WrongAt(kDhis2Map, "\"KH02\"", "\"KH01\""), "map.values[2].data_element")
      << "two provinces to one unit";
  EXPECT_EQ(WrongAt(kDhis2Map, "\"male\": \"M\"", "\"male\": \"F\""), "map.values[1].data_element")
      << "female and male to one combination";
  EXPECT_EQ(WrongAt(kDhis2Map, "\"MLUP_CHILDREN_SEX\"", "\"MLUP_CHILDREN_PROVINCE\""), "")
      << "the combinations differ";
  const std::string at_the_whole = absl::StrReplaceAll(
      kDhis2Map, {{"\"KH02\"", "\"KH\""}, {"MLUP_CHILDREN_PROVINCE", "MLUP_CHILDREN"}});
  EXPECT_EQ(ErrorField(WriteDataValues(MakeChildren(), at_the_whole).status()),
            "map.values[2].data_element")
      << "a place at the unit of the total";
  EXPECT_EQ(WrongAt(kDhis2Map, "\"by\": \"sex\", \"data_element\": \"MLUP_CHILDREN_SEX\"",
                    "\"by\": \"sex\", \"data_element\": \"MLUP_CHILDREN\""),
            "")
      << "a total in the default combination, and its parts in others";
  const std::string default_combination = absl::StrReplaceAll(
      kDhis2Map,
      {{"\"male\": \"M\"", "\"male\": \"default\""}, {"MLUP_CHILDREN_SEX", "MLUP_CHILDREN"}});
  EXPECT_EQ(ErrorField(WriteDataValues(MakeChildren(), default_combination).status()),
            "map.values[1].data_element");
}

TEST(FigureFilesTest, AMemberThatThereIsNotIsRefused) {
  EXPECT_EQ(WrongAt(kDhis2Map, "\"female\":", "\"femal\":"),
            "map.category_option_combos.sex.femal");
  EXPECT_EQ(WrongAt(kDhis2Map, "\"02\":", "\"zz\":"), "map.org_units.zz");
  EXPECT_EQ(WrongAt(kDhis2Map, "\"02\":", "\"0201\":"), "map.org_units.0201");
  EXPECT_EQ(WrongAt(kDhis2Map, "{\"01\": \"KH01\", \"02\": \"KH02\"}", "{}"), "map.values[2].by");
  EXPECT_EQ(WrongAt(kDhis2Map, "\"02\":", "\"unknown\":"), "");
  // Nobody knows which goods there may be.
  const auto goods = WriteDataValues(MakeChildren(), R"({"system": "dhis2", "org_unit": "KH",
    "category_option_combos": {"item": {"rice kg": "RICE"}},
    "values": [{"indicator": "other", "by": "item", "data_element": "MLUP_OTHER_ITEM"}]})");
  EXPECT_TRUE(goods.ok()) << goods.status();
}

TEST(FigureFilesTest, TextsOfAMapAreOfOneLineAndOfCharactersThatXmlHas) {
  for (const char* const bad : {"\\u0000", "\\u0001", "\\n", "\\ufffe", "\\u202e", "\\u0085"}) {
    EXPECT_EQ(WrongAt(kDhis2Map, "MLUP_CHILDREN_SEX", absl::StrCat("MLUP", bad)),
              "map.values[1].data_element")
        << bad;
    const std::string map = absl::StrReplaceAll(kIatiMap, {{"Case work", bad}});
    EXPECT_EQ(ErrorField(WriteActivity(MakeChildren(), map).status()), "map.activity.description")
        << bad;
  }
}

TEST(FigureFilesTest, HowManyMembersThereAreIsNoPartOfThem) {
  Figures figures = MakeChildren();
  Add(figures, "children", "province", "", "4");
  KeepTotalsAndParts(figures.report);
  EXPECT_EQ(figures.report.rows_size(), 4);
  EXPECT_EQ(figures.report.rows(0).cell().dimension(), "") << "the total stands";
}

TEST(FigureFilesTest, AnActivityHasAResultWithWhatWasReached) {
  const auto file = WriteActivity(MakeChildren(), kIatiMap);
  ASSERT_TRUE(file.ok()) << file.status();
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(file->bytes.c_str()));
  const pugi::xml_node activity = document.child("iati-activities").child("iati-activity");
  EXPECT_STREQ(activity.parent().attribute("version").value(), "2.03");
  EXPECT_STREQ(activity.attribute("last-updated-datetime").value(), "2021-04-21T17:00:00Z")
      << "when the day began in Phnom Penh";
  const pugi::xml_node sector = activity.child("recipient-country").next_sibling();
  EXPECT_STREQ(sector.name(), "sector");
  EXPECT_STREQ(sector.attribute("vocabulary").value(), "1");
  EXPECT_STREQ(sector.attribute("code").value(), "16010");
  EXPECT_STREQ(activity.child("iati-identifier").child_value(), "KH-MOI-1-CW");
  EXPECT_STREQ(activity.child("title").child("narrative").child_value(), "Children & families");
  const pugi::xml_node period = activity.child("result").child("indicator").child("period");
  EXPECT_STREQ(period.child("period-end").attribute("iso-date").value(), "2021-03-31");
  std::vector<std::string> actuals;
  for (const pugi::xml_node& actual : period.children("actual")) {
    actuals.push_back(absl::StrCat(actual.attribute("value").value(), " ",
                                   actual.child("dimension").attribute("value").value()));
  }
  EXPECT_THAT(actuals, ElementsAre("30 ", "18 female", "12 male"));
  EXPECT_EQ(file->rows, 3u);
}

TEST(FigureFilesTest, AMapForAnActivityIsCheckedToo) {
  const auto wrong = [](const std::string& from, const std::string& to) {
    return ErrorField(
        WriteActivity(MakeChildren(), absl::StrReplaceAll(kIatiMap, {{from, to}})).status());
  };
  EXPECT_EQ(
      wrong("\"ref\": \"KH-MOI-1\", \"type\": \"22\", \"name\": \"An NGO\"}", "\"ref\": \"x\"}"),
      "map.reporting_org.type");
  EXPECT_EQ(wrong("2019-01-01", "2019"), "map.activity.start");
  EXPECT_EQ(wrong("\"status\": \"2\"", "\"status\": \"7\""), "map.activity.status");
  EXPECT_EQ(wrong("\"KH\"", "\"Cambodia\""), "map.activity.country");
  EXPECT_EQ(wrong("\"KH\"", "\"kh\""), "map.activity.country");
  EXPECT_EQ(wrong("\"16010\"", "\"160\""), "map.activity.sector.code");
  EXPECT_EQ(wrong("\"code\": \"16010\"", "\"name\": \"x\""), "map.activity.sector.code");
  EXPECT_EQ(wrong("\"measure\": \"1\"", "\"measure\": \"unit\""),
            "map.results[0].indicators[0].measure");
  EXPECT_EQ(wrong("[{\"type\": \"1\"", "[{\"type\": \"4\""), "map.results[0].type");
  EXPECT_EQ(wrong("\"role\": \"4\"", "\"role\": \"5\""), "map.activity.participating_orgs[0].role");
  EXPECT_EQ(wrong("\"99\"", "\"\""), "map.results[0].indicators[0].vocabulary");
  EXPECT_EQ(wrong("[\"sex\"]", "[\"shoe\"]"), "map.results[0].indicators[0].by");
}

}  // namespace
}  // namespace mlup::exports::figure_files_test
