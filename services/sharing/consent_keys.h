// Keys of the read model `consents`; its table stands in consent_projection.h.
#pragma once

#include <string>
#include <string_view>

#include "eventstore/base/bytes.h"
#include "eventstore/base/types.h"
#include "projections/store/keys.h"

namespace mlup::sharing {

// `kind`, the first part, 00.
inline std::string KeyPrefix(char kind, std::string_view part) {
  std::string key(1, kind);
  key.append(part);
  key.push_back('\0');
  return key;
}

inline std::string Key(char kind, std::string_view part, std::string_view rest) {
  return KeyPrefix(kind, part).append(rest);
}

inline std::string Key(char kind, std::string_view part, Position position) {
  return KeyPrefix(kind, part).append(BigEndian(position.value));
}

inline std::string EventKeyPart(std::string_view stream, std::string_view event_id) {
  std::string part(stream);
  part.push_back('\0');
  return part.append(event_id);
}

}  // namespace mlup::sharing
