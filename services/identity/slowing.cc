#include "services/identity/slowing.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"

namespace mlup::identity {
namespace {

struct Bound {
  // That cost nothing.
  int free;
  absl::Duration wait_max;
};

constexpr Bound kHere = {4, absl::Minutes(5)};
constexpr Bound kAccount = {40, absl::Minutes(1)};
constexpr Bound kAddress = {100, absl::Seconds(10)};
// Failures count half after this.
constexpr absl::Duration kHalfLife = absl::Minutes(15);
constexpr int kDoublingsMax = 12;

struct Name {
  std::string key;
  Bound bound;
};

std::array<Name, 3> NamesOf(std::string_view actor_id, std::string_view address) {
  return {{{absl::StrCat("here\n", ToAbsl(actor_id), "\n", ToAbsl(address)), kHere},
           {absl::StrCat("account\n", ToAbsl(actor_id)), kAccount},
           {absl::StrCat("address\n", ToAbsl(address)), kAddress}}};
}

absl::Duration WaitAfter(int failures, const Bound& bound) {
  if (failures <= bound.free) return absl::ZeroDuration();
  const int doublings = std::min(failures - bound.free - 1, kDoublingsMax);
  return std::min(absl::Seconds(1) * (1 << doublings), bound.wait_max);
}

}  // namespace

absl::Status Slowing::MayTry(std::string_view actor_id, std::string_view address, absl::Time now) {
  MutexLock lock(mutex_);
  absl::Duration wait;
  for (const Name& name : NamesOf(actor_id, address)) {
    const auto found = tries_.find(name.key);
    if (found == tries_.end()) continue;
    // Where the clock was set back since, the wait is no longer than it was.
    found->second.next = std::min(found->second.next, now + name.bound.wait_max);
    wait = std::max(wait, found->second.next - now);
  }
  if (wait <= absl::ZeroDuration()) return absl::OkStatus();
  return Error(absl::StatusCode::kResourceExhausted, "SIGN_IN_SLOWED",
               absl::StrCat("too many sign-ins failed: try again in ",
                            absl::ToInt64Seconds(absl::Ceil(wait, absl::Seconds(1))), " s"));
}

void Slowing::Failed(std::string_view actor_id, std::string_view address, absl::Time now) {
  MutexLock lock(mutex_);
  for (const Name& name : NamesOf(actor_id, address)) {
    Tries& tries = tries_[name.key];
    for (absl::Time half = tries.last + kHalfLife; tries.failures > 0 && half <= now;
         half += kHalfLife) {
      tries.failures /= 2;
    }
    ++tries.failures;
    tries.last = now;
    tries.next = now + WaitAfter(tries.failures, name.bound);
  }
  Cut();
}

void Slowing::Succeeded(std::string_view actor_id, std::string_view address) {
  MutexLock lock(mutex_);
  tries_.erase(NamesOf(actor_id, address)[0].key);
}

std::size_t Slowing::size() {
  MutexLock lock(mutex_);
  return tries_.size();
}

void Slowing::Cut() {
  if (tries_.size() <= kSlowedMax) return;
  // A quarter at once, so that it is not looked for each time.
  std::vector<absl::Time> lasts;
  for (const auto& [name, tries] : tries_) lasts.push_back(tries.last);
  const auto quarter = lasts.begin() + static_cast<std::ptrdiff_t>(lasts.size() / 4);
  std::nth_element(lasts.begin(), quarter, lasts.end());
  std::erase_if(tries_, [oldest = *quarter](const auto& one) { return one.second.last <= oldest; });
}

}  // namespace mlup::identity
