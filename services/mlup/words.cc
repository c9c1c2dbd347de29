#include "services/mlup/words.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

#include "eventstore/base/local_time.h"
#include "eventstore/log/timestamp.h"

namespace mlup::cli {
namespace {

constexpr char kSecond[] = "%Y-%m-%d %H:%M:%S";
constexpr char kMinute[] = "%Y-%m-%d %H:%M";

std::string FormatInstant(absl::Time time, const char* format) {
  return absl::FormatTime(format, time, PhnomPenh());
}

std::string FormatInstant(const google::protobuf::Timestamp& time, const char* format) {
  if (time.seconds() == 0 && time.nanos() == 0) return "";
  return FormatInstant(log::FromTimestamp(time), format);
}

// `WhyNone` as `WHY_NONE_`, the beginning of the names of its values.
std::string ValuePrefix(const google::protobuf::EnumDescriptor& type) {
  std::string prefix(type.FindValueByNumber(0)->name());
  return std::string(absl::StripSuffix(prefix, "UNSPECIFIED"));
}

std::string Quarter(const std::string& first_day) {
  const int month = (first_day[5] - '0') * 10 + (first_day[6] - '0');
  return absl::StrCat(first_day.substr(0, 4), "-Q", (month + 2) / 3);
}

}  // namespace

std::string EnumCode(const google::protobuf::EnumDescriptor& type, int number) {
  if (number == 0) return "";
  const google::protobuf::EnumValueDescriptor* value = type.FindValueByNumber(number);
  if (value == nullptr) return absl::StrCat(number);
  return absl::AsciiStrToLower(absl::StripPrefix(value->name(), ValuePrefix(type)));
}

std::string EnumWords(const google::protobuf::EnumDescriptor& type, int number) {
  return absl::StrReplaceAll(EnumCode(type, number), {{"_", " "}});
}

std::string OccurredWords(const log::v1::Occurred& occurred) {
  const bool has_day = occurred.from().size() == 10;
  switch (occurred.precision()) {
    case log::v1::PRECISION_INSTANT:
      return FormatInstant(occurred.instant(), kMinute);
    case log::v1::PRECISION_MONTH:
      return occurred.from().substr(0, 7);
    case log::v1::PRECISION_QUARTER:
      return has_day ? Quarter(occurred.from()) : occurred.from();
    case log::v1::PRECISION_YEAR:
      return occurred.from().substr(0, 4);
    case log::v1::PRECISION_INTERVAL:
      return absl::StrCat(occurred.from(), "..", occurred.to());
    case log::v1::PRECISION_UNKNOWN:
      return "unknown";
    default:
      return occurred.from();
  }
}

std::string GrantWords(const identity::v1::RoleGranted& grant) {
  std::string words =
      absl::StrCat(grant.organisation_id(), ", ",
                   EnumWords(*identity::v1::GrantScope_descriptor(), grant.scope()));
  for (const std::string& named : {grant.team(), grant.province()}) {
    if (!named.empty()) absl::StrAppend(&words, " ", named);
  }
  if (grant.sector() != log::v1::SECTOR_UNSPECIFIED) {
    absl::StrAppend(&words, " ", EnumWords(*log::v1::Sector_descriptor(), grant.sector()));
  }
  if (!grant.from().empty()) absl::StrAppend(&words, ", from ", grant.from());
  if (!grant.until().empty()) absl::StrAppend(&words, ", until ", grant.until());
  return words;
}

std::string TimeWords(const google::protobuf::Timestamp& time) {
  return FormatInstant(time, kSecond);
}

std::string TimeWords(absl::Time time) { return FormatInstant(time, kSecond); }

std::string MinuteWords(absl::Time time) { return FormatInstant(time, kMinute); }

std::string DayWords(const google::protobuf::Timestamp& time) {
  return FormatInstant(time, "%Y-%m-%d");
}

}  // namespace mlup::cli
