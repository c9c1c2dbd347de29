// What an auditor asks for, step by step.
#include "services/query/audit_service.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/days.h"
#include "projections/case_history/timeline.h"
#include "services/fields/validator.h"
#include "services/query/history.h"
#include "services/query/history_cut.h"
#include "services/query/labels.h"
#include "services/query/reach.h"
#include "services/query/records.h"
#include "services/query/safeguarding.h"

namespace mlup::query {
namespace {

using audit::v1::ExportBundleRequest;
using audit::v1::GetCaseHistoryRequest;
using audit::v1::GetCaseHistoryResponse;
using audit::v1::ListAccessesRequest;
using audit::v1::ListAccessesResponse;

constexpr std::string_view kExportCall = "mlup.audit.v1.AuditService/ExportBundle";
constexpr std::string_view kAccessesCall = "mlup.audit.v1.AuditService/ListAccesses";
constexpr absl::Duration kProjectionWait = absl::Seconds(5);

// The access that a request asks for: refused until it is granted.
template <typename Request>
Access AccessOf(const Request& request) {
  Access access{{}, request.id(), request.purpose(), audit::v1::ACCESS_RESULT_REFUSED};
  access.actor.set_actor_id(request.actor_id());
  access.actor.set_role(request.role());
  access.actor.set_organisation_id(request.organisation_id());
  return access;
}

// How long the pages of a reading can be asked for: then it is another reading.
constexpr absl::Duration kReadingTime = absl::Hours(1);

// Who reads what and why, under a key that only this installation has: nobody makes a token, and
// nobody uses another one's.
PageMark MarkOf(const privacy::Keyring& keyring, const GetCaseHistoryRequest& request) {
  GetCaseHistoryRequest reading = request;
  reading.clear_page_token();
  reading.clear_page_size();
  return [&keyring,
          bound = "page of a history\n" + reading.SerializeAsString()](std::string_view text) {
    const std::string digest = keyring.Digest(absl::StrCat(bound, "\n", ToAbsl(text)));
    return absl::BytesToHexString(digest.substr(0, 16));
  };
}

// The token of a request; that of a reading not yet recorded, as of where it asks for, where there
// is none.
absl::StatusOr<PageToken> TokenOf(const GetCaseHistoryRequest& request, const PageMark& mark,
                                  Position newest, absl::Time now) {
  if (request.as_of_position() > newest.value) {
    return FieldError(absl::StatusCode::kInvalidArgument, "POSITION_AHEAD", "as_of_position",
                      absl::StrCat("must be at most ", newest.value, ", where the log ends"));
  }
  if (request.page_token().empty()) {
    const Position as_of =
        request.as_of_position() == 0 ? newest : Position{request.as_of_position()};
    return PageToken{.as_of = as_of, .until = absl::ToUnixSeconds(now + kReadingTime)};
  }
  const auto refuse = [](std::string_view reason, std::string_view words) {
    return FieldError(absl::StatusCode::kInvalidArgument, reason, "page_token", words);
  };
  const std::optional<PageToken> token = ParsePageToken(request.page_token(), mark);
  if (!token || token->as_of > newest || token->reading.value == 0) {
    return refuse("PAGE_TOKEN_INVALID",
                  "must come from an earlier page of the same reading: same reader, role, id and "
                  "purpose");
  }
  if (absl::ToUnixSeconds(now) > token->until) {
    return refuse("PAGE_TOKEN_EXPIRED", "is older than an hour: read again from the first page");
  }
  return *token;
}

// Entries from the token's offset on, and the token of the next page.
void FillPage(History history, const PageToken& token, const PageMark& mark, std::size_t page_size,
              GetCaseHistoryResponse& response) {
  const std::size_t total = history.entries.size();
  const std::size_t begin = std::min(token.offset, total);
  const std::size_t end = std::min(begin + page_size, total);
  for (std::size_t i = begin; i < end; ++i) {
    *response.add_entries() = std::move(history.entries[i]);
  }
  if (end < total) {
    PageToken next = token;
    next.offset = end;
    response.set_next_page_token(FormatPageToken(next, mark));
  }
  response.set_total(static_cast<std::uint32_t>(total));
  response.set_position(token.as_of.value);
  response.set_access_position(token.reading.value);
  response.set_subject(std::move(history.subject));
  response.mutable_unreadable()->Add(history.unreadable.begin(), history.unreadable.end());
}

// What one page of the log may look through for a page of readings.
constexpr int kAccessPagesMax = 8;

log::v1::ReadAllRequest ReadingsBefore(const ListAccessesRequest& request) {
  log::v1::ReadAllRequest page;
  page.set_direction(log::v1::DIRECTION_BACKWARD);
  page.set_from_position(request.before_position() == 0 ? 0 : request.before_position() - 1);
  page.set_limit(static_cast<std::uint32_t>(request.page_size() == 0 ? kPageSizeDefault
                                                                     : request.page_size()));
  page.mutable_filter()->add_categories("access");
  if (request.only_alarms()) {
    page.mutable_filter()->add_types(audit::v1::ReadingAlarmRaised::descriptor()->full_name());
  }
  if (!request.person_id().empty()) {
    page.mutable_filter()->add_stream_prefixes(absl::StrCat("access/", request.person_id()));
  }
  return page;
}

// What was read; whether the event is a reading.
bool FillRead(const log::v1::Event& event, audit::v1::AccessEntry& entry) {
  audit::v1::RecordAccessed accessed;
  audit::v1::LogRead log_read;
  if (event.type() == log_read.GetTypeName() && log_read.ParseFromString(event.common())) {
    entry.set_log_call(log_read.call());
    entry.set_result(audit::v1::ACCESS_RESULT_SERVED);
    return true;
  }
  audit::v1::ReadingAlarmRaised alarm;
  if (event.type() == alarm.GetTypeName() && alarm.ParseFromString(event.common())) {
    entry.set_alarm(alarm.kind());
    entry.set_alarm_count(alarm.count());
    entry.set_person_id(alarm.person_id());
    return true;
  }
  if (event.type() != accessed.GetTypeName() || !accessed.ParseFromString(event.common())) {
    return false;
  }
  entry.set_person_id(std::string(RecordIdOf(accessed.scope())));
  entry.set_result(accessed.result());
  entry.set_reveals_special(accessed.reveals_special());
  entry.set_in_emergency(!accessed.emergency_access_id().empty());
  entry.set_figure(accessed.figure());
  entry.set_by_search(!accessed.search_digest().empty());
  entry.set_through(accessed.through());
  return true;
}

// Nothing for an event that is no reading.
std::optional<audit::v1::AccessEntry> EntryOf(const log::v1::Record& record,
                                              const identity::Policy& policy) {
  const log::v1::Event& event = record.event();
  audit::v1::AccessEntry entry;
  if (!FillRead(event, entry)) return std::nullopt;
  entry.set_position(record.position());
  *entry.mutable_recorded_at() = record.recorded_at();
  entry.set_reader_id(event.actor().actor_id());
  entry.set_reader(policy.ActorLabel(event.actor().actor_id()));
  entry.set_role(policy.RoleLabel(event.actor().role()));
  entry.set_purpose(CodeLabel(event.reason()));
  return entry;
}

// The records that were merged, the one that was asked for first; nothing where there is one.
void FillPersons(const HistoryView& view, GetCaseHistoryResponse& response) {
  if (view.person_ids.size() < 2) return;
  response.add_persons(view.person_id);
  for (const std::string& id : view.person_ids) {
    if (id != view.person_id) response.add_persons(id);
  }
}

// When what the answer is as of was recorded.
absl::Status FillTime(log::EventLog& log, Position as_of, GetCaseHistoryResponse& response) {
  ASSIGN_OR_RETURN(const std::vector<log::v1::Record> last, ReadRecords(log, {as_of}));
  *response.mutable_position_recorded_at() = last.front().recorded_at();
  return absl::OkStatus();
}

}  // namespace

absl::Status AuditService::Authorise(const Access& access, const identity::What& what,
                                     const std::string& through) {
  absl::Status allowed = parts_.policy.Authorise(access.actor, what);
  if (allowed.ok()) return allowed;
  // The answer is no, whether or not that could be recorded.
  const absl::StatusOr<Position> recorded =
      through.empty() ? parts_.disclosure.Disclose(access)
                      : parts_.disclosure.DiscloseRelated(access, through, {});
  recorded.status().IgnoreError();
  return allowed;
}

absl::Status AuditService::AuthoriseScope(Access& access, std::string_view call,
                                          const projections::Snapshot& index) {
  absl::Status reached = CheckReach(access, call, parts_.policy, parts_.log, index);
  access.out_of_scope = !reached.ok();
  if (!reached.ok()) parts_.disclosure.Disclose(access).status().IgnoreError();
  return reached;
}

std::set<std::string> AuditService::Withheld(const Access& access,
                                             const std::vector<log::v1::Record>& records) const {
  const bool may_read = parts_.policy.Authorise(access.actor, identity::ReadingSafeguarding()).ok();
  return StreamsWithheld(records, {access.actor.actor_id(), may_read}, parts_.keyring);
}

absl::StatusOr<std::set<std::string>> AuditService::WithheldAt(
    const HistoryCut& cut, const Access& access, const projections::Snapshot& index,
    const std::vector<log::v1::Record>& records) const {
  const HistoryCut end{index.checkpoint().position, {}};
  if (cut.position == end.position && !cut.known) return Withheld(access, records);
  ASSIGN_OR_RETURN(const HistoryRecords now, ReadHistory(parts_.log, index, access.person_id, end));
  ASSIGN_OR_RETURN(const std::vector<log::v1::Record> judged,
                   ReadToJudge(parts_.log, records, now.records));
  return Withheld(access, judged);
}

absl::Status AuditService::AuthoriseWhole(const Access& access,
                                          const projections::Snapshot& index) {
  ASSIGN_OR_RETURN(const projections::Timeline timeline,
                   projections::FindTimeline(index, access.person_id, index.checkpoint().position));
  ASSIGN_OR_RETURN(const std::vector<log::v1::Record> records,
                   ReadRecords(parts_.log, timeline.positions));
  if (Withheld(access, records).empty()) return absl::OkStatus();
  parts_.disclosure.Disclose(access).status().IgnoreError();
  return Error(absl::StatusCode::kPermissionDenied, "EXPORT_RESTRICTED",
               "you may read this record, but not take all of it away: ask a supervisor for the "
               "file");
}

absl::StatusOr<std::unique_ptr<projections::Snapshot>> AuditService::TakeIndex() const {
  ASSIGN_OR_RETURN(const Position head, parts_.log.Head());
  RETURN_IF_ERROR(parts_.worker.WaitUntil(head, kProjectionWait));
  return parts_.case_history.TakeSnapshot();
}

absl::StatusOr<GetCaseHistoryResponse> AuditService::GetCaseHistory(
    const GetCaseHistoryRequest& request) {
  RETURN_IF_ERROR(fields::Validate(request));
  Access access = AccessOf(request);
  access.reveals_special = request.reveal_special();
  ASSIGN_OR_RETURN(const RelatedTo of, RelatedToOf(request));
  RETURN_IF_ERROR(Authorise(access, identity::Calling(identity::kHistoryCall), of.through));
  if (request.reveal_special()) {
    RETURN_IF_ERROR(Authorise(access, identity::RevealingSpecial(), of.through));
  }
  if (!of.entity.empty()) return GetRelated(request, of, access);
  if (request.with_readings()) {
    RETURN_IF_ERROR(Authorise(access, identity::Calling(kAccessesCall)));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<projections::Snapshot> index, TakeIndex());
  const PageMark mark = MarkOf(parts_.keyring, request);
  ASSIGN_OR_RETURN(PageToken token,
                   TokenOf(request, mark, index->checkpoint().position, parts_.clock.Now()));
  const absl::StatusOr<std::string> person_id = projections::FindSubject(*index, request.id());
  if (absl::IsNotFound(person_id.status())) {
    access.result = audit::v1::ACCESS_RESULT_UNKNOWN;
    RETURN_IF_ERROR(parts_.disclosure.Disclose(access).status());
  }
  ASSIGN_OR_RETURN(access.person_id, person_id);
  RETURN_IF_ERROR(AuthoriseScope(access, identity::kHistoryCall, *index));

  // The pages after the first are of the reading that is recorded.
  if (token.reading.value == 0) {
    access.result = audit::v1::ACCESS_RESULT_SERVED;
    ASSIGN_OR_RETURN(token.reading, parts_.disclosure.Disclose(access));
  }

  return Answer(request, access, *index, token, mark);
}

absl::StatusOr<GetCaseHistoryResponse> AuditService::Answer(const GetCaseHistoryRequest& request,
                                                            const Access& access,
                                                            const projections::Snapshot& index,
                                                            const PageToken& token,
                                                            const PageMark& mark) const {
  const HistoryCut cut{token.as_of, ParseDay(request.as_known_at())};
  ASSIGN_OR_RETURN(HistoryRecords history, ReadHistory(parts_.log, index, access.person_id, cut));
  ASSIGN_OR_RETURN(const std::set<std::string> withheld,
                   WithheldAt(cut, access, index, history.records));
  std::erase_if(history.records,
                [&](const auto& record) { return withheld.contains(record.stream()); });
  GetCaseHistoryResponse response;
  if (request.with_readings()) {
    ASSIGN_OR_RETURN(const std::uint64_t earlier, AddReadings(parts_.log, cut, history));
    response.set_earlier_readings(earlier);
  }
  Names names(parts_.log);
  const HistoryView view{access.person_id,
                         std::move(history.timeline.person_ids),
                         parts_.policy.Authorise(access.actor, identity::OpeningPersonal()).ok(),
                         request.reveal_special(),
                         ParseDay(request.as_occurred_at()),
                         request.with_states()};
  ASSIGN_OR_RETURN(History built,
                   BuildHistory(history.records, view, {parts_.policy, parts_.keyring, names}));
  for (const Position position : history.timeline.unreadable) {
    built.unreadable.push_back(position.value);
  }
  std::ranges::sort(built.unreadable);
  const std::size_t page_size = request.page_size() == 0 ? kPageSizeDefault : request.page_size();
  FillPersons(view, response);
  RETURN_IF_ERROR(FillTime(parts_.log, token.as_of, response));
  FillPage(std::move(built), token, mark, page_size, response);
  return response;
}

absl::StatusOr<GetCaseHistoryResponse> AuditService::GetRelated(
    const GetCaseHistoryRequest& request, const RelatedTo& of, const Access& asked) {
  if (!MayReadAll(asked.actor)) {
    parts_.disclosure.DiscloseRelated(asked, of.through, {}).status().IgnoreError();
    return Error(absl::StatusCode::kPermissionDenied, "RELATED_NOT_GRANTED",
                 "what belongs together is told to who may read every record: read the histories "
                 "of its children one by one");
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<projections::Snapshot> index, TakeIndex());
  const PageMark mark = MarkOf(parts_.keyring, request);
  ASSIGN_OR_RETURN(PageToken token,
                   TokenOf(request, mark, index->checkpoint().position, parts_.clock.Now()));
  const HistoryCut cut{token.as_of, ParseDay(request.as_known_at())};
  absl::StatusOr<Related> related = FindRelated(parts_.log, *index, of.entity, cut);
  if (absl::IsResourceExhausted(related.status())) {
    RETURN_IF_ERROR(parts_.disclosure.DiscloseRelated(asked, of.through, {}).status());
  }
  RETURN_IF_ERROR(related.status());
  ASSIGN_OR_RETURN(std::vector<HistoryRecords> told, ToldOf(*related, of, asked, cut, *index));
  std::set<std::string> persons;
  for (const HistoryRecords& history : told) {
    persons.insert(history.timeline.person_ids.begin(), history.timeline.person_ids.end());
  }
  RETURN_IF_ERROR(RecordRelated(of, asked, persons, token));
  GetCaseHistoryResponse response;
  response.mutable_persons()->Assign(persons.begin(), persons.end());
  ASSIGN_OR_RETURN(History history, BuildRelated(request, asked, *related, std::move(told)));
  RETURN_IF_ERROR(FillTime(parts_.log, token.as_of, response));
  const std::size_t page_size = request.page_size() == 0 ? kPageSizeDefault : request.page_size();
  FillPage(std::move(history), token, mark, page_size, response);
  return response;
}

absl::StatusOr<std::map<std::string, Revision>> AuditService::HeadsSince(std::string_view id,
                                                                         Position since) const {
  ASSIGN_OR_RETURN(const std::unique_ptr<projections::Snapshot> index, TakeIndex());
  ASSIGN_OR_RETURN(const std::string person_id, projections::FindSubject(*index, id));
  ASSIGN_OR_RETURN(projections::Timeline timeline,
                   projections::FindTimeline(*index, person_id, index->checkpoint().position));
  std::erase_if(timeline.positions, [since](Position position) { return position <= since; });
  ASSIGN_OR_RETURN(const std::vector<log::v1::Record> records,
                   ReadRecords(parts_.log, timeline.positions));
  std::map<std::string, Revision> heads;
  for (const log::v1::Record& record : records) {
    heads[record.stream()] = Revision{record.revision()};
  }
  return heads;
}

absl::StatusOr<std::string> AuditService::ExportBundle(const ExportBundleRequest& request) {
  RETURN_IF_ERROR(fields::Validate(request));
  Access access = AccessOf(request);
  RETURN_IF_ERROR(Authorise(access, identity::Calling(kExportCall)));
  ASSIGN_OR_RETURN(const std::unique_ptr<projections::Snapshot> index, TakeIndex());
  const absl::StatusOr<std::string> person_id = projections::FindSubject(*index, request.id());
  // That nothing is known about somebody is proved as well.
  if (!absl::IsNotFound(person_id.status())) {
    ASSIGN_OR_RETURN(access.person_id, person_id);
  }
  RETURN_IF_ERROR(AuthoriseScope(access, kExportCall, *index));
  RETURN_IF_ERROR(AuthoriseWhole(access, *index));
  access.result =
      person_id.ok() ? audit::v1::ACCESS_RESULT_SERVED : audit::v1::ACCESS_RESULT_UNKNOWN;
  RETURN_IF_ERROR(parts_.disclosure.Disclose(access).status());
  ASSIGN_OR_RETURN(std::string bundle, parts_.bundles.MakeBundle(access.person_id));
  audit::v1::DataExported exported;
  exported.set_scope(PersonStream(access.person_id));
  exported.set_purpose(access.purpose);
  exported.set_format("audit_bundle");
  RETURN_IF_ERROR(
      parts_.disclosure.Export(access.actor, access.person_id, std::move(exported), bundle)
          .status());
  return bundle;
}

absl::StatusOr<ListAccessesResponse> AuditService::ListAccesses(
    const ListAccessesRequest& request) const {
  RETURN_IF_ERROR(fields::Validate(request));
  log::v1::Actor actor;
  actor.set_actor_id(request.actor_id());
  actor.set_role(request.role());
  actor.set_organisation_id(request.organisation_id());
  RETURN_IF_ERROR(parts_.policy.Authorise(actor, identity::Calling(kAccessesCall)));
  const bool may_read_all = MayReadAll(actor);
  ListAccessesResponse response;
  log::v1::ReadAllRequest wanted = ReadingsBefore(request);
  const auto limit = static_cast<int>(wanted.limit());
  // Before the first position there is nothing, which the log would take for its end.
  if (request.before_position() == 1) return response;
  for (int i = 0; i < kAccessPagesMax; ++i) {
    wanted.set_limit(static_cast<std::uint32_t>(limit - response.accesses_size()));
    ASSIGN_OR_RETURN(const log::v1::ReadAllResponse page, parts_.log.ReadAll(wanted));
    for (const log::v1::Record& record : page.records()) {
      std::optional<audit::v1::AccessEntry> entry = EntryOf(record, parts_.policy);
      if (entry.has_value() && !may_read_all) entry->clear_through();
      const bool is_wanted = entry.has_value() && (request.reader_id().empty() ||
                                                   entry->reader_id() == request.reader_id());
      if (is_wanted) *response.add_accesses() = *std::move(entry);
    }
    const std::uint64_t next = page.next_position();
    response.set_next_before_position(next == 0 ? 0 : next + 1);
    if (next == 0 || response.accesses_size() == limit) break;
    wanted.set_from_position(next);
  }
  return response;
}

}  // namespace mlup::query
