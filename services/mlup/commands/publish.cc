// `mlup report list`, `publish` and `published`: reports as they are defined, and as they went out.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "eventstore/base/uuid.h"
#include "mlup/reports/v1/publication_service.pb.h"
#include "mlup/reports/v1/report_service.pb.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/proto_json.h"
#include "services/mlup/server_rpc.h"
#include "services/mlup/table.h"
#include "services/mlup/words.h"

namespace mlup::cli {
namespace {

using reports::v1::ListIndicatorsRequest;
using reports::v1::ListIndicatorsResponse;
using reports::v1::ListPublishedReportsRequest;
using reports::v1::ListPublishedReportsResponse;
using reports::v1::PublishedReport;
using reports::v1::PublishReportRequest;
using reports::v1::PublishReportResponse;
using reports::v1::ReportDefinition;

// Each is counted again: as many as a page may hold.
constexpr std::uint32_t kPublishedPageSize = 100;

std::string PeriodsOf(const ReportDefinition& report) {
  std::vector<std::string> kinds;
  for (const int kind : report.periods()) {
    kinds.push_back(EnumWords(*reports::v1::PeriodKind_descriptor(), kind));
  }
  return kinds.empty() ? "any period" : absl::StrJoin(kinds, " or ");
}

std::string CheckWords(const PublishedReport& report) {
  switch (report.check()) {
    case reports::v1::DIGEST_CHECK_MATCHES:
      return "as published";
    case reports::v1::DIGEST_CHECK_DIFFERS:
      return "NOT AS PUBLISHED";
    case reports::v1::DIGEST_CHECK_DEFINITIONS_CHANGED:
      return "counted by other definitions";
    default:
      return "no digest on record";
  }
}

std::string NameOf(const PublishedReport& report) {
  return absl::StrCat(report.report().empty() ? "figures" : report.report(), " ", report.period());
}

}  // namespace

int RunListReports(const Session& session, const Reader& reader) {
  ListIndicatorsRequest request;
  SetAsker(reader, *request.mutable_reader());
  auto defined = CallOnce<ListIndicatorsResponse>(
      session.server, "mlup.reports.v1.ReportService/ListIndicators", request);
  if (!defined.ok()) return Fail(session, defined.status());
  if (session.json) {
    defined->clear_indicators();
    session.out << ToJson(*defined) << "\n";
    return kExitOk;
  }
  Table table({1});
  for (const ReportDefinition& report : defined->reports()) {
    table.Add({report.code(), absl::StrCat("version ", report.version()), PeriodsOf(report),
               report.name(), report.name_km()});
  }
  session.out << table.Render();
  return kExitOk;
}

int RunPublish(const Session& session, const Reader& who, const PublishOptions& options) {
  PublishReportRequest request;
  SetAsker(who, *request.mutable_actor());
  const SystemClock clock;
  SystemRandom random;
  request.set_report_id(NewUuid(clock, random));
  request.set_report(options.report);
  request.set_period(options.period);
  request.set_close_period(options.close_period);
  request.set_restates_because(options.restates_because);
  const auto answer = CallOnce<PublishReportResponse>(
      session.server, "mlup.reports.v1.PublicationService/PublishReport", request);
  if (!answer.ok()) return Fail(session, answer.status());
  if (session.json) {
    session.out << ToJson(*answer) << "\n";
    return kExitOk;
  }
  const PublishedReport& published = answer->published();
  session.out << "published " << NameOf(published) << " as known at position "
              << published.knowledge().position() << ", recorded at position "
              << published.position() << "\nfigures SHA-256 " << published.figures_digest() << "\n";
  if (answer->changes_size() > 0) {
    session.out << "other figures than before: " << absl::StrJoin(answer->changes(), ", ") << "\n";
  }
  return kExitOk;
}

int RunPublished(const Session& session, const Reader& reader, const std::string& period) {
  ListPublishedReportsRequest request;
  SetAsker(reader, *request.mutable_reader());
  request.set_period(period);
  request.set_page_size(kPublishedPageSize);
  const auto published = CallAllPages<ListPublishedReportsResponse>(
      session.server, "mlup.reports.v1.ReportService/ListPublishedReports", request);
  if (!published.ok()) return Fail(session, published.status());
  if (session.json) {
    session.out << ToJson(*published) << "\n";
  } else {
    Table table({3});
    for (const PublishedReport& report : published->reports()) {
      table.Add({NameOf(report), TimeWords(report.recorded_at()), report.actor_id(),
                 absl::StrCat(report.knowledge().position()), CheckWords(report),
                 report.restated() ? "restated" : ""});
    }
    session.out << table.Render() << published->total() << " published\n";
  }
  const bool differs = std::ranges::any_of(published->reports(), [](const PublishedReport& one) {
    return one.check() == reports::v1::DIGEST_CHECK_DIFFERS;
  });
  return differs ? kExitRefused : kExitOk;
}

}  // namespace mlup::cli
