#include "services/rpc/executor.h"

#include <utility>

#include <pthread.h>

namespace mlup::rpc {

Executor::Executor(Options options, const Clock& clock) : options_(options), clock_(clock) {
  for (int i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this] {
      pthread_setname_np(pthread_self(), "mlup-rpc");
      Work();
    });
  }
}

Executor::~Executor() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  threads_.clear();
}

bool Executor::Submit(std::function<void()> job) {
  {
    MutexLock lock(mutex_);
    if (queue_.size() >= options_.queue_max) return false;
    queue_.push_back(std::move(job));
  }
  changed_.NotifyOne();
  return true;
}

std::size_t Executor::depth() const {
  MutexLock lock(mutex_);
  return queue_.size();
}

void Executor::Work() {
  while (true) {
    std::function<void()> job;
    {
      MutexLock lock(mutex_);
      while (queue_.empty() && !stopping_) changed_.Wait(mutex_);
      if (queue_.empty()) return;
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    job();
  }
}

}  // namespace mlup::rpc
