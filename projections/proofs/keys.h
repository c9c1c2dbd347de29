// Keys of the rows of the proofs. Numbers are big-endian.
//
// | key                             | value                                                      |
// |---------------------------------|------------------------------------------------------------|
// | `n` level (one byte) tile       | up to 256 hashes: at level 0 the header hashes of the      |
// |                                 | events, at 8, 16, … the roots of the subtrees of 2^level   |
// | `s` stream                      | count and head of the stream's chain                       |
// | `p` person's id                 | count and head of the subject's chain                      |
// | `q` person's id 00 position     | nothing: the event has a part of the person                |
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "projections/store/keys.h"

namespace mlup::projections {

inline std::string TileKey(int level, std::uint64_t tile) {
  return std::string("n") + static_cast<char>(level) + BigEndian(tile);
}
inline std::string StreamLeafKey(std::string_view stream) { return "s" + std::string(stream); }
inline std::string SubjectLeafKey(std::string_view subject_id) {
  return "p" + std::string(subject_id);
}
inline std::string SubjectPositionsPrefix(std::string_view subject_id) {
  return "q" + std::string(subject_id) + '\0';
}
inline std::string SubjectPositionKey(std::string_view subject_id, Position position) {
  return SubjectPositionsPrefix(subject_id) + BigEndian(position.value);
}

}  // namespace mlup::projections
