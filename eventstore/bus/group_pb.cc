#include "eventstore/bus/group_pb.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/base/utf8.h"
#include "eventstore/log/append_rules.h"
#include "eventstore/log/read_rules.h"
#include "eventstore/log/timestamp.h"

namespace mlup::log {
namespace {

constexpr std::uint32_t kRetriesMax = 1000;

absl::Status Invalid(std::string_view reason, std::string_view field, std::string_view message) {
  return FieldError(absl::StatusCode::kInvalidArgument, reason, field, message);
}

bool IsPrintable(std::string_view text) {
  return IsUtf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
         });
}

absl::Duration FromPb(const google::protobuf::Duration& pb) {
  return absl::Seconds(pb.seconds()) + absl::Nanoseconds(pb.nanos());
}

void Set(absl::Duration duration, google::protobuf::Duration& pb) {
  pb.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  pb.set_nanos(static_cast<std::int32_t>(absl::ToInt64Nanoseconds(duration)));
}

Strategy FromPb(bus::v1::Strategy pb) {
  switch (pb) {
    case bus::v1::STRATEGY_DISPATCH_TO_SINGLE:
      return Strategy::kDispatchToSingle;
    case bus::v1::STRATEGY_PINNED:
      return Strategy::kPinned;
    case bus::v1::STRATEGY_PINNED_BY_CORRELATION:
      return Strategy::kPinnedByCorrelation;
    default:
      return Strategy::kRoundRobin;
  }
}

bus::v1::Strategy ToPb(Strategy strategy) {
  switch (strategy) {
    case Strategy::kRoundRobin:
      return bus::v1::STRATEGY_ROUND_ROBIN;
    case Strategy::kDispatchToSingle:
      return bus::v1::STRATEGY_DISPATCH_TO_SINGLE;
    case Strategy::kPinned:
      return bus::v1::STRATEGY_PINNED;
    case Strategy::kPinnedByCorrelation:
      return bus::v1::STRATEGY_PINNED_BY_CORRELATION;
  }
  return bus::v1::STRATEGY_UNSPECIFIED;
}

bus::v1::GroupCondition ToPb(GroupCondition condition) {
  switch (condition) {
    case GroupCondition::kLive:
      return bus::v1::GROUP_CONDITION_LIVE;
    case GroupCondition::kCatchingUp:
      return bus::v1::GROUP_CONDITION_CATCHING_UP;
    case GroupCondition::kStalled:
      return bus::v1::GROUP_CONDITION_STALLED;
  }
  return bus::v1::GROUP_CONDITION_UNSPECIFIED;
}

bool IsTime(absl::Time time) {
  return time != absl::InfiniteFuture() && time != absl::InfinitePast();
}

bus::v1::GroupSettings ToPb(const GroupSettings& settings) {
  const GroupRules& rules = settings.rules;
  bus::v1::GroupSettings pb;
  pb.set_strategy(ToPb(rules.strategy));
  pb.set_unordered(!rules.ordered);
  Set(rules.message_timeout, *pb.mutable_message_timeout());
  pb.set_retries_max(rules.retries_max);
  Set(rules.retry_delay_min, *pb.mutable_retry_delay_min());
  Set(rules.retry_delay_max, *pb.mutable_retry_delay_max());
  pb.set_in_flight_max(static_cast<std::uint32_t>(rules.in_flight_max));
  pb.set_consumers_max(static_cast<std::uint32_t>(settings.consumers_max));
  pb.set_face_data(settings.face_data);
  return pb;
}

bus::v1::ConsumerStatus ToPb(const ConsumerStatus& status) {
  bus::v1::ConsumerStatus pb;
  pb.set_name(status.name);
  *pb.mutable_connected_at() = ToTimestamp(status.connected_at);
  pb.set_credits(static_cast<std::uint32_t>(status.credits));
  pb.set_in_flight(static_cast<std::uint32_t>(status.in_flight));
  pb.set_delivered(status.delivered);
  pb.set_answered(status.answered);
  return pb;
}

}  // namespace

absl::Status CheckSettings(const GroupSettings& settings) {
  const GroupRules& rules = settings.rules;
  if (rules.message_timeout < absl::ZeroDuration() || rules.message_timeout > absl::Hours(24)) {
    return Invalid("SETTING_INVALID", "settings.message_timeout", "0 to 24 hours");
  }
  if (rules.retries_max > kRetriesMax) {
    return Invalid("SETTING_INVALID", "settings.retries_max",
                   absl::StrCat("at most ", kRetriesMax));
  }
  if (rules.retry_delay_min < absl::ZeroDuration() || rules.retry_delay_min > absl::Hours(24)) {
    return Invalid("SETTING_INVALID", "settings.retry_delay_min", "0 to 24 hours");
  }
  if (rules.retry_delay_max < rules.retry_delay_min || rules.retry_delay_max > absl::Hours(24)) {
    return Invalid("SETTING_INVALID", "settings.retry_delay_max", "retry_delay_min to 24 hours");
  }
  if (rules.in_flight_max == 0 || rules.in_flight_max > kGroupInFlightMax) {
    return Invalid("SETTING_INVALID", "settings.in_flight_max",
                   absl::StrCat("1 to ", kGroupInFlightMax));
  }
  if (rules.ordered && rules.strategy == Strategy::kPinnedByCorrelation) {
    return Invalid("SETTING_INVALID", "settings.strategy",
                   "a correlation runs across streams: pin by it only in a group without order");
  }
  if (settings.consumers_max == 0 || settings.consumers_max > kGroupConsumersMax) {
    return Invalid("SETTING_INVALID", "settings.consumers_max",
                   absl::StrCat("1 to ", kGroupConsumersMax));
  }
  if (settings.face_data.size() > kGroupFaceDataMax) {
    return Invalid("SETTING_INVALID", "settings.face_data",
                   absl::StrCat("at most ", kGroupFaceDataMax, " bytes"));
  }
  return absl::OkStatus();
}

absl::Status CheckStart(const GroupStart& start, bool on_one_stream) {
  const int set = (start.from_end ? 1 : 0) + (start.after ? 1 : 0) + (start.revision ? 1 : 0);
  if (set > 1) return Invalid("START_AMBIGUOUS", "start", "at most one beginning");
  if (start.revision && !on_one_stream) {
    return Invalid("START_INVALID", "start.from_revision", "only for a group on one stream");
  }
  return absl::OkStatus();
}

absl::Status CheckDefinition(const GroupDefinition& definition) {
  if (definition.name.empty() || definition.name.size() > kGroupNameMax ||
      !IsPrintable(definition.name)) {
    return Invalid("NAME_INVALID", "name",
                   absl::StrCat("1 to ", kGroupNameMax, " bytes of printable text"));
  }
  if (definition.owner.size() > kEnvelopeTextMax || !IsPrintable(definition.owner)) {
    return Invalid("OWNER_INVALID", "owner",
                   absl::StrCat("at most ", kEnvelopeTextMax, " bytes of printable text"));
  }
  const GroupTarget& target = definition.target;
  if (!target.stream.empty()) {
    if (!IsStreamName(target.stream)) {
      return Invalid("STREAM_NAME_INVALID", "target.stream", "must be <category>/<id>");
    }
    if (target.filter.ByteSizeLong() > 0) {
      return Invalid("FILTER_ON_STREAM", "target.filter", "only for the whole log");
    }
  }
  RETURN_IF_ERROR(CheckFilter(target.filter, "target.filter"));
  RETURN_IF_ERROR(CheckStart(definition.start, !target.stream.empty()));
  return CheckSettings(definition.settings);
}

GroupSettings FromPb(const bus::v1::GroupSettings& pb) {
  GroupSettings settings;
  GroupRules& rules = settings.rules;
  rules.strategy = FromPb(pb.strategy());
  rules.ordered = !pb.unordered();
  if (pb.has_message_timeout()) rules.message_timeout = FromPb(pb.message_timeout());
  if (pb.has_retries_max()) rules.retries_max = pb.retries_max();
  if (pb.has_retry_delay_min()) rules.retry_delay_min = FromPb(pb.retry_delay_min());
  if (pb.has_retry_delay_max()) {
    rules.retry_delay_max = FromPb(pb.retry_delay_max());
  } else {
    rules.retry_delay_max = std::max(rules.retry_delay_max, rules.retry_delay_min);
  }
  if (pb.in_flight_max() > 0) rules.in_flight_max = pb.in_flight_max();
  if (pb.consumers_max() > 0) settings.consumers_max = pb.consumers_max();
  settings.face_data = pb.face_data();
  return settings;
}

GroupStart FromPb(const bus::v1::GroupStart& pb) {
  GroupStart start;
  switch (pb.kind_case()) {
    case bus::v1::GroupStart::kFromEnd:
      start.from_end = pb.from_end();
      break;
    case bus::v1::GroupStart::kAfterPosition:
      start.after = Position{pb.after_position()};
      break;
    case bus::v1::GroupStart::kFromRevision:
      start.revision = Revision{pb.from_revision()};
      break;
    case bus::v1::GroupStart::KIND_NOT_SET:
      break;
  }
  return start;
}

GroupDefinition FromPb(const bus::v1::GroupDefinition& pb) {
  GroupDefinition definition;
  definition.name = pb.name();
  definition.owner = pb.owner();
  definition.target.stream = pb.target().stream();
  definition.target.filter = pb.target().filter();
  definition.target.include_system = pb.target().include_system();
  definition.start = FromPb(pb.start());
  definition.settings = FromPb(pb.settings());
  return definition;
}

NackAction FromPb(bus::v1::NackAction pb) {
  switch (pb) {
    case bus::v1::NACK_ACTION_PARK:
      return NackAction::kPark;
    case bus::v1::NACK_ACTION_SKIP:
      return NackAction::kSkip;
    case bus::v1::NACK_ACTION_STOP:
      return NackAction::kStop;
    default:
      return NackAction::kRetry;
  }
}

bus::v1::GroupDefinition ToPb(const GroupDefinition& definition) {
  bus::v1::GroupDefinition pb;
  pb.set_name(definition.name);
  pb.set_owner(definition.owner);
  pb.mutable_target()->set_stream(definition.target.stream);
  *pb.mutable_target()->mutable_filter() = definition.target.filter;
  pb.mutable_target()->set_include_system(definition.target.include_system);
  const GroupStart& start = definition.start;
  if (start.from_end) pb.mutable_start()->set_from_end(true);
  if (start.after) pb.mutable_start()->set_after_position(start.after->value);
  if (start.revision) pb.mutable_start()->set_from_revision(start.revision->value);
  *pb.mutable_settings() = ToPb(definition.settings);
  return pb;
}

bus::v1::GroupStatus ToPb(const GroupStatus& status) {
  bus::v1::GroupStatus pb;
  *pb.mutable_definition() = ToPb(status.definition);
  pb.set_condition(ToPb(status.condition));
  pb.set_reason(status.reason);
  pb.set_head(status.head.value);
  pb.set_checkpoint(status.checkpoint.value);
  pb.set_lag(status.lag);
  if (IsTime(status.last_progress)) *pb.mutable_last_progress() = ToTimestamp(status.last_progress);
  pb.set_oldest_unacked(status.oldest_unacked.value);
  if (IsTime(status.oldest_unacked_since)) {
    *pb.mutable_oldest_unacked_since() = ToTimestamp(status.oldest_unacked_since);
  }
  pb.set_in_flight(static_cast<std::uint32_t>(status.in_flight));
  pb.set_waiting_for_retry(static_cast<std::uint32_t>(status.waiting_for_retry));
  pb.set_parked(static_cast<std::uint32_t>(status.parked));
  if (IsTime(status.oldest_parked)) *pb.mutable_oldest_parked() = ToTimestamp(status.oldest_parked);
  pb.set_delivered(status.delivered);
  pb.set_answered(status.answered);
  for (const ConsumerStatus& consumer : status.consumers) *pb.add_consumers() = ToPb(consumer);
  return pb;
}

bus::v1::ParkedEvent ToPb(const ParkedEvent& parked) {
  bus::v1::ParkedEvent pb;
  pb.set_position(parked.event.position.value);
  pb.set_reason(parked.reason);
  *pb.mutable_parked_at() = ToTimestamp(parked.parked_at);
  pb.set_tries(parked.event.tries);
  return pb;
}

}  // namespace mlup::log
