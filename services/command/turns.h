// Commands that got into each other's way take turns.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>

#include "eventstore/base/mutex.h"

namespace mlup::command {

// One at a time for each stream, so that those that would all decide on the same revision, of which
// the log appends one, do not. A courtesy, which nothing rests on: whoever has waited for a second
// goes on.
//
// Any thread.
class Turns {
 public:
  // Ends with its life.
  class Turn {
   public:
    Turn(Turns& turns, const std::string& stream) : turns_(turns), stream_(stream) {
      MutexLock lock(turns_.mutex_);
      Line& line = turns_.lines_[stream_];
      ++line.present;
      while (line.taken) {
        if (!line.next.WaitFor(turns_.mutex_, std::chrono::seconds(1))) break;
      }
      mine_ = !line.taken;
      line.taken = true;
    }
    ~Turn() {
      MutexLock lock(turns_.mutex_);
      Line& line = turns_.lines_[stream_];
      if (mine_) line.taken = false;
      if (--line.present == 0) {
        turns_.lines_.erase(stream_);
      } else {
        line.next.NotifyOne();
      }
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Turns& turns_;
    const std::string stream_;
    bool mine_ = false;
  };

 private:
  struct Line {
    bool taken = false;
    // Those who wait, and the one whose turn it is.
    std::size_t present = 0;
    Condition next;
  };

  Mutex mutex_;
  std::map<std::string, Line> lines_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::command
