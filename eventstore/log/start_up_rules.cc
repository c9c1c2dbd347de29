#include "eventstore/log/start_up_rules.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "eventstore/base/status.h"

namespace mlup::log {
namespace {

using Found = StoreView::Condition;

absl::Status Refuse(absl::StatusCode code, std::string_view reason, const std::string& words) {
  return Error(code, reason, words);
}

// The end of the log cannot be proved; the keeper may accept that.
absl::Status Uncertain(std::string_view reason, const std::string& found, Position certain) {
  return Refuse(absl::StatusCode::kFailedPrecondition, reason,
                absl::StrCat(found,
                             " and the log was not closed cleanly, so events acknowledged last may "
                             "be missing. Certain are positions 1 to ",
                             certain.value,
                             ". Bring the right journal back, or start with "
                             "--accept-loss-after ",
                             certain.value, " to go on without what may have followed"));
}

// Whether nothing can have been acknowledged after `head`.
bool IsFinal(const Evidence& evidence, Position head) {
  return (evidence.closed && evidence.closed_head == head) ||
         (evidence.accepts && evidence.accepted == head);
}

absl::Status BothDamaged(const Evidence& evidence, const std::string& more) {
  return Refuse(absl::StatusCode::kDataLoss, "BOTH_DAMAGED",
                absl::StrCat("both copies of the log are damaged. RocksDB: ",
                             evidence.store.condition == Found::kAbsent ? "gone"
                             : evidence.store.condition == Found::kDamaged
                                 ? evidence.store.why
                                 : absl::StrCat("ends at position ", evidence.store.head.value),
                             ". Journal: ", more, ". Restore one of them from a backup"));
}

absl::StatusOr<Verdict> WithoutJournal(const Evidence& evidence) {
  const StoreView& store = evidence.store;
  const bool had_journal = !store.journal_id.empty() || !evidence.state_journal_id.empty();
  switch (store.condition) {
    case Found::kAbsent:
      if (had_journal) return BothDamaged(evidence, "not found");
      return Verdict{Repair::kFresh, "there is no log yet"};
    case Found::kDamaged:
      return BothDamaged(evidence, "not found");
    case Found::kWhole:
      break;
  }
  if (!had_journal) {
    return Verdict{Repair::kNewJournal, "the log has no journal yet: it is written from RocksDB"};
  }
  if (!IsFinal(evidence, store.head)) {
    return Uncertain("JOURNAL_MISSING", "the journal is missing", store.head);
  }
  return Verdict{
      Repair::kNewJournal,
      absl::StrCat("the journal is missing; RocksDB is whole up to position ", store.head.value,
                   ", where the log ended: a new journal is written from it")};
}

absl::StatusOr<Verdict> WithDamagedJournal(const Evidence& evidence) {
  const Position end = std::max(evidence.store.head, evidence.journal.head);
  if (evidence.store.condition != Found::kWhole ||
      evidence.store.head < evidence.journal.damaged_to || !evidence.same_history) {
    return BothDamaged(evidence, evidence.journal.damage);
  }
  if (evidence.journal.cut_short && !IsFinal(evidence, end)) {
    return Uncertain("JOURNAL_STALE", "the end of the journal is damaged", end);
  }
  return Verdict{Repair::kRewriteJournal,
                 absl::StrCat("the journal is damaged (", evidence.journal.damage,
                              "); RocksDB has these events: a new journal is written from it")};
}

// RocksDB has events that the journal lacks.
absl::StatusOr<Verdict> WithShortJournal(const Evidence& evidence) {
  const StoreView& store = evidence.store;
  const Position end = evidence.journal.head;
  if (!evidence.same_history) {
    return Refuse(absl::StatusCode::kDataLoss, "HISTORIES_DIFFER",
                  absl::StrCat("RocksDB and the journal hold different events at position ",
                               end.value, ", and RocksDB goes on to ", store.head.value,
                               ": one of them is not of this log"));
  }
  // One group may be in RocksDB before its frame is on the disk.
  if (store.group_first == Next(end) || IsFinal(evidence, store.head)) {
    return Verdict{Repair::kBackfill,
                   absl::StrCat("the journal ends at position ", end.value, ", RocksDB at ",
                                store.head.value, ": the journal is completed from RocksDB")};
  }
  return Uncertain("JOURNAL_STALE",
                   absl::StrCat("the journal ends at position ", end.value,
                                ", more than one commit before RocksDB (of a log that runs, the "
                                "folder log is copied first and the journal last),"),
                   store.head);
}

absl::StatusOr<Verdict> WithWholeJournal(const Evidence& evidence) {
  const StoreView& store = evidence.store;
  const Position end = evidence.journal.head;
  if (store.head > end && store.condition == Found::kWhole) return WithShortJournal(evidence);
  if ((evidence.closed && evidence.closed_head > end) ||
      (store.head > end && store.group_first != Next(end))) {
    return BothDamaged(evidence,
                       absl::StrCat("ends at position ", end.value, " although the log went on to ",
                                    std::max(store.head, evidence.closed_head).value));
  }
  if (store.condition != Found::kWhole || !evidence.same_history) {
    const std::string found =
        store.condition == Found::kAbsent ? "is not there"
        : store.condition == Found::kDamaged
            ? absl::StrCat("is damaged (", store.why, ")")
            : absl::StrCat("holds another event at position ", store.head.value);
    return Verdict{
        Repair::kRebuild,
        absl::StrCat("RocksDB ", found,
                     "; the journal is whole: RocksDB is rebuilt from it, positions 1 to ",
                     end.value)};
  }
  if (store.head == end) {
    return Verdict{Repair::kNone,
                   absl::StrCat("both copies are whole and equal, positions 1 to ", end.value)};
  }
  return Verdict{Repair::kReplay,
                 absl::StrCat("RocksDB ends at position ", store.head.value, ", the journal at ",
                              end.value, ": RocksDB is completed from the journal")};
}

}  // namespace

absl::StatusOr<Verdict> Judge(const Evidence& evidence) {
  if (!evidence.journal.present) return WithoutJournal(evidence);
  const std::string& id =
      evidence.store.journal_id.empty() ? evidence.state_journal_id : evidence.store.journal_id;
  if (!id.empty() && !evidence.journal.id.empty() && id != evidence.journal.id) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "JOURNAL_FOREIGN",
                  "the journal belongs to another log; name the right folder with --journal");
  }
  if (!evidence.journal.damage.empty()) return WithDamagedJournal(evidence);
  return WithWholeJournal(evidence);
}

}  // namespace mlup::log
