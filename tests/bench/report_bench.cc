// Makes a large log in a folder, and prints one line of JSON: how fast it is read, how fast the
// read models and the figures follow from it, how soon a report is answered from kept cells, also
// while read models are made anew, and what that takes in memory.
#include <algorithm>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include <CLI/CLI.hpp>
#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/check.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/uuid.h"
#include "eventstore/log/rocks_event_log.h"
#include "projections/case_history/case_history_projection.h"
#include "projections/counting/report.h"
#include "projections/facts/fact_projection.h"
#include "projections/read_model.h"
#include "tests/bench/history_reader.h"
#include "tests/bench/invented_work.h"

namespace mlup::bench {
namespace {

using Json = nlohmann::ordered_json;
using counting::CountedFacts;

struct Options {
  std::string folder;
  std::string definitions = MLUP_INDICATORS_FILE;
  std::string table;
  std::size_t events = 100'000;
  int questions = 200;
  std::uint64_t seed = 1;
};

double SecondsSince(absl::Time begun) { return absl::ToDoubleSeconds(SystemClock().Now() - begun); }

double Quantile(std::vector<double> values, double share) {
  CHECK(!values.empty());
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(share * static_cast<double>(values.size()));
  return values[std::min(rank, values.size() - 1)];
}

// What the process holds of the memory now, in MiB.
double MemoryMib() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    std::uint64_t kib = 0;
    if (!line.starts_with("VmRSS:")) continue;
    CHECK(absl::SimpleAtoi(absl::StripAsciiWhitespace(line.substr(6, line.size() - 8)), &kib));
    return static_cast<double>(kib) / 1024;
  }
  return 0;
}

counting::Definitions ReadDefinitions(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  auto definitions = counting::Definitions::Parse(text.str());
  CHECK(definitions.ok());
  return *std::move(definitions);
}

// One log and all that follows from it. One thread drives it.
class ReportBench {
 public:
  explicit ReportBench(const Options& options)
      : options_(options),
        definitions_(ReadDefinitions(options.definitions)),
        work_(options.seed, options.events),
        clock_(work_.NextTime()) {}

  Json Run() {
    auto log = log::RocksEventLog::Open(
        {.path = options_.folder + "/store", .journal = options_.folder + "/journal"}, clock_);
    CHECK(log.ok());
    log_ = *std::move(log);
    Fill();
    Scan();
    if (!options_.table.empty()) WriteTable();
    reader_ = std::make_unique<projections::SharedReader>(*log_);
    MakeReadModels();
    source_ = std::make_unique<projections::FactStore>(Facts().rows());
    ReadFacts();
    CountAfresh();
    AskAgain();
    ReadHistories();
    AskWhileRebuilding();
    facts_.reset();
    source_.reset();
    models_.reset();
    reader_.reset();
    return std::move(json_);
  }

 private:
  const projections::ReadModel& Facts() const {
    return models_->Of(projections::FactProjection::kName);
  }

  void Rate(const char* name, absl::Time begun) {
    const double seconds = SecondsSince(begun);
    json_[absl::StrCat(name, "_s")] = seconds;
    json_[absl::StrCat(name, "_events_s")] = static_cast<double>(options_.events) / seconds;
  }

  void Fill() {
    constexpr std::size_t kAtOnce = 1024;
    const absl::Time begun = SystemClock().Now();
    std::vector<log::v1::AppendRequest> requests;
    while (!work_.IsDone()) {
      clock_.Set(work_.NextTime());
      requests.clear();
      while (requests.size() < kAtOnce && !work_.IsDone()) requests.push_back(work_.Next());
      for (const auto& result : log_->AppendEach(requests)) CHECK(result.ok());
    }
    json_["events"] = options_.events;
    Rate("fill", begun);
  }

  // Read from the log and parsed, and nothing done with it: the envelopes alone, and each event's
  // message too.
  void Scan() {
    ScanAll("scan_envelopes", [](const log::v1::Record&) {});
    ScanAll("scan",
            [](const log::v1::Record& record) { CHECK(payload::JoinClear(record.event()).ok()); });
  }

  void ScanAll(const char* name, const std::function<void(const log::v1::Record&)>& use) {
    const absl::Time begun = SystemClock().Now();
    log::v1::ReadAllRequest request;
    request.set_limit(256);
    std::uint64_t events = 0;
    do {
      const auto page = log_->ReadAll(request);
      CHECK(page.ok());
      events += static_cast<std::uint64_t>(page->records_size());
      for (const log::v1::Record& record : page->records()) use(record);
      request.set_from_position(page->next_position());
    } while (request.from_position() > 0);
    CHECK(events == options_.events);
    Rate(name, begun);
  }

  // The same events for COPY of PostgreSQL: position, stream, type, day, place and message.
  void WriteTable() {
    std::ofstream table(options_.table);
    google::protobuf::util::JsonPrintOptions names;
    names.preserve_proto_field_names = true;
    log::v1::ReadAllRequest request;
    request.set_limit(256);
    do {
      const auto page = log_->ReadAll(request);
      CHECK(page.ok());
      for (const log::v1::Record& record : page->records()) {
        const auto message = payload::JoinClear(record.event());
        std::string body;
        CHECK(message.ok());
        CHECK(google::protobuf::util::MessageToJsonString(**message, &body, names).ok());
        table << record.position() << '\t' << record.stream() << '\t' << record.event().type()
              << '\t' << record.event().occurred().from() << '\t' << record.event().place() << '\t'
              << body << '\n';
      }
      request.set_from_position(page->next_position());
    } while (request.from_position() > 0);
    CHECK(table.flush().good());
  }

  void MakeReadModels() {
    const absl::Time begun = SystemClock().Now();
    auto models = projections::ReadModels::Open(
        options_.folder + "/readmodels", *reader_,
        [](const reports::v1::AskedRebuild&) { return absl::OkStatus(); });
    CHECK(models.ok());
    models_ = *std::move(models);
    for (const auto* worker : models_->workers()) {
      CHECK(models_->Of(worker->name()).worker().WaitUntil(head_, absl::Hours(2)).ok());
    }
    Rate("rebuild", begun);
    json_["memory_mib_before"] = MemoryMib();
  }

  void ReadFacts() {
    facts_ = std::make_unique<CountedFacts>(*source_, definitions_);
    const absl::Time begun = SystemClock().Now();
    CHECK(facts_->Read({options_.events}).ok());
    Rate("read_facts", begun);
    json_["memory_mib_facts"] = MemoryMib();
  }

  // As known at a past date, and now.
  counting::Scope Quarter() const {
    return {*ParsePeriod("2022-Q1"), {head_, ParseDay("2022-04-22")}};
  }
  counting::Scope QuarterNow() const { return {*ParsePeriod("2022-Q1"), {head_, std::nullopt}}; }

  double Ask(const counting::Scope& scope) {
    const absl::Time begun = SystemClock().Now();
    const auto report = counting::ComputeReport(*facts_, scope);
    CHECK(report.ok());
    const std::string bytes = report->SerializeAsString();
    json_["report_bytes"] = bytes.size();
    return 1000 * SecondsSince(begun);
  }

  void CountAfresh() {
    const absl::Time begun = SystemClock().Now();
    Ask(Quarter());
    Rate("afresh", begun);
    json_["kept_bytes"] = facts_->kept().counts().bytes;
    json_["memory_mib"] = MemoryMib();
  }

  // One event more, and until the facts have it.
  void AddOne() {
    const auto results = log_->AppendEach({work_.Next()});
    CHECK(results[0].ok());
    head_ = {results[0]->last_position()};
    CHECK(Facts().worker().WaitUntil(head_, absl::Seconds(10)).ok());
  }

  // The same quarter again, while more is recorded.
  void AskAgain() {
    std::vector<double> past;
    std::vector<double> now;
    Ask(QuarterNow());
    for (int i = 0; i < options_.questions; ++i) {
      AddOne();
      past.push_back(Ask(Quarter()));
      now.push_back(Ask(QuarterNow()));
    }
    json_["kept_ms_p50"] = Quantile(past, 0.5);
    json_["kept_ms_p99"] = Quantile(past, 0.99);
    json_["forward_ms_p50"] = Quantile(now, 0.5);
    json_["forward_ms_p99"] = Quantile(now, 0.99);
  }

  // The first page of the histories of children of whom there is about as much as of most, whatever
  // the log holds of others and merges made of some; with what it takes to put the reading on
  // record.
  void ReadHistories() {
    constexpr std::size_t kHistories = 1000;
    constexpr std::uint32_t kEntriesMin = 150;
    constexpr std::uint32_t kEntriesMax = 300;
    HistoryReader reader(*log_, clock_, models_->Of(projections::CaseHistoryProjection::kName),
                         options_.folder + "/keyring");
    SeededRandom random(5);
    std::vector<double> took;
    while (took.size() < kHistories) {
      const std::string child = work_.Person(random.Next());
      const absl::Time begun = SystemClock().Now();
      const auto page = reader.FirstPage(child);
      const double ms = 1000 * SecondsSince(begun);
      head_ = {page.access_position()};
      if (page.total() >= kEntriesMin && page.total() <= kEntriesMax) took.push_back(ms);
    }
    json_["history_ms_p50"] = Quantile(took, 0.5);
    json_["history_ms_p99"] = Quantile(took, 0.99);
  }

  // A kept report, and some facts as evidence is made of.
  std::vector<double> Questions(const std::function<bool()>& goes_on) {
    SeededRandom random(3);
    std::vector<double> took;
    while (goes_on()) {
      const absl::Time begun = SystemClock().Now();
      Ask(Quarter());
      for (int i = 0; i < 20; ++i) {
        CHECK(source_->Get({1 + random.Next() % options_.events}).ok());
      }
      took.push_back(1000 * SecondsSince(begun));
      // A rest, as nobody appends.
      CHECK(log_->WaitPast(head_, absl::Milliseconds(5)).ok());
    }
    return took;
  }

  void AskWhileRebuilding() {
    int left = options_.questions;
    const auto before = Questions([&left] { return left-- > 0; });
    auto model = models_->Find(projections::FactProjection::kName);
    CHECK(model.ok());
    reports::v1::AskedRebuild asked;
    asked.set_rebuild_id(NewUuid(clock_, random_));
    CHECK((*model)->rebuild().Begin(asked).ok());
    const auto during = Questions([&] {
      const auto status = (*model)->rebuilding();
      return status && (status->phase() == reports::v1::REBUILD_PHASE_MAKING ||
                        status->phase() == reports::v1::REBUILD_PHASE_COMPARING);
    });
    json_["question_ms_p99"] = Quantile(before, 0.99);
    json_["questions_while_rebuilding"] = during.size();
    json_["question_ms_p99_while_rebuilding"] = Quantile(during, 0.99);
  }

  const Options options_;
  const counting::Definitions definitions_;
  InventedWork work_;
  ManualClock clock_;
  Position head_{options_.events};
  SystemRandom random_;
  Json json_;
  std::unique_ptr<log::RocksEventLog> log_;
  std::unique_ptr<projections::SharedReader> reader_;
  std::unique_ptr<projections::ReadModels> models_;
  std::unique_ptr<projections::FactStore> source_;
  std::unique_ptr<CountedFacts> facts_;
};

}  // namespace
}  // namespace mlup::bench

int main(int argc, char** argv) {
  mlup::bench::Options options;
  CLI::App app{"Measures read models and reports over a large log"};
  app.add_option("--folder", options.folder, "An empty folder to work in")->required();
  app.add_option("--definitions", options.definitions, "Definitions of the indicators");
  app.add_option("--table", options.table, "Writes the events to this file for PostgreSQL");
  app.add_option("--events", options.events, "Events of the log");
  app.add_option("--questions", options.questions, "Questions of each kind");
  app.add_option("--seed", options.seed, "Seed of the log");
  CLI11_PARSE(app, argc, argv);
  std::cout << mlup::bench::ReportBench(options).Run().dump() << "\n";
}
