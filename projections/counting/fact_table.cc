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

std::optional<DayRange> Row::Occurred() const {
  if (last < first) return std::nullopt;
  return DayRange{first, last};
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
  for (OfKind& kind : kinds_) {
    kind.rows = {};
    kind.when = {};
    kind.singles = {};
    kind.lists = std::vector<OfKind::List>(kind.shape->lists());
  }
  words_ = std::make_unique<Words>();
  rows_ = {};
  streams_ = {};
  first_on_stream_ = {};
  stream_numbers_ = {};
  categories_ = {};
  last_on_stream_ = {};
  events_ = {};
  references_ = {};
  merges_ = {};
  ages_ = {};
  kept_ = {};
}

absl::Status FactTable::Follow(const projections::FactSource& source, Position up_to) {
  if (!rows_.empty()) {
    const Position last = rows_.back().position;
    if (up_to <= last) return absl::OkStatus();
    bool same = false;
    absl::Status status = source.ForEach(last, up_to, [&](const Fact& fact) {
      if (same) return Add(fact, source);
      same = fact.position == last && EventKey(StreamOf(fact.stream), fact.event_id) == last_event_;
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
  Row row;
  row.position = fact.position;
  row.known_micros = absl::ToUnixMicros(fact.known_at);
  if (fact.occurred)
    std::tie(row.first, row.last) = std::pair(fact.occurred->first, fact.occurred->last);
  row.stream = StreamOf(fact.stream);
  row.place_in_kind = static_cast<std::uint32_t>(kind.rows.size());
  RowId& last = last_on_stream_.try_emplace({row.stream, number}, kNoRow).first->second;
  row.previous = std::exchange(last, id);
  row.place = words_->Of(fact.place);
  row.reason = words_->Of(fact.reason);
  row.source_system = words_->Of(fact.source_system);
  row.actor = words_->Of(fact.actor_id);
  row.organisation = words_->Of(fact.organisation_id);
  row.kind = number;
  row.sector = static_cast<std::uint8_t>(fact.sector);
  row.imported = fact.known_at < fact.recorded_at;
  row.is_normal = fact.is_normal;
  rows_.push_back(row);
  kind.rows.push_back(id);
  kind.when.push_back({row.first, row.last, DayOf(fact.known_at)});
  last_event_ = EventKey(row.stream, fact.event_id);
  events_.try_emplace(last_event_, id);
  AddValues(kind);
  return AddActions(id, fact, source);
}

StreamId FactTable::StreamOf(std::string_view name) {
  const std::size_t slash = name.find('/');
  const std::pair<Word, Word> key{words_->Of(name.substr(0, slash)),
                                  words_->Of(name.substr(slash + 1))};
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
  Values values = kind.shape->Read(*kind.scratch, *words_);
  kind.singles.insert(kind.singles.end(), values.singles.begin(), values.singles.end());
  for (std::size_t i = 0; i < kind.lists.size(); ++i) {
    OfKind::List& list = kind.lists[i];
    const std::uint32_t begin = list.ends.empty() ? 0 : list.ends.back();
    list.ends.push_back(begin + values.lists[i].size);
    list.words.insert(list.words.end(), values.lists[i].words.begin(), values.lists[i].words.end());
  }
}

absl::Status FactTable::AddActions(RowId id, const Fact& fact,
                                   const projections::FactSource& source) {
  const OfKind& kind = kinds_[rows_[id].kind];
  const Message& message = *kind.scratch;
  for (const std::string& person : payload::PersonsWithAge(message)) {
    const auto years =
        payload::AgeIn(message, [&person](const std::string& other) { return other == person; });
    if (!years) continue;
    ages_.push_back({id, words_->Of(person), static_cast<std::uint8_t>(std::min(*years, 255))});
  }
  if (kind.marks->Concerns(event::v1::CONCERN_SURVIVOR)) {
    for (const auto& survivor : payload::ConcernedBy(message, event::v1::CONCERN_SURVIVOR)) {
      merges_.push_back({id, words_->Of(survivor.id)});
    }
  }
  const bool corrects = kind.type == common::v1::DetailsCorrected::descriptor();
  if (corrects || kind.type == donations::v1::KitDefined::descriptor()) {
    kept_.try_emplace(id, fact.event_bytes);
  }
  if (!ActsOnFigures(*kind.marks)) return absl::OkStatus();
  for (const payload::EventReference& reference : payload::ReferencesOf(message)) {
    if (!payload::IsCounting(reference.refers)) continue;
    const std::uint64_t event = EventKey(rows_[id].stream, reference.event_id);
    references_.push_back({id, reference.refers, event});
    const RowId target = FindEvent(event);
    if (!corrects || target == kNoRow || kept_.contains(target)) continue;
    ASSIGN_OR_RETURN(Fact corrected, source.Get(rows_[target].position));
    kept_.try_emplace(target, std::move(corrected.event_bytes));
  }
  return absl::OkStatus();
}

RowId FactTable::LowerBound(Position position) const {
  return static_cast<RowId>(std::ranges::lower_bound(rows_, position, {}, &Row::position) -
                            rows_.begin());
}

const std::vector<RowId>& FactTable::OfType(const Descriptor* type) const {
  const auto number = kind_numbers_.find(type);
  return number == kind_numbers_.end() ? NoRows() : kinds_[number->second].rows;
}

const std::vector<FactTable::When>& FactTable::WhenOfType(const Descriptor* type) const {
  static const auto& none = *new std::vector<When>();
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
  const Row& row = rows_[id];
  const OfKind& kind = kinds_[row.kind];
  const auto index = static_cast<std::size_t>(slot.index);
  if (slot.list < 0) return kind.singles[row.place_in_kind * kind.shape->singles() + index];
  const auto list = static_cast<std::size_t>(slot.list);
  const std::vector<std::uint32_t>& ends = kind.lists[list].ends;
  const std::size_t begin = row.place_in_kind == 0 ? 0 : ends[row.place_in_kind - 1];
  return kind.lists[list]
      .words[(begin + static_cast<std::size_t>(element)) * kind.shape->parts(list) + index];
}

std::uint32_t FactTable::ListSize(RowId id, int list) const {
  const Row& row = rows_[id];
  const auto& ends = kinds_[row.kind].lists[static_cast<std::size_t>(list)].ends;
  const std::uint32_t begin = row.place_in_kind == 0 ? 0 : ends[row.place_in_kind - 1];
  return ends[row.place_in_kind] - begin;
}

Values FactTable::ValuesOf(RowId id) const {
  const Row& row = rows_[id];
  const OfKind& kind = kinds_[row.kind];
  const auto first = static_cast<std::ptrdiff_t>(row.place_in_kind * kind.shape->singles());
  Values values;
  values.singles.assign(
      kind.singles.begin() + first,
      kind.singles.begin() + first + static_cast<std::ptrdiff_t>(kind.shape->singles()));
  values.lists.resize(kind.lists.size());
  for (std::size_t i = 0; i < kind.lists.size(); ++i) {
    values.lists[i].size = ListSize(id, static_cast<int>(i));
    const std::size_t begin = kind.lists[i].ends[row.place_in_kind] - values.lists[i].size;
    const auto from =
        kind.lists[i].words.begin() + static_cast<std::ptrdiff_t>(begin * kind.shape->parts(i));
    values.lists[i].words.assign(
        from, from + static_cast<std::ptrdiff_t>(values.lists[i].size * kind.shape->parts(i)));
  }
  return values;
}

std::uint64_t FactTable::EventKey(StreamId stream, std::string_view event_id) {
  return absl::HashOf(stream, ToAbsl(event_id));
}

RowId FactTable::FindEvent(std::uint64_t event) const {
  const auto found = events_.find(event);
  return found == events_.end() ? kNoRow : found->second;
}

const std::string* FactTable::KeptBytes(RowId id) const {
  const auto found = kept_.find(id);
  return found == kept_.end() ? nullptr : &found->second;
}

}  // namespace mlup::counting
