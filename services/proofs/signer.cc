#include "services/proofs/signer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include <sodium.h>

#include "eventstore/base/check.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/private_file.h"

namespace mlup::proofs {
namespace {

using proof::SignatureKind;
using proof::SigningKey;
using proof::VerifierKey;

constexpr std::string_view kTitle = "mlup signing keys 1";
constexpr std::size_t kNameMax = 100;
using Seed = std::array<std::uint8_t, 32>;

// Wipes what it borrows.
class Wiping {
 public:
  Wiping(void* bytes, std::size_t size) : bytes_(bytes), size_(size) {}
  explicit Wiping(std::string& text) : Wiping(text.data(), text.size()) {}
  explicit Wiping(Seed& seed) : Wiping(seed.data(), seed.size()) {}
  ~Wiping() { sodium_memzero(bytes_, size_); }
  Wiping(const Wiping&) = delete;
  Wiping& operator=(const Wiping&) = delete;

 private:
  void* const bytes_;
  const std::size_t size_;
};

absl::Status Damaged(std::string_view what) {
  return Error(absl::StatusCode::kFailedPrecondition, "SIGNING_KEY_DAMAGED", what);
}

bool IsName(std::string_view name) {
  return !name.empty() && name.size() <= kNameMax &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return c > 0x20 && c < 0x7f && c != '+'; });
}

void Draw(Random& random, Seed& seed) {
  for (std::size_t i = 0; i < seed.size(); i += 8) {
    const std::uint64_t bits = random.Next();
    for (std::size_t k = 0; k < 8; ++k) seed[i + k] = static_cast<std::uint8_t>(bits >> (8 * k));
  }
}

// "current <key> <seed>" as the last line after `head`, written as a whole.
absl::Status Write(Files& files, const std::string& path, const std::string& head, const Seed& seed,
                   const VerifierKey& key) {
  std::string encoded =
      absl::Base64Escape(absl::string_view(reinterpret_cast<const char*>(seed.data()), 32));
  const Wiping wipe_encoded(encoded);
  std::string text = absl::StrCat(head, "current ", key.ToText(), " ", encoded, "\n");
  const Wiping wipe_text(text);
  return files.Replace(path, text);
}

// A key made from a base64 seed, if that is the key it says it is.
absl::StatusOr<SigningKey> KeyOf(const VerifierKey& said, absl::string_view encoded) {
  std::string bytes;
  Seed seed{};
  if (!absl::Base64Unescape(encoded, &bytes) || bytes.size() != seed.size()) {
    return Damaged("the seed");
  }
  const Wiping wipe_bytes(bytes);
  const Wiping wipe_seed(seed);
  std::copy(bytes.begin(), bytes.end(), seed.begin());
  SigningKey key(said.name, SignatureKind::kLog, seed);
  if (key.verifier().ToText() != said.ToText()) return Damaged("the seed is of another key");
  return key;
}

}  // namespace

absl::StatusOr<Signer> Signer::Load(Files& files, const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, files.ReadAll(path));
  const Wiping wipe(text);
  RETURN_IF_ERROR(CheckPrivate(path, "SIGNING_KEY_MODE"));
  absl::StatusOr<Signer> signer = Parse(text);
  if (signer.ok()) return signer;
  return Error(absl::StatusCode::kFailedPrecondition, "SIGNING_KEY_DAMAGED",
               absl::StrCat("the signing key ", path, " is not as it was written (",
                            signer.status().message(), "): put its copy back"));
}

absl::StatusOr<Signer> Signer::Parse(std::string_view text) {
  const std::vector<absl::string_view> lines = absl::StrSplit(ToAbsl(text), '\n');
  if (lines.size() < 3 || ToStd(lines[0]) != kTitle || !lines.back().empty()) {
    return Damaged("its first or last line");
  }
  if (lines.size() - 2 > kSigningKeysMax) return Damaged("too many keys");
  std::vector<VerifierKey> keys;
  std::vector<std::string> handovers;
  for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
    const std::vector<absl::string_view> words = absl::StrSplit(lines[i], ' ');
    const bool last = i + 2 == lines.size();
    if (words.size() != 3 || words[0] != (last ? "current" : "earlier")) {
      return Damaged("the words of a line");
    }
    ASSIGN_OR_RETURN(const VerifierKey key, VerifierKey::Parse(ToStd(words[1])));
    if (!IsName(key.name) || key.kind != SignatureKind::kLog) return Damaged("a key");
    if (!handovers.empty()) {
      const auto next = proof::OpenHandover(handovers.back(), key.name, {keys.back()});
      if (!next.ok() || !next->has_value() || (*next)->ToText() != key.ToText()) {
        return Damaged("a handover");
      }
    }
    keys.push_back(key);
    if (last) {
      ASSIGN_OR_RETURN(SigningKey signing, KeyOf(key, words[2]));
      Signer signer(std::move(signing));
      signer.keys_ = std::move(keys);
      signer.handovers_ = std::move(handovers);
      return signer;
    }
    if (!absl::Base64Unescape(words[2], &handovers.emplace_back())) return Damaged("a handover");
  }
  return Damaged("no key");
}

absl::Status Signer::Create(Files& files, const std::string& path, Random& random,
                            std::string_view name) {
  ASSIGN_OR_RETURN(const bool exists, files.Exists(path));
  if (exists) {
    return Error(absl::StatusCode::kFailedPrecondition, "SIGNING_KEY_EXISTS",
                 absl::StrCat(path, " is there already"));
  }
  const std::string origin =
      name.empty() ? absl::StrFormat("mlup.%08x", random.Next() >> 32) : std::string(name);
  if (!IsName(origin)) {
    return Error(absl::StatusCode::kInvalidArgument, "LOG_NAME_INVALID",
                 absl::StrCat("the name of a log has 1 to ", kNameMax,
                              " visible ASCII characters, and no +"));
  }
  Seed seed{};
  const Wiping wipe(seed);
  Draw(random, seed);
  const SigningKey key(origin, SignatureKind::kLog, seed);
  return Write(files, path, absl::StrCat(ToAbsl(kTitle), "\n"), seed, key.verifier());
}

absl::Status Signer::Rotate(Files& files, const std::string& path, Random& random) {
  ASSIGN_OR_RETURN(const Signer signer, Load(files, path));
  if (signer.keys_.size() >= kSigningKeysMax) {
    return Error(absl::StatusCode::kResourceExhausted, "SIGNING_KEYS_FULL",
                 absl::StrCat("the log has had ", kSigningKeysMax, " keys"));
  }
  Seed seed{};
  const Wiping wipe(seed);
  Draw(random, seed);
  const SigningKey next(signer.origin(), SignatureKind::kLog, seed);
  std::vector<std::string> handovers = signer.handovers_;
  handovers.push_back(proof::MakeHandover(signer.key_, next.verifier()));
  std::string head = absl::StrCat(ToAbsl(kTitle), "\n");
  for (std::size_t i = 0; i < handovers.size(); ++i) {
    absl::StrAppend(&head, "earlier ", signer.keys_[i].ToText(), " ",
                    absl::Base64Escape(handovers[i]), "\n");
  }
  return Write(files, path, head, seed, next.verifier());
}

}  // namespace mlup::proofs
