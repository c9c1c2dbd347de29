#include "services/mlup/exchange/table.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"

namespace mlup::cli::exchange {
namespace {

absl::Status BadTable(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason, message);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Rows>> Table::Open(std::unique_ptr<Bytes> bytes, char separator) {
  std::unique_ptr<Table> table(new Table(std::move(bytes), separator));
  Line names = table->ReadLine();
  RETURN_IF_ERROR(table->bytes_->status());
  if (!names) return BadTable("COLUMNS", "the file is empty: its first line names the columns");
  RETURN_IF_ERROR(names->status());
  std::set<std::string> seen;
  for (std::string& name : **names) {
    if (name.empty() || !seen.insert(name).second) {
      return FieldError(absl::StatusCode::kInvalidArgument, "COLUMNS", name,
                        "the first line names each column, and each once");
    }
  }
  table->columns_ = **std::move(names);
  return std::unique_ptr<Rows>(std::move(table));
}

absl::StatusOr<std::optional<Row>> Table::Next() {
  while (true) {
    const Line line = ReadLine();
    RETURN_IF_ERROR(bytes_->status());
    if (!line) return std::optional<Row>();
    if (!line->ok()) return std::optional(Row{number_, line->status()});
    const std::vector<std::string>& values = **line;
    if (values.size() == 1 && values.front().empty()) continue;
    if (values.size() != columns_.size()) {
      return std::optional(Row{
          number_, BadTable("CSV_COLUMNS",
                            absl::StrCat("the row has ", values.size(), " values, and the table ",
                                         columns_.size(), " columns"))});
    }
    Json row = Json::object();
    for (std::size_t i = 0; i < columns_.size(); ++i) row[columns_[i]] = values[i];
    return std::optional(Row{number_, std::move(row)});
  }
}

Table::Line Table::ReadLine() {
  if (!bytes_->Peek()) return std::nullopt;
  ++number_;
  size_ = 0;
  std::vector<std::string> values;
  while (true) {
    std::string value;
    if (!ReadValue(value)) {
      SkipLine();
      return BadTable(
          "CSV_QUOTE",
          absl::StrCat("the quotes of value ", values.size() + 1,
                       " are wrong: one with quotes stands in quotes, and each of them twice"));
    }
    values.push_back(std::move(value));
    if (bytes_->Peek() == separator_) {
      bytes_->Take();
      continue;
    }
    SkipLine();
    if (size_ <= kJsonBytesMax) return values;
    return BadTable("CSV_TOO_LONG",
                    absl::StrCat("the row has more than ", kJsonBytesMax, " bytes"));
  }
}

bool Table::ReadValue(std::string& value) {
  if (bytes_->Peek() == '"') return ReadQuoted(value);
  while (!AtEndOfValue()) {
    const char byte = *bytes_->Take();
    if (byte == '"') return false;
    Keep(byte, value);
  }
  // The end of the line may be two bytes.
  if (bytes_->Peek() != separator_ && !value.empty() && value.back() == '\r') value.pop_back();
  return true;
}

bool Table::ReadQuoted(std::string& value) {
  bytes_->Take();
  while (const std::optional<char> byte = bytes_->Take()) {
    if (*byte != '"') {
      Keep(*byte, value);
    } else if (bytes_->Peek() == '"') {
      Keep(*bytes_->Take(), value);
    } else {
      if (bytes_->Peek() == '\r') bytes_->Take();
      return AtEndOfValue();
    }
  }
  return false;
}

bool Table::AtEndOfValue() {
  const std::optional<char> next = bytes_->Peek();
  return !next || *next == separator_ || *next == '\n';
}

void Table::SkipLine() {
  while (const std::optional<char> byte = bytes_->Take()) {
    if (*byte == '\n') return;
  }
}

void Table::Keep(char byte, std::string& value) {
  if (++size_ <= kJsonBytesMax) value.push_back(byte);
}

}  // namespace mlup::cli::exchange
