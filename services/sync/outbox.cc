#include "services/sync/outbox.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/days.h"
#include "eventstore/base/uuid.h"
#include "eventstore/log/timestamp.h"
#include "services/command/envelope.h"
#include "services/domain/account.h"

namespace mlup::sync {
namespace {

using v1::ItemsSettled;

// In which an event of a device is looked for.
constexpr std::uint32_t kPageEvents = 32;
constexpr int kPagesMax = 64;

// The events of the stream from the last on, until `wants_more` says no, or they are too many.
absl::Status ReadBack(
    log::EventLog& log, const std::string& stream,
    const std::function<bool(const log::v1::Record&, const ItemsSettled&)>& wants_more) {
  log::pb::ReadStreamRequest page;
  page.set_stream(stream);
  page.set_direction(log::v1::DIRECTION_BACKWARD);
  page.set_limit(kPageEvents);
  for (int i = 0; i < kPagesMax; ++i) {
    ASSIGN_OR_RETURN(const log::pb::ReadStreamResponse read, log.ReadStream(page));
    for (const log::v1::Record& record : read.records()) {
      ItemsSettled settled;
      if (!settled.ParseFromString(record.event().common())) {
        return Error(absl::StatusCode::kDataLoss, "PAYLOAD_DAMAGED",
                     absl::StrCat("position ", record.position(), " cannot be read"));
      }
      if (!wants_more(record, settled) || record.revision() == 1) return absl::OkStatus();
      page.set_from_revision(record.revision() - 1);
    }
    if (read.records().empty()) return absl::OkStatus();
  }
  return absl::OkStatus();
}

}  // namespace

std::string StreamOf(const Device& device) {
  const std::string id = std::string(
      RecordIdOf(domain::AccountStream(absl::StrCat(device.actor_id, "\n", device.name))));
  return absl::StrCat("device/", id);
}

absl::StatusOr<Outbox::State> Outbox::Read(const Device& device, std::uint64_t lowest) const {
  State state;
  RETURN_IF_ERROR(ReadBack(parts_.log, StreamOf(device),
                           [&](const log::v1::Record& record, const ItemsSettled& settled) {
                             if (state.revision.value == 0) {
                               state.revision = Revision{record.revision()};
                               state.next_sequence = settled.items().rbegin()->sequence() + 1;
                             }
                             for (const Settled& item : settled.items()) {
                               if (item.sequence() >= lowest) state.settled[item.sequence()] = item;
                             }
                             return settled.items(0).sequence() > lowest;
                           }));
  return state;
}

absl::Status Outbox::Settle(const Device& device, Revision revision, ItemsSettled settled) const {
  const absl::Time now = parts_.clock.Now();
  const std::string today = FormatDay(DayOf(now));
  settled.set_account_id(std::string(RecordIdOf(domain::AccountStream(device.actor_id))));
  settled.set_device(device.name);
  command::v1::CommandContext context;
  context.set_request_id(absl::StrCat("settled-", NewUuid(parts_.clock, parts_.random)));
  context.set_actor_id(device.actor_id);
  context.set_device(device.name);
  context.set_channel(log::v1::CHANNEL_SYSTEM);
  context.set_sensitivity(log::v1::SENSITIVITY_RESTRICTED);
  log::v1::Occurred occurred;
  occurred.set_precision(log::v1::PRECISION_INSTANT);
  occurred.set_from(today);
  occurred.set_to(today);
  *occurred.mutable_instant() = log::ToTimestamp(now);
  log::pb::AppendRequest append;
  append.mutable_key()->set_organisation_id("devices");
  append.mutable_key()->set_request_id(context.request_id());
  log::pb::StreamWrite& write = *append.add_writes();
  write.set_stream(StreamOf(device));
  if (revision.value == 0) {
    write.mutable_expected()->set_no_stream(true);
  } else {
    write.mutable_expected()->set_revision(revision.value);
  }
  log::v1::Event& event = *write.add_events();
  event = command::MakeEnvelope(context, occurred, NewUuid(parts_.clock, parts_.random),
                                settled.GetTypeName());
  event.set_common(settled.SerializeAsString());
  append.set_request_digest(parts_.keyring.Digest(append.SerializeAsString()));
  return parts_.log.Append(append).status();
}

absl::StatusOr<std::vector<v1::RefusedItem>> Outbox::RefusedSince(const Device& device,
                                                                  Position since) const {
  std::vector<v1::RefusedItem> refused;
  RETURN_IF_ERROR(ReadBack(parts_.log, StreamOf(device),
                           [&](const log::v1::Record& record, const ItemsSettled& settled) {
                             if (record.position() <= since.value) return false;
                             for (int i = settled.items_size() - 1; i >= 0; --i) {
                               const Settled& item = settled.items(i);
                               if (!item.has_refused() || refused.size() == kRefusedMax) continue;
                               refused.emplace_back().set_sequence(item.sequence());
                               *refused.back().mutable_refusal() = item.refused();
                             }
                             return refused.size() < kRefusedMax;
                           }));
  std::ranges::reverse(refused);
  return refused;
}

absl::StatusOr<std::uint64_t> Outbox::BaseOf(const Device& device, std::string_view request_digest,
                                             std::string_view stream) const {
  std::uint64_t base = 0;
  RETURN_IF_ERROR(
      ReadBack(parts_.log, StreamOf(device), [&](const auto&, const ItemsSettled& settled) {
        const auto item =
            std::ranges::find(settled.items(), request_digest, &ItemsSettled::Item::request_digest);
        if (item == settled.items().end()) return true;
        const auto known = std::ranges::find(item->bases(), stream, &v1::StreamHead::stream);
        if (known != item->bases().end()) base = known->revision();
        return false;
      }));
  return base;
}

}  // namespace mlup::sync
