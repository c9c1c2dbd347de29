// Ids that are always the same for the same text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mlup::esdb {

// BLAKE2b of `text`, 16 to 64 bytes. Pure.
std::string Digest(std::string_view text, std::size_t bytes);

// A UUID (version 8) from the same digest. Pure.
std::string UuidOf(std::string_view text);

}  // namespace mlup::esdb
