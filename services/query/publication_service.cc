#include "services/query/publication_service.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/uuid.h"
#include "eventstore/log/timestamp.h"
#include "mlup/network/v1/network_service.pb.h"
#include "services/fields/validator.h"

namespace mlup::query {
namespace {

using network::v1::NetworkFact;
using network::v1::RecordRequest;
using reports::v1::PublishReportRequest;
using reports::v1::PublishReportResponse;

// Whether the report can be published as things are.
absl::Status Check(const PublishReportRequest& request, const counting::Draft& draft) {
  const auto refuse = [](std::string_view reason, std::string_view field,
                         std::string_view message) {
    return FieldError(absl::StatusCode::kFailedPrecondition, reason, field, message);
  };
  if (draft.closed_on.empty() && !request.close_period()) {
    return refuse(
        "PERIOD_NOT_CLOSED", "close_period",
        "the entry of the period is not finished: say that it is with close_period, or wait");
  }
  if (!draft.standing) {
    if (request.restates_because().empty()) return absl::OkStatus();
    return refuse("REPORT_NOT_PUBLISHED", "restates_because",
                  "must be empty: no report stands that this one would take the place of");
  }
  if (request.restates_because().empty()) {
    return refuse("REPORT_ALREADY_PUBLISHED", "restates_because",
                  absl::StrCat("the report was published on position ", draft.standing->position(),
                               ": say why this one takes its place"));
  }
  if (draft.changes.empty()) {
    return refuse("NOTHING_CHANGED", "restates_because",
                  "no figure differs from those published, nor does an event behind one");
  }
  return absl::OkStatus();
}

// Whose command it is, and when.
void FillContext(const PublishReportRequest& request, const std::string& today,
                 command::v1::CommandContext& context) {
  context.set_request_id(absl::StrCat("publish-", request.report_id()));
  context.set_actor_id(request.actor().actor_id());
  context.set_role(request.actor().role());
  context.set_organisation_id(request.actor().organisation_id());
  context.set_channel(log::v1::CHANNEL_SYSTEM);
  context.mutable_occurred()->set_precision(log::v1::PRECISION_DAY);
  context.mutable_occurred()->set_from(today);
  context.set_sector(log::v1::SECTOR_MEL);
}

// What is answered of the report that the last fact of a record publishes.
reports::v1::PublishedReport Told(const PublishReportRequest& request,
                                  const NetworkFact& published) {
  const network::v1::ReportPublished& report = published.report_published();
  reports::v1::PublishedReport told;
  told.set_report_id(report.report_id());
  told.set_report(report.report_code());
  told.set_period(report.period());
  told.mutable_knowledge()->set_position(report.position());
  told.mutable_knowledge()->set_as_known_at(report.as_known_at());
  told.set_actor_id(request.actor().actor_id());
  told.set_figures_digest(report.figures_digest());
  told.set_definitions_digest(report.definitions_digest());
  told.set_check(reports::v1::DIGEST_CHECK_MATCHES);
  told.set_stream(published.stream());
  return told;
}

NetworkFact& AddFact(RecordRequest& record, const std::string& stream) {
  NetworkFact& fact = *record.add_facts();
  fact.set_stream(stream);
  return fact;
}

}  // namespace

absl::StatusOr<PublishReportResponse> PublicationService::PublishReport(
    const PublishReportRequest& request) const {
  RETURN_IF_ERROR(fields::Validate(request));
  RETURN_IF_ERROR(parts_.policy.Authorise(
      request.actor(), identity::Calling("mlup.reports.v1.PublicationService/PublishReport")));
  ASSIGN_OR_RETURN(counting::Draft draft,
                   parts_.reports.DraftPublication(request.report(), request.period()));
  PublishReportResponse response;
  if (draft.standing && draft.standing->report_id() == request.report_id()) {
    ASSIGN_OR_RETURN(const reports::v1::DigestCheck check,
                     counting::CheckDigest(parts_.reports.counted(), *draft.standing));
    *response.mutable_published() = *std::move(draft.standing);
    response.mutable_published()->set_check(check);
    return response;
  }
  RETURN_IF_ERROR(Check(request, draft));

  const std::string today = FormatDay(DayOf(parts_.clock.Now()));
  RecordRequest record;
  FillContext(request, today, *record.mutable_context());
  const bool closes = draft.closed_on.empty();
  const std::string stream =
      closes ? absl::StrCat("report/", NewUuid(parts_.clock, parts_.random)) : draft.closed_on;
  if (closes) {
    AddFact(record, stream).mutable_report_period_closed()->set_period(request.period());
  }
  if (draft.standing) {
    auto& restated = *AddFact(record, draft.standing->stream()).mutable_report_restated();
    restated.set_restates_report_id(draft.standing->report_id());
    for (const std::string& code : draft.changes) restated.add_changes(code);
    restated.set_reason(request.restates_because());
  }
  auto& published = *AddFact(record, stream).mutable_report_published();
  published.set_report_id(request.report_id());
  published.set_report_code(request.report());
  published.set_period(request.period());
  published.set_position(draft.cut.position.value);
  published.set_as_known_at(today);
  published.set_figures_digest(draft.figures_digest);
  published.set_definitions_digest(draft.definitions_digest);
  ASSIGN_OR_RETURN(const command::v1::RecordResult recorded, parts_.commands.Record(record));

  *response.mutable_published() = Told(request, record.facts(record.facts_size() - 1));
  response.mutable_published()->set_position(recorded.first_position() +
                                             static_cast<std::uint64_t>(record.facts_size() - 1));
  for (const std::string& code : draft.changes) response.add_changes(code);
  return response;
}

}  // namespace mlup::query
