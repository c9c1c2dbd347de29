// What the rows of another system's export become: a file that people write (deploy/exchange).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/status.h"
#include "services/mlup/exchange/rows.h"
#include "services/mlup/import_line.h"

namespace mlup::cli::exchange {

// A system whose exports are known, with the form that they usually have.
struct System {
  std::string name;
  Form form;
  // The column that names a row.
  std::string key;
};

const std::vector<System>& Systems();

// A value of a column that the table of codes does not have.
struct UnknownCode {
  std::string table;
  std::string column;
  std::string value;
  // What it may become, where the field has a list of values.
  std::vector<std::string> allowed;

  friend auto operator<=>(const UnknownCode&, const UnknownCode&) = default;
};

// What a row becomes.
struct Made {
  // The requests of the row, in the order of the map; none where `refused` says why.
  std::vector<ImportLine> requests;
  // With the column as its field. Then nothing of the row is recorded.
  absl::Status refused;
  // All of the row.
  std::vector<UnknownCode> unknown;
};

// Immutable: any thread.
class ExchangeMap {
 public:
  // INVALID_ARGUMENT MAP_FORM and those of JSON (eventstore/json), with the place in the file.
  static absl::StatusOr<ExchangeMap> Parse(std::string_view text, const System& system);

  // How the export is read.
  const Form& form() const { return form_; }

  // The requests follow from the row and the map alone, their ids too, so that a row that comes
  // again is recognised.
  Made Apply(const Row& row) const;

 private:
  std::string system_;
  std::string namespace_;
  std::string key_;
  Form form_;
  Json context_;
  Json requests_;
  // By table, then by value.
  std::map<std::string, std::map<std::string, Json>> codes_;
};

// The map in a file, for the system of this name. Errors as Parse(), FILE_FAILED, and
// SYSTEM_UNKNOWN.
absl::StatusOr<ExchangeMap> ReadMap(const std::string& path, std::string_view system);

}  // namespace mlup::cli::exchange
