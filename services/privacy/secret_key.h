// Keys in memory.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace mlup::privacy {

// 256 bits, kept out of swap where the system lets us, and wiped when let go.
class SecretKey {
 public:
  static constexpr std::size_t kBytes = 32;

  SecretKey();
  ~SecretKey();
  SecretKey(const SecretKey&) = delete;
  SecretKey& operator=(const SecretKey&) = delete;

  const unsigned char* data() const { return bytes_.data(); }
  unsigned char* data() { return bytes_.data(); }

 private:
  std::array<unsigned char, kBytes> bytes_;
};

// A data subject's key. `key` is shared between the keyring and those who use it right now.
struct SubjectKey {
  std::string key_id;
  std::shared_ptr<const SecretKey> key;
};

// A buffer for keys on their way to or from a file; wiped when let go.
class WipedBuffer {
 public:
  explicit WipedBuffer(std::size_t size) : bytes_(size, '\0') {}
  ~WipedBuffer();
  WipedBuffer(const WipedBuffer&) = delete;
  WipedBuffer& operator=(const WipedBuffer&) = delete;

  char* data() { return bytes_.data(); }
  std::string_view view() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace mlup::privacy
