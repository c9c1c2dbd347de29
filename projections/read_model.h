// A read model: a projection, the rows it makes, the worker that keeps them up with the log, and
// the rebuild that makes them anew.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eventstore/base/status.h"
#include "projections/following.h"
#include "projections/projection.h"
#include "projections/rebuild.h"
#include "projections/shared_reader.h"
#include "projections/store/generations.h"
#include "projections/worker.h"

namespace mlup::projections {

// Kept up from construction to destruction. Any thread may read. Owns all but the reader.
class ReadModel final : public Following {
 public:
  ReadModel(std::unique_ptr<const Projection> projection, std::unique_ptr<Generations> rows,
            SharedReader& reader, Rebuild::Record record)
      : projection_(std::move(projection)),
        rows_(std::move(rows)),
        worker_(reader, *projection_, *rows_),
        rebuild_({reader, *projection_, *rows_, worker_, std::move(record)}) {}

  // Opens or makes the folder called as the projection in `folder`. UNAVAILABLE
  // READ_MODEL_UNAVAILABLE.
  static absl::StatusOr<std::unique_ptr<ReadModel>> Open(
      const std::string& folder, std::unique_ptr<const Projection> projection, SharedReader& reader,
      Rebuild::Record record);

  std::string_view name() const override { return projection_->name(); }
  State state() const override { return worker_.state(); }
  std::uint32_t version() const override { return projection_->version(); }
  std::optional<reports::v1::RebuildStatus> rebuilding() const override {
    return rebuild_.status();
  }

  const ReadModelStore& rows() const { return *rows_; }
  const Worker& worker() const { return worker_; }
  Rebuild& rebuild() { return rebuild_; }

 private:
  const std::unique_ptr<const Projection> projection_;
  const std::unique_ptr<Generations> rows_;
  // So that it stops before the rows close.
  Worker worker_;
  // Last: it uses all the others.
  Rebuild rebuild_;
};

// Every read model of the product. A new projection is its folder and a line in read_model.cc.
class ReadModels {
 public:
  // Opens or makes `folder` with a folder for each. UNAVAILABLE READ_MODEL_UNAVAILABLE.
  static absl::StatusOr<std::unique_ptr<ReadModels>> Open(const std::string& folder,
                                                          SharedReader& reader,
                                                          const Rebuild::Record& record);

  // There is one of this name.
  const ReadModel& Of(std::string_view name) const;
  // NOT_FOUND PROJECTION_UNKNOWN, telling which there are.
  absl::StatusOr<ReadModel*> Find(std::string_view name);

  std::vector<const Following*> workers() const;

 private:
  std::vector<std::unique_ptr<ReadModel>> models_;
};

}  // namespace mlup::projections
