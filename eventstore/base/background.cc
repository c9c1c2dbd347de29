#include "eventstore/base/background.h"

#include <thread>

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace mlup {
namespace {

// Of -20 (first) to 19 (last).
constexpr int kBackgroundNice = 10;

pid_t ThisThread() { return static_cast<pid_t>(syscall(SYS_gettid)); }

// Of the thread with this number; whether it may.
bool SetClass(pid_t thread, int policy) {
  const sched_param none{};
  return sched_setscheduler(thread, policy, &none) == 0;
}

}  // namespace

void RunInBackground(const char* name) {
  pthread_setname_np(pthread_self(), name);
  // Of this thread only: Linux keeps the value by thread. Going down is always allowed.
  setpriority(PRIO_PROCESS, static_cast<id_t>(ThisThread()), kBackgroundNice);
}

bool ThreadClass::CanComeBack() {
  bool can = false;
  // On a thread that nobody misses if it can not.
  std::thread([&can] {
    can = SetClass(ThisThread(), SCHED_IDLE) && SetClass(ThisThread(), SCHED_OTHER);
  }).join();
  return can;
}

ThreadClass::ThreadClass() : thread_(ThisThread()) {}

void ThreadClass::Idle() { SetClass(thread_, SCHED_IDLE); }

void ThreadClass::Ordinary() { SetClass(thread_, SCHED_OTHER); }

}  // namespace mlup
