#include "services/fields/occurred.h"

#include <string>

#include "absl/strings/str_cat.h"

#include "eventstore/log/timestamp.h"
#include "services/fields/relations.h"

namespace mlup::fields {
namespace {

using log::v1::Occurred;

absl::Status Invalid(const std::string& field, std::string_view message) {
  return FieldError(absl::StatusCode::kInvalidArgument, "OCCURRED_INVALID", field, message);
}

// The month, quarter or year that holds `day`, in the short form.
std::string PeriodOf(Day day, log::v1::Precision precision) {
  const std::string text = FormatDay(day);
  if (precision == log::v1::PRECISION_MONTH) return text.substr(0, 7);
  if (precision == log::v1::PRECISION_YEAR) return text.substr(0, 4);
  const int month = (text[5] - '0') * 10 + (text[6] - '0');
  return absl::StrCat(text.substr(0, 4), "-Q", (month + 2) / 3);
}

// A month, quarter or year in its short form, or as its first and (if given) last day.
std::optional<DayRange> ParseWhole(const Occurred& stated) {
  const auto given = ParsePeriod(stated.from());
  if (!given) return std::nullopt;
  const std::string period = PeriodOf(given->first, stated.precision());
  const auto whole = ParsePeriod(period);
  const bool short_form = stated.from() == period;
  const bool first_day = given->first == given->last && given->first == whole->first;
  if (!short_form && !first_day) return std::nullopt;
  if (!stated.to().empty() && ParseDay(stated.to()) != whole->last) return std::nullopt;
  return whole;
}

absl::StatusOr<DayRange> ParseDays(const Occurred& stated, const std::string& field) {
  const auto from = ParseDay(stated.from());
  const auto to = stated.to().empty() ? from : ParseDay(stated.to());
  const std::string from_field = absl::StrCat(field, ".from");
  switch (stated.precision()) {
    case log::v1::PRECISION_INSTANT: {
      if (!stated.has_instant()) return Invalid(absl::StrCat(field, ".instant"), "must be given");
      const Day day = DayOf(log::FromTimestamp(stated.instant()));
      if (!stated.from().empty() && (from != day || to != day)) {
        return Invalid(from_field, "must be empty or the day of the instant in Phnom Penh");
      }
      return DayRange{day, day};
    }
    case log::v1::PRECISION_DAY:
      if (!from || to != from) return Invalid(from_field, "must be one day such as 2021-02-17");
      return DayRange{*from, *from};
    case log::v1::PRECISION_MONTH:
    case log::v1::PRECISION_QUARTER:
    case log::v1::PRECISION_YEAR: {
      const auto whole = ParseWhole(stated);
      if (!whole) {
        return Invalid(from_field,
                       "must be a whole month 2021-02, quarter 2021-Q1 or year 2021, as "
                       "the precision says");
      }
      return *whole;
    }
    case log::v1::PRECISION_INTERVAL:
      if (!from) return Invalid(from_field, "must be a day such as 2021-02-17");
      if (stated.to().empty() || !to || *to < *from) {
        return Invalid(absl::StrCat(field, ".to"), "must be a day not before the first");
      }
      return DayRange{*from, *to};
    case log::v1::PRECISION_UNKNOWN:
    case log::v1::PRECISION_UNSPECIFIED:
    case log::v1::Precision_INT_MIN_SENTINEL_DO_NOT_USE_:
    case log::v1::Precision_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return Invalid(absl::StrCat(field, ".precision"), "has no days");
}

}  // namespace

absl::StatusOr<Occurred> NormaliseOccurred(const Occurred& stated, Day today,
                                           std::string_view field) {
  const std::string path(field);
  if (stated.precision() == log::v1::PRECISION_UNSPECIFIED) {
    return FieldError(absl::StatusCode::kInvalidArgument, "FIELD_REQUIRED",
                      absl::StrCat(path, ".precision"), "must be given");
  }
  if (stated.has_instant() && stated.precision() != log::v1::PRECISION_INSTANT) {
    return Invalid(absl::StrCat(path, ".instant"), "is for precision INSTANT only");
  }
  Occurred stored = stated;
  if (stated.precision() == log::v1::PRECISION_UNKNOWN) {
    if (!stated.from().empty() || !stated.to().empty()) {
      return Invalid(absl::StrCat(path, ".from"), "must be empty when the day is not known");
    }
    return stored;
  }
  ASSIGN_OR_RETURN(const DayRange days, ParseDays(stated, path));
  if (days.first > today) {
    return FieldError(absl::StatusCode::kInvalidArgument, "OCCURRED_IN_FUTURE",
                      absl::StrCat(path, ".from"),
                      absl::StrCat("must not be after today, ", FormatDay(today),
                                   BuddhistEraHint(stated.from())));
  }
  stored.set_from(FormatDay(days.first));
  stored.set_to(FormatDay(days.last));
  return stored;
}

std::optional<DayRange> DaysOf(const Occurred& stored) {
  const auto from = ParseDay(stored.from());
  const auto to = ParseDay(stored.to());
  if (!from || !to) return std::nullopt;
  return DayRange{*from, *to};
}

absl::Status CheckSourceRecordedAt(const command::v1::CommandContext& context,
                                   const std::optional<DayRange>& days, absl::Time now) {
  if (context.allow_unregistered() && context.channel() != log::v1::CHANNEL_IMPORT) {
    return FieldError(absl::StatusCode::kInvalidArgument, "ALLOW_UNREGISTERED_INVALID",
                      "context.allow_unregistered", "is for channel IMPORT only");
  }
  if (!context.has_source_recorded_at()) return absl::OkStatus();
  const auto invalid = [](std::string_view message) {
    return FieldError(absl::StatusCode::kInvalidArgument, "SOURCE_RECORDED_AT_INVALID",
                      "context.source_recorded_at", message);
  };
  const absl::Time recorded = log::FromTimestamp(context.source_recorded_at());
  if (context.channel() != log::v1::CHANNEL_IMPORT) return invalid("is for channel IMPORT only");
  if (recorded > now) return invalid("must not be in the future");
  if (days && DayOf(recorded) < days->first) return invalid("must not be before it happened");
  return absl::OkStatus();
}

}  // namespace mlup::fields
