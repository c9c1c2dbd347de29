#include "projections/counting/report_definitions.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "eventstore/base/nearest.h"
#include "mlup/network/v1/network_events.pb.h"
#include "projections/counting/enum_words.h"

namespace mlup::counting {
namespace {

// What a report may name.
struct Names {
  std::set<std::string> codes;
  std::set<std::string> sections;
  std::set<std::string> dimensions;
  std::set<std::string> narratives;

  explicit Names(const pb::IndicatorFile& file) {
    for (const pb::Indicator& indicator : file.indicators()) {
      codes.insert(indicator.code());
      sections.insert(indicator.section());
      for (const auto& dimension : indicator.dimensions()) dimensions.insert(dimension.name());
    }
    const auto* words = network::v1::NarrativeSection_descriptor();
    for (int i = 1; i < words->value_count(); ++i) {
      narratives.insert(EnumWord(words, words->value(i)->number()));
    }
  }
};

using Texts = google::protobuf::RepeatedPtrField<std::string>;

// The first that is not there, in words; empty where all are.
std::string NotThere(std::string_view field, const Texts& named, const std::set<std::string>& is) {
  for (const std::string& name : named) {
    if (is.contains(name)) continue;
    return absl::StrCat(ToAbsl(field), ": there is no `", name, "`",
                        DidYouMean(name, std::vector<std::string>(is.begin(), is.end())));
  }
  return "";
}

std::string WrongIn(const pb::ReportPartDefinition& part, const Names& names) {
  if (part.heading().empty()) return "a part needs a `heading`";
  if (part.sections().empty() && part.codes().empty() && part.narratives().empty() &&
      !part.context()) {
    return absl::StrCat("part `", part.heading(), "` shows nothing");
  }
  for (const std::string& wrong : {NotThere("sections", part.sections(), names.sections),
                                   NotThere("codes", part.codes(), names.codes),
                                   NotThere("dimensions", part.dimensions(), names.dimensions),
                                   NotThere("narratives", part.narratives(), names.narratives)}) {
    if (!wrong.empty()) return absl::StrCat("part `", part.heading(), "`: ", wrong);
  }
  return "";
}

std::string WrongIn(const pb::ReportDefinition& report, const Names& names) {
  if (report.code().empty() || report.name().empty()) return "needs `code` and `name`";
  if (report.version() == 0) return "needs a `version` from 1";
  if (report.parts().empty()) return "has no parts";
  for (const auto& part : report.parts()) {
    if (std::string wrong = WrongIn(part, names); !wrong.empty()) return wrong;
  }
  return "";
}

pb::PeriodKind KindOf(const DayRange& period) {
  const std::string first = FormatDay(period.first);
  const std::string year = first.substr(0, 4);
  if (ParsePeriod(first.substr(0, 7)) == period) return pb::PERIOD_KIND_MONTH;
  if (ParsePeriod(year) == period) return pb::PERIOD_KIND_YEAR;
  for (const char* quarter : {"-Q1", "-Q2", "-Q3", "-Q4"}) {
    if (ParsePeriod(year + quarter) == period) return pb::PERIOD_KIND_QUARTER;
  }
  return pb::PERIOD_KIND_UNSPECIFIED;
}

bool Contains(const Texts& texts, const std::string& text) {
  return std::ranges::find(texts, text) != texts.end();
}

std::vector<const Indicator*> IndicatorsOf(const Definitions& definitions,
                                           const pb::ReportPartDefinition& part) {
  std::vector<const Indicator*> found;
  for (const std::string& section : part.sections()) {
    for (const Indicator& indicator : definitions.indicators()) {
      if (indicator.definition->section() == section) found.push_back(&indicator);
    }
  }
  for (const std::string& code : part.codes()) found.push_back(definitions.Find(code));
  return found;
}

bool IsShown(const pb::ReportPartDefinition& part, const Indicator& indicator,
             const pb::Cell& cell) {
  return cell.dimension().empty() || indicator.WithoutTotal() ||
         Contains(part.dimensions(), cell.dimension());
}

}  // namespace

void CheckReports(const pb::IndicatorFile& file,
                  const google::protobuf::TextFormat::ParseInfoTree& lines,
                  std::vector<Problem>& problems) {
  const auto* field = pb::IndicatorFile::descriptor()->FindFieldByName("reports");
  const Names names(file);
  std::set<std::string> codes;
  for (int i = 0; i < file.reports_size(); ++i) {
    const pb::ReportDefinition& report = file.reports(i);
    const int line = lines.GetLocation(field, i).line + 1;
    const auto add = [&](std::string_view wrong) {
      problems.push_back({line, absl::StrCat("report ", report.code(), ": ", ToAbsl(wrong))});
    };
    if (!codes.insert(report.code()).second) add("stands twice");
    if (const std::string wrong = WrongIn(report, names); !wrong.empty()) add(wrong);
  }
}

absl::StatusOr<const pb::ReportDefinition*> NamedReport(const Definitions& definitions,
                                                        std::string_view code) {
  std::vector<std::string> codes;
  for (const pb::ReportDefinition& report : definitions.file().reports()) {
    if (report.code() == code) return &report;
    codes.push_back(report.code());
  }
  return FieldError(absl::StatusCode::kNotFound, "REPORT_UNKNOWN", "report",
                    absl::StrCat("no report has the code `", ToAbsl(code), "`; there ",
                                 codes.size() == 1 ? "is " : "are ", absl::StrJoin(codes, ", "),
                                 DidYouMean(code, codes)));
}

absl::Status CheckPeriodKind(const pb::ReportDefinition& report, const DayRange& period,
                             std::string_view field) {
  const auto& kinds = report.periods();
  if (kinds.empty() || std::ranges::find(kinds, KindOf(period)) != kinds.end()) {
    return absl::OkStatus();
  }
  std::vector<std::string> words;
  words.reserve(static_cast<std::size_t>(kinds.size()));
  for (const int kind : kinds) {
    words.push_back(absl::StrCat("a ", EnumWord(pb::PeriodKind_descriptor(), kind)));
  }
  return FieldError(
      absl::StatusCode::kInvalidArgument, "PERIOD_KIND_WRONG", field,
      absl::StrCat("the report ", report.code(), " is made for ", absl::StrJoin(words, " or ")));
}

std::vector<std::string> CodesOf(const Definitions& definitions,
                                 const pb::ReportDefinition& report) {
  std::set<const Indicator*> found;
  for (const auto& part : report.parts()) {
    for (const Indicator* indicator : IndicatorsOf(definitions, part)) found.insert(indicator);
  }
  std::vector<std::string> codes;
  for (const Indicator& indicator : definitions.indicators()) {
    if (found.contains(&indicator)) codes.push_back(indicator.definition->code());
  }
  return codes;
}

void Arrange(const Definitions& definitions, const pb::ReportDefinition& report,
             pb::GetReportResponse& answer) {
  std::map<std::string, std::vector<int>> rows;
  for (int i = 0; i < answer.rows_size(); ++i) rows[answer.rows(i).cell().code()].push_back(i);
  for (const pb::ReportPartDefinition& part : report.parts()) {
    pb::ReportPart& filled = *answer.add_parts();
    filled.set_heading(part.heading());
    filled.set_heading_km(part.heading_km());
    for (const Indicator* indicator : IndicatorsOf(definitions, part)) {
      for (const int row : rows[indicator->definition->code()]) {
        if (!IsShown(part, *indicator, answer.rows(row).cell())) continue;
        filled.add_rows(static_cast<std::uint32_t>(row));
      }
    }
    for (int i = 0; i < answer.notes_size(); ++i) {
      const std::string& section = answer.notes(i).section();
      const bool stands = section.empty() ? part.context() : Contains(part.narratives(), section);
      if (stands) filled.add_notes(static_cast<std::uint32_t>(i));
    }
  }
  answer.set_report_name(report.name());
  answer.set_report_name_km(report.name_km());
}

}  // namespace mlup::counting
