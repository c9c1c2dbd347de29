// Columns of values of which most are equal: each as a number of one, two or four bytes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace mlup::counting {

// A vector that grows by an eighth, as most of what is kept stands in vectors.
template <typename T>
void PushTight(std::vector<T>& values, T value) {
  constexpr std::size_t kLeast = 64;
  if (values.size() == values.capacity()) {
    values.reserve(values.size() + std::max(kLeast, values.size() / 8));
  }
  values.push_back(std::move(value));
}

// Different values in the order in which they came, and the place of each in a column. Up to 256
// different ones take a byte each, up to 65536 two, and more four. Grows by one thread while no
// other reads.
template <typename T>
class Packed {
 public:
  void push_back(const T& value) {
    const auto [found, is_new] =
        numbers_.try_emplace(value, static_cast<std::uint32_t>(different_.size()));
    if (is_new) PushTight(different_, value);
    const std::uint32_t number = found->second;
    if (width_ == 1 && number > UINT8_MAX) Widen(ones_, twos_, 2);
    if (width_ == 2 && number > UINT16_MAX) Widen(twos_, fours_, 4);
    if (width_ == 1) {
      PushTight(ones_, static_cast<std::uint8_t>(number));
    } else if (width_ == 2) {
      PushTight(twos_, static_cast<std::uint16_t>(number));
    } else {
      PushTight(fours_, number);
    }
    ++size_;
  }

  std::size_t size() const { return size_; }
  const T& operator[](std::size_t index) const { return different_[Number(index)]; }
  // Where the value stands among the different ones.
  std::uint32_t Number(std::size_t index) const {
    return width_ == 1 ? ones_[index] : width_ == 2 ? twos_[index] : fours_[index];
  }
  const std::vector<T>& different() const { return different_; }

 private:
  template <typename From, typename To>
  void Widen(std::vector<From>& from, std::vector<To>& to, int width) {
    to.reserve(from.size() + from.size() / 8 + 1);
    to.assign(from.begin(), from.end());
    from = {};
    width_ = width;
  }

  std::vector<T> different_;
  absl::flat_hash_map<T, std::uint32_t> numbers_;
  int width_ = 1;
  std::size_t size_ = 0;
  // One of them is in use.
  std::vector<std::uint8_t> ones_;
  std::vector<std::uint16_t> twos_;
  std::vector<std::uint32_t> fours_;
};

}  // namespace mlup::counting
