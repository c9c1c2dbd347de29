#include "services/proofs/history_check.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "eventstore/base/check.h"
#include "services/proofs/note_lines.h"

namespace mlup::proofs {
namespace {

// ", witnessed 2021-02-17T21:00:00+07:00" where a witness says so.
std::string WhenWords(const std::string& note) {
  absl::Time newest = absl::InfinitePast();
  for (const std::string& line : SignatureLines(note)) newest = std::max(newest, CosignedAt(line));
  if (newest == absl::InfinitePast()) return "";
  return absl::StrCat(", witnessed ",
                      absl::FormatTime(absl::RFC3339_sec, newest, absl::UTCTimeZone()));
}

std::string Vouched(const Checkpoints::Kept& note) {
  return absl::StrCat(note.path, " vouches for ", note.note.checkpoint.size, " events",
                      WhenWords(note.note.note));
}

// `advice` tells what to do about missing events.
absl::Status CheckSize(Position head, const Checkpoints::Kept& note, std::string_view advice) {
  const std::uint64_t size = note.note.checkpoint.size;
  if (size <= head.value) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "LOG_ROLLED_BACK",
               absl::StrCat("the log has ", head.value, " events, but ", Vouched(note),
                            ": the last ", size - head.value,
                            " are missing. Put back the newest copy of the log and its journal. ",
                            ToAbsl(advice)));
}

absl::Status CheckRoot(const projections::ProofIndex& index, const Checkpoints::Kept& note) {
  const proof::Checkpoint& seen = note.note.checkpoint;
  CHECK(seen.size <= index.size());
  ASSIGN_OR_RETURN(const proof::Hash root, index.Root(seen.size));
  if (root == seen.root) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "LOG_FORKED",
               absl::StrCat("the first ", seen.size, " of the log's ", index.size(),
                            " events are not those that were signed: ", Vouched(note),
                            ". The log was altered, or is another one. Put back the right log, and "
                            "keep this one to find out what was changed"));
}

}  // namespace

absl::StatusOr<std::vector<Checkpoints::Kept>> ReadWitnesses(
    Files& files, const Signer& signer, const std::vector<std::string>& folders) {
  std::vector<Checkpoints::Kept> witnesses;
  for (const std::string& folder : folders) {
    if (!files.List(folder).ok()) {
      return Error(absl::StatusCode::kFailedPrecondition, "WITNESS_MISSING",
                   absl::StrCat("the witness's folder ", folder,
                                " is not there: mount it, or leave --witness out"));
    }
    const std::string path = folder + "/checkpoint";
    const absl::StatusOr<std::string> text = files.ReadAll(path);
    if (absl::IsNotFound(text.status())) continue;
    RETURN_IF_ERROR(text.status());
    const absl::StatusOr<SignedNote> note = OpenNote(signer, *text);
    if (!note.ok()) {
      return Error(absl::StatusCode::kFailedPrecondition, ErrorReason(note.status()),
                   absl::StrCat(path, ": ", note.status().message()));
    }
    witnesses.push_back({path, *note});
  }
  return witnesses;
}

std::uint64_t HistoryCheck::Largest(const Checkpoints& notes) const {
  const std::vector<Checkpoints::Kept> kept = notes.kept();
  std::uint64_t largest = 0;
  for (const auto* const some : {&kept, &witnesses_}) {
    for (const Checkpoints::Kept& note : *some) {
      largest = std::max(largest, note.note.checkpoint.size);
    }
  }
  return largest;
}

template <typename Check>
absl::Status HistoryCheck::ForEach(Checkpoints& notes, Check check) const {
  for (const Checkpoints::Kept& note : witnesses_) RETURN_IF_ERROR(check(note, true));
  for (const Checkpoints::Kept& note : notes.kept()) {
    absl::Status fits = check(note, false);
    if (fits.ok()) continue;
    const bool accepted =
        accept_loss_after_ && note.note.checkpoint.size > accept_loss_after_->value;
    if (!accepted || !absl::IsFailedPrecondition(fits)) return fits;
    RETURN_IF_ERROR(notes.SetAside(note, accept_loss_after_->value));
  }
  return absl::OkStatus();
}

absl::Status HistoryCheck::CheckSizes(Position head, Checkpoints& notes) const {
  const std::string advice =
      absl::StrCat("Only where they are lost for good: --accept-loss-after=", head.value);
  return ForEach(notes, [&](const Checkpoints::Kept& note, bool of_witness) {
    return CheckSize(head, note,
                     of_witness ? "Events that a witness saw are not given up by an option: where "
                                  "they are lost for good, leave --witness out and tell whoever "
                                  "relies on it"
                                : advice);
  });
}

absl::Status HistoryCheck::CheckRoots(const projections::ProofIndex& index,
                                      Checkpoints& notes) const {
  return ForEach(notes,
                 [&](const Checkpoints::Kept& note, bool) { return CheckRoot(index, note); });
}

}  // namespace mlup::proofs
