#include "services/identity/challenges.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include <sodium.h>

#include "services/identity/secrets.h"

namespace mlup::identity {
namespace {

constexpr absl::Duration kGoodFor = absl::Minutes(5);
constexpr std::size_t kRandomBytes = 16;
constexpr std::size_t kTimeBytes = 8;
constexpr std::size_t kMarkBytes = 16;

absl::Status Over() {
  return Error(absl::StatusCode::kPermissionDenied, "CHALLENGE_OVER",
               "this took too long, or was done before: begin again");
}

// The last second in which it is good.
std::int64_t EndIn(std::string_view content) {
  std::int64_t end = 0;
  for (std::size_t i = 0; i < kTimeBytes; ++i) {
    end = end * 256 + static_cast<unsigned char>(content[kRandomBytes + i]);
  }
  return end;
}

}  // namespace

std::string Challenges::New(std::string_view purpose) const {
  std::string content = NewRandomBytes(kRandomBytes);
  const std::int64_t end = absl::ToUnixSeconds(clock_.Now() + kGoodFor);
  for (int shift = 56; shift >= 0; shift -= 8) content.push_back(static_cast<char>(end >> shift));
  return content + Sign(content, purpose);
}

absl::Status Challenges::Use(const std::string& challenge, std::string_view purpose) {
  if (challenge.size() != kRandomBytes + kTimeBytes + kMarkBytes) return Over();
  const std::string content = challenge.substr(0, kRandomBytes + kTimeBytes);
  const std::string mark = Sign(content, purpose);
  if (sodium_memcmp(mark.data(), challenge.data() + content.size(), kMarkBytes) != 0) return Over();
  const std::int64_t now = absl::ToUnixSeconds(clock_.Now());
  if (now > EndIn(content)) return Over();
  MutexLock lock(mutex_);
  std::erase_if(used_, [now](const auto& used) { return now > used.second; });
  return used_.emplace(challenge, EndIn(content)).second ? absl::OkStatus() : Over();
}

std::string Challenges::Sign(std::string_view content, std::string_view purpose) const {
  return key_.Digest("challenge", absl::StrCat(ToAbsl(purpose), "\n", ToAbsl(content)))
      .substr(0, kMarkBytes);
}

}  // namespace mlup::identity
