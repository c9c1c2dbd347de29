// What is kept beside the log.
#include "eventstore/base/private_file.h"
#include "eventstore/bus/group_file.h"
#include "services/identity/credentials_file.h"
#include "services/installation/inspector.h"
#include "services/relay/relay_state.h"

namespace mlup::installation {

void Inspector::LookAtKeyring() {
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
    return Refuse(what,
                  Refusal("KEYRING_OTHER", absl::StrCat(path,
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
  LookAtCredentials(**keyring);
  if ((*keyring)->torn()) {
    return Told(what,
                Refusal("KEYRING_TORN", absl::StrCat(path,
                                                     " ends in a write that was cut off: its keys, "
                                                     "which nobody had yet, are made again")));
  }
  Sound(what, absl::StrCat("whole, keys of ", size, " persons"));
}

void Inspector::LookAtCredentials(const privacy::Keyring& keyring) {
  const std::string& path = places_.credentials;
  const std::string what = "Sign-in  " + path;
  const absl::StatusOr<std::string> bytes = files_.ReadAll(path);
  if (absl::IsNotFound(bytes.status())) {
    if (!Had("credentials")) return;
    return Refuse(
        what, Refusal("CREDENTIALS_MISSING",
                      absl::StrCat(path,
                                   " is gone, with all that people sign in with: put it "
                                   "back",
                                   OrForget("credentials"), ", and then mlup accounts bootstrap")));
  }
  if (!bytes.ok()) return Refuse(what, bytes.status());
  if (const absl::Status mode = CheckPrivate(path, "CREDENTIALS_MODE"); !mode.ok()) {
    return Refuse(what, mode);
  }
  const auto read = identity::ParseCredentials(*bytes, identity::CredentialKey(keyring));
  if (!read.ok()) {
    return Refuse(what, Error(read.status().code(), ErrorReason(read.status()),
                              absl::StrCat(read.status().message(), " (", path,
                                           "). Put its newest copy back")));
  }
  if (read->generation() < NumberIn(Was("credentials"))) {
    return Refuse(what,
                  Refusal("CREDENTIALS_OLDER",
                          absl::StrCat(path,
                                       " is older than it was: passwords and sessions that were "
                                       "revoked since would hold again. Put its newest copy back",
                                       OrForget("credentials"))));
  }
  Remember("credentials", absl::StrCat(read->generation()));
  Sound(what, absl::StrCat("whole, ", read->accounts_size(), " accounts"));
}

void Inspector::LookAtGroups() {
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

void Inspector::LookAtRelays() {
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

void Inspector::LookAtLedger() {
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

}  // namespace mlup::installation
