#include "services/command/erasures.h"

#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "mlup/privacy/v1/erasure_events.pb.h"

namespace mlup::command {

using google::protobuf::Message;
using ::mlup::privacy::v1::PersonDataErased;

absl::StatusOr<std::unique_ptr<Message>> WithKeyId(const Message& event, const std::string& stream,
                                                   const privacy::Keyring& keyring) {
  const auto* const stated = dynamic_cast<const PersonDataErased*>(&event);
  if (stated == nullptr) return nullptr;
  ASSIGN_OR_RETURN(const std::string key_id, keyring.KeyIdOf(RecordIdOf(stream)));
  auto erased = std::make_unique<PersonDataErased>(*stated);
  erased->clear_key_ids();
  if (!key_id.empty()) erased->add_key_ids(key_id);
  return erased;
}

absl::Status DestroyErased(const CheckedRequest& request, privacy::Keyring& keyring) {
  for (const CheckedFact& fact : request.facts) {
    if (!IsErasureStream(fact.head.stream)) continue;
    const absl::Status destroyed = keyring.Destroy(RecordIdOf(fact.head.stream));
    if (destroyed.ok()) continue;
    return Error(absl::StatusCode::kUnavailable, "ERASURE_UNFINISHED",
                 absl::StrCat("the erasure is recorded, but the key could not be destroyed (",
                              destroyed.message(), "): start the daemon again, which does it"));
  }
  return absl::OkStatus();
}

}  // namespace mlup::command
