// Keys of the log's RocksDB. The only place where they are built.
//
// clang-format off
// | family   | key                            | value                                            |
// |----------|--------------------------------|--------------------------------------------------|
// | default  | `format`                       | version of this table, decimal                   |
// | default  | `journal`                      | id of the journal (16)                           |
// | default  | `group`                        | first position of the last commit group (8), and how many appends, runs, blocks and ids there are (8 each) |
// | blocks   | position of its last record (8) | a block, see stored_block.h: the first key from a position on is that of its block |
// | streams  | stream name, 0x00, revision (8) | a run: positions of this revision and those after it that were written together |
// | requests | BLAKE2b of the request's key (16) | position of the append's first event (8)      |
// | ids      | an event's id (16)             | position of the event (8)                        |
// clang-format on
//
// (8): unsigned, 8 bytes, big-endian, so that bytes sort as numbers. Stream names hold no control
// character, so 0x00 ends them. A request's key is that of a block: length of organisation_id (1),
// organisation_id, request_id.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "eventstore/base/blake2b.h"
#include "eventstore/base/bytes.h"
#include "eventstore/base/check.h"
#include "eventstore/base/types.h"
#include "mlup/log/v1/event_store.pb.h"

namespace mlup::log {

inline constexpr std::string_view kFormatKey = "format";
inline constexpr std::string_view kJournalKey = "journal";
inline constexpr std::string_view kGroupKey = "group";

// The number in 8 bytes; 0, which no position or revision is, for any other length.
inline std::uint64_t NumberOf(std::string_view bytes) {
  return bytes.size() == 8 ? mlup::FromBigEndian(bytes) : 0;
}

inline std::string PositionKey(Position position) { return BigEndian(position.value); }

// What all keys of a stream begin with.
inline std::string StreamPrefix(std::string_view stream) {
  std::string key(stream);
  key.push_back('\0');
  return key;
}

inline std::string RunKey(std::string_view stream, Revision first) {
  return StreamPrefix(stream) + BigEndian(first.value);
}

inline std::string RequestKeyBytes(const v1::RequestKey& key) {
  CHECK(key.organisation_id().size() <= 0xff);
  return std::string(1, static_cast<char>(key.organisation_id().size())) + key.organisation_id() +
         key.request_id();
}

// Of the bytes above. Two keys with the same are not known of, and cannot be made.
inline std::string RequestIndexKey(std::string_view key) { return Blake2b(key, 16); }

}  // namespace mlup::log
