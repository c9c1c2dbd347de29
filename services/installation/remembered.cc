#include "services/installation/remembered.h"

#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

#include "eventstore/base/blake2b.h"
#include "eventstore/base/status.h"

namespace mlup::installation {
namespace {

constexpr std::string_view kTitle = "mlup installation 1\n";
constexpr std::string_view kSum = "sum ";
constexpr std::size_t kSumBytes = 16;

std::string SumOf(std::string_view text) {
  return absl::StrCat(ToAbsl(kSum), absl::BytesToHexString(Blake2b(text, kSumBytes)), "\n");
}

// Of which there are many, so that the second word belongs to the name.
bool IsMany(std::string_view kind) {
  return kind == "group" || kind == "relay" || kind == "witness";
}

absl::Status Damaged(const std::string& path) {
  return Error(absl::StatusCode::kDataLoss, "INSTALLATION_DAMAGED",
               absl::StrCat(path, " is not as it was written"));
}

}  // namespace

std::string Remembered::Of(const std::string& name) const {
  const auto found = entries.find(name);
  return found == entries.end() ? "" : found->second;
}

std::string Escaped(std::string_view word) {
  return absl::StrReplaceAll(absl::CHexEscape(ToAbsl(word)), {{" ", "\\040"}});
}

std::string Unescaped(std::string_view word) {
  std::string text;
  return absl::CUnescape(ToAbsl(word), &text) ? text : std::string(word);
}

absl::StatusOr<Remembered> ReadRemembered(Files& files, const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, files.ReadAll(path));
  const std::size_t sum = text.rfind(kSum);
  if (!text.starts_with(kTitle) || sum == std::string::npos || sum < kTitle.size() ||
      text.substr(sum) != SumOf(text.substr(0, sum))) {
    return Damaged(path);
  }
  Remembered remembered;
  const std::string lines = text.substr(kTitle.size(), sum - kTitle.size());
  for (const absl::string_view line : absl::StrSplit(lines, '\n', absl::SkipEmpty())) {
    std::size_t end = line.find(' ');
    if (end == 0) return Damaged(path);
    if (IsMany(ToStd(line.substr(0, end))) && end != absl::string_view::npos) {
      end = line.find(' ', end + 1);
    }
    remembered.entries[std::string(line.substr(0, end))] =
        end == absl::string_view::npos ? "" : std::string(line.substr(end + 1));
  }
  return remembered;
}

absl::Status WriteRemembered(Files& files, const std::string& path, const Remembered& remembered) {
  std::string text(kTitle);
  for (const auto& [name, value] : remembered.entries) {
    absl::StrAppend(&text, name, value.empty() ? "" : " ", value, "\n");
  }
  return files.Replace(path, text + SumOf(text));
}

}  // namespace mlup::installation
