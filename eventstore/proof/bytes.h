// Numbers, texts and hashes as bytes: how the formats of this folder are written and read.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "eventstore/base/bytes.h"
#include "eventstore/base/check.h"
#include "eventstore/proof/merkle.h"

namespace mlup::proof {

// Adds to the end of a string, which it borrows. CHECKs that lengths fit.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& to) : to_(to) {}

  template <std::size_t kBytes>
  void Number(std::uint64_t number) {
    std::array<char, kBytes> bytes;
    for (std::size_t i = kBytes; i-- > 0; number >>= 8) bytes[i] = static_cast<char>(number);
    to_.append(bytes.data(), kBytes);
  }
  void U8(std::uint64_t number) { Number<1>(number); }
  void U16(std::uint64_t number) { Number<2>(number); }
  void U32(std::uint64_t number) { Number<4>(number); }
  void U64(std::uint64_t number) { Number<8>(number); }

  void Bytes(std::string_view bytes) { to_.append(bytes); }
  void Digest(const Hash& hash) { Bytes(AsText(hash)); }

  // A length of kBytes bytes and the text.
  template <std::size_t kBytes>
  void Sized(std::string_view text) {
    CHECK(text.size() < std::uint64_t{1} << (8 * kBytes));
    Number<kBytes>(text.size());
    Bytes(text);
  }
  void Str8(std::string_view text) { Sized<1>(text); }
  void Str16(std::string_view text) { Sized<2>(text); }
  void Str(std::string_view text) { Sized<4>(text); }

 private:
  std::string& to_;
};

// Takes from the front of some bytes, which it borrows. After taking more than there is, or
// something out of its range, all that follows is empty or 0, and Whole() is false.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  std::string_view Bytes(std::size_t count) {
    if (count > rest_.size()) {
      Fail();
      return {};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::uint64_t Number(std::size_t bytes) { return FromBigEndian(Bytes(bytes)); }
  std::uint8_t U8() { return static_cast<std::uint8_t>(Number(1)); }
  std::uint16_t U16() { return static_cast<std::uint16_t>(Number(2)); }
  std::uint32_t U32() { return static_cast<std::uint32_t>(Number(4)); }
  std::uint64_t U64() { return Number(8); }
  std::string_view Str8() { return Bytes(U8()); }
  std::string_view Str16() { return Bytes(U16()); }
  std::string_view Str() { return Bytes(U32()); }
  Hash Digest() {
    Hash hash{};
    const std::string_view bytes = Bytes(hash.size());
    std::copy(bytes.begin(), bytes.end(), hash.begin());
    return hash;
  }
  // A byte that says whether something follows: 0 or 1.
  bool Flag() { return AtMost(U8(), 1) == 1; }

  // `number`, or 0 and a failure where it is out of range.
  template <typename Integer>
  Integer AtMost(Integer number, std::type_identity_t<Integer> max) {
    if (number <= max) return number;
    Fail();
    return 0;
  }

  // What was taken means nothing.
  void Fail() {
    failed_ = true;
    rest_ = {};
  }

  bool ok() const { return !failed_; }
  std::size_t left() const { return rest_.size(); }
  // Everything was taken, and nothing that was not there.
  bool Whole() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace mlup::proof
