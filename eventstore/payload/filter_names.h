// Names in a filter that no event here can have, and what was meant.
//
// A filter that can fit nothing is a mistyped one: nobody appends an event of a type or category
// that this program does not know. Each function is pure, may be called from any thread, and gives
// words for an error, with the nearest name; empty where events may have the name.
#pragma once

#include <string>
#include <string_view>

namespace mlup::payload {

std::string NoSuchCategory(std::string_view category);

// `type`: a full type such as `mlup.cases.v1.CaseClosed`.
std::string NoSuchType(std::string_view type);

// `prefix`: the beginning of full types.
std::string NoSuchTypes(std::string_view prefix);

// `prefix`: the name of a stream or its beginning.
std::string NoSuchStreams(std::string_view prefix);

}  // namespace mlup::payload
