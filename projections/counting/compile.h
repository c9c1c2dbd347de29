// Turns the definition of one indicator into what the evaluation reads, and finds what is wrong in
// it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/text_format.h>

#include "eventstore/base/status.h"
#include "projections/counting/definitions.h"

namespace mlup::counting {

// Compiles one indicator. For one thread and one call of Compile(); borrows the definition.
class IndicatorCompiler {
 public:
  // Where an indicator stands in the text.
  struct Lines {
    const google::protobuf::TextFormat::ParseInfoTree& tree;
    // Its first.
    int first;
  };

  // What the paths read gets a place in `columns`.
  IndicatorCompiler(const pb::Indicator& definition, const std::map<std::string, pb::Join>& joins,
                    const Lines& lines, Columns& columns)
      : definition_(definition), joins_(joins), lines_(lines), columns_(columns) {}

  // Of use where there are no problems().
  Indicator Compile();

  // What is wrong, in the order of the text's parts: one for each select, dimension and condition
  // that has anything wrong.
  const std::vector<Problem>& problems() const { return problems_; }

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

  // The field that was looked at last, for example `select[1].where[0].field`.
  std::string field() const;
  // Its line as exactly as the text tells, from 1.
  int LineOfError() const;
  // Keeps what is wrong, and goes on with the next part.
  void Keep(const absl::Status& wrong, const std::vector<Level>& levels);

  absl::Status Wrong(std::string_view message) const;
  absl::StatusOr<const Descriptor*> EventType(const std::string& name);
  absl::StatusOr<Path> PathOf(const std::string& field, const std::string& text,
                              const PathContext& context);

  absl::Status CheckHeader();
  absl::Status CheckParts();
  absl::Status CheckUnit(const pb::Select& select);
  absl::StatusOr<Select> CompileSelect(const pb::Select& definition);
  absl::Status CompileExpand(Frame& frame, Select& select);
  absl::Status CompileCounting(Frame& frame, Select& select);
  absl::Status CompileEnding(const Frame& frame, Select& select);
  absl::Status CompileEnds(const Frame& frame, Select& select);
  absl::StatusOr<Ending> EndingOf(const std::string& ended_by, const std::string& match,
                                  const Descriptor* begin);
  absl::Status CompilePair(const Frame& frame, Select& select);
  using Conditions = google::protobuf::RepeatedPtrField<pb::Condition>;
  // Keeps what is wrong with each condition.
  void CompileWhere(const Conditions& definitions, const PathContext& context,
                    std::vector<Condition>& where);
  absl::StatusOr<Condition> CompileCondition(const PathContext& of,
                                             const pb::Condition& definition);
  absl::StatusOr<Dimension> CompileDimension(const pb::Dimension& definition);
  absl::Status CompileSplits(const Frame& frame, Select& select);

  const pb::Indicator& definition_;
  const std::map<std::string, pb::Join>& joins_;
  const Lines lines_;
  Columns& columns_;
  std::vector<Problem> problems_;
  std::vector<Level> levels_;
  std::string leaf_;
};

}  // namespace mlup::counting
