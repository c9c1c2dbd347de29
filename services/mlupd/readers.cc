// Opens the read models.
#include "services/mlupd/readers.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/status.h"
#include "projections/store/rocks_read_model_store.h"

namespace mlup::daemon {
namespace {

absl::StatusOr<std::unique_ptr<projections::ReadModelStore>> OpenStore(
    const std::string& folder, const projections::Projection& projection) {
  return projections::OpenRocksReadModelStore(absl::StrCat(folder, "/", ToAbsl(projection.name())),
                                              projection.version());
}

}  // namespace

ReadModels::ReadModels(std::unique_ptr<projections::ReadModelStore> fact_store,
                       std::unique_ptr<projections::ReadModelStore> history_store,
                       log::EventLog& log)
    : fact_store_(std::move(fact_store)),
      history_store_(std::move(history_store)),
      facts_(*fact_store_),
      fact_worker_(log, fact_projection_, *fact_store_),
      history_worker_(log, history_projection_, *history_store_) {}

absl::StatusOr<std::unique_ptr<ReadModels>> ReadModels::Open(const std::string& folder,
                                                             log::EventLog& log) {
  ASSIGN_OR_RETURN(auto fact_store, OpenStore(folder, projections::FactProjection()));
  ASSIGN_OR_RETURN(auto history_store, OpenStore(folder, projections::CaseHistoryProjection()));
  return std::unique_ptr<ReadModels>(
      new ReadModels(std::move(fact_store), std::move(history_store), log));
}

}  // namespace mlup::daemon
