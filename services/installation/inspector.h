// The looks of an inspection; for inspection.cc and the files of this class only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/status.h"
#include "services/installation/inspection.h"
#include "services/privacy/keyring.h"
#include "services/proofs/signer.h"

namespace mlup::installation {

inline absl::Status Refusal(std::string_view reason, std::string_view words) {
  return Error(absl::StatusCode::kFailedPrecondition, reason, words);
}

inline std::string OrForget(std::string_view name) {
  return absl::StrCat(". Only where it is lost for good: mlup doctor --forget '", ToAbsl(name),
                      "'");
}

// The last word of a value, as a number.
inline std::uint64_t NumberIn(const std::string& value) {
  std::uint64_t number = 0;
  const std::size_t blank = value.rfind(' ');
  const bool is_number =
      absl::SimpleAtoi(value.substr(blank == std::string::npos ? 0 : blank + 1), &number);
  return is_number ? number : 0;
}

inline std::string FirstWord(const std::string& value) { return value.substr(0, value.find(' ')); }

// What a start finds, gathered look by look: the log (inspector.cc), what was signed of it
// (inspector_notes.cc), and what is kept beside it (inspector_kept.cc). One thread, used once.
class Inspector {
 public:
  Inspector(Files& files, const Places& places) : files_(files), places_(places) {}

  Inspection Run();

 private:
  using Kind = Finding::Kind;

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

  bool ReadMemory();

  // The log's id, from the file beside it or from its journal; empty where there is none.
  absl::StatusOr<std::string> LogId();

  void LookAtLog();

  // A log begins, although what belongs to one is there: the folder is not mounted, or gone.
  void RefuseNewLog();

  void LookAtSigningKey();

  // A note of this log, nothing where the file is not there.
  absl::StatusOr<std::optional<std::uint64_t>> SizeOfNote(const std::string& path);

  void LookAtCheckpoint();

  void LookAtCosignatures();

  // Whether the witness signed its note, where its public key is beside it.
  absl::Status CheckCosigned(const std::string& folder);

  void LookAtWitness(const std::string& folder);

  // Of witnesses that an earlier start was shown and this one is not.
  void TellLeftOut();

  void LookAtKeyring();

  void LookAtCredentials(const privacy::Keyring& keyring);

  void LookAtGroups();

  void LookAtRelays();

  void LookAtLedger();

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

}  // namespace mlup::installation
