// Reports that are composed of figures and texts, as definitions say.
//
// Every function is pure and may be called from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/text_format.h>

#include "eventstore/base/days.h"
#include "eventstore/base/status.h"
#include "mlup/reports/v1/report_service.pb.h"
#include "projections/counting/definitions.h"

namespace mlup::counting {

// Adds what is wrong with the reports of a file: a heading, code or text that is not there, a
// report twice or empty.
void CheckReports(const pb::IndicatorFile& file,
                  const google::protobuf::TextFormat::ParseInfoTree& lines,
                  std::vector<Problem>& problems);

// NOT_FOUND REPORT_UNKNOWN, with the code that was meant.
absl::StatusOr<const pb::ReportDefinition*> NamedReport(const Definitions& definitions,
                                                        std::string_view code);

// INVALID_ARGUMENT PERIOD_KIND_WRONG, naming the field, where the report is not made for such a
// period.
absl::Status CheckPeriodKind(const pb::ReportDefinition& report, const DayRange& period,
                             std::string_view field);

// Codes of the figures in it, each once, in the order of the definitions.
std::vector<std::string> CodesOf(const Definitions& definitions,
                                 const pb::ReportDefinition& report);

// Fills in the parts of an answer that holds the report's figures, and its name.
void Arrange(const Definitions& definitions, const pb::ReportDefinition& report,
             pb::GetReportResponse& answer);

}  // namespace mlup::counting
