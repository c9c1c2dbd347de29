// Turns the definition of one indicator into what the evaluation reads, and finds what is wrong in
// it.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <google/protobuf/text_format.h>

#include "eventstore/base/status.h"
#include "projections/counting/definitions.h"

namespace mlup::counting {

// Compiles one indicator. For one thread and one call of Compile(); borrows the definition.
class IndicatorCompiler {
 public:
  IndicatorCompiler(const pb::Indicator& definition, const std::map<std::string, pb::Join>& joins)
      : definition_(definition), joins_(joins) {}

  // INVALID_ARGUMENT with what is wrong; field() and LineOfError() tell where.
  absl::StatusOr<Indicator> Compile();

  // The field that was looked at last, for example `select[1].where[0].field`.
  std::string field() const;
  // Its line as exactly as the text tells, from 1; `fallback` where it tells nothing.
  int LineOfError(const google::protobuf::TextFormat::ParseInfoTree& indicator, int fallback) const;

 private:
  // One select and what its paths may name.
  struct Frame {
    const pb::Select& definition;
    PathContext context;
  };
  // A message of the definition that is being read: its field and place in the list.
  struct Level {
    std::string name;
    int index;
  };

  absl::Status Wrong(std::string_view message) const;
  absl::StatusOr<const Descriptor*> EventType(const std::string& name);
  absl::StatusOr<Path> PathOf(const std::string& field, const std::string& text,
                              const PathContext& context);

  absl::Status CheckHeader();
  absl::Status CheckUnit(const pb::Select& select);
  absl::StatusOr<Select> CompileSelect(const pb::Select& definition);
  absl::Status CompileExpand(Frame& frame, Select& select);
  absl::Status CompileCounting(Frame& frame, Select& select);
  absl::Status CompileEnding(const Frame& frame, Select& select);
  absl::StatusOr<Ending> EndingOf(const std::string& ended_by, const std::string& match,
                                  const Descriptor* begin);
  absl::Status CompileWhere(const Frame& frame, Select& select);
  absl::StatusOr<Dimension> CompileDimension(const pb::Dimension& definition);
  absl::Status CompileSplits(const Frame& frame, Select& select);

  const pb::Indicator& definition_;
  const std::map<std::string, pb::Join>& joins_;
  std::vector<Level> levels_;
  std::string leaf_;
};

}  // namespace mlup::counting
