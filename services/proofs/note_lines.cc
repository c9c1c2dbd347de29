#include "services/proofs/note_lines.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "eventstore/base/bytes.h"
#include "eventstore/base/check.h"
#include "eventstore/base/status.h"

namespace mlup::proofs {
namespace {

// Key id, time and signature of a cosignature/v1.
constexpr std::size_t kIdBytes = 4;
constexpr std::size_t kTimeBytes = 8;
constexpr std::size_t kCosignatureBytes = kIdBytes + kTimeBytes + 64;

std::size_t EndOfText(std::string_view note) {
  const std::size_t blank = note.rfind("\n\n");
  CHECK(blank != std::string_view::npos);
  return blank + 2;
}

// Name and key id.
std::string SignerOf(std::string_view line) {
  const std::size_t space = line.rfind(' ');
  std::string bytes;
  absl::Base64Unescape(ToAbsl(line.substr(space + 1)), &bytes);
  return absl::StrCat(ToAbsl(line.substr(0, space + 1)), bytes.substr(0, kIdBytes));
}

}  // namespace

std::string_view TextOf(std::string_view note) { return note.substr(0, EndOfText(note)); }

std::vector<std::string> SignatureLines(std::string_view note) {
  std::vector<std::string> lines;
  for (std::string_view rest = note.substr(EndOfText(note)); !rest.empty();) {
    const std::size_t size = std::min(rest.find('\n'), rest.size() - 1) + 1;
    lines.emplace_back(rest.substr(0, size));
    rest.remove_prefix(size);
  }
  return lines;
}

absl::Time CosignedAt(std::string_view line) {
  std::string bytes;
  const std::string_view encoded = line.substr(line.rfind(' ') + 1);
  if (!absl::Base64Unescape(ToAbsl(encoded), &bytes) || bytes.size() != kCosignatureBytes) {
    return absl::InfinitePast();
  }
  const std::uint64_t seconds = FromBigEndian(bytes.substr(kIdBytes, kTimeBytes));
  return absl::FromUnixSeconds(static_cast<std::int64_t>(seconds));
}

std::string MergeNotes(std::string_view note, std::string_view other) {
  std::vector<std::string> lines = SignatureLines(note);
  for (std::string& line : SignatureLines(other)) {
    const auto same = std::find_if(lines.begin(), lines.end(), [&](const std::string& have) {
      return SignerOf(have) == SignerOf(line);
    });
    if (same == lines.end()) {
      lines.push_back(std::move(line));
    } else {
      *same = std::move(line);
    }
  }
  return absl::StrCat(ToAbsl(TextOf(note)), absl::StrJoin(lines, ""));
}

}  // namespace mlup::proofs
