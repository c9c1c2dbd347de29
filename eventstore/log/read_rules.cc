#include "eventstore/log/read_rules.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "eventstore/base/status.h"
#include "eventstore/log/append_rules.h"

namespace mlup::log {
namespace {

absl::Status InvalidRead(std::string_view reason, std::string_view field,
                         std::string_view message) {
  return FieldError(absl::StatusCode::kInvalidArgument, reason, field, message);
}

bool IsPlace(const std::string& place) {
  if (place == "unknown" || place == "remote") return true;
  const bool digits =
      std::all_of(place.begin(), place.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits && !place.empty() && place.size() % 2 == 0 && place.size() <= 8;
}

absl::Status CheckPage(v1::Direction direction, std::uint32_t limit) {
  if (!v1::Direction_IsValid(direction)) {
    return InvalidRead("DIRECTION_INVALID", "direction", "must be forward or backward");
  }
  if (limit > kReadEventsMax) {
    return InvalidRead("LIMIT_TOO_LARGE", "limit", absl::StrCat("at most ", kReadEventsMax));
  }
  return absl::OkStatus();
}

// `system`, or `system/id`; an id may hold anything.
bool IsFrom(std::string_view source, const RecordView& record) {
  const std::size_t slash = source.find('/');
  if (record.source_system.empty() || source.substr(0, slash) != record.source_system) return false;
  return slash == std::string_view::npos || source.substr(slash + 1) == record.source_id;
}

}  // namespace

absl::Status CheckReadStream(const v1::ReadStreamRequest& request) {
  if (!IsStreamName(request.stream())) {
    return InvalidRead("STREAM_NAME_INVALID", "stream", "must be <category>/<id>");
  }
  return CheckPage(request.direction(), request.limit());
}

absl::Status CheckReadAll(const v1::ReadAllRequest& request) {
  RETURN_IF_ERROR(CheckPage(request.direction(), request.limit()));
  return CheckFilter(request.filter());
}

absl::Status CheckSubscribe(const v1::SubscribeRequest& request) {
  if (request.from_end() && (request.after_position() > 0 || request.has_from_time())) {
    return InvalidRead("START_AMBIGUOUS", "from_end",
                       "not together with after_position or from_time");
  }
  if (request.has_from_time()) {
    if (request.after_position() > 0) {
      return InvalidRead("START_AMBIGUOUS", "from_time", "not together with after_position");
    }
    if (request.from_time().nanos() < 0 || request.from_time().nanos() > 999'999'999) {
      return InvalidRead("TIME_INVALID", "from_time", "nanos from 0 to 999999999");
    }
  }
  if (request.history() != 0 && request.after_position() == 0) {
    return InvalidRead("HISTORY_WITHOUT_POSITION", "history", "belongs to an after_position");
  }
  if (request.batch_max() > kReadEventsMax) {
    return InvalidRead("LIMIT_TOO_LARGE", "batch_max", absl::StrCat("at most ", kReadEventsMax));
  }
  return CheckFilter(request.filter());
}

absl::Status CheckFilter(const v1::Filter& filter, std::string_view field) {
  const auto path = [&](std::string_view list) {
    return absl::StrCat(ToAbsl(field), ".", ToAbsl(list));
  };
  const auto check_texts = [&](const auto& texts, std::string_view list, auto valid,
                               std::string_view rule) -> absl::Status {
    if (static_cast<std::size_t>(texts.size()) > kFilterEntriesMax) {
      return InvalidRead("FILTER_TOO_LARGE", path(list),
                         absl::StrCat("at most ", kFilterEntriesMax, " entries"));
    }
    const auto bad = std::find_if_not(texts.begin(), texts.end(), valid);
    if (bad == texts.end()) return absl::OkStatus();
    return InvalidRead("FILTER_INVALID", absl::StrCat(path(list), "[", bad - texts.begin(), "]"),
                       rule);
  };
  const auto is_text = [](const std::string& text) {
    return !text.empty() && text.size() <= kFilterTextMax;
  };
  const std::string text_rule = absl::StrCat("1 to ", kFilterTextMax, " bytes");
  RETURN_IF_ERROR(check_texts(filter.categories(), "categories", is_text, text_rule));
  RETURN_IF_ERROR(check_texts(filter.types(), "types", is_text, text_rule));
  RETURN_IF_ERROR(check_texts(filter.stream_prefixes(), "stream_prefixes", is_text, text_rule));
  RETURN_IF_ERROR(check_texts(filter.type_prefixes(), "type_prefixes", is_text, text_rule));
  RETURN_IF_ERROR(check_texts(
      filter.sectors(), "sectors",
      [](int sector) { return sector != 0 && v1::Sector_IsValid(sector); }, "must be a sector"));
  RETURN_IF_ERROR(check_texts(filter.places(), "places", IsPlace,
                              "2, 4, 6 or 8 digits of the gazetteer, `unknown` or `remote`"));
  RETURN_IF_ERROR(check_texts(filter.correlation_ids(), "correlation_ids", is_text, text_rule));
  return check_texts(filter.sources(), "sources", is_text, text_rule);
}

bool MatchesFilter(const v1::Filter& filter, const RecordView& record) {
  const auto is = [](std::string_view text) {
    return [text](const std::string& entry) { return text == entry; };
  };
  const auto begins = [](std::string_view text) {
    return [text](const std::string& entry) { return text.starts_with(entry); };
  };
  const auto fits = [](const auto& list, auto entry_fits) {
    return list.empty() || std::any_of(list.begin(), list.end(), entry_fits);
  };
  return fits(filter.categories(), is(CategoryOf(record.stream))) &&
         fits(filter.types(), is(record.type)) &&
         fits(filter.stream_prefixes(), begins(record.stream)) &&
         fits(filter.type_prefixes(), begins(record.type)) &&
         fits(filter.sectors(), [&](int sector) { return sector == record.sector; }) &&
         // Codes are of pairs of digits and no word begins with another, so that what begins with a
         // place lies in it.
         fits(filter.places(), begins(record.place)) &&
         fits(filter.correlation_ids(), is(record.correlation_id)) &&
         fits(filter.sources(), [&](const std::string& one) { return IsFrom(one, record); });
}

bool MatchesAll(const v1::Filter& filter) {
  return filter.categories().empty() && filter.types().empty() &&
         filter.stream_prefixes().empty() && filter.type_prefixes().empty() &&
         filter.sectors().empty() && filter.places().empty() && filter.correlation_ids().empty() &&
         filter.sources().empty();
}

bool IsSystem(std::string_view stream) { return CategoryFor(stream).appender == Appender::kLog; }

Walk PlanWalk(std::uint64_t from, v1::Direction direction, std::uint64_t head) {
  if (direction == v1::DIRECTION_BACKWARD) {
    const std::uint64_t first = from == 0 ? head : std::min(from, head);
    return {.first = first, .count = first, .backward = true};
  }
  const std::uint64_t first = std::max<std::uint64_t>(from, 1);
  return {.first = first, .count = first > head ? 0 : head - first + 1, .backward = false};
}

}  // namespace mlup::log
