// Consumer groups as messages: between mlup.bus.v1 and the structs of the bus.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "eventstore/bus/group_host.h"
#include "mlup/bus/v1/group_service.pb.h"

// All functions are pure and may be called from any thread.
namespace mlup::log {

// Shape and limits of a group. INVALID_ARGUMENT naming the field as mlup.bus.v1 does.
absl::Status CheckDefinition(const GroupDefinition& definition);
absl::Status CheckSettings(const GroupSettings& settings);
absl::Status CheckStart(const GroupStart& start, bool on_one_stream);

// What a message does not set takes the value that its comment names.
GroupDefinition FromPb(const bus::v1::GroupDefinition& pb);
GroupSettings FromPb(const bus::v1::GroupSettings& pb);
GroupStart FromPb(const bus::v1::GroupStart& pb);
NackAction FromPb(bus::v1::NackAction pb);

bus::v1::GroupDefinition ToPb(const GroupDefinition& definition);
bus::v1::GroupStatus ToPb(const GroupStatus& status);
bus::v1::ParkedEvent ToPb(const ParkedEvent& parked);

}  // namespace mlup::log
