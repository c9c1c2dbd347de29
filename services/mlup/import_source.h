// Where the requests of an import come from.
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>

#include "eventstore/base/status.h"
#include "services/mlup/import_line.h"

namespace mlup::cli {

// One thread.
class ImportSource {
 public:
  struct Item {
    // Of the line or row that it stands in, from 1.
    std::uint64_t number;
    // The request, or why there is none.
    absl::StatusOr<ImportLine> line;
  };

  virtual ~ImportSource() = default;

  // What the numbers count.
  virtual const char* unit() const = 0;
  // Whether Next() would answer at once.
  virtual bool Ready() = 0;
  // Waits for the next one; nothing at the end. An error ends the import.
  virtual absl::StatusOr<std::optional<Item>> Next() = 0;
  // Tells people what is to be said after all.
  virtual void Tell(std::ostream&) const {}
};

}  // namespace mlup::cli
