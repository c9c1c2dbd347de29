// Columns of values of which most are equal: each as a number of one or two bytes where that will
// do.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace mlup::counting {

// Adds a value to a vector that then has room for an eighth more, where a vector of its own accord
// takes as much again.
template <typename T>
void PushTight(std::vector<T>& values, T value) {
  constexpr std::size_t kLeast = 16;
  if (values.size() == values.capacity()) {
    values.reserve(values.size() + std::max(kLeast, values.size() / 8));
  }
  values.push_back(std::move(value));
}

// A column. Up to 256 different values take a byte each, up to 65536 two; where there are more,
// small values stand as they are and others as numbers of four bytes. Grows by one thread while no
// other reads.
template <typename T>
class Packed {
 public:
  void push_back(const T& value) {
    if (width_ == kWide && kIsSmall) return AddWide(value, 0);
    const auto [found, is_new] =
        numbers_.try_emplace(value, static_cast<std::uint32_t>(different_.size()));
    if (is_new) PushTight(different_, value);
    const std::uint32_t number = found->second;
    if (width_ == 1 && number > UINT8_MAX) Widen();
    if (width_ == 2 && number > UINT16_MAX) Widen();
    if (width_ == 1) return PushTight(ones_, static_cast<std::uint8_t>(number));
    if (width_ == 2) return PushTight(twos_, static_cast<std::uint16_t>(number));
    AddWide(value, number);
  }

  T operator[](std::size_t index) const {
    if (width_ == 1) return different_[ones_[index]];
    if (width_ == 2) return different_[twos_[index]];
    if constexpr (kIsSmall) {
      return wide_[index];
    } else {
      return different_[wide_[index]];
    }
  }

 private:
  static constexpr int kWide = 4;
  static constexpr bool kIsSmall = sizeof(T) <= sizeof(std::uint32_t);
  using Wide = std::conditional_t<kIsSmall, T, std::uint32_t>;

  void AddWide(const T& value, std::uint32_t number) {
    if constexpr (kIsSmall) {
      PushTight(wide_, value);
    } else {
      PushTight(wide_, number);
    }
  }

  void Widen() {
    if (width_ == 1) {
      twos_.assign(ones_.begin(), ones_.end());
      ones_ = {};
      width_ = 2;
      return;
    }
    wide_.reserve(twos_.size() + 1);
    for (const std::uint16_t number : twos_) AddWide(different_[number], number);
    twos_ = {};
    width_ = kWide;
    if (!kIsSmall) return;
    different_ = {};
    numbers_ = {};
  }

  std::vector<T> different_;
  absl::flat_hash_map<T, std::uint32_t> numbers_;
  int width_ = 1;
  // One of them is in use.
  std::vector<std::uint8_t> ones_;
  std::vector<std::uint16_t> twos_;
  std::vector<Wide> wide_;
};

}  // namespace mlup::counting
