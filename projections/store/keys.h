// Keys of the read models. Numbers are big-endian, so that the order of bytes is the order of
// numbers.
//
// | read model      | key                              | value                            |
// |-----------------|----------------------------------|----------------------------------|
// | indicator_facts | position                         | mlup.reports.v1.StoredFact       |
// | case_history    | `e` entity 00 position           | one byte of marks, then event id |
// | case_history    | `l` entity 00 entity 00 position | event id that makes the link     |
// | case_history    | `c` event id 00 position         | event id of what concerns it     |
// | case_history    | `u` event id 00 position         | event id of what undoes it       |
//
// An entity is a stream's name such as `person/<uuid>`, or what ties events of many streams
// together: the three below, which are no categories of streams. In the RocksDB folder every row's
// key has the byte 01 before it; the folder's own keys begin with 00.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "eventstore/base/bytes.h"
#include "eventstore/base/check.h"
#include "eventstore/base/types.h"

namespace mlup::projections {

inline std::string FactKey(Position position) { return BigEndian(position.value); }

inline std::string EntityPrefix(std::string_view entity) {
  return "e" + std::string(entity) + '\0';
}
inline std::string EntityKey(std::string_view entity, Position position) {
  return EntityPrefix(entity) + BigEndian(position.value);
}
// All that one piece of work recorded.
inline std::string CorrelationEntity(std::string_view id) {
  return "correlation/" + std::string(id);
}
// What one thing of another system became. Either name may hold a slash.
inline std::string SourceEntity(std::string_view system, std::string_view id) {
  return "source/" + std::to_string(system.size()) + "/" + std::string(system) + "/" +
         std::string(id);
}
// What an event is said to have caused.
inline std::string CausationEntity(std::string_view event_id) {
  return "causation/" + std::string(event_id);
}
inline std::string LinksPrefix(std::string_view from) { return "l" + std::string(from) + '\0'; }
inline std::string LinkKey(std::string_view from, std::string_view to, Position position) {
  return LinksPrefix(from) + std::string(to) + '\0' + BigEndian(position.value);
}
inline std::string ConcernsPrefix(std::string_view event_id) {
  return "c" + std::string(event_id) + '\0';
}
inline std::string ConcernsKey(std::string_view event_id, Position position) {
  return ConcernsPrefix(event_id) + BigEndian(position.value);
}
inline std::string UndoesPrefix(std::string_view event_id) {
  return "u" + std::string(event_id) + '\0';
}
inline std::string UndoesKey(std::string_view event_id, Position position) {
  return UndoesPrefix(event_id) + BigEndian(position.value);
}

// The position at the end of a key.
inline Position PositionOfKey(std::string_view key) {
  CHECK(key.size() >= 8);
  return {FromBigEndian(key.substr(key.size() - 8))};
}

}  // namespace mlup::projections
