// Reads settings of older and newer clients.
#include "services/esdb/group_settings.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "services/esdb/faults.h"

namespace mlup::esdb {
namespace {

using persistent::CreateReq;
using persistent::Settings;

// Begins what a group keeps for this face.
constexpr std::string_view kMark = "esdb\n";
// In `revision` of older clients.
constexpr std::uint64_t kFromEnd = std::numeric_limits<std::uint64_t>::max();
constexpr absl::Duration kTick = absl::Nanoseconds(100);
constexpr std::uint64_t kRevisionMax = std::numeric_limits<std::int64_t>::max();

const char* StrategyName(Settings::ConsumerStrategy strategy) {
  switch (strategy) {
    case Settings::RoundRobin:
      return "RoundRobin";
    case Settings::Pinned:
      return "Pinned";
    case Settings::PinnedByCorrelation:
      return "PinnedByCorrelation";
    default:
      return "DispatchToSingle";
  }
}

absl::StatusOr<log::Strategy> StrategyOf(const CreateReq::Options& options) {
  const std::string& name = options.settings().consumer_strategy();
  if (name == "RoundRobin") return log::Strategy::kRoundRobin;
  if (name == "DispatchToSingle") return log::Strategy::kDispatchToSingle;
  if (name == "Pinned") return log::Strategy::kPinned;
  if (name == "PinnedByCorrelation") return log::Strategy::kPinnedByCorrelation;
  return GroupFault(
      absl::StatusCode::kInvalidArgument, "persistent-subscription-failed",
      options.stream().stream_identifier().stream_name(), options.group_name(),
      absl::StrCat("there is no consumer strategy ", name,
                   "; use RoundRobin, DispatchToSingle, Pinned or PinnedByCorrelation"));
}

}  // namespace

void Modernise(CreateReq::Options& options) {
  Settings& settings = *options.mutable_settings();
  if (options.stream_option_case() == CreateReq::Options::STREAM_OPTION_NOT_SET) {
    auto& stream = *options.mutable_stream();
    *stream.mutable_stream_identifier() = options.stream_identifier();
    if (settings.revision() == kFromEnd) {
      stream.mutable_end();
    } else if (settings.revision() == 0) {
      stream.mutable_start();
    } else {
      stream.set_revision(settings.revision());
    }
  }
  options.clear_stream_identifier();
  settings.clear_revision();
  if (settings.consumer_strategy().empty()) {
    settings.set_consumer_strategy(StrategyName(settings.named_consumer_strategy()));
  }
}

absl::StatusOr<log::GroupSettings> SettingsOf(const CreateReq::Options& options) {
  const Settings& settings = options.settings();
  log::GroupSettings made;
  ASSIGN_OR_RETURN(made.rules.strategy, StrategyOf(options));
  // These clients expect several events of a stream at a time, and order only where nothing fails.
  made.rules.ordered = false;
  // Nor do they wait: the next delivery of an event is its retry.
  made.rules.retry_delay_min = made.rules.retry_delay_max = absl::ZeroDuration();
  made.rules.message_timeout = MessageTimeout(settings);
  made.rules.retries_max = static_cast<std::uint32_t>(std::max(settings.max_retry_count(), 0));
  if (settings.max_subscriber_count() > 0) {
    made.consumers_max = std::min<std::size_t>(
        static_cast<std::size_t>(settings.max_subscriber_count()), kGroupConsumersMax);
  }
  made.face_data = absl::StrCat(ToAbsl(kMark), options.SerializeAsString());
  return made;
}

std::optional<CreateReq::Options> OptionsIn(const log::GroupSettings& settings) {
  CreateReq::Options options;
  const std::string_view data = settings.face_data;
  if (!data.starts_with(kMark) ||
      !options.ParseFromArray(data.data() + kMark.size(),
                              static_cast<int>(data.size() - kMark.size()))) {
    return std::nullopt;
  }
  return options;
}

log::GroupStart StartOf(const CreateReq::StreamOptions& options) {
  log::GroupStart start;
  start.from_end = options.has_end();
  if (options.has_revision())
    start.revision = Revision{std::min(options.revision(), kRevisionMax) + 1};
  return start;
}

log::GroupStart StartOf(const CreateReq::AllOptions& options) {
  log::GroupStart start;
  start.from_end = options.has_end();
  const std::uint64_t position = options.position().commit_position();
  if (options.has_position() && position > 0) start.after = Position{position - 1};
  return start;
}

absl::Duration MessageTimeout(const Settings& settings) {
  return settings.has_message_timeout_ticks()
             ? kTick * std::max<std::int64_t>(settings.message_timeout_ticks(), 0)
             : absl::Milliseconds(std::max(settings.message_timeout_ms(), 0));
}

absl::Duration CheckpointAfter(const Settings& settings) {
  return settings.has_checkpoint_after_ticks()
             ? kTick * std::max<std::int64_t>(settings.checkpoint_after_ticks(), 0)
             : absl::Milliseconds(std::max(settings.checkpoint_after_ms(), 0));
}

}  // namespace mlup::esdb
