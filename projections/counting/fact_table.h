// All facts in the form that is counted from: numbers in columns, sorted by type and by stream.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "eventstore/base/days.h"
#include "eventstore/base/status.h"
#include "eventstore/payload/event_references.h"
#include "projections/counting/columns.h"
#include "projections/counting/words.h"
#include "projections/facts/fact.h"

namespace mlup::counting {

// The entries of this row, of some that stand in the order of their rows.
template <typename Entry, typename Row>
std::span<const Entry> EntriesOf(const std::vector<Entry>& entries, Row row) {
  const auto first = std::ranges::lower_bound(entries, row, {}, &Entry::row);
  return {first, std::ranges::upper_bound(first, entries.end(), row, {}, &Entry::row)};
}

using projections::Fact;

// Number of a fact, from 0 in order of position.
using RowId = std::uint32_t;
inline constexpr RowId kNoRow = UINT32_MAX;
// Number of a stream that has facts.
using StreamId = std::uint32_t;
// Number of an event type.
using Kind = std::uint16_t;

// What is kept of one fact besides its values.
struct Row {
  Position position;
  std::int64_t known_micros = 0;
  // The possible days; the last before the first where nothing is known.
  Day first = {1};
  Day last = {0};
  StreamId stream = 0;
  // Its number among those of its type.
  std::uint32_t place_in_kind = 0;
  // The fact of its type before it on its stream.
  RowId previous = kNoRow;
  Word place = kNoWord;
  Word reason = kNoWord;
  Word source_system = kNoWord;
  Word actor = kNoWord;
  Word organisation = kNoWord;
  Kind kind = 0;
  std::uint8_t sector = 0;
  // Known before it was recorded, as only an import of the past says.
  bool imported = false;
  // As in Fact.
  bool is_normal = true;

  std::optional<DayRange> Occurred() const;
};

// Each fact is read once, and then takes about 150 bytes besides the texts that no other has.
//
// Grows by one thread while no other reads; between that any thread reads. Borrows the columns.
class FactTable {
 public:
  // A fact that acts on another of its stream.
  struct Reference {
    RowId row;
    event::v1::Reference refers;
    // As EventKey() has it.
    std::uint64_t event;
  };
  // A record that ended for another.
  struct Merge {
    RowId row;
    Word survivor;
  };
  // When a fact happened and became known, for passing over most of a type at a glance.
  struct When {
    // As in Row.
    Day first, last;
    Day known;
  };
  // How old somebody was, as told with a fact.
  struct Age {
    RowId row;
    Word person;
    std::uint8_t years;
  };

  explicit FactTable(const Columns& columns);

  // Takes the facts up to a position that are not there. Where the last one here is another one
  // there, which is another history, all are taken anew. What the source says; DATA_LOSS
  // FACT_DAMAGED, after which the facts before that one are there. Facts of a type that this
  // program does not know are passed over: a newer one counted them.
  absl::Status Follow(const projections::FactSource& source, Position up_to);
  // Lets go of all facts.
  void Clear();

  RowId size() const { return static_cast<RowId>(rows_.size()); }
  const Row& row(RowId id) const { return rows_[id]; }
  const Descriptor* TypeOf(RowId id) const { return kinds_[rows_[id].kind].type; }
  const payload::EventMarks& MarksOf(RowId id) const { return *kinds_[rows_[id].kind].marks; }
  const Columns& columns() const { return columns_; }
  Words& words() const { return *words_; }
  // The number of the row at a position, or of the next one; size() where there is none.
  RowId LowerBound(Position position) const;

  // All of a type, in order.
  const std::vector<RowId>& OfType(const Descriptor* type) const;
  // Of each of them.
  const std::vector<When>& WhenOfType(const Descriptor* type) const;
  // The last of a type on a stream, whence `previous` leads to the others.
  RowId LastOnStream(StreamId stream, const Descriptor* type) const;
  std::optional<StreamId> FindStream(Word category, Word id) const;
  // The id behind the slash of a stream's name, and what stands before it.
  Word IdOf(StreamId stream) const { return streams_[stream].second; }
  Word CategoryOf(StreamId stream) const { return streams_[stream].first; }
  // Its first fact.
  RowId FirstOf(StreamId stream) const { return first_on_stream_[stream]; }
  // The streams of all categories whose names hold this id.
  std::vector<StreamId> StreamsOf(Word id) const;

  // The values of a row.
  Word Value(RowId id, Slot slot, int element) const;
  std::uint32_t ListSize(RowId id, int list) const;
  Values ValuesOf(RowId id) const;

  // What an event of a stream is found by: a keyed hash of both, of 64 bits.
  static std::uint64_t EventKey(StreamId stream, std::string_view event_id);
  RowId FindEvent(std::uint64_t event) const;

  // In order of rows.
  const std::vector<Reference>& references() const { return references_; }
  const std::vector<Merge>& merges() const { return merges_; }
  const std::vector<Age>& ages() const { return ages_; }
  // The message of a correction, of a kit, or of what a correction names; null for others.
  const std::string* KeptBytes(RowId id) const;

 private:
  struct OfKind {
    struct List {
      // Where the elements of each row end.
      std::vector<std::uint32_t> ends;
      std::vector<Word> words;
    };
    const Descriptor* type = nullptr;
    const payload::EventMarks* marks = nullptr;
    const Shape* shape = nullptr;
    // For reading one fact after another.
    std::unique_ptr<Message> scratch;
    std::vector<RowId> rows;
    std::vector<When> when;
    std::vector<Word> singles;
    std::vector<List> lists;
  };

  absl::Status Add(const Fact& fact, const projections::FactSource& source);
  StreamId StreamOf(std::string_view name);
  void AddValues(OfKind& kind);
  // What the fact says of others.
  absl::Status AddActions(RowId id, const Fact& fact, const projections::FactSource& source);

  const Columns& columns_;
  std::vector<OfKind> kinds_;
  std::unordered_map<const Descriptor*, Kind> kind_numbers_;

  // All below is emptied by Clear().
  std::unique_ptr<Words> words_;
  std::vector<Row> rows_;
  std::uint64_t last_event_ = 0;
  // Category and id.
  std::vector<std::pair<Word, Word>> streams_;
  std::vector<RowId> first_on_stream_;
  absl::flat_hash_map<std::pair<Word, Word>, StreamId> stream_numbers_;
  std::vector<Word> categories_;
  absl::flat_hash_map<std::pair<StreamId, Kind>, RowId> last_on_stream_;
  absl::flat_hash_map<std::uint64_t, RowId> events_;
  std::vector<Reference> references_;
  std::vector<Merge> merges_;
  std::vector<Age> ages_;
  absl::flat_hash_map<RowId, std::string> kept_;
};

}  // namespace mlup::counting
