// offline_report: runs import files through the command handler in memory and prints the reports as
// JSON, one line for each file, period and knowledge date. Refused lines go to stderr.
//
//   offline_report --input a.jsonl --period 2021-Q1 --as-known-at 2021-03-31 --as-known-at
//   2021-04-22
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/log/memory_event_log.h"
#include "projections/counting/report.h"
#include "projections/facts/fact.h"
#include "services/command/command_handler.h"
#include "services/identity/policy.h"
#include "services/mlup/import_line.h"
#include "services/privacy/keyring.h"

namespace mlup {
namespace {

struct Options {
  std::vector<std::string> inputs;
  std::vector<std::string> periods;
  std::vector<std::string> dates;
  std::string definitions = MLUP_INDICATORS_FILE;
  std::string roles = MLUP_SOURCE_FOLDER "/deploy/roles.textproto";
  std::string now = "2026-01-01";
};

// The name of a file that is gone afterwards. One thread.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& name)
      : path_(std::filesystem::temp_directory_path() / name) {}
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Error(absl::StatusCode::kNotFound, "FILE_MISSING", absl::StrCat("cannot read ", path));
  }
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

absl::Status ImportFile(const std::string& path, command::CommandHandler& commands) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.empty()) continue;
    const auto parsed = cli::ParseImportLine(line);
    const absl::Status status =
        parsed.ok() ? commands.Record(parsed->record()).status() : parsed.status();
    if (status.ok()) continue;
    std::cerr << path << ":" << number << ": " << ErrorReason(status) << " " << ErrorField(status)
              << ": " << status.message() << "\n";
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<projections::Fact>> FactsOf(log::EventLog& log) {
  std::vector<projections::Fact> facts;
  log::pb::ReadAllRequest request;
  request.set_limit(1024);
  do {
    ASSIGN_OR_RETURN(const log::pb::ReadAllResponse page, log.ReadAll(request));
    for (const log::v1::Record& record : page.records()) {
      ASSIGN_OR_RETURN(projections::Fact fact, projections::MakeFact(record));
      facts.push_back(std::move(fact));
    }
    request.set_from_position(page.next_position());
  } while (request.from_position() > 0);
  return facts;
}

nlohmann::ordered_json ToJson(const reports::v1::Row& row,
                              const std::vector<projections::Fact>& facts) {
  std::string why_none = reports::v1::WhyNone_Name(row.why_none()).substr(sizeof("WHY_NONE_") - 1);
  if (row.why_none() == reports::v1::WHY_NONE_UNSPECIFIED) why_none.clear();
  nlohmann::ordered_json restated_by = nlohmann::json::array();
  // Nothing but domain events is in this log, so that positions have no gap.
  for (const std::uint64_t position : row.restated_by()) {
    restated_by.push_back(facts[position - 1].event_id);
  }
  return {{"code", row.cell().code()},
          {"dimension", row.cell().dimension()},
          {"member", row.cell().member()},
          {"value", row.value()},
          {"why_none", absl::AsciiStrToLower(why_none)},
          {"planned_value", row.planned_value()},
          {"and_uncounted", row.and_uncounted()},
          {"headcount", row.headcount()},
          {"not_datable", row.not_datable()},
          {"evidence_count", row.evidence_count()},
          {"restated", row.restated()},
          {"published_value", row.published_value()},
          {"restated_by", restated_by}};
}

absl::Status Print(const std::string& input, const std::vector<projections::Fact>& facts,
                   const counting::CountedFacts& counted, const reports::v1::Scope& wanted) {
  ASSIGN_OR_RETURN(const counting::Scope scope, counting::ParseScope(wanted, {facts.size()}));
  ASSIGN_OR_RETURN(const auto report, counting::ComputeReport(counted, scope));
  nlohmann::ordered_json rows = nlohmann::json::array();
  for (const auto& row : report.rows()) rows.push_back(ToJson(row, facts));
  std::cout << nlohmann::ordered_json{{"file", input},
                                      {"period", wanted.period()},
                                      {"as_known_at", wanted.as_known_at()},
                                      {"rows", rows}}
                   .dump()
            << "\n";
  return absl::OkStatus();
}

absl::Status ReportOn(const std::string& input, const Options& options,
                      const identity::Policy& policy, const counting::Definitions& definitions,
                      privacy::Keyring& keyring) {
  const auto today = ParseDay(options.now);
  if (!today) return Error(absl::StatusCode::kInvalidArgument, "DAY_INVALID", "--now is no day");
  ManualClock clock(StartOf(*today));
  SeededRandom random(1);
  log::MemoryEventLog log(clock);
  command::CommandHandler commands(log, policy, keyring, clock, random);
  RETURN_IF_ERROR(ImportFile(input, commands));
  ASSIGN_OR_RETURN(const std::vector<projections::Fact> facts, FactsOf(log));
  const projections::FactList list(facts);
  const counting::CountedFacts counted(list, definitions);
  for (const std::string& period : options.periods) {
    for (const std::string& date : options.dates) {
      reports::v1::Scope scope;
      scope.set_period(period);
      scope.set_as_known_at(date);
      RETURN_IF_ERROR(Print(input, facts, counted, scope));
    }
  }
  return absl::OkStatus();
}

absl::Status Run(const Options& options) {
  ASSIGN_OR_RETURN(const std::string definitions_text, ReadFile(options.definitions));
  ASSIGN_OR_RETURN(const auto definitions, counting::Definitions::Parse(definitions_text));
  ASSIGN_OR_RETURN(const std::string roles, ReadFile(options.roles));
  ASSIGN_OR_RETURN(const identity::Policy policy, identity::Policy::Parse(roles));
  // One keyring serves all files: their persons differ, or may share a key.
  const TemporaryFile file(absl::StrCat("offline_report.", getpid(), ".keyring"));
  ASSIGN_OR_RETURN(const auto keyring, privacy::Keyring::Open(file.path()));
  for (const std::string& input : options.inputs) {
    RETURN_IF_ERROR(ReportOn(input, options, policy, definitions, *keyring));
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace mlup

int main(int argc, char** argv) {
  mlup::Options options;
  CLI::App app{"Reports of import files, computed in memory"};
  app.add_option("--input", options.inputs, "Import file; may be repeated")->required();
  app.add_option("--period", options.periods, "Period; may be repeated")->required();
  app.add_option("--as-known-at", options.dates, "Last day of knowledge; may be repeated")
      ->required();
  app.add_option("--definitions", options.definitions, "Definitions of the indicators");
  app.add_option("--roles", options.roles, "Roles file");
  app.add_option("--now", options.now, "Day on which everything is recorded");
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = mlup::Run(options);
  if (status.ok()) return 0;
  std::cerr << "offline_report: " << status.message() << "\n";
  return 1;
}
