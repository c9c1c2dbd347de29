// How what a start would find and do is told to people.
#include <memory>
#include <string>
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

// Stores that were replaced, and are kept for those who want to look into them.
std::string KeptBeside(const LogPlaces& places) {
  const auto names = places.files->List(FolderOf(places.store));
  std::string kept;
  const std::string prefix = places.store.substr(FolderOf(places.store).size() + 1) + ".damaged-";
  for (const std::string& name : names.ok() ? *names : std::vector<std::string>()) {
    if (name.starts_with(prefix)) absl::StrAppend(&kept, kept.empty() ? "" : ", ", name);
  }
  return kept;
}

StoreReport Unknown(const absl::Status& status) {
  if (ErrorReason(status) == "FILE_LOCKED") {
    return {StoreReport::Health::kUnknown,
            "A process has the log open. Ask it with `mlup status`, or stop it and try again.\n"};
  }
  if (journal::IsOtherFormat(status)) {
    return {StoreReport::Health::kUnknown,
            absl::StrCat("This program is not made for this log: ", status.message(),
                         ". Nothing was changed.\n")};
  }
  return {StoreReport::Health::kUnknown,
          absl::StrCat("The log could not be looked at: ", status.message(), ".\n")};
}

}  // namespace

absl::Status ReadJournal(Files& files, const std::string& journal, const RecordVisitor& visit) {
  return journal::ScanJournal(
             files, journal,
             [&visit](const journal::Frame&, const journal::Block& block) -> absl::Status {
               for (const std::string_view record : block.records) RETURN_IF_ERROR(visit(record));
               return absl::OkStatus();
             })
      .status();
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
  const std::string kept = KeptBeside(places);
  if (!kept.empty()) {
    absl::StrAppend(&report.text, "Kept     ", kept,
                    ": replaced after damage; may be removed once the log is backed up\n");
  }
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
