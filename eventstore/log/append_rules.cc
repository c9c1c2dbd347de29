#include "eventstore/log/append_rules.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <unordered_map>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/check.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/base/uuid.h"
#include "eventstore/log/event_rules.h"

namespace mlup::log {
namespace {

constexpr std::size_t kDigestBytes = 32;

bool IsPrintable(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// Visible ASCII, so that characters and bytes are the same number.
bool IsKeyPart(std::string_view text) {
  return !text.empty() && text.size() <= kRequestIdMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

absl::Status Invalid(std::string_view reason, std::string_view field, std::string_view message) {
  return FieldError(absl::StatusCode::kInvalidArgument, reason, field, message);
}

absl::Status CheckKey(const v1::RequestKey& key, const std::string& digest) {
  if (!IsKeyPart(key.organisation_id())) {
    return Invalid("REQUEST_KEY_INVALID", "key.organisation_id",
                   "1 to 64 visible ASCII characters");
  }
  if (!IsKeyPart(key.request_id())) {
    return Invalid("REQUEST_KEY_INVALID", "key.request_id", "1 to 64 visible ASCII characters");
  }
  if (digest.size() != kDigestBytes) {
    return Invalid("REQUEST_DIGEST_INVALID", "request_digest", "must be 32 bytes");
  }
  return absl::OkStatus();
}

std::size_t EventsOf(const v1::AppendRequest& request) {
  std::size_t events = 0;
  for (const v1::StreamWrite& write : request.writes()) {
    events += static_cast<std::size_t>(write.events_size());
  }
  return events;
}

absl::Status CheckWrites(const v1::AppendRequest& request) {
  absl::flat_hash_set<absl::string_view> streams;
  absl::flat_hash_set<absl::string_view> event_ids;
  event_ids.reserve(EventsOf(request));
  for (int i = 0; i < request.writes_size(); ++i) {
    const v1::StreamWrite& write = request.writes(i);
    const auto field = [i] { return absl::StrCat("writes[", i, "]"); };
    if (!IsStreamName(write.stream())) {
      return Invalid("STREAM_NAME_INVALID", field() + ".stream", "must be <category>/<id>");
    }
    if (!streams.insert(write.stream()).second &&
        write.expected().kind_case() != v1::Expected::KIND_NOT_SET) {
      return Invalid("STREAM_REPEATED", field() + ".expected",
                     "a stream states what it expects once, the first time it is named");
    }
    for (int k = 0; k < write.events_size(); ++k) {
      // Their names are made for those only that are refused.
      const auto event_field = [&] { return absl::StrCat(field(), ".events[", k, "]"); };
      if (!CheckEvent(write.events(k), "").ok()) return CheckEvent(write.events(k), event_field());
      if (!event_ids.insert(write.events(k).event_id()).second) {
        return Invalid("EVENT_ID_REPEATED", event_field() + ".event_id",
                       "each event has its own id");
      }
    }
  }
  if (event_ids.empty()) return Invalid("EVENTS_MISSING", "writes", "at least one event is needed");
  return absl::OkStatus();
}

std::string Describe(const v1::Expected& expected) {
  switch (expected.kind_case()) {
    case v1::Expected::kNoStream:
      return "no stream";
    case v1::Expected::kStreamExists:
      return "an existing stream";
    case v1::Expected::kRevision:
      return absl::StrCat(expected.revision());
    case v1::Expected::kAny:
    case v1::Expected::KIND_NOT_SET:
      break;
  }
  return "any";
}

bool IsAsExpected(const v1::Expected& expected, Revision actual) {
  switch (expected.kind_case()) {
    case v1::Expected::kNoStream:
      return actual.value == 0;
    case v1::Expected::kStreamExists:
      return actual.value != 0;
    case v1::Expected::kRevision:
      return actual.value == expected.revision();
    case v1::Expected::kAny:
    case v1::Expected::KIND_NOT_SET:
      break;
  }
  return true;
}

}  // namespace

bool IsStreamName(std::string_view name) {
  const std::string_view category = CategoryOf(name);
  if (name.size() > kStreamNameMax || category.size() + 1 >= name.size()) return false;
  const Category& known = CategoryFor(category);
  if (known.appender == Appender::kNobody) return false;
  const std::string_view id = name.substr(category.size() + 1);
  return known.has_free_names ? IsPrintable(id) : IsUuid(id);
}

std::size_t StoredBytesMax(const v1::AppendRequest& request) {
  std::size_t bytes = request.ByteSizeLong();
  for (const v1::StreamWrite& write : request.writes()) {
    bytes += static_cast<std::size_t>(write.events_size()) *
             (write.stream().size() + kRecordFactsBytesMax);
  }
  return bytes;
}

absl::Status CheckAppend(const v1::AppendRequest& request) {
  RETURN_IF_ERROR(CheckKey(request.key(), request.request_digest()));
  if (static_cast<std::size_t>(request.writes_size()) > kAppendStreamsMax) {
    return Invalid("STREAMS_TOO_MANY", "writes", absl::StrCat("at most ", kAppendStreamsMax));
  }
  if (EventsOf(request) > kAppendEventsMax) {
    return Invalid("EVENTS_TOO_MANY", "writes", absl::StrCat("at most ", kAppendEventsMax));
  }
  RETURN_IF_ERROR(CheckWrites(request));
  if (request.ByteSizeLong() > kAppendBytesMax) {
    return Invalid("APPEND_TOO_LARGE", "writes",
                   absl::StrCat("at most ", kAppendBytesMax, " bytes"));
  }
  return absl::OkStatus();
}

absl::Status CheckLookup(const v1::LookupRequest& request) {
  return CheckKey(request.key(), request.request_digest());
}

absl::Status CheckExpected(const v1::AppendRequest& request, const std::vector<Revision>& heads) {
  CHECK(heads.size() == static_cast<std::size_t>(request.writes_size()));
  for (int i = 0; i < request.writes_size(); ++i) {
    const Revision actual = heads[static_cast<std::size_t>(i)];
    if (IsAsExpected(request.writes(i).expected(), actual)) continue;
    return FieldError(absl::StatusCode::kAborted, "VERSION_MISMATCH",
                      absl::StrCat("writes[", i, "].expected"),
                      absl::StrCat("expected ", Describe(request.writes(i).expected()),
                                   ", stream is at ", actual.value));
  }
  return absl::OkStatus();
}

absl::Status EventIdTaken(const v1::AppendRequest& request, std::size_t index) {
  int write = 0;
  auto event = static_cast<int>(index);
  while (event >= request.writes(write).events_size()) {
    event -= request.writes(write++).events_size();
  }
  return FieldError(
      absl::StatusCode::kFailedPrecondition, "EVENT_ID_TAKEN",
      absl::StrCat("writes[", write, "].events[", event, "].event_id"),
      absl::StrCat("another event of the log has the id ",
                   request.writes(write).events(event).event_id(), ": choose a new one"));
}

absl::Status LostWrites::Check(const v1::AppendRequest& request) const {
  if (streams_.empty()) return absl::OkStatus();
  for (int i = 0; i < request.writes_size(); ++i) {
    if (!streams_.contains(request.writes(i).stream())) continue;
    return FieldError(absl::StatusCode::kAborted, "VERSION_MISMATCH",
                      absl::StrCat("writes[", i, "].expected"),
                      "an append before it in the same call failed on this stream");
  }
  return absl::OkStatus();
}

void LostWrites::Add(const v1::AppendRequest& request) {
  for (const v1::StreamWrite& write : request.writes()) {
    if (!write.events().empty()) streams_.insert(write.stream());
  }
}

std::vector<RecordView> PlanRecords(const v1::AppendRequest& request,
                                    const std::vector<Revision>& heads, Position first) {
  std::vector<RecordView> records;
  records.reserve(EventsOf(request));
  // Of streams that are named again further on.
  std::unordered_map<std::string_view, Revision> revisions;
  const bool is_one = request.writes_size() == 1;
  for (int i = 0; i < request.writes_size(); ++i) {
    const v1::StreamWrite& write = request.writes(i);
    Revision head = heads[static_cast<std::size_t>(i)];
    Revision& revision = is_one ? head : revisions.emplace(write.stream(), head).first->second;
    for (const v1::Event& event : write.events()) {
      revision = Next(revision);
      records.push_back({.position = {first.value + records.size()},
                         .stream = write.stream(),
                         .revision = revision,
                         .append_first = first,
                         .request_digest = request.request_digest(),
                         .event_id = event.event_id(),
                         .type = event.type(),
                         .place = event.place(),
                         .sector = event.sector()});
    }
  }
  for (RecordView& record : records) {
    record.append_events = static_cast<std::uint32_t>(records.size());
  }
  return records;
}

v1::AppendResponse ResponseOf(const std::vector<RecordView>& records) {
  CHECK(!records.empty());
  v1::AppendResponse response;
  response.set_first_position(records.front().position.value);
  response.set_last_position(records.back().position.value);
  for (const RecordView& record : records) {
    response.add_event_ids(std::string(record.event_id));
    auto& streams = *response.mutable_streams();
    auto result = std::find_if(streams.begin(), streams.end(), [&](const v1::StreamResult& stream) {
      return stream.stream() == record.stream;
    });
    if (result == streams.end()) {
      v1::StreamResult* added = response.add_streams();
      added->set_stream(std::string(record.stream));
      added->set_first_revision(record.revision.value);
      result = streams.end() - 1;
    }
    result->set_last_revision(record.revision.value);
  }
  return response;
}

absl::StatusOr<v1::AppendResponse> ReplayOf(v1::AppendResponse first, std::string_view first_digest,
                                            std::string_view digest) {
  if (first_digest != digest) {
    return FieldError(absl::StatusCode::kAlreadyExists, "REQUEST_ID_REUSED", "key.request_id",
                      "this request id belongs to another command");
  }
  first.set_replayed(true);
  return first;
}

absl::StatusOr<v1::AppendResponse> ReplayOf(const std::vector<RecordView>& first,
                                            std::string_view digest) {
  return ReplayOf(ResponseOf(first), first.front().request_digest, digest);
}

}  // namespace mlup::log
