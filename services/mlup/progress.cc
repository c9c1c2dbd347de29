#include "services/mlup/progress.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace mlup::cli {
namespace {

constexpr std::uint64_t kBarWidth = 24;
constexpr absl::Duration kDrawEvery = absl::Milliseconds(100);

std::string Bar(std::uint64_t done, std::uint64_t total) {
  const std::uint64_t filled = std::min(done * kBarWidth / total, kBarWidth);
  return absl::StrCat("[", std::string(filled, '#'), std::string(kBarWidth - filled, '.'), "] ");
}

}  // namespace

void Progress::Show(std::uint64_t done) {
  const absl::Time now = clock_.Now();
  if (!shown_ || now - drawn_ < kDrawEvery) return;
  drawn_ = now;
  const double seconds = std::max(absl::ToDoubleSeconds(now - begun_), 0.001);
  const double rate = static_cast<double>(done) / seconds;
  std::string line = "\r\x1b[K";
  if (total_ > 0) absl::StrAppend(&line, Bar(done, total_));
  absl::StrAppend(&line, done);
  if (total_ > 0) absl::StrAppend(&line, "/", total_);
  absl::StrAppendFormat(&line, " %s, %.0f %s/s", unit_, rate, unit_);
  if (total_ > done && rate > 0) {
    absl::StrAppendFormat(&line, ", %.0f s left", static_cast<double>(total_ - done) / rate);
  }
  out_ << line << std::flush;
}

void Progress::Clear() {
  if (shown_ && drawn_ != absl::InfinitePast()) out_ << "\r\x1b[K" << std::flush;
  drawn_ = absl::InfinitePast();
}

}  // namespace mlup::cli
