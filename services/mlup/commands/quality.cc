// `mlup quality`: what somebody should look at in the data.
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "mlup/reports/v1/report_service.pb.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/proto_json.h"
#include "services/mlup/server_rpc.h"
#include "services/mlup/table.h"
#include "services/mlup/words.h"

namespace mlup::cli {
namespace {

using reports::v1::ListQualityRequest;
using reports::v1::ListQualityResponse;
using reports::v1::QualityFinding;

constexpr std::size_t kQualityWidth = 110;

std::optional<reports::v1::QualityKind> KindOf(const std::string& code) {
  const auto& kinds = *reports::v1::QualityKind_descriptor();
  for (int i = 1; i < kinds.value_count(); ++i) {
    const int number = kinds.value(i)->number();
    if (EnumCode(kinds, number) == code) return static_cast<reports::v1::QualityKind>(number);
  }
  return std::nullopt;
}

constexpr char kListQuality[] = "mlup.reports.v1.ReportService/ListQuality";

absl::StatusOr<ListQualityResponse> ReadQuality(const Session& session, ListQualityRequest request,
                                                bool summary) {
  if (!summary) {
    return CallAllPages<ListQualityResponse>(
        session.server, kListQuality, request,
        [](ListQualityResponse& whole) { whole.clear_counts(); });
  }
  request.set_page_size(1);
  auto first = CallOnce<ListQualityResponse>(session.server, kListQuality, request);
  if (first.ok()) first->clear_findings();
  return first;
}

std::string ProblemOf(const QualityFinding& finding) {
  switch (finding.kind()) {
    case reports::v1::QUALITY_KIND_RECORD_UNKNOWN:
      return absl::StrCat(finding.field(), " names ", absl::StrJoin(finding.categories(), " or "),
                          " ", finding.names(), ", which nobody has registered");
    case reports::v1::QUALITY_KIND_KIT_UNKNOWN:
      return absl::StrCat("names kit ", finding.names(), ", which no store has defined");
    case reports::v1::QUALITY_KIND_PLACE_UNKNOWN:
      return "does not say where it happened";
    case reports::v1::QUALITY_KIND_SEX_UNKNOWN:
      return "the sex of the person is not known";
    case reports::v1::QUALITY_KIND_HEADCOUNT_ONLY:
      return "people were counted, and nobody was named";
    case reports::v1::QUALITY_KIND_NOT_DATABLE:
      return "it is not known in which quarter it happened";
    case reports::v1::QUALITY_KIND_POSSIBLE_DUPLICATE:
      return absl::StrCat("says the same as position ", finding.earlier_position());
    case reports::v1::QUALITY_KIND_RECORDED_LATE:
      return absl::StrCat("became known ", finding.days(), " days after it happened");
    case reports::v1::QUALITY_KIND_DEVICE_SILENT:
      return absl::StrCat("nothing came from device ", finding.names(), " for ", finding.days(),
                          " days");
    default:
      return EnumWords(*reports::v1::QualityKind_descriptor(), finding.kind());
  }
}

void PrintFinding(std::ostream& out, const QualityFinding& finding) {
  std::string line = absl::StrCat("position ", finding.position(), ", ",
                                  finding.type().substr(finding.type().rfind('.') + 1), " on ",
                                  finding.stream(), ", recorded ", DayWords(finding.recorded_at()));
  if (!finding.source_system().empty()) absl::StrAppend(&line, " from ", finding.source_system());
  out << line << "\n" << Wrap(ProblemOf(finding), 4, kQualityWidth);
}

}  // namespace

int RunQuality(const Session& session, const Reader& reader, const QualityOptions& options) {
  ListQualityRequest request;
  SetAsker(reader, *request.mutable_reader());
  request.set_period(options.period);
  for (const std::string& kind : options.kinds) {
    const auto found = KindOf(kind);
    if (!found) {
      session.err << "mlup: --kind: there is no `" << kind
                  << "`; `mlup quality --help` names them\n";
      return kExitUsage;
    }
    request.add_kinds(*found);
  }
  const auto found = ReadQuality(session, request, options.summary);
  if (!found.ok()) return Fail(session, found.status());
  if (session.json) {
    session.out << ToJson(*found) << "\n";
    return kExitOk;
  }
  for (const QualityFinding& finding : found->findings()) PrintFinding(session.out, finding);
  Table table({0, 1});
  for (const reports::v1::QualityCount& count : found->counts()) {
    table.Add({EnumCode(*reports::v1::QualityKind_descriptor(), count.kind()),
               absl::StrCat(count.findings())});
  }
  session.out << table.Render() << found->total() << " to look at, up to position "
              << found->position() << "\n";
  return kExitOk;
}

}  // namespace mlup::cli
