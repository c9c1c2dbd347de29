// Puts positions and revisions into words.
#include "services/esdb/group_info.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "eventstore/base/status.h"
#include "services/esdb/group_settings.h"

namespace mlup::esdb {
namespace {

using persistent::CreateReq;
using persistent::SubscriptionInfo;

std::string PositionText(std::int64_t position) {
  return absl::StrCat("C:", position, "/P:", position);
}

// Empty before the first event, and for a virtual stream.
std::string PlaceText(const log::GroupStart& start, bool whole_log, Position position,
                      Revision revision) {
  if (whole_log) {
    const bool none = position.value == 0 || (start.after.has_value() && position <= *start.after);
    return none ? "" : PositionText(static_cast<std::int64_t>(position.value));
  }
  const bool none =
      revision.value == 0 || (start.revision.has_value() && revision < *start.revision);
  return none ? "" : absl::StrCat(revision.value - 1);
}

std::string StartText(const CreateReq::Options& options) {
  if (options.has_all()) {
    if (options.all().has_end()) return PositionText(-1);
    return PositionText(static_cast<std::int64_t>(options.all().position().commit_position()));
  }
  return options.stream().has_end() ? "-1" : absl::StrCat(options.stream().revision());
}

const char* ConditionText(log::GroupCondition condition) {
  switch (condition) {
    case log::GroupCondition::kLive:
      return "Live";
    case log::GroupCondition::kCatchingUp:
      return "Behind";
    case log::GroupCondition::kStalled:
      break;
  }
  return "Stalled";
}

// Nobody is behind with what no consumer was given: that may be hidden.
log::GroupCondition ConditionTold(const log::GroupStatus& status, bool whole_log) {
  const bool idle = status.in_flight + status.waiting_for_retry + status.parked == 0;
  return idle && !whole_log ? log::GroupCondition::kLive : status.condition;
}

std::int32_t Milliseconds(absl::Duration duration) {
  return static_cast<std::int32_t>(
      std::min<std::int64_t>(absl::ToInt64Milliseconds(duration), 0x7fffffff));
}

void PutSettings(const CreateReq::Options& options, SubscriptionInfo& info) {
  const persistent::Settings& settings = options.settings();
  info.set_resolve_link_tos(settings.resolve_links());
  info.set_start_from(StartText(options));
  info.set_message_timeout_milliseconds(Milliseconds(MessageTimeout(settings)));
  info.set_extra_statistics(settings.extra_statistics());
  info.set_max_retry_count(settings.max_retry_count());
  info.set_live_buffer_size(settings.live_buffer_size());
  info.set_buffer_size(settings.history_buffer_size());
  info.set_read_batch_size(settings.read_batch_size());
  info.set_check_point_after_milliseconds(Milliseconds(CheckpointAfter(settings)));
  info.set_min_check_point_count(settings.min_checkpoint_count());
  info.set_max_check_point_count(settings.max_checkpoint_count());
  info.set_named_consumer_strategy(settings.consumer_strategy());
  info.set_max_subscriber_count(settings.max_subscriber_count());
}

void PutConsumer(const log::ConsumerStatus& consumer,
                 SubscriptionInfo::ConnectionInfo& connection) {
  std::vector<std::string> words = absl::StrSplit(consumer.name, absl::MaxSplits(' ', 2));
  words.resize(3);
  connection.set_from(words[0]);
  connection.set_username(words[1]);
  connection.set_connection_name(words[2]);
  connection.set_total_items(static_cast<std::int64_t>(consumer.delivered));
  connection.set_in_flight_messages(static_cast<std::int32_t>(consumer.in_flight));
  connection.set_available_slots(
      static_cast<std::int32_t>(consumer.credits - std::min(consumer.credits, consumer.in_flight)));
}

}  // namespace

SubscriptionInfo InfoOf(const log::GroupStatus& status, const CreateReq::Options& options,
                        Revision shown) {
  SubscriptionInfo info;
  info.set_event_source(options.has_all() ? "$all"
                                          : options.stream().stream_identifier().stream_name());
  info.set_group_name(options.group_name());
  info.set_status(ConditionText(ConditionTold(status, options.has_all())));
  PutSettings(options, info);
  info.set_last_known_event_position(
      PlaceText(status.definition.start, options.has_all(), status.read_to, shown));
  info.set_last_checkpointed_event_position(PlaceText(status.definition.start, options.has_all(),
                                                      status.checkpoint,
                                                      std::min(shown, status.checkpoint_revision)));
  info.set_total_items(static_cast<std::int64_t>(status.delivered));
  info.set_retry_buffer_count(static_cast<std::int32_t>(status.waiting_for_retry));
  info.set_total_in_flight_messages(static_cast<std::int32_t>(status.in_flight));
  info.set_outstanding_messages_count(
      static_cast<std::int32_t>(status.in_flight + status.waiting_for_retry));
  info.set_parked_message_count(static_cast<std::int64_t>(status.parked));
  for (const log::ConsumerStatus& consumer : status.consumers) {
    PutConsumer(consumer, *info.add_connections());
  }
  return info;
}

std::string ConsumerName(std::string_view peer, std::string_view user,
                         std::string_view connection) {
  return absl::StrCat(ToAbsl(peer), " ", ToAbsl(user), " ", ToAbsl(connection.substr(0, 100)));
}

}  // namespace mlup::esdb
