// Decides what to write, writes it, and decides again when somebody else was faster.
#include "services/esdb/esdb_log.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "eventstore/base/uuid.h"
#include "services/esdb/append_requests.h"

namespace mlup::esdb {
namespace {

// Somebody else has to be faster so often in a row.
constexpr int kTriesMax = 32;

using Kind = Expected::Kind;

absl::Status NotWritable() {
  return AccessDenied(
      "outside systems append to streams of their own: this name belongs to mlup or to another "
      "one");
}

// Whether the subscribers file leaves this name to this author.
bool MayName(const Author& author, const Name& name) {
  std::string_view plain = name.client;
  if (name.kind == NameKind::kMetadata) plain.remove_prefix(2);
  const std::string_view category = plain.substr(0, plain.find('-'));
  const auto has = [category](const std::vector<std::string>& categories) {
    return std::find(categories.begin(), categories.end(), category) != categories.end();
  };
  return author.categories.empty() ? !has(author.closed_categories) : has(author.categories);
}

absl::Status TooManyTries() {
  return Error(absl::StatusCode::kAborted, "STREAM_BUSY", "the stream changes all the time: retry");
}

// Whether the log found the stream itself, which is written last, elsewhere than expected.
bool IsAboutStream(const absl::Status& status, const log::pb::AppendRequest& request) {
  return ErrorField(status) == absl::StrCat("writes[", request.writes_size() - 1, "].expected");
}

void Expect(const Expected& expected, log::pb::Expected& ours) {
  switch (expected.kind) {
    case Kind::kAny:
      ours.set_any(true);
      return;
    case Kind::kNoStream:
      ours.set_no_stream(true);
      return;
    case Kind::kStreamExists:
      ours.set_stream_exists(true);
      return;
    case Kind::kRevision:
      ours.set_revision(expected.revision + 1);
      return;
  }
}

// The key of an append: its stream and event ids, and, where these are not enough, what it expects.
std::string KeyText(const std::string& stream, const std::vector<log::pb::Event>& events,
                    std::string_view expected) {
  std::string text = absl::StrCat(stream, "\n", ToAbsl(expected));
  for (const log::pb::Event& event : events) absl::StrAppend(&text, "\n", ClientId(event));
  return text;
}

std::optional<std::uint64_t> ClientRevision(Revision last) {
  if (last.value == 0) return std::nullopt;
  return last.value - 1;
}

EsdbLog::Result Unexpected(Revision last) { return {false, ClientRevision(last), {}}; }

EsdbLog::Result ResultOf(const log::pb::AppendResponse& response) {
  // The stream that matters is written last.
  return {true, response.streams().rbegin()->last_revision() - 1, {response.last_position()}};
}

// Whether an earlier append stands where this expectation would have put it.
bool StandsAsExpected(const Expected& expected, const log::pb::AppendResponse& earlier,
                      const StreamMetadata& metadata) {
  const std::uint64_t before = earlier.streams().rbegin()->first_revision() - 1;
  if (expected.kind == Kind::kNoStream && metadata.truncate_before == before) return true;
  return expected.kind == Kind::kStreamExists || Fits(expected, {before});
}

}  // namespace

// An append that the log is asked for and nobody waits for.
struct EsdbLog::Later {
  explicit Later(Order asked)
      : order(std::move(asked)),
        draft{order.author, order.name, order.expected, std::move(order.events)} {}
  Later(const Later&) = delete;
  Later& operator=(const Later&) = delete;

  Order order;
  Draft draft;
  log::pb::AppendRequest request;
};

absl::Status EsdbLog::CheckWritable(const Name& name, const std::vector<log::pb::Event>& events) {
  if (!name.IsExternal() && name.kind != NameKind::kMetadata) return NotWritable();
  std::size_t bytes = 0;
  for (const log::pb::Event& event : events) bytes += ContentBytes(event);
  return CheckSize(events.size(), bytes);
}

absl::StatusOr<EsdbLog::Result> EsdbLog::Append(const Author& author, const Name& name,
                                                Expected expected,
                                                std::vector<log::pb::Event> events) {
  RETURN_IF_ERROR(CheckWritable(name, events));
  Draft draft{author, name, expected, std::move(events)};
  for (int tries = 0; tries < kTriesMax; ++tries) {
    log::pb::AppendRequest request;
    ASSIGN_OR_RETURN(std::optional<Result> ended, Prepare(draft, expected, request));
    if (ended.has_value()) return *ended;
    const absl::StatusOr<log::pb::AppendResponse> response = log_.Append(request);
    if (response.ok()) {
      if (draft.key_with_expected || !response->replayed() ||
          StandsAsExpected(expected, *response, draft.metadata)) {
        return ResultOf(*response);
      }
      draft.key_with_expected = true;
      continue;
    }
    if (IsIdTaken(response.status())) {
      GiveNewIds(draft.events, clock_, random_);
      continue;
    }
    if (!IsMismatch(response.status())) return Translated(response.status());
    if (!IsAboutStream(response.status(), request) || draft.retries) continue;
    ASSIGN_OR_RETURN(ended, AfterMismatch(draft));
    if (ended.has_value()) return *ended;
  }
  return TooManyTries();
}

void EsdbLog::AppendLater(Order order, Executor& executor, const Done& done) {
  const absl::Status writable = CheckWritable(order.name, order.events);
  if (!writable.ok()) return done(writable);
  const auto later = std::make_shared<Later>(std::move(order));
  const auto ended = Prepare(later->draft, later->order.expected, later->request);
  if (!ended.ok()) return done(ended.status());
  if (ended->has_value()) return done(**ended);
  log_.AppendLater({&later->request}, [this, later, &executor, done](const auto& responses) {
    const absl::StatusOr<log::pb::AppendResponse>& response = responses.front();
    const bool is_final = response.ok()
                              ? !response->replayed()
                              : !IsMismatch(response.status()) && !IsIdTaken(response.status());
    if (is_final) {
      return done(response.ok() ? absl::StatusOr<Result>(ResultOf(*response))
                                : Translated(response.status()));
    }
    // What it takes to find out asks the log again, and waits.
    executor.Run([this, later, done] {
      const Order& again = later->order;
      done(Append(again.author, again.name, again.expected, std::move(later->draft.events)));
    });
  });
}

absl::Status EsdbLog::CheckOwner(const Author& author, const Name& name) {
  // Before anything is looked at: what is there makes no difference.
  if (!MayName(author, name)) return NotWritable();
  ASSIGN_OR_RETURN(const std::string owner, OwnerOf(name));
  return owner.empty() || owner == author.subscriber_id ? absl::OkStatus() : NotWritable();
}

// Whoever made the first event, which never changes.
absl::StatusOr<std::string> EsdbLog::OwnerOf(const Name& name) {
  // `ext/order-7` of both `order-7` and `$$order-7`.
  const std::string metadata =
      name.kind == NameKind::kMetadata ? name.stream : name.MetadataStream();
  const std::string stream = StreamOfMetadata(metadata);
  {
    MutexLock lock(mutex_);
    const auto known = owners_.find(stream);
    if (known != owners_.end()) return known->second;
  }
  for (const std::string& begun : {stream, metadata}) {
    log::pb::ReadStreamRequest request;
    request.set_stream(begun);
    request.set_from_revision(1);
    request.set_limit(1);
    ASSIGN_OR_RETURN(const log::pb::ReadStreamResponse page, log_.ReadStream(request));
    if (page.records().empty()) continue;
    MutexLock lock(mutex_);
    if (owners_.size() >= kEsdbOwnersMax) owners_.clear();
    return owners_[stream] = page.records(0).event().actor().actor_id();
  }
  return std::string();
}

absl::StatusOr<std::optional<EsdbLog::Result>> EsdbLog::Prepare(Draft& draft, const Expected& asked,
                                                                log::pb::AppendRequest& request) {
  RETURN_IF_ERROR(CheckOwner(draft.author, draft.name));
  ASSIGN_OR_RETURN(draft.metadata, Metadata(draft.name));
  if (draft.metadata.tombstoned) return StreamDeleted(draft.name.client);
  if (draft.events.empty()) {
    ASSIGN_OR_RETURN(const Result result, AppendNothing(draft));
    return std::optional<Result>(result);
  }
  ASSIGN_OR_RETURN(const std::optional<Result> ended, Plan(draft, request));
  if (ended.has_value()) return ended;
  SetKey(KeyText(draft.name.stream, draft.events, draft.key_with_expected ? asked.Number() : ""),
         request);
  return std::optional<Result>();
}

absl::StatusOr<EsdbLog::Result> EsdbLog::AppendNothing(const Draft& draft) {
  ASSIGN_OR_RETURN(const Revision last, LastRevision(draft.name.stream));
  const Revision seen = draft.metadata.deleted() && draft.name.IsExternal() ? Revision{} : last;
  return Result{Fits(draft.expected, seen), ClientRevision(last), {}};
}

absl::StatusOr<std::optional<EsdbLog::Result>> EsdbLog::Plan(Draft& draft,
                                                             log::pb::AppendRequest& request) {
  draft.retries = false;
  if (draft.name.kind == NameKind::kMetadata) return PlanMetadata(draft, request);
  if (draft.metadata.deleted()) return PlanComeback(draft, request);
  ExpectExactly(draft.metadata.revision,
                *AddWrite(request, draft.name.MetadataStream()).mutable_expected());
  log::pb::StreamWrite& write = AddWrite(request, draft.name.stream);
  Expect(draft.expected, *write.mutable_expected());
  *write.mutable_events() = {draft.events.begin(), draft.events.end()};
  return std::optional<Result>();
}

// A deleted stream counts as none; its first new event makes the ones before it stay hidden.
absl::StatusOr<std::optional<EsdbLog::Result>> EsdbLog::PlanComeback(
    Draft& draft, log::pb::AppendRequest& request) {
  if (draft.expected.kind == Kind::kStreamExists) return StreamDeleted(draft.name.client);
  ASSIGN_OR_RETURN(const Revision last, LastRevision(draft.name.stream));
  if (draft.expected.kind == Kind::kRevision && !Fits(draft.expected, last)) {
    ASSIGN_OR_RETURN(std::optional<Result> ended, AfterMismatch(draft));
    return ended;
  }
  draft.retries = true;
  log::pb::StreamWrite& metadata = AddWrite(request, draft.name.MetadataStream());
  ExpectExactly(draft.metadata.revision, *metadata.mutable_expected());
  *metadata.add_events() =
      SystemEvent(kMetadataType, WithTruncateBefore(draft.metadata, last.value),
                  NewUuid(clock_, random_), draft.author);
  log::pb::StreamWrite& write = AddWrite(request, draft.name.stream);
  ExpectExactly(last, *write.mutable_expected());
  *write.mutable_events() = {draft.events.begin(), draft.events.end()};
  return std::optional<Result>();
}

// Metadata is always written against the revision that was read, so that it cannot cover up a
// tombstone.
std::optional<EsdbLog::Result> EsdbLog::PlanMetadata(Draft& draft,
                                                     log::pb::AppendRequest& request) {
  const Revision last = draft.metadata.revision;
  draft.retries = draft.expected.kind == Kind::kAny || draft.expected.kind == Kind::kStreamExists;
  if (draft.expected.kind == Kind::kStreamExists && last.value == 0) return Unexpected(last);
  log::pb::StreamWrite& write = AddWrite(request, draft.name.stream);
  if (draft.retries) {
    ExpectExactly(last, *write.mutable_expected());
  } else {
    Expect(draft.expected, *write.mutable_expected());
  }
  *write.mutable_events() = {draft.events.begin(), draft.events.end()};
  return std::nullopt;
}

absl::StatusOr<std::optional<EsdbLog::Result>> EsdbLog::AfterMismatch(Draft& draft) {
  ASSIGN_OR_RETURN(const Revision last, LastRevision(draft.name.stream));
  if (draft.expected.kind == Kind::kStreamExists) {
    if (draft.metadata.revision.value == 0) return std::optional<Result>(Unexpected(last));
    // A stream of which only metadata is known exists.
    draft.expected = {Kind::kAny, 0};
    return std::optional<Result>();
  }
  const std::uint64_t first =
      draft.expected.kind == Kind::kRevision ? draft.expected.revision + 2 : 1;
  ASSIGN_OR_RETURN(const bool repeated, Holds(draft.name.stream, first, draft.events));
  if (!repeated) return std::optional<Result>(Unexpected(last));
  const Revision end = {first + draft.events.size() - 1};
  log::pb::ReadStreamRequest request;
  request.set_stream(draft.name.stream);
  request.set_from_revision(end.value);
  request.set_limit(1);
  ASSIGN_OR_RETURN(const log::pb::ReadStreamResponse page, log_.ReadStream(request));
  if (page.records().empty()) return std::optional<Result>(Unexpected(last));
  return std::optional<Result>(Result{true, end.value - 1, {page.records(0).position()}});
}

absl::StatusOr<EsdbLog::Result> EsdbLog::Delete(const Author& author, const Name& name,
                                                const Expected& expected) {
  return Close(author, name, expected, kMetadataType);
}

absl::StatusOr<EsdbLog::Result> EsdbLog::Tombstone(const Author& author, const Name& name,
                                                   const Expected& expected) {
  return Close(author, name, expected, kTombstoneType);
}

absl::StatusOr<EsdbLog::Result> EsdbLog::Close(const Author& author, const Name& name,
                                               const Expected& expected, std::string_view type) {
  if (!name.IsExternal()) return NotWritable();
  RETURN_IF_ERROR(CheckOwner(author, name));
  for (int tries = 0; tries < kTriesMax; ++tries) {
    ASSIGN_OR_RETURN(const StreamMetadata metadata, Metadata(name));
    if (metadata.tombstoned) return StreamDeleted(name.client);
    log::pb::AppendRequest request;
    // A deleted stream is no stream.
    const bool holds_anyway = expected.kind == Kind::kNoStream && metadata.deleted();
    if (expected.kind != Kind::kAny && !holds_anyway) {
      Expect(expected, *AddWrite(request, name.stream).mutable_expected());
    }
    log::pb::StreamWrite& write = AddWrite(request, name.MetadataStream());
    ExpectExactly(metadata.revision, *write.mutable_expected());
    const std::string json =
        type == kTombstoneType ? metadata.json : WithTruncateBefore(metadata, kDeletedRevision);
    *write.add_events() = SystemEvent(type, json, NewUuid(clock_, random_), author);
    SetKey(write.events(0).event_id(), request);
    const absl::StatusOr<log::pb::AppendResponse> response = log_.Append(request);
    if (response.ok()) return Result{true, std::nullopt, {response->last_position()}};
    if (!IsMismatch(response.status())) return response.status();
    if (IsAboutStream(response.status(), request)) continue;
    ASSIGN_OR_RETURN(const Revision last, LastRevision(name.stream));
    return Unexpected(last);
  }
  return TooManyTries();
}

absl::StatusOr<StreamMetadata> EsdbLog::Metadata(const Name& name) {
  log::pb::ReadStreamRequest request;
  request.set_stream(name.kind == NameKind::kMetadata ? name.stream : name.MetadataStream());
  request.set_direction(log::pb::DIRECTION_BACKWARD);
  request.set_limit(1);
  ASSIGN_OR_RETURN(const log::pb::ReadStreamResponse page, log_.ReadStream(request));
  if (page.records().empty()) return StreamMetadata();
  return ParseMetadata(page.records(0));
}

absl::StatusOr<Revision> EsdbLog::LastRevision(const std::string& stream) {
  log::pb::ReadStreamRequest request;
  request.set_stream(stream);
  request.set_direction(log::pb::DIRECTION_BACKWARD);
  request.set_limit(1);
  ASSIGN_OR_RETURN(const log::pb::ReadStreamResponse page, log_.ReadStream(request));
  return Revision{page.last_revision()};
}

absl::StatusOr<bool> EsdbLog::Holds(const std::string& stream, std::uint64_t first,
                                    const std::vector<log::pb::Event>& events) {
  std::size_t compared = 0;
  while (compared < events.size()) {
    log::pb::ReadStreamRequest request;
    request.set_stream(stream);
    request.set_from_revision(first + compared);
    request.set_limit(static_cast<std::uint32_t>(events.size() - compared));
    ASSIGN_OR_RETURN(const log::pb::ReadStreamResponse page, log_.ReadStream(request));
    if (page.records().empty()) return false;
    for (const log::pb::Record& record : page.records()) {
      if (ClientId(record.event()) != ClientId(events[compared])) return false;
      ++compared;
    }
  }
  return true;
}

}  // namespace mlup::esdb
