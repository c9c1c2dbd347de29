// The rows of an export of another system: the lines of a table, or the items of a JSON list.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "eventstore/base/status.h"

namespace mlup::cli::exchange {

using Json = nlohmann::ordered_json;

// One row, or why it cannot be read; the rows after it can.
struct Row {
  // As people count them: the first line of a table, which names its columns, is row 1, and the
  // first item of a list.
  std::uint64_t number = 0;
  // An object: texts by the names of the columns, or the item as it is.
  absl::StatusOr<Json> values;
};

// One thread. Memory is bounded by one row of kJsonBytesMax, whatever the size of the file.
class Rows {
 public:
  virtual ~Rows() = default;
  // The next row, nothing at the end. An error ends it: INVALID_ARGUMENT where the file is no table
  // or list at all, FILE_FAILED.
  virtual absl::StatusOr<std::optional<Row>> Next() = 0;
};

// How a file is read.
struct Form {
  // Between the values of a table.
  char separator = ',';
  // The member of the outermost object that holds the list; a file that is a list needs none.
  std::string member = {};
};

// Of the file behind `descriptor`, which is JSON where it begins with a brace or bracket, and else
// a table (RFC 4180). A byte order mark is passed over; other encodings than UTF-8 are refused,
// ENCODING. Borrows the descriptor.
absl::StatusOr<std::unique_ptr<Rows>> OpenRows(int descriptor, const Form& form);

}  // namespace mlup::cli::exchange
