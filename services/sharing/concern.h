// What follows the data: records that void, correct, merge, unmerge or erase what was recorded
// before.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/message.h>

#include "mlup/log/v1/event_store.pb.h"
#include "services/sharing/field_paths.h"

namespace mlup::sharing {

// What such a record is about. Who received the event, or anything about one of the entities,
// receives the record.
struct Concern {
  // An event of the same stream; empty where it is about entities only.
  std::string event_id;
  // `person/<id>` or `household/<id>`.
  std::vector<std::string> entities;
  // The record that goes on after a merge of persons: whoever received something about it receives
  // the merge where the person whose record ends consents.
  std::string survivor_id;
};

// Nothing for a record that stands for itself. `message` holds its clear fields; null for a type
// that this program does not know. Pure.
std::optional<Concern> ConcernOf(const log::v1::Record& record,
                                 const google::protobuf::Message* message);

// Whether a type is one of such records, the erasure apart, which is known by its stream.
bool FollowsData(std::string_view type);

// Whether the record of a person ends and another one goes on for it.
bool MergesPersons(const log::v1::Record& record);

// The fields that say which event or person such a record is about.
FieldPaths ReferenceFields(std::string_view type);

// Narrows a read to what may fit `covered` or follow something that did. A part of what it lets
// through fits neither.
log::v1::Filter WithConcerns(const log::v1::Filter& covered);

}  // namespace mlup::sharing
