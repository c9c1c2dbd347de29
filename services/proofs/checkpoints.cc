#include "services/proofs/checkpoints.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "eventstore/base/limits.h"
#include "services/proofs/note_lines.h"

namespace mlup::proofs {
namespace {

absl::Status Precondition(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kFailedPrecondition, reason, message);
}

absl::Status InFile(const std::string& path, const absl::Status& status) {
  return Error(status.code(), ErrorReason(status),
               absl::StrCat(path, ": ", status.message(),
                            "; if the file is damaged, move it away and verify the log"));
}

}  // namespace

absl::StatusOr<SignedNote> OpenNote(const Signer& signer, std::string_view note) {
  if (note.size() > kNoteBytesMax) {
    return Error(absl::StatusCode::kInvalidArgument, "CHECKPOINT_MALFORMED",
                 absl::StrCat("a note has at most ", kNoteBytesMax, " bytes"));
  }
  ASSIGN_OR_RETURN(const proof::OpenedCheckpoint opened,
                   proof::OpenCheckpoint(note, signer.keys()));
  const proof::Checkpoint& checkpoint = opened.checkpoint;
  if (checkpoint.origin != signer.origin()) {
    return Precondition("ORIGIN_WRONG", absl::StrCat("the note is of ", checkpoint.origin,
                                                     ", this log is ", signer.origin()));
  }
  if (TextOf(note) != checkpoint.ToText() + "\n") {
    return Error(absl::StatusCode::kInvalidArgument, "CHECKPOINT_MALFORMED",
                 "the note says more than origin, size and root");
  }
  if (opened.signatures.empty()) {
    return Precondition("LOG_KEY_UNKNOWN", "no key of this log signed the note");
  }
  const bool present =
      std::any_of(opened.signatures.begin(), opened.signatures.end(),
                  [&](const auto& signature) { return signature.key.Id() == signer.key().Id(); });
  return SignedNote{checkpoint, std::string(note), present};
}

bool IsCosignatureName(std::string_view name) {
  return name.size() == 20 &&
         std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool IsSetAside(std::string_view name) {
  const std::size_t dot = name.find('.');
  return dot != std::string_view::npos && IsCosignatureName(name.substr(0, dot));
}

std::string Checkpoints::CheckpointPath() const { return folder_ + "/checkpoint"; }

std::string Checkpoints::CosignedPath(std::uint64_t size) const {
  // Twenty digits, so that the order of names is that of sizes.
  return absl::StrFormat("%s/cosignatures/%020d", folder_, size);
}

absl::StatusOr<SignedNote> Checkpoints::Read(const std::string& path) const {
  ASSIGN_OR_RETURN(const std::string text, files_->ReadAll(path));
  absl::StatusOr<SignedNote> note = OpenNote(*signer_, text);
  if (!note.ok()) return InFile(path, note.status());
  return note;
}

absl::StatusOr<Checkpoints> Checkpoints::Open(Files& files, std::string folder,
                                              const Signer& signer) {
  Checkpoints notes(files, std::move(folder), signer);
  RETURN_IF_ERROR(files.MakeFolder(notes.folder_ + "/cosignatures"));
  ASSIGN_OR_RETURN(const bool has_last, files.Exists(notes.CheckpointPath()));
  if (has_last) {
    ASSIGN_OR_RETURN(notes.last_, notes.Read(notes.CheckpointPath()));
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> names,
                   files.List(notes.folder_ + "/cosignatures"));
  for (const std::string& name : names) {
    if (!IsCosignatureName(name)) continue;
    absl::StatusOr<SignedNote> note =
        notes.Read(absl::StrCat(notes.folder_, "/cosignatures/", name));
    if (!note.ok()) continue;
    const std::uint64_t size = note->checkpoint.size;
    notes.cosigned_.insert_or_assign(size, *std::move(note));
  }
  return notes;
}

std::vector<Checkpoints::Kept> Checkpoints::kept() const {
  std::vector<Kept> kept;
  if (last_) kept.push_back({CheckpointPath(), *last_});
  for (const auto& [size, note] : cosigned_) kept.push_back({CosignedPath(size), note});
  return kept;
}

absl::Status Checkpoints::SetAside(const Kept& kept, std::uint64_t after) {
  RETURN_IF_ERROR(files_->Rename(kept.path, absl::StrCat(kept.path, ".before-loss-", after)));
  RETURN_IF_ERROR(files_->SyncFolder(FolderOf(kept.path)));
  if (kept.path == CheckpointPath()) {
    last_.reset();
  } else {
    cosigned_.erase(kept.note.checkpoint.size);
  }
  return absl::OkStatus();
}

absl::StatusOr<SignedNote> Checkpoints::Sign(const projections::ProofIndex& index) {
  ASSIGN_OR_RETURN(const proof::Hash present, index.Root(index.size()));
  const proof::Checkpoint next{signer_->origin(), index.size(), present};
  if (last_) {
    const proof::Checkpoint& before = last_->checkpoint;
    ASSIGN_OR_RETURN(const proof::Hash root, index.Root(std::min(before.size, next.size)));
    if (before.size > next.size || root != before.root) {
      return Precondition(
          "CHECKPOINT_CONFLICT",
          absl::StrCat("the log of ", next.size, " events does not continue what was signed at ",
                       before.size, " events: nothing is signed; stop and verify the log"));
    }
    if (before.size == next.size && last_->by_present_key) return *last_;
  }
  SignedNote note{next, signer_->Sign(next.ToText() + "\n"), true};
  RETURN_IF_ERROR(files_->Replace(CheckpointPath(), note.note));
  last_ = std::move(note);
  return *last_;
}

absl::Status Checkpoints::AddCosignature(const projections::ProofIndex& index,
                                         std::string_view note) {
  ASSIGN_OR_RETURN(SignedNote opened, OpenNote(*signer_, note));
  const std::vector<std::string> lines = SignatureLines(note);
  if (std::none_of(lines.begin(), lines.end(), [](const std::string& line) {
        return CosignedAt(line) != absl::InfinitePast();
      })) {
    return FieldError(absl::StatusCode::kInvalidArgument, "COSIGNATURE_MISSING", "note",
                      "needs a cosignature/v1 line of a witness");
  }
  const std::uint64_t size = opened.checkpoint.size;
  if (!last_ || size > last_->checkpoint.size) {
    return Precondition("CHECKPOINT_UNKNOWN", absl::StrCat("this log never signed ", size));
  }
  ASSIGN_OR_RETURN(const proof::Hash root, index.Root(size));
  if (root != opened.checkpoint.root) {
    return Precondition("CHECKPOINT_UNKNOWN",
                        absl::StrCat("this log never had that root at ", size, " events"));
  }
  const auto before = cosigned_.find(size);
  if (before != cosigned_.end()) opened.note = MergeNotes(before->second.note, note);
  if (opened.note.size() > kNoteBytesMax) {
    return Error(absl::StatusCode::kResourceExhausted, "COSIGNATURES_FULL",
                 absl::StrCat("too many witnesses cosigned ", size));
  }
  RETURN_IF_ERROR(files_->Replace(CosignedPath(size), opened.note));
  cosigned_.insert_or_assign(size, std::move(opened));
  while (cosigned_.size() > kCosignaturesMax) {
    RETURN_IF_ERROR(files_->Remove(CosignedPath(cosigned_.begin()->first)));
    cosigned_.erase(cosigned_.begin());
  }
  return absl::OkStatus();
}

std::string Checkpoints::WithCosignatures(const SignedNote& note) const {
  const auto cosigned = cosigned_.find(note.checkpoint.size);
  return cosigned == cosigned_.end() ? note.note : MergeNotes(note.note, cosigned->second.note);
}

std::optional<std::string> Checkpoints::Witnessed(std::uint64_t size) const {
  const auto after = cosigned_.upper_bound(size);
  if (after == cosigned_.begin()) return std::nullopt;
  return std::prev(after)->second.note;
}

}  // namespace mlup::proofs
