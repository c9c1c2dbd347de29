// The memory, and the log.
#include "services/installation/inspector.h"

#include "absl/strings/escaping.h"

#include "eventstore/journal/reader.h"
#include "eventstore/log/log_state.h"

namespace mlup::installation {

Inspection Inspector::Run() {
  if (!ReadMemory()) return std::move(result_);
  if (!places_.name.empty()) Remember(std::string(kNameEntry), Escaped(places_.name));
  if (places_.holds_real_data) Remember(std::string(kRealDataEntry), "yes");
  if (places_.with_log) {
    LookAtLog();
    LookAtSigningKey();
    if (signer_.has_value()) {
      LookAtCheckpoint();
      LookAtCosignatures();
      for (const std::string& folder : places_.witnesses) LookAtWitness(folder);
      TellLeftOut();
    }
    LookAtGroups();
  }
  if (places_.with_keyring) LookAtKeyring();
  if (is_new_log_) RefuseNewLog();
  LookAtRelays();
  LookAtLedger();
  return std::move(result_);
}

bool Inspector::ReadMemory() {
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

absl::StatusOr<std::string> Inspector::LogId() {
  ASSIGN_OR_RETURN(const log::LogState state,
                   log::ReadLogState(files_, places_.data + "/log.state"));
  if (!state.journal_id.empty()) return state.journal_id;
  return journal::FindJournalId(files_, places_.journal);
}

void Inspector::LookAtLog() {
  const std::string what = absl::StrCat("Log      ", places_.data);
  const absl::StatusOr<std::string> id = LogId();
  const absl::StatusOr<bool> has_store = files_.Exists(places_.data + "/log");
  const absl::StatusOr<std::vector<std::string>> sets = journal::ListSets(files_, places_.journal);
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
    return Refuse(what,
                  Refusal("LOG_OTHER", absl::StrCat("the log in ", places_.data,
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

void Inspector::RefuseNewLog() {
  const bool has_keys = had_keys_;
  if (!signer_.has_value() && !has_keys) return;
  Refuse(
      absl::StrCat("Log      ", places_.data),
      Refusal("LOG_MISSING",
              absl::StrCat(
                  "there is no log in ", places_.data, ", but ",
                  signer_.has_value()
                      ? absl::StrCat("the signing key ", places_.signing_key, " has signed for one")
                      : absl::StrCat("the keyring ", places_.keyring, " holds keys of persons"),
                  ": mount or put back the data folder. To begin a new log, move "
                  "the signing key and the keyring of the one before away first")));
}

}  // namespace mlup::installation
