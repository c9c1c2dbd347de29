#include "services/identity/credentials_file.h"

#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/bytes.h"
#include "eventstore/base/limits.h"

namespace mlup::identity {
namespace {

constexpr std::string_view kMagic = "MLUPCRD1";
constexpr std::size_t kKeyringIdBytes = 16;
constexpr std::size_t kGenerationAt = kMagic.size() + kKeyringIdBytes;
static_assert(kCredentialsHeadBytes == kGenerationAt + 8);

absl::Status Damaged(std::string_view what) {
  return Error(absl::StatusCode::kDataLoss, "CREDENTIALS_DAMAGED",
               absl::StrCat("the file of credentials is not as it was written: ", ToAbsl(what)));
}

std::string HeadOf(std::uint64_t generation, const CredentialKey& key) {
  return absl::StrCat(ToAbsl(kMagic), absl::HexStringToBytes(key.keyring_id()),
                      BigEndian(generation));
}

// What the seal cannot promise, because it was ours to see to.
absl::Status CheckContent(const v1::Credentials& credentials) {
  std::set<std::string_view> names;
  for (const v1::AccountCredentials& account : credentials.accounts()) {
    if (!names.insert(account.actor_id()).second) return Damaged("an actor stands twice");
  }
  for (const v1::Session& session : credentials.sessions()) {
    if (!names.contains(session.actor_id())) return Damaged("a session of nobody");
  }
  return absl::OkStatus();
}

}  // namespace

std::string CredentialsPath(const std::string& keyring) {
  constexpr std::string_view kSuffix = ".keyring";
  const std::size_t stem =
      keyring.ends_with(kSuffix) ? keyring.size() - kSuffix.size() : keyring.size();
  return keyring.substr(0, stem) + ".credentials";
}

std::string FormatCredentials(const v1::Credentials& credentials, const CredentialKey& key) {
  const std::string head = HeadOf(credentials.generation(), key);
  return absl::StrCat(head, key.Seal(credentials.SerializeAsString(), head));
}

absl::StatusOr<v1::Credentials> ParseCredentials(std::string_view bytes, const CredentialKey& key) {
  if (bytes.size() < kCredentialsHeadBytes || !bytes.starts_with(kMagic)) {
    return Damaged("it is none of this release");
  }
  if (bytes.size() > kCredentialsBytesMax) return Damaged("it is too long");
  const std::string_view head = bytes.substr(0, kCredentialsHeadBytes);
  if (absl::BytesToHexString(ToAbsl(head.substr(kMagic.size(), kKeyringIdBytes))) !=
      key.keyring_id()) {
    return Error(absl::StatusCode::kFailedPrecondition, "CREDENTIALS_OTHER",
                 "the file of credentials belongs to another keyring");
  }
  const absl::StatusOr<std::string> text = key.Open(bytes.substr(kCredentialsHeadBytes), head);
  if (!text.ok()) return Damaged(ToStd(text.status().message()));
  v1::Credentials credentials;
  if (!credentials.ParseFromString(*text)) return Damaged("its content cannot be read");
  if (credentials.generation() != FileGeneration(head)) return Damaged("two generations");
  RETURN_IF_ERROR(CheckContent(credentials));
  return credentials;
}

std::uint64_t FileGeneration(std::string_view head) {
  if (head.size() < kCredentialsHeadBytes || !head.starts_with(kMagic)) return 0;
  return FromBigEndian(head.substr(kGenerationAt, 8));
}

}  // namespace mlup::identity
