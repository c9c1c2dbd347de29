// How what a start would find and do is told to people.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "eventstore/base/status.h"
#include "eventstore/journal/reader.h"
#include "eventstore/log/check_store.h"
#include "eventstore/log/rocks_probe.h"
#include "eventstore/log/rocks_start_up.h"

namespace mlup::log {
namespace {

std::string Extent(Position head) {
  return head.value == 0 ? "empty" : absl::StrCat("positions 1 to ", head.value);
}

std::string WordsFor(const StoreView& store) {
  switch (store.condition) {
    case StoreView::Condition::kAbsent:
      return "not there";
    case StoreView::Condition::kDamaged:
      return absl::StrCat("DAMAGED: ", store.why);
    case StoreView::Condition::kWhole:
      return absl::StrCat("whole, ", Extent(store.head));
  }
  return {};
}

std::string WordsFor(const JournalView& journal) {
  if (!journal.present) return "not there";
  if (!journal.damage.empty()) return absl::StrCat("DAMAGED: ", journal.damage);
  return absl::StrCat("whole, ", Extent(journal.head));
}

std::string WordsFor(const LogState& state) {
  if (!state.suspect.empty()) return absl::StrCat("stopped on damage: ", state.suspect);
  if (state.closed) return absl::StrCat("closed cleanly, ", Extent(state.head));
  return "not closed cleanly";
}

// Bytes of all files below a folder.
absl::StatusOr<std::uint64_t> BytesBelow(Files& files, const std::string& folder) {
  std::uint64_t bytes = 0;
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(folder));
  for (const std::string& name : names) {
    const std::string path = absl::StrCat(folder, "/", name);
    if (files.List(path).ok()) {
      ASSIGN_OR_RETURN(const std::uint64_t below, BytesBelow(files, path));
      bytes += below;
      continue;
    }
    ASSIGN_OR_RETURN(const auto file, files.Open(path, Files::Mode::kRead));
    ASSIGN_OR_RETURN(const std::uint64_t size, file->Size());
    bytes += size;
  }
  return bytes;
}

StoreReport Unknown(const absl::Status& status) {
  StoreReport report;
  report.in_use = ErrorReason(status) == "FILE_LOCKED";
  if (report.in_use) {
    report.text = "A process has the log open and verifies it. Ask it with `mlup status`.\n";
  } else if (journal::IsOtherFormat(status)) {
    report.text = absl::StrCat("This program is not made for this log: ", status.message(),
                               ". Nothing was changed.\n");
  } else {
    report.text = absl::StrCat("The log could not be looked at: ", status.message(), ".\n");
  }
  return report;
}

}  // namespace

absl::StatusOr<std::vector<Kept>> ListKept(Files& files, const std::string& store,
                                           const std::string& journal) {
  std::vector<std::string> paths;
  const std::string folder = FolderOf(store);
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(folder));
  const std::string prefix = store.substr(folder.size() + 1) + ".damaged-";
  for (const std::string& name : names) {
    if (name.starts_with(prefix)) paths.push_back(absl::StrCat(folder, "/", name));
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> sets, journal::ListSets(files, journal));
  for (std::size_t i = 0; i + 1 < sets.size(); ++i) {
    paths.push_back(absl::StrCat(journal, "/", sets[i]));
  }
  std::vector<Kept> kept;
  kept.reserve(paths.size());
  for (std::string& path : paths) {
    ASSIGN_OR_RETURN(const std::uint64_t bytes, BytesBelow(files, path));
    kept.push_back({std::move(path), bytes});
  }
  return kept;
}

absl::Status ReadJournal(Files& files, const std::string& journal, const RecordVisitor& visit) {
  return journal::ScanJournal(
             files, journal,
             [&visit](const journal::Frame&, const journal::Block& block) -> absl::Status {
               for (const std::string_view record : block.records) RETURN_IF_ERROR(visit(record));
               return absl::OkStatus();
             })
      .status();
}

absl::Status ReadStore(Files& files, const std::string& store, const RecordVisitor& visit) {
  ASSIGN_OR_RETURN(const std::unique_ptr<RocksProbe> probe,
                   RocksProbe::Open(files, store, LogPlaces().env, RocksProbe::Depth::kQuick));
  return probe->ReadRecords(visit);
}

absl::Status ReadBothCopies(Files& files, const std::string& store, const std::string& journal,
                            const RecordVisitor& visit) {
  ASSIGN_OR_RETURN(const std::unique_ptr<RocksProbe> probe,
                   RocksProbe::Open(files, store, LogPlaces().env, RocksProbe::Depth::kQuick));
  Position position;
  const auto differ = [&position] {
    return Error(absl::StatusCode::kDataLoss, "COPIES_DIFFER",
                 absl::StrCat("the two copies of the log differ at position ", position.value));
  };
  RETURN_IF_ERROR(ReadJournal(files, journal, [&](std::string_view record) -> absl::Status {
    position = Next(position);
    if (probe->HashAt(position) != journal::HashOf(record)) return differ();
    return visit(record);
  }));
  if (position == probe->view().head) return absl::OkStatus();
  position = Next(position);
  return differ();
}

StoreReport CheckStore(const std::string& store, const std::string& journal) {
  LogPlaces places;
  places.store = store;
  places.journal = journal;
  const absl::StatusOr<Examination> found = ExamineLog(places);
  if (!found.ok()) return Unknown(found.status());

  StoreReport report;
  report.text = absl::StrCat("RocksDB  ", store, ": ", WordsFor(found->evidence.store),
                             "\nJournal  ", journal, ": ", WordsFor(found->evidence.journal),
                             "\nLeft     ", WordsFor(found->state), "\n");
  report.head = std::max(found->evidence.store.head, found->evidence.journal.head);
  report.journal_is_short = found->evidence.journal.head < report.head;
  if (!found->verdict.ok()) {
    report.health = StoreReport::Health::kRefused;
    absl::StrAppend(&report.text, "Result   a start is REFUSED (",
                    ErrorReason(found->verdict.status()), "): ", found->verdict.status().message(),
                    ".\n");
    return report;
  }
  const Repair repair = found->verdict->repair;
  const bool is_sound = repair == Repair::kNone || repair == Repair::kFresh;
  report.health = is_sound ? StoreReport::Health::kSound : StoreReport::Health::kRepairable;
  absl::StrAppend(&report.text, "Result   ", found->verdict->words, ".\nTo do    ",
                  is_sound ? "nothing." : "start mlupd: it does this by itself, and loses nothing.",
                  "\n");
  return report;
}

}  // namespace mlup::log
