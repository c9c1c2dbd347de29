// Reads the streams, decides, and writes where they still are as they were read.
#include "services/esdb/several.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "eventstore/base/uuid.h"
#include "services/esdb/append_requests.h"
#include "services/esdb/events.h"
#include "services/esdb/faults.h"
#include "services/esdb/metadata.h"

namespace mlup::esdb {
namespace {

// Somebody else has to be faster so often in a row.
constexpr int kTriesMax = 32;

std::string KeyText(const SeveralAppends::Order& order) {
  std::string text = "several";
  for (const SeveralAppends::Part& part : order.parts) {
    absl::StrAppend(&text, "\n", part.name.stream);
    for (const log::pb::Event& event : part.events) absl::StrAppend(&text, "\n", ClientId(event));
  }
  for (const SeveralAppends::Check& check : order.checks) {
    absl::StrAppend(&text, "\n", check.name.client, "\n", check.expected.Number());
  }
  return text;
}

absl::Status CheckOrder(const SeveralAppends::Order& order) {
  std::size_t events = 0;
  std::size_t bytes = 0;
  for (const SeveralAppends::Part& part : order.parts) {
    events += part.events.size();
    for (const log::pb::Event& event : part.events) bytes += ContentBytes(event);
  }
  RETURN_IF_ERROR(CheckSize(events, bytes));
  if (events == 0) {
    return Error(absl::StatusCode::kInvalidArgument, "EVENTS_MISSING",
                 "an append to several streams has at least one record");
  }
  if (order.checks.size() > kAppendStreamsMax / 2) {
    return Error(absl::StatusCode::kInvalidArgument, "CHECKS_TOO_MANY",
                 absl::StrCat("at most ", kAppendStreamsMax / 2, " checks"));
  }
  return absl::OkStatus();
}

}  // namespace

// One stream of an order.
struct SeveralAppends::Seen {
  Name name;
  Revision last;
  StreamMetadata metadata;
  bool is_written = false;
  bool is_checked = false;

  // Of no stream, where it is deleted.
  Revision Shown() const { return metadata.deleted() || metadata.tombstoned ? Revision{} : last; }
};

// One try: the streams as they were read, and what follows from that.
class SeveralAppends::Plan {
 public:
  Plan(SeveralAppends& appends, const Order& order) : appends_(appends), order_(order) {}

  absl::Status Read() {
    for (const Part& part : order_.parts) {
      ASSIGN_OR_RETURN(Seen * seen, See(part.name));
      if (seen->metadata.tombstoned) tombstoned_ = part.name.client;
      seen->is_written = true;
    }
    for (const Check& check : order_.checks) {
      ASSIGN_OR_RETURN(Seen * seen, See(check.name));
      seen->is_checked = seen->is_checked || check.expected.kind != Expected::Kind::kAny;
    }
    return absl::OkStatus();
  }

  const std::optional<std::string>& tombstoned() const { return tombstoned_; }

  std::vector<Violation> Violations() const {
    std::vector<Violation> violations;
    for (std::size_t i = 0; i < order_.checks.size(); ++i) {
      const Check& check = order_.checks[i];
      const Revision last = seen_.at(check.name.stream).Shown();
      if (Fits(check.expected, last)) continue;
      Violation& violation = violations.emplace_back();
      violation.check = i;
      if (last.value > 0) violation.last_revision = last.value - 1;
    }
    return violations;
  }

  log::pb::AppendRequest Request() {
    log::pb::AppendRequest request;
    for (auto& [stream, seen] : seen_) PutConditions(seen, request);
    for (const Part& part : order_.parts) {
      if (part.events.empty()) continue;
      log::pb::StreamWrite& write = AddWrite(request, part.name.stream);
      *write.mutable_events() = {part.events.begin(), part.events.end()};
    }
    return request;
  }

 private:
  absl::StatusOr<Seen*> See(const Name& name) {
    const auto [entry, is_new] = seen_.try_emplace(name.stream);
    Seen& seen = entry->second;
    if (!is_new) return &seen;
    if (!name.IsExternal()) {
      return AccessDenied(
          "outside systems append to streams of their own: this name belongs to mlup or to another "
          "one");
    }
    RETURN_IF_ERROR(appends_.esdb_log_.CheckOwner(order_.author, name));
    seen.name = name;
    ASSIGN_OR_RETURN(seen.metadata, appends_.esdb_log_.Metadata(name));
    ASSIGN_OR_RETURN(seen.last, appends_.esdb_log_.LastRevision(name.stream));
    return &seen;
  }

  // That the stream is as it was read, and that an event after a deletion leaves those before it
  // hidden.
  void PutConditions(const Seen& seen, log::pb::AppendRequest& request) const {
    const bool comes_back = seen.is_written && seen.metadata.deleted();
    log::pb::StreamWrite& metadata = AddWrite(request, seen.name.MetadataStream());
    ExpectExactly(seen.metadata.revision, *metadata.mutable_expected());
    if (comes_back) {
      *metadata.add_events() =
          SystemEvent(kMetadataType, WithTruncateBefore(seen.metadata, seen.last.value),
                      NewUuid(appends_.clock_, appends_.random_), order_.author);
    }
    // Who begins a stream owns it.
    const bool begins = seen.is_written && seen.last.value == 0;
    if (seen.is_checked || comes_back || begins) {
      ExpectExactly(seen.last, *AddWrite(request, seen.name.stream).mutable_expected());
    }
  }

  SeveralAppends& appends_;
  const Order& order_;
  std::map<std::string, Seen> seen_;
  std::optional<std::string> tombstoned_;
};

namespace {

SeveralAppends::Result ResultOf(const SeveralAppends::Order& order,
                                const log::pb::AppendResponse& response) {
  SeveralAppends::Result result;
  result.position = {response.last_position()};
  std::map<std::string, std::size_t> places;
  Position position{response.last_position()};
  // From the end, where the last part of an order is.
  for (auto part = order.parts.rbegin(); part != order.parts.rend(); ++part) {
    if (part->events.empty()) continue;
    const auto stream = std::find_if(
        response.streams().begin(), response.streams().end(),
        [&part](const log::pb::StreamResult& got) { return got.stream() == part->name.stream; });
    if (stream != response.streams().end() &&
        places.emplace(part->name.stream, result.streams.size()).second) {
      result.streams.push_back({part->name.client, stream->last_revision() - 1, position});
    }
    position.value -= part->events.size();
  }
  std::reverse(result.streams.begin(), result.streams.end());
  return result;
}

}  // namespace

absl::StatusOr<SeveralAppends::Result> SeveralAppends::Append(Order& order) {
  RETURN_IF_ERROR(CheckOrder(order));
  const std::string key = KeyText(order);
  for (int tries = 0; tries < kTriesMax; ++tries) {
    Plan plan(*this, order);
    log::pb::AppendRequest keyed;
    SetKey(key, keyed);
    log::pb::LookupRequest lookup;
    *lookup.mutable_key() = keyed.key();
    lookup.set_request_digest(keyed.request_digest());
    ASSIGN_OR_RETURN(const log::pb::LookupResponse earlier, log_.Lookup(lookup));
    if (earlier.found()) return ResultOf(order, earlier.result());
    RETURN_IF_ERROR(plan.Read());
    if (plan.tombstoned().has_value()) return Result{{}, plan.tombstoned(), {}, {}};
    if (std::vector<Violation> violations = plan.Violations(); !violations.empty()) {
      return Result{std::move(violations), {}, {}, {}};
    }
    log::pb::AppendRequest request = plan.Request();
    SetKey(key, request);
    const absl::StatusOr<log::pb::AppendResponse> response = log_.Append(request);
    if (response.ok()) return ResultOf(order, *response);
    if (IsIdTaken(response.status())) {
      for (Part& part : order.parts) GiveNewIds(part.events, clock_, random_);
      continue;
    }
    if (!IsMismatch(response.status())) return Translated(response.status());
  }
  return Error(absl::StatusCode::kAborted, "STREAM_BUSY", "the streams change all the time: retry");
}

}  // namespace mlup::esdb
