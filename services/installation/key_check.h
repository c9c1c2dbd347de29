// Whether the keyring opens what the log holds sealed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "eventstore/base/files.h"
#include "eventstore/base/types.h"
#include "eventstore/log/event_log.h"
#include "mlup/log/v1/envelope.pb.h"
#include "services/privacy/keyring.h"

namespace mlup::installation {

// The keys that a log's events were sealed with, gathered event by event, and those that were
// destroyed on purpose. One thread. About 150 bytes a person.
class SealedKeys {
 public:
  // Records in order; one taken before is passed over.
  void Take(const log::v1::Record& record);
  // The same of a record's bytes; those that cannot be read are the log's concern.
  void Take(std::string_view bytes);

  // Up to where records were taken.
  Position position() const { return position_; }
  bool empty() const { return used_.empty(); }

  // The same as bytes, for the file that saves the next start from reading all of the log:
  // `history` says of which. Nothing where the bytes are not as they were written.
  std::string Encode(std::uint64_t history) const;
  struct Decoded;
  static std::optional<Decoded> Decode(std::string_view bytes);

  // How many keys a keyring lacks that were not destroyed.
  std::uint64_t MissingIn(const privacy::Keyring& keyring) const;

  // Whose keys a keyring still has that were destroyed: an erasure was cut off, or an older copy
  // was put back.
  std::vector<std::string> RevivedIn(const privacy::Keyring& keyring) const;

  // FAILED_PRECONDITION KEYRING_INCOMPLETE where keys are missing, unless exactly so many are
  // accepted as lost.
  absl::Status Check(const privacy::Keyring& keyring, std::uint64_t accepted) const;

 private:
  struct Use {
    std::string subject_id;
    Position first;
  };

  Position position_;
  // By key id.
  std::map<std::string, Use> used_;
  // Whose, by key id.
  std::map<std::string, std::string> destroyed_;
};

struct SealedKeys::Decoded {
  SealedKeys keys;
  std::uint64_t history = 0;
};

// Compares a running log with the keyring, from where the last start was on: what is near at hand
// before it returns, the rest behind all others. Keys that the log says were destroyed are.
//
// Owns its thread. Borrows log, keyring and files.
class KeyCheck {
 public:
  struct Parts {
    log::EventLog& log;
    privacy::Keyring& keyring;
    Files& files;
  };
  struct Options {
    // Derived from the log: made anew where it is missing or damaged.
    std::string file;
    std::uint64_t accepted = 0;
    // Events that are read before Start() returns.
    std::uint64_t at_once = 200'000;
    // Called once, on its own thread, with what Check() said of what came to light later.
    std::function<void(const absl::Status&)> refused;
  };

  // Errors of Check().
  static absl::StatusOr<std::unique_ptr<KeyCheck>> Start(const Parts& parts, Options options);

 private:
  KeyCheck(const Parts& parts, Options options) : parts_(parts), options_(std::move(options)) {}

  absl::Status Load();
  // Takes pages until `end`, or until asked to stop.
  absl::Status TakeTo(Position end, const std::stop_token& stop);
  // Checks, destroys what is to be destroyed, and writes the file.
  absl::Status Finish();

  const Parts parts_;
  const Options options_;
  SealedKeys keys_;
  std::jthread thread_;
};

}  // namespace mlup::installation
