#include "services/sync/feed.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include <google/protobuf/descriptor.pb.h>

#include "eventstore/base/blake2b.h"
#include "eventstore/base/categories.h"
#include "eventstore/payload/event_types.h"
#include "mlup/cases/v1/case_events.pb.h"
#include "projections/provinces.h"
#include "services/command/relation.h"
#include "services/domain/case.h"
#include "services/domain/case_state.h"
#include "services/fields/validator.h"
#include "services/query/page_token.h"
#include "services/sync/owner.h"

namespace mlup::sync {
namespace {

// Why a device reads.
constexpr char kPurpose[] = "field_work";
// Cases on one page, whether or not anything is new about them.
constexpr int kPageCasesMax = 64;

log::v1::Actor ActorOf(const v1::PullChangesRequest& request) {
  log::v1::Actor actor;
  actor.set_actor_id(request.actor_id());
  actor.set_role(request.role());
  actor.set_organisation_id(request.organisation_id());
  return actor;
}

bool IsHeld(const v1::PullChangesRequest& request, const std::string& case_id) {
  return std::ranges::find(request.held_case_ids(), case_id) != request.held_case_ids().end();
}

// What a device that knows all up to `since` does not know of an entry.
bool IsNew(const audit::v1::HistoryEntry& entry, std::uint64_t since) {
  return entry.position() > since || entry.voided_by() > since ||
         std::ranges::any_of(entry.corrected_by(),
                             [since](std::uint64_t position) { return position > since; });
}

}  // namespace

std::string ReferenceVersion() {
  std::map<std::string, std::string> files;
  for (const auto* type : payload::EventTypes()) {
    google::protobuf::FileDescriptorProto file;
    type->file()->CopyTo(&file);
    files[type->file()->name()] = file.SerializeAsString();
  }
  std::string all;
  for (const auto& [name, bytes] : files) absl::StrAppend(&all, name, "\n", bytes, "\n");
  for (const projections::Province& province : projections::Provinces()) {
    absl::StrAppend(&all, ToAbsl(province.code), ToAbsl(province.name_en), ToAbsl(province.name_km),
                    "\n");
  }
  return absl::BytesToHexString(Blake2b(all, 16).substr(0, 8));
}

Feed::Feed(const Parts& parts)
    : parts_(parts),
      outbox_({parts.log, parts.keyring, parts.clock, parts.random}),
      assignments_(parts.log),
      reference_version_(ReferenceVersion()) {}

std::string Feed::FormatPlace(const Place& place) {
  return absl::StrCat(place.as_of.value, "/", place.case_id, "/", place.history_token);
}

absl::StatusOr<Feed::Place> Feed::ParsePlace(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits('/', 2));
  Place place;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &place.as_of.value)) {
    return FieldError(absl::StatusCode::kInvalidArgument, "PAGE_TOKEN_INVALID", "page_token",
                      "must come from an earlier page of the same pull");
  }
  place.case_id = parts[1];
  place.history_token = parts[2];
  return place;
}

absl::StatusOr<v1::PullChangesResponse> Feed::PullChanges(const v1::PullChangesRequest& request,
                                                          const identity::Caller* caller) {
  RETURN_IF_ERROR(fields::Validate(request));
  ASSIGN_OR_RETURN(const Device device, OwnDevice(parts_.accounts, caller, request.device()));
  RETURN_IF_ERROR(caller->MayAsk(request));
  RETURN_IF_ERROR(
      parts_.policy.Authorise(ActorOf(request), identity::Calling(identity::kHistoryCall)));
  const bool is_first = request.page_token().empty();
  Place place;
  if (is_first) {
    ASSIGN_OR_RETURN(place.as_of, parts_.log.Head());
  } else {
    ASSIGN_OR_RETURN(place, ParsePlace(request.page_token()));
  }
  ASSIGN_OR_RETURN(const std::set<std::string> cases, CasesOf(request));
  v1::PullChangesResponse response;
  if (is_first) {
    for (const std::string& held : request.held_case_ids()) {
      if (!cases.contains(held)) response.add_dropped_case_ids(held);
    }
    ASSIGN_OR_RETURN(const std::vector<v1::RefusedItem> refused,
                     outbox_.RefusedSince(device, Position{request.since()}));
    response.mutable_refused_items()->Assign(refused.begin(), refused.end());
  }
  ASSIGN_OR_RETURN(const Outbox::State state, outbox_.Read(device, ~std::uint64_t{0}));
  response.set_next_sequence(state.next_sequence);
  response.set_reference_version(reference_version_);
  std::size_t left = request.page_size() == 0 ? query::kPageSizeDefault : request.page_size();
  int looked_at = 0;
  for (auto at = cases.lower_bound(place.case_id); at != cases.end(); ++at) {
    if (left == 0 || looked_at == kPageCasesMax) {
      if (place.case_id != *at) place = {place.as_of, *at, ""};
      response.set_next_page_token(FormatPlace(place));
      return response;
    }
    if (place.case_id != *at) place = {place.as_of, *at, ""};
    ++looked_at;
    ASSIGN_OR_RETURN(const std::size_t read, AddCase(request, *at, left, place, response));
    left -= read;
    if (!place.history_token.empty()) {
      response.set_next_page_token(FormatPlace(place));
      return response;
    }
  }
  response.set_position(place.as_of.value);
  return response;
}

absl::StatusOr<std::set<std::string>> Feed::CasesOf(const v1::PullChangesRequest& request) {
  ASSIGN_OR_RETURN(const std::set<std::string> streams, assignments_.Of(request.actor_id()));
  std::set<std::string> ids;
  for (const std::string& stream : streams) {
    ASSIGN_OR_RETURN(const command::KnownStreams::History history, parts_.streams.Read(stream));
    const identity::Relation about = command::RelationOf(*history);
    if (!about.workers.contains(request.actor_id())) continue;
    const absl::Status may = parts_.policy.Authorise(
        ActorOf(request), identity::Calling(identity::kHistoryCall), &about);
    if (may.ok()) ids.insert(std::string(RecordIdOf(stream)));
    // Never a part of them without a word: what is missing would be dropped from the device.
    if (ids.size() > kHeldCasesMax) {
      return Error(absl::StatusCode::kResourceExhausted, "TOO_MANY_CASES",
                   absl::StrCat("more than ", kHeldCasesMax, " cases are assigned to ",
                                request.actor_id(), ": a device holds no more"));
    }
  }
  return ids;
}

absl::StatusOr<std::size_t> Feed::AddCase(const v1::PullChangesRequest& request,
                                          const std::string& case_id, std::size_t entries_max,
                                          Place& place, v1::PullChangesResponse& response) {
  const std::uint64_t since = IsHeld(request, case_id) ? request.since() : 0;
  const auto heads = parts_.audit.HeadsSince(case_id, Position{since});
  // A case whose child nobody knows yet is nobody's history.
  if (absl::IsNotFound(heads.status())) return 0;
  RETURN_IF_ERROR(heads.status());
  if (heads->empty()) return 0;
  audit::v1::GetCaseHistoryRequest reading;
  reading.set_actor_id(request.actor_id());
  reading.set_role(request.role());
  reading.set_organisation_id(request.organisation_id());
  reading.set_id(case_id);
  reading.set_purpose(kPurpose);
  reading.set_page_size(static_cast<std::uint32_t>(entries_max));
  reading.set_page_token(place.history_token);
  ASSIGN_OR_RETURN(audit::v1::GetCaseHistoryResponse history, parts_.audit.GetCaseHistory(reading));
  place.history_token = history.next_page_token();
  const auto read = static_cast<std::size_t>(history.entries_size());
  v1::CaseUpdate& update = *response.add_cases();
  update.set_case_id(case_id);
  update.set_subject(history.subject());
  std::set<std::string> shown;
  for (audit::v1::HistoryEntry& entry : *history.mutable_entries()) {
    if (!IsNew(entry, since)) continue;
    shown.insert(entry.stream());
    update.add_entries()->Swap(&entry);
  }
  for (const auto& [stream, revision] : *heads) {
    if (!shown.contains(stream)) continue;
    v1::StreamHead& head = *update.add_heads();
    head.set_stream(stream);
    head.set_revision(revision.value);
  }
  RETURN_IF_ERROR(AddOpenTasks(case_id, update));
  return read;
}

absl::Status Feed::AddOpenTasks(const std::string& case_id, v1::CaseUpdate& update) {
  ASSIGN_OR_RETURN(const command::KnownStreams::History history,
                   parts_.streams.Read(absl::StrCat("case/", case_id)));
  const auto& state = *static_cast<const domain::CaseState*>(history->StateOf(domain::Case()));
  for (std::size_t i = 0; i < history->size(); ++i) {
    const domain::LiveEvent& event = history->At(i);
    const auto* created = dynamic_cast<const cases::v1::TaskCreated*>(event.message.get());
    if (event.voided || created == nullptr || !state.tasks.IsOpen(created->task_id())) continue;
    v1::OpenTask& task = *update.add_open_tasks();
    task.set_task_id(created->task_id());
    task.set_kind(created->kind());
    task.set_due_on(created->due_on());
    task.set_service_code(created->service_code());
  }
  return absl::OkStatus();
}

}  // namespace mlup::sync
