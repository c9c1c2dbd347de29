#include "eventstore/base/executor.h"

#include <utility>

#include <pthread.h>

namespace mlup {

Executor::Executor(Options options) : options_(std::move(options)) {
  for (std::size_t i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this] {
      pthread_setname_np(pthread_self(), options_.thread_name.c_str());
      Work();
    });
  }
}

Executor::~Executor() {
  {
    MutexLock lock(mutex_);
    closing_ = true;
  }
  arrived_.NotifyAll();
  threads_.clear();
}

bool Executor::TryRun(std::function<void()> work) {
  {
    MutexLock lock(mutex_);
    if (queue_.size() >= options_.queue_max) return false;
    queue_.push_back(std::move(work));
  }
  arrived_.NotifyOne();
  return true;
}

void Executor::Run(std::function<void()> work) {
  {
    MutexLock lock(mutex_);
    queue_.push_back(std::move(work));
  }
  arrived_.NotifyOne();
}

std::size_t Executor::depth() const {
  MutexLock lock(mutex_);
  return queue_.size();
}

void Executor::Work() {
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

}  // namespace mlup
