#include "services/fields/relations.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include <google/protobuf/descriptor.h>

#include "eventstore/base/check.h"
#include "eventstore/base/decimal.h"
#include "eventstore/payload/payload.h"
#include "mlup/command/v1/command.pb.h"
#include "mlup/event/v1/event_options.pb.h"

namespace mlup::fields {
namespace {

using command::v1::FieldRule;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Years of the Buddhist era are this much more.
constexpr int kBuddhistEra = 543;
constexpr int kBuddhistYearMin = 2400;
constexpr int kBuddhistYearMax = 2700;

absl::Status Wrong(std::string_view reason, const std::string& path, std::string_view message) {
  return FieldError(absl::StatusCode::kInvalidArgument, reason, path, message);
}

// The values' names in lower case without their common prefix.
std::vector<std::string> WordsOf(const EnumDescriptor& type) {
  std::string first = type.value(0)->name();
  const std::size_t prefix = first.size() - std::min(first.size(), std::size_t{11});
  std::vector<std::string> words;
  words.reserve(static_cast<std::size_t>(type.value_count()));
  // The first value says that none is given: PERSON_ROLE_UNSPECIFIED.
  for (int i = 1; i < type.value_count(); ++i) {
    words.push_back(absl::AsciiStrToLower(type.value(i)->name().substr(prefix)));
  }
  return words;
}

// One pass over one event.
class RelationsWalk {
 public:
  RelationsWalk(Stage stage, const std::optional<DayRange>& occurred, Day today)
      : stage_(stage), occurred_(occurred), today_(today) {}

  absl::Status CheckMessage(const Message& message, const std::string& prefix) const {
    std::vector<const FieldDescriptor*> fields;
    const auto* reflection = message.GetReflection();
    reflection->ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      const std::string path = absl::StrCat(prefix, ".", field->name());
      if (stage_ == Stage::kStated && field->options().GetExtension(event::v1::age_at_event)) {
        return Wrong("FIELD_IS_DERIVED", path, "is filled in here: leave it out");
      }
      const int size = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
      for (int i = 0; i < size; ++i) {
        const std::string item = field->is_repeated() ? absl::StrCat(path, "[", i, "]") : path;
        if (field->message_type() != nullptr) {
          const Message& sub = field->is_repeated()
                                   ? reflection->GetRepeatedMessage(message, field, i)
                                   : reflection->GetMessage(message, field);
          RETURN_IF_ERROR(CheckMessage(sub, item));
        } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
          RETURN_IF_ERROR(CheckText(message, *field,
                                    field->is_repeated()
                                        ? reflection->GetRepeatedString(message, field, i)
                                        : reflection->GetString(message, field),
                                    item));
        }
      }
    }
    return absl::OkStatus();
  }

 private:
  absl::Status CheckText(const Message& message, const FieldDescriptor& field,
                         const std::string& text, const std::string& path) const {
    const FieldRule& rule = field.options().GetExtension(command::v1::rule);
    const std::optional<DayRange> days = DaysIn(rule, text);
    if (days) RETURN_IF_ERROR(CheckDays(message, field, *days, text, path));
    if (!rule.at_most().empty()) RETURN_IF_ERROR(CheckAtMost(message, rule, text, path));
    const std::vector<std::string> words = WordsAllowed(field);
    if (!words.empty() && std::ranges::find(words, text) == words.end()) {
      return Wrong("WORD_UNKNOWN", path,
                   absl::StrCat("`", text, "` is none of ", absl::StrJoin(words, ", ")));
    }
    return absl::OkStatus();
  }

  static std::optional<DayRange> DaysIn(const FieldRule& rule, const std::string& text) {
    switch (rule.format()) {
      case command::v1::FORMAT_DAY:
      case command::v1::FORMAT_MONTH:
      case command::v1::FORMAT_PERIOD:
        return ParsePeriod(text);
      default:
        return std::nullopt;
    }
  }

  absl::Status CheckDays(const Message& message, const FieldDescriptor& field, const DayRange& days,
                         const std::string& text, const std::string& path) const {
    const FieldRule& rule = field.options().GetExtension(command::v1::rule);
    const std::string shown = payload::IsPersonal(field) ? "" : absl::StrCat("`", text, "` ");
    std::string hint = BuddhistEraHint(text);
    // A plan may lie ahead, but not by centuries.
    if ((rule.not_future() && days.first > today_) || !hint.empty()) {
      if (!hint.empty() && shown.empty()) hint = "; write years of the common era, 543 less";
      return Wrong(rule.not_future() ? "DAY_IN_FUTURE" : "OUT_OF_RANGE", path,
                   absl::StrCat(shown, "must not be ",
                                rule.not_future() ? "after today, " : "centuries after today, ",
                                FormatDay(today_), hint));
    }
    if (rule.not_before().empty()) return absl::OkStatus();
    const std::optional<Day> begin = BeginOf(message, rule.not_before());
    if (!begin || days.last >= *begin) return absl::OkStatus();
    return Wrong("END_BEFORE_BEGINNING", path,
                 absl::StrCat(shown, "must not be before ",
                              rule.not_before() == "@occurred" ? "the day on which it happened"
                                                               : rule.not_before(),
                              ", ", FormatDay(*begin)));
  }

  std::optional<Day> BeginOf(const Message& message, const std::string& name) const {
    if (name == "@occurred") return occurred_ ? std::optional(occurred_->first) : std::nullopt;
    const FieldDescriptor* beside = message.GetDescriptor()->FindFieldByName(name);
    CHECK(beside != nullptr && "a rule names a field beside it");
    return ParseDay(message.GetReflection()->GetString(message, beside));
  }

  static absl::Status CheckAtMost(const Message& message, const FieldRule& rule,
                                  const std::string& text, const std::string& path) {
    const FieldDescriptor* beside = message.GetDescriptor()->FindFieldByName(rule.at_most());
    CHECK(beside != nullptr && "a rule names a field beside it");
    const std::string most = message.GetReflection()->GetString(message, beside);
    if (most.empty()) return absl::OkStatus();
    const auto number = ParseDecimal(text);
    const auto bound = ParseDecimal(most);
    if (!number.ok() || !bound.ok() || number->thousandths <= bound->thousandths) {
      return absl::OkStatus();
    }
    return Wrong(
        "OUT_OF_RANGE", path,
        absl::StrCat(text, " must not be more than ", rule.at_most(), ", which is ", most));
  }

  const Stage stage_;
  const std::optional<DayRange>& occurred_;
  const Day today_;
};

// An event that says nothing at all is a slip.
absl::Status CheckSaysSomething(const Message& event, const std::string& prefix) {
  const auto& rule = event.GetDescriptor()->options().GetExtension(command::v1::event);
  if (rule.says_one_of().empty()) return absl::OkStatus();
  const auto* reflection = event.GetReflection();
  for (const std::string& name : rule.says_one_of()) {
    const FieldDescriptor* field = event.GetDescriptor()->FindFieldByName(name);
    CHECK(field != nullptr && "a rule names fields that there are");
    const bool says = field->is_repeated() ? reflection->FieldSize(event, field) > 0
                                           : reflection->HasField(event, field);
    if (says) return absl::OkStatus();
  }
  return Wrong("SAYS_NOTHING", prefix,
               absl::StrCat("must say at least one of ", absl::StrJoin(rule.says_one_of(), ", ")));
}

}  // namespace

absl::Status CheckRelations(Stage stage, const Message& event,
                            const std::optional<DayRange>& occurred, Day today,
                            const std::string& prefix) {
  RETURN_IF_ERROR(CheckSaysSomething(event, prefix));
  return RelationsWalk(stage, occurred, today).CheckMessage(event, prefix);
}

std::vector<std::string> WordsAllowed(const FieldDescriptor& field) {
  const FieldRule& rule = field.options().GetExtension(command::v1::rule);
  if (rule.words_of().empty()) return {};
  const EnumDescriptor* type = field.file()->pool()->FindEnumTypeByName(rule.words_of());
  CHECK(type != nullptr && "a rule names an enum that there is");
  std::vector<std::string> words = WordsOf(*type);
  words.insert(words.end(), rule.words().begin(), rule.words().end());
  return words;
}

std::string BuddhistEraHint(std::string_view date) {
  if (date.size() < 4 ||
      !std::all_of(date.begin(), date.begin() + 4, [](char c) { return c >= '0' && c <= '9'; })) {
    return "";
  }
  int year = 0;
  for (const char digit : date.substr(0, 4)) year = year * 10 + (digit - '0');
  if (year < kBuddhistYearMin || year > kBuddhistYearMax) return "";
  return absl::StrCat("; ", year, " is a year of the Buddhist era: write ", year - kBuddhistEra,
                      ", which is ", year, " less ", kBuddhistEra);
}

}  // namespace mlup::fields
