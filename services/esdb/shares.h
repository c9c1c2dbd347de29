// So much of something for each subscriber, that none has all of it.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "eventstore/base/mutex.h"

namespace mlup::esdb {

// Any thread.
class Shares {
 public:
  explicit Shares(std::size_t of_one_max) : of_one_max_(of_one_max) {}

  // False when that is more than is left of the subscriber's share.
  bool Take(const std::string& subscriber_id, std::size_t amount) {
    MutexLock lock(mutex_);
    std::size_t& taken = taken_[subscriber_id];
    if (amount > of_one_max_ - taken) return false;
    taken += amount;
    return true;
  }

  // What was taken, or a part of it.
  void Give(const std::string& subscriber_id, std::size_t amount) {
    MutexLock lock(mutex_);
    const auto taken = taken_.find(subscriber_id);
    taken->second -= amount;
    if (taken->second == 0) taken_.erase(taken);
  }

 private:
  const std::size_t of_one_max_;
  Mutex mutex_;
  std::map<std::string, std::size_t> taken_ ABSL_GUARDED_BY(mutex_);
};

// What one call has of its subscriber's share; given back when the call is gone. One thread at a
// time. Borrows the shares.
class Holding {
 public:
  Holding(Shares& shares, std::string subscriber_id)
      : shares_(shares), subscriber_id_(std::move(subscriber_id)) {}
  ~Holding() { Give(held_); }
  Holding(const Holding&) = delete;
  Holding& operator=(const Holding&) = delete;

  // False when it is more than is left; then the call has what it had.
  bool Take(std::size_t amount) {
    if (!shares_.Take(subscriber_id_, amount)) return false;
    held_ += amount;
    return true;
  }
  void Give(std::size_t amount) {
    if (amount == 0) return;
    held_ -= amount;
    shares_.Give(subscriber_id_, amount);
  }
  std::size_t held() const { return held_; }

 private:
  Shares& shares_;
  const std::string subscriber_id_;
  std::size_t held_ = 0;
};

}  // namespace mlup::esdb
