#include "eventstore/log/log_state.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "eventstore/base/status.h"
#include "eventstore/journal/format.h"

namespace mlup::log {
namespace {

constexpr char kSum[] = "sum ";

std::string SumOf(const std::string& lines) {
  return absl::StrCat(kSum, absl::BytesToHexString(journal::HashOf(lines)), "\n");
}

// Of a line `verified …`; no place when a number is none.
journal::Place ParsePlace(const std::vector<std::string>& words) {
  journal::Place place;
  place.folder = words[1];
  place.checksum = absl::HexStringToBytes(words[5]);
  place.head_hash = absl::HexStringToBytes(words[6]);
  const bool is_place = absl::SimpleAtoi(words[2], &place.segment) &&
                        absl::SimpleAtoi(words[3], &place.offset) &&
                        absl::SimpleAtoi(words[4], &place.head.value);
  return is_place ? place : journal::Place();
}

}  // namespace

absl::StatusOr<LogState> ReadLogState(Files& files, const std::string& path) {
  const absl::StatusOr<std::string> text = files.ReadAll(path);
  LogState state;
  if (absl::IsNotFound(text.status())) return state;
  RETURN_IF_ERROR(text.status());
  const std::size_t sum = text->rfind(kSum);
  if (sum == std::string::npos || text->substr(sum) != SumOf(text->substr(0, sum))) return state;
  for (const absl::string_view line : absl::StrSplit(text->substr(0, sum), '\n')) {
    const std::vector<std::string> words = absl::StrSplit(line, absl::MaxSplits(' ', 6));
    if (words[0] == "journal" && words.size() == 2) {
      state.journal_id = absl::HexStringToBytes(words[1]);
    } else if (words[0] == "verified" && words.size() == 7) {
      state.verified = ParsePlace(words);
    } else if (words[0] == "closed" && words.size() == 3) {
      state.closed = absl::SimpleAtoi(words[1], &state.head.value);
      state.head_hash = absl::HexStringToBytes(words[2]);
    } else if (words[0] == "suspect" && words.size() > 1) {
      state.suspect = std::string(line.substr(words[0].size() + 1));
    }
  }
  return state;
}

absl::Status WriteLogState(Files& files, const std::string& path, const LogState& state) {
  std::string text = absl::StrCat("journal ", absl::BytesToHexString(state.journal_id), "\n");
  if (const journal::Place& place = state.verified; !place.folder.empty()) {
    absl::StrAppend(&text, "verified ", place.folder, " ", place.segment, " ", place.offset, " ",
                    place.head.value, " ", absl::BytesToHexString(place.checksum), " ",
                    absl::BytesToHexString(place.head_hash), "\n");
  }
  if (state.closed) {
    absl::StrAppend(&text, "closed ", state.head.value, " ",
                    absl::BytesToHexString(state.head_hash), "\n");
  }
  if (!state.suspect.empty()) absl::StrAppend(&text, "suspect ", state.suspect, "\n");
  return files.Replace(path, text + SumOf(text));
}

}  // namespace mlup::log
