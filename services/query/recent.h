// What was recorded a short while ago, and is part of the same reading.
#pragma once

#include <string>
#include <unordered_map>

#include "absl/time/time.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/mutex.h"

namespace mlup::query {

// Remembers so many for an hour; what is forgotten before is recorded again. Any thread.
class Recent {
 public:
  explicit Recent(const Clock& clock) : clock_(clock) {}

  bool Contains(const std::string& key) const {
    MutexLock lock(mutex_);
    const auto found = at_.find(key);
    return found != at_.end() && clock_.Now() < found->second + kFor;
  }
  void Add(const std::string& key) {
    const absl::Time now = clock_.Now();
    MutexLock lock(mutex_);
    if (at_.size() >= kReadingsMax) {
      std::erase_if(at_, [now](const auto& old) { return now >= old.second + kFor; });
    }
    if (at_.size() >= kReadingsMax) at_.clear();
    at_[key] = now;
  }

 private:
  static constexpr absl::Duration kFor = absl::Hours(1);

  const Clock& clock_;
  mutable Mutex mutex_;
  std::unordered_map<std::string, absl::Time> at_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::query
