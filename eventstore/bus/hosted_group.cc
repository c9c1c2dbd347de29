// Reading, handing out and answering of one group.
#include "eventstore/bus/hosted_group.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "eventstore/base/passing.h"
#include "eventstore/base/status.h"
#include "eventstore/log/history.h"
#include "eventstore/log/read_rules.h"

namespace mlup::log {
namespace {

constexpr std::size_t kBatchEvents = 256;
// Events that are kept ready to be handed out.
constexpr std::size_t kReadyMin = 256;
// Until a failed read is tried again.
constexpr absl::Duration kRetryWait = absl::Seconds(1);

}  // namespace

HostedGroup::HostedGroup(Host& host, StoredGroup stored)
    : host_(host),
      definition_(std::move(stored.definition)),
      read_to_revision_(stored.read_to_revision),
      stored_history_(stored.history),
      last_move_(host.parts.clock.Now()),
      saved_read_to_(stored.state.read_to) {
  group_ = std::make_unique<ConsumerGroup>(definition_.settings.rules, std::move(stored.state));
}

bool HostedGroup::Step(Position head) {
  const absl::Time now = host_.parts.clock.Now();
  if (!Verified(now)) return false;
  bool moved = false;
  if (const std::optional<Page> from = PlanRead(head, now); from.has_value()) {
    moved = TakePage(Read(*from, head), *from, now);
  }
  std::vector<Batch> batches = TakeBatches(now);
  for (Batch& batch : batches) Send(std::move(batch));
  return moved || !batches.empty();
}

bool HostedGroup::Verified(absl::Time now) {
  Position read_to;
  std::uint64_t history = 0;
  {
    MutexLock lock(mutex_);
    if (verified_) return true;
    if (closed_ || now < retry_at_) return false;
    read_to = group_->read_to();
    history = stored_history_;
  }
  const absl::Status status = CheckHistory(host_.parts.log, read_to, history);
  MutexLock lock(mutex_);
  // The group may have begun anew meanwhile.
  if (group_->read_to() != read_to || stored_history_ != history) return false;
  verified_ = status.ok();
  if (!verified_) FailLocked(status, now);
  return verified_;
}

void HostedGroup::FailLocked(const absl::Status& status, absl::Time now) {
  const std::string reason = ErrorReason(status);
  failure_ = absl::StrCat(reason, reason.empty() ? "" : ": ", status.message());
  retry_at_ = IsPassing(status) ? now + kRetryWait : absl::InfiniteFuture();
}

std::optional<HostedGroup::Page> HostedGroup::PlanRead(Position head, absl::Time now) {
  MutexLock lock(mutex_);
  group_->Tick(now);
  const bool idle = closed_ || consumers_.empty() || group_->read_to() >= head ||
                    group_->ready() >= kReadyMin || group_->Room() == 0 ||
                    !group_->stopped_because().empty() || now < retry_at_;
  if (idle) return std::nullopt;
  return Page{.read_to = group_->read_to(), .read_to_revision = read_to_revision_};
}

absl::StatusOr<HostedGroup::Page> HostedGroup::Read(const Page& from, Position head) {
  return definition().target.stream.empty() ? ReadWholeLog(from) : ReadOneStream(from, head);
}

absl::StatusOr<HostedGroup::Page> HostedGroup::ReadWholeLog(const Page& from) {
  const GroupTarget target = definition().target;
  pb::ReadAllRequest request;
  request.set_from_position(from.read_to.value + 1);
  request.set_limit(kBatchEvents);
  *request.mutable_filter() = target.filter;
  ASSIGN_OR_RETURN(pb::ReadAllResponse read, host_.parts.log.ReadAll(request));
  Page page;
  page.read_to = {read.next_position() == 0 ? read.head() : read.next_position() - 1};
  page.records.reserve(static_cast<std::size_t>(read.records_size()));
  for (pb::Record& record : *read.mutable_records()) {
    if (target.include_system || !IsSystem(record)) page.records.push_back(std::move(record));
  }
  return page;
}

absl::StatusOr<HostedGroup::Page> HostedGroup::ReadOneStream(const Page& from, Position head) {
  pb::ReadStreamRequest request;
  request.set_stream(definition().target.stream);
  request.set_from_revision(from.read_to_revision.value + 1);
  request.set_limit(kBatchEvents);
  ASSIGN_OR_RETURN(pb::ReadStreamResponse read, host_.parts.log.ReadStream(request));
  Page page{.read_to = from.read_to, .read_to_revision = from.read_to_revision};
  page.records.reserve(static_cast<std::size_t>(read.records_size()));
  for (pb::Record& record : *read.mutable_records()) {
    page.read_to_revision = {record.revision()};
    // A group that begins after a position does not know the stream's revision there.
    if (Position{record.position()} <= from.read_to) continue;
    page.read_to = {record.position()};
    page.records.push_back(std::move(record));
  }
  // The head is older than the read: all of the stream up to there has been seen.
  if (page.read_to_revision.value >= read.last_revision()) {
    page.read_to = std::max(page.read_to, head);
  }
  return page;
}

std::uint64_t HostedGroup::KeyOfLocked(const pb::Record& record) const {
  const bool correlated = definition_.settings.rules.strategy == Strategy::kPinnedByCorrelation &&
                          !record.event().correlation_id().empty();
  return StreamKey64(correlated ? record.event().correlation_id() : record.stream());
}

bool HostedGroup::TakePage(absl::StatusOr<Page> page, const Page& from, absl::Time now) {
  MutexLock lock(mutex_);
  if (!page.ok()) {
    FailLocked(page.status(), now);
    return false;
  }
  // The group was changed while the page was read.
  if (closed_ || group_->read_to() != from.read_to) return true;
  failure_.clear();
  Position taken = page->read_to;
  for (pb::Record& record : page->records) {
    if (group_->Room() == 0) {
      taken = group_->read_to();
      break;
    }
    const GroupEvent event{.position = {record.position()},
                           .stream_key = KeyOfLocked(record),
                           .revision = {record.revision()}};
    group_->Offer(event);
    read_to_revision_ = event.revision;
    const std::size_t bytes = record.ByteSizeLong();
    if (at_hand_bytes_ + bytes > kGroupCacheBytesMax) continue;
    at_hand_bytes_ += bytes;
    at_hand_.emplace(event.position, std::move(record));
  }
  if (taken == page->read_to)
    read_to_revision_ = std::max(read_to_revision_, page->read_to_revision);
  group_->Passed(taken);
  last_move_ = now;
  return true;
}

std::vector<HostedGroup::Batch> HostedGroup::TakeBatches(absl::Time now) {
  std::map<ConsumerId, Batch> batches;
  std::vector<Batch> taken;
  MutexLock lock(mutex_);
  if (closed_ || now < retry_at_) return taken;
  for (const auto& delivery : group_->Dispatch(now, kBatchEvents)) {
    Batch& batch = batches[delivery.consumer];
    batch.events.push_back(delivery.event);
    const auto found = at_hand_.find(delivery.event.position);
    if (found == at_hand_.end()) {
      batch.records.emplace_back();
      continue;
    }
    at_hand_bytes_ -= std::min(at_hand_bytes_, found->second.ByteSizeLong());
    batch.records.emplace_back(std::move(found->second));
    at_hand_.erase(found);
  }
  taken.reserve(batches.size());
  for (auto& [id, batch] : batches) {
    batch.consumer = id;
    batch.options = consumers_.at(id).options;
    // Nothing more until it has taken this.
    group_->SetOpen(id, false);
    taken.push_back(std::move(batch));
  }
  if (!taken.empty()) last_move_ = now;
  return taken;
}

absl::StatusOr<std::vector<GroupDelivery>> HostedGroup::Fetch(Batch& batch) {
  std::vector<GroupDelivery> deliveries;
  deliveries.reserve(batch.events.size());
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < batch.events.size(); ++i) {
    if (!batch.records[i].has_value()) {
      ASSIGN_OR_RETURN(batch.records[i], RecordAt(host_.parts.log, batch.events[i].position));
    }
    bytes += batch.records[i]->ByteSizeLong();
    if (i > 0 && bytes > kReadBytesMax) {
      PutBack(batch, i);
      break;
    }
    deliveries.push_back({*std::move(batch.records[i]), batch.events[i].tries});
  }
  return deliveries;
}

void HostedGroup::PutBack(const Batch& batch, std::size_t from) {
  MutexLock lock(mutex_);
  for (std::size_t i = from; i < batch.events.size(); ++i) {
    group_->Return(batch.consumer, batch.events[i].position);
  }
}

absl::Status HostedGroup::Admit(const Batch& batch, std::vector<GroupDelivery>& deliveries) {
  if (!batch.options->admit) return absl::OkStatus();
  std::map<Position, std::uint32_t> tries;
  std::vector<pb::Record> records;
  records.reserve(deliveries.size());
  for (GroupDelivery& delivery : deliveries) {
    tries[{delivery.record.position()}] = delivery.tries;
    records.push_back(std::move(delivery.record));
  }
  deliveries.clear();
  ASSIGN_OR_RETURN(records, batch.options->admit(std::move(records)));
  for (pb::Record& record : records) {
    const auto found = tries.find({record.position()});
    if (found == tries.end()) continue;
    deliveries.push_back({std::move(record), found->second});
    tries.erase(found);
  }
  const absl::Time now = host_.parts.clock.Now();
  MutexLock lock(mutex_);
  for (const auto& [position, count] : tries) group_->Ack(position, now);
  return absl::OkStatus();
}

void HostedGroup::Send(Batch batch) {
  absl::StatusOr<std::vector<GroupDelivery>> deliveries = Fetch(batch);
  absl::Status status = deliveries.status();
  if (status.ok()) status = Admit(batch, *deliveries);
  if (!status.ok()) {
    PutBack(batch, 0);
    const bool consumers_fault = deliveries.ok() && !IsPassing(status);
    if (consumers_fault) return EndConsumer(batch.consumer, status);
    MutexLock lock(mutex_);
    failure_ = std::string(status.message());
    retry_at_ = host_.parts.clock.Now() + kRetryWait;
    group_->SetOpen(batch.consumer, true);
    return;
  }
  {
    MutexLock lock(mutex_);
    failure_.clear();
    delivered_ += deliveries->size();
    const auto consumer = consumers_.find(batch.consumer);
    if (consumer != consumers_.end()) consumer->second.delivered += deliveries->size();
  }
  if (deliveries->empty() || batch.options->deliver(*std::move(deliveries)))
    Continue(batch.consumer);
}

absl::Time HostedGroup::NextDue() {
  MutexLock lock(mutex_);
  const absl::Time retry = retry_at_ > host_.parts.clock.Now() ? retry_at_ : absl::InfiniteFuture();
  return std::min(group_->NextTimer(), retry);
}

absl::StatusOr<ConsumerId> HostedGroup::Connect(ConsumerOptions options) {
  ConsumerId id;
  {
    MutexLock lock(mutex_);
    if (closed_) return Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "the group closes");
    const absl::Time now = host_.parts.clock.Now();
    if (consumers_.size() >= definition_.settings.consumers_max) {
      return Error(absl::StatusCode::kFailedPrecondition, "CONSUMERS_FULL",
                   absl::StrCat("the group has all of its ", definition_.settings.consumers_max,
                                " consumers: end one, or raise consumers_max"));
    }
    id = {++last_consumer_};
    group_->Connect(id, options.credits);
    consumers_[id] = {.options = std::make_shared<const ConsumerOptions>(std::move(options)),
                      .connected_at = now};
    last_move_ = now;
    ++host_.consumers;
  }
  host_.wake();
  return id;
}

void HostedGroup::Disconnect(ConsumerId id) {
  {
    MutexLock lock(mutex_);
    if (closed_ || consumers_.erase(id) == 0) return;
    --host_.consumers;
    group_->Disconnect(id, host_.parts.clock.Now());
  }
  host_.wake();
}

void HostedGroup::CountAnswersLocked(ConsumerId id, std::size_t count, absl::Time now) {
  answered_ += count;
  const auto consumer = consumers_.find(id);
  if (consumer != consumers_.end()) consumer->second.answered += count;
  if (count > 0) last_move_ = now;
}

std::size_t HostedGroup::Ack(ConsumerId id, const std::vector<Position>& positions) {
  std::size_t counted = 0;
  {
    MutexLock lock(mutex_);
    if (closed_) return 0;
    const absl::Time now = host_.parts.clock.Now();
    for (const Position position : positions) counted += group_->Ack(position, now) ? 1 : 0;
    CountAnswersLocked(id, counted, now);
  }
  host_.wake();
  return counted;
}

std::size_t HostedGroup::Nack(ConsumerId id, const std::vector<Position>& positions,
                              NackAction action, std::string_view reason) {
  std::size_t counted = 0;
  {
    MutexLock lock(mutex_);
    if (closed_) return 0;
    const absl::Time now = host_.parts.clock.Now();
    for (const Position position : positions) {
      counted += group_->Nack(id, position, action, reason, now) ? 1 : 0;
    }
    CountAnswersLocked(id, counted, now);
  }
  host_.wake();
  return counted;
}

void HostedGroup::Continue(ConsumerId id) {
  {
    MutexLock lock(mutex_);
    if (closed_) return;
    group_->SetOpen(id, true);
  }
  host_.wake();
}

void HostedGroup::EndConsumer(ConsumerId id, const absl::Status& why) {
  std::shared_ptr<const ConsumerOptions> options;
  {
    MutexLock lock(mutex_);
    const auto found = consumers_.find(id);
    if (found == consumers_.end()) return;
    options = found->second.options;
  }
  Disconnect(id);
  if (options->ended) options->ended(why);
}

}  // namespace mlup::log
