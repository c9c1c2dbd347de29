#include "services/gateway/query.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "eventstore/base/utf8.h"
#include "eventstore/json/enum_values.h"
#include "eventstore/log/read_rules.h"
#include "eventstore/log/start_point.h"
#include "eventstore/payload/event_types.h"
#include "eventstore/payload/filter_names.h"
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

// Our name of a type, which may be given as CloudEvents name it.
std::string OurType(const std::string& type) {
  for (const auto* known : payload::EventTypes()) {
    if (cloudevents::TypeName(known->full_name(), 1) == type) return known->full_name();
  }
  return type;
}

// Refuses what no event can fit, in words of payload/filter_names.h.
absl::Status Fits(const std::string& problem, const std::string& entry) {
  if (problem.empty()) return absl::OkStatus();
  return Bad("FILTER_INVALID", "filter", absl::StrCat("`", entry, "`: ", problem));
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
    return Fits(payload::NoSuchCategory(value), entry);
  }
  if (kind == "type") {
    const std::string type = OurType(value);
    filter.add_types(type);
    return Fits(payload::NoSuchType(type), entry);
  }
  if (kind == "type_prefix") {
    filter.add_type_prefixes(value);
    return Fits(payload::NoSuchTypes(value), entry);
  }
  if (kind == "stream") {
    filter.add_stream_prefixes(value);
    return Fits(payload::NoSuchStreams(value), entry);
  }
  if (kind == "place") {
    filter.add_places(value);
    return absl::OkStatus();
  }
  if (kind == "correlation") {
    filter.add_correlation_ids(value);
    return absl::OkStatus();
  }
  if (kind == "source") {
    filter.add_sources(value);
    return absl::OkStatus();
  }
  if (kind != "sector") {
    return Bad("FILTER_INVALID", "filter",
               absl::StrCat("`", kind,
                            "`: use category, type, type_prefix, stream, sector, place, "
                            "correlation or source"));
  }
  log::v1::Sector sector = log::v1::SECTOR_UNSPECIFIED;
  if (!log::v1::Sector_Parse(absl::StrCat("SECTOR_", absl::AsciiStrToUpper(value)), &sector)) {
    return Fits(strict::MustBeOneOf(strict::ValueWords(*log::v1::Sector_descriptor()), value),
                entry);
  }
  filter.add_sectors(sector);
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

std::string_view Parameter(const HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.query) {
    if (key == name) return value;
  }
  return {};
}

absl::StatusOr<log::v1::SubscribeRequest> ParseSubscription(const HttpRequest& request) {
  log::v1::SubscribeRequest subscription;
  const std::string_view last = request.Header("last-event-id");
  RETURN_IF_ERROR(last.empty() ? log::SetStart(Parameter(request, "from"), "from", subscription)
                               : log::SetStart(last, "last-event-id", subscription));
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
