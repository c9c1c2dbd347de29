// A checksum and one message.
#include "eventstore/bus/group_file.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/status.h"
#include "eventstore/bus/group_pb.h"
#include "eventstore/journal/format.h"
#include "mlup/bus/v1/group_state.pb.h"

namespace mlup::log {
namespace {

constexpr std::string_view kMagic = "mlupGRP1";
constexpr std::string_view kEnding = ".group";

bus::v1::StoredEvent ToPb(const GroupEvent& event) {
  bus::v1::StoredEvent pb;
  pb.set_position(event.position.value);
  pb.set_stream_key(event.stream_key);
  pb.set_revision(event.revision.value);
  pb.set_tries(event.tries);
  return pb;
}

GroupEvent FromPb(const bus::v1::StoredEvent& pb) {
  return {.position = {pb.position()},
          .stream_key = pb.stream_key(),
          .revision = {pb.revision()},
          .tries = pb.tries()};
}

}  // namespace

std::string EncodeGroup(const StoredGroup& group) {
  bus::v1::GroupFile file;
  *file.mutable_definition() = ToPb(group.definition);
  file.set_read_to(group.state.read_to.value);
  file.set_read_to_revision(group.read_to_revision.value);
  file.set_history(group.history);
  for (const GroupEvent& event : group.state.unfinished) *file.add_unfinished() = ToPb(event);
  for (const ParkedEvent& parked : group.state.parked) {
    bus::v1::StoredParkedEvent& pb = *file.add_parked();
    *pb.mutable_event() = ToPb(parked.event);
    pb.set_reason(parked.reason);
    pb.set_parked_at_ns(absl::ToUnixNanos(parked.parked_at));
  }
  file.set_stopped_because(group.state.stopped_because);
  const std::string payload = file.SerializeAsString();
  return absl::StrCat(ToAbsl(kMagic), journal::HashOf(payload), payload);
}

absl::StatusOr<StoredGroup> ParseGroup(std::string_view bytes) {
  const auto damaged = [](std::string_view what) {
    return Error(absl::StatusCode::kDataLoss, "GROUP_DAMAGED", what);
  };
  const std::size_t header = kMagic.size() + journal::kDigestBytes;
  if (bytes.size() < header || !bytes.starts_with(kMagic)) return damaged("not a file of a group");
  const std::string_view payload = bytes.substr(header);
  if (bytes.substr(kMagic.size(), journal::kDigestBytes) != journal::HashOf(payload)) {
    return damaged("the checksum does not fit");
  }
  bus::v1::GroupFile file;
  if (!file.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    return damaged("not a message");
  }
  StoredGroup group{
      .definition = log::FromPb(file.definition()),
      .state = {.read_to = {file.read_to()}, .stopped_because = file.stopped_because()},
      .read_to_revision = {file.read_to_revision()},
      .history = file.history()};
  group.state.unfinished.reserve(static_cast<std::size_t>(file.unfinished_size()));
  for (const auto& event : file.unfinished()) group.state.unfinished.push_back(FromPb(event));
  group.state.parked.reserve(static_cast<std::size_t>(file.parked_size()));
  for (const auto& parked : file.parked()) {
    group.state.parked.push_back(
        {FromPb(parked.event()), parked.reason(), absl::FromUnixNanos(parked.parked_at_ns())});
  }
  RETURN_IF_ERROR(CheckDefinition(group.definition));
  return group;
}

std::string GroupFileName(std::string_view group) {
  return absl::StrCat(absl::BytesToHexString(journal::HashOf(group)), ToAbsl(kEnding));
}

bool IsGroupFileName(std::string_view name) { return name.ends_with(kEnding); }

}  // namespace mlup::log
