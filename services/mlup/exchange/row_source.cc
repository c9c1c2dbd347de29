#include "services/mlup/exchange/row_source.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "services/command/checked_request.h"

namespace mlup::cli::exchange {

absl::Status AtColumn(const absl::Status& error, const RowOrigin& origin) {
  const std::string field = ErrorField(error);
  const std::string column = origin.ColumnOf(field);
  if (column.empty()) return error;
  return FieldError(error.code(), ErrorReason(error), column,
                    absl::StrCat(absl::string_view(error.message()), " (", field, ")"));
}

absl::StatusOr<std::optional<ImportSource::Item>> RowSource::Next() {
  while (made_.empty()) {
    ASSIGN_OR_RETURN(const std::optional<Row> row, rows_->Next());
    if (!row) return std::optional<Item>();
    Take(*row);
  }
  Item item = std::move(made_.front());
  made_.pop_front();
  return std::optional(std::move(item));
}

void RowSource::Take(const Row& row) {
  ++read_;
  Made made = map_.Apply(row);
  const std::set<UnknownCode> unknown(made.unknown.begin(), made.unknown.end());
  for (const UnknownCode& code : unknown) {
    if (unknown_.size() < kUnknownMax || unknown_.contains(code)) ++unknown_[code];
  }
  for (const ImportLine& line : made.requests) {
    if (!made.refused.ok()) break;
    const absl::Status checked = command::CheckFields(line.record(), clock_.Now());
    if (!checked.ok()) made.refused = AtColumn(checked, *line.origin);
  }
  if (!made.refused.ok()) {
    ++refused_;
    made_.push_back({row.number, made.refused});
    return;
  }
  for (ImportLine& line : made.requests) {
    ++requests_[line.origin->request];
    made_.push_back({row.number, std::move(line)});
  }
}

void RowSource::Tell(std::ostream& out) const {
  out << read_ << " rows read";
  for (const auto& [name, count] : requests_) out << ", " << count << " " << name;
  out << ", " << refused_ << " rows refused\n";
  if (unknown_.empty()) return;
  out << "Values that the map does not have; add each to its table, or null for none:\n";
  for (const auto& [code, rows] : unknown_) {
    out << "  codes." << code.table << ": `" << code.value << "`, column " << code.column << ", "
        << rows << (rows == 1 ? " row" : " rows");
    if (!code.allowed.empty()) out << "; one of " << absl::StrJoin(code.allowed, ", ");
    out << "\n";
  }
}

}  // namespace mlup::cli::exchange
