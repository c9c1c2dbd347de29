#include "services/installation/inspection.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "eventstore/base/status.h"
#include "eventstore/bus/group_file.h"
#include "eventstore/journal/reader.h"
#include "eventstore/log/log_state.h"
#include "eventstore/proof/note.h"
#include "services/privacy/keyring.h"
#include "services/proofs/checkpoints.h"
#include "services/relay/relay_state.h"

namespace mlup::installation {
namespace {

using Kind = Finding::Kind;

absl::Status Refusal(std::string_view reason, std::string_view words) {
  return Error(absl::StatusCode::kFailedPrecondition, reason, words);
}

std::string OrForget(std::string_view name) {
  return absl::StrCat(". Only where it is lost for good: mlup doctor --forget '", ToAbsl(name),
                      "'");
}

// The last word of a value, as a number.
std::uint64_t NumberIn(const std::string& value) {
  std::uint64_t number = 0;
  const std::size_t blank = value.rfind(' ');
  const bool is_number =
      absl::SimpleAtoi(value.substr(blank == std::string::npos ? 0 : blank + 1), &number);
  return is_number ? number : 0;
}

std::string FirstWord(const std::string& value) { return value.substr(0, value.find(' ')); }

class Inspector {
 public:
  Inspector(Files& files, const Places& places) : files_(files), places_(places) {}

  Inspection Run() {
    if (!ReadMemory()) return std::move(result_);
    if (places_.with_log) {
      LookAtLog();
      LookAtSigningKey();
      if (signer_.has_value()) {
        LookAtCheckpoint();
        LookAtCosignatures();
        for (const std::string& folder : places_.witnesses) LookAtWitness(folder);
      }
      LookAtGroups();
    }
    if (places_.with_keyring) LookAtKeyring();
    if (is_new_log_) RefuseNewLog();
    LookAtRelays();
    LookAtLedger();
    return std::move(result_);
  }

 private:
  void Add(Kind kind, std::string what, absl::Status status, std::string words = {}) {
    result_.findings.push_back({kind, std::move(what), std::move(status), std::move(words)});
  }
  void Sound(std::string what, std::string words) {
    Add(Kind::kSound, std::move(what), absl::OkStatus(), std::move(words));
  }
  // A refusal is also what keeps the memory as it was.
  void Refuse(std::string what, absl::Status status) {
    Add(Kind::kRefused, std::move(what), std::move(status));
  }
  void Told(std::string what, absl::Status status) {
    Add(Kind::kTold, std::move(what), std::move(status));
  }
  void Remember(const std::string& name, std::string value) {
    result_.next.entries[name] = std::move(value);
  }
  std::string Was(const std::string& name) const { return was_.Of(name); }
  bool Had(const std::string& name) const { return was_.entries.contains(name); }

  bool ReadMemory() {
    const std::string path = places_.remembered();
    absl::StatusOr<Remembered> read = ReadRemembered(files_, path);
    const std::string what = "Memory   " + path;
    if (read.ok()) {
      was_ = *std::move(read);
      result_.next = was_;
      return true;
    }
    if (absl::IsDataLoss(read.status())) {
      Told(what, Error(absl::StatusCode::kDataLoss, "INSTALLATION_DAMAGED",
                       absl::StrCat(read.status().message(),
                                    ": it is made anew from what is there; nobody can tell "
                                    "whether something was taken away since the last start")));
      return true;
    }
    is_memory_missing_ = absl::IsNotFound(read.status());
    if (is_memory_missing_) return true;
    Refuse(what, read.status());
    return false;
  }

  // The log's id, from the file beside it or from its journal; empty where there is none.
  absl::StatusOr<std::string> LogId() {
    ASSIGN_OR_RETURN(const log::LogState state,
                     log::ReadLogState(files_, places_.data + "/log.state"));
    if (!state.journal_id.empty()) return state.journal_id;
    return journal::FindJournalId(files_, places_.journal);
  }

  void LookAtLog() {
    const std::string what = absl::StrCat("Log      ", places_.data);
    const absl::StatusOr<std::string> id = LogId();
    const absl::StatusOr<bool> has_store = files_.Exists(places_.data + "/log");
    const absl::StatusOr<std::vector<std::string>> sets =
        journal::ListSets(files_, places_.journal);
    for (const absl::Status& status : {id.status(), has_store.status(), sets.status()}) {
      if (!status.ok() && !absl::IsNotFound(status)) return Refuse(what, status);
    }
    const std::string hex = id.ok() ? absl::BytesToHexString(*id) : "";
    is_new_log_ = hex.empty() && !*has_store && (!sets.ok() || sets->empty());
    if (is_new_log_ && Had("log")) {
      is_new_log_ = false;
      return Refuse(what,
                    Refusal("LOG_MISSING",
                            absl::StrCat("the log of this installation is not in ", places_.data,
                                         " and its journal not in ", places_.journal,
                                         ": mount or put back what holds them", OrForget("log"))));
    }
    if (!hex.empty() && Had("log") && Was("log") != hex) {
      return Refuse(
          what, Refusal("LOG_OTHER", absl::StrCat("the log in ", places_.data,
                                                  " is not the one of this installation: put the "
                                                  "right one back",
                                                  OrForget("log"))));
    }
    if (!hex.empty()) Remember("log", hex);
    if (!is_new_log_ && is_memory_missing_) {
      Told("Memory   " + places_.remembered(),
           Error(absl::StatusCode::kNotFound, "INSTALLATION_MISSING",
                 absl::StrCat(places_.remembered(),
                              " is not there, which remembers what the installation had: it is "
                              "made from what is there now")));
    }
  }

  // A log begins, although what belongs to one is there: the folder is not mounted, or gone.
  void RefuseNewLog() {
    const bool has_keys = had_keys_;
    if (!signer_.has_value() && !has_keys) return;
    Refuse(
        absl::StrCat("Log      ", places_.data),
        Refusal(
            "LOG_MISSING",
            absl::StrCat(
                "there is no log in ", places_.data, ", but ",
                signer_.has_value()
                    ? absl::StrCat("the signing key ", places_.signing_key, " has signed for one")
                    : absl::StrCat("the keyring ", places_.keyring, " holds keys of persons"),
                ": mount or put back the data folder. To begin a new log, move "
                "the signing key and the keyring of the one before away first")));
  }

  void LookAtSigningKey() {
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
      return Refuse(what,
                    Refusal("SIGNING_KEY_OTHER",
                            absl::StrCat(path, " signs for ", signer->origin(), ", this log is ",
                                         FirstWord(was), ": put the right key back",
                                         OrForget("signing-key"))));
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

  // A note of this log, nothing where the file is not there.
  absl::StatusOr<std::optional<std::uint64_t>> SizeOfNote(const std::string& path) {
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

  void LookAtCheckpoint() {
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

  void LookAtCosignatures() {
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
      Told("Witness  " + folder, Refusal("COSIGNATURE_MISSING",
                                         absl::StrCat("the note of ", was,
                                                      " events, which a witness cosigned, is gone: "
                                                      "put it back, or start with --witness so "
                                                      "that the log is held against the witness")));
    }
    if (newest > 0) Remember("cosignature", absl::StrCat(newest));
    if (newest == 0) result_.next.entries.erase("cosignature");
  }

  // Whether the witness signed its note, where its public key is beside it.
  absl::Status CheckCosigned(const std::string& folder) {
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

  void LookAtWitness(const std::string& folder) {
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
      return Refuse(
          what, Refusal("WITNESS_EMPTY",
                        absl::StrCat(folder,
                                     " holds no note of a witness, and held one "
                                     "of ",
                                     was, " events: mount it, or put it back", OrForget(name))));
    }
    if (!size->has_value()) {
      return Told(
          what, Refusal("WITNESS_EMPTY", absl::StrCat(folder,
                                                      " holds no note of a witness yet: nothing is "
                                                      "held against it. Is it mounted? Else run "
                                                      "mlup witness cosign")));
    }
    if (**size < was) {
      return Refuse(what, Refusal("WITNESS_OLDER",
                                  absl::StrCat("the note in ", folder, " is of ", **size,
                                               " events, and was of ", was,
                                               ": put its newest copy back", OrForget(name))));
    }
    Remember(name, absl::StrCat(**size));
    result_.vouched.push_back({folder + "/checkpoint", **size, true});
    Sound(what, absl::StrCat("saw ", **size, " events"));
  }

  void LookAtKeyring() {
    const std::string& path = places_.keyring;
    const std::string what = "Keyring  " + path;
    const auto keyring = privacy::Keyring::Look(path);
    const std::string was = Was("keyring");
    if (absl::IsNotFound(keyring.status())) {
      if (!Had("keyring")) return;
      return Refuse(what, Refusal("KEYRING_MISSING",
                                  absl::StrCat("the keyring ", path, " is gone, with the keys of ",
                                               NumberIn(was),
                                               " persons: put it back, or name its place with "
                                               "--keyring",
                                               OrForget("keyring"))));
    }
    if (!keyring.ok()) return Refuse(what, keyring.status());
    const std::size_t size = (*keyring)->size();
    had_keys_ = size > 0;
    if (Had("keyring") && FirstWord(was) != (*keyring)->id()) {
      return Refuse(
          what, Refusal("KEYRING_OTHER", absl::StrCat(path,
                                                      " is the keyring of another installation: "
                                                      "put the right one back",
                                                      OrForget("keyring"))));
    }
    if (size < NumberIn(was)) {
      return Refuse(what, Refusal("KEYRING_OLDER",
                                  absl::StrCat(path, " holds keys of ", size,
                                               " persons, and held those of ", NumberIn(was),
                                               ": put its newest copy back", OrForget("keyring"))));
    }
    if (!(*keyring)->id().empty()) {
      Remember("keyring", absl::StrCat((*keyring)->id(), " ", size));
    }
    if ((*keyring)->torn()) {
      return Told(
          what, Refusal("KEYRING_TORN", absl::StrCat(path,
                                                     " ends in a write that was cut off: its keys, "
                                                     "which nobody had yet, are made again")));
    }
    Sound(what, absl::StrCat("whole, keys of ", size, " persons"));
  }

  void LookAtGroups() {
    const std::string folder = places_.data + "/groups";
    const absl::StatusOr<std::vector<std::string>> names = files_.List(folder);
    if (!names.ok() && !absl::IsNotFound(names.status())) {
      return Refuse("Groups   " + folder, names.status());
    }
    std::vector<std::string> seen;
    for (const std::string& name : names.ok() ? *names : std::vector<std::string>()) {
      if (!log::IsGroupFileName(name)) continue;
      const std::string path = absl::StrCat(folder, "/", name);
      const absl::StatusOr<std::string> bytes = files_.ReadAll(path);
      if (!bytes.ok()) {
        Refuse("Group    " + path, bytes.status());
        continue;
      }
      seen.push_back(absl::StrCat("group ", name));
      const absl::StatusOr<log::StoredGroup> group = log::ParseGroup(*bytes);
      if (group.ok()) {
        Remember(seen.back(), Escaped(group->definition.name));
        continue;
      }
      Told("Group    " + path,
           Refusal("GROUP_DAMAGED",
                   absl::StrCat(path, " (group `", Unescaped(Was(seen.back())),
                                "`): ", group.status().message(),
                                ". It is set aside; put its newest copy back, or create the group "
                                "again, which delivers from where you say")));
    }
    TellVanished("group ", seen, [&](const std::string& name, const std::string& value) {
      return absl::StrCat("the file of the group `", Unescaped(value), "`, ", folder, "/",
                          name.substr(name.find(' ') + 1),
                          ", is gone. If nobody deleted the group, put it back, or create the "
                          "group again");
    });
  }

  void LookAtRelays() {
    const std::string folder = places_.data + "/relays";
    const absl::StatusOr<std::vector<std::string>> names = files_.List(folder);
    if (!names.ok() && !absl::IsNotFound(names.status())) {
      return Refuse("Relays   " + folder, names.status());
    }
    std::vector<std::string> seen;
    for (const std::string& name : names.ok() ? *names : std::vector<std::string>()) {
      const std::string path = absl::StrCat(folder, "/", name, "/state");
      const absl::StatusOr<std::string> bytes = files_.ReadAll(path);
      if (absl::IsNotFound(bytes.status())) continue;
      seen.push_back(absl::StrCat("relay ", Escaped(name)));
      const absl::StatusOr<std::size_t> rest =
          bytes.ok() ? relay::CheckRelayState(path, *bytes) : bytes.status();
      if (!rest.ok()) {
        Told("Relay    " + path, rest.status());
        continue;
      }
      Remember(seen.back(), "");
      if (*rest == 0) continue;
      Told("Relay    " + path,
           Refusal("RELAY_STATE_CUT", absl::StrCat("the last ", *rest, " bytes of ", path,
                                                   " are not whole: what was delivered last is "
                                                   "delivered again")));
    }
    TellVanished("relay ", seen, [&](const std::string& name, const std::string&) {
      const std::string id = Unescaped(name.substr(name.find(' ') + 1));
      return absl::StrCat("the state of the relay to ", id, ", ", folder, "/", id,
                          "/state, is gone: put it back, or everything after its begin_after is "
                          "delivered again");
    });
  }

  void LookAtLedger() {
    const std::string folder = places_.data + "/sharing/ledger";
    const absl::StatusOr<bool> exists = files_.Exists(folder + "/CURRENT");
    if (!exists.ok()) return Refuse("Ledger   " + folder, exists.status());
    if (*exists) return Remember("ledger", "yes");
    if (!Had("ledger")) return;
    result_.next.entries.erase("ledger");
    Told("Ledger   " + folder,
         Refusal("LEDGER_MISSING",
                 absl::StrCat(folder,
                              " is gone, which held what each subscriber received: put it "
                              "back, or corrections and withdrawals of what was sent "
                              "before are not told to those who have it")));
  }

  // Told once: afterwards it is forgotten.
  template <typename Words>
  void TellVanished(const std::string& kind, const std::vector<std::string>& seen, Words words) {
    for (const auto& [name, value] : was_.entries) {
      if (!name.starts_with(kind)) continue;
      if (std::find(seen.begin(), seen.end(), name) != seen.end()) continue;
      result_.next.entries.erase(name);
      Told(name,
           Refusal(kind == "group " ? "GROUP_MISSING" : "RELAY_STATE_MISSING", words(name, value)));
    }
  }

  Files& files_;
  const Places& places_;
  Remembered was_;
  Inspection result_;
  std::optional<proofs::Signer> signer_;
  bool is_memory_missing_ = false;
  bool is_new_log_ = false;
  bool had_keys_ = false;
};

}  // namespace

absl::Status Inspection::verdict() const {
  const auto refused = std::find_if(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.kind == Kind::kRefused;
  });
  return refused == findings.end() ? absl::OkStatus() : refused->status;
}

Inspection Inspect(Files& files, const Places& places) { return Inspector(files, places).Run(); }

}  // namespace mlup::installation
