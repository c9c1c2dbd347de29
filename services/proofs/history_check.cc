#include "services/proofs/history_check.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

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

// Whether the log begins with what the note vouches for; `advice` tells what to do about missing
// events.
absl::Status CheckBeginning(const projections::ProofIndex& index, const Checkpoints::Kept& note,
                            std::string_view advice) {
  const proof::Checkpoint& seen = note.note.checkpoint;
  const std::string vouched =
      absl::StrCat(note.path, " vouches for ", seen.size, " events", WhenWords(note.note.note));
  if (seen.size > index.size()) {
    return Error(absl::StatusCode::kFailedPrecondition, "LOG_ROLLED_BACK",
                 absl::StrCat("the log has ", index.size(), " events, but ", vouched, ": the last ",
                              seen.size - index.size(),
                              " are missing. Put back the newest copy of the log and its journal. ",
                              ToAbsl(advice)));
  }
  ASSIGN_OR_RETURN(const proof::Hash root, index.Root(seen.size));
  if (root == seen.root) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "LOG_FORKED",
               absl::StrCat("the first ", seen.size, " of the log's ", index.size(),
                            " events are not those that were signed: ", vouched,
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

absl::Status CheckHistory(projections::ProofIndex& index, Checkpoints& notes,
                          const std::vector<Checkpoints::Kept>& witnesses,
                          std::optional<Position> accept_loss_after) {
  const std::vector<Checkpoints::Kept> kept = notes.kept();
  std::uint64_t largest = 0;
  for (const auto* const some : {&kept, &witnesses}) {
    for (const Checkpoints::Kept& note : *some) {
      largest = std::max(largest, note.note.checkpoint.size);
    }
  }
  RETURN_IF_ERROR(index.CatchUp({largest}));
  for (const Checkpoints::Kept& note : witnesses) {
    RETURN_IF_ERROR(CheckBeginning(
        index, note,
        "Events that a witness saw are not given up by an option: where they are lost for good, "
        "leave --witness out and tell whoever relies on it"));
  }
  const std::string advice =
      absl::StrCat("Only where they are lost for good: --accept-loss-after=", index.size());
  for (const Checkpoints::Kept& note : kept) {
    absl::Status fits = CheckBeginning(index, note, advice);
    const bool accepted = accept_loss_after && note.note.checkpoint.size > accept_loss_after->value;
    if (fits.ok()) continue;
    if (!accepted || !absl::IsFailedPrecondition(fits)) return fits;
    RETURN_IF_ERROR(notes.SetAside(note, accept_loss_after->value));
  }
  return absl::OkStatus();
}

}  // namespace mlup::proofs
