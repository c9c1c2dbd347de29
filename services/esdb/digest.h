// Ids that are always the same for the same text.
#pragma once

#include <string>
#include <string_view>

namespace mlup::esdb {

// A UUID (version 8) from the BLAKE2b digest of `text`. Pure.
std::string UuidOf(std::string_view text);

}  // namespace mlup::esdb
