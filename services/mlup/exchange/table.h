// Tables of values with separators between them (RFC 4180).
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "services/mlup/exchange/bytes.h"
#include "services/mlup/exchange/rows.h"

namespace mlup::cli::exchange {

// Values stand in quotes where they hold separators, quotes (twice) or line breaks; lines end with
// CR LF or LF. The first line names the columns, each once. A row is refused, CSV_QUOTE,
// CSV_COLUMNS or CSV_TOO_LONG, where it has quotes elsewhere, more or fewer values than there are
// columns, or more than kJsonBytesMax; empty lines are passed over, but counted.
class Table final : public Rows {
 public:
  // COLUMNS where the first line names no columns, or one twice.
  static absl::StatusOr<std::unique_ptr<Rows>> Open(std::unique_ptr<Bytes> bytes, char separator);

  absl::StatusOr<std::optional<Row>> Next() override;

 private:
  // The values of a line, or why it is refused; nothing at the end.
  using Line = std::optional<absl::StatusOr<std::vector<std::string>>>;

  Table(std::unique_ptr<Bytes> bytes, char separator)
      : bytes_(std::move(bytes)), separator_(separator) {}

  Line ReadLine();
  // Reads a value up to the separator or the end of the line, which it leaves. False where its
  // quotes are wrong.
  bool ReadValue(std::string& value);
  bool ReadQuoted(std::string& value);
  bool AtEndOfValue();
  // To the beginning of the next line.
  void SkipLine();
  void Keep(char byte, std::string& value);

  const std::unique_ptr<Bytes> bytes_;
  const char separator_;
  std::vector<std::string> columns_;
  std::uint64_t number_ = 0;
  // Of the line that is read.
  std::size_t size_ = 0;
};

}  // namespace mlup::cli::exchange
