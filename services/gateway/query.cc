#include "services/gateway/query.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"

#include "eventstore/base/days.h"
#include "eventstore/base/utf8.h"
#include "eventstore/log/read_rules.h"
#include "eventstore/log/timestamp.h"
#include "eventstore/payload/event_types.h"
#include "services/cloudevents/cloud_event.h"

namespace mlup::gateway {
namespace {

absl::Status Bad(std::string_view reason, std::string_view field, std::string_view message) {
  return FieldError(absl::StatusCode::kInvalidArgument, reason, field, message);
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string Decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 &&
        HexDigit(text[i + 2]) >= 0) {
      decoded.push_back(static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2])));
      i += 2;
    } else {
      decoded.push_back(text[i] == '+' && plus_is_space ? ' ' : text[i]);
    }
  }
  return decoded;
}

// U+0000 to U+001F, U+007F to U+009F, in UTF-8.
bool HasControls(std::string_view text) {
  char before = 0;
  return std::any_of(text.begin(), text.end(), [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f || (std::exchange(before, c) == '\xc2' && byte < 0xa0);
  });
}

absl::Status CheckText(std::string_view text, std::string_view field) {
  if (!IsUtf8(text)) return Bad("TEXT_INVALID", field, "must be UTF-8");
  if (HasControls(text)) {
    return Bad("TEXT_INVALID", field, "must not hold control characters");
  }
  return absl::OkStatus();
}

absl::Status BadFrom(std::string_view field) {
  return Bad("FROM_INVALID", field,
             "must be start, end, a resume token, a position, or a time such as 2021-02-17 or "
             "2021-02-17T09:30:00+07:00");
}

absl::Status SetToken(absl::string_view from, std::string_view field,
                      log::v1::SubscribeRequest& request) {
  const std::vector<absl::string_view> halves = absl::StrSplit(from, '-');
  std::uint64_t position = 0;
  std::uint64_t history = 0;
  if (halves.size() != 2 || halves[1].size() != 16 || !absl::SimpleAtoi(halves[0], &position) ||
      !absl::SimpleHexAtoi(halves[1], &history)) {
    return BadFrom(field);
  }
  request.set_after_position(position);
  if (position > 0) request.set_history(history);
  return absl::OkStatus();
}

absl::Status SetStart(std::string_view from, std::string_view field,
                      log::v1::SubscribeRequest& request) {
  std::uint64_t position = 0;
  absl::Time time;
  if (from.empty() || from == "start") return absl::OkStatus();
  if (from == "end") {
    request.set_from_end(true);
  } else if (absl::SimpleAtoi(ToAbsl(from), &position)) {
    request.set_after_position(position);
  } else if (const std::optional<Day> day = ParseDay(from); day.has_value()) {
    *request.mutable_from_time() = log::ToTimestamp(StartOf(*day));
  } else if (absl::ParseTime(absl::RFC3339_full, ToAbsl(from), &time, nullptr)) {
    *request.mutable_from_time() = log::ToTimestamp(time);
  } else {
    return SetToken(ToAbsl(from), field, request);
  }
  return absl::OkStatus();
}

// Our name of a type, which may be given as CloudEvents name it.
std::string OurType(const std::string& type) {
  for (const auto* known : payload::EventTypes()) {
    if (cloudevents::TypeName(known->full_name(), 1) == type) return known->full_name();
  }
  return type;
}

absl::Status AddEntry(const std::string& entry, log::v1::Filter& filter) {
  const std::pair<std::string, std::string> halves = absl::StrSplit(entry, absl::MaxSplits(':', 1));
  const auto& [kind, value] = halves;
  if (value.empty()) {
    return Bad("FILTER_INVALID", "filter",
               absl::StrCat("`", entry, "`: each entry is kind:value, for example category:case"));
  }
  if (kind == "category") {
    filter.add_categories(value);
  } else if (kind == "type") {
    filter.add_types(OurType(value));
  } else if (kind == "type_prefix") {
    filter.add_type_prefixes(value);
  } else if (kind == "stream") {
    filter.add_stream_prefixes(value);
  } else if (kind == "place") {
    filter.add_places(value);
  } else if (kind == "sector") {
    log::v1::Sector sector = log::v1::SECTOR_UNSPECIFIED;
    if (!log::v1::Sector_Parse(absl::StrCat("SECTOR_", absl::AsciiStrToUpper(value)), &sector)) {
      return Bad("FILTER_INVALID", "filter", absl::StrCat("there is no sector ", value));
    }
    filter.add_sectors(sector);
  } else {
    return Bad(
        "FILTER_INVALID", "filter",
        absl::StrCat("`", kind, "`: use category, type, type_prefix, stream, sector or place"));
  }
  return absl::OkStatus();
}

}  // namespace

void ParseTarget(std::string_view target, HttpRequest& request) {
  const std::size_t question = std::min(target.find('?'), target.size());
  request.path = Decode(target.substr(0, question), false);
  if (question == target.size()) return;
  for (const absl::string_view pair : absl::StrSplit(ToAbsl(target.substr(question + 1)), '&')) {
    if (pair.empty()) continue;
    const std::pair<std::string, std::string> halves =
        absl::StrSplit(pair, absl::MaxSplits('=', 1));
    // A time zone's plus is not a space.
    request.query.emplace_back(Decode(halves.first, true), Decode(halves.second, false));
  }
}

absl::Status CheckTexts(const HttpRequest& request) {
  for (const auto& [name, value] : request.query) {
    RETURN_IF_ERROR(CheckText(name, "query"));
    RETURN_IF_ERROR(CheckText(value, name));
  }
  for (const std::string_view name : {"accept", "content-type", "last-event-id"}) {
    RETURN_IF_ERROR(CheckText(request.Header(name), name));
  }
  return absl::OkStatus();
}

std::string ResumeToken(Position position, std::uint64_t history) {
  return absl::StrFormat("%d-%016x", position.value, history);
}

std::string_view Parameter(const HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.query) {
    if (key == name) return value;
  }
  return {};
}

absl::StatusOr<log::v1::SubscribeRequest> ParseSubscription(const HttpRequest& request) {
  log::v1::SubscribeRequest subscription;
  const std::string_view last = request.Header("last-event-id");
  RETURN_IF_ERROR(last.empty() ? SetStart(Parameter(request, "from"), "from", subscription)
                               : SetStart(last, "last-event-id", subscription));
  for (const auto& [name, value] : request.query) {
    if (name == "filter") {
      for (const std::string& entry : std::vector<std::string>(absl::StrSplit(value, ','))) {
        RETURN_IF_ERROR(AddEntry(entry, *subscription.mutable_filter()));
      }
    } else if (name != "from" && name != "limit") {
      return Bad("PARAMETER_UNKNOWN", name, "use from, filter and limit");
    }
  }
  RETURN_IF_ERROR(log::CheckSubscribe(subscription));
  return subscription;
}

}  // namespace mlup::gateway
