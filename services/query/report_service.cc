#include "services/query/report_service.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "projections/counting/calendar.h"
#include "projections/counting/quality.h"
#include "projections/counting/report_definitions.h"
#include "projections/counting/world.h"
#include "services/fields/validator.h"
#include "services/query/asking.h"
#include "services/query/evidence.h"
#include "services/query/names.h"

namespace mlup::query {
namespace {

constexpr absl::Duration kProjectionWait = absl::Seconds(5);
// Takes some 20 ms, for which a request may wait.
constexpr std::uint64_t kFactsReadAtOnce = 2048;
// Each is counted again.
constexpr std::size_t kPublishedOnPage = 20;

std::vector<std::string> ToVector(const google::protobuf::RepeatedPtrField<std::string>& codes) {
  return {codes.begin(), codes.end()};
}

bool KnowsNoMore(const counting::Cut& earlier, const counting::Cut& later) {
  return earlier.position <= later.position &&
         (!later.day || (earlier.day && *earlier.day <= *later.day));
}

}  // namespace

ReportService::ReportService(Parts parts)
    : parts_(std::move(parts)),
      facts_(parts_.facts, parts_.definitions),
      disclosed_(parts_.clock),
      // Whoever asks next is told why it stopped.
      follower_(
          parts_.log, "mlup-counting", [this] { return ReadAhead(); }, [](const absl::Status&) {}) {
}

absl::StatusOr<projections::Follower::Step> ReportService::ReadAhead() const {
  const Position applied = parts_.worker.state().position;
  ASSIGN_OR_RETURN(const Position at, facts_.Advance(applied, kFactsReadAtOnce));
  return projections::Follower::Step{at, applied};
}

template <typename Request>
absl::Status ReportService::Admit(const Request& request, std::string_view method) const {
  RETURN_IF_ERROR(fields::Validate(request));
  return parts_.policy.Authorise(
      ActorOf(request.reader()),
      identity::Calling(absl::StrCat("mlup.reports.v1.ReportService/", ToAbsl(method))));
}

absl::StatusOr<Position> ReportService::ReadFacts() const {
  ASSIGN_OR_RETURN(const Position head, parts_.log.Head());
  RETURN_IF_ERROR(parts_.worker.WaitUntil(head, kProjectionWait));
  return head;
}

absl::StatusOr<counting::Scope> ReportService::ReadScope(const reports::v1::Scope& scope) const {
  ASSIGN_OR_RETURN(const Position head, ReadFacts());
  return counting::ParseScope(scope, head);
}

absl::StatusOr<reports::v1::GetReportResponse> ReportService::GetReport(
    const reports::v1::GetReportRequest& request) const {
  RETURN_IF_ERROR(Admit(request, "GetReport"));
  ASSIGN_OR_RETURN(counting::Scope scope, ReadScope(request.scope()));
  if (request.has_compared_with()) {
    ASSIGN_OR_RETURN(scope.compared, counting::ParseCut(request.compared_with(), scope.cut.position,
                                                        "compared_with"));
    if (!KnowsNoMore(*scope.compared, scope.cut)) {
      return FieldError(absl::StatusCode::kInvalidArgument, "COMPARED_BACKWARDS", "compared_with",
                        "is later than what the report knows: compare with an earlier day, or ask "
                        "for the report as known later");
    }
  }
  if (request.report().empty()) {
    return counting::ComputeReport(facts_, scope, ToVector(request.codes()));
  }
  if (!request.codes().empty()) {
    return FieldError(absl::StatusCode::kInvalidArgument, "CODES_AND_REPORT", "codes",
                      "must be empty where a report is named: it says which figures stand in it");
  }
  ASSIGN_OR_RETURN(const auto* report, counting::NamedReport(parts_.definitions, request.report()));
  RETURN_IF_ERROR(counting::CheckPeriodKind(*report, scope.period, "scope.period"));
  ASSIGN_OR_RETURN(
      reports::v1::GetReportResponse answer,
      counting::ComputeReport(facts_, scope, counting::CodesOf(parts_.definitions, *report)));
  counting::Arrange(parts_.definitions, *report, answer);
  return answer;
}

absl::StatusOr<reports::v1::ListEvidenceResponse> ReportService::ListEvidence(
    const reports::v1::ListEvidenceRequest& request) const {
  RETURN_IF_ERROR(Admit(request, "ListEvidence"));
  ASSIGN_OR_RETURN(counting::Scope scope, ReadScope(request.scope()));
  const PageMark mark = MarkOf(request);
  ASSIGN_OR_RETURN(const PageToken token, TokenOf(request, mark, scope.cut.position));
  scope.cut.position = token.as_of;
  ASSIGN_OR_RETURN(const counting::CellEvidence cell,
                   counting::FindEvidence(facts_, scope, request.cell(),
                                          {token.offset, PageSize(request.page_size())}));
  RETURN_IF_ERROR(Disclose(request, token.as_of, cell.events));
  reports::v1::ListEvidenceResponse response;
  Names names(parts_.log);
  for (const counting::EvidenceEvent& event : cell.events) {
    ASSIGN_OR_RETURN(*response.add_evidence(), DescribeEvidence(event, parts_.policy, names));
  }
  const std::size_t end = token.offset + cell.events.size();
  if (end < cell.total) {
    response.set_next_page_token(FormatPageToken({.as_of = token.as_of, .offset = end}, mark));
  }
  response.set_total(static_cast<std::uint32_t>(cell.total));
  *response.mutable_row() = cell.row;
  return response;
}

absl::Status ReportService::Disclose(const reports::v1::ListEvidenceRequest& request,
                                     Position as_of,
                                     const std::vector<counting::EvidenceEvent>& events) const {
  const std::string reading =
      absl::StrCat(request.reader().SerializeAsString(), request.cell().SerializeAsString(),
                   request.scope().SerializeAsString(), as_of.value, " ");
  std::vector<std::string> person_ids;
  for (const std::string& id : PersonsIn(events)) {
    if (!disclosed_.Contains(reading + id)) person_ids.push_back(id);
  }
  RETURN_IF_ERROR(parts_.disclosure.DiscloseFigure(ActorOf(request.reader()), request.cell().code(),
                                                   person_ids));
  for (const std::string& id : person_ids) disclosed_.Add(reading + id);
  return absl::OkStatus();
}

absl::StatusOr<reports::v1::SumIndicatorsResponse> ReportService::SumIndicators(
    const reports::v1::SumIndicatorsRequest& request) const {
  RETURN_IF_ERROR(Admit(request, "SumIndicators"));
  ASSIGN_OR_RETURN(const counting::Scope scope, ReadScope(request.scope()));
  return counting::SumIndicators(facts_, scope, ToVector(request.codes()));
}

absl::StatusOr<reports::v1::ListPeriodsResponse> ReportService::ListPeriods(
    const reports::v1::ListPeriodsRequest& request) const {
  RETURN_IF_ERROR(Admit(request, "ListPeriods"));
  ASSIGN_OR_RETURN(const Position head, ReadFacts());
  return counting::ListPeriods(facts_, head);
}

absl::StatusOr<reports::v1::ListKnowledgeDaysResponse> ReportService::ListKnowledgeDays(
    const reports::v1::ListKnowledgeDaysRequest& request) const {
  RETURN_IF_ERROR(Admit(request, "ListKnowledgeDays"));
  reports::v1::Scope period;
  period.set_period(request.period());
  ASSIGN_OR_RETURN(const counting::Scope scope, ReadScope(period));
  return counting::ListKnowledgeDays(facts_, scope.period, scope.cut.position);
}

absl::StatusOr<reports::v1::ListIndicatorsResponse> ReportService::ListIndicators(
    const reports::v1::ListIndicatorsRequest& request) const {
  RETURN_IF_ERROR(Admit(request, "ListIndicators"));
  reports::v1::ListIndicatorsResponse response;
  *response.mutable_indicators() = parts_.definitions.file().indicators();
  *response.mutable_reports() = parts_.definitions.file().reports();
  return response;
}

absl::StatusOr<reports::v1::ListQualityResponse> ReportService::ListQuality(
    const reports::v1::ListQualityRequest& request) const {
  RETURN_IF_ERROR(Admit(request, "ListQuality"));
  ASSIGN_OR_RETURN(const Position head, ReadFacts());
  const PageMark mark = MarkOf(request);
  ASSIGN_OR_RETURN(const PageToken token, TokenOf(request, mark, head));
  counting::QualityQuestion question{.up_to = token.as_of,
                                     .today = DayOf(parts_.clock.Now()),
                                     .offset = token.offset,
                                     .size = PageSize(request.page_size())};
  for (const int kind : request.kinds()) {
    question.kinds.insert(static_cast<reports::v1::QualityKind>(kind));
  }
  if (!request.period().empty()) {
    reports::v1::Scope period;
    period.set_period(request.period());
    ASSIGN_OR_RETURN(const counting::Scope scope, counting::ParseScope(period, head));
    question.period = scope.period;
  }
  ASSIGN_OR_RETURN(counting::QualityList list, counting::FindQuality(facts_, question));
  reports::v1::ListQualityResponse response;
  for (auto& finding : list.findings) *response.add_findings() = std::move(finding);
  std::size_t total = 0;
  for (const auto& [kind, findings] : list.counts) {
    reports::v1::QualityCount& count = *response.add_counts();
    count.set_kind(kind);
    count.set_findings(findings);
    if (question.kinds.empty() || question.kinds.contains(kind)) total += findings;
  }
  const std::size_t end = token.offset + list.findings.size();
  if (end < total) {
    response.set_next_page_token(FormatPageToken({.as_of = token.as_of, .offset = end}, mark));
  }
  response.set_total(static_cast<std::uint32_t>(total));
  response.set_position(token.as_of.value);
  return response;
}

absl::StatusOr<reports::v1::ListPublishedReportsResponse> ReportService::ListPublishedReports(
    const reports::v1::ListPublishedReportsRequest& request) const {
  RETURN_IF_ERROR(Admit(request, "ListPublishedReports"));
  ASSIGN_OR_RETURN(const Position head, ReadFacts());
  const PageMark mark = MarkOf(request);
  ASSIGN_OR_RETURN(const PageToken token, TokenOf(request, mark, head));
  ASSIGN_OR_RETURN(std::vector<reports::v1::PublishedReport> published,
                   counting::FindPublished(facts_, token.as_of));
  std::erase_if(published, [&request](const reports::v1::PublishedReport& one) {
    return !request.period().empty() && one.period() != request.period();
  });
  const std::size_t end =
      std::min(published.size(), token.offset + PageSize(request.page_size(), kPublishedOnPage));
  reports::v1::ListPublishedReportsResponse response;
  for (std::size_t i = token.offset; i < end; ++i) {
    ASSIGN_OR_RETURN(const reports::v1::DigestCheck check,
                     counting::CheckDigest(facts_, published[i]));
    published[i].set_check(check);
    *response.add_reports() = std::move(published[i]);
  }
  if (end < published.size()) {
    response.set_next_page_token(FormatPageToken({.as_of = token.as_of, .offset = end}, mark));
  }
  response.set_total(static_cast<std::uint32_t>(published.size()));
  return response;
}

absl::StatusOr<counting::Draft> ReportService::DraftPublication(std::string_view report,
                                                                const std::string& period) const {
  reports::v1::Scope asked;
  asked.set_period(period);
  ASSIGN_OR_RETURN(counting::Scope scope, ReadScope(asked));
  ASSIGN_OR_RETURN(const auto* definition, counting::NamedReport(parts_.definitions, report));
  RETURN_IF_ERROR(counting::CheckPeriodKind(*definition, scope.period, "period"));
  scope.cut.day = DayOf(parts_.clock.Now());
  return counting::DraftPublication(facts_, *definition, period, scope.cut);
}

absl::StatusOr<reports::v1::GetProjectionStatusResponse> ReportService::GetProjectionStatus(
    const reports::v1::GetProjectionStatusRequest&) const {
  reports::v1::GetProjectionStatusResponse response;
  // Without an answer of the log, what each worker saw last.
  const absl::StatusOr<Position> head = parts_.log.Head();
  for (const projections::Following* worker : parts_.workers) {
    const projections::Following::State state = worker->state();
    reports::v1::ProjectionStatus& status = *response.add_projections();
    status.set_name(std::string(worker->name()));
    status.set_position(state.position.value);
    status.set_head(head.ok() ? std::max(*head, state.head).value : state.head.value);
    status.set_stopped_because(state.stopped_because);
    status.set_passed_over(state.passed_over);
    status.set_version(worker->version());
    if (const auto rebuild = worker->rebuilding()) *status.mutable_rebuild() = *rebuild;
  }
  return response;
}

absl::Status ReportService::VisitKnown(const reports::v1::Scope& scope, std::string_view category,
                                       const projections::FactSource::Visit& visit) const {
  ASSIGN_OR_RETURN(const counting::Scope read, ReadScope(scope));
  return counting::VisitKnown(facts_, read, category, visit);
}

}  // namespace mlup::query
