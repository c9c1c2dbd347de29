// The rules of fields that look beyond the one field: at the day, at the field beside it, at the
// words of an enum, at what an event says at all. They stand in the protos as options
// (mlup.command.v1.rule and event).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "eventstore/base/days.h"
#include "eventstore/base/status.h"

namespace mlup::fields {

// Whether an event is as its author states it, or as it stands in the log.
enum class Stage { kStated, kStored };

// Checks an event message whose fields have passed Validate(); `occurred` are its possible days.
// INVALID_ARGUMENT with the path of the first bad field, which begins with `prefix`: DAY_IN_FUTURE,
// END_BEFORE_BEGINNING, OUT_OF_RANGE, WORD_UNKNOWN, SAYS_NOTHING, and FIELD_IS_DERIVED for what
// nobody states. Personal values are not repeated. Pure.
absl::Status CheckRelations(Stage stage, const google::protobuf::Message& event,
                            const std::optional<DayRange>& occurred, Day today,
                            const std::string& prefix);

// The words that a field may hold, in the order of its rule; empty where the rule names none.
std::vector<std::string> WordsAllowed(const google::protobuf::FieldDescriptor& field);

// What to add to a message about a day, month or year that may be counted from the Buddha: empty
// for any other.
std::string BuddhistEraHint(std::string_view date);

}  // namespace mlup::fields
