// The wire format of Protocol Buffers, where messages are read or written without being made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// All functions are pure and may be called from any thread.
namespace mlup::wire {

// What stands in front of a field: its number and how it is encoded.
inline constexpr std::uint32_t kVarint = 0;
inline constexpr std::uint32_t kFixed64 = 1;
inline constexpr std::uint32_t kBytes = 2;
inline constexpr std::uint32_t kFixed32 = 5;
constexpr std::uint32_t Tag(std::uint32_t field, std::uint32_t type) { return field << 3 | type; }

constexpr std::size_t VarintBytes(std::uint64_t number) {
  std::size_t bytes = 1;
  for (; number >= 0x80; number >>= 7) ++bytes;
  return bytes;
}

// Writes at `to`, which has room, and returns what follows.
inline char* PutVarint(std::uint64_t number, char* to) {
  for (; number >= 0x80; number >>= 7) *to++ = static_cast<char>(number | 0x80);
  *to++ = static_cast<char>(number);
  return to;
}

inline void AddVarint(std::uint64_t number, std::string& to) {
  char bytes[10];
  to.append(bytes, static_cast<std::size_t>(PutVarint(number, bytes) - bytes));
}

inline void AddBytes(std::uint32_t field, std::string_view bytes, std::string& to) {
  AddVarint(Tag(field, kBytes), to);
  AddVarint(bytes.size(), to);
  to += bytes;
}

// Takes fields off the front of a message.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : next_(bytes.data()), end_(next_ + bytes.size()) {}

  bool AtEnd() const { return next_ == end_; }
  // Whether something was not as the format has it; all that is read after that is 0 or empty.
  bool failed() const { return failed_; }
  const char* place() const { return next_; }

  std::uint64_t Varint() {
    // Most are of one byte.
    if (next_ != end_ && static_cast<signed char>(*next_) >= 0) {
      return static_cast<unsigned char>(*next_++);
    }
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 64 && next_ != end_; shift += 7) {
      const auto byte = static_cast<unsigned char>(*next_++);
      number |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return number;
    }
    return Fail();
  }

  // The tag of the next field; 0 at the end and after a failure.
  std::uint32_t NextTag() {
    if (AtEnd()) return 0;
    const std::uint64_t tag = Varint();
    return tag < 8 || tag > UINT32_MAX ? Fail() : static_cast<std::uint32_t>(tag);
  }

  std::string_view Bytes() {
    const std::uint64_t count = Varint();
    return Take(count);
  }

  // Passes over the field whose tag was read.
  void Skip(std::uint32_t tag) {
    switch (tag & 7) {
      case kVarint:
        Varint();
        break;
      case kFixed64:
        Take(8);
        break;
      case kBytes:
        Bytes();
        break;
      case kFixed32:
        Take(4);
        break;
      default:
        Fail();
    }
  }

 private:
  std::string_view Take(std::uint64_t count) {
    if (count > static_cast<std::uint64_t>(end_ - next_)) {
      Fail();
      return {};
    }
    const std::string_view taken(next_, count);
    next_ += count;
    return taken;
  }

  std::uint32_t Fail() {
    failed_ = true;
    next_ = end_;
    return 0;
  }

  const char* next_;
  const char* const end_;
  bool failed_ = false;
};

}  // namespace mlup::wire
