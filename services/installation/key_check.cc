#include "services/installation/key_check.h"

#include <algorithm>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "eventstore/base/background.h"
#include "eventstore/base/blake2b.h"
#include "eventstore/base/categories.h"
#include "eventstore/base/diagnostics.h"
#include "eventstore/base/status.h"
#include "eventstore/log/history.h"
#include "eventstore/payload/payload.h"
#include "mlup/privacy/v1/erasure_events.pb.h"
#include "mlup/privacy/v1/privacy.pb.h"

namespace mlup::installation {
namespace {

constexpr std::string_view kKeysTitle = "mlup sealed keys 2\n";
constexpr std::size_t kKeysSumBytes = 16;

}  // namespace

void SealedKeys::Take(std::string_view bytes) {
  log::v1::Record record;
  if (record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) Take(record);
}

void SealedKeys::Take(const log::v1::Record& record) {
  if (record.position() <= position_.value) return;
  position_ = {record.position()};
  for (const log::v1::SubjectPart& part : record.event().subjects()) {
    privacy::v1::Sealed sealed;
    if (part.sealed().empty() || !sealed.ParseFromString(part.sealed())) continue;
    used_.insert({sealed.key_id(), {part.subject_id(), position_}});
  }
  if (!IsErasureStream(record.stream())) return;
  const auto erased = payload::JoinClear(record.event());
  if (!erased.ok()) return;
  const auto* const message = dynamic_cast<const privacy::v1::PersonDataErased*>(erased->get());
  if (message == nullptr) return;
  for (const std::string& key_id : message->key_ids()) {
    destroyed_.insert({key_id, std::string(RecordIdOf(record.stream()))});
  }
}

std::vector<std::string> SealedKeys::RevivedIn(const privacy::Keyring& keyring) const {
  std::vector<std::string> revived;
  for (const auto& [key_id, subject_id] : destroyed_) {
    if (keyring.Find(subject_id, key_id).ok()) revived.push_back(subject_id);
  }
  return revived;
}

std::uint64_t SealedKeys::MissingIn(const privacy::Keyring& keyring) const {
  return static_cast<std::uint64_t>(
      std::count_if(used_.begin(), used_.end(), [&](const auto& used) {
        const auto& [key_id, use] = used;
        return !destroyed_.contains(key_id) && !keyring.Find(use.subject_id, key_id).ok();
      }));
}

absl::Status SealedKeys::Check(const privacy::Keyring& keyring, std::uint64_t accepted) const {
  const std::uint64_t missing = MissingIn(keyring);
  if (missing == 0 || missing == accepted) return absl::OkStatus();
  Position first;
  for (const auto& [key_id, use] : used_) {
    const bool is_missing =
        !destroyed_.contains(key_id) && !keyring.Find(use.subject_id, key_id).ok();
    if (is_missing && (first.value == 0 || use.first < first)) first = use.first;
  }
  return Error(
      absl::StatusCode::kFailedPrecondition, "KEYRING_INCOMPLETE",
      absl::StrCat("the keyring ", keyring.path(), " lacks ", missing, " of ", used_.size(),
                   " keys with which the log's events are sealed, the first "
                   "at position ",
                   first.value,
                   ": put back the newest copy of the keyring of this log. Only where "
                   "they are lost for good, so that nobody can read those persons' data "
                   "again: --accept-lost-keys=",
                   missing));
}

std::string SealedKeys::Encode(std::uint64_t history) const {
  std::string lines =
      absl::StrCat(ToAbsl(kKeysTitle), "to ", position_.value, " ", absl::Hex(history), "\n");
  for (const auto& [key_id, use] : used_) {
    absl::StrAppend(&lines, "used ", key_id, " ", use.subject_id, " ", use.first.value, "\n");
  }
  for (const auto& [key_id, subject_id] : destroyed_) {
    absl::StrAppend(&lines, "destroyed ", key_id, " ", subject_id, "\n");
  }
  return absl::StrCat(lines, absl::BytesToHexString(Blake2b(lines, kKeysSumBytes)));
}

std::optional<SealedKeys::Decoded> SealedKeys::Decode(std::string_view bytes) {
  if (!bytes.starts_with(kKeysTitle) || bytes.size() < 2 * kKeysSumBytes) return std::nullopt;
  const std::string_view lines = bytes.substr(0, bytes.size() - 2 * kKeysSumBytes);
  if (ToStd(absl::BytesToHexString(Blake2b(lines, kKeysSumBytes))) != bytes.substr(lines.size())) {
    return std::nullopt;
  }
  Decoded decoded;
  for (const absl::string_view line : absl::StrSplit(ToAbsl(lines), '\n')) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words[0] == "to" && words.size() == 3) {
      if (!absl::SimpleAtoi(words[1], &decoded.keys.position_.value) ||
          !absl::SimpleHexAtoi(words[2], &decoded.history)) {
        return std::nullopt;
      }
    } else if (words[0] == "used" && words.size() == 4) {
      Use use{words[2], {}};
      if (!absl::SimpleAtoi(words[3], &use.first.value)) return std::nullopt;
      decoded.keys.used_.insert({words[1], std::move(use)});
    } else if (words[0] == "destroyed" && words.size() == 3) {
      decoded.keys.destroyed_.insert({words[1], words[2]});
    }
  }
  return decoded;
}

absl::StatusOr<std::unique_ptr<KeyCheck>> KeyCheck::Start(const Parts& parts, Options options) {
  std::unique_ptr<KeyCheck> check(new KeyCheck(parts, std::move(options)));
  RETURN_IF_ERROR(check->Load());
  ASSIGN_OR_RETURN(const Position head, parts.log.Head());
  const Position soon{check->keys_.position().value + check->options_.at_once};
  RETURN_IF_ERROR(check->TakeTo(std::min(head, soon), {}));
  if (check->keys_.position() >= head) {
    RETURN_IF_ERROR(check->Finish());
    return check;
  }
  // What is missing already does not come back.
  RETURN_IF_ERROR(check->keys_.Check(parts.keyring, check->options_.accepted));
  check->thread_ = std::jthread([running = check.get(), head](const std::stop_token& stop) {
    RunInBackground("mlup-keys");
    absl::Status status = running->TakeTo(head, stop);
    if (stop.stop_requested()) return;
    if (status.ok()) status = running->Finish();
    // A log that cannot be read says so itself.
    if (ErrorReason(status) == "KEYRING_INCOMPLETE") running->options_.refused(status);
  });
  return check;
}

absl::Status KeyCheck::Load() {
  const absl::StatusOr<std::string> bytes = parts_.files.ReadAll(options_.file);
  if (absl::IsNotFound(bytes.status())) return absl::OkStatus();
  std::optional<SealedKeys::Decoded> decoded =
      bytes.ok() ? SealedKeys::Decode(*bytes) : std::nullopt;
  if (!decoded.has_value()) {
    Tell(absl::StrCat("sealed_keys_damaged file=\"", options_.file, "\" because=\"",
                      bytes.ok() ? "it is not as it was written" : bytes.status().message(), "\""));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const Position head, parts_.log.Head());
  if (decoded->keys.position() > head) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::uint64_t history,
                   log::HistoryAt(parts_.log, decoded->keys.position()));
  if (history == decoded->history) keys_ = std::move(decoded->keys);
  return absl::OkStatus();
}

absl::Status KeyCheck::TakeTo(Position end, const std::stop_token& stop) {
  log::pb::ReadAllRequest request;
  while (keys_.position() < end && !stop.stop_requested()) {
    request.set_from_position(Next(keys_.position()).value);
    ASSIGN_OR_RETURN(const log::StoredPage page, parts_.log.ReadStored(request, true));
    log::RecordWalk walk(page.records);
    const Position before = keys_.position();
    while (const auto record = walk.Next()) keys_.Take(*record);
    if (keys_.position() == before) break;
  }
  return absl::OkStatus();
}

absl::Status KeyCheck::Finish() {
  RETURN_IF_ERROR(keys_.Check(parts_.keyring, options_.accepted));
  for (const std::string& subject_id : keys_.RevivedIn(parts_.keyring)) {
    RETURN_IF_ERROR(parts_.keyring.Destroy(subject_id));
    Tell("erased_key_destroyed because=\"the log says that it was, and the keyring had it\"");
  }
  ASSIGN_OR_RETURN(const std::uint64_t history, log::HistoryAt(parts_.log, keys_.position()));
  // Without it the next start only reads more.
  parts_.files.Replace(options_.file, keys_.Encode(history)).IgnoreError();
  return absl::OkStatus();
}

}  // namespace mlup::installation
