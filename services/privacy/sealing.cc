#include "services/privacy/sealing.h"

#include <cstdint>

#include <sodium.h>

#include "eventstore/base/check.h"
#include "mlup/privacy/v1/privacy.pb.h"

namespace mlup::privacy {
namespace {

constexpr std::uint32_t kFormat = 1;
constexpr std::size_t kPadBytes = 64;
constexpr std::string_view kCipherLabel = "mlup seal 1";
constexpr std::string_view kCommitmentLabel = "mlup commit 1";

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* MutableBytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

std::string Number(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>((value >> shift) & 0xff));
  }
  return bytes;
}

void Derive(const SecretKey& key, std::string_view label, unsigned char* out) {
  crypto_generichash(out, SecretKey::kBytes, Bytes(label), label.size(), key.data(),
                     SecretKey::kBytes);
}

std::string Commitment(const SecretKey& key) {
  std::string commitment(SecretKey::kBytes, '\0');
  Derive(key, kCommitmentLabel, MutableBytes(commitment));
  return commitment;
}

std::string AssociatedData(const log::v1::Event& event, std::string_view stream,
                           std::string_view subject_id, std::string_view key_id) {
  std::string data;
  const auto add = [&data](std::string_view field) {
    data += Number(static_cast<std::uint32_t>(field.size()));
    data += field;
  };
  add(Number(kFormat));
  add(event.event_id());
  add(stream);
  add(event.type());
  add(Number(event.schema_version()));
  add(subject_id);
  add(key_id);
  return data;
}

absl::Status Damaged() {
  return Error(absl::StatusCode::kDataLoss, "SEALED_PART_DAMAGED",
               "a sealed part does not open under its key");
}

}  // namespace

std::string Seal(const SubjectKey& key, const log::v1::Event& event, std::string_view stream,
                 std::string_view subject_id, std::string_view personal) {
  CHECK(key.key && !event.event_id().empty() && !event.type().empty());
  std::string padded(personal);
  padded.resize((personal.size() / kPadBytes + 1) * kPadBytes);
  std::size_t padded_size = 0;
  CHECK(sodium_pad(&padded_size, MutableBytes(padded), personal.size(), kPadBytes, padded.size()) ==
        0);
  CHECK(padded_size == padded.size());

  std::string nonce(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, '\0');
  randombytes_buf(nonce.data(), nonce.size());
  const std::string data = AssociatedData(event, stream, subject_id, key.key_id);
  std::string ciphertext(padded.size() + crypto_aead_xchacha20poly1305_ietf_ABYTES, '\0');
  SecretKey cipher_key;
  Derive(*key.key, kCipherLabel, cipher_key.data());
  crypto_aead_xchacha20poly1305_ietf_encrypt(MutableBytes(ciphertext), nullptr, Bytes(padded),
                                             padded.size(), Bytes(data), data.size(), nullptr,
                                             Bytes(nonce), cipher_key.data());
  sodium_memzero(padded.data(), padded.size());

  v1::Sealed sealed;
  sealed.set_format(kFormat);
  sealed.set_key_id(key.key_id);
  sealed.set_nonce(nonce);
  sealed.set_key_commitment(Commitment(*key.key));
  sealed.set_ciphertext(ciphertext);
  return sealed.SerializeAsString();
}

absl::StatusOr<std::string> Open(const Keyring& keyring, const log::v1::Event& event,
                                 std::string_view stream, const log::v1::SubjectPart& part) {
  if (part.sealed().empty()) return std::string();
  v1::Sealed sealed;
  if (!sealed.ParseFromString(part.sealed()) || sealed.format() != kFormat ||
      sealed.nonce().size() != crypto_aead_xchacha20poly1305_ietf_NPUBBYTES ||
      sealed.ciphertext().size() < crypto_aead_xchacha20poly1305_ietf_ABYTES + kPadBytes) {
    return Damaged();
  }
  ASSIGN_OR_RETURN(const SubjectKey key, keyring.Find(part.subject_id(), sealed.key_id()));
  if (Commitment(*key.key) != sealed.key_commitment()) return Damaged();
  const std::string data = AssociatedData(event, stream, part.subject_id(), sealed.key_id());
  std::string personal(sealed.ciphertext().size() - crypto_aead_xchacha20poly1305_ietf_ABYTES,
                       '\0');
  SecretKey cipher_key;
  Derive(*key.key, kCipherLabel, cipher_key.data());
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          MutableBytes(personal), nullptr, nullptr, Bytes(sealed.ciphertext()),
          sealed.ciphertext().size(), Bytes(data), data.size(), Bytes(sealed.nonce()),
          cipher_key.data()) != 0) {
    return Damaged();
  }
  std::size_t size = 0;
  if (sodium_unpad(&size, Bytes(personal), personal.size(), kPadBytes) != 0) return Damaged();
  personal.resize(size);
  return personal;
}

}  // namespace mlup::privacy
