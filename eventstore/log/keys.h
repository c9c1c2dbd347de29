// Keys of the log's RocksDB. The only place where they are built.
//
// clang-format off
// | family   | key                                            | value                           |
// |----------|------------------------------------------------|---------------------------------|
// | default  | `format`                                       | version of this table, decimal  |
// | default  | `journal`                                      | id of the journal (16)          |
// | default  | `group`                                        | first position of the last commit group (8), number of all appends (8) |
// | records  | position (8)                                   | the serialised Record           |
// | streams  | stream name, 0x00, revision (8)                | position (8)                    |
// | requests | length of organisation_id (1), it, request_id  | the append's first position (8) |
// clang-format on
//
// (8): unsigned, 8 bytes, big-endian, so that bytes sort as numbers. Stream names hold no control
// character, so 0x00 ends them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "eventstore/base/bytes.h"
#include "eventstore/base/check.h"
#include "eventstore/base/types.h"
#include "mlup/log/v1/event_store.pb.h"

namespace mlup::log {

inline constexpr std::string_view kFormatKey = "format";
inline constexpr std::string_view kJournalKey = "journal";
inline constexpr std::string_view kGroupKey = "group";

// The number in 8 bytes; 0, which no position or revision is, for any other length.
inline std::uint64_t FromBigEndian(std::string_view bytes) {
  return bytes.size() == 8 ? mlup::FromBigEndian(bytes) : 0;
}

inline std::string RecordKey(Position position) { return BigEndian(position.value); }

// What all keys of a stream begin with.
inline std::string StreamPrefix(std::string_view stream) {
  std::string key(stream);
  key.push_back('\0');
  return key;
}

inline std::string StreamKey(std::string_view stream, Revision revision) {
  return StreamPrefix(stream) + BigEndian(revision.value);
}

inline std::string RequestIndexKey(const v1::RequestKey& key) {
  CHECK(key.organisation_id().size() <= 0xff);
  return std::string(1, static_cast<char>(key.organisation_id().size())) + key.organisation_id() +
         key.request_id();
}

}  // namespace mlup::log
