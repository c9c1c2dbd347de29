#include "services/exports/export_service.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/days.h"
#include "eventstore/base/limits.h"
#include "eventstore/payload/payload.h"
#include "eventstore/proof/merkle.h"
#include "projections/counting/enum_words.h"
#include "projections/counting/suppression.h"
#include "services/domain/account.h"
#include "services/fields/validator.h"
#include "services/query/page_token.h"

namespace mlup::exports {
namespace {

using reports::v1::Row;

constexpr char kPurpose[] = "export";
constexpr std::size_t kPseudonymBytes = 16;
// So many pages of the log are looked at for one page of the register.
constexpr int kPagesMax = 8;

log::v1::Actor ActorOf(const reports::v1::Reader& reader) {
  log::v1::Actor actor;
  actor.set_actor_id(reader.actor_id());
  actor.set_role(reader.role());
  actor.set_organisation_id(reader.organisation_id());
  return actor;
}

std::string AccountId(const std::string& actor_id) {
  return std::string(RecordIdOf(domain::AccountStream(actor_id)));
}

std::string FormatCode(reports::v1::ExportFormat format) {
  return counting::EnumWord(reports::v1::ExportFormat_descriptor(), format);
}

Indicators NamesOf(const counting::Definitions& definitions) {
  Indicators names;
  for (const counting::Indicator& indicator : definitions.indicators()) {
    auto& dimensions = names[indicator.definition->code()];
    for (std::size_t i = 0; i < indicator.dimensions.size(); ++i) {
      dimensions[indicator.dimensions[i].name] = indicator.MembersOf(i);
    }
  }
  return names;
}

enum class Span { kQuarter, kYear, kOther };

// What the period of a report is.
Span SpanOf(const reports::v1::GetReportResponse& report) {
  const std::string year = report.first_day().substr(0, 4);
  const auto is = [&report](const std::string& period) {
    const std::optional<DayRange> days = ParsePeriod(period);
    return days && FormatDay(days->first) == report.first_day() &&
           FormatDay(days->last) == report.last_day();
  };
  if (is(year)) return Span::kYear;
  for (const char* quarter : {"-Q1", "-Q2", "-Q3", "-Q4"}) {
    if (is(year + quarter)) return Span::kQuarter;
  }
  return Span::kOther;
}

std::vector<Row> RowsOf(const reports::v1::GetReportResponse& report) {
  return {report.rows().begin(), report.rows().end()};
}

std::size_t ValuesIn(const std::vector<Row>& rows) {
  return static_cast<std::size_t>(std::ranges::count_if(
      rows, [](const Row& row) { return !row.value().empty() || !row.planned_value().empty(); }));
}

absl::StatusOr<File> Write(const Figures& figures, reports::v1::ExportFormat format,
                           const std::string& map) {
  const bool takes_map =
      format == reports::v1::EXPORT_FORMAT_DHIS2 || format == reports::v1::EXPORT_FORMAT_IATI;
  if (takes_map && map.empty()) {
    return FieldError(absl::StatusCode::kInvalidArgument, "MAP_MISSING", "map",
                      "says what our figures are called there: deploy/exports has examples");
  }
  switch (format) {
    case reports::v1::EXPORT_FORMAT_CSV:
      return WriteCsv(figures);
    case reports::v1::EXPORT_FORMAT_XLSX:
      return WriteXlsx(figures);
    case reports::v1::EXPORT_FORMAT_JSON:
      return WriteJson(figures);
    case reports::v1::EXPORT_FORMAT_DHIS2:
      return WriteDataValues(figures, map);
    case reports::v1::EXPORT_FORMAT_IATI:
      return WriteActivity(figures, map);
    default:
      return FieldError(absl::StatusCode::kInvalidArgument, "EXPORT_FORMAT", "format",
                        "is no form of figures: CSV, XLSX, JSON, DHIS2 or IATI");
  }
}

// Which persons were erased, whatever cut is asked for: a file made today tells nothing of them.
// For one thread; remembers what it looked up.
class Erased {
 public:
  explicit Erased(log::EventLog& log) : log_(log) {}

  // Whether an event names somebody who was erased, or stands in the case of such a child.
  absl::StatusOr<bool> IsConcerned(const std::string& stream,
                                   const std::vector<payload::NamedRecord>& named) {
    const auto [place, is_new] = cases_.try_emplace(stream, false);
    if (is_new) {
      ASSIGN_OR_RETURN(place->second, IsCaseOfAny(stream));
    }
    if (place->second) return true;
    return NamesAny(named);
  }

 private:
  absl::StatusOr<bool> NamesAny(const std::vector<payload::NamedRecord>& named) {
    for (const payload::NamedRecord& record : named) {
      if (std::ranges::find(record.categories, "person") == record.categories.end()) continue;
      const auto [place, is_new] = persons_.try_emplace(record.id, false);
      if (is_new) {
        ASSIGN_OR_RETURN(const auto found, FirstOf(absl::StrCat("erasure/", record.id)));
        place->second = found.has_value();
      }
      if (place->second) return true;
    }
    return false;
  }

  // What opens a case names whose it is.
  absl::StatusOr<bool> IsCaseOfAny(const std::string& stream) {
    ASSIGN_OR_RETURN(const auto opened, FirstOf(stream));
    if (!opened) return false;
    ASSIGN_OR_RETURN(const auto message, payload::JoinClear(opened->event()));
    return NamesAny(payload::RecordsNamed(*message));
  }

  absl::StatusOr<std::optional<log::v1::Record>> FirstOf(const std::string& stream) {
    log::v1::ReadStreamRequest request;
    request.set_stream(stream);
    request.set_limit(1);
    ASSIGN_OR_RETURN(const log::v1::ReadStreamResponse page, log_.ReadStream(request));
    if (page.records().empty()) return std::nullopt;
    return page.records(0);
  }

  log::EventLog& log_;
  std::map<std::string, bool> persons_;
  std::map<std::string, bool> cases_;
};

std::string Sha256Of(const std::string& bytes) {
  const proof::Hash digest = proof::Sha256(bytes);
  return absl::BytesToHexString(std::string(digest.begin(), digest.end()));
}

}  // namespace

ExportService::ExportService(const Parts& parts)
    : parts_(parts), indicators_(NamesOf(parts.definitions)) {}

template <typename Request>
absl::Status ExportService::Admit(const Request& request, std::string_view method) const {
  RETURN_IF_ERROR(fields::Validate(request));
  RETURN_IF_ERROR(parts_.policy.Authorise(
      ActorOf(request.reader()),
      identity::Calling(absl::StrCat("mlup.reports.v1.ExportService/", ToAbsl(method)))));
  if constexpr (requires { request.handover(); }) {
    const std::optional<Day> expires = ParseDay(request.handover().expires());
    if (!expires || *expires < DayOf(parts_.clock.Now())) {
      return FieldError(absl::StatusCode::kInvalidArgument, "EXPORT_EXPIRED", "handover.expires",
                        "is past: nobody could keep the file");
    }
  }
  if constexpr (requires { request.scope(); }) {
    const std::optional<Day> known = ParseDay(request.scope().as_known_at());
    if (known && DayOf(parts_.clock.Now()) < *known) {
      return FieldError(absl::StatusCode::kInvalidArgument, "EXPORT_KNOWN_LATER",
                        "scope.as_known_at", "is still to come: what is known then nobody knows");
    }
  }
  return absl::OkStatus();
}

template <typename Request>
absl::StatusOr<Figures> ExportService::Read(const Request& request, bool suppressed) const {
  reports::v1::GetReportRequest ask;
  *ask.mutable_reader() = request.reader();
  *ask.mutable_scope() = request.scope();
  *ask.mutable_codes() = request.codes();
  Figures figures{.period = request.scope().period(),
                  .report = {},
                  .suppressed = suppressed,
                  .indicators = indicators_};
  ASSIGN_OR_RETURN(figures.report, parts_.reports.GetReport(ask));
  KeepTotalsAndParts(figures.report);
  if (!suppressed) return figures;
  const Span span = SpanOf(figures.report);
  if (span == Span::kOther) {
    return FieldError(absl::StatusCode::kInvalidArgument, "EXPORT_PERIOD", "scope.period",
                      "must be a quarter or a year: of periods that overlap in other ways, one "
                      "could be subtracted from the other");
  }
  std::vector<std::vector<Row>> quarters;
  ask.mutable_scope()->set_position(figures.report.position());
  for (int quarter = 1; span == Span::kYear && quarter <= 4; ++quarter) {
    ask.mutable_scope()->set_period(
        absl::StrCat(figures.report.first_day().substr(0, 4), "-Q", quarter));
    ASSIGN_OR_RETURN(reports::v1::GetReportResponse report, parts_.reports.GetReport(ask));
    KeepTotalsAndParts(report);
    quarters.push_back(RowsOf(report));
  }
  std::vector<Row> rows = RowsOf(figures.report);
  const std::size_t values = ValuesIn(rows);
  counting::WithholdSmall(rows, quarters);
  figures.withheld = values - ValuesIn(rows);
  figures.report.mutable_rows()->Assign(rows.begin(), rows.end());
  return figures;
}

template <typename Request>
absl::StatusOr<ExportService::Given> ExportService::Record(const Request& request,
                                                           audit::v1::DataExported exported,
                                                           File file) const {
  exported.set_scope(request.scope().period());
  exported.set_purpose(kPurpose);
  exported.set_recipient(request.handover().recipient());
  exported.set_expires(request.handover().expires());
  exported.mutable_columns()->Assign(file.columns.begin(), file.columns.end());
  exported.set_row_count(file.rows);
  Given given;
  given.summary.set_sha256(Sha256Of(file.bytes));
  given.summary.set_bytes(file.bytes.size());
  given.summary.set_rows(static_cast<std::uint32_t>(file.rows));
  given.summary.set_deleted(static_cast<std::uint32_t>(file.deleted));
  given.summary.mutable_not_named()->Assign(file.not_named.begin(), file.not_named.end());
  given.summary.set_position(exported.as_of());
  given.summary.set_as_known_at(exported.as_known_at());
  ASSIGN_OR_RETURN(
      const Position at,
      parts_.disclosure.Export(ActorOf(request.reader()), AccountId(request.reader().actor_id()),
                               std::move(exported), file.bytes));
  given.summary.set_access_position(at.value);
  given.bytes = std::move(file.bytes);
  return given;
}

template <typename Request>
absl::StatusOr<ExportService::Given> ExportService::Give(const Request& request,
                                                         bool suppressed) const {
  ASSIGN_OR_RETURN(const Figures figures, Read(request, suppressed));
  ASSIGN_OR_RETURN(File file, Write(figures, request.format(), request.map()));
  audit::v1::DataExported exported;
  exported.set_format(FormatCode(request.format()));
  exported.set_suppressed(suppressed);
  *exported.mutable_codes() = request.codes();
  exported.set_as_of(figures.report.position());
  exported.set_as_known_at(figures.report.as_known_at());
  if (!request.map().empty()) exported.set_map_sha256(Sha256Of(request.map()));
  ASSIGN_OR_RETURN(Given given, Record(request, std::move(exported), std::move(file)));
  given.summary.set_withheld(static_cast<std::uint32_t>(figures.withheld));
  return given;
}

absl::StatusOr<ExportService::Given> ExportService::Export(
    const reports::v1::ExportRequest& request) const {
  RETURN_IF_ERROR(Admit(request, "Export"));
  return Give(request, /*suppressed=*/true);
}

absl::StatusOr<ExportService::Given> ExportService::ExportWhole(
    const reports::v1::ExportWholeRequest& request) const {
  RETURN_IF_ERROR(Admit(request, "ExportWhole"));
  return Give(request, /*suppressed=*/false);
}

absl::StatusOr<std::vector<CaseEvent>> ExportService::ReadCaseEvents(
    const reports::v1::Scope& scope) const {
  std::vector<CaseEvent> found;
  Erased erased(parts_.log);
  RETURN_IF_ERROR(
      parts_.reports.VisitKnown(scope, "case", [&](const projections::Fact& fact) -> absl::Status {
        if (!fact.is_normal) return absl::OkStatus();
        ASSIGN_OR_RETURN(const auto message, projections::MessageOf(fact));
        std::vector<payload::NamedRecord> named = payload::RecordsNamed(*message);
        ASSIGN_OR_RETURN(const bool is_of_erased, erased.IsConcerned(fact.stream, named));
        if (is_of_erased) return absl::OkStatus();
        if (found.size() == kExportEventsMax) {
          return FieldError(absl::StatusCode::kInvalidArgument, "EXPORT_TOO_LARGE", "scope.period",
                            "holds more events than one file may: ask for a shorter one");
        }
        // An incident may be one that nobody is to know of.
        std::erase_if(named, [](const payload::NamedRecord& record) {
          return record.categories.front() == "incident";
        });
        found.push_back({.fact = fact, .named = std::move(named)});
        return absl::OkStatus();
      }));
  return found;
}

absl::StatusOr<ExportService::Given> ExportService::ExportCaseEvents(
    const reports::v1::ExportCaseEventsRequest& request) const {
  RETURN_IF_ERROR(Admit(request, "ExportCaseEvents"));
  reports::v1::Scope scope = request.scope();
  if (scope.position() == 0) {
    ASSIGN_OR_RETURN(const Position head, parts_.log.Head());
    scope.set_position(head.value);
  }
  ASSIGN_OR_RETURN(const std::vector<CaseEvent> events, ReadCaseEvents(scope));
  // The same record has the same id in all files for one recipient, and another one for others.
  const auto pseudonym = [&](std::string_view id) {
    const std::string digest = parts_.keyring.Digest(
        absl::StrCat("pseudonym in an export\n", request.handover().recipient(), "\n", ToAbsl(id)));
    return absl::BytesToHexString(digest.substr(0, kPseudonymBytes));
  };
  audit::v1::DataExported exported;
  exported.set_format(FormatCode(reports::v1::EXPORT_FORMAT_OCEL));
  exported.set_as_of(scope.position());
  exported.set_as_known_at(scope.as_known_at());
  return Record(request, std::move(exported), WriteOcel(events, pseudonym));
}

absl::StatusOr<reports::v1::ListExportsResponse> ExportService::ListExports(
    const reports::v1::ListExportsRequest& request) const {
  RETURN_IF_ERROR(Admit(request, "ListExports"));
  reports::v1::ListExportsResponse response;
  // Before the first position there is nothing, which the log would take for its end.
  if (request.before_position() == 1) return response;
  const std::string today = FormatDay(DayOf(parts_.clock.Now()));
  const int limit =
      static_cast<int>(request.page_size() == 0 ? query::kPageSizeDefault : request.page_size());
  log::v1::ReadAllRequest wanted;
  wanted.set_direction(log::v1::DIRECTION_BACKWARD);
  wanted.set_from_position(request.before_position() == 0 ? 0 : request.before_position() - 1);
  wanted.mutable_filter()->add_categories("access");
  wanted.mutable_filter()->add_types(audit::v1::DataExported::descriptor()->full_name());
  for (int i = 0; i < kPagesMax; ++i) {
    wanted.set_limit(static_cast<std::uint32_t>(limit - response.exports_size()));
    ASSIGN_OR_RETURN(const log::v1::ReadAllResponse page, parts_.log.ReadAll(wanted));
    for (const log::v1::Record& record : page.records()) {
      audit::v1::DataExported exported;
      if (!exported.ParseFromString(record.event().common())) continue;
      reports::v1::ExportEntry& entry = *response.add_exports();
      entry.set_position(record.position());
      *entry.mutable_recorded_at() = record.recorded_at();
      entry.set_actor_id(record.event().actor().actor_id());
      entry.set_format(exported.format());
      entry.set_scope(exported.scope());
      entry.set_as_known_at(exported.as_known_at());
      entry.set_recipient(exported.recipient());
      entry.set_expires(exported.expires());
      entry.set_is_expired(!exported.expires().empty() && exported.expires() < today);
      entry.set_bytes(exported.bytes());
      entry.set_sha256(exported.sha256());
      entry.set_rows(exported.row_count());
      entry.set_suppressed(exported.suppressed());
      entry.set_as_of(exported.as_of());
    }
    const std::uint64_t next = page.next_position();
    response.set_next_before_position(next == 0 ? 0 : next + 1);
    if (next == 0 || response.exports_size() == limit) break;
    wanted.set_from_position(next);
  }
  return response;
}

}  // namespace mlup::exports
