#include "eventstore/log/rocks_start_up.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/check.h"
#include "eventstore/base/status.h"
#include "eventstore/journal/reader.h"
#include "eventstore/log/rocks_probe.h"
#include "eventstore/log/rocks_repair.h"

namespace mlup::log {
namespace {

// Bytes of a frame of a journal that is written from the store.
constexpr std::size_t kFrameBytes = 256 << 10;

// What was found on the disk.
struct Findings {
  Evidence evidence;
  journal::Scan scan;
  // Up to here the journal was not read.
  journal::Place unread;
};

JournalView ViewOf(const journal::Scan& scan) {
  JournalView view;
  view.present = scan.present;
  view.id = scan.id;
  view.head = scan.head;
  view.cut_short = scan.cut_short;
  std::vector<std::string> words;
  for (const journal::Gap& gap : scan.gaps) {
    view.damaged_to = std::max(view.damaged_to, gap.last);
    absl::StrAppend(&view.damage, view.damage.empty() ? "" : "; ", "positions ", gap.first.value,
                    " to ", gap.last.value, " are damaged in ", gap.segment);
  }
  if (scan.flawed || scan.cut_short) {
    absl::StrAppend(&view.damage, view.damage.empty() ? "" : "; ",
                    scan.cut_short ? "its last segment is shortened or unreadable after position "
                                   : "a segment's header or end is damaged before position ",
                    scan.head.value);
  }
  return view;
}

// Whether the journal need only be read from the place on that the state names.
bool MayStartAt(const LogState& state, const RocksProbe& probe) {
  const journal::Place& place = state.verified;
  return state.suspect.empty() && !place.folder.empty() &&
         probe.view().condition == StoreView::Condition::kWhole &&
         probe.view().head >= place.head && probe.view().journal_id == state.journal_id &&
         probe.HashAt(place.head) == place.head_hash;
}

// Reads the journal, from a place on or all of it, and compares it with the store.
absl::Status ReadJournal(const LogPlaces& places, const RocksProbe& probe,
                         const journal::Place& place, Findings& findings) {
  Evidence& evidence = findings.evidence;
  const Position wanted = evidence.store.head;
  std::string hash = wanted == place.head ? place.head_hash : "";
  ASSIGN_OR_RETURN(findings.scan,
                   journal::ScanJournalFrom(
                       *places.files, places.journal, place,
                       [&](const journal::Frame& frame, const journal::Block& block) {
                         if (frame.first <= wanted && wanted <= frame.last()) {
                           hash = journal::HashOf(block.records[wanted.value - frame.first.value]);
                         }
                         return absl::OkStatus();
                       }));
  evidence.journal = ViewOf(findings.scan);
  const Position common = std::min(wanted, findings.scan.head);
  if (common.value > 0) {
    const std::string& in_journal = wanted > findings.scan.head ? findings.scan.head_hash : hash;
    evidence.same_history = in_journal.empty() || in_journal == probe.HashAt(common);
  }
  return absl::OkStatus();
}

absl::StatusOr<Findings> Look(const LogPlaces& places, const LogState& state,
                              RocksProbe::Depth depth) {
  Findings findings;
  ASSIGN_OR_RETURN(const std::unique_ptr<RocksProbe> probe,
                   RocksProbe::Open(*places.files, places.store, places.env, depth));
  Evidence& evidence = findings.evidence;
  evidence.store = probe->view();
  evidence.state_journal_id = state.journal_id;
  evidence.closed_head = state.head;
  // The mark counts only if it speaks of the events that are there.
  evidence.closed = state.closed && (state.head != evidence.store.head ||
                                     state.head_hash == evidence.store.head_hash);
  if (depth == RocksProbe::Depth::kQuick && MayStartAt(state, *probe)) {
    RETURN_IF_ERROR(ReadJournal(places, *probe, state.verified, findings));
    findings.unread = state.verified;
    // Anything strange is looked at whole.
    if (findings.scan.present && !findings.scan.Damaged() && evidence.same_history) return findings;
    evidence.same_history = true;
    findings.unread = {};
  }
  RETURN_IF_ERROR(ReadJournal(places, *probe, {}, findings));
  return findings;
}

std::string NewId(Random& random) {
  std::string id;
  while (id.size() < journal::kIdBytes) id.push_back(static_cast<char>(random.Next()));
  return id;
}

// A whole new set of segments from the store; counts once it is complete.
absl::StatusOr<std::unique_ptr<journal::Writer>> NewJournal(const LogPlaces& places,
                                                            const RocksStore& store,
                                                            const std::string& id) {
  ASSIGN_OR_RETURN(std::unique_ptr<journal::Writer> writer,
                   journal::Writer::Begin(*places.files, places.journal, id));
  RETURN_IF_ERROR(WriteJournal(store, {0}, kFrameBytes, *writer));
  RETURN_IF_ERROR(writer->Publish());
  return writer;
}

// Opens the store again, so that it knows its end.
absl::Status Reopen(const LogPlaces& places, OpenedLog& log) {
  log.store.reset();
  // RocksDB makes its folder too, but does not make that durable.
  RETURN_IF_ERROR(places.files->MakeFolder(places.store));
  RETURN_IF_ERROR(places.files->SyncFolder(FolderOf(places.store)));
  ASSIGN_OR_RETURN(log.store, RocksStore::Open(places.store, places.env, places.cache_bytes));
  return absl::OkStatus();
}

absl::Status Carry(const LogPlaces& places, Repair repair, const Findings& findings,
                   const std::string& id, OpenedLog& log) {
  Files& files = *places.files;
  if (repair == Repair::kFresh) {
    // The journal first: a store without one would look like damage.
    ASSIGN_OR_RETURN(log.journal, journal::Writer::Begin(files, places.journal, id));
    RETURN_IF_ERROR(log.journal->Publish());
  }
  if (repair == Repair::kRebuild) {
    RETURN_IF_ERROR(RebuildStore(files, places.store, places.journal, places.env));
  }
  RETURN_IF_ERROR(Reopen(places, log));
  if (repair == Repair::kReplay || repair == Repair::kRewriteJournal) {
    RETURN_IF_ERROR(ReplayJournal(files, places.journal, *log.store));
    RETURN_IF_ERROR(Reopen(places, log));
  }
  if (repair == Repair::kNewJournal || repair == Repair::kRewriteJournal) {
    ASSIGN_OR_RETURN(log.journal, NewJournal(places, *log.store, id));
  }
  if (log.journal == nullptr) {
    ASSIGN_OR_RETURN(log.journal, journal::Writer::Continue(files, findings.scan));
  }
  if (repair == Repair::kBackfill) {
    // In one frame: a start that finds only a part of it could not tell it from a loss.
    RETURN_IF_ERROR(
        WriteJournal(*log.store, findings.scan.head, journal::kBlockBytesMax / 2, *log.journal));
  }
  return absl::OkStatus();
}

std::string IdOf(const Evidence& evidence, Random& random) {
  for (const std::string& id :
       {evidence.journal.id, evidence.store.journal_id, evidence.state_journal_id}) {
    if (id.size() == journal::kIdBytes) return id;
  }
  return NewId(random);
}

// Finds out what is there, repairs it, and opens both copies.
absl::Status Settle(const LogPlaces& places, Random& random,
                    std::optional<Position> accept_loss_after, const LogState& state,
                    OpenedLog& log) {
  ASSIGN_OR_RETURN(Findings findings, Look(places, state,
                                           state.suspect.empty() ? RocksProbe::Depth::kQuick
                                                                 : RocksProbe::Depth::kWhole));
  Evidence& evidence = findings.evidence;
  evidence.accepts = accept_loss_after.has_value();
  evidence.accepted = accept_loss_after.value_or(Position{0});
  ASSIGN_OR_RETURN(Verdict verdict, Judge(evidence));
  RETURN_IF_ERROR(Carry(places, verdict.repair, findings, IdOf(evidence, random), log));
  RETURN_IF_ERROR(log.store->SetJournal(log.journal->id()));
  if (verdict.repair == Repair::kNone || verdict.repair == Repair::kReplay) {
    log.verified = findings.scan.last;
    log.unread = findings.unread;
  }
  // From here on the log is not closed, and what was suspected is verified or replaced.
  RETURN_IF_ERROR(WriteLogState(*places.files, StatePath(places),
                                {.journal_id = log.journal->id(), .verified = log.verified}));
  log.verdict = std::move(verdict);
  return absl::OkStatus();
}

}  // namespace

std::string StatePath(const LogPlaces& places) { return places.store + ".state"; }

absl::StatusOr<OpenedLog> OpenLog(const LogPlaces& places, Random& random,
                                  std::optional<Position> accept_loss_after) {
  Files& files = *places.files;
  OpenedLog log;
  RETURN_IF_ERROR(files.MakeFolder(FolderOf(places.store)));
  RETURN_IF_ERROR(files.MakeFolder(places.journal));
  RETURN_IF_ERROR(files.SyncFolder(FolderOf(places.journal)));
  ASSIGN_OR_RETURN(log.store_lock, files.Lock(places.store + ".lock"));
  ASSIGN_OR_RETURN(log.journal_lock, files.Lock(places.journal + "/LOCK"));
  RETURN_IF_ERROR(FinishSwitch(files, places.store));
  ASSIGN_OR_RETURN(LogState state, ReadLogState(files, StatePath(places)));
  absl::Status settled = Settle(places, random, accept_loss_after, state, log);
  if (absl::IsDataLoss(settled) && state.suspect.empty()) {
    // RocksDB met damage where a start does not look by itself, when it was opened or in what it
    // did behind that: now it looks at everything.
    state.suspect = std::string(settled.message());
    log.store.reset();
    log.journal.reset();
    settled = Settle(places, random, accept_loss_after, state, log);
  }
  RETURN_IF_ERROR(settled);
  return log;
}

absl::StatusOr<Examination> ExamineLog(const LogPlaces& places) {
  Files& files = *places.files;
  std::unique_ptr<FileLock> store_lock;
  std::unique_ptr<FileLock> journal_lock;
  ASSIGN_OR_RETURN(const bool has_folder, files.Exists(FolderOf(places.store)));
  if (has_folder) {
    ASSIGN_OR_RETURN(store_lock, files.Lock(places.store + ".lock"));
  }
  ASSIGN_OR_RETURN(const bool has_journal, files.Exists(places.journal));
  if (has_journal) {
    ASSIGN_OR_RETURN(journal_lock, files.Lock(places.journal + "/LOCK"));
  }
  ASSIGN_OR_RETURN(LogState state, ReadLogState(files, StatePath(places)));
  ASSIGN_OR_RETURN(Findings findings, Look(places, state, RocksProbe::Depth::kWhole));
  absl::StatusOr<Verdict> verdict = Judge(findings.evidence);
  return Examination{std::move(findings.evidence), std::move(state), std::move(verdict)};
}

}  // namespace mlup::log
