#include "projections/counting/record_rows.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_split.h"

#include "eventstore/base/uuid.h"

namespace mlup::counting {
namespace {

// Members may be two values, with a space between.
bool HoldsUuid(const std::string& member) {
  const std::vector<std::string> words = absl::StrSplit(member, ' ');
  return std::ranges::any_of(words, [](const std::string& word) { return IsUuid(word); });
}

}  // namespace

void KeepTotalsAndParts(std::vector<reports::v1::Row>& rows) {
  std::set<std::pair<std::string, std::string>> of_records;
  for (const reports::v1::Row& row : rows) {
    const reports::v1::Cell& cell = row.cell();
    if (HoldsUuid(cell.member())) of_records.insert({cell.code(), cell.dimension()});
  }
  std::erase_if(rows, [&](const reports::v1::Row& row) {
    const reports::v1::Cell& cell = row.cell();
    const bool is_number_of_parts = !cell.dimension().empty() && cell.member().empty();
    return is_number_of_parts || of_records.contains({cell.code(), cell.dimension()});
  });
}

}  // namespace mlup::counting
