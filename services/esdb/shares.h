// So much of something for each subscriber, that none has all of it.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "eventstore/base/mutex.h"

namespace mlup::esdb {

// Any thread.
class Shares {
 public:
  explicit Shares(std::size_t of_one_max) : of_one_max_(of_one_max) {}

  // False when the subscriber has its share already.
  bool Take(const std::string& subscriber_id) {
    MutexLock lock(mutex_);
    std::size_t& taken = taken_[subscriber_id];
    if (taken >= of_one_max_) return false;
    ++taken;
    return true;
  }

  // One that was taken.
  void Give(const std::string& subscriber_id) {
    MutexLock lock(mutex_);
    const auto taken = taken_.find(subscriber_id);
    if (--taken->second == 0) taken_.erase(taken);
  }

 private:
  const std::size_t of_one_max_;
  Mutex mutex_;
  std::map<std::string, std::size_t> taken_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::esdb
