// The distance of Damerau and Levenshtein, neighbours turned round once.
#include "eventstore/base/nearest.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace mlup {
namespace {

constexpr std::size_t kWordMax = 128;

// What is compared first: letters without case, and digits.
std::string Bare(std::string_view word) {
  std::string bare;
  for (const char c : word) {
    if (c == '_' || c == '-' || c == ' ') continue;
    bare.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
  }
  return bare;
}

std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before;
  std::vector<std::size_t> above(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<std::size_t> row(b.size() + 1);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      const bool turned = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (turned) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = std::exchange(above, std::move(row));
  }
  return above[b.size()];
}

}  // namespace

std::string Nearest(std::string_view word, std::span<const std::string> names) {
  const std::string bare = Bare(word);
  if (bare.empty() || word.size() > kWordMax) return "";
  const std::string* nearest = nullptr;
  // The distance of the bare forms decides, then that of the words as they stand.
  std::pair<std::size_t, std::size_t> least;
  for (const std::string& name : names) {
    const std::string bare_name = Bare(name);
    const std::size_t most = std::max(bare.size(), bare_name.size()) / 3;
    const std::size_t apart =
        std::max(bare.size(), bare_name.size()) - std::min(bare.size(), bare_name.size());
    if (apart > most) continue;
    const std::size_t distance = Distance(bare, bare_name);
    if (distance > most) continue;
    const std::pair<std::size_t, std::size_t> candidate(distance, Distance(word, name));
    if (nearest != nullptr && candidate >= least) continue;
    nearest = &name;
    least = candidate;
  }
  return nearest == nullptr ? "" : *nearest;
}

std::string DidYouMean(std::string_view word, std::span<const std::string> names) {
  const std::string nearest = Nearest(word, names);
  return nearest.empty() ? "" : absl::StrCat("; did you mean ", nearest, "?");
}

}  // namespace mlup
