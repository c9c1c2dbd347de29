#include "projections/counting/definitions.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include "eventstore/base/limits.h"
#include "eventstore/payload/event_types.h"
#include "projections/counting/compile.h"

namespace mlup::counting {
namespace {

using google::protobuf::TextFormat;

absl::Status Invalid(int line, std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "DEFINITIONS_INVALID",
               absl::StrCat("line ", line, ": ", ToAbsl(message)));
}

// Keeps the first error of the text.
class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber, const std::string& message) override {
    if (status.ok()) status = Invalid(line + 1, message);
  }

  absl::Status status;
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
absl::Status CheckCodes(const pb::IndicatorFile& file, const TextFormat::ParseInfoTree& lines) {
  const auto* field = pb::IndicatorFile::descriptor()->FindFieldByName("indicators");
  std::set<std::string> codes;
  for (int i = 0; i < file.indicators_size(); ++i) {
    if (codes.insert(file.indicators(i).code()).second) continue;
    return Invalid(lines.GetLocation(field, i).line + 1,
                   absl::StrCat("indicator ", file.indicators(i).code(), " stands twice"));
  }
  for (int i = 0; i < file.indicators_size(); ++i) {
    for (const std::string& other : file.indicators(i).overlaps()) {
      if (codes.contains(other) && other != file.indicators(i).code()) continue;
      return Invalid(lines.GetLocation(field, i).line + 1,
                     absl::StrCat("indicator ", file.indicators(i).code(), ": overlaps `", other,
                                  "` is no other indicator"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

bool Indicator::Unique() const {
  for (const Select& select : selects) {
    if (select.distinct) return true;
  }
  return false;
}

absl::StatusOr<Definitions> Definitions::Parse(std::string_view text) {
  auto file = std::make_unique<pb::IndicatorFile>();
  TextFormat::Parser parser;
  TextFormat::ParseInfoTree lines;
  FirstError error;
  parser.RecordErrorsTo(&error);
  parser.SetRecursionLimit(kTextDepthMax);
  parser.WriteLocationsTo(&lines);
  if (!parser.ParseFromString(std::string(text), file.get())) {
    return error.status.ok() ? Invalid(1, "the text cannot be read") : error.status;
  }
  const Descriptor* type = pb::IndicatorFile::descriptor();
  const FieldDescriptor* joins_field = type->FindFieldByName("joins");
  const FieldDescriptor* indicators_field = type->FindFieldByName("indicators");
  std::map<std::string, pb::Join> joins;
  for (int i = 0; i < file->joins_size(); ++i) {
    const absl::Status status = CheckJoin(file->joins(i), joins);
    if (!status.ok()) {
      return Invalid(lines.GetLocation(joins_field, i).line + 1, ToStd(status.message()));
    }
    joins[file->joins(i).name()] = file->joins(i);
  }
  RETURN_IF_ERROR(CheckCodes(*file, lines));
  Definitions definitions;
  for (int i = 0; i < file->indicators_size(); ++i) {
    const pb::Indicator& indicator = file->indicators(i);
    IndicatorCompiler compiler(indicator, joins);
    auto compiled = compiler.Compile();
    if (!compiled.ok()) {
      const auto* tree = lines.GetTreeForNested(indicators_field, i);
      return Invalid(compiler.LineOfError(*tree, lines.GetLocation(indicators_field, i).line + 1),
                     absl::StrCat("indicator ", indicator.code(), ", ", compiler.field(), ": ",
                                  compiled.status().message()));
    }
    definitions.by_code_[indicator.code()] = definitions.indicators_.size();
    definitions.indicators_.push_back(*std::move(compiled));
  }
  definitions.file_ = std::move(file);
  return definitions;
}

const Indicator* Definitions::Find(std::string_view code) const {
  const auto found = by_code_.find(code);
  return found == by_code_.end() ? nullptr : &indicators_[found->second];
}

}  // namespace mlup::counting
