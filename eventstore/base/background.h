// Threads whose work may wait for that of others.
#pragma once

#include <sys/types.h>

namespace mlup {

// Names the calling thread and puts it behind those that somebody waits for: while both processors
// are wanted, such a thread gets about a tenth of one, and all of it else. Not the idle class of
// the system: a mutex that such a thread holds would then wait for a free processor, and whoever
// answers a caller behind it. There is no way back without privileges, so a thread that serves
// callers never calls this. At most 15 characters.
void RunInBackground(const char* name);

// The class of one thread with the system's scheduler. Any thread may change it.
class ThreadClass {
 public:
  // Whether a thread of this process that went idle can come back: with RLIMIT_NICE of 20
  // (systemd's LimitNICE=+0), or with CAP_SYS_NICE.
  static bool CanComeBack();

  // Of the calling thread.
  ThreadClass();

  // Runs only while a processor has nothing else to do, and gives it up at once. Whatever waits for
  // a mutex of the thread then waits for a free processor as well: only with somebody who watches
  // and calls Ordinary(), and only where CanComeBack().
  void Idle();
  void Ordinary();

 private:
  pid_t thread_;
};

}  // namespace mlup
