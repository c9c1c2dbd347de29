#include "tests/property/wrong_fields.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>

#include "absl/strings/str_cat.h"
#include <google/protobuf/descriptor.h>
#include <google/protobuf/timestamp.pb.h>

#include "eventstore/base/check.h"
#include "eventstore/base/limits.h"
#include "mlup/command/v1/command.pb.h"
#include "mlup/event/v1/event_options.pb.h"
#include "mlup/log/v1/envelope.pb.h"
#include "services/domain/fact_table.h"

namespace mlup::property {
namespace {

using command::v1::FieldRule;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kUnknownField = 50'000;
constexpr int kUnknownValue = 9'999;
constexpr char kSomeId[] = "018f3c6e-0000-7000-8000-00000000dead";

const FieldRule& RuleOf(const FieldDescriptor& field) {
  return field.options().GetExtension(command::v1::rule);
}

bool IsTime(const Descriptor* type) { return type == google::protobuf::Timestamp::descriptor(); }

// Texts that do not have the form.
std::vector<std::string> NotOf(command::v1::Format format) {
  switch (format) {
    case command::v1::FORMAT_UUID:
      return {"me", "018F3C6E-0000-7000-8000-000000000001", "018f3c6e00007000800000000000001"};
    case command::v1::FORMAT_STREAM:
      return {"case", "case/me", "/018f3c6e-0000-7000-8000-000000000001"};
    case command::v1::FORMAT_PROVINCE:
      return {"00", "26", "2", "Battambang"};
    case command::v1::FORMAT_PLACE:
      return {"0", "020", "99", "2 km north"};
    case command::v1::FORMAT_DAY:
      return {"2021-02-30", "2021-2-3", "03/02/2021", "2021", "0000-00-00"};
    case command::v1::FORMAT_CODE:
      return {"Not A Code", "-code", "ko\xcc\x88rper"};
    case command::v1::FORMAT_DECIMAL:
      return {"-1", "1,5", "1e3", "0.0001", "2000000000", "NaN"};
    case command::v1::FORMAT_SHA256:
      return {"abc", std::string(64, 'A')};
    case command::v1::FORMAT_MONTH:
      return {"2014-13", "2014-Q1", "03-2014"};
    case command::v1::FORMAT_PERIOD:
      return {"2021-Q5", "2021-03", "Q1"};
    case command::v1::FORMAT_CURRENCY:
      return {"usd", "US", "XXQ1"};
    case command::v1::FORMAT_UNSPECIFIED:
    case command::v1::Format_INT_MIN_SENTINEL_DO_NOT_USE_:
    case command::v1::Format_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return {};
}

// Puts a text where the item of a list is, or, where there is none, into the list.
void PutText(Message& owner, const FieldDescriptor& field, int item, const std::string& text) {
  const auto* r = owner.GetReflection();
  if (!field.is_repeated()) return r->SetString(&owner, &field, text);
  if (r->FieldSize(owner, &field) == 0) return r->AddString(&owner, &field, text);
  r->SetRepeatedString(&owner, &field, item, text);
}

void PutEnum(Message& owner, const FieldDescriptor& field, int item, int value) {
  const auto* r = owner.GetReflection();
  if (!field.is_repeated()) return r->SetEnumValue(&owner, &field, value);
  if (r->FieldSize(owner, &field) == 0) return r->AddEnumValue(&owner, &field, value);
  r->SetRepeatedEnumValue(&owner, &field, item, value);
}

void PutNumber(Message& owner, const FieldDescriptor& field, int item, std::int64_t value) {
  const auto* r = owner.GetReflection();
  CHECK(!field.is_repeated() && item < 0 && "no rule bounds the numbers of a list");
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return r->SetInt32(&owner, &field, static_cast<std::int32_t>(value));
    case FieldDescriptor::CPPTYPE_INT64:
      return r->SetInt64(&owner, &field, value);
    case FieldDescriptor::CPPTYPE_UINT32:
      return r->SetUInt32(&owner, &field, static_cast<std::uint32_t>(value));
    case FieldDescriptor::CPPTYPE_UINT64:
      return r->SetUInt64(&owner, &field, static_cast<std::uint64_t>(value));
    default:
      CHECK(false && "a number");
  }
}

bool IsNumber(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return true;
    default:
      return false;
  }
}

bool IsUnsigned(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32 ||
         field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64;
}

std::string PathOf(const std::string& prefix, const FieldDescriptor& field, int item = -1) {
  const std::string path = prefix.empty() ? field.name() : absl::StrCat(prefix, ".", field.name());
  return item < 0 ? path : absl::StrCat(path, "[", item, "]");
}

// The rules that one field states.
std::vector<std::string> RulesOf(const FieldDescriptor& field) {
  const FieldRule& rule = RuleOf(field);
  std::vector<std::string> rules;
  const auto add = [&rules](bool states, const std::string& name) {
    if (states) rules.push_back(name);
  };
  const bool list = field.is_repeated();
  const bool number = IsNumber(field);
  add(rule.required() && !list, "required");
  add(list && (rule.required() || rule.min_items() > 0), "min_items");
  add(list, "max_items");
  add(field.cpp_type() == FieldDescriptor::CPPTYPE_STRING, "max_length");
  add(field.type() == FieldDescriptor::TYPE_STRING, "text");
  add(rule.format() != command::v1::FORMAT_UNSPECIFIED, command::v1::Format_Name(rule.format()));
  add(field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM, "enum");
  add(number && !list && (rule.min() > 0 || !IsUnsigned(field)), "min");
  add(number && !list && rule.max() != 0, "max");
  add(!rule.categories().empty(), "categories");
  add(rule.not_future(), "not_future");
  add(!rule.not_before().empty(), "not_before");
  add(!rule.at_most().empty(), "at_most");
  add(!rule.words_of().empty(), "words_of");
  add(field.options().GetExtension(event::v1::age_at_event), "age_at_event");
  return rules;
}

void CollectRules(const Descriptor& type, std::set<const Descriptor*>& seen,
                  std::set<std::string>& rules) {
  if (IsTime(&type)) {
    rules.insert("moment");
    return;
  }
  if (!seen.insert(&type).second) return;
  if (!type.options().GetExtension(command::v1::event).says_one_of().empty()) {
    rules.insert("says_one_of");
  }
  if (type.real_oneof_decl_count() > 0) rules.insert("oneof");
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    for (const std::string& rule : RulesOf(field)) rules.insert(rule);
    if (field.message_type() != nullptr) CollectRules(*field.message_type(), seen, rules);
  }
}

}  // namespace

std::set<std::string> RulesInProtos() {
  std::set<const Descriptor*> seen;
  std::set<std::string> rules = {"unknown_field"};
  for (const domain::Service& service : domain::FactTable::Get().services()) {
    CollectRules(*service.request, seen, rules);
  }
  return rules;
}

void WrongFields::Add(const std::string& kind, const std::string& of, const Place& place,
                      Spoil spoil, const Refused& as) {
  std::vector<Candidate>& found = found_[absl::StrCat(kind, " ", of)];
  if (found.size() == kKept) return;
  found.push_back({kind, place.request, place.way, std::move(spoil), as.reason, as.field});
}

void WrongFields::Learn(const Message& request) {
  Walk(request, {&request, {}, "", std::nullopt}, false);
}

void WrongFields::Walk(const Message& message, const Place& place, bool in_event) {
  const Descriptor& type = *message.GetDescriptor();
  const auto* r = message.GetReflection();
  if (!place.path.empty()) {
    Add("unknown_field", type.full_name(), place,
        [](Message& m) {
          m.GetReflection()->MutableUnknownFields(&m)->AddVarint(kUnknownField, 1);
        },
        {"FIELD_UNKNOWN", place.path});
  }
  if (IsTime(&type)) {
    return Add("moment", type.full_name(), place,
               [](Message& m) { static_cast<google::protobuf::Timestamp&>(m).set_seconds(-1); },
               {"OUT_OF_RANGE", place.path});
  }
  for (int i = 0; i < type.real_oneof_decl_count(); ++i) {
    const auto* oneof = type.oneof_decl(i);
    Add("oneof", oneof->full_name(), place,
        [oneof](Message& m) { m.GetReflection()->ClearOneof(&m, oneof); },
        {"FIELD_REQUIRED", absl::StrCat(place.path, ".", oneof->name())});
  }
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const bool set =
        field.is_repeated() ? r->FieldSize(message, &field) > 0 : r->HasField(message, &field);
    // To set another field of a choice is to choose it.
    if (!set && field.real_containing_oneof() != nullptr) continue;
    Field(message, field, place);
    if (!set || field.message_type() == nullptr) continue;
    for (int k = 0; k < (field.is_repeated() ? r->FieldSize(message, &field) : 1); ++k) {
      const int item = field.is_repeated() ? k : -1;
      const Message& below =
          item < 0 ? r->GetMessage(message, &field) : r->GetRepeatedMessage(message, &field, item);
      Place there = place;
      there.way.emplace_back(&field, item);
      there.path = PathOf(place.path, field, item);
      const bool is_event = domain::FactTable::Get().Find(field) != nullptr;
      if (is_event) {
        const auto* own = type.FindFieldByName("occurred");
        const Message& request = *place.request;
        const Message& context = request.GetReflection()->GetMessage(
            request, request.GetDescriptor()->FindFieldByName("context"));
        const auto& occurred =
            r->HasField(message, own)
                ? static_cast<const log::v1::Occurred&>(r->GetMessage(message, own))
                : static_cast<const command::v1::CommandContext&>(context).occurred();
        const auto days = ParsePeriod(occurred.from());
        if (days) there.occurred = days->first;
        Event(below, there);
      }
      Walk(below, there, in_event || is_event);
    }
  }
}

void WrongFields::Field(const Message& message, const FieldDescriptor& field, const Place& place) {
  const FieldRule& rule = RuleOf(field);
  const std::string path = PathOf(place.path, field);
  if (field.options().GetExtension(event::v1::age_at_event)) {
    return Add("age_at_event", field.full_name(), place,
               [&field](Message& m) {
                 if (field.enum_type() != nullptr) return PutEnum(m, field, -1, 1);
                 PutNumber(m, field, -1, 9);
               },
               {"FIELD_IS_DERIVED", path});
  }
  if (field.is_repeated()) List(message, field, place);
  if (rule.required() && !field.is_repeated()) {
    Add("required", field.full_name(), place,
        [&field](Message& m) { m.GetReflection()->ClearField(&m, &field); },
        {"FIELD_REQUIRED", path});
  }
  const int size = field.is_repeated() ? message.GetReflection()->FieldSize(message, &field) : 0;
  // One item must be enough, where the list has none.
  if (field.is_repeated() && size == 0 && rule.min_items() > 1) return;
  const int item = field.is_repeated() ? std::max(size - 1, 0) : -1;
  if (field.type() == FieldDescriptor::TYPE_STRING) Text(message, field, place, item);
  if (IsNumber(field) && !field.is_repeated()) Number(field, place, item);
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    Add("enum", field.full_name(), place,
        [&field, item](Message& m) { PutEnum(m, field, item, kUnknownValue); },
        {"ENUM_UNKNOWN", PathOf(place.path, field, item)});
    if (item >= 0) {
      Add("enum", absl::StrCat(field.full_name(), " unspecified"), place,
          [&field, item](Message& m) { PutEnum(m, field, item, 0); },
          {"FIELD_REQUIRED", PathOf(place.path, field, item)});
    }
  }
}

void WrongFields::List(const Message& message, const FieldDescriptor& field, const Place& place) {
  const FieldRule& rule = RuleOf(field);
  const auto* r = message.GetReflection();
  const std::string path = PathOf(place.path, field);
  if (rule.required() || rule.min_items() > 0) {
    Add("min_items", field.full_name(), place,
        [&field](Message& m) { m.GetReflection()->ClearField(&m, &field); },
        {"TOO_FEW_ITEMS", path});
  }
  if (r->FieldSize(message, &field) == 0 || IsNumber(field)) return;
  const int most = static_cast<int>(rule.max_items() > 0 ? rule.max_items() : kRepeatedItemsMax);
  Add("max_items", field.full_name(), place,
      [&field, most](Message& m) {
        const auto* own = m.GetReflection();
        while (own->FieldSize(m, &field) <= most) {
          if (field.message_type() != nullptr) {
            const std::unique_ptr<Message> first(own->GetRepeatedMessage(m, &field, 0).New());
            first->CopyFrom(own->GetRepeatedMessage(m, &field, 0));
            own->AddMessage(&m, &field)->CopyFrom(*first);
          } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
            own->AddString(&m, &field, own->GetRepeatedString(m, &field, 0));
          } else {
            own->AddEnumValue(&m, &field, own->GetRepeatedEnumValue(m, &field, 0));
          }
        }
      },
      {"TOO_MANY_ITEMS", path});
}

void WrongFields::Text(const Message& message, const FieldDescriptor& field, const Place& place,
                       int item) {
  const FieldRule& rule = RuleOf(field);
  const std::string path = PathOf(place.path, field, item);
  const auto put = [&](const std::string& kind, const std::string& what, const std::string& text,
                       const std::string& reason) {
    Add(kind, absl::StrCat(field.full_name(), " ", what), place,
        [&field, item, text](Message& m) { PutText(m, field, item, text); }, {reason, path});
  };
  const std::size_t most = rule.max_length() > 0 ? rule.max_length() : kTextCharactersMax;
  put("max_length", "too long", std::string(most + 1, 'a'), "TOO_LONG");
  put("text", "control character", "a\x01z", "TEXT_INVALID");
  put("text", "turned round", "a\xe2\x80\xaez", "TEXT_INVALID");
  put("text", "not UTF-8", "a\xc3(z", "TEXT_INVALID");
  put("text", "blank", " \t ",
      rule.format() == command::v1::FORMAT_UNSPECIFIED ? "FIELD_REQUIRED" : "TEXT_INVALID");
  for (const std::string& text : NotOf(rule.format())) {
    put(command::v1::Format_Name(rule.format()), text, text,
        command::v1::Format_Name(rule.format()));
  }
  if (!rule.categories().empty()) {
    put("categories", "", absl::StrCat("nowhere/", kSomeId), "STREAM_CATEGORY");
  }
  if (!rule.words_of().empty()) put("words_of", "", "nothing_like_it", "WORD_UNKNOWN");
  if (!rule.at_most().empty()) {
    const auto* beside = message.GetDescriptor()->FindFieldByName(rule.at_most());
    Add("at_most", field.full_name(), place,
        [&field, beside](Message& m) {
          m.GetReflection()->SetString(&m, &field, "7.5");
          m.GetReflection()->SetString(&m, beside, "7.499");
        },
        {"OUT_OF_RANGE", path});
  }
  Dates(field, place, item);
}

void WrongFields::Dates(const FieldDescriptor& field, const Place& place, int item) {
  const FieldRule& rule = RuleOf(field);
  const bool day = rule.format() == command::v1::FORMAT_DAY;
  const std::string path = PathOf(place.path, field, item);
  if (!place.occurred) return;
  const auto put = [&](const std::string& kind, const std::string& what, const std::string& text,
                       const std::string& reason) {
    Add(kind, absl::StrCat(field.full_name(), " ", what), place,
        [&field, item, text](Message& m) { PutText(m, field, item, text); }, {reason, path});
  };
  const std::string next_year = absl::StrCat(std::stoi(FormatDay(today_).substr(0, 4)) + 1);
  if (rule.not_future()) {
    put("not_future", "", day ? FormatDay(Day{today_.value + 1}) : next_year, "DAY_IN_FUTURE");
    put("not_future", "Buddhist era", day ? "2564-02-17" : "2564", "DAY_IN_FUTURE");
  } else if (day) {
    put("not_future", "Buddhist era", "2564-02-17", "OUT_OF_RANGE");
  }
  if (rule.not_before().empty()) return;
  const Day first = *place.occurred;
  const std::string beside = rule.not_before();
  Add("not_before", field.full_name(), place,
      [&field, item, first, beside](Message& m) {
        if (beside != "@occurred") {
          const auto* other = m.GetDescriptor()->FindFieldByName(beside);
          m.GetReflection()->SetString(&m, other, FormatDay(first));
        }
        PutText(m, field, item, FormatDay(Day{first.value - 1}));
      },
      {"END_BEFORE_BEGINNING", path});
}

void WrongFields::Number(const FieldDescriptor& field, const Place& place, int item) {
  const FieldRule& rule = RuleOf(field);
  const auto put = [&](const std::string& kind, std::int64_t value) {
    Add(kind, field.full_name(), place,
        [&field, item, value](Message& m) { PutNumber(m, field, item, value); },
        {"OUT_OF_RANGE", PathOf(place.path, field, item)});
  };
  // Where 0 is not given, only what is given can be too little.
  if (!IsUnsigned(field)) put("min", rule.min() - 1);
  if (IsUnsigned(field) && rule.min() > 1) put("min", rule.min() - 1);
  if (rule.max() != 0) put("max", rule.max() + 1);
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64) {
    Add("max", absl::StrCat(field.full_name(), " of all"), place,
        [&field](Message& m) {
          m.GetReflection()->SetUInt64(&m, &field, std::numeric_limits<std::uint64_t>::max());
        },
        {"OUT_OF_RANGE", PathOf(place.path, field, item)});
  }
}

void WrongFields::Event(const Message& event, const Place& place) {
  const auto& rule = event.GetDescriptor()->options().GetExtension(command::v1::event);
  if (rule.says_one_of().empty()) return;
  Add("says_one_of", event.GetDescriptor()->full_name(), place,
      [&rule](Message& m) {
        for (const std::string& name : rule.says_one_of()) {
          m.GetReflection()->ClearField(&m, m.GetDescriptor()->FindFieldByName(name));
        }
      },
      {"SAYS_NOTHING", place.path});
}

void WrongFields::ForEach(const std::function<bool(const Wrong&)>& tell) const {
  for (std::size_t round = 0; round < kKept; ++round) {
    for (const auto& [key, candidates] : found_) {
      if (round >= candidates.size()) continue;
      const Candidate& one = candidates[round];
      Wrong wrong{one.kind, std::unique_ptr<Message>(one.request->New()), one.reason, one.field};
      wrong.request->CopyFrom(*one.request);
      Message* at = wrong.request.get();
      for (const auto& [field, item] : one.way) {
        at = item < 0 ? at->GetReflection()->MutableMessage(at, field)
                      : at->GetReflection()->MutableRepeatedMessage(at, field, item);
      }
      one.spoil(*at);
      if (!tell(wrong)) return;
    }
  }
}

}  // namespace mlup::property
