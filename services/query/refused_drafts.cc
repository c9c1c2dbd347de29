#include "services/query/refused_drafts.h"

#include <utility>

#include "eventstore/log/timestamp.h"

namespace mlup::query {

using sync::v1::ItemsSettled;

absl::StatusOr<std::vector<RefusedDraft>> RefusedDrafts::Since(absl::Time since, Position up_to) {
  const MutexLock lock(mutex_);
  RETURN_IF_ERROR(ReadOn(up_to));
  std::vector<RefusedDraft> found;
  for (const RefusedDraft& draft : drafts_) {
    if (draft.refused_at >= since && draft.position <= up_to) found.push_back(draft);
  }
  return found;
}

absl::Status RefusedDrafts::ReadOn(Position up_to) {
  if (next_position_ > up_to.value) return absl::OkStatus();
  log::pb::ReadAllRequest page;
  page.set_from_position(next_position_);
  page.mutable_filter()->add_categories("device");
  page.mutable_filter()->add_types(ItemsSettled::descriptor()->full_name());
  do {
    ASSIGN_OR_RETURN(const log::pb::ReadAllResponse read, log_.ReadAll(page));
    for (const log::v1::Record& record : read.records()) {
      if (record.position() > up_to.value) break;
      ItemsSettled settled;
      if (settled.ParseFromString(record.event().common())) Add(record, settled);
    }
    page.set_from_position(read.next_position());
  } while (page.from_position() > 0 && page.from_position() <= up_to.value);
  next_position_ = up_to.value + 1;
  return absl::OkStatus();
}

void RefusedDrafts::Add(const log::v1::Record& record, const ItemsSettled& settled) {
  for (const ItemsSettled::Item& item : settled.items()) {
    if (!item.has_refused()) continue;
    RefusedDraft draft;
    draft.stream = record.stream();
    draft.position = {record.position()};
    draft.event_id = record.event().event_id();
    draft.actor_id = record.event().actor().actor_id();
    draft.device = settled.device();
    draft.sequence = item.sequence();
    draft.reason = item.refused().info().reason();
    draft.field = item.refused().info().field();
    draft.refused_at = log::FromTimestamp(record.recorded_at());
    drafts_.push_back(std::move(draft));
    if (drafts_.size() > kRefusedDraftsMax) drafts_.pop_front();
  }
}

}  // namespace mlup::query
