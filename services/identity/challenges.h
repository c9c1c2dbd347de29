// What somebody signs to prove that they hold a key now.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "eventstore/base/clock.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "services/identity/credential_key.h"

namespace mlup::identity {

// Challenges are good for five minutes, for one purpose, and once. One that was given out is not
// remembered, so that asking for many takes no memory; one that was used is. Any thread. Borrows
// both.
class Challenges {
 public:
  Challenges(const CredentialKey& key, const Clock& clock) : key_(key), clock_(clock) {}

  std::string New(std::string_view purpose) const;
  // Uses it up. PERMISSION_DENIED CHALLENGE_OVER where it is of another purpose, too old or used.
  absl::Status Use(const std::string& challenge, std::string_view purpose);

 private:
  std::string Sign(std::string_view content, std::string_view purpose) const;

  const CredentialKey& key_;
  const Clock& clock_;
  Mutex mutex_;
  // By challenge: until when it would be good.
  std::map<std::string, std::int64_t> used_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::identity
