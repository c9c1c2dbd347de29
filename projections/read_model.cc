#include "projections/read_model.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

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
    const std::string& folder, std::unique_ptr<const Projection> projection, SharedReader& reader,
    Rebuild::Record record) {
  ASSIGN_OR_RETURN(std::unique_ptr<Generations> rows,
                   OpenGenerations(absl::StrCat(folder, "/", ToAbsl(projection->name())),
                                   projection->version()));
  return std::make_unique<ReadModel>(std::move(projection), std::move(rows), reader,
                                     std::move(record));
}

absl::StatusOr<std::unique_ptr<ReadModels>> ReadModels::Open(const std::string& folder,
                                                             SharedReader& reader,
                                                             const Rebuild::Record& record) {
  auto models = std::make_unique<ReadModels>();
  for (std::unique_ptr<const Projection>& projection : AllProjections()) {
    ASSIGN_OR_RETURN(models->models_.emplace_back(),
                     ReadModel::Open(folder, std::move(projection), reader, record));
  }
  return models;
}

const ReadModel& ReadModels::Of(std::string_view name) const {
  const auto found = std::find_if(models_.begin(), models_.end(),
                                  [name](const auto& model) { return model->name() == name; });
  CHECK(found != models_.end());
  return **found;
}

absl::StatusOr<ReadModel*> ReadModels::Find(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& model : models_) {
    if (model->name() == name) return model.get();
    names.emplace_back(model->name());
  }
  return FieldError(absl::StatusCode::kNotFound, "PROJECTION_UNKNOWN", "name",
                    absl::StrCat("those that can be made anew are: ", absl::StrJoin(names, ", ")));
}

std::vector<const Following*> ReadModels::workers() const {
  std::vector<const Following*> workers;
  for (const auto& model : models_) workers.push_back(model.get());
  return workers;
}

}  // namespace mlup::projections
