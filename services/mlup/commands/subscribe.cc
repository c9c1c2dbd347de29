// `mlup subscribe`: follows events as JSON lines, through restarts of either side.
#include "services/mlup/commands/subscribe.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/blake2b.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/passing.h"
#include "eventstore/base/status.h"
#include "eventstore/json/enum_values.h"
#include "eventstore/json/json_text.h"
#include "eventstore/log/start_point.h"
#include "eventstore/payload/filter_names.h"
#include "services/fields/text_format.h"
#include "services/fields/validator.h"
#include "services/mlup/record_line.h"
#include "services/mlup/server_rpc.h"

namespace mlup::cli {
namespace {

constexpr absl::Duration kWaitMin = absl::Milliseconds(200);
constexpr absl::Duration kWaitMax = absl::Seconds(10);

absl::Status Invalid(std::string_view option, std::string_view words) {
  return FieldError(absl::StatusCode::kInvalidArgument, "OPTION_INVALID", option, words);
}

// Refuses an option that no event can fit, in words of payload/filter_names.h.
absl::Status Fits(std::string_view option, const std::string& value, const std::string& problem) {
  return problem.empty() ? absl::OkStatus()
                         : Invalid(option, absl::StrCat("`", value, "`: ", problem));
}

absl::Status AddChoice(const EventChoice& choice, log::v1::SubscribeRequest& request) {
  log::v1::Filter& filter = *request.mutable_filter();
  for (const std::string& category : choice.categories) {
    RETURN_IF_ERROR(Fits("--category", category, payload::NoSuchCategory(category)));
    filter.add_categories(category);
  }
  for (const std::string& type : choice.types) {
    if (type.ends_with(".")) {
      RETURN_IF_ERROR(Fits("--type", type, payload::NoSuchTypes(type)));
      filter.add_type_prefixes(type);
    } else {
      RETURN_IF_ERROR(Fits("--type", type, payload::NoSuchType(type)));
      filter.add_types(type);
    }
  }
  for (const std::string& place : choice.places) {
    if (!fields::HasFormat(place, command::v1::FORMAT_PLACE)) {
      return Invalid("--place", absl::StrCat("`", place, "` must be ",
                                             fields::FormatWords(command::v1::FORMAT_PLACE)));
    }
  }
  for (const std::string& stream : choice.streams) {
    RETURN_IF_ERROR(Fits("--stream", stream, payload::NoSuchStreams(stream)));
    filter.add_stream_prefixes(stream);
  }
  for (const std::string& place : choice.places) filter.add_places(place);
  for (const std::string& id : choice.correlations) filter.add_correlation_ids(id);
  for (const std::string& source : choice.sources) filter.add_sources(source);
  for (const std::string& sector : choice.sectors) {
    log::v1::Sector value = log::v1::SECTOR_UNSPECIFIED;
    if (!log::v1::Sector_Parse("SECTOR_" + absl::AsciiStrToUpper(sector), &value)) {
      return Invalid("--sector",
                     absl::StrCat("`", sector, "` ",
                                  strict::MustBeOneOf(
                                      strict::ValueWords(*log::v1::Sector_descriptor()), sector)));
    }
    filter.add_sectors(value);
  }
  request.set_include_system(choice.system);
  return absl::OkStatus();
}

// Waits without anything to wait for.
void Pause(absl::Duration duration) {
  Mutex mutex;
  Condition never;
  MutexLock lock(mutex);
  never.WaitFor(mutex, absl::ToChronoMilliseconds(duration));
}

// Follows until it is told to stop, and begins again where it was when the daemon goes away.
class Follower {
 public:
  Follower(const Session& session, const SubscribeOptions& options)
      : session_(session), options_(options), server_(session.server) {}

  absl::Status Run() {
    ASSIGN_OR_RETURN(request_, RequestOf(options_));
    if (!options_.state.empty()) {
      ASSIGN_OR_RETURN(place_, ReadPlace(SystemFiles(), options_.state, placed_));
      ASSIGN_OR_RETURN(place_, PlaceFor(place_, FilterOf(request_)));
    }
    absl::Duration wait = kWaitMin;
    while (true) {
      moved_ = false;
      absl::Status status = server_.Follow(
          Next(), [this](const log::v1::SubscribeResponse& message) { return Take(message); });
      if (!failure_.ok()) return failure_;
      if (done_) return absl::OkStatus();
      if (!MayPass(status)) return status;
      if (moved_) wait = kWaitMin;
      session_.err << "mlup: no answer from " << session_.server << " (" << ToStd(status.message())
                   << "); at position " << place_.position << ", trying again in "
                   << absl::FormatDuration(wait) << std::endl;
      Pause(wait);
      wait = std::min(wait * 2, kWaitMax);
    }
  }

 private:
  // Where the daemon may only have gone away, or has too much to do.
  static bool MayPass(const absl::Status& status) { return status.ok() || IsPassing(status); }

  log::v1::SubscribeRequest Next() const {
    log::v1::SubscribeRequest request = request_;
    if (!placed_) return request;
    request.clear_from_end();
    request.clear_from_time();
    request.set_after_position(place_.position);
    request.set_history(place_.position == 0 ? 0 : place_.history);
    return request;
  }

  bool Take(const log::v1::SubscribeResponse& message) {
    moved_ = true;
    for (const log::v1::Record& record : message.batch().records()) {
      session_.out << RecordLine(record) << "\n";
    }
    if (!(session_.out << std::flush)) {
      failure_ = Error(absl::StatusCode::kFailedPrecondition, "OUTPUT_FAILED",
                       "standard output cannot be written");
      return false;
    }
    const Place now = PlaceAfter(message, place_);
    // Only what has been handed on is kept: what comes twice after a crash was printed before it.
    if (!options_.state.empty() && now != place_) {
      failure_ = WritePlace(SystemFiles(), options_.state, now);
      if (!failure_.ok()) return false;
    }
    place_ = now;
    placed_ = true;
    done_ = options_.until_caught_up && message.has_caught_up();
    return !done_;
  }

  const Session& session_;
  const SubscribeOptions& options_;
  Server server_;
  log::v1::SubscribeRequest request_;
  Place place_;
  bool placed_ = false;
  bool moved_ = false;
  bool done_ = false;
  absl::Status failure_;
};

}  // namespace

absl::StatusOr<log::v1::SubscribeRequest> RequestOf(const SubscribeOptions& options) {
  log::v1::SubscribeRequest request;
  RETURN_IF_ERROR(AddChoice(options.choice, request));
  const absl::Status start = log::SetStart(options.from, "--from", request);
  if (!start.ok()) return Invalid("--from", ToStd(start.message()));
  return request;
}

std::string FilterOf(const log::v1::SubscribeRequest& request) {
  const std::string bytes = request.filter().SerializeAsString();
  return absl::BytesToHexString(Blake2b(absl::StrCat(request.include_system(), bytes), 16));
}

absl::StatusOr<Place> PlaceFor(const Place& kept, const std::string& filter) {
  if (!kept.filter.empty() && kept.filter != filter) {
    return Error(absl::StatusCode::kFailedPrecondition, "STATE_OF_ANOTHER_FILTER",
                 "the file of --state was kept for other options: use them again, or another file");
  }
  return Place{kept.position, kept.history, filter};
}

Place PlaceAfter(const log::v1::SubscribeResponse& message, const Place& before) {
  Place place = before;
  switch (message.kind_case()) {
    case log::v1::SubscribeResponse::kBatch:
      if (message.batch().records().empty()) return before;
      place.position = message.batch().records().rbegin()->position();
      break;
    case log::v1::SubscribeResponse::kCheckpoint:
      place.position = message.checkpoint().position();
      break;
    case log::v1::SubscribeResponse::kCaughtUp:
      place.position = message.caught_up().position();
      break;
    case log::v1::SubscribeResponse::KIND_NOT_SET:
      return before;
  }
  place.history = message.history();
  return place;
}

absl::StatusOr<Place> ReadPlace(Files& files, const std::string& path, bool& found) {
  ASSIGN_OR_RETURN(found, files.Exists(path));
  Place place;
  if (!found) return place;
  ASSIGN_OR_RETURN(const std::string text, files.ReadAll(path));
  const auto json = strict::ParseJson(text);
  const auto member = [&json](const char* name) {
    const bool is_there = json.ok() && json->is_object() && json->contains(name);
    return is_there ? (*json)[name] : nlohmann::json();
  };
  const nlohmann::json position = member("position");
  const nlohmann::json history = member("history");
  const bool valid = position.is_number_unsigned() && history.is_string() &&
                     absl::SimpleHexAtoi(history.get<std::string>(), &place.history);
  if (!valid) {
    return Error(absl::StatusCode::kFailedPrecondition, "STATE_INVALID",
                 absl::StrCat(path, " is not a file that `mlup subscribe --state` wrote"));
  }
  place.position = position.get<std::uint64_t>();
  const nlohmann::json filter = member("filter");
  if (filter.is_string()) place.filter = filter.get<std::string>();
  return place;
}

absl::Status WritePlace(Files& files, const std::string& path, const Place& place) {
  const nlohmann::ordered_json json = {
      {"position", place.position},
      {"history", absl::StrCat(absl::Hex(place.history, absl::kZeroPad16))},
      {"filter", place.filter}};
  return files.Replace(path, json.dump() + "\n");
}

int RunSubscribe(const Session& session, const SubscribeOptions& options) {
  const absl::Status status = Follower(session, options).Run();
  if (status.ok()) return kExitOk;
  return ErrorReason(status) == "OPTION_INVALID" ? FailUsage(session, status)
                                                 : Fail(session, status);
}

}  // namespace mlup::cli
