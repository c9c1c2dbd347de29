// The parts of the command line that need no daemon.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "eventstore/base/clock.h"
#include "eventstore/base/files.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/log/rocks_event_log.h"
#include "eventstore/log/test_appends.h"
#include "services/command/checked_request.h"
#include "services/domain/fact_table.h"
#include "services/mlup/catalogue.h"
#include "services/mlup/command_line.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/example.h"
#include "services/mlup/http_post.h"
#include "services/mlup/import_line.h"
#include "services/mlup/line_reader.h"
#include "services/mlup/output_file.h"
#include "services/mlup/report_words.h"
#include "services/mlup/schema.h"
#include "services/mlup/session.h"
#include "services/mlup/table.h"
#include "services/mlup/words.h"

namespace mlup::cli {
namespace {

using testing::HasSubstr;

// A start refuses it too: what is recorded with a wrong time stays.
TEST(DoctorTest, AClockFarFromTheLastEventIsTold) {
  const std::string folder = absl::StrCat(testing::TempDir(), "doctor-", getpid());
  const auto said = [&folder](absl::Time recorded) {
    SystemFiles().RemoveTree(folder).IgnoreError();
    EXPECT_TRUE(SystemFiles().MakeFolder(folder + "/data").ok());
    {
      const ManualClock clock(recorded);
      const auto log = log::RocksEventLog::Open(
          {.path = folder + "/data/log", .journal = folder + "/data/journal"}, clock);
      EXPECT_TRUE(log.ok()) << log.status();
      log::Appends appends(1);
      EXPECT_TRUE((*log)->Append(appends.To(appends.Stream())).ok());
    }
    std::ostringstream out;
    std::ostringstream err;
    DoctorOptions options;
    options.data = folder + "/data";
    const int code = RunDoctor({.out = out, .err = err}, options);
    return absl::StrCat(code, " ", out.str(), err.str());
  };
  EXPECT_THAT(said(absl::FromUnixSeconds(1'600'000'000)), HasSubstr("REFUSED (CLOCK_AHEAD)"));
  EXPECT_THAT(said(SystemClock().Now() + absl::Hours(48)), HasSubstr("REFUSED (CLOCK_BEHIND)"));
  EXPECT_THAT(said(SystemClock().Now()), testing::StartsWith("0 "));
  SystemFiles().RemoveTree(folder).IgnoreError();
}

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

void ExpectRefused(const std::string& text, const BadLine& bad) {
  const auto line = ParseImportLine(text);
  EXPECT_EQ(ErrorReason(line.status()), bad.reason) << text;
  EXPECT_EQ(ErrorField(line.status()), bad.field) << text;
  EXPECT_THAT(std::string(line.status().message()), testing::Not(HasSubstr("Sok")));
}

TEST(ImportLineTest, BadLinesNameTheFieldAndTheRule) {
  const BadLine lines[] = {
      {R"({"record": )", "JSON_INVALID", ""},
      {R"([1])", "LINE_FORM", ""},
      {R"({"record":{},"more":1})", "LINE_FORM", ""},
      {R"({"call":"mlup.cases.v1.CaseService/OpenCase","request":{}})", "LINE_FORM", ""},
      {R"({"record":{"a":1e400}})", "NUMBER_INVALID", ""},
  };
  for (const BadLine& bad : lines) ExpectRefused(bad.text, bad);
  EXPECT_THAT(
      std::string(
          ToStd(ParseImportLine(R"({"record":{"facts":[{"case_opend":{}}]}})").status().message())),
      HasSubstr("; did you mean case_opened?"));
  const BadLine records[] = {
      {R"("context":{})", "FIELD_REQUIRED", "facts"},
      {R"("facts":[])", "FIELD_REQUIRED", "facts"},
      {R"("facts":[{"stream":"case/1"}])", "FIELD_REQUIRED", "facts[0].fact"},
      {R"("facts":[{"case_opend":{}}])", "FACT_UNKNOWN", "facts[0].case_opend"},
      {R"("facts":[{"case_opened":{}}],"validate_only":true)", "FIELD_UNKNOWN", "validate_only"},
      {R"("facts":[{"case_opened":{}}],"contex":{})", "FIELD_UNKNOWN", "contex"},
      {R"("facts":[{"case_opened":{"child":{"name":"Sok"}}}])", "FIELD_UNKNOWN",
       "facts[0].case_opened.child.name"},
      {R"("facts":[{"case_opened":{"child":[1]}}])", "VALUE_INVALID", "facts[0].case_opened.child"},
      {R"("facts":[{"case_opened":{"case_type":"Sok"}}])", "VALUE_INVALID",
       "facts[0].case_opened.case_type"},
      {R"("facts":[{"case_opened":{},"case_closed":{}}])", "VALUE_INVALID", "facts[0].case_opened"},
      {R"("facts":[{"case_opened":{}},{"activity_held":{}}])", "SERVICES_MIXED",
       "facts[1].activity_held"},
      {R"("facts":[{"case_opened":{}}],"context":{"request_id":"a","requestId":"Sok"})",
       "FIELD_DOUBLED", "context.request_id"},
      {R"("facts":[{"case_opened":{}}],"context":{"request_id":"a","request_id":"b"})",
       "JSON_INVALID", "record.context.request_id"},
  };
  for (const BadLine& bad : records)
    ExpectRefused(std::string(R"({"record":{)") + bad.text + "}}", bad);
  ExpectRefused(std::string(kJsonBytesMax + 1, ' '), {"", "JSON_TOO_LONG", ""});
}

TEST(ImportLineTest, TheServiceFollowsFromTheFactsAndTheirStreams) {
  const std::pair<const char*, const char*> lines[] = {
      {R"({"stream":"case/1","caseOpened":{}})", "cases/case_opened"},
      {R"({"stream":"activity/1","entry_voided":{}})", "training/entry_voided"},
      {R"({"stream":"donation/1","entryVoided":{}})", "donations/entry_voided"},
      {R"({"stream":"activity/1","activity_held":{}},{"entry_voided":{}})",
       "training/activity_held"},
  };
  for (const auto& [facts, name] : lines) {
    const auto line = ParseImportLine(absl::StrCat(R"({"record":{"facts":[)", facts, "]}}"));
    ASSERT_TRUE(line.ok()) << facts << line.status();
    EXPECT_EQ(line->facts().front(), name);
  }
}

TEST(SchemaTest, EveryExampleCanBeImported) {
  for (const domain::FactType& fact : domain::FactTable::Get().facts()) {
    const std::string example = ExampleLine(fact);
    const auto line = ParseImportLine(example);
    ASSERT_TRUE(line.ok()) << example << line.status() << ErrorField(line.status());
    EXPECT_EQ(line->facts(), std::vector<std::string>{fact.permission});
    const absl::Status valid = command::CheckFields(line->record(), SystemClock().Now());
    EXPECT_TRUE(valid.ok()) << example << "\n" << valid << " " << ErrorField(valid);
  }
}

TEST(SchemaTest, AFactIsFoundByAnyOfItsNames) {
  for (const char* const name : {"case_opened", "caseOpened", "CaseOpened",
                                 "mlup.cases.v1.CaseOpened", "cases/case_opened"}) {
    ASSERT_EQ(FactsNamed(name).size(), 1U) << name;
    EXPECT_EQ(FactsNamed(name)[0]->permission, "cases/case_opened");
  }
  // Of every service but that of accounts.
  EXPECT_EQ(FactsNamed("entry_voided").size(), domain::FactTable::Get().services().size() - 1);
  EXPECT_EQ(FactsNamed("cases").size(), FactsNamed("mlup.cases.v1.CaseService/Record").size());
  EXPECT_TRUE(FactsNamed("nonsense").empty());
}

TEST(SchemaTest, AFactTellsWhereItStandsAndWhatDecides) {
  const FactHelp help = DescribeFact(*FactsNamed("case_opened")[0]);
  EXPECT_EQ(help.call, "mlup.cases.v1.CaseService/Record");
  EXPECT_EQ(absl::StrJoin(FactRules(help), "; "),
            "stands on a stream of category case; the rules of case decide; may follow where the "
            "case is: not open, received (then it is open); permission cases/case_opened");
  EXPECT_FALSE(help.fields.empty());
}

TEST(SchemaTest, ALifeIsAPageOfStatesAndFacts) {
  EXPECT_EQ(LifeNamed("person"), nullptr);
  ASSERT_NE(LifeNamed("case"), nullptr);
  const std::string page = DescribeLife(*LifeNamed("household"));
  EXPECT_EQ(page,
            "Life of a foster family\n"
            "  not recruited\n"
            "       foster_family_recruited  -> recruited\n"
            "  recruited\n"
            "       foster_family_approved  -> approved\n"
            "       foster_family_retired   -> retired\n"
            "  approved\n"
            "       foster_family_approved   -> approved\n"
            "       foster_family_suspended  -> suspended\n"
            "       foster_family_retired    -> retired\n"
            "  suspended\n"
            "       foster_family_approved  -> approved\n"
            "       foster_family_retired   -> retired\n"
            "  retired\n"
            "       foster_family_recruited  -> recruited\n");
}

// A pipe with the ends that a test needs.
struct Pipe {
  Pipe() { EXPECT_EQ(pipe(ends), 0); }
  ~Pipe() {
    close(ends[0]);
    Close();
  }
  void Write(std::string_view text) const {
    EXPECT_EQ(write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void Close() {
    if (ends[1] >= 0) close(ends[1]);
    ends[1] = -1;
  }
  int ends[2];
};

TEST(LineReaderTest, LinesAreReadyWhenTheyAreWritten) {
  Pipe pipe;
  LineReader lines(pipe.ends[0], 8);
  EXPECT_FALSE(lines.Ready());
  pipe.Write("one\n\ntwo and more than that\nthr");
  EXPECT_TRUE(lines.Ready());
  EXPECT_EQ(**lines.Next(), "one");
  EXPECT_TRUE(lines.Ready());
  EXPECT_EQ(**lines.Next(), "");
  EXPECT_EQ(**lines.Next(), "two and m");
  EXPECT_FALSE(lines.Ready());
  pipe.Write("ee");
  pipe.Close();
  EXPECT_EQ(**lines.Next(), "three");
  EXPECT_TRUE(lines.Ready());
  EXPECT_FALSE(lines.Next()->has_value());
}

TEST(ReportTest, ARowSaysWhyItHasNoValue) {
  reports::v1::Row row;
  row.set_why_none(reports::v1::WHY_NONE_PLANNED);
  row.set_planned_value("10");
  EXPECT_EQ(ValueWords(row), "planned 10");
  EXPECT_THAT(RowJson(row), HasSubstr(R"("value":null,"why_none":"planned")"));
}

TEST(HttpPostTest, NothingIsSentInTheClearToAnotherMachine) {
  for (const char* const url :
       {"http://dhis2.example.org/api", "http://127.0.0.1.example.org/", "http://127.0.0.10/",
        "ftp://dhis2.example.org", "file:///etc/passwd", "https://me:word@dhis2.example.org"}) {
    EXPECT_EQ(ErrorReason(PostJson(url, "", "{}").status()), "URL_NOT_SAFE") << url;
  }
}

TEST(OutputFileTest, AFileIsWholeOrNotThere) {
  const std::string path = absl::StrCat(testing::TempDir(), "output_file_test.", ::getpid());
  const auto broken = WriteOutput(path, [](const TakePiece& take) -> absl::Status {
    EXPECT_TRUE(take("half"));
    return Error(absl::StatusCode::kUnavailable, "CUT_OFF", "the line broke");
  });
  EXPECT_EQ(ErrorReason(broken.status()), "CUT_OFF");
  EXPECT_FALSE(std::filesystem::exists(path));
  const auto written = WriteOutput(path, [](const TakePiece& take) {
    EXPECT_TRUE(take("whole"));
    return absl::OkStatus();
  });
  EXPECT_EQ(*written, "whole");
  EXPECT_EQ(std::filesystem::status(path).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  std::filesystem::remove(path);
  std::filesystem::create_symlink("/dev/null", path);
  const auto link = WriteOutput(path, [](const TakePiece&) { return absl::OkStatus(); });
  EXPECT_EQ(ErrorReason(link.status()), "OUTPUT_NOT_A_FILE");
  std::filesystem::remove(path);
}

TEST(OutputFileTest, NobodyElsesFileIsWrittenInto) {
  const std::string folder = absl::StrCat(testing::TempDir(), "output_file_names.", ::getpid());
  std::filesystem::create_directory(folder);
  const std::string path = folder + "/file";
  // Names that somebody may have guessed, open to all, and one that leads to another file.
  for (const char* const guess : {"/file.part", "/.file.part", "/file.new"}) {
    std::ofstream(folder + guess) << "theirs";
    std::filesystem::permissions(folder + guess, std::filesystem::perms::all);
  }
  std::ofstream(folder + "/other") << "other";
  std::filesystem::create_hard_link(folder + "/other", path);
  const auto written = WriteOutput(path, [&](const TakePiece& take) {
    EXPECT_TRUE(take("whole"));
    // Whatever is written meanwhile under this name is another run's.
    std::ofstream(folder + "/file.part") << "another run";
    return absl::OkStatus();
  });
  ASSERT_TRUE(written.ok()) << written.status();
  const auto content = [](const std::string& file) {
    std::ifstream stream(file);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  };
  EXPECT_EQ(content(path), "whole");
  EXPECT_EQ(content(folder + "/other"), "other");
  EXPECT_EQ(content(folder + "/file.new"), "theirs");
  EXPECT_EQ(std::filesystem::status(path).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder),
                          std::filesystem::directory_iterator()),
            5);
  std::filesystem::remove_all(folder);
}

TEST(OutputFileTest, ASignalLeavesNothing) {
  const std::string folder = absl::StrCat(testing::TempDir(), "output_file_signal.", ::getpid());
  std::filesystem::create_directory(folder);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    EXPECT_EXIT(WriteOutput(folder + "/file",
                            [&](const TakePiece& take) {
                              take("half");
                              raise(signal);
                              return absl::OkStatus();
                            })
                    .IgnoreError(),
                testing::KilledBySignal(signal), "");
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  std::filesystem::remove_all(folder);
}

TEST(ReportTest, MoneyIsInTheFormOfItsCurrency) {
  reports::v1::Row row;
  row.set_unit(reports::v1::UNIT_MONEY);
  row.mutable_cell()->set_dimension("currency");
  row.mutable_cell()->set_member("USD");
  row.set_value("186450");
  row.set_restated(true);
  row.set_published_value("5");
  EXPECT_EQ(ValueWords(row), "USD 1864.50");
  EXPECT_THAT(MarkWords(row), HasSubstr("published USD 0.05"));
  EXPECT_THAT(RowJson(row),
              HasSubstr(R"("value":"186450","why_none":null,"amount":"USD 1864.50")"));
  row.mutable_cell()->set_member("food KHR");
  EXPECT_EQ(NumberWords(row, "4000"), "KHR 4000");
  row.set_unit(reports::v1::UNIT_ITEMS);
  EXPECT_EQ(ValueWords(row), "186450");
}

TEST(ReportTest, ARestatementNamesTheImport) {
  reports::v1::Row row;
  row.set_restated(true);
  row.add_restated_by(5);
  auto& import = *row.add_restated_imports();
  import.set_source_system("paper");
  import.set_window_position(4);
  EXPECT_THAT(MarkWords(row), HasSubstr("import of the past from paper opened at position 4"));
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
  EXPECT_EQ(RunWith({"import", "--batch", "0", "-"}, out), 2);
  EXPECT_EQ(RunWith({"import", "--batch", "257", "-"}, out), 2);
  EXPECT_EQ(RunWith({"import", "/"}, out), 1);
  EXPECT_EQ(RunWith({"schema", "case_opened"}, out), 0);
  EXPECT_THAT(out, HasSubstr("Example, one line for `mlup import`"));
  EXPECT_EQ(RunWith({"schema", "OpenCase"}, out), 2);
}

TEST(CommandLineTest, AMistypedNameIsToldWithTheOneThatWasMeant) {
  const struct {
    std::vector<const char*> words;
    const char* said;
  } cases[] = {
      {{"reprot", "2021-Q1"}, "there is no such command; did you mean report? (import, "},
      {{"--json", "report", "quartely", "2021-Q1"}, "command; did you mean quarterly?"},
      {{"report", "quarterly", "2021-Q1", "--postion", "3"}, "option; did you mean --position?"},
      {{"report", "quarterly", "2021-Q1", "--sever=unix:x"}, "option; did you mean --server?"},
  };
  std::string out;
  for (const auto& [words, said] : cases) {
    EXPECT_EQ(RunWith(words, out), 2) << said;
    EXPECT_THAT(out, HasSubstr(said));
  }
  EXPECT_EQ(RunWith({"--server", "reprot", "report"}, out), 2);
  EXPECT_THAT(out, testing::Not(HasSubstr("no such"))) << "an option's value is no command";
}

TEST(SessionTest, WhatTheDaemonSaysIsNotTakenForNoAnswer) {
  std::ostringstream out;
  std::ostringstream err;
  Session session{.server = "unix:/s", .out = out, .err = err};
  const absl::Status full = Error(absl::StatusCode::kUnavailable, "KEYRING_UNAVAILABLE", "full");
  EXPECT_EQ(Fail(session, OfDaemon(full)), 3);
  EXPECT_EQ(err.str(), "mlup: unix:/s cannot do it now, KEYRING_UNAVAILABLE: full\n");
  err.str("");
  EXPECT_EQ(Fail(session, OfDaemon(absl::UnavailableError("refused"))), 3);
  EXPECT_EQ(err.str(), "mlup: no answer from unix:/s: refused\n");
}

TEST(SessionTest, TheDaemonIsNotBlamedForWhatFailedHereOrElsewhere) {
  std::ostringstream out;
  std::ostringstream err;
  Session session{.server = "unix:/s", .out = out, .err = err};
  const auto said = [&](const absl::Status& status) {
    err.str("");
    EXPECT_EQ(Fail(session, status), 1);
    return err.str();
  };
  EXPECT_EQ(said(Error(absl::StatusCode::kUnavailable, "ADDRESS_IN_USE", "cannot listen on x")),
            "mlup: UNAVAILABLE ADDRESS_IN_USE: cannot listen on x\n");
  // A port that nobody listens on.
  const auto answer = PostJson("http://127.0.0.1:1/api?secret=1", "", "{}");
  EXPECT_THAT(said(answer.status()),
              testing::StartsWith(
                  "mlup: UNAVAILABLE HTTP_FAILED: cannot send to http://127.0.0.1:1/api: "));
}

}  // namespace
}  // namespace mlup::cli
