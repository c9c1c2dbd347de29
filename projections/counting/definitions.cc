#include "projections/counting/definitions.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include "eventstore/base/limits.h"
#include "eventstore/base/nearest.h"
#include "eventstore/payload/event_types.h"
#include "projections/counting/compile.h"
#include "projections/counting/dashboards.h"
#include "projections/counting/report_definitions.h"

namespace mlup::counting {
namespace {

using google::protobuf::TextFormat;

// Keeps the errors of the text.
class TextErrors final : public google::protobuf::io::ErrorCollector {
 public:
  explicit TextErrors(std::vector<Problem>& problems) : problems_(problems) {}

  void AddError(int line, google::protobuf::io::ColumnNumber, const std::string& message) override {
    problems_.push_back({line + 1, message});
  }

 private:
  std::vector<Problem>& problems_;
};

absl::Status CheckJoin(const pb::Join& join, const std::map<std::string, pb::Join>& seen) {
  const auto wrong = [](std::string_view message) {
    return Error(absl::StatusCode::kInvalidArgument, "JOIN_INVALID", message);
  };
  if (join.name().empty() || join.via().empty()) return wrong("a join needs `name` and `via`");
  if (seen.contains(join.name())) return wrong(absl::StrCat("join ", join.name(), " stands twice"));
  if (payload::FindEventType(join.event()) == nullptr) {
    return wrong(
        absl::StrCat("join ", join.name(), ": event type `", join.event(), "` is unknown"));
  }
  if ((join.via() == "@stream") != join.category().empty()) {
    return wrong(
        absl::StrCat("join ", join.name(), " needs a category exactly when it follows an id"));
  }
  return absl::OkStatus();
}

// Codes stand once, and overlaps name codes.
void CheckCodes(const pb::IndicatorFile& file, const TextFormat::ParseInfoTree& lines,
                std::vector<Problem>& problems) {
  const auto* field = pb::IndicatorFile::descriptor()->FindFieldByName("indicators");
  std::set<std::string> codes;
  for (int i = 0; i < file.indicators_size(); ++i) {
    if (codes.insert(file.indicators(i).code()).second) continue;
    problems.push_back({lines.GetLocation(field, i).line + 1,
                        absl::StrCat("indicator ", file.indicators(i).code(), " stands twice")});
  }
  for (int i = 0; i < file.indicators_size(); ++i) {
    for (const std::string& other : file.indicators(i).overlaps()) {
      if (codes.contains(other) && other != file.indicators(i).code()) continue;
      problems.push_back({lines.GetLocation(field, i).line + 1,
                          absl::StrCat("indicator ", file.indicators(i).code(), ": overlaps `",
                                       other, "` is no other indicator")});
    }
  }
}

}  // namespace

bool Condition::FailsAsTold(const FactTable& table, RowId event) const {
  if (!contains.empty()) return false;
  const std::optional<std::string> value = path.Told(table, event);
  if (!value) return false;
  return (present && value->empty()) || (!in.empty() && !in.contains(*value)) ||
         not_in.contains(*value);
}

bool Indicator::PassesOver(const FactTable& table, RowId event) const {
  const auto passes = [&](const Select& select) {
    return select.event != table.TypeOf(event) ||
           std::ranges::any_of(select.where, [&](const Condition& condition) {
             return condition.FailsAsTold(table, event);
           });
  };
  return std::ranges::all_of(selects, passes) && std::ranges::all_of(headcounts, passes);
}

bool Indicator::Unique() const {
  for (const Select& select : selects) {
    if (select.distinct) return true;
  }
  return false;
}

std::set<std::string> Indicator::MembersOf(std::size_t dimension) const {
  std::set<std::string> members = {std::string(kUnknown)};
  const Dimension& by = dimensions[dimension];
  for (const auto& [type, value] : by.latest) members.insert(value);
  if (by.parts) members.emplace(kEveryPart);
  for (const Select& select : selects) {
    if (by.parts) members.insert(select.part);
    const Split& split = select.splits[dimension];
    if (!split.path) continue;
    const std::vector<std::string> values = split.path->Values();
    if (values.empty() || split.with) return {};
    members.insert(values.begin(), values.end());
  }
  return members;
}

absl::StatusOr<Definitions> Definitions::Parse(std::string_view text, std::string_view dashboards) {
  std::vector<Problem> problems;
  Definitions definitions = Read(text, dashboards, problems);
  if (problems.empty()) return definitions;
  const std::string more = problems.size() == 1
                               ? ""
                               : absl::StrCat("; ", problems.size() - 1,
                                              " more: `mlup indicators check FILE` lists them all");
  return Error(absl::StatusCode::kInvalidArgument, "DEFINITIONS_INVALID",
               absl::StrCat("line ", problems[0].line, ": ", problems[0].message, more));
}

std::vector<Problem> Definitions::Check(std::string_view text, std::string_view dashboards) {
  std::vector<Problem> problems;
  Read(text, dashboards, problems);
  std::ranges::stable_sort(problems, {}, &Problem::line);
  return problems;
}

Definitions Definitions::Read(std::string_view text, std::string_view dashboards,
                              std::vector<Problem>& problems) {
  Definitions definitions;
  definitions.dashboards_ = std::make_shared<const Dashboards>();
  auto file = std::make_unique<pb::IndicatorFile>();
  TextFormat::Parser parser;
  TextFormat::ParseInfoTree lines;
  TextErrors errors(problems);
  parser.RecordErrorsTo(&errors);
  parser.SetRecursionLimit(kTextDepthMax);
  parser.WriteLocationsTo(&lines);
  if (!parser.ParseFromString(std::string(text), file.get())) {
    if (problems.empty()) problems.push_back({1, "the text cannot be read"});
    return definitions;
  }
  const Descriptor* type = pb::IndicatorFile::descriptor();
  const FieldDescriptor* joins_field = type->FindFieldByName("joins");
  const FieldDescriptor* indicators_field = type->FindFieldByName("indicators");
  std::map<std::string, pb::Join> joins;
  for (int i = 0; i < file->joins_size(); ++i) {
    const absl::Status status = CheckJoin(file->joins(i), joins);
    if (!status.ok()) {
      problems.push_back(
          {lines.GetLocation(joins_field, i).line + 1, std::string(status.message())});
    }
    joins[file->joins(i).name()] = file->joins(i);
  }
  CheckCodes(*file, lines, problems);
  CheckReports(*file, lines, problems);
  for (int i = 0; i < file->indicators_size(); ++i) {
    const pb::Indicator& indicator = file->indicators(i);
    IndicatorCompiler compiler(indicator, joins,
                               {*lines.GetTreeForNested(indicators_field, i),
                                lines.GetLocation(indicators_field, i).line + 1},
                               *definitions.columns_);
    definitions.by_code_[indicator.code()] = definitions.indicators_.size();
    definitions.indicators_.push_back(compiler.Compile());
    problems.insert(problems.end(), compiler.problems().begin(), compiler.problems().end());
  }
  definitions.dashboards_ = std::make_shared<const Dashboards>(
      Dashboards::Read(dashboards, *file, *definitions.columns_, problems));
  definitions.file_ = std::move(file);
  return definitions;
}

const Indicator* Definitions::Find(std::string_view code) const {
  const auto found = by_code_.find(code);
  return found == by_code_.end() ? nullptr : &indicators_[found->second];
}

absl::StatusOr<const Indicator*> Definitions::Named(std::string_view code) const {
  if (const Indicator* found = Find(code)) return found;
  std::vector<std::string> codes;
  codes.reserve(by_code_.size());
  for (const auto& [known, index] : by_code_) codes.push_back(known);
  return FieldError(
      absl::StatusCode::kNotFound, "INDICATOR_UNKNOWN", "codes",
      absl::StrCat("no indicator has the code `", ToAbsl(code), "`", DidYouMean(code, codes)));
}

}  // namespace mlup::counting
