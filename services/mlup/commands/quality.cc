// `mlup quality`: what the records name and nobody has entered.
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

constexpr std::uint32_t kQualityPageSize = 500;
constexpr std::size_t kQualityWidth = 110;

// All pages as one.
absl::StatusOr<ListQualityResponse> ReadQuality(const Session& session,
                                                ListQualityRequest request) {
  Server server(session.server);
  ListQualityResponse whole;
  request.set_page_size(kQualityPageSize);
  while (true) {
    ListQualityResponse page;
    const absl::Status status =
        server.Call("mlup.reports.v1.ReportService/ListQuality", request, page);
    if (!status.ok()) return status;
    for (QualityFinding& finding : *page.mutable_findings()) whole.add_findings()->Swap(&finding);
    whole.set_total(page.total());
    whole.set_position(page.position());
    request.set_page_token(page.next_page_token());
    if (request.page_token().empty()) return whole;
  }
}

std::string ProblemOf(const QualityFinding& finding) {
  if (finding.kind() == reports::v1::QUALITY_KIND_KIT_UNKNOWN) {
    return absl::StrCat("names kit ", finding.names(), ", which no store has defined");
  }
  return absl::StrCat(finding.field(), " names ", absl::StrJoin(finding.categories(), " or "), " ",
                      finding.names(), ", which nobody has registered");
}

void PrintFinding(std::ostream& out, const QualityFinding& finding) {
  std::string line = absl::StrCat("position ", finding.position(), ", ",
                                  finding.type().substr(finding.type().rfind('.') + 1), " on ",
                                  finding.stream(), ", recorded ", DayWords(finding.recorded_at()));
  if (!finding.source_system().empty()) absl::StrAppend(&line, " from ", finding.source_system());
  out << line << "\n" << Wrap(ProblemOf(finding), 4, kQualityWidth);
}

}  // namespace

int RunQuality(const Session& session, const Reader& reader) {
  ListQualityRequest request;
  request.mutable_reader()->set_actor_id(reader.actor_id);
  request.mutable_reader()->set_role(reader.role);
  request.mutable_reader()->set_organisation_id(reader.organisation_id);
  const auto found = ReadQuality(session, request);
  if (!found.ok()) return Fail(session, found.status());
  if (session.json) {
    session.out << ToJson(*found) << "\n";
    return kExitOk;
  }
  for (const QualityFinding& finding : found->findings()) PrintFinding(session.out, finding);
  session.out << found->total() << " to look at, up to position " << found->position() << "\n";
  return kExitOk;
}

}  // namespace mlup::cli
