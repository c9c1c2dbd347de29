// What the events of a stream say of its fields: by whom, from which device, and what stands.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/message.h>

#include "eventstore/base/status.h"
#include "mlup/common/v1/common.pb.h"
#include "mlup/log/v1/envelope.pb.h"
#include "services/domain/fact_field.h"
#include "services/privacy/keyring.h"

namespace mlup::sync {

// The reason of what is recorded to keep a conflict in order; nobody's word on a field.
inline constexpr char kConflictReason[] = "conflict_of_devices";

// A field of a record. What a correction says is about the field of the event that it corrects;
// what an event says that says anew is about the record.
struct FieldKey {
  std::string corrects_event_id;
  // `school_status_changed.person.grade`.
  std::string field;
  // Whose part it is in; empty for nobody's.
  std::string person_id;

  auto operator<=>(const FieldKey&) const = default;
};

// What somebody said that a field is.
struct Saying {
  std::string request_id;
  std::string actor_id;
  std::string device;
  // In proto JSON, as a history prints it.
  std::string value;
  // Of the event that says it; empty where only a conflict still does.
  std::string event_id = {};
  std::uint64_t revision = 0;
  std::string request_digest = {};
  // A person looked at a conflict and took this one.
  bool chosen = false;
  std::uint64_t base_revision = 0;

  bool SameAuthor(const Saying& other) const {
    return actor_id == other.actor_id && device == other.device;
  }
};

struct OpenConflict {
  std::string event_id;
  std::uint64_t revision = 0;
  std::vector<std::string> request_ids;
};

// What was said of one field, in order, without what was voided or not taken when a conflict was
// resolved; and the conflicts about it that nobody has resolved.
struct FieldSayings {
  std::vector<Saying> sayings;
  std::vector<OpenConflict> open;
};

// A field that an event gives a value, and the value.
struct SaidField {
  FieldKey key;
  std::string value;
};

// Whether a later event of this type on a stream says anew what an earlier one said.
bool SaysAnew(const google::protobuf::Descriptor& type);

// The single values that an event which says anew gives; lists are not among them. Pure.
std::vector<SaidField> FieldsSaid(const google::protobuf::Message& event);

// One stream, opened: personal fields are compared too. One thread; must not leave the process.
class Said {
 public:
  // Adds the next event of the stream. DATA_LOSS when a sealed part was changed; what was erased
  // says nothing any more.
  absl::Status Add(const log::v1::Record& record, const privacy::Keyring& keyring);
  // After the last: lets go what was voided.
  void Finish();

  std::uint64_t revision() const { return revision_; }
  // Null where nobody said anything of it.
  const FieldSayings* Find(const FieldKey& key) const;
  // The event as corrected since, personal fields too; null where it does not stand there.
  const google::protobuf::Message* Event(std::string_view event_id) const;
  // What the field of an event is now; empty where it has no such field.
  std::string Standing(std::string_view event_id, const std::string& field) const;

 private:
  struct Entry {
    log::v1::Record record;
    std::unique_ptr<google::protobuf::Message> message;
  };

  void Say(const FieldKey& key, const Entry& entry, std::string value);
  void Correct(const Entry& entry, const common::v1::DetailsCorrected& correction);
  void Open(const Entry& entry, const common::v1::ConflictDetected& detected, bool is_open);
  void Resolve(const common::v1::ConflictResolved& resolved);

  std::uint64_t revision_ = 0;
  std::vector<Entry> entries_;
  // Why, by event id.
  std::map<std::string, std::string> voided_;
  // As corrected, by event id.
  std::map<std::string, std::unique_ptr<google::protobuf::Message>, std::less<>> events_;
  std::map<FieldKey, FieldSayings> fields_;
};

// The path that is below the fact: `person.grade`.
std::string PathOf(const FieldKey& key);

}  // namespace mlup::sync
