// A read model in a RocksDB folder of its own.
#pragma once

#include <memory>
#include <string>

#include "projections/store/read_model_store.h"

namespace mlup::projections {

class Generations;

// What a crash may take.
enum class RowsAre {
  // Nothing: a batch that was committed survives the end of the process.
  kKept,
  // Batches that are not in a table yet, about the last 8 MiB: they are not written
  // twice, because whoever made them finds the checkpoint and makes them again.
  kDerived,
};

// Opens or makes the folder. A folder of another format or `version`, or one that RocksDB finds
// damaged, is emptied: the worker then rebuilds it. Derived rows are Generations. Rows that are
// kept are verified whole, and where they are damaged the folder is set aside as
// `<folder>.damaged-N`. Damage is told on standard error. One process at a time. UNAVAILABLE
// READ_MODEL_UNAVAILABLE when the folder cannot be used.
absl::StatusOr<std::unique_ptr<ReadModelStore>> OpenRocksReadModelStore(
    const std::string& folder, std::uint32_t version, RowsAre rows = RowsAre::kKept);

// The same for derived rows, of which a second set can be made beside those that are served.
absl::StatusOr<std::unique_ptr<Generations>> OpenGenerations(const std::string& folder,
                                                             std::uint32_t version);

// Looks at every byte of a folder that no process has open, and changes nothing. OK where there is
// none. DATA_LOSS READ_MODEL_DAMAGED.
absl::Status CheckRocksReadModelStore(const std::string& folder);

}  // namespace mlup::projections
