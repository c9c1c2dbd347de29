// `mlup subscribers`: who follows, how far they are, and what is put aside.
#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/clock.h"
#include "eventstore/base/status.h"
#include "eventstore/log/timestamp.h"
#include "mlup/bus/v1/group_service.pb.h"
#include "mlup/sharing/v1/sharing_service.pb.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/commands/subscribe.h"
#include "services/mlup/proto_json.h"
#include "services/mlup/server_rpc.h"
#include "services/mlup/table.h"
#include "services/mlup/words.h"

namespace mlup::cli {
namespace {

using bus::v1::GroupStatus;
using sharing::v1::ListSubscribersResponse;

constexpr std::uint32_t kParkedPage = 1000;

template <typename Response>
absl::StatusOr<Response> AskGroups(const Session& session, const std::string& method,
                                   const google::protobuf::Message& request) {
  return CallOnce<Response>(session.server, absl::StrCat("mlup.bus.v1.GroupService/", method),
                            request);
}

// The answer; nothing when another process plays the role.
template <typename Response>
absl::StatusOr<std::optional<Response>> IfServed(absl::StatusOr<Response> response) {
  if (absl::IsUnimplemented(response.status())) return std::optional<Response>();
  RETURN_IF_ERROR(response.status());
  return std::optional<Response>(*std::move(response));
}

// `3 min`, or nothing for a time that has not come.
std::string Since(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0) return "-";
  const absl::Duration age =
      std::max(SystemClock().Now() - log::FromTimestamp(time), absl::ZeroDuration());
  if (age < absl::Minutes(2)) return absl::StrCat(absl::ToInt64Seconds(age), " s");
  if (age < absl::Hours(2)) return absl::StrCat(absl::ToInt64Minutes(age), " min");
  if (age < absl::Hours(48)) return absl::StrCat(absl::ToInt64Hours(age), " h");
  return absl::StrCat(absl::ToInt64Hours(age) / 24, " days");
}

std::string WithReason(const std::string& state, const std::string& reason) {
  return reason.empty() ? state : absl::StrCat(state, ": ", reason);
}

void PrintGroups(const Session& session, const bus::v1::ListGroupsResponse& groups) {
  Table table({1, 2, 3, 4, 5, 6});
  table.Add({"group", "lag", "consumers", "in flight", "retrying", "parked", "oldest unacked",
             "last progress", "state"});
  for (const GroupStatus& group : groups.groups()) {
    table.Add({group.definition().name(), absl::StrCat(group.lag()),
               absl::StrCat(group.consumers_size()), absl::StrCat(group.in_flight()),
               absl::StrCat(group.waiting_for_retry()), absl::StrCat(group.parked()),
               Since(group.oldest_unacked_since()), Since(group.last_progress()),
               WithReason(EnumWords(*bus::v1::GroupCondition_descriptor(), group.condition()),
                          group.reason())});
  }
  session.out << (groups.groups().empty() ? "no groups\n" : table.Render());
}

void PrintOutside(const Session& session, const ListSubscribersResponse& outside) {
  Table table({2, 3, 4});
  table.Add({"subscriber", "way", "lag", "in flight", "dead letters", "oldest unacked",
             "last progress", "state"});
  for (const auto& subscriber : outside.subscribers()) {
    const std::string expired = subscriber.expired() ? "its agreement has expired" : "";
    for (const auto& path : subscriber.paths()) {
      table.Add({subscriber.subscriber_id(), path.path(), absl::StrCat(path.lag()),
                 absl::StrCat(path.in_flight()), absl::StrCat(path.dead_letters()),
                 Since(path.oldest_unacked()), Since(path.last_progress()),
                 WithReason(path.state(), expired.empty() ? path.because() : expired)});
    }
    if (subscriber.paths().empty()) {
      table.Add({subscriber.subscriber_id(), "-", "-", "-", "-", "-", "-",
                 WithReason("waiting", expired)});
    }
  }
  session.out << "\n" << table.Render();
  if (!outside.consents_stopped_because().empty()) {
    session.out << "nothing is delivered: reading the consents stopped: "
                << outside.consents_stopped_because() << "\n";
  }
}

// Positions that the user named; an error when none was and not all are meant.
absl::Status CheckPositions(const GroupOptions& options) {
  if (options.all != options.positions.empty()) {
    return FieldError(absl::StatusCode::kInvalidArgument, "OPTION_INVALID", "POSITION",
                      "name the positions, or give --all");
  }
  return absl::OkStatus();
}

int End(const Session& session, const absl::Status& status, const std::string& words) {
  if (!status.ok()) return Fail(session, status);
  if (!session.json) session.out << words << "\n";
  return kExitOk;
}

}  // namespace

int RunSubscribers(const Session& session) {
  const auto groups = IfServed(
      AskGroups<bus::v1::ListGroupsResponse>(session, "ListGroups", bus::v1::ListGroupsRequest()));
  if (!groups.ok()) return Fail(session, groups.status());
  const auto outside = IfServed(CallOnce<ListSubscribersResponse>(
      session.server, "mlup.sharing.v1.SharingService/ListSubscribers",
      sharing::v1::ListSubscribersRequest()));
  if (!outside.ok()) return Fail(session, outside.status());
  if (session.json) {
    nlohmann::ordered_json json = {{"groups", nlohmann::ordered_json::array()}};
    if (groups->has_value()) {
      json = nlohmann::ordered_json::parse(ToJson(**groups));
    }
    if (outside->has_value()) {
      json["outside"] = nlohmann::ordered_json::parse(ToJson(**outside));
    }
    session.out << json.dump() << "\n";
    return kExitOk;
  }
  if (groups->has_value()) PrintGroups(session, **groups);
  if (outside->has_value()) PrintOutside(session, **outside);
  return kExitOk;
}

int RunParked(const Session& session, const GroupOptions& options) {
  bus::v1::ListParkedRequest request;
  request.set_group(options.group);
  request.set_limit(kParkedPage);
  Table table({0, 1});
  table.Add({"position", "tries", "parked at", "reason"});
  while (true) {
    const auto page = AskGroups<bus::v1::ListParkedResponse>(session, "ListParked", request);
    if (!page.ok()) return Fail(session, page.status());
    for (const bus::v1::ParkedEvent& parked : page->parked()) {
      if (session.json) session.out << ToJson(parked) << "\n";
      table.Add({absl::StrCat(parked.position()), absl::StrCat(parked.tries()),
                 TimeWords(parked.parked_at()), parked.reason()});
      request.set_after_position(parked.position());
    }
    if (page->parked_size() < static_cast<int>(kParkedPage)) break;
  }
  if (!session.json) {
    session.out << (request.after_position() == 0 ? "nothing is parked\n" : table.Render());
  }
  return kExitOk;
}

int RunReplayParked(const Session& session, const GroupOptions& options) {
  if (const absl::Status status = CheckPositions(options); !status.ok()) {
    return FailUsage(session, status);
  }
  bus::v1::ReplayParkedRequest request;
  request.set_group(options.group);
  request.mutable_positions()->Assign(options.positions.begin(), options.positions.end());
  const auto done = AskGroups<bus::v1::ReplayParkedResponse>(session, "ReplayParked", request);
  if (done.ok() && session.json) session.out << ToJson(*done) << "\n";
  return End(session, done.status(),
             done.ok() ? absl::StrCat(done->replayed(), " handed out again") : "");
}

int RunSkipParked(const Session& session, const GroupOptions& options) {
  if (const absl::Status status = CheckPositions(options); !status.ok()) {
    return FailUsage(session, status);
  }
  bus::v1::SkipParkedRequest request;
  request.set_group(options.group);
  request.mutable_positions()->Assign(options.positions.begin(), options.positions.end());
  const auto done = AskGroups<bus::v1::SkipParkedResponse>(session, "SkipParked", request);
  if (done.ok() && session.json) session.out << ToJson(*done) << "\n";
  return End(session, done.status(), done.ok() ? absl::StrCat(done->skipped(), " skipped") : "");
}

int RunResumeGroup(const Session& session, const GroupOptions& options) {
  bus::v1::ResumeGroupRequest request;
  request.set_name(options.group);
  const auto done = AskGroups<bus::v1::ResumeGroupResponse>(session, "ResumeGroup", request);
  return End(session, done.status(), "resumed");
}

int RunCreateGroup(const Session& session, const GroupOptions& options) {
  const auto follow = RequestOf({.choice = options.choice, .from = options.from, .state = ""});
  if (!follow.ok()) return FailUsage(session, follow.status());
  if (follow->has_from_time() || follow->history() != 0) {
    return FailUsage(session, FieldError(absl::StatusCode::kInvalidArgument, "OPTION_INVALID",
                                         "--from", "start, end or a position"));
  }
  bus::v1::CreateGroupRequest request;
  bus::v1::GroupDefinition& definition = *request.mutable_definition();
  definition.set_name(options.group);
  *definition.mutable_target()->mutable_filter() = follow->filter();
  definition.mutable_target()->set_include_system(follow->include_system());
  if (follow->from_end()) definition.mutable_start()->set_from_end(true);
  if (follow->after_position() > 0) {
    definition.mutable_start()->set_after_position(follow->after_position());
  }
  const auto done = AskGroups<bus::v1::CreateGroupResponse>(session, "CreateGroup", request);
  return End(session, done.status(), "created");
}

int RunDeleteGroup(const Session& session, const GroupOptions& options) {
  bus::v1::DeleteGroupRequest request;
  request.set_name(options.group);
  const auto done = AskGroups<bus::v1::DeleteGroupResponse>(session, "DeleteGroup", request);
  return End(session, done.status(), "deleted");
}

}  // namespace mlup::cli
