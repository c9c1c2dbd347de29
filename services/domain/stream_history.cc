#include "services/domain/stream_history.h"

#include <algorithm>
#include <utility>

#include <google/protobuf/descriptor.h>

#include "eventstore/base/check.h"
#include "eventstore/log/timestamp.h"
#include "eventstore/payload/patch.h"
#include "eventstore/payload/payload.h"
#include "mlup/command/v1/command.pb.h"
#include "mlup/common/v1/common.pb.h"
#include "services/domain/aggregates.h"
#include "services/fields/occurred.h"

namespace mlup::domain {
namespace {

using google::protobuf::Message;

// What an event takes besides its texts and its message: its places in the containers, and its
// share of the states.
constexpr std::size_t kEventOverhead = 256;

std::size_t BytesOf(const LiveEvent& event) {
  return sizeof(LiveEvent) + kEventOverhead + event.info.event_id.size() +
         event.info.stream.size() + event.info.actor_id.size() + event.type.size() +
         (event.message == nullptr ? 0 : event.message->SpaceUsedLong());
}

// Changes that no longer fit the event are passed over: folding never fails on what was accepted
// once.
void Make(const google::protobuf::RepeatedPtrField<common::v1::FieldChange>& changes,
          Message& message) {
  for (const common::v1::FieldChange& change : changes) {
    payload::WriteField(message, change.field(), change.new_value()).IgnoreError();
  }
}

LiveEvent Corrected(LiveEvent event, const common::v1::DetailsCorrected& correction) {
  const std::shared_ptr<Message> corrected(event.message->New());
  corrected->CopyFrom(*event.message);
  Make(correction.changes(), *corrected);
  for (const auto& person : correction.persons()) Make(person.changes(), *corrected);
  event.message = corrected;
  if (correction.has_occurred()) event.info.occurred = fields::DaysOf(correction.occurred());
  if (!correction.place().empty()) event.info.place = correction.place();
  return event;
}

}  // namespace

StreamHistory::StreamHistory(std::shared_ptr<const StreamHistory> base)
    : base_(std::move(base)),
      stream_(base_->stream_),
      base_size_(base_->size()),
      unknown_(base_->unknown_) {}

std::unique_ptr<StreamHistory> StreamHistory::Copy() const {
  CHECK(base_ == nullptr);
  auto copy = std::make_unique<StreamHistory>(stream_);
  copy->own_ = own_;
  copy->index_ = index_;
  copy->rewritten_ = rewritten_;
  copy->unknown_ = unknown_;
  copy->bytes_ = bytes_;
  for (const auto& [aggregate, state] : states_) {
    copy->states_[aggregate] = aggregate->CopyState(state.get());
  }
  return copy;
}

const LiveEvent& StreamHistory::At(std::size_t index) const {
  if (!rewritten_.empty()) {
    const auto rewritten = rewritten_.find(index);
    if (rewritten != rewritten_.end()) return rewritten->second;
  }
  return index < base_size_ ? base_->At(index) : *own_[index - base_size_];
}

std::optional<std::size_t> StreamHistory::IndexOf(std::string_view event_id) const {
  if (base_ != nullptr) {
    if (const auto earlier = base_->IndexOf(event_id)) return earlier;
  }
  const auto found = index_.find(event_id);
  if (found == index_.end()) return std::nullopt;
  return base_size_ + found->second;
}

const LiveEvent* StreamHistory::Find(std::string_view event_id) const {
  const auto index = IndexOf(event_id);
  return index ? &At(*index) : nullptr;
}

std::optional<std::size_t> StreamHistory::FirstUnknown() const {
  if (unknown_.empty()) return std::nullopt;
  return *unknown_.begin();
}

void StreamHistory::Add(LiveEvent event) {
  const auto added = std::make_shared<const LiveEvent>(std::move(event));
  Apply(*added);
  if (added->message == nullptr) unknown_.insert(size());
  index_.emplace(added->info.event_id, own_.size());
  bytes_ += BytesOf(*added);
  own_.push_back(added);
  if (added->message != nullptr) Fold(*added);
}

void StreamHistory::Fold(const LiveEvent& event) {
  const auto& type = *event.message->GetDescriptor();
  if (base_ == nullptr) {
    for (const AnyAggregate* const aggregate : Aggregates()) {
      if (!aggregate->Follows(type)) continue;
      std::shared_ptr<void>& state = states_[aggregate];
      if (state == nullptr) state = aggregate->NewState();
    }
  }
  for (const auto& [aggregate, state] : states_) {
    aggregate->Fold(state.get(), *event.message, event.info);
  }
}

void StreamHistory::Apply(const LiveEvent& event) {
  if (const auto* entry = dynamic_cast<const common::v1::EntryVoided*>(event.message.get())) {
    const auto index = IndexOf(entry->voids_event_id());
    if (!index) return;
    LiveEvent voided = At(*index);
    voided.voided = true;
    unknown_.erase(*index);
    Rewrite(*index, std::move(voided));
  }
  if (const auto* entry = dynamic_cast<const common::v1::DetailsCorrected*>(event.message.get())) {
    const auto index = IndexOf(entry->corrects_event_id());
    if (!index || At(*index).message == nullptr) return;
    Rewrite(*index, Corrected(At(*index), *entry));
  }
}

void StreamHistory::Rewrite(std::size_t index, LiveEvent event) {
  bytes_ += BytesOf(event);
  const bool followed = event.message != nullptr;
  const LiveEvent& rewritten = rewritten_.insert_or_assign(index, std::move(event)).first->second;
  for (auto& [aggregate, state] : states_) {
    if (!followed || !aggregate->Follows(*rewritten.message->GetDescriptor())) continue;
    state = FoldFrom(0, *aggregate, aggregate->NewState());
  }
}

std::vector<LiveEvent> StreamHistory::Added() const {
  std::vector<LiveEvent> events;
  events.reserve(own_.size());
  for (const auto& event : own_) events.push_back(*event);
  return events;
}

void StreamHistory::CutBack(std::size_t count) {
  CHECK(base_ != nullptr && count <= own_.size());
  if (count == own_.size()) return;
  std::vector<LiveEvent> kept = Added();
  kept.resize(count);
  own_.clear();
  index_.clear();
  rewritten_.clear();
  unknown_ = base_->unknown_;
  bytes_ = 0;
  states_.clear();
  for (LiveEvent& event : kept) Add(std::move(event));
}

std::shared_ptr<void> StreamHistory::FoldFrom(std::size_t from, const AnyAggregate& aggregate,
                                              std::shared_ptr<void> state) const {
  for (std::size_t i = from; i < size(); ++i) {
    const LiveEvent& event = At(i);
    if (event.voided || event.message == nullptr) continue;
    aggregate.Fold(state.get(), *event.message, event.info);
  }
  return state;
}

const void* StreamHistory::KnownState(const AnyAggregate& aggregate) const {
  if (base_ != nullptr && own_.empty()) return base_->KnownState(aggregate);
  const auto known = states_.find(&aggregate);
  if (known != states_.end()) return known->second.get();
  const auto& all = Aggregates();
  const bool kept = base_ == nullptr && std::find(all.begin(), all.end(), &aggregate) != all.end();
  return kept ? aggregate.EmptyState() : nullptr;
}

const void* StreamHistory::StateOf(const AnyAggregate& aggregate) const {
  if (const void* const known = KnownState(aggregate)) return known;
  CHECK(base_ != nullptr && "a history without a base has the states of all aggregates");
  const void* const before = rewritten_.empty() ? base_->KnownState(aggregate) : nullptr;
  std::shared_ptr<void>& state = states_[&aggregate];
  state = before == nullptr ? FoldFrom(0, aggregate, aggregate.NewState())
                            : FoldFrom(base_size_, aggregate, aggregate.CopyState(before));
  return state.get();
}

log::v1::Sensitivity LeastSensitivity(const StreamHistory& history) {
  if (history.size() == 0 || history.At(0).message == nullptr) return log::v1::SENSITIVITY_NORMAL;
  const auto& rule =
      history.At(0).message->GetDescriptor()->options().GetExtension(command::v1::event);
  return std::max(rule.sensitivity(), log::v1::SENSITIVITY_NORMAL);
}

absl::StatusOr<LiveEvent> ReadEvent(const log::v1::Record& record) {
  const log::v1::Event& event = record.event();
  LiveEvent live;
  live.info = {event.event_id(),
               record.stream(),
               event.actor().actor_id(),
               fields::DaysOf(event.occurred()),
               event.actor().on_behalf_of(),
               event.actor().organisation_id(),
               event.place(),
               event.sector(),
               record.recorded_at().seconds()};
  live.type = event.type();
  live.known_at = log::FromTimestamp(event.has_source_recorded_at() ? event.source_recorded_at()
                                                                    : record.recorded_at());
  absl::StatusOr<std::unique_ptr<Message>> message = payload::JoinClear(event);
  if (message.ok()) {
    live.message = *std::move(message);
  } else if (ErrorReason(message.status()) != "EVENT_TYPE_UNKNOWN") {
    return message.status();
  }
  return live;
}

}  // namespace mlup::domain
