// The parts of the command line that need no daemon.
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/base/status.h"
#include "services/command/validator.h"
#include "services/mlup/catalogue.h"
#include "services/mlup/command_line.h"
#include "services/mlup/example.h"
#include "services/mlup/import_line.h"
#include "services/mlup/report_words.h"
#include "services/mlup/schema.h"
#include "services/mlup/session.h"
#include "services/mlup/table.h"
#include "services/mlup/words.h"

namespace mlup::cli {
namespace {

using testing::HasSubstr;

TEST(TableTest, KhmerMarksTakeNoColumn) {
  EXPECT_EQ(DisplayWidth("mlup"), 4U);
  // SA, vowel sign U (a mark), KHA.
  EXPECT_EQ(DisplayWidth("សុខ"), 2U);
  EXPECT_EQ(DisplayWidth("漢字"), 4U);
  EXPECT_EQ(PadRight("សុខ", 4), "សុខ  ");
  EXPECT_EQ(PadLeft("7", 3), "  7");
}

TEST(TableTest, ColumnsAreAsWideAsTheirWidestCell) {
  Table table({1});
  table.AddHeading("A heading that is longer than any cell");
  table.Add({"សុខ", "7", "x"});
  table.Add({"name", "56", "y"});
  EXPECT_EQ(table.Render(), "A heading that is longer than any cell\nសុខ     7  x\nname  56  y\n");
}

TEST(TableTest, TextIsBrokenAtSpaces) {
  EXPECT_EQ(Wrap("one two three", 2, 9), "  one two\n  three\n");
  EXPECT_EQ(Wrap("", 2, 9), "");
}

TEST(WordsTest, EnumsLoseThePrefixOfTheirType) {
  EXPECT_EQ(EnumWords(*reports::v1::Unit_descriptor(), reports::v1::UNIT_UNIQUE_PERSONS),
            "unique persons");
  EXPECT_EQ(EnumCode(*reports::v1::WhyNone_descriptor(), reports::v1::WHY_NONE_NOT_COUNTED),
            "not_counted");
  EXPECT_EQ(EnumCode(*reports::v1::Unit_descriptor(), 0), "");
}

TEST(WordsTest, DatesShowTheirPrecision) {
  log::v1::Occurred occurred;
  occurred.set_precision(log::v1::PRECISION_QUARTER);
  occurred.set_from("2021-04-01");
  occurred.set_to("2021-06-30");
  EXPECT_EQ(OccurredWords(occurred), "2021-Q2");
  occurred.set_precision(log::v1::PRECISION_INTERVAL);
  EXPECT_EQ(OccurredWords(occurred), "2021-04-01..2021-06-30");
  occurred.set_precision(log::v1::PRECISION_INSTANT);
  occurred.mutable_instant()->set_seconds(1617209999);  // 2021-03-31 16:59:59 UTC
  EXPECT_EQ(OccurredWords(occurred), "2021-03-31 23:59");
}

struct BadLine {
  const char* text;
  const char* reason;
  const char* field;
};

TEST(ImportLineTest, BadLinesNameTheFieldAndTheRule) {
  const std::string open = R"({"call":"mlup.cases.v1.CaseService/OpenCase","request":)";
  const BadLine cases[] = {
      {R"({"call": )", "JSON_INVALID", ""},
      {R"({"call":"x"})", "LINE_FORM", ""},
      {R"([1])", "LINE_FORM", ""},
      {R"({"call":"x","request":{},"more":1})", "LINE_FORM", ""},
      {R"({"call":"mlup.cases.v1.CaseService/Close","request":{}})", "CALL_UNKNOWN", "call"},
      {R"({"call":"mlup.reports.v1.ReportService/GetReport","request":{}})", "CALL_UNKNOWN",
       "call"},
  };
  for (const BadLine& bad : cases) {
    const auto line = ParseImportLine(bad.text);
    EXPECT_EQ(ErrorReason(line.status()), bad.reason) << bad.text;
    EXPECT_EQ(ErrorField(line.status()), bad.field) << bad.text;
  }
  const BadLine requests[] = {
      {R"({"contex":{}}})", "FIELD_UNKNOWN", "contex"},
      {R"({"case_opened":{"child":{"name":"Sok"}}}})", "FIELD_UNKNOWN", "case_opened.child.name"},
      {R"({"case_opened":{"child":[1]}}})", "VALUE_INVALID", "case_opened.child"},
      {R"({"case_opened":{"case_type":"Sok"}}})", "VALUE_INVALID", "case_opened.case_type"},
      {R"({"context":{"request_id":"a","request_id":"b"}}})", "JSON_INVALID", "request_id"},
  };
  for (const BadLine& bad : requests) {
    const auto line = ParseImportLine(open + bad.text);
    EXPECT_EQ(ErrorReason(line.status()), bad.reason) << bad.text;
    EXPECT_EQ(ErrorField(line.status()), bad.field) << bad.text;
    EXPECT_THAT(std::string(line.status().message()), testing::Not(HasSubstr("Sok")));
  }
}

TEST(SchemaTest, EveryExampleCanBeImported) {
  for (const auto* method : Commands()) {
    for (const FactHelp& fact : DescribeCall(*method, "").facts) {
      const auto line = ParseImportLine(fact.example);
      ASSERT_TRUE(line.ok()) << fact.example << line.status();
      EXPECT_EQ(line->method, method);
      const absl::Status valid = command::Validate(*line->request);
      EXPECT_TRUE(valid.ok()) << fact.example << "\n" << valid << " " << ErrorField(valid);
    }
  }
}

TEST(SchemaTest, EveryCallFieldAndValueIsExplained) {
  for (const auto* method : Commands()) {
    const CallHelp help = DescribeCall(*method, "");
    EXPECT_FALSE(help.purpose.empty()) << help.call;
    EXPECT_FALSE(help.facts.empty()) << help.call;
    for (const FactHelp& fact : help.facts) {
      for (const FieldHelp& field : fact.fields) {
        EXPECT_FALSE(field.meaning.empty()) << help.call << " " << field.path;
        for (const auto& [name, meaning] : field.values) EXPECT_FALSE(meaning.empty()) << name;
      }
    }
  }
}

TEST(SchemaTest, ACallIsFoundByItsFact) {
  ASSERT_EQ(CommandsNamed("CaseOpened").size(), 1U);
  EXPECT_EQ(CallName(*CommandsNamed("case_opened")[0]), "mlup.cases.v1.CaseService/OpenCase");
  EXPECT_EQ(CommandsNamed("Record").size(), 4U);
  EXPECT_EQ(DescribeCall(*CommandsNamed("NoteRecorded")[0], "NoteRecorded").facts.size(), 1U);
}

TEST(ReportTest, ARowSaysWhyItHasNoValue) {
  reports::v1::Row row;
  row.set_why_none(reports::v1::WHY_NONE_PLANNED);
  row.set_planned_value("10");
  EXPECT_EQ(ValueWords(row), "planned 10");
  EXPECT_THAT(RowJson(row), HasSubstr(R"("value":null,"why_none":"planned")"));
}

TEST(ReportTest, MarksTellRestatementsHeadcountsAndWhatWasNotCounted) {
  reports::v1::Row row;
  row.set_value("72");
  row.set_headcount("34");
  row.set_and_uncounted(true);
  row.set_restated(true);
  row.set_published_value("71");
  row.add_restated_by(1201);
  EXPECT_EQ(MarkWords(row),
            "72 identified + 34 head-count; + not counted; restated (published 71, event at "
            "position 1201)");
}

int RunWith(std::vector<const char*> arguments, std::string& out) {
  arguments.insert(arguments.begin(), "mlup");
  std::ostringstream streams[2];
  const int code =
      RunCommandLine(static_cast<int>(arguments.size()), arguments.data(), streams[0], streams[1]);
  out = streams[0].str() + streams[1].str();
  return code;
}

TEST(CommandLineTest, ExitCodesTellWhatWentWrong) {
  std::string out;
  EXPECT_EQ(RunWith({"--version"}, out), 0);
  EXPECT_THAT(out, HasSubstr(MLUP_VERSION));
  EXPECT_EQ(RunWith({}, out), 2);
  EXPECT_EQ(RunWith({"nonsense"}, out), 2);
  EXPECT_EQ(RunWith({"import", "/nowhere/at-all.jsonl"}, out), 2);
  EXPECT_EQ(RunWith({"report", "quarterly", "2021-Q1", "--as", "nobody"}, out), 2);
  EXPECT_EQ(RunWith({"--server", "unix:/nowhere/at-all", "status"}, out), 3);
  EXPECT_THAT(out, HasSubstr("no answer from unix:/nowhere/at-all"));
  // The key and the subcommand count, not the daemon that is not there.
  constexpr char kKey[] = "mlup.a+d76d7c3a+AYmI49dKKlB1v/pPgz4w2yI8KpQ5SuPMcRsi5UDQgJZv";
  EXPECT_EQ(RunWith({"audit", "verify", "/nowhere/at-all", "--key", "nonsense"}, out), 2);
  EXPECT_THAT(out, HasSubstr("KEY_MALFORMED"));
  EXPECT_EQ(RunWith({"audit", "verify", "--key", kKey}, out), 2);
  EXPECT_EQ(RunWith({"witness", "show", "--dir", "/nowhere/at-all"}, out), 2);
  EXPECT_THAT(out, HasSubstr("/nowhere/at-all"));
  EXPECT_EQ(RunWith({"keys", "rotate", "--signing-key", "/nowhere/at-all"}, out), 2);
  EXPECT_EQ(RunWith({"verify", "--journal", "/nowhere"}, out), 2);
  EXPECT_EQ(RunWith({"--server", "unix:/nowhere/at-all", "verify"}, out), 3);
  EXPECT_EQ(RunWith({"--server", "unix:/nowhere/at-all", "keys"}, out), 3);
  EXPECT_EQ(RunWith({"schema", "OpenCase"}, out), 0);
  EXPECT_THAT(out, HasSubstr("CASE_ALREADY_OPEN"));
}

TEST(SessionTest, WhatTheDaemonSaysIsNotTakenForNoAnswer) {
  std::ostringstream out;
  std::ostringstream err;
  Session session{.server = "unix:/s", .out = out, .err = err};
  EXPECT_EQ(Fail(session, Error(absl::StatusCode::kUnavailable, "KEYRING_UNAVAILABLE", "full")), 3);
  EXPECT_EQ(err.str(), "mlup: unix:/s cannot do it now, KEYRING_UNAVAILABLE: full\n");
}

}  // namespace
}  // namespace mlup::cli
