#include "services/command/kits.h"

#include <algorithm>

#include "eventstore/payload/payload.h"
#include "mlup/common/v1/common.pb.h"
#include "mlup/donations/v1/donation_events.pb.h"

namespace mlup::command {
namespace {

using donations::v1::ItemsDistributed;
using donations::v1::KitDefined;
using google::protobuf::DynamicCastToGenerated;

// Those of the stores alone that say which kits there are.
log::pb::ReadAllRequest FromPosition(Position from) {
  log::pb::ReadAllRequest request;
  request.set_from_position(from.value);
  request.mutable_filter()->add_stream_prefixes("store/");
  request.mutable_filter()->add_types(KitDefined::descriptor()->full_name());
  request.mutable_filter()->add_types(common::v1::EntryVoided::descriptor()->full_name());
  return request;
}

bool Defines(const google::protobuf::Message& message, const KitName& kit) {
  const auto* defined = DynamicCastToGenerated<KitDefined>(&message);
  return defined != nullptr && KitName(defined->kit_code(), defined->version()) == kit;
}

bool DefinedIn(const domain::UnitOfWork& unit, const KitName& kit) {
  for (const domain::UnitOfWork::Change& change : unit.Changes()) {
    const bool defines = std::ranges::any_of(change.added, [&kit](const domain::LiveEvent& event) {
      return event.message != nullptr && Defines(*event.message, kit);
    });
    if (defines) return true;
  }
  return false;
}

}  // namespace

KitName KitNamed(const google::protobuf::Message& fact) {
  const auto* items = DynamicCastToGenerated<ItemsDistributed>(&fact);
  return items == nullptr ? KitName() : KitName(items->kit_code(), items->kit_version());
}

absl::StatusOr<bool> DefinedKits::Has(const KitName& kit, const domain::UnitOfWork& unit) {
  const auto knows = [this, &kit]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return std::ranges::any_of(kits_, [&kit](const auto& known) { return known.second == kit; });
  };
  {
    MutexLock lock(mutex_);
    if (knows()) return true;
    RETURN_IF_ERROR(Follow());
    if (knows()) return true;
  }
  return DefinedIn(unit, kit);
}

absl::Status DefinedKits::Follow() {
  log::pb::ReadAllRequest request = FromPosition({last_.value + 1});
  while (true) {
    ASSIGN_OR_RETURN(const log::pb::ReadAllResponse page, log_.ReadAll(request));
    for (const log::pb::Record& record : page.records()) {
      // What cannot be read defines nothing.
      const auto message = payload::JoinClear(record.event());
      if (!message.ok()) continue;
      if (const auto* defined = DynamicCastToGenerated<KitDefined>(message->get())) {
        kits_[record.event().event_id()] = {defined->kit_code(), defined->version()};
      } else if (const auto* voided =
                     DynamicCastToGenerated<common::v1::EntryVoided>(message->get())) {
        kits_.erase(voided->voids_event_id());
      }
    }
    if (page.next_position() == 0) {
      last_ = {page.head()};
      return absl::OkStatus();
    }
    last_ = {page.next_position() - 1};
    request.set_from_position(page.next_position());
  }
}

}  // namespace mlup::command
