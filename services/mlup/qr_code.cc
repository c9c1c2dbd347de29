#include "services/mlup/qr_code.h"

#include <memory>

#include <qrencode.h>

#include "eventstore/base/status.h"

namespace mlup::cli {
namespace {

// What readers want around it.
constexpr int kQuiet = 2;

}  // namespace

absl::StatusOr<std::string> QrCode(std::string_view text) {
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
      QRcode_encodeString(std::string(text).c_str(), 0, QR_ECLEVEL_M, QR_MODE_8, 1), QRcode_free);
  if (code == nullptr) {
    return Error(absl::StatusCode::kInvalidArgument, "QR_TOO_LONG", "does not fit a QR code");
  }
  const auto is_light = [&code](int x, int y) {
    const int width = code->width;
    if (x < 0 || y < 0 || x >= width || y >= width) return true;
    return (code->data[y * width + x] & 1) == 0;
  };
  std::string lines;
  for (int y = -kQuiet; y < code->width + kQuiet; y += 2) {
    for (int x = -kQuiet; x < code->width + kQuiet; ++x) {
      const bool above = is_light(x, y);
      const bool below = is_light(x, y + 1);
      lines += above ? (below ? "█" : "▀") : (below ? "▄" : " ");
    }
    lines += "\n";
  }
  return lines;
}

}  // namespace mlup::cli
