#include "eventstore/base/background.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace mlup {
namespace {

// Of -20 (first) to 19 (last).
constexpr int kBackgroundNice = 10;

}  // namespace

void RunInBackground(const char* name) {
  pthread_setname_np(pthread_self(), name);
  // Of this thread only: Linux keeps the value by thread. Going down is always allowed.
  setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kBackgroundNice);
}

}  // namespace mlup
