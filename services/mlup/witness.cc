// How a witness looks at a log.
#include "services/mlup/witness.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include <sodium.h>

#include "eventstore/base/status.h"
#include "services/mlup/trusted_keys.h"
#include "services/mlup/words.h"

namespace mlup::cli {
namespace {

using proof::Checkpoint;
using proof::SignatureKind;
using proof::SigningKey;
using proof::VerifierKey;

constexpr absl::string_view kSecretPrefix = "PRIVATE+KEY+";
constexpr std::size_t kNameMax = 64;

absl::Status Damaged(const std::string& path, std::string_view what) {
  return Error(absl::StatusCode::kDataLoss, "WITNESS_DAMAGED",
               absl::StrCat(path, " ", ToAbsl(what)));
}

// Wipes a secret text when it goes.
class Wiper {
 public:
  explicit Wiper(std::string& text) : text_(text) {}
  ~Wiper() { sodium_memzero(text_.data(), text_.size()); }
  Wiper(const Wiper&) = delete;
  Wiper& operator=(const Wiper&) = delete;

 private:
  std::string& text_;
};

// "PRIVATE+KEY+<name>+<key id in hex>+<base64 of algorithm and seed>", as `note` tools write it.
std::string SecretText(const VerifierKey& key, const std::array<std::uint8_t, 32>& seed) {
  std::string secret(1, static_cast<char>(key.kind));
  const Wiper wiper(secret);
  secret.append(reinterpret_cast<const char*>(seed.data()), seed.size());
  return absl::StrFormat("%s%s+%08x+%s\n", kSecretPrefix, key.name, key.Id(),
                         absl::Base64Escape(secret));
}

absl::StatusOr<SigningKey> ParseSecret(const std::string& path, absl::string_view text) {
  std::vector<std::string> words = absl::StrSplit(absl::StripAsciiWhitespace(text), '+');
  // Base64 may hold a plus.
  while (words.size() > 5) {
    absl::StrAppend(&words[4], "+", words[5]);
    words.erase(words.begin() + 5);
  }
  std::string secret;
  const Wiper wiper(secret);
  if (words.size() != 5 || words[0] != "PRIVATE" || words[1] != "KEY" ||
      !absl::Base64Unescape(words[4], &secret) || secret.size() != 33 ||
      secret[0] != static_cast<char>(SignatureKind::kWitness)) {
    return Damaged(path, "holds no witness's secret");
  }
  std::array<std::uint8_t, 32> seed;
  std::copy(secret.begin() + 1, secret.end(), reinterpret_cast<char*>(seed.data()));
  SigningKey key(words[2], SignatureKind::kWitness, seed);
  sodium_memzero(seed.data(), seed.size());
  sodium_memzero(words[4].data(), words[4].size());
  if (absl::StrFormat("%08x", key.verifier().Id()) != words[3]) {
    return Damaged(path, "does not hold the secret that it names");
  }
  return key;
}

}  // namespace

absl::StatusOr<Witness> Witness::Open(Files& files, const std::string& folder) {
  const std::string path = folder + "/witness.key";
  ASSIGN_OR_RETURN(std::string text, files.ReadAll(path));
  const Wiper wiper(text);
  ASSIGN_OR_RETURN(SigningKey key, ParseSecret(path, text));
  Witness witness(files, folder, std::move(key));
  RETURN_IF_ERROR(witness.Load());
  return witness;
}

absl::StatusOr<Witness> Witness::OpenOrMake(Files& files, const std::string& folder,
                                            const std::string& name, Random& random) {
  ASSIGN_OR_RETURN(const bool has_key, files.Exists(folder + "/witness.key"));
  if (has_key) return Open(files, folder);
  ASSIGN_OR_RETURN(const bool has_checkpoint, files.Exists(folder + "/checkpoint"));
  if (has_checkpoint) {
    return Damaged(folder, "holds a checkpoint but no witness.key: put the key back");
  }
  const bool is_plain =
      !name.empty() && name.size() <= kNameMax &&
      std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_' || c == '/';
      });
  if (!is_plain) {
    return FieldError(absl::StatusCode::kInvalidArgument, "NAME_INVALID", "--name",
                      "a witness's name is 1 to 64 letters, digits, '.', '-', '_' and '/'");
  }
  std::array<std::uint8_t, 32> seed;
  for (std::size_t i = 0; i < seed.size(); i += 8) {
    const std::uint64_t bits = random.Next();
    for (std::size_t byte = 0; byte < 8; ++byte) {
      seed[i + byte] = static_cast<std::uint8_t>(bits >> (8 * byte));
    }
  }
  const SigningKey key(name, SignatureKind::kWitness, seed);
  RETURN_IF_ERROR(files.MakeFolder(folder));
  RETURN_IF_ERROR(files.Replace(folder + "/witness.pub", key.verifier().ToText() + "\n"));
  std::string text = SecretText(key.verifier(), seed);
  const Wiper wiper(text);
  sodium_memzero(seed.data(), seed.size());
  RETURN_IF_ERROR(files.Replace(folder + "/witness.key", text));
  return Open(files, folder);
}

absl::Status Witness::Load() {
  const std::string keys = folder_ + "/log.keys";
  ASSIGN_OR_RETURN(const bool has_keys, files_.Exists(keys));
  if (has_keys) {
    const std::array<std::string, 1> paths = {keys};
    ASSIGN_OR_RETURN(log_keys_, ReadKeys(files_, paths, SignatureKind::kLog));
  }
  absl::StatusOr<std::string> note = files_.ReadAll(folder_ + "/checkpoint");
  if (absl::IsNotFound(note.status())) return absl::OkStatus();
  RETURN_IF_ERROR(note.status());
  ASSIGN_OR_RETURN(last_, OpenOwn(*std::move(note)));
  return absl::OkStatus();
}

absl::StatusOr<Cosigned> Witness::OpenOwn(std::string note) const {
  const auto opened = proof::OpenCheckpoint(note, {key_.verifier()});
  if (!opened.ok() || opened->signatures.empty()) {
    return Damaged(folder_, "holds a checkpoint that this witness did not sign");
  }
  const auto seconds = static_cast<std::int64_t>(opened->signatures.front().unix_seconds);
  return Cosigned{std::move(note), opened->checkpoint, absl::FromUnixSeconds(seconds)};
}

absl::StatusOr<std::vector<Cosigned>> Witness::History() const {
  const std::string folder = folder_ + "/history";
  std::vector<Cosigned> history;
  const auto names = files_.List(folder);
  if (absl::IsNotFound(names.status())) return history;
  RETURN_IF_ERROR(names.status());
  for (const std::string& name : *names) {
    if (!absl::EndsWith(name, ".note")) continue;
    ASSIGN_OR_RETURN(std::string note, files_.ReadAll(absl::StrCat(folder, "/", name)));
    ASSIGN_OR_RETURN(Cosigned cosigned, OpenOwn(std::move(note)));
    history.push_back(std::move(cosigned));
  }
  std::sort(history.begin(), history.end(), [](const Cosigned& a, const Cosigned& b) {
    return a.checkpoint.size < b.checkpoint.size;
  });
  return history;
}

absl::StatusOr<std::vector<std::string>> Witness::Evidence() const {
  auto names = files_.List(folder_ + "/evidence");
  if (absl::IsNotFound(names.status())) return std::vector<std::string>();
  return names;
}

absl::StatusOr<Cosigned> Witness::Cosign(const ShownLog& shown, const AskConsistency& ask,
                                         const DeriveLog& derive, const Clock& clock) {
  std::vector<VerifierKey> trusted = log_keys_;
  if (trusted.empty()) {
    ASSIGN_OR_RETURN(VerifierKey key, VerifierKey::Parse(shown.key));
    trusted.push_back(std::move(key));
  }
  ASSIGN_OR_RETURN(const std::vector<VerifierKey> keys, FollowHandovers(trusted, shown.handovers));
  const absl::StatusOr<Checkpoint> checkpoint = CheckShown(shown, keys, ask, derive);
  if (absl::StartsWith(ErrorReason(checkpoint.status()), "LOG_") ||
      absl::IsDataLoss(checkpoint.status())) {
    RETURN_IF_ERROR(KeepEvidence(ErrorReason(checkpoint.status()), shown.note));
  }
  RETURN_IF_ERROR(checkpoint.status());
  if (log_keys_.empty()) {
    RETURN_IF_ERROR(files_.Replace(folder_ + "/log.keys", trusted.front().ToText() + "\n"));
    log_keys_ = std::move(trusted);
  }
  const std::int64_t now = absl::ToUnixSeconds(clock.Now());
  std::string note = key_.Sign(KeepSignatures(shown.note, keys), static_cast<std::uint64_t>(now));
  Cosigned cosigned{std::move(note), *checkpoint, absl::FromUnixSeconds(now)};
  RETURN_IF_ERROR(Keep(cosigned));
  return cosigned;
}

absl::StatusOr<Checkpoint> Witness::CheckShown(const ShownLog& shown,
                                               const std::vector<VerifierKey>& keys,
                                               const AskConsistency& ask,
                                               const DeriveLog& derive) const {
  ASSIGN_OR_RETURN(Checkpoint checkpoint, OpenSigned(shown.note, keys));
  RETURN_IF_ERROR(CheckGoesOn(checkpoint, ask));
  RETURN_IF_ERROR(derive(checkpoint));
  return checkpoint;
}

absl::Status Witness::CheckGoesOn(const Checkpoint& checkpoint, const AskConsistency& ask) const {
  if (!last_.has_value()) return absl::OkStatus();
  const Checkpoint& seen = last_->checkpoint;
  const std::string before =
      absl::StrCat("this witness saw ", seen.size, " events on ", MinuteWords(last_->at));
  if (checkpoint.size < seen.size) {
    return Error(absl::StatusCode::kFailedPrecondition, "LOG_ROLLED_BACK",
                 absl::StrCat("the log shows ", checkpoint.size, " events, but ", before,
                              ": events ", checkpoint.size + 1, " to ", seen.size,
                              " are gone, or an older copy was put in place"));
  }
  std::vector<proof::Hash> hashes;
  if (checkpoint.size > seen.size) {
    ASSIGN_OR_RETURN(hashes, ask(seen.size, checkpoint.size));
  }
  if (proof::VerifyConsistency(seen.size, seen.root, checkpoint.size, checkpoint.root, hashes)) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kFailedPrecondition, "LOG_FORKED",
               absl::StrCat("the log's ", checkpoint.size, " events do not begin with those that ",
                            before, ": some of them were altered, or this is another history"));
}

absl::Status Witness::Keep(const Cosigned& cosigned) {
  const std::string history = folder_ + "/history";
  RETURN_IF_ERROR(files_.MakeFolder(history));
  RETURN_IF_ERROR(files_.Replace(
      absl::StrFormat("%s/%020d.note", history, cosigned.checkpoint.size), cosigned.note));
  RETURN_IF_ERROR(files_.Replace(folder_ + "/checkpoint", cosigned.note));
  last_ = cosigned;
  return absl::OkStatus();
}

absl::Status Witness::KeepEvidence(std::string_view reason, std::string_view note) {
  const std::string folder = folder_ + "/evidence";
  const proof::Hash digest = proof::Sha256(note);
  const std::string name =
      absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest.data()), 8));
  RETURN_IF_ERROR(files_.MakeFolder(folder));
  return files_.Replace(absl::StrCat(folder, "/", ToAbsl(reason), "-", name, ".note"), note);
}

}  // namespace mlup::cli
