// Ages that are recorded with an event because only a sealed day of birth tells them: the fields
// marked `age_at_event` (proto/mlup/event/v1/event_options.proto).
//
// All functions are pure and may be called from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <google/protobuf/message.h>

namespace mlup::payload {

// The persons whose age the event may hold, in order, each once.
std::vector<std::string> PersonsWithAge(const google::protobuf::Message& event);

// Sets the age of a person in every part of the event that may hold it.
void SetAge(google::protobuf::Message& event, const std::string& person_id, std::uint32_t years);

// The age that the event holds of the first person for whom `is_wanted`; nothing where it holds
// none.
std::optional<int> AgeIn(const google::protobuf::Message& event,
                         const std::function<bool(const std::string&)>& is_wanted);

}  // namespace mlup::payload
