// Makes a large log and audit bundles from it, and prints one line of JSON: what parts take on the
// disk, how long bundles take, how large they are, and whether they hold anything of others.
#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "eventstore/base/check.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/files.h"
#include "eventstore/base/uuid.h"
#include "eventstore/log/rocks_event_log.h"
#include "eventstore/log/rocks_sizes.h"
#include "eventstore/proof/verify_bundle.h"
#include "eventstore/proof/verify_log.h"
#include "projections/store/rocks_read_model_store.h"
#include "services/proofs/proof_service.h"
#include "tests/bench/invented_log.h"

namespace mlup::bench {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string folder;
  std::size_t events = 100'000;
  std::size_t streams = 20'000;
  std::size_t children = 200;
  // Events of one append.
  std::size_t append = 64;
  std::uint64_t seed = 1;
};

double SecondsSince(const Clock& clock, absl::Time begun) {
  return absl::ToDoubleSeconds(clock.Now() - begun);
}

// The value that a share of the values does not exceed.
double Quantile(std::vector<double> values, double share) {
  CHECK(!values.empty());
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(share * static_cast<double>(values.size()));
  return values[std::min(rank, values.size() - 1)];
}

// Ids and seals in `bytes` that are not of this child or its case.
std::size_t Strangers(const std::string& bytes, const std::string& child, const std::string& own) {
  std::size_t found = 0;
  const auto count = [&](std::string_view mark, const std::string& allowed) {
    for (std::size_t at = bytes.find(mark); at != std::string::npos;
         at = bytes.find(mark, at + 1)) {
      if (bytes.compare(at, allowed.size(), allowed) != 0) ++found;
    }
  };
  count(kChildMark, child);
  count(kCaseMark, own);
  count(kSharedMark, "never");
  count(kSealedMark, absl::StrCat(std::string(kSealedMark), child));
  return found;
}

// Bytes of the events of a bundle as they are stored: whole, and without the parts of others.
struct Stored {
  std::uint64_t whole = 0;
  std::uint64_t own = 0;
};

Stored StoredBytes(log::EventLog& log, const proof::Bundle& bundle) {
  Stored bytes;
  for (const proof::BundledEvent& event : bundle.events) {
    const auto header = proof::ParseHeader(event.header);
    CHECK(header.ok());
    log::v1::ReadAllRequest request;
    request.set_from_position(header->position.value);
    request.set_limit(1);
    auto page = log.ReadAll(request);
    CHECK(page.ok() && page->records_size() == 1);
    bytes.whole += page->records(0).ByteSizeLong();
    auto* parts = page->mutable_records(0)->mutable_event()->mutable_subjects();
    for (int i = parts->size(); i-- > 0;) {
      if (parts->Get(i).subject_id() != bundle.subject_id) parts->DeleteSubrange(i, 1);
    }
    bytes.own += page->records(0).ByteSizeLong();
  }
  return bytes;
}

std::uint64_t FolderBytes(const std::string& folder) {
  std::uint64_t bytes = 0;
  const auto names = SystemFiles().List(folder);
  CHECK(names.ok());
  for (const std::string& name : *names) {
    const auto file = SystemFiles().Open(absl::StrCat(folder, "/", name), Files::Mode::kRead);
    if (file.ok() && (name.ends_with(".sst") || name.ends_with(".log"))) bytes += *(*file)->Size();
  }
  return bytes;
}

// One log and its proofs in a folder. One thread drives it; appends come from several.
class Scale {
 public:
  explicit Scale(Options options)
      : options_(std::move(options)), invented_(options_.seed, options_.streams) {}

  Json Run() {
    Json json;
    Open();
    Fill(json);
    FoldAndSign(json);
    Verify(json);
    Bundles(json);
    Close();
    Measure(json);
    return json;
  }

 private:
  void Open() {
    auto log = log::RocksEventLog::Open({.path = Store(), .journal = Journal()}, clock_);
    CHECK(log.ok());
    log_ = *std::move(log);
    reader_ = std::make_unique<projections::SharedReader>(*log_);
    auto rows = projections::OpenRocksReadModelStore(Rows(), projections::ProofIndex::kVersion,
                                                     projections::RowsAre::kDerived);
    CHECK(rows.ok());
    rows_ = *std::move(rows);
    const std::string key = options_.folder + "/signing-key";
    if (!*SystemFiles().Exists(key)) {
      CHECK(proofs::Signer::Create(SystemFiles(), key, random_, "mlup.bench").ok());
    }
    auto signer = proofs::Signer::Load(SystemFiles(), key);
    CHECK(signer.ok());
    signer_ = std::make_unique<proofs::Signer>(*std::move(signer));
    auto service =
        proofs::ProofService::Open({*reader_, *rows_, clock_, random_, SystemFiles(), *signer_},
                                   {.folder = options_.folder, .wait_for_events = UINT64_MAX / 2});
    CHECK(service.ok());
    service_ = *std::move(service);
  }

  void Close() {
    service_.reset();
    rows_.reset();
    reader_.reset();
    log_.reset();
  }

  // From several threads, so that appends share their syncs.
  void Fill(Json& json) {
    constexpr std::size_t kThreads = 16;
    const absl::Time begun = clock_.Now();
    std::vector<log::v1::AppendRequest> batch;
    std::size_t made = 0;
    while (made < options_.events) {
      batch.clear();
      for (std::size_t i = 0; i < 32 * kThreads && made < options_.events; ++i) {
        batch.push_back(invented_.Next(std::min(options_.append, options_.events - made)));
        for (const auto& write : batch.back().writes()) {
          made += static_cast<std::size_t>(write.events_size());
        }
      }
      std::vector<std::jthread> threads;
      threads.reserve(kThreads);
      for (std::size_t t = 0; t < kThreads; ++t) {
        threads.emplace_back([this, &batch, t] {
          for (std::size_t i = t; i < batch.size(); i += kThreads) {
            CHECK(log_->Append(batch[i]).ok());
          }
        });
      }
    }
    json["events"] = made;
    json["streams"] = options_.streams;
    json["append_events"] = options_.append;
    json["fill_s"] = SecondsSince(clock_, begun);
  }

  void FoldAndSign(Json& json) {
    const absl::Time begun = clock_.Now();
    CHECK(service_->GetCheckpoint({}).ok());
    const double seconds = SecondsSince(clock_, begun);
    json["index_events_s"] = static_cast<double>(log_->Head()->value) / seconds;
  }

  // Read from RocksDB, parsed and folded: `mlup verify` without gRPC.
  void Verify(Json& json) {
    const auto shown = service_->GetCheckpoint({});
    CHECK(shown.ok());
    const auto opened = proof::OpenCheckpoint(shown->note(), {signer_->key()});
    CHECK(opened.ok());
    const absl::Time begun = clock_.Now();
    proof::LogVerifier verifier({opened->checkpoint}, {});
    log::v1::ReadAllRequest request;
    for (std::uint64_t from = 1; from != 0;) {
      request.set_from_position(from);
      const auto page = log_->ReadAll(request);
      CHECK(page.ok());
      for (const log::v1::Record& record : page->records()) CHECK(verifier.Take(record).ok());
      from = page->next_position();
    }
    CHECK(verifier.Finish().ok() && verifier.agreed_checkpoints() == 1);
    json["verify_events_s"] =
        static_cast<double>(verifier.fold().size()) / SecondsSince(clock_, begun);
  }

  void Bundles(Json& json) {
    std::size_t failures = 0;
    std::size_t strangers = 0;
    std::size_t absent = 0;
    double whole = 0;
    double own = 0;
    std::vector<double> build;
    std::vector<double> verify;
    std::vector<double> sizes;
    for (std::size_t i = 0; i < options_.children; ++i) {
      // Every twentieth is nobody this log knows.
      const bool is_known = i % 20 != 19;
      const std::size_t child = random_.Next() % invented_.children().size();
      const std::string id = is_known ? invented_.children()[child] : NewUuid(clock_, random_);
      absl::Time begun = clock_.Now();
      const auto bytes = service_->MakeBundle(id);
      build.push_back(SecondsSince(clock_, begun));
      if (!bytes.ok()) {
        ++failures;
        continue;
      }
      begun = clock_.Now();
      const auto summary = proof::VerifyBundle(*bytes, {{signer_->key()}, {}, id});
      verify.push_back(SecondsSince(clock_, begun));
      const auto bundle = proof::ParseBundle(*bytes);
      if (!summary.ok() || !bundle.ok() || (summary->naming > 0) != is_known) {
        ++failures;
        continue;
      }
      absent += is_known ? 0 : 1;
      strangers += Strangers(*bytes, id, is_known ? invented_.CaseOf(child) : "never");
      const auto room = std::max(0.0, static_cast<double>(bytes->size()) - 65536);
      const Stored stored = StoredBytes(*log_, *bundle);
      whole = std::max(whole, room / static_cast<double>(std::max<std::uint64_t>(stored.whole, 1)));
      own = std::max(own, room / static_cast<double>(std::max<std::uint64_t>(stored.own, 1)));
      sizes.push_back(static_cast<double>(bytes->size()));
    }
    json["bundles"] = options_.children;
    json["absent"] = absent;
    json["failures"] = failures;
    json["strangers"] = strangers;
    if (sizes.empty()) return;
    json["build_p50_s"] = Quantile(build, 0.5);
    json["build_p99_s"] = Quantile(build, 0.99);
    json["verify_p99_s"] = Quantile(verify, 0.99);
    json["bundle_bytes_p50"] = Quantile(sizes, 0.5);
    json["bundle_bytes_max"] = Quantile(sizes, 1);
    // (bytes - 64 KiB) / bytes of the events as stored, whole and without the parts of others.
    json["size_factor_max"] = whole;
    json["size_factor_own_max"] = own;
  }

  void Measure(Json& json) {
    const auto sizes = log::CompactAndMeasure(SystemFiles(), Store(), Journal());
    CHECK(sizes.ok());
    // Opened once more, what is in its write-ahead log goes into tables.
    CHECK(projections::OpenRocksReadModelStore(Rows(), projections::ProofIndex::kVersion,
                                               projections::RowsAre::kDerived)
              .ok());
    const auto per_event = [&json](std::uint64_t bytes) {
      return static_cast<double>(bytes) / json["events"].get<double>();
    };
    json["bytes_per_event"] = {
        {"records", per_event(sizes->records)},      {"streams", per_event(sizes->streams)},
        {"requests", per_event(sizes->requests)},    {"ids", per_event(sizes->ids)},
        {"proofs", per_event(FolderBytes(Rows()))},  {"journal", per_event(sizes->journal_used)},
        {"journal_files", per_event(sizes->journal)}};
  }

  std::string Store() const { return options_.folder + "/log"; }
  std::string Journal() const { return options_.folder + "/journal"; }
  std::string Rows() const { return options_.folder + "/proofs"; }

  const Options options_;
  SystemClock clock_;
  SystemRandom random_;
  InventedLog invented_;
  std::unique_ptr<log::RocksEventLog> log_;
  std::unique_ptr<projections::SharedReader> reader_;
  std::unique_ptr<projections::ReadModelStore> rows_;
  std::unique_ptr<proofs::Signer> signer_;
  std::unique_ptr<proofs::ProofService> service_;
};

}  // namespace
}  // namespace mlup::bench

int main(int argc, char** argv) {
  mlup::bench::Options options;
  CLI::App app("proof_scale: audit bundles from a large invented log");
  app.add_option("--dir", options.folder, "Empty folder to work in")->required();
  app.add_option("--events", options.events, "Events");
  app.add_option("--streams", options.streams, "Streams; a quarter of them are children");
  app.add_option("--children", options.children, "Bundles to make");
  app.add_option("--append", options.append, "Events of one append");
  app.add_option("--seed", options.seed, "Seed of the invented log");
  CLI11_PARSE(app, argc, argv);
  std::cout << mlup::bench::Scale(options).Run().dump() << std::endl;
  return 0;
}
