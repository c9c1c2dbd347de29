// A table under a lock.
#include "services/sharing/status_board.h"

#include "eventstore/base/limits.h"

namespace mlup::sharing {

std::string_view PathStateWord(PathState state) {
  switch (state) {
    case PathState::kWaiting:
      return "waiting";
    case PathState::kBehind:
      return "behind";
    case PathState::kLive:
      return "live";
    case PathState::kRetrying:
      return "retrying";
    case PathState::kStopped:
      return "stopped";
  }
  return "";
}

void StatusBoard::Report(PathStatus status) {
  const std::pair<std::string, std::string> key(status.subscriber_id, status.path);
  MutexLock lock(mutex_);
  const auto found = paths_.find(key);
  if (found == paths_.end()) {
    status.last_progress = absl::InfinitePast();
    if (paths_.size() < kStatusPathsMax) paths_.emplace(key, std::move(status));
    return;
  }
  const bool moved = found->second.position != status.position;
  status.last_progress = moved ? clock_.Now() : found->second.last_progress;
  found->second = std::move(status);
}

void StatusBoard::Forget(std::string_view subscriber_id, std::string_view path) {
  MutexLock lock(mutex_);
  paths_.erase({std::string(subscriber_id), std::string(path)});
}

std::vector<PathStatus> StatusBoard::All() const {
  MutexLock lock(mutex_);
  std::vector<PathStatus> all;
  all.reserve(paths_.size());
  for (const auto& [key, status] : paths_) all.push_back(status);
  return all;
}

}  // namespace mlup::sharing
