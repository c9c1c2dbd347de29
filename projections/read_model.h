// A read model: a projection, the rows it makes, and the worker that keeps them up with the log.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/status.h"
#include "projections/following.h"
#include "projections/projection.h"
#include "projections/shared_reader.h"
#include "projections/store/read_model_store.h"
#include "projections/worker.h"

namespace mlup::projections {

// Kept up from construction to destruction. Any thread may read. Owns all but the reader.
class ReadModel {
 public:
  ReadModel(std::unique_ptr<const Projection> projection, std::unique_ptr<ReadModelStore> rows,
            SharedReader& reader)
      : projection_(std::move(projection)),
        rows_(std::move(rows)),
        worker_(reader, *projection_, *rows_) {}

  // Opens or makes the folder called as the projection in `folder`. UNAVAILABLE
  // READ_MODEL_UNAVAILABLE.
  static absl::StatusOr<std::unique_ptr<ReadModel>> Open(
      const std::string& folder, std::unique_ptr<const Projection> projection,
      SharedReader& reader);

  std::string_view name() const { return projection_->name(); }
  const ReadModelStore& rows() const { return *rows_; }
  const Worker& worker() const { return worker_; }

 private:
  const std::unique_ptr<const Projection> projection_;
  const std::unique_ptr<ReadModelStore> rows_;
  // Last, so that it stops before the rows close.
  Worker worker_;
};

// Every read model of the product. A new projection is its folder and a line in read_model.cc.
class ReadModels {
 public:
  // Opens or makes `folder` with a folder for each. UNAVAILABLE READ_MODEL_UNAVAILABLE.
  static absl::StatusOr<std::unique_ptr<ReadModels>> Open(const std::string& folder,
                                                          SharedReader& reader);

  // There is one of this name.
  const ReadModel& Of(std::string_view name) const;

  std::vector<const Following*> workers() const;

 private:
  std::vector<std::unique_ptr<ReadModel>> models_;
};

}  // namespace mlup::projections
