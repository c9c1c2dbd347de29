// What was signed of the log, and by whom it was seen.
#include "eventstore/proof/note.h"
#include "services/installation/inspector.h"
#include "services/proofs/checkpoints.h"

namespace mlup::installation {

void Inspector::LookAtSigningKey() {
  const std::string& path = places_.signing_key;
  const std::string what = "Signing  " + path;
  absl::StatusOr<proofs::Signer> signer = proofs::Signer::Load(files_, path);
  const std::string was = Was("signing-key");
  if (absl::IsNotFound(signer.status())) {
    const absl::StatusOr<bool> has_signed = files_.Exists(places_.data + "/checkpoint");
    if (was.empty() && has_signed.ok() && !*has_signed) return;
    return Refuse(what, Refusal("SIGNING_KEY_MISSING",
                                absl::StrCat("the signing key ", path,
                                             " is gone, which signed for this log: put it back, "
                                             "or name its place with --signing-key",
                                             OrForget("signing-key"),
                                             ", and move DATA/checkpoint away: a new key is a "
                                             "new log to whoever trusted the old one")));
  }
  if (!signer.ok()) return Refuse(what, signer.status());
  const std::size_t keys = signer->keys().size();
  if (!was.empty() && FirstWord(was) != signer->origin()) {
    return Refuse(what, Refusal("SIGNING_KEY_OTHER",
                                absl::StrCat(path, " signs for ", signer->origin(),
                                             ", this log is ", FirstWord(was),
                                             ": put the right key back", OrForget("signing-key"))));
  }
  if (keys < NumberIn(was)) {
    return Refuse(what, Refusal("SIGNING_KEY_OLDER",
                                absl::StrCat(path, " knows ", keys, " keys of the log, it had ",
                                             NumberIn(was), ": put its newest copy back",
                                             OrForget("signing-key"))));
  }
  Remember("signing-key", absl::StrCat(signer->origin(), " ", keys));
  Sound(what, absl::StrCat("of ", signer->origin()));
  signer_.emplace(*std::move(signer));
}

absl::StatusOr<std::optional<std::uint64_t>> Inspector::SizeOfNote(const std::string& path) {
  const absl::StatusOr<std::string> text = files_.ReadAll(path);
  if (absl::IsNotFound(text.status())) return std::optional<std::uint64_t>();
  RETURN_IF_ERROR(text.status());
  const absl::StatusOr<proofs::SignedNote> note = proofs::OpenNote(*signer_, *text);
  if (note.ok()) return std::optional<std::uint64_t>(note->checkpoint.size);
  return Error(absl::StatusCode::kFailedPrecondition, ErrorReason(note.status()),
               absl::StrCat(path, ": ", note.status().message(),
                            ". Put its newest copy back; where there is none, move it away and "
                            "verify the log against a witness"));
}

void Inspector::LookAtCheckpoint() {
  const std::string path = places_.data + "/checkpoint";
  const std::string what = "Signed   " + path;
  const auto size = SizeOfNote(path);
  if (!size.ok()) return Refuse(what, size.status());
  const std::uint64_t was = places_.accepts_loss ? 0 : NumberIn(Was("checkpoint"));
  if (!size->has_value()) {
    if (places_.accepts_loss) result_.next.entries.erase("checkpoint");
    if (places_.accepts_loss || !Had("checkpoint")) return;
    return Refuse(what, Refusal("CHECKPOINT_MISSING",
                                absl::StrCat(path, " is gone, by which ", was,
                                             " events were signed: put it back, or nobody can "
                                             "tell whether the log is the one that was signed",
                                             OrForget("checkpoint"))));
  }
  if (**size < was) {
    return Refuse(what,
                  Refusal("CHECKPOINT_OLDER",
                          absl::StrCat(path, " is of ", **size, " events, and was of ", was,
                                       ": put its newest copy back", OrForget("checkpoint"))));
  }
  Remember("checkpoint", absl::StrCat(**size));
  result_.vouched.push_back({path, **size, false});
  Sound(what, absl::StrCat("signed ", **size, " events"));
}

void Inspector::LookAtCosignatures() {
  const std::string folder = places_.data + "/cosignatures";
  const absl::StatusOr<std::vector<std::string>> names = files_.List(folder);
  if (!names.ok() && !absl::IsNotFound(names.status())) {
    return Refuse("Witness  " + folder, names.status());
  }
  std::uint64_t newest = 0;
  for (const std::string& name : names.ok() ? *names : std::vector<std::string>()) {
    const std::string path = absl::StrCat(folder, "/", name);
    if (!proofs::IsCosignatureName(name)) {
      if (proofs::IsSetAside(name)) continue;
      Told("Witness  " + path,
           Refusal("COSIGNATURE_STRAY",
                   absl::StrCat(path, " is no cosigned note: move it away; it is not used")));
      continue;
    }
    const auto size = SizeOfNote(path);
    if (size.ok() && size->has_value()) {
      newest = std::max(newest, **size);
      result_.vouched.push_back({path, **size, false});
    }
    if (!size.ok()) Told("Witness  " + path, size.status());
  }
  const std::uint64_t was = NumberIn(Was("cosignature"));
  if (newest < was) {
    Told("Witness  " + folder,
         Refusal("COSIGNATURE_MISSING", absl::StrCat("the note of ", was,
                                                     " events, which a witness cosigned, is gone: "
                                                     "put it back, or start with --witness so "
                                                     "that the log is held against the witness")));
  }
  if (newest > 0) Remember("cosignature", absl::StrCat(newest));
  if (newest == 0) result_.next.entries.erase("cosignature");
}

absl::Status Inspector::CheckCosigned(const std::string& folder) {
  const absl::StatusOr<std::string> text = files_.ReadAll(folder + "/witness.pub");
  const absl::StatusOr<std::string> note = files_.ReadAll(folder + "/checkpoint");
  if (absl::IsNotFound(text.status()) || absl::IsNotFound(note.status())) return absl::OkStatus();
  RETURN_IF_ERROR(text.status());
  RETURN_IF_ERROR(note.status());
  const auto key = proof::VerifierKey::Parse(text->substr(0, text->find('\n')));
  const auto opened = key.ok() ? proof::OpenCheckpoint(*note, {*key}) : key.status();
  if (opened.ok() && !opened->signatures.empty()) return absl::OkStatus();
  return Refusal("WITNESS_DAMAGED",
                 absl::StrCat("the witness in ", folder,
                              " did not sign the note there, or its witness.pub is damaged: put "
                              "its newest copy back"));
}

void Inspector::LookAtWitness(const std::string& folder) {
  const std::string what = "Witness  " + folder;
  const std::string name = absl::StrCat("witness ", Escaped(folder));
  if (const absl::Status listed = files_.List(folder).status(); !listed.ok()) {
    return Refuse(what, Refusal("WITNESS_MISSING",
                                absl::StrCat("the witness's folder ", folder,
                                             " is not there: mount it, or leave --witness out (",
                                             listed.message(), ")")));
  }
  const auto size = SizeOfNote(folder + "/checkpoint");
  if (!size.ok()) return Refuse(what, size.status());
  if (const absl::Status own = CheckCosigned(folder); !own.ok()) return Refuse(what, own);
  const std::uint64_t was = NumberIn(Was(name));
  if (!size->has_value() && Had(name)) {
    return Refuse(what,
                  Refusal("WITNESS_EMPTY",
                          absl::StrCat(folder,
                                       " holds no note of a witness, and held one "
                                       "of ",
                                       was, " events: mount it, or put it back", OrForget(name))));
  }
  if (!size->has_value()) {
    return Told(what,
                Refusal("WITNESS_EMPTY", absl::StrCat(folder,
                                                      " holds no note of a witness yet: nothing is "
                                                      "held against it. Is it mounted? Else run "
                                                      "mlup witness cosign")));
  }
  if (**size < was) {
    return Refuse(
        what, Refusal("WITNESS_OLDER", absl::StrCat("the note in ", folder, " is of ", **size,
                                                    " events, and was of ", was,
                                                    ": put its newest copy back", OrForget(name))));
  }
  Remember(name, absl::StrCat(**size));
  result_.vouched.push_back({folder + "/checkpoint", **size, true});
  Sound(what, absl::StrCat("saw ", **size, " events"));
}

void Inspector::TellLeftOut() {
  constexpr std::string_view kKind = "witness ";
  for (const auto& [name, value] : was_.entries) {
    if (!name.starts_with(kKind)) continue;
    const std::string folder = Unescaped(std::string_view(name).substr(kKind.size()));
    const bool is_here = std::find(places_.witnesses.begin(), places_.witnesses.end(), folder) !=
                         places_.witnesses.end();
    if (is_here) continue;
    Told("Witness  " + folder,
         Refusal("WITNESS_LEFT_OUT",
                 absl::StrCat("the witness in ", folder, ", which saw ", NumberIn(value),
                              " events at an earlier start, is not asked: start with --witness ",
                              folder, OrForget(name))));
  }
}

}  // namespace mlup::installation
