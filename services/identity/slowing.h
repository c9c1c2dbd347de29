// Whoever guesses waits longer and longer, and the colleagues of whoever guesses do not.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"

namespace mlup::identity {

// Counts failures by account and address together, by account, and by address. The first of these
// is strict, so that one who guesses from one place is soon stopped; the other two are lenient: an
// office behind one address mistypes often, and nobody may keep somebody else from signing in for
// longer than a minute.
//
// Any thread. At most kSlowedMax names are kept; those that failed longest ago are let go.
class Slowing {
 public:
  // RESOURCE_EXHAUSTED SIGN_IN_SLOWED with the seconds to wait.
  absl::Status MayTry(std::string_view actor_id, std::string_view address, absl::Time now);
  void Failed(std::string_view actor_id, std::string_view address, absl::Time now);
  // Of this account from this address all is forgotten.
  void Succeeded(std::string_view actor_id, std::string_view address);

  std::size_t size();

 private:
  struct Tries {
    int failures = 0;
    absl::Time last;
    absl::Time next;
  };

  void Cut() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  std::map<std::string, Tries, std::less<>> tries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::identity
