#include "eventstore/server/executor.h"

#include <utility>

#include <pthread.h>

namespace mlup::log {

Executor::Executor(std::size_t threads, std::size_t queue_max) : queue_max_(queue_max) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

Executor::~Executor() {
  MutexLock lock(mutex_);
  closing_ = true;
  arrived_.NotifyAll();
}

bool Executor::TryRun(std::function<void()> work) {
  MutexLock lock(mutex_);
  if (queue_.size() >= queue_max_) return false;
  queue_.push_back(std::move(work));
  arrived_.NotifyOne();
  return true;
}

void Executor::Run(std::function<void()> work) {
  MutexLock lock(mutex_);
  queue_.push_back(std::move(work));
  arrived_.NotifyOne();
}

void Executor::Work() {
  pthread_setname_np(pthread_self(), "mlup-log-rpc");
  while (true) {
    std::function<void()> work;
    {
      MutexLock lock(mutex_);
      while (queue_.empty() && !closing_) arrived_.Wait(mutex_);
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work();
  }
}

}  // namespace mlup::log
