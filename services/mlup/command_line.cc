// Arguments of all commands, parsed with CLI11. The only file that knows CLI11.
#include "services/mlup/command_line.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include <CLI/CLI.hpp>
#include <unistd.h>

#include "services/mlup/commands.h"

namespace mlup::cli {
namespace {

constexpr char kFooter[] =
    "Exit codes: 0 done; 1 the daemon refused the request or some lines; 2 usage; 3 the daemon is "
    "not reachable.\n"
    "`mlup COMMAND --help` tells more.";
constexpr char kReportReader[] = "staff-mel-1:mel_officer:mro";
constexpr char kHistoryReader[] = "staff-cm-1:case_manager:mro";

Reader ParseReader(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, ':');
  if (parts.size() != 3) throw CLI::ValidationError("--as", "takes ACTOR:ROLE:ORGANISATION");
  return {parts[0], parts[1], parts[2]};
}

// Holds what the options are parsed into, and what is to run. One thread.
class CommandLine {
 public:
  CommandLine(std::ostream& out, std::ostream& err) : session_{.out = out, .err = err} {
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.set_version_flag("--version", absl::StrCat("mlup ", MLUP_VERSION));
    app_.set_help_all_flag("--help-all", "Help of all commands");
    app_.add_option("--server", session_.server,
                    "Address of the daemon: HOST:PORT on this machine, or unix:PATH")
        ->envname("MLUP_SERVER");
    app_.add_flag("--json", session_.json, "Print data as JSON");
    app_.add_option("--as", reader_,
                    absl::StrCat("Who reads, ACTOR:ROLE:ORGANISATION [", kReportReader,
                                 "; for histories ", kHistoryReader, "]"));
    app_.footer(kFooter);
    session_.terminal = isatty(STDERR_FILENO) == 1;
    AddImport();
    AddSchema();
    AddIndicators();
    AddReport();
    AddCase();
    AddEvents();
    AddDoctor();
    Add(app_, "status", "Show whether the daemon answers and how far its read models are",
        [this] { return RunStatus(session_); });
  }

  int Run(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
      return run_();
    } catch (const CLI::ParseError& error) {
      return app_.exit(error, session_.out, session_.err) == 0 ? kExitOk : kExitUsage;
    }
  }

 private:
  CLI::App* Add(CLI::App& parent, const std::string& name, const std::string& help,
                std::function<int()> run) {
    CLI::App* command = parent.add_subcommand(name, help);
    command->callback([this, run = std::move(run)] { run_ = run; });
    return command;
  }

  Reader ReaderOr(const char* usual) const {
    return ParseReader(reader_.empty() ? usual : reader_);
  }

  void AddImport() {
    CLI::App* command = Add(app_, "import", "Send the commands of a file, one JSON object a line",
                            [this] { return RunImport(session_, import_); });
    command->add_option("FILE", import_.file, "File in JSON Lines; - for standard input")
        ->required();
    command->add_flag("--dry-run", import_.dry_run,
                      "Check form, calls and the rules of fields without a daemon; write nothing");
    command->footer(
        "A line: {\"call\": \"mlup.cases.v1.CaseService/OpenCase\", \"request\": {...}}; see `mlup "
        "schema`.\n"
        "Lines are sent in order. A bad line is reported with its number, field and rule, and the "
        "rest goes on.\n"
        "Sending a file again changes nothing: each request_id is executed once.");
  }

  void AddSchema() {
    CLI::App* command =
        Add(app_, "schema", "Show the calls, or the fields, rules and an example of one",
            [this] { return RunSchema(session_, name_); });
    command->add_option("NAME", name_,
                        "A call, its last word (OpenCase) or a fact (person_registered)");
  }

  void AddIndicators() {
    CLI::App* command =
        Add(app_, "indicators", "Show the definitions of the figures, or of one",
            [this] { return RunIndicators(session_, ReaderOr(kReportReader), name_); });
    command->add_option("CODE", name_, "Code of one indicator");
  }

  void AddScope(CLI::App& command) {
    command.add_option("--as-known-at", report_.as_known_at, "Last day of knowledge, YYYY-MM-DD");
    command.add_option("--position", report_.position, "Last position of knowledge");
  }

  void AddReport() {
    CLI::App* report = app_.add_subcommand("report", "Compute reports from the events");
    report->require_subcommand(1);
    CLI::App* quarterly =
        Add(*report, "quarterly", "The figures of a period, for example 2021-Q1",
            [this] { return RunReport(session_, ReaderOr(kReportReader), report_); });
    quarterly->add_option("PERIOD", report_.period, "YYYY-Qn, YYYY or YYYY-MM")->required();
    AddScope(*quarterly);
    quarterly->add_option("--evidence", report_.evidence,
                          "List the events behind a figure: CODE or CODE{dimension=member}");
    quarterly->add_flag("--parts", report_.parts, "Print the parts of each figure too");
    CLI::App* sum = Add(*report, "sum", "Add figures that can be added", [this] {
      return RunSum(session_, ReaderOr(kReportReader), report_, codes_);
    });
    sum->add_option("CODE", codes_, "Codes of indicators")->required()->expected(2, 32);
    sum->add_option("--period", report_.period, "YYYY-Qn, YYYY or YYYY-MM")->required();
    AddScope(*sum);
  }

  void AddCase() {
    CLI::App* cases = app_.add_subcommand("case", "Read the records of a child");
    cases->require_subcommand(1);
    CLI::App* history =
        Add(*cases, "history", "All that happened to one child; the reading is recorded",
            [this] { return RunHistory(session_, ReaderOr(kHistoryReader), history_); });
    history->add_option("ID", history_.id, "Id of the child or of one of its cases")->required();
    history->add_option("--purpose", history_.purpose, "Why it is read, as a code")
        ->default_val("case_review");
  }

  void AddEvents() {
    CLI::App* events = app_.add_subcommand("events", "Read the log");
    events->require_subcommand(1);
    CLI::App* tail = Add(*events, "tail", "The last events, without what they say about people",
                         [this] { return RunTail(session_, tail_); });
    tail->add_option("--from", tail_.from, "First position; the last 20 events when not given");
    tail->add_flag("--follow", tail_.follow, "Go on with new events as they come");
  }

  void AddDoctor() {
    CLI::App* command =
        Add(app_, "doctor", "Check both copies of a stopped log and say what a start would do",
            [this] { return RunDoctor(session_, doctor_); });
    command->add_option("--data", doctor_.data, "Data folder of the daemon")
        ->envname("MLUP_DATA")
        ->required();
    command->add_option("--journal", doctor_.journal,
                        "Folder of the commit journal [DATA/journal]");
  }

  CLI::App app_{"mlup, the command line of mlup: enter facts, read reports and histories.", "mlup"};
  Session session_;
  std::function<int()> run_;
  std::string reader_;
  std::string name_;
  std::vector<std::string> codes_;
  ImportOptions import_;
  ReportOptions report_;
  HistoryOptions history_;
  TailOptions tail_;
  DoctorOptions doctor_;
};

}  // namespace

int RunCommandLine(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  return CommandLine(out, err).Run(argc, argv);
}

}  // namespace mlup::cli
