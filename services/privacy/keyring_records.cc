#include "services/privacy/keyring_records.h"

#include <cstring>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include <sodium.h>

#include "eventstore/base/bytes.h"
#include "eventstore/base/check.h"
#include "eventstore/base/status.h"

namespace mlup::privacy {
namespace {

constexpr std::string_view kMagic = "MLUPKEY2";
constexpr std::string_view kSealLabel = "mlup keyring 2";
constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kSealBytes = 16;
constexpr std::size_t kKeyOffset = 4 + 2 * kIdBytes;
constexpr std::size_t kSealOffset = kKeyOffset + SecretKey::kBytes;
constexpr std::size_t kRecordBytes = kSealOffset + kSealBytes;
constexpr char kSubjectKind = 1;
constexpr char kDigestKind = 2;
constexpr char kDestroyedKind = 3;

static_assert(kRecordBytes == 84);
static_assert(KeyringRecords::kNewFileBytes == kMagic.size() + kRecordBytes);

const unsigned char* RawBytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string IdBytes(std::string_view uuid) {
  return absl::HexStringToBytes(absl::StrReplaceAll(ToAbsl(uuid), {{"-", ""}}));
}

// What the seal of the record with this number should be.
std::string SealOf(std::string_view record, std::uint64_t number, const SecretKey& key) {
  std::string seal(kSealBytes, '\0');
  crypto_generichash_state state;
  crypto_generichash_init(&state, key.data(), SecretKey::kBytes, kSealBytes);
  const std::string place = BigEndian(number);
  crypto_generichash_update(&state, RawBytes(place), place.size());
  crypto_generichash_update(&state, RawBytes(record), kSealOffset);
  crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(seal.data()), kSealBytes);
  return seal;
}

std::shared_ptr<const SecretKey> SealKeyOf(const unsigned char* digest_key) {
  auto key = std::make_shared<SecretKey>();
  crypto_generichash(key->data(), SecretKey::kBytes, RawBytes(kSealLabel), kSealLabel.size(),
                     digest_key, SecretKey::kBytes);
  return key;
}

// Where a record stands in the write it belongs to.
struct Place {
  std::size_t before = 0;
  std::size_t after = 0;
};

struct Record {
  std::uint64_t number = 0;
  char kind = kSubjectKind;
  Place place;
  std::string_view id;  // of the subject, or the keyring's own
  const SubjectKey& key;
};

void WriteRecord(const Record& record, const SecretKey& seal_key, char* to) {
  to[0] = record.kind;
  to[1] = static_cast<char>(record.place.before);
  to[2] = static_cast<char>(record.place.after);
  std::memcpy(to + 4, IdBytes(record.id).data(), kIdBytes);
  if (record.kind == kSubjectKind) {
    std::memcpy(to + 4 + kIdBytes, IdBytes(record.key.key_id).data(), kIdBytes);
  }
  std::memcpy(to + kKeyOffset, record.key.key->data(), SecretKey::kBytes);
  const std::string seal = SealOf({to, kRecordBytes}, record.number, seal_key);
  std::memcpy(to + kSealOffset, seal.data(), kSealBytes);
}

bool IsWhole(std::string_view record, std::uint64_t number, const SecretKey& key) {
  return record.substr(kSealOffset, kSealBytes) == SealOf(record, number, key);
}

// Whether `rest`, which begins with a damaged record of this number, is nothing but one torn write.
bool IsTornWrite(std::string_view rest, std::uint64_t number, const SecretKey& key) {
  const std::size_t count = rest.size() / kRecordBytes;
  for (std::size_t i = 1; i < count; ++i) {
    const std::string_view record = rest.substr(i * kRecordBytes, kRecordBytes);
    if (!IsWhole(record, number + i, key)) continue;
    const std::size_t before = static_cast<unsigned char>(record[1]);
    const std::size_t after = static_cast<unsigned char>(record[2]);
    if (before < i || i + after + 1 < count) return false;
  }
  return true;
}

SubjectKey KeyIn(std::string_view record) {
  if (record[0] == kDestroyedKind) return {IdText(record.substr(4 + kIdBytes, kIdBytes)), nullptr};
  auto key = std::make_shared<SecretKey>();
  std::memcpy(key->data(), record.data() + kKeyOffset, SecretKey::kBytes);
  return {IdText(record.substr(4 + kIdBytes, kIdBytes)), std::move(key)};
}

}  // namespace

std::string IdText(std::string_view bytes) {
  const std::string hex = absl::BytesToHexString(ToAbsl(bytes));
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                      hex.substr(16, 4), "-", hex.substr(20));
}

void KeyringRecords::MakeFile(const std::string& id, std::shared_ptr<const SecretKey> digest_key,
                              char* to) {
  std::memcpy(to, kMagic.data(), kMagic.size());
  const SubjectKey key = {{}, std::move(digest_key)};
  WriteRecord({.kind = kDigestKind, .place = {}, .id = id, .key = key}, *SealKeyOf(key.key->data()),
              to + kMagic.size());
}

absl::Status KeyringRecords::ReadBeginning(std::string_view& rest) {
  if (!rest.starts_with(kMagic)) {
    return absl::DataLossError("it is no keyring of this release");
  }
  if (rest.size() < kNewFileBytes) return absl::DataLossError("it ends in its first record");
  const std::string_view record = rest.substr(kMagic.size(), kRecordBytes);
  // The first record is never torn: a keyring appears whole. Only a record of this kind holds a
  // key.
  if (record[0] != kDigestKind) return absl::DataLossError("its first record is damaged");
  const std::shared_ptr<const SecretKey> key = KeyIn(record).key;
  seal_key_ = SealKeyOf(key->data());
  if (!IsWhole(record, 0, *seal_key_)) return absl::DataLossError("its first record is damaged");
  digest_key_ = key;
  id_ = absl::BytesToHexString(ToAbsl(record.substr(4, kIdBytes)));
  records_ = 1;
  bytes_ = kNewFileBytes;
  rest.remove_prefix(kNewFileBytes);
  return absl::OkStatus();
}

absl::Status KeyringRecords::Read(std::string_view rest, const Visit& visit) {
  torn_ = false;
  if (bytes_ == 0) RETURN_IF_ERROR(ReadBeginning(rest));
  for (; rest.size() >= kRecordBytes; rest.remove_prefix(kRecordBytes)) {
    const std::string_view record = rest.substr(0, kRecordBytes);
    if (!IsWhole(record, records_, *seal_key_)) {
      if (IsTornWrite(rest, records_, *seal_key_)) break;
      return absl::DataLossError(absl::StrCat("damage at byte ", bytes_));
    }
    if (record[0] == kDigestKind) return absl::DataLossError("two digest keys");
    if (record[0] != kSubjectKind && record[0] != kDestroyedKind)
      return absl::DataLossError("a record of an unknown kind");
    RETURN_IF_ERROR(visit(IdText(record.substr(4, kIdBytes)), KeyIn(record)));
    ++records_;
    bytes_ += kRecordBytes;
  }
  torn_ = !rest.empty();
  return absl::OkStatus();
}

std::size_t KeyringRecords::WriteBytes(std::size_t count) { return count * kRecordBytes; }

void KeyringRecords::Write(const std::map<std::string, SubjectKey>& keys, char* to) const {
  CHECK(!keys.empty() && keys.size() <= kWriteMax && seal_key_ != nullptr);
  std::size_t before = 0;
  for (const auto& [subject_id, key] : keys) {
    WriteRecord({.number = records_ + before,
                 .place = {before, keys.size() - before - 1},
                 .id = subject_id,
                 .key = key},
                *seal_key_, to + before * kRecordBytes);
    ++before;
  }
}

void KeyringRecords::Wrote(std::size_t count) {
  records_ += count;
  bytes_ += WriteBytes(count);
  torn_ = false;
}

std::optional<std::size_t> KeyringRecords::Destroy(std::string_view subject_id, char* file) const {
  CHECK(seal_key_ != nullptr);
  const std::string id = IdBytes(subject_id);
  for (std::uint64_t number = 1; number < records_; ++number) {
    char* const record = file + kMagic.size() + number * kRecordBytes;
    if (record[0] != kSubjectKind || std::string_view(record + 4, kIdBytes) != id) continue;
    record[0] = kDestroyedKind;
    sodium_memzero(record + kKeyOffset, SecretKey::kBytes);
    const std::string seal = SealOf({record, kRecordBytes}, number, *seal_key_);
    std::memcpy(record + kSealOffset, seal.data(), kSealBytes);
    return static_cast<std::size_t>(record - file) + kKeyOffset;
  }
  return std::nullopt;
}

}  // namespace mlup::privacy
