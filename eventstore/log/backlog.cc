#include "eventstore/log/backlog.h"

#include <utility>

namespace mlup::log {

bool Backlog::Add(IndexedGroups::Group group, const journal::Place& end) {
  MutexLock lock(mutex_);
  if (filling_ == nullptr) filling_ = std::make_shared<IndexedGroups>();
  const std::size_t before = filling_->bytes();
  if (!filling_->Add(std::move(group))) return false;
  filling_->EndAt(end);
  added_bytes_ += filling_->bytes() - before;
  ++changes_;
  changes_.notify_one();
  if (waits_for_any_ || filling_->bytes() >= wanted_) {
    waits_for_any_ = false;
    added_.NotifyOne();
  }
  return true;
}

Revision Backlog::StreamHead(std::string_view stream) const {
  MutexLock lock(mutex_);
  for (const IndexedGroups* groups :
       {static_cast<const IndexedGroups*>(filling_.get()), taken_.get()}) {
    const auto* run = groups == nullptr ? nullptr : groups->FindRun(stream);
    if (run != nullptr) return run->last();
  }
  return {0};
}

IndexedGroups::Run Backlog::Run(std::string_view stream) const {
  MutexLock lock(mutex_);
  IndexedGroups::Run all;
  for (const IndexedGroups* groups :
       {taken_.get(), static_cast<const IndexedGroups*>(filling_.get())}) {
    const auto* run = groups == nullptr ? nullptr : groups->FindRun(stream);
    if (run == nullptr) continue;
    if (all.positions.empty()) all.first = run->first;
    all.positions.insert(all.positions.end(), run->positions.begin(), run->positions.end());
  }
  return all;
}

Position Backlog::FindRequest(std::string_view index_key) const {
  MutexLock lock(mutex_);
  Position found = {0};
  if (filling_ != nullptr) found = filling_->FindRequest(index_key);
  if (found.value == 0 && taken_ != nullptr) found = taken_->FindRequest(index_key);
  return found;
}

std::vector<absl::uint128> Backlog::TakenIds(const std::vector<absl::uint128>& ids) const {
  std::vector<absl::uint128> taken;
  MutexLock lock(mutex_);
  for (const absl::uint128 id : ids) {
    if ((filling_ != nullptr && filling_->HasEvent(id)) ||
        (taken_ != nullptr && taken_->HasEvent(id))) {
      taken.push_back(id);
    }
  }
  return taken;
}

IndexedGroups::Group Backlog::BlockAt(Position position) const {
  MutexLock lock(mutex_);
  IndexedGroups::Group group;
  if (taken_ != nullptr) group = taken_->BlockAt(position);
  if (group == nullptr && filling_ != nullptr) group = filling_->BlockAt(position);
  return group;
}

std::shared_ptr<const IndexedGroups> Backlog::Take(std::size_t bytes, absl::Duration patience) {
  MutexLock lock(mutex_);
  while (filling_ == nullptr && !closed_) {
    waits_for_any_ = true;
    added_.Wait(mutex_);
  }
  waits_for_any_ = false;
  wanted_ = bytes;
  bool is_time = false;
  while (!is_time && filling_ != nullptr && filling_->bytes() < bytes && in_haste_ == 0 &&
         !closed_) {
    is_time = !added_.WaitFor(mutex_, absl::ToChronoNanoseconds(patience));
  }
  if (filling_ == nullptr || lost_) return nullptr;
  taken_ = std::exchange(filling_, nullptr);
  return taken_;
}

void Backlog::Drop() {
  std::shared_ptr<const IndexedGroups> dropped;  // freed without the lock
  MutexLock lock(mutex_);
  dropped.swap(taken_);
  if (dropped != nullptr) dropped_bytes_ += dropped->bytes();
  dropped_.NotifyAll();
}

bool Backlog::WaitFor(Position position) {
  MutexLock lock(mutex_);
  ++in_haste_;
  added_.NotifyOne();
  const auto has = [&](const IndexedGroups* groups) {
    return groups != nullptr && groups->groups().front()->first() <= position;
  };
  while (!lost_ && (has(taken_.get()) || has(filling_.get()))) dropped_.Wait(mutex_);
  --in_haste_;
  return !lost_;
}

bool Backlog::WaitForRoom(std::size_t bytes) {
  MutexLock lock(mutex_);
  while (!lost_ && BytesLocked() > bytes) dropped_.Wait(mutex_);
  return !lost_;
}

void Backlog::Close(bool lost) {
  MutexLock lock(mutex_);
  closed_ = true;
  lost_ = lost_ || lost;
  added_.NotifyOne();
  dropped_.NotifyAll();
  ++changes_;
  changes_.notify_all();
}

void Backlog::AwaitAny() const {
  for (;;) {
    const std::uint32_t seen = changes_;
    if (closed_ || added_bytes_ != dropped_bytes_) return;
    changes_.wait(seen);
  }
}

std::size_t Backlog::BytesLocked() const {
  return (filling_ == nullptr ? 0 : filling_->bytes()) + (taken_ == nullptr ? 0 : taken_->bytes());
}

}  // namespace mlup::log
