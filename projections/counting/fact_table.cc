// Reading facts into columns.
#include "projections/counting/fact_table.h"

#include <algorithm>
#include <functional>

#include "absl/hash/hash.h"

#include "eventstore/payload/ages.h"
#include "eventstore/payload/event_types.h"
#include "mlup/common/v1/common.pb.h"
#include "mlup/donations/v1/donation_events.pb.h"

namespace mlup::counting {
namespace {

const std::vector<RowId>& NoRows() {
  static const auto& none = *new std::vector<RowId>();
  return none;
}

bool ActsOnFigures(const payload::EventMarks& marks) {
  return std::ranges::any_of(marks.references, [](const payload::MarkedField& field) {
    return payload::IsCounting(field.refers);
  });
}

}  // namespace

std::optional<DayRange> FactTable::When::Occurred() const {
  if (last < first) return std::nullopt;
  return DayRange{first, last};
}

std::optional<DayRange> StatedDays(const log::v1::Occurred& occurred) {
  if (occurred.has_instant()) {
    const Day day = DayOf(absl::FromUnixSeconds(occurred.instant().seconds()));
    return DayRange{day, day};
  }
  const auto from = ParsePeriod(occurred.from());
  const auto to = occurred.to().empty() ? from : ParsePeriod(occurred.to());
  if (!from || !to) return std::nullopt;
  return DayRange{from->first, to->last};
}

FactTable::FactTable(const Columns& columns) : columns_(columns) {
  for (const Descriptor* type : payload::EventTypes()) {
    kind_numbers_[type] = static_cast<Kind>(kinds_.size());
    OfKind& kind = kinds_.emplace_back();
    kind.type = type;
    kind.marks = &payload::MarksOf(*type);
    kind.shape = &columns.ShapeOf(*type);
    kind.scratch.reset(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  }
  Clear();
}

void FactTable::Clear() {
  ++generation_;
  for (OfKind& kind : kinds_) {
    kind.rows = {};
    kind.when = {};
    kind.singles = std::vector<Packed<Word>>(kind.shape->singles());
    kind.lists = std::vector<OfKind::List>(kind.shape->lists());
    for (std::size_t i = 0; i < kind.lists.size(); ++i) {
      kind.lists[i].parts = std::vector<Packed<Word>>(kind.shape->parts(i));
    }
  }
  words_ = std::make_unique<Words>();
  streams_of_ = {};
  previous_ = {};
  places_in_kind_ = {};
  keys_ = {};
  places_ = {};
  actors_ = {};
  organisations_ = {};
  manners_ = {};
  runs_ = {};
  streams_ = {};
  first_on_stream_ = {};
  stream_numbers_ = {};
  categories_ = {};
  last_on_stream_ = {};
  references_ = {};
  awaited_ = {};
  merges_ = {};
  merged_ = {};
  ages_ = {};
  redatings_ = {};
  kept_ = {};
}

absl::Status FactTable::Follow(const projections::FactSource& source, Position up_to) {
  if (size() > 0) {
    const Position last = PositionOf(size() - 1);
    if (up_to <= last) return absl::OkStatus();
    bool same = false;
    absl::Status status = source.ForEach(last, up_to, [&](const Fact& fact) {
      if (same) return Add(fact, source);
      same =
          fact.position == last && EventKey(NumberOf(fact.stream), fact.event_id) == keys_.back();
      return same ? absl::OkStatus() : absl::CancelledError();
    });
    if (same) return status;
    Clear();
  }
  return source.ForEach({1}, up_to, [&](const Fact& fact) { return Add(fact, source); });
}

absl::Status FactTable::Add(const Fact& fact, const projections::FactSource& source) {
  const Descriptor* type = payload::FindEventType(fact.type);
  if (type == nullptr) return absl::OkStatus();
  const Kind number = kind_numbers_.at(type);
  OfKind& kind = kinds_[number];
  if (!kind.scratch->ParseFromString(fact.event_bytes)) {
    return Error(absl::StatusCode::kDataLoss, "FACT_DAMAGED", "a fact cannot be read");
  }
  const RowId id = size();
  const StreamId stream = NumberOf(fact.stream);
  if (id == 0 || fact.position != Next(PositionOf(id - 1))) {
    PushTight(runs_, {id, fact.position});
  }
  RowId& last = last_on_stream_.try_emplace({stream, number}, kNoRow).first->second;
  PushTight(previous_, std::exchange(last, id));
  PushTight(streams_of_, stream);
  PushTight(places_in_kind_, static_cast<std::uint32_t>(kind.rows.size()));
  PushTight(keys_, EventKey(stream, fact.event_id));
  places_.push_back(words_->Of(fact.place));
  actors_.push_back(words_->Of(fact.actor_id));
  organisations_.push_back(words_->Of(fact.organisation_id));
  manners_.push_back({.kind = number,
                      .sector = static_cast<std::uint8_t>(fact.sector),
                      .imported = fact.known_at < fact.recorded_at,
                      .is_normal = fact.is_normal,
                      .reason = words_->Of(fact.reason),
                      .source_system = words_->Of(fact.source_system)});
  PushTight(kind.rows, id);
  When when{.known = DayOf(fact.known_at)};
  if (fact.occurred) {
    when.first = fact.occurred->first;
    when.last = fact.occurred->last;
  }
  kind.when.push_back(when);
  AddValues(kind);
  return AddActions(id, fact, source);
}

StreamId FactTable::NumberOf(std::string_view stream) {
  const std::size_t slash = stream.find('/');
  const std::pair<Word, Word> key{words_->Of(stream.substr(0, slash)),
                                  words_->Of(stream.substr(slash + 1))};
  const auto [found, is_new] =
      stream_numbers_.try_emplace(key, static_cast<StreamId>(streams_.size()));
  if (is_new) {
    streams_.push_back(key);
    first_on_stream_.push_back(size());
    if (std::ranges::find(categories_, key.first) == categories_.end()) {
      categories_.push_back(key.first);
    }
  }
  return found->second;
}

void FactTable::AddValues(OfKind& kind) {
  const Values values = kind.shape->Read(*kind.scratch, *words_);
  for (std::size_t i = 0; i < kind.singles.size(); ++i) {
    kind.singles[i].push_back(values.singles[i]);
  }
  for (std::size_t i = 0; i < kind.lists.size(); ++i) {
    OfKind::List& list = kind.lists[i];
    const std::uint32_t begin = list.ends.empty() ? 0 : list.ends.back();
    PushTight(list.ends, begin + values.lists[i].size);
    for (std::size_t word = 0; word < values.lists[i].words.size(); ++word) {
      list.parts[word % list.parts.size()].push_back(values.lists[i].words[word]);
    }
  }
}

absl::Status FactTable::AddActions(RowId id, const Fact& fact,
                                   const projections::FactSource& source) {
  const OfKind& kind = KindOf(id);
  const Message& message = *kind.scratch;
  for (const std::string& person : payload::PersonsWithAge(message)) {
    const auto years =
        payload::AgeIn(message, [&person](const std::string& other) { return other == person; });
    if (!years) continue;
    ages_.push_back({id, words_->Of(person), static_cast<std::uint8_t>(std::min(*years, 255))});
  }
  if (kind.marks->Concerns(event::v1::CONCERN_SURVIVOR)) {
    for (const auto& survivor : payload::ConcernedBy(message, event::v1::CONCERN_SURVIVOR)) {
      const Word ended = IdOf(StreamOf(id));
      const Word other = words_->Of(survivor.id);
      merges_.push_back({id, other});
      merged_[ended].push_back(other);
      merged_[other].push_back(ended);
    }
  }
  const bool corrects = kind.type == common::v1::DetailsCorrected::descriptor();
  if (corrects) {
    const auto& correction = static_cast<const common::v1::DetailsCorrected&>(message);
    if (correction.has_occurred()) redatings_.push_back({id, StatedDays(correction.occurred())});
  }
  if (corrects || kind.type == donations::v1::KitDefined::descriptor()) {
    kept_.try_emplace(id, fact.event_bytes);
  }
  // What acted on it before it was there.
  if (const auto awaited = awaited_.find(keys_[id]); awaited != awaited_.end()) {
    for (const std::size_t reference : awaited->second) references_[reference].target = id;
    awaited_.erase(awaited);
  }
  if (!ActsOnFigures(*kind.marks)) return absl::OkStatus();
  for (const payload::EventReference& reference : payload::ReferencesOf(message)) {
    if (!payload::IsCounting(reference.refers)) continue;
    const std::uint64_t key = EventKey(StreamOf(id), reference.event_id);
    const RowId target = FindOnStream(StreamOf(id), key);
    if (target == kNoRow) awaited_[key].push_back(references_.size());
    references_.push_back({id, reference.refers, target});
    if (!corrects || target == kNoRow || kept_.contains(target)) continue;
    ASSIGN_OR_RETURN(Fact corrected, source.Get(PositionOf(target)));
    kept_.try_emplace(target, std::move(corrected.event_bytes));
  }
  return absl::OkStatus();
}

RowId FactTable::FindOnStream(StreamId stream, std::uint64_t key) const {
  RowId first = kNoRow;
  for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
    const auto last = last_on_stream_.find(std::pair(stream, static_cast<Kind>(kind)));
    if (last == last_on_stream_.end()) continue;
    for (RowId row = last->second; row != kNoRow; row = previous_[row]) {
      if (keys_[row] == key) first = std::min(first, row);
    }
  }
  return first;
}

Position FactTable::PositionOf(RowId id) const {
  const Run& run = *std::prev(std::ranges::upper_bound(runs_, id, {}, &Run::row));
  return {run.position.value + (id - run.row)};
}

std::vector<Word> FactTable::EverMergedWith(Word id) const {
  std::vector<Word> records{id};
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto found = merged_.find(records[i]);
    if (found == merged_.end()) continue;
    for (const Word other : found->second) {
      if (std::ranges::find(records, other) == records.end()) records.push_back(other);
    }
  }
  return records;
}

RowId FactTable::SizeAt(Position position) const {
  return position.value == UINT64_MAX ? size() : LowerBound(Next(position));
}

RowId FactTable::LowerBound(Position position) const {
  const auto next = std::ranges::upper_bound(runs_, position, {}, &Run::position);
  const RowId end = next == runs_.end() ? size() : next->row;
  if (next == runs_.begin()) return end;
  const Run& run = *std::prev(next);
  return static_cast<RowId>(
      std::min<std::uint64_t>(end, run.row + (position.value - run.position.value)));
}

const std::vector<RowId>& FactTable::OfType(const Descriptor* type) const {
  const auto number = kind_numbers_.find(type);
  return number == kind_numbers_.end() ? NoRows() : kinds_[number->second].rows;
}

const Packed<FactTable::When>& FactTable::WhenOfType(const Descriptor* type) const {
  static const auto& none = *new Packed<When>();
  const auto number = kind_numbers_.find(type);
  return number == kind_numbers_.end() ? none : kinds_[number->second].when;
}

RowId FactTable::LastOnStream(StreamId stream, const Descriptor* type) const {
  const auto number = kind_numbers_.find(type);
  if (number == kind_numbers_.end()) return kNoRow;
  const auto last = last_on_stream_.find(std::pair(stream, number->second));
  return last == last_on_stream_.end() ? kNoRow : last->second;
}

std::optional<StreamId> FactTable::FindStream(Word category, Word id) const {
  const auto found = stream_numbers_.find(std::pair(category, id));
  if (found == stream_numbers_.end()) return std::nullopt;
  return found->second;
}

std::vector<StreamId> FactTable::StreamsOf(Word id) const {
  std::vector<StreamId> streams;
  for (const Word category : categories_) {
    if (const auto stream = FindStream(category, id)) streams.push_back(*stream);
  }
  return streams;
}

Word FactTable::Value(RowId id, Slot slot, int element) const {
  const OfKind& kind = KindOf(id);
  const auto index = static_cast<std::size_t>(slot.index);
  if (slot.list < 0) return kind.singles[index][places_in_kind_[id]];
  const auto list = static_cast<std::size_t>(slot.list);
  return kind.lists[list].parts[index][BeginOf(id, list) + static_cast<std::size_t>(element)];
}

std::uint32_t FactTable::BeginOf(RowId id, std::size_t list) const {
  const std::uint32_t place = places_in_kind_[id];
  return place == 0 ? 0 : KindOf(id).lists[list].ends[place - 1];
}

std::uint32_t FactTable::ListSize(RowId id, int list) const {
  const auto number = static_cast<std::size_t>(list);
  return KindOf(id).lists[number].ends[places_in_kind_[id]] - BeginOf(id, number);
}

Values FactTable::ValuesOf(RowId id) const {
  const OfKind& kind = KindOf(id);
  Values values;
  for (const Packed<Word>& column : kind.singles) {
    values.singles.push_back(column[places_in_kind_[id]]);
  }
  values.lists.resize(kind.lists.size());
  for (std::size_t i = 0; i < kind.lists.size(); ++i) {
    values.lists[i].size = ListSize(id, static_cast<int>(i));
    const std::size_t begin = BeginOf(id, i);
    for (std::size_t element = begin; element < begin + values.lists[i].size; ++element) {
      for (const Packed<Word>& part : kind.lists[i].parts) {
        values.lists[i].words.push_back(part[element]);
      }
    }
  }
  return values;
}

std::uint64_t FactTable::EventKey(StreamId stream, std::string_view event_id) {
  return absl::HashOf(stream, ToAbsl(event_id));
}

const std::string* FactTable::KeptBytes(RowId id) const {
  const auto found = kept_.find(id);
  return found == kept_.end() ? nullptr : &found->second;
}

}  // namespace mlup::counting
