#include "eventstore/log/read_rules.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "eventstore/base/status.h"
#include "eventstore/log/append_rules.h"

namespace mlup::log {
namespace {

absl::Status Invalid(std::string_view reason, std::string_view field, std::string_view message) {
  return FieldError(absl::StatusCode::kInvalidArgument, reason, field, message);
}

absl::Status CheckPage(v1::Direction direction, std::uint32_t limit) {
  if (!v1::Direction_IsValid(direction)) {
    return Invalid("DIRECTION_INVALID", "direction", "must be forward or backward");
  }
  if (limit > kReadEventsMax) {
    return Invalid("LIMIT_TOO_LARGE", "limit", absl::StrCat("at most ", kReadEventsMax));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckReadStream(const v1::ReadStreamRequest& request) {
  if (!IsStreamName(request.stream())) {
    return Invalid("STREAM_NAME_INVALID", "stream", "must be <category>/<id>");
  }
  return CheckPage(request.direction(), request.limit());
}

absl::Status CheckReadAll(const v1::ReadAllRequest& request) {
  RETURN_IF_ERROR(CheckPage(request.direction(), request.limit()));
  return CheckFilter(request.filter());
}

absl::Status CheckFilter(const v1::Filter& filter) {
  if (static_cast<std::size_t>(filter.categories_size()) > kRepeatedItemsMax) {
    return Invalid("FILTER_TOO_LARGE", "filter.categories",
                   absl::StrCat("at most ", kRepeatedItemsMax));
  }
  if (static_cast<std::size_t>(filter.types_size()) > kRepeatedItemsMax) {
    return Invalid("FILTER_TOO_LARGE", "filter.types", absl::StrCat("at most ", kRepeatedItemsMax));
  }
  return absl::OkStatus();
}

bool Matches(const v1::Filter& filter, const v1::Record& record) {
  const auto contains = [](const auto& list, std::string_view item) {
    return list.empty() || std::find(list.begin(), list.end(), item) != list.end();
  };
  return contains(filter.categories(), CategoryOf(record.stream())) &&
         contains(filter.types(), record.event().type());
}

Walk PlanWalk(std::uint64_t from, v1::Direction direction, std::uint64_t head) {
  if (direction == v1::DIRECTION_BACKWARD) {
    const std::uint64_t first = from == 0 ? head : std::min(from, head);
    return {.first = first, .count = first, .backward = true};
  }
  const std::uint64_t first = std::max<std::uint64_t>(from, 1);
  return {.first = first, .count = first > head ? 0 : head - first + 1, .backward = false};
}

}  // namespace mlup::log
