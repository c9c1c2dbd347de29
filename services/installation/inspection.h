// What a start finds beside the log: one look for `mlupd` and for `mlup doctor`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"

#include "eventstore/base/files.h"
#include "services/installation/remembered.h"

namespace mlup::installation {

// Where everything is, and which of it the process uses.
struct Places {
  std::string data;
  std::string journal;
  std::string keyring;
  // Beside the keyring: what people sign in with.
  std::string credentials;
  std::string signing_key;
  std::vector<std::string> witnesses = {};
  // What people call the installation from now on, and whether it is marked as holding data of real
  // people: as before where empty and false.
  std::string name = {};
  bool holds_real_data = false;
  // Whether it plays the role `log`, and whether it has the keyring.
  bool with_log = true;
  bool with_keyring = true;
  // Whether events are given up (`--accept-loss-after`), and what was signed of them with them.
  bool accepts_loss = false;

  std::string remembered() const { return data + "/installation"; }
};

struct Finding {
  enum class Kind {
    kSound,
    kTold,     // a start goes on, and says so
    kRefused,  // a start is refused
  };
  Kind kind = Kind::kSound;
  std::string what;  // for people: `Keyring  /path`
  // Why, and what to do; OK where it is sound, and then `words` say what it is.
  absl::Status status;
  std::string words = {};
};

struct Inspection {
  std::vector<Finding> findings;
  // What is to be remembered after a start that went well: what is there, and what was there and
  // could not be looked at.
  Remembered next;

  // What the notes that were found vouch for: of how many events, and the file.
  struct Vouched {
    std::string path;
    std::uint64_t size = 0;
    bool by_witness = false;
  };
  std::vector<Vouched> vouched;

  // The first refusal, or OK.
  absl::Status verdict() const;
};

// Looks at keyring, credentials, signing key, checkpoint, cosignatures, witnesses, groups, relays
// and the ledger, and compares them with what is remembered and with each other. Absent, unreadable
// and empty are three answers: what never was is made by the start; what was there once and is
// gone, or is another one's, or older than it was, refuses it. Changes nothing. Any thread.
//
// What was lost for good is forgotten by a person: `mlup doctor --forget NAME`.
Inspection Inspect(Files& files, const Places& places);

}  // namespace mlup::installation
