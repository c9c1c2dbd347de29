#include "projections/read_model.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/check.h"
#include "projections/case_history/case_history_projection.h"
#include "projections/facts/fact_projection.h"
#include "projections/store/rocks_read_model_store.h"

namespace mlup::projections {
namespace {

std::vector<std::unique_ptr<const Projection>> AllProjections() {
  std::vector<std::unique_ptr<const Projection>> all;
  all.push_back(std::make_unique<FactProjection>());
  all.push_back(std::make_unique<CaseHistoryProjection>());
  return all;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ReadModel>> ReadModel::Open(
    const std::string& folder, std::unique_ptr<const Projection> projection, SharedReader& reader) {
  ASSIGN_OR_RETURN(std::unique_ptr<ReadModelStore> rows,
                   OpenRocksReadModelStore(absl::StrCat(folder, "/", ToAbsl(projection->name())),
                                           projection->version(), RowsAre::kDerived));
  return std::make_unique<ReadModel>(std::move(projection), std::move(rows), reader);
}

absl::StatusOr<std::unique_ptr<ReadModels>> ReadModels::Open(const std::string& folder,
                                                             SharedReader& reader) {
  auto models = std::make_unique<ReadModels>();
  for (std::unique_ptr<const Projection>& projection : AllProjections()) {
    ASSIGN_OR_RETURN(models->models_.emplace_back(),
                     ReadModel::Open(folder, std::move(projection), reader));
  }
  return models;
}

const ReadModel& ReadModels::Of(std::string_view name) const {
  const auto found = std::find_if(models_.begin(), models_.end(),
                                  [name](const auto& model) { return model->name() == name; });
  CHECK(found != models_.end());
  return **found;
}

std::vector<const Following*> ReadModels::workers() const {
  std::vector<const Following*> workers;
  for (const auto& model : models_) workers.push_back(&model->worker());
  return workers;
}

}  // namespace mlup::projections
