// The file of one consumer group.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "eventstore/base/types.h"
#include "eventstore/bus/group_host.h"

// All functions are pure and may be called from any thread.
namespace mlup::log {

// What a group keeps.
struct StoredGroup {
  GroupDefinition definition;
  GroupState state;
  // The last revision that was read, of a group on one stream.
  Revision read_to_revision = {};
  // Names the history at state.read_to.
  std::uint64_t history = 0;
};

// `mlupGRP1`, a BLAKE2b of 16 bytes over what follows, and a serialised mlup.bus.v1.GroupFile.
std::string EncodeGroup(const StoredGroup& group);

// DATA_LOSS GROUP_DAMAGED.
absl::StatusOr<StoredGroup> ParseGroup(std::string_view bytes);

// `<32 hexadecimal digits>.group`, from the group's name.
std::string GroupFileName(std::string_view group);
bool IsGroupFileName(std::string_view name);

}  // namespace mlup::log
