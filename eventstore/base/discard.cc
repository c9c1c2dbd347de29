#include "eventstore/base/discard.h"

#include <cstddef>
#include <utility>

#include "eventstore/base/background.h"

namespace mlup {
namespace {

constexpr std::size_t kWaitingMax = 8;

}  // namespace

Discard::Discard() : thread_([this](const std::stop_token& stop) { Run(stop); }) {}

Discard::~Discard() {
  thread_.request_stop();
  const MutexLock lock(mutex_);
  changed_.NotifyAll();
}

void Discard::Take(std::shared_ptr<const void> what) {
  const MutexLock lock(mutex_);
  if (waiting_.size() >= kWaitingMax) return;
  waiting_.push_back(std::move(what));
  changed_.NotifyAll();
}

void Discard::Run(const std::stop_token& stop) {
  RunInBackground("mlup-discard");
  while (!stop.stop_requested()) {
    std::shared_ptr<const void> next;
    {
      const MutexLock lock(mutex_);
      if (waiting_.empty() && !stop.stop_requested()) changed_.Wait(mutex_);
      if (waiting_.empty()) continue;
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
  }
}

}  // namespace mlup
