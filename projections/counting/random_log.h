// Random logs for definitions: events of the types that they read, with values that they ask for.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/random.h"
#include "eventstore/payload/event_types.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/command/v1/command.pb.h"
#include "mlup/common/v1/common.pb.h"
#include "mlup/network/v1/import_events.pb.h"
#include "mlup/network/v1/network_events.pb.h"
#include "mlup/training/v1/training_events.pb.h"
#include "projections/counting/counted_facts.h"
#include "projections/counting/enum_words.h"

namespace mlup::counting {

// Adds one fact after another to a list: happenings, and what voids, corrects, replaces, merges and
// undoes them; imports of the past, and reports that were published. No rule of a command is kept,
// but that an event acts on an earlier one of its stream. One thread; the same for the same seed.
class RandomLog {
 public:
  RandomLog(std::uint64_t seed, const Definitions& definitions) : random_(seed) {
    for (const auto& indicator : definitions.file().indicators()) GatherWords(indicator);
    // Few types, so that much of it meets.
    std::set<const Descriptor*> types;
    std::vector<const Indicator*> all;
    std::vector<const Indicator*> special;
    for (const Indicator& indicator : definitions.indicators()) {
      all.push_back(&indicator);
      if (std::ranges::any_of(indicator.selects, IsSpecial)) special.push_back(&indicator);
    }
    for (int i = 0; i < 4; ++i) {
      for (const auto& [type, use] : One(i % 2 == 0 ? special : all)->uses) types.insert(type);
    }
    types.insert(World::FacetTypes().begin(), World::FacetTypes().end());
    types.insert(network::v1::ImportWindowRequested::descriptor());
    types.insert(network::v1::ImportWindowApproved::descriptor());
    for (const Descriptor* type : types) names_[type->full_name()] = type;
    today_ = *ParseDay("2021-01-04");
  }

  const projections::FactList& facts() const { return list_; }
  std::size_t size() const { return size_; }
  std::size_t Below(std::size_t bound) { return random_.Next() % bound; }
  Day today() const { return today_; }

  void Add() {
    today_.value += static_cast<int>(Below(4));
    const std::size_t dice = Below(100);
    if (told_.empty() || dice < 62) return Tell(Happening());
    if (dice < 70) return Act(common::v1::EntryVoided::descriptor(), "voids_event_id");
    if (dice < 82) return Act(common::v1::DetailsCorrected::descriptor(), "corrects_event_id");
    if (dice < 90) return Merge();
    if (dice < 94) return Act(cases::v1::PersonsUnmerged::descriptor(), "merge_event_id");
    if (dice < 97) return Act(training::v1::HeadcountRecorded::descriptor(), "replaces_event_id");
    Publish();
  }

 private:
  struct Told {
    std::string event_id;
    std::string stream;
    const Descriptor* type;
  };

  // What it counts depends on more than its events.
  static bool IsSpecial(const Select& select) {
    return select.latest_on_stream || select.pair || select.expand || !select.endings.empty() ||
           !select.without.empty() || !select.uncounted_unless.empty();
  }

  bool Chance(std::size_t percent) { return Below(100) < percent; }
  template <typename List>
  const typename List::value_type& One(const List& list) {
    return *std::next(list.begin(),
                      static_cast<std::ptrdiff_t>(Below(static_cast<std::size_t>(list.size()))));
  }
  std::string Id() { return std::string(1, static_cast<char>('a' + Below(5))); }

  void GatherWords(const pb::Indicator& indicator) {
    const auto gather = [this](const auto& where) {
      for (const auto& condition : where) {
        auto& words = words_[condition.field().substr(condition.field().rfind('.') + 1)];
        words.insert(condition.in().begin(), condition.in().end());
        words.insert(condition.not_in().begin(), condition.not_in().end());
        words.insert(condition.contains().begin(), condition.contains().end());
      }
    };
    for (const auto* selects : {&indicator.select(), &indicator.headcount()}) {
      for (const auto& select : *selects) {
        gather(select.where());
        gather(select.pair().where());
      }
    }
  }

  Day SomeDay() { return {ParseDay("2020-12-20")->value + static_cast<int>(Below(220))}; }

  std::string TextFor(const FieldDescriptor& field) {
    const std::string& name = field.name();
    if (absl::EndsWith(name, "_id") || absl::EndsWith(name, "_ids")) return Id();
    if (const auto words = words_.find(name); words != words_.end() && Chance(80)) {
      return One(words->second);
    }
    if (name == "period") return Chance(50) ? "2021-Q1" : "2021-Q2";
    if (absl::StrContains(name, "month"))
      return absl::StrCat("20", 10 + Below(9), "-0", 1 + Below(9));
    if (absl::StrContains(name, "day") || absl::StrContains(name, "until")) {
      return FormatDay(SomeDay());
    }
    if (absl::StrContains(name, "province")) return absl::StrCat("0", 1 + Below(3));
    return Chance(60) ? absl::StrCat(Below(4)) : "x";
  }

  int EnumFor(const FieldDescriptor& field) {
    const auto* type = field.enum_type();
    const auto words = words_.find(field.name());
    std::vector<int> asked;
    for (int i = 0; i < type->value_count(); ++i) {
      const int number = type->value(i)->number();
      if (words != words_.end() && words->second.contains(EnumWord(type, number))) {
        asked.push_back(number);
      }
    }
    if (!asked.empty() && Chance(75)) return One(asked);
    return type->value(static_cast<int>(Below(static_cast<std::size_t>(type->value_count()))))
        ->number();
  }

  // Into every field, most of the time.
  void Fill(Message& message, int depth = 0) {
    const auto* reflection = message.GetReflection();
    const Descriptor* type = message.GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      if (!Chance(field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL ? 25 : 85)) continue;
      const std::size_t times = field->is_repeated() ? 1 + Below(2) : 1;
      for (std::size_t j = 0; j < times; ++j) FillOne(message, *reflection, field, depth);
    }
  }

  void FillOne(Message& message, const google::protobuf::Reflection& reflection,
               const FieldDescriptor* field, int depth) {
    const bool listed = field->is_repeated();
#define MLUP_FILL(Name, value)                             \
  (listed ? reflection.Add##Name(&message, field, (value)) \
          : reflection.Set##Name(&message, field, (value)))
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return MLUP_FILL(String, TextFor(*field));
      case FieldDescriptor::CPPTYPE_ENUM:
        return MLUP_FILL(EnumValue, EnumFor(*field));
      case FieldDescriptor::CPPTYPE_BOOL:
        return MLUP_FILL(Bool, true);
      case FieldDescriptor::CPPTYPE_INT32:
        return MLUP_FILL(Int32, static_cast<std::int32_t>(Below(12)));
      case FieldDescriptor::CPPTYPE_INT64:
        return MLUP_FILL(Int64, static_cast<std::int64_t>(Below(12)));
      case FieldDescriptor::CPPTYPE_UINT32:
        return MLUP_FILL(UInt32, static_cast<std::uint32_t>(Below(12)));
      case FieldDescriptor::CPPTYPE_UINT64:
        return MLUP_FILL(UInt64, Below(12));
      case FieldDescriptor::CPPTYPE_MESSAGE:
        if (depth == 3) return;
        return Fill(listed ? *reflection.AddMessage(&message, field)
                           : *reflection.MutableMessage(&message, field),
                    depth + 1);
      default:
        return;
    }
#undef MLUP_FILL
  }

  static std::unique_ptr<Message> New(const Descriptor* type) {
    return std::unique_ptr<Message>(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  }

  std::string StreamFor(const Descriptor* type) {
    const auto& categories = type->options().GetExtension(command::v1::event).categories();
    return absl::StrCat(categories.empty() ? "case" : One(categories), "/", Id());
  }

  Fact Happening() {
    const Descriptor* type = One(names_).second;
    const auto message = New(type);
    Fill(*message);
    return FactOf(*message, StreamFor(type));
  }

  std::optional<DayRange> SomeDays() {
    const Day first = SomeDay();
    const std::size_t dice = Below(10);
    if (dice == 0) return std::nullopt;
    return DayRange{first, {first.value + (dice < 3 ? static_cast<int>(Below(60)) : 0)}};
  }

  Fact FactOf(const Message& message, const std::string& stream) {
    Fact fact;
    fact.position = {++size_};
    fact.event_id = absl::StrCat("e", size_);
    fact.type = message.GetDescriptor()->full_name();
    fact.stream = stream;
    fact.occurred = SomeDays();
    fact.recorded_at = StartOf(today_) + absl::Hours(9);
    fact.known_at = fact.recorded_at;
    if (Chance(15)) {
      fact.known_at = StartOf(SomeDay());
      if (fact.recorded_at < fact.known_at) fact.known_at = fact.recorded_at;
      fact.source_system = Chance(50) ? "paper" : "x";
    }
    fact.place = Chance(80) ? absl::StrCat("0", 1 + Below(3), Chance(50) ? "010203" : "") : "";
    fact.sector = static_cast<log::v1::Sector>(Below(6));
    fact.event_bytes = message.SerializeAsString();
    return fact;
  }

  void Tell(Fact fact) {
    told_.push_back({fact.event_id, fact.stream, payload::FindEventType(fact.type)});
    list_.Add(std::move(fact));
  }

  // Of the last ones rather than of any.
  const Told& SomethingTold() {
    const std::size_t last = std::min<std::size_t>(told_.size(), Chance(60) ? 12 : told_.size());
    return told_[told_.size() - 1 - Below(last)];
  }

  // Something that names an earlier event.
  void Act(const Descriptor* type, const std::string& field) {
    const Told on = SomethingTold();
    const auto message = New(type);
    if (type == common::v1::DetailsCorrected::descriptor()) {
      Correct(on, static_cast<common::v1::DetailsCorrected&>(*message));
    } else {
      Fill(*message);
    }
    message->GetReflection()->SetString(message.get(), type->FindFieldByName(field), on.event_id);
    Tell(FactOf(*message, on.stream));
  }

  void Correct(const Told& on, common::v1::DetailsCorrected& correction) {
    if (Chance(50)) {
      const std::optional<DayRange> days = SomeDays();
      correction.mutable_occurred()->set_precision(log::v1::PRECISION_DAY);
      if (days) {
        correction.mutable_occurred()->set_from(FormatDay(days->first));
        correction.mutable_occurred()->set_to(FormatDay(days->last));
      }
    }
    if (Chance(30)) correction.set_place(absl::StrCat("0", 1 + Below(3)));
    const Message& empty =
        *google::protobuf::MessageFactory::generated_factory()->GetPrototype(on.type);
    const Descriptor* type = empty.GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      if (field->is_repeated() || !Chance(40)) continue;
      std::string path = field->name();
      if (const auto* part = field->message_type()) {
        field = part->field(static_cast<int>(Below(static_cast<std::size_t>(part->field_count()))));
        absl::StrAppend(&path, ".", field->name());
      }
      auto& change = *correction.add_changes();
      change.set_field(path);
      // As JSON has it.
      switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_ENUM:
          change.set_new_value(absl::StrCat(
              "\"", field->enum_type()->FindValueByNumber(EnumFor(*field))->name(), "\""));
          break;
        case FieldDescriptor::CPPTYPE_STRING:
          change.set_new_value(absl::StrCat("\"", TextFor(*field), "\""));
          break;
        case FieldDescriptor::CPPTYPE_BOOL:
          change.set_new_value(Chance(50) ? "true" : "false");
          break;
        default:
          change.set_new_value(absl::StrCat(Below(12)));
      }
    }
  }

  void Merge() {
    cases::v1::PersonsMerged merged;
    merged.mutable_person()->set_person_id(Id());
    merged.mutable_survivor()->set_person_id(Id());
    Tell(FactOf(merged, absl::StrCat("person/", merged.person().person_id())));
  }

  void Publish() {
    network::v1::ReportPublished published;
    published.set_period(Chance(60) ? "2021-Q1" : "2021");
    published.set_position(1 + Below(size_ + (Chance(10) ? 20 : 0)));
    if (Chance(70)) published.set_as_known_at(FormatDay(today_));
    Tell(FactOf(published, "report/r"));
  }

  SeededRandom random_;
  std::map<std::string, std::set<std::string>> words_;
  std::map<std::string, const Descriptor*> names_;
  projections::FactList list_;
  std::vector<Told> told_;
  std::size_t size_ = 0;
  Day today_;
};

}  // namespace mlup::counting
