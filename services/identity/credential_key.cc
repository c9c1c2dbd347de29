#include "services/identity/credential_key.h"

#include <cstddef>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include <sodium.h>

#include "eventstore/base/check.h"

namespace mlup::identity {
namespace {

constexpr std::string_view kKeyLabel = "mlup credentials 1";
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == privacy::SecretKey::kBytes);

const unsigned char* Raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Raw(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

CredentialKey::CredentialKey(const privacy::Keyring& keyring)
    : CredentialKey(keyring.Digest(kKeyLabel), keyring.id()) {}

CredentialKey::CredentialKey(std::string key, std::string keyring_id)
    : keyring_id_(std::move(keyring_id)) {
  CHECK(key.size() == privacy::SecretKey::kBytes);
  std::memcpy(key_.data(), key.data(), key.size());
  sodium_memzero(key.data(), key.size());
}

std::string CredentialKey::Seal(std::string_view text, std::string_view about) const {
  std::string sealed(kNonceBytes + text.size() + kTagBytes, '\0');
  randombytes_buf(sealed.data(), kNonceBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(Raw(sealed) + kNonceBytes, nullptr, Raw(text),
                                             text.size(), Raw(about), about.size(), nullptr,
                                             Raw(sealed), key_.data());
  return sealed;
}

absl::StatusOr<std::string> CredentialKey::Open(std::string_view sealed,
                                                std::string_view about) const {
  const auto broken = [] {
    return Error(absl::StatusCode::kDataLoss, "SEAL_BROKEN", "it is not as it was sealed");
  };
  if (sealed.size() < kNonceBytes + kTagBytes) return broken();
  std::string text(sealed.size() - kNonceBytes - kTagBytes, '\0');
  const int opened = crypto_aead_xchacha20poly1305_ietf_decrypt(
      Raw(text), nullptr, nullptr, Raw(sealed) + kNonceBytes, sealed.size() - kNonceBytes,
      Raw(about), about.size(), Raw(sealed), key_.data());
  if (opened != 0) return broken();
  return text;
}

std::string CredentialKey::Digest(std::string_view purpose, std::string_view secret) const {
  std::string digest(crypto_generichash_BYTES, '\0');
  crypto_generichash_state state;
  crypto_generichash_init(&state, key_.data(), privacy::SecretKey::kBytes, digest.size());
  // Behind its length, so that no purpose and secret read like others.
  const std::string head = absl::StrCat(purpose.size(), "\n", ToAbsl(purpose));
  crypto_generichash_update(&state, Raw(head), head.size());
  crypto_generichash_update(&state, Raw(secret), secret.size());
  crypto_generichash_final(&state, Raw(digest), digest.size());
  sodium_memzero(&state, sizeof state);
  return digest;
}

bool IsSame(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace mlup::identity
