#include "projections/counting/lookups.h"

#include <algorithm>
#include <utility>

namespace mlup::counting {
namespace {

// As many are sorted before they go into the bitmap, which is slow one by one.
constexpr std::size_t kSortedAtOnce = 8192;

}  // namespace

Lookups::Noting::Noting(Lookups& into) : before_(std::exchange(current, &into)) {}

Lookups::Noting::~Noting() { current = before_; }

void Lookups::Add(Word id) {
  if (!latest_.empty() && latest_.back() == id) return;
  latest_.push_back(id);
  if (latest_.size() == kSortedAtOnce) Flush();
}

void Lookups::Flush() {
  std::ranges::sort(latest_);
  latest_.erase(std::unique(latest_.begin(), latest_.end()), latest_.end());
  ids_.addMany(latest_.size(), latest_.data());
  latest_.clear();
}

void Lookups::Close() {
  Flush();
  latest_ = {};
  ids_.runOptimize();
  ids_.shrinkToFit();
}

}  // namespace mlup::counting
