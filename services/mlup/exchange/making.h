// One row becomes one request: the templates of a map are filled in.
//
// A template is JSON. In it stand, besides what is meant as it is:
//
//   "$column"                          the value of the column; left out where that is empty
//   {"$code": "column", "of": table}   the value that the table of codes gives for it
//   {"$codes": "column", "of": table}  a list of them, of values with spaces between or of a list
//   {"$day": "column", "as": "d/m/y"}  a day; also "m/d/y" and "y-m-d", which is meant without `as`
//   {"$month": "column", "as": ...}    its month
//   {"$id": [parts]}                   the id that follows from the parts, texts or "$column"
//   {"$record": [category, parts]}     `category/id`
//   {"$join": [parts]}                 the parts behind one another, with a space between
//   "$each": "column"                  in a fact: one fact for each item of the list
//   "$when": "column"                  in a fact: none where the column is empty
//
// A column of JSON is a member, or the way to it, `group/question`; in an item of a list, `../` is
// what is around it and `#` its number.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/status.h"
#include "services/mlup/exchange/map.h"
#include "services/mlup/exchange/rows.h"
#include "services/mlup/import_line.h"

namespace mlup::cli::exchange {

// Ids can be computed by whoever knows it and the other system's ids.
inline constexpr std::size_t kNamespaceCharactersMin = 16;

// What the values of a column become; null for nothing.
using Codes = std::map<std::string, Json>;

// UTF-8 in the composed form (NFC), without blanks around it. What is no UTF-8 stays as it is.
std::string Composed(std::string_view text);

// What is wrong with a map at a place in it.
absl::Status BadMap(const std::string& place, std::string_view message);

// Whether every template in `json` is one of those above. MAP_FORM with the place.
absl::Status CheckTemplate(const Json& json, const std::string& place,
                           const std::map<std::string, Codes>& codes);

// What is the same for all rows. Borrows the map's parts.
struct Ground {
  const std::string& system;
  const std::string& name_space;
  const std::map<std::string, Codes>& codes;
};

// Used once, by one thread. Borrows its arguments.
class Making {
 public:
  Making(const Ground& ground, const Row& row) : ground_(ground), row_(row) {}

  // Nothing where the request's `when` or those of all its facts say so. Errors have the column as
  // their field: FIELD_REQUIRED, TEXT_INVALID, DAY_INVALID, LIST_INVALID, CODE_UNKNOWN, and those
  // of ParseImportLine(), whose field is the request's where no column stands there.
  absl::StatusOr<std::optional<ImportLine>> Request(const std::string& key, const Json& context,
                                                    const Json& request);

  const std::vector<UnknownCode>& unknown() const { return unknown_; }

 private:
  // An item of a list and what is around it, the row first.
  struct Scope {
    const Json* values;
    std::size_t number = 0;
  };

  // Where a column is looked for: where the making is, or around that. Takes the steps off.
  const Scope& Around(std::string_view& column) const;
  // The value of a column where the making is; null where there is none.
  const Json* Find(std::string_view column) const;
  absl::StatusOr<std::string> Text(const std::string& column) const;
  // Fills in a template; nothing where it is left out. `path` is the request's field.
  absl::StatusOr<std::optional<Json>> Fill(const Json& json, const std::string& path);
  absl::StatusOr<std::optional<Json>> FillObject(const Json& object, const std::string& path);
  absl::StatusOr<std::optional<Json>> Operate(const Json& object, const std::string& path);
  absl::StatusOr<std::optional<Json>> Code(const std::string& table, const std::string& column,
                                           const std::string& value, const std::string& path);
  absl::StatusOr<std::optional<Json>> CodeList(const Json& object, const std::string& path);
  absl::StatusOr<std::optional<Json>> DayText(const Json& object, bool month);
  absl::StatusOr<std::optional<Json>> Joined(const Json& parts);
  absl::StatusOr<std::string> Id(const Json& parts) const;
  // The fact, or those of each item of its list.
  absl::Status Facts(const Json& fact, std::vector<std::string> each, Json& facts);
  // Remembers where the field comes from, and goes on.
  void Note(const std::string& path, const std::string& column) { columns_[path] = column; }

  const Ground ground_;
  const Row& row_;
  std::vector<Scope> scopes_;
  std::map<std::string, std::string> columns_;
  std::vector<UnknownCode> unknown_;
};

}  // namespace mlup::cli::exchange
