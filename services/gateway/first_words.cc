#include "services/gateway/first_words.h"

#include <algorithm>
#include <cstdint>

namespace mlup::gateway {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::size_t kRecordHeader = 5;
constexpr std::uint8_t kHandshake = 22;
constexpr std::uint8_t kClientHello = 1;
constexpr std::size_t kVersionAndRandom = 34;
constexpr std::size_t kProtocols = 16;

// Takes bytes from the front of a message; once there are too few, nothing more.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}

  std::size_t Number(std::size_t count) {
    std::size_t number = 0;
    for (const char c : Take(count)) number = number << 8 | static_cast<unsigned char>(c);
    return number;
  }
  std::string_view Take(std::size_t count) {
    if (count > bytes_.size()) {
      bytes_ = {};
      return {};
    }
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  // Behind a length of so many bytes.
  std::string_view Vector(std::size_t length_bytes) { return Take(Number(length_bytes)); }
  bool empty() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

bool OffersHttp2(std::string_view hello) {
  Bytes bytes(hello);
  bytes.Take(kVersionAndRandom);
  bytes.Vector(1);  // session
  bytes.Vector(2);  // ciphers
  bytes.Vector(1);  // compression
  Bytes extensions(bytes.Vector(2));
  while (!extensions.empty()) {
    const std::size_t type = extensions.Number(2);
    Bytes extension(extensions.Vector(2));
    if (type != kProtocols) continue;
    Bytes protocols(extension.Vector(2));
    while (!protocols.empty()) {
      if (protocols.Vector(1) == "h2") return true;
    }
  }
  return false;
}

}  // namespace

Spoken SpokenInClear(std::string_view first) {
  const std::size_t compared = std::min(first.size(), kPreface.size());
  if (first.substr(0, compared) != kPreface.substr(0, compared)) return Spoken::kHttp1;
  return compared == kPreface.size() ? Spoken::kHttp2 : Spoken::kNotKnownYet;
}

Spoken SpokenInTls(std::string_view first) {
  if (first.empty()) return Spoken::kNotKnownYet;
  if (static_cast<std::uint8_t>(first[0]) != kHandshake) return Spoken::kHttp1;
  if (first.size() < kRecordHeader) return Spoken::kNotKnownYet;
  const std::size_t length = Bytes(first.substr(3)).Number(2);
  if (length > kFirstWordsMax - kRecordHeader) return Spoken::kHttp1;
  if (first.size() < kRecordHeader + length) return Spoken::kNotKnownYet;
  Bytes message(first.substr(kRecordHeader, length));
  if (message.Number(1) != kClientHello) return Spoken::kHttp1;
  const std::size_t hello = message.Number(3);
  if (hello + 4 > length) return Spoken::kHttp2;
  return OffersHttp2(message.Take(hello)) ? Spoken::kHttp2 : Spoken::kHttp1;
}

}  // namespace mlup::gateway
