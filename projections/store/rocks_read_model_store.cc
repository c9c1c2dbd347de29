#include "projections/store/rocks_read_model_store.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/check.h"
#include "eventstore/base/diagnostics.h"
#include "eventstore/base/files.h"
#include "projections/store/generations.h"
#include "projections/store/rocks_rows.h"

namespace mlup::projections {
namespace {

// Damaged rows are kept for whoever has to find out what they were.
absl::Status SetAside(const std::string& folder) {
  std::string kept;
  bool taken = true;
  for (int number = 1; taken; ++number) {
    kept = absl::StrCat(folder, ".damaged-", number);
    ASSIGN_OR_RETURN(taken, SystemFiles().Exists(kept));
  }
  Tell(absl::StrCat("read_model_set_aside folder=\"", folder, "\" as=\"", kept, "\""));
  return SystemFiles().Rename(folder, kept);
}

absl::StatusOr<std::unique_ptr<ReadModelStore>> OpenKept(const std::string& folder,
                                                         std::uint32_t version) {
  absl::StatusOr<std::unique_ptr<RocksRows>> rows =
      RocksRows::Open(SystemFiles(), folder, version, RowsAre::kKept);
  const bool is_damaged = absl::IsDataLoss(rows.status());
  if (is_damaged) {
    Tell(absl::StrCat("read_model_damaged folder=\"", folder, "\" because=\"",
                      rows.status().message(), "\""));
    RETURN_IF_ERROR(SetAside(folder));
  } else if (rows.ok() && *rows == nullptr) {
    // Rows of another version are no damage: they are of no use.
    RETURN_IF_ERROR(SystemFiles().RemoveTree(folder));
  } else {
    return rows;
  }
  ASSIGN_OR_RETURN(std::unique_ptr<RocksRows> anew,
                   RocksRows::Open(SystemFiles(), folder, version, RowsAre::kKept));
  CHECK(anew != nullptr);
  return anew;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ReadModelStore>> OpenRocksReadModelStore(const std::string& folder,
                                                                        std::uint32_t version,
                                                                        RowsAre rows) {
  if (rows == RowsAre::kKept) return OpenKept(folder, version);
  return OpenGenerations(folder, version);
}

absl::StatusOr<std::unique_ptr<Generations>> OpenGenerations(const std::string& folder,
                                                             std::uint32_t version) {
  return Generations::Open(SystemFiles(), folder, version);
}

absl::Status CheckRocksReadModelStore(const std::string& folder) {
  ASSIGN_OR_RETURN(const bool exists, SystemFiles().Exists(folder));
  if (!exists) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string serving, Generations::ServingIn(SystemFiles(), folder));
  return CheckRocksRows(SystemFiles(), serving.empty() ? folder : serving);
}

}  // namespace mlup::projections
