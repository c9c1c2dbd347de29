// What people see of one group, what they do to it, and its file.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/bus/hosted_group.h"
#include "eventstore/log/history.h"

namespace mlup::log {
namespace {

// A group whose filter passes over everything saves where it is only so often: to read this much
// again after a crash costs little.
constexpr absl::Duration kPassedSaveInterval = absl::Seconds(10);

std::string Seconds(absl::Duration duration) {
  return absl::StrCat(absl::ToInt64Seconds(duration), " s");
}

}  // namespace

std::vector<std::shared_ptr<const ConsumerOptions>> HostedGroup::TakeConsumersLocked() {
  std::vector<std::shared_ptr<const ConsumerOptions>> taken;
  taken.reserve(consumers_.size());
  for (const auto& [id, consumer] : consumers_) taken.push_back(consumer.options);
  host_.consumers -= consumers_.size();
  consumers_.clear();
  return taken;
}

void HostedGroup::Close(const absl::Status& why) {
  std::vector<std::shared_ptr<const ConsumerOptions>> ended;
  {
    MutexLock lock(mutex_);
    if (closed_) return;
    closed_ = true;
    ended = TakeConsumersLocked();
  }
  for (const auto& options : ended) {
    if (options->ended) options->ended(why);
  }
}

void HostedGroup::Change(const GroupSettings& settings, const std::optional<StoredGroup>& anew) {
  std::vector<std::shared_ptr<const ConsumerOptions>> ended;
  {
    MutexLock lock(mutex_);
    ended = TakeConsumersLocked();
    definition_.settings = settings;
    GroupState state = group_->Save();
    changes_ += group_->version() + 1;
    if (anew.has_value()) {
      definition_.start = anew->definition.start;
      state = anew->state;
      read_to_revision_ = anew->read_to_revision;
      stored_history_ = anew->history;
      at_hand_.clear();
      at_hand_bytes_ = 0;
      verified_ = false;
      retry_at_ = absl::InfinitePast();
      failure_.clear();
    }
    // What consumers held is pending again, and no failure of theirs.
    group_ = std::make_unique<ConsumerGroup>(settings.rules, std::move(state));
  }
  for (const auto& options : ended) {
    if (options->ended) {
      options->ended(Error(absl::StatusCode::kAborted, "GROUP_CHANGED",
                           "the group was changed: connect again"));
    }
  }
}

std::size_t HostedGroup::ReplayParked(const std::vector<Position>& positions, std::size_t limit) {
  std::size_t count = 0;
  {
    MutexLock lock(mutex_);
    count = group_->ReplayParked(positions, limit, host_.parts.clock.Now());
  }
  host_.wake();
  return count;
}

std::size_t HostedGroup::SkipParked(const std::vector<Position>& positions) {
  MutexLock lock(mutex_);
  return group_->SkipParked(positions, host_.parts.clock.Now());
}

std::vector<ParkedEvent> HostedGroup::ListParked(Position after, std::size_t limit) const {
  std::vector<ParkedEvent> list;
  MutexLock lock(mutex_);
  const auto& parked = group_->parked();
  for (auto at = parked.upper_bound(after); at != parked.end() && list.size() < limit; ++at) {
    list.push_back(at->second);
  }
  return list;
}

void HostedGroup::Resume() {
  {
    MutexLock lock(mutex_);
    group_->Resume();
    last_move_ = host_.parts.clock.Now();
  }
  host_.wake();
}

GroupDefinition HostedGroup::definition() const {
  MutexLock lock(mutex_);
  return definition_;
}

GroupStatus HostedGroup::Status(Position head, Revision last_revision) const {
  const absl::Time now = host_.parts.clock.Now();
  GroupStatus status;
  MutexLock lock(mutex_);
  const bool on_one_stream = !definition_.target.stream.empty();
  status.definition = definition_;
  status.head = std::max(head, group_->read_to());
  status.checkpoint = group_->checkpoint();
  status.read_to = group_->read_to();
  status.last_revision = last_revision;
  status.read_to_revision = read_to_revision_;
  const GroupEvent* const oldest = group_->oldest_unfinished();
  status.checkpoint_revision = read_to_revision_;
  if (on_one_stream && oldest != nullptr) {
    status.checkpoint_revision = {oldest->revision.value - 1};
  }
  status.lag = on_one_stream ? last_revision.value -
                                   std::min(last_revision.value, status.checkpoint_revision.value)
                             : status.head.value - status.checkpoint.value;
  status.last_progress = group_->last_progress();
  status.oldest_unacked = group_->oldest_unacked();
  status.oldest_unacked_since = group_->oldest_unacked_since();
  status.in_flight = group_->in_flight();
  status.waiting_for_retry = group_->waiting_for_retry();
  status.parked = group_->parked().size();
  for (const auto& [position, parked] : group_->parked()) {
    status.oldest_parked = std::min(status.oldest_parked, parked.parked_at);
  }
  status.delivered = delivered_;
  status.answered = answered_;
  for (const auto& [id, consumer] : consumers_) {
    status.consumers.push_back({.name = consumer.options->name,
                                .connected_at = consumer.connected_at,
                                .credits = consumer.options->credits,
                                .in_flight = group_->in_flight_of(id),
                                .delivered = consumer.delivered,
                                .answered = consumer.answered});
  }
  status.reason = ReasonLocked(status, now);
  if (!status.reason.empty()) {
    status.condition = GroupCondition::kStalled;
  } else if (status.lag > 0) {
    status.condition = GroupCondition::kCatchingUp;
  }
  return status;
}

std::string HostedGroup::ReasonLocked(const GroupStatus& status, absl::Time now) const {
  if (!failure_.empty()) return absl::StrCat("it cannot read its events: ", failure_);
  if (!group_->stopped_because().empty()) {
    return absl::StrCat(group_->stopped_because(), "; resume it");
  }
  if (!save_failure_.empty()) return absl::StrCat("its state cannot be saved: ", save_failure_);
  if (group_->parked_is_full()) {
    return absl::StrCat("its list of parked events is full (", status.parked,
                        "): replay or skip them");
  }
  if (status.lag > 0 && consumers_.empty()) return "no consumer is connected";
  if (group_->Room() == 0 && group_->ready() == 0) {
    return absl::StrCat("blocked by the event at position ",
                        group_->oldest_unfinished()->position.value, ": ", group_->unfinished(),
                        " later ones wait for it and others");
  }
  const absl::Duration unacked = now - status.oldest_unacked_since;
  if (unacked > host_.options.stalled_after) {
    return absl::StrCat("the event at position ", status.oldest_unacked.value,
                        " has been without an acknowledgement for ", Seconds(unacked));
  }
  if (status.lag > 0 && now - last_move_ > host_.options.stalled_after) {
    return absl::StrCat("no consumer has taken anything for ", Seconds(now - last_move_));
  }
  return "";
}

bool HostedGroup::DirtyLocked(absl::Time now) const {
  return changes_ + group_->version() != saved_version_ ||
         (group_->read_to() != saved_read_to_ && now - saved_at_ >= kPassedSaveInterval);
}

void HostedGroup::SaveIfDue(absl::Time now) {
  {
    MutexLock lock(mutex_);
    if (closed_ || now - saved_at_ < host_.options.save_interval || !DirtyLocked(now)) return;
  }
  // The failure stands in the status, and the next round tries again.
  Save().IgnoreError();
}

absl::Status HostedGroup::Erase() {
  MutexLock saving(saving_);
  erased_ = true;
  RETURN_IF_ERROR(host_.parts.files.Remove(Path()));
  return host_.parts.files.SyncFolder(host_.options.folder);
}

std::string HostedGroup::Path() const {
  return absl::StrCat(host_.options.folder, "/", GroupFileName(definition().name));
}

absl::Status HostedGroup::Save() {
  MutexLock saving(saving_);
  if (erased_) return absl::OkStatus();
  StoredGroup stored;
  std::uint64_t version = 0;
  {
    MutexLock lock(mutex_);
    stored = {.definition = definition_,
              .state = group_->Save(),
              .read_to_revision = read_to_revision_,
              .history = stored_history_};
    version = changes_ + group_->version();
    // Until the log is known to be the same, what names its history stays as it was.
    if (verified_) stored.history = 0;
  }
  absl::Status status;
  if (stored.history == 0) {
    const auto history = HistoryAt(host_.parts.log, stored.state.read_to);
    status = history.status();
    if (history.ok()) stored.history = *history;
  }
  if (status.ok()) {
    status = host_.parts.files.Replace(Path(), EncodeGroup(stored));
  }
  MutexLock lock(mutex_);
  saved_at_ = host_.parts.clock.Now();
  save_failure_ = std::string(status.message());
  if (!status.ok()) return status;
  saved_version_ = version;
  saved_read_to_ = stored.state.read_to;
  return absl::OkStatus();
}

}  // namespace mlup::log
