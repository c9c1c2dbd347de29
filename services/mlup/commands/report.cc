// `mlup report`: the figures of a period as known at a day, and the events behind each.
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"

#include "mlup/reports/v1/report_service.pb.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/proto_json.h"
#include "services/mlup/report_words.h"
#include "services/mlup/server_rpc.h"
#include "services/mlup/table.h"
#include "services/mlup/words.h"

namespace mlup::cli {
namespace {

using reports::v1::Cell;
using reports::v1::Evidence;
using reports::v1::GetReportRequest;
using reports::v1::GetReportResponse;
using reports::v1::ListEvidenceRequest;
using reports::v1::ListEvidenceResponse;
using reports::v1::Row;
using reports::v1::SumIndicatorsRequest;
using reports::v1::SumIndicatorsResponse;

constexpr std::size_t kReportWidth = 110;

template <typename Request>
Request MakeRequest(const Reader& reader, const ReportOptions& options) {
  Request request;
  SetAsker(reader, *request.mutable_reader());
  request.mutable_scope()->set_period(options.period);
  request.mutable_scope()->set_as_known_at(options.as_known_at);
  request.mutable_scope()->set_position(options.position);
  return request;
}

std::string UnitOf(const Row& row) {
  return EnumWords(*reports::v1::Unit_descriptor(), row.unit());
}

std::string CountOf(std::uint32_t events) {
  return absl::StrCat(events, events == 1 ? " event" : " events");
}

void AddRow(Table& table, const Row& row) {
  const bool part = !row.cell().dimension().empty();
  const std::string code =
      part ? absl::StrCat("    ", MemberWords(row.cell())) : absl::StrCat("  ", row.cell().code());
  table.Add({code, part ? "" : row.name(), ValueWords(row), part ? "" : UnitOf(row),
             CountOf(row.evidence_count()), MarkWords(row)});
}

std::string HeadOf(const ReportOptions& options, const GetReportResponse& report) {
  const std::string known = report.as_known_at().empty()
                                ? "nothing is recorded"
                                : absl::StrCat("as known at ", report.as_known_at());
  return absl::StrCat(report.report_name().empty() ? "Report" : report.report_name(), " ",
                      options.period, ": ", report.first_day(), " to ", report.last_day(), ", ",
                      known, ", position ", report.position(), "\n");
}

void PrintNote(std::ostream& out, const reports::v1::Note& note) {
  out << Wrap(absl::StrCat(note.occurred(), "  ", note.text(), " (position ", note.position(), ")"),
              2, kReportWidth);
}

// A report as it is defined, part by part.
void PrintParts(std::ostream& out, const ReportOptions& options, const GetReportResponse& report) {
  out << HeadOf(options, report);
  for (const reports::v1::ReportPart& part : report.parts()) {
    out << "\n" << part.heading();
    if (!part.heading_km().empty()) out << " · " << part.heading_km();
    out << "\n";
    Table table({2, 4});
    for (const std::uint32_t row : part.rows()) AddRow(table, report.rows(static_cast<int>(row)));
    out << table.Render();
    for (const std::uint32_t note : part.notes()) {
      PrintNote(out, report.notes(static_cast<int>(note)));
    }
    if (part.rows().empty() && part.notes().empty()) out << "  nothing is recorded\n";
  }
}

void PrintReport(std::ostream& out, const ReportOptions& options, const GetReportResponse& report) {
  out << HeadOf(options, report) << "\n";
  Table table({2, 4});
  std::string section;
  bool parts = false;
  for (const Row& row : report.rows()) {
    // Quantities of different goods have no total: their parts are the figure.
    // Of a difference every row is one.
    if (row.cell().dimension().empty() || !options.since.empty()) {
      parts = options.parts || !options.since.empty() || ValueWords(row).empty();
    }
    if (!row.cell().dimension().empty() && !parts) continue;
    if (row.section() != section) table.AddHeading(section = row.section());
    AddRow(table, row);
  }
  out << table.Render();
  if (report.notes_size() > 0) out << "\nContext and texts, never counted\n";
  for (const reports::v1::Note& note : report.notes()) PrintNote(out, note);
}

// `CODE` or `CODE{dimension=member}`.
std::optional<Cell> ParseCell(const std::string& text) {
  Cell cell;
  const std::size_t brace = text.find('{');
  cell.set_code(text.substr(0, brace));
  if (brace == std::string::npos) return cell;
  const std::size_t equals = text.find('=', brace);
  if (equals == std::string::npos || text.back() != '}') return std::nullopt;
  cell.set_dimension(text.substr(brace + 1, equals - brace - 1));
  cell.set_member(text.substr(equals + 1, text.size() - equals - 2));
  return cell;
}

// What an event adds to its row. Goods in different units have no total that it could add to.
std::string ShareWords(const Row& row, const Evidence& evidence) {
  if (!evidence.contributes().empty()) {
    return absl::StrCat(", counts ", NumberWords(row, evidence.contributes()));
  }
  const bool no_total = row.value().empty() && row.planned_value().empty() &&
                        row.why_none() == reports::v1::WHY_NONE_UNSPECIFIED;
  return no_total ? "" : ", not counted";
}

void PrintEvidence(std::ostream& out, const Row& row, const Evidence& evidence) {
  if (evidence.for_few()) {
    out << PadRight("", 24) << "an event that only few may know of" << ShareWords(row, evidence)
        << "\n"
        << Wrap(absl::StrCat("position ", evidence.position()), 24, kReportWidth);
    return;
  }
  out << PadRight(OccurredWords(evidence.occurred()), 24)
      << evidence.type().substr(evidence.type().rfind('.') + 1) << ShareWords(row, evidence)
      << "\n";
  out << Wrap(
      absl::StrCat("position ", evidence.position(), ", known ", TimeWords(evidence.known_at()),
                   ", recorded ", TimeWords(evidence.recorded_at()), ", by ", evidence.actor(),
                   " as ", evidence.role(), ", ", evidence.stream()),
      24, kReportWidth);
  for (const reports::v1::EvidenceDetail& detail : evidence.details()) {
    out << Wrap(absl::StrCat(detail.label(), ": ", detail.value()), 24, kReportWidth);
  }
}

int RunEvidence(const Session& session, const Reader& reader, const ReportOptions& options) {
  const std::optional<Cell> cell = ParseCell(options.evidence);
  if (!cell.has_value()) {
    session.err << "mlup: --evidence takes CODE or CODE{dimension=member}\n";
    return kExitUsage;
  }
  auto request = MakeRequest<ListEvidenceRequest>(reader, options);
  *request.mutable_cell() = *cell;
  const auto found = CallAllPages<ListEvidenceResponse>(
      session.server, "mlup.reports.v1.ReportService/ListEvidence", request,
      [](ListEvidenceResponse& whole) { whole.clear_row(); });
  if (!found.ok()) return Fail(session, found.status());
  if (session.json) {
    session.out << ToJson(*found) << "\n";
    return kExitOk;
  }
  const Row& row = found->row();
  session.out << CellWords(row.cell()) << ", " << row.name() << "\n"
              << (ValueWords(row).empty() ? "no total" : "value " + ValueWords(row)) << " ("
              << UnitOf(row) << "), " << CountOf(found->total()) << "\n\n";
  for (const Evidence& evidence : found->evidence()) PrintEvidence(session.out, row, evidence);
  return kExitOk;
}

}  // namespace

int RunReport(const Session& session, const Reader& reader, const ReportOptions& options) {
  if (!options.evidence.empty()) return RunEvidence(session, reader, options);
  auto request = MakeRequest<GetReportRequest>(reader, options);
  request.set_report(options.report);
  if (!options.since.empty()) request.mutable_compared_with()->set_as_known_at(options.since);
  const auto report = CallOnce<GetReportResponse>(
      session.server, "mlup.reports.v1.ReportService/GetReport", request);
  if (!report.ok()) return Fail(session, report.status());
  if (session.json) {
    session.out << ReportJson(options.period, *report) << "\n";
  } else if (!options.report.empty()) {
    PrintParts(session.out, options, *report);
  } else {
    PrintReport(session.out, options, *report);
  }
  return kExitOk;
}

int RunSum(const Session& session, const Reader& reader, const ReportOptions& options,
           const std::vector<std::string>& codes) {
  auto request = MakeRequest<SumIndicatorsRequest>(reader, options);
  for (const std::string& code : codes) request.add_codes(code);
  const auto sum = CallOnce<SumIndicatorsResponse>(
      session.server, "mlup.reports.v1.ReportService/SumIndicators", request);
  if (!sum.ok()) return Fail(session, sum.status());
  if (session.json) {
    session.out << ToJson(*sum) << "\n";
    return kExitOk;
  }
  Table table({2, 4});
  for (const Row& row : sum->rows()) AddRow(table, row);
  table.Add({"  sum", "", sum->value(), "", "", ""});
  session.out << table.Render();
  return kExitOk;
}

}  // namespace mlup::cli
