// Texts as numbers: what facts say is kept once and compared as a number.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"

namespace mlup::counting {

// The number of a text. Equal texts of one Words have equal numbers.
using Word = std::uint32_t;

// The empty text, which is what is unset.
inline constexpr Word kNoWord = 0;

// Any thread. Memory in proportion to the different texts; none is ever forgotten.
class Words {
 public:
  Words();
  Words(const Words&) = delete;
  Words& operator=(const Words&) = delete;

  // The text's number, a new one where it has none.
  Word Of(std::string_view text);
  // Nothing for a text that was never given one.
  std::optional<Word> Find(std::string_view text) const;
  // Lives as long as this.
  std::string_view Text(Word word) const;

 private:
  // A copy that lives as long as this.
  std::string_view Keep(std::string_view text) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  std::deque<std::string_view> texts_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<absl::string_view, Word> numbers_ ABSL_GUARDED_BY(mutex_);
  // The texts themselves, one behind the other.
  std::vector<std::unique_ptr<char[]>> blocks_ ABSL_GUARDED_BY(mutex_);
  // Bytes of the last block.
  std::size_t used_ ABSL_GUARDED_BY(mutex_) = 0;
  std::size_t free_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace mlup::counting
