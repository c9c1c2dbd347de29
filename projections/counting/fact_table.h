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
#include "projections/counting/packed.h"
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

// What many facts have in common.
struct Manner {
  Kind kind = 0;
  std::uint8_t sector = 0;
  // Known before it was recorded, as only an import of the past says.
  bool imported = false;
  // As in Fact.
  bool is_normal = true;
  Word reason = kNoWord;
  Word source_system = kNoWord;

  friend bool operator==(const Manner&, const Manner&) = default;
  template <typename H>
  friend H AbslHashValue(H hash, const Manner& one) {
    return H::combine(std::move(hash), one.kind, one.sector, one.imported, one.is_normal,
                      one.reason, one.source_system);
  }
};

// The days that a correction states; it may shorten them as a command does.
std::optional<DayRange> StatedDays(const log::v1::Occurred& occurred);

// Each fact is read once, and then takes 27 bytes and those of its values, most of which are one
// byte (Packed), besides the texts that no other has.
//
// Grows by one thread while no other reads; between that any thread reads. Borrows the columns.
class FactTable {
 public:
  // A fact that acts on another of its stream.
  struct Reference {
    RowId row;
    event::v1::Reference refers;
    // kNoRow as long as it is not there.
    RowId target;
  };
  // A record that ended for another.
  struct Merge {
    RowId row;
    Word survivor;
  };
  // When a fact happened and became known, for passing over most of a type at a glance.
  struct When {
    // The possible days; the last before the first where nothing is known.
    Day first = {1};
    Day last = {0};
    Day known;

    std::optional<DayRange> Occurred() const;

    friend bool operator==(const When&, const When&) = default;
    template <typename H>
    friend H AbslHashValue(H hash, const When& one) {
      return H::combine(std::move(hash), one.first.value, one.last.value, one.known.value);
    }
  };
  // Other days that a correction states for what it corrects.
  struct Redating {
    RowId row;
    std::optional<DayRange> days;
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
  // Another one after every Clear(): then rows and words are others.
  std::uint64_t generation() const { return generation_; }

  RowId size() const { return static_cast<RowId>(streams_of_.size()); }
  Position PositionOf(RowId id) const;
  StreamId StreamOf(RowId id) const { return streams_of_[id]; }
  // The fact of its type before it on its stream; kNoRow for the first.
  RowId PreviousOf(RowId id) const { return previous_[id]; }
  Word PlaceOf(RowId id) const { return places_[id]; }
  Word ActorOf(RowId id) const { return actors_[id]; }
  Word OrganisationOf(RowId id) const { return organisations_[id]; }
  Manner MannerOf(RowId id) const { return manners_[id]; }
  When WhenOf(RowId id) const { return KindOf(id).when[places_in_kind_[id]]; }
  const Descriptor* TypeOf(RowId id) const { return KindOf(id).type; }
  const payload::EventMarks& MarksOf(RowId id) const { return *KindOf(id).marks; }
  const Columns& columns() const { return columns_; }
  Words& words() const { return *words_; }
  // How many facts lie up to a position.
  RowId SizeAt(Position position) const;
  // The number of the row at a position, or of the next one; size() where there is none.
  RowId LowerBound(Position position) const;

  // All of a type, in order.
  const std::vector<RowId>& OfType(const Descriptor* type) const;
  // Of each of them.
  const Packed<When>& WhenOfType(const Descriptor* type) const;
  // The last of a type on a stream, whence `previous` leads to the others.
  RowId LastOnStream(StreamId stream, const Descriptor* type) const;
  std::optional<StreamId> FindStream(Word category, Word id) const;
  // The event of a stream with an id; kNoRow where there is none.
  RowId FindOnStream(StreamId stream, std::string_view event_id) const {
    return FindOnStream(stream, EventKey(stream, event_id));
  }
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

  // In order of rows.
  const std::vector<Reference>& references() const { return references_; }
  const std::vector<Merge>& merges() const { return merges_; }
  const std::vector<Age>& ages() const { return ages_; }
  const std::vector<Redating>& redatings() const { return redatings_; }
  // The records that were ever merged with this one, also by way of others and also where that was
  // undone; it is the first of them.
  std::vector<Word> EverMergedWith(Word id) const;
  // The message of a correction, of a kit, or of what a correction names; null for others.
  const std::string* KeptBytes(RowId id) const;

 private:
  struct OfKind {
    struct List {
      // Where the elements of each row end.
      std::vector<std::uint32_t> ends;
      // One for each part of an element.
      std::vector<Packed<Word>> parts;
    };
    const Descriptor* type = nullptr;
    const payload::EventMarks* marks = nullptr;
    const Shape* shape = nullptr;
    // For reading one fact after another.
    std::unique_ptr<Message> scratch;
    std::vector<RowId> rows;
    Packed<When> when;
    std::vector<Packed<Word>> singles;
    std::vector<List> lists;
  };
  // Facts whose positions follow each other without a gap.
  struct Run {
    RowId row;
    Position position;
  };

  absl::Status Add(const Fact& fact, const projections::FactSource& source);
  StreamId NumberOf(std::string_view stream);
  void AddValues(OfKind& kind);
  const OfKind& KindOf(RowId id) const { return kinds_[manners_[id].kind]; }
  // Where the elements of a list of a row begin.
  std::uint32_t BeginOf(RowId id, std::size_t list) const;

  // What an event of a stream is found by: a hash of both, of 64 bits.
  static std::uint64_t EventKey(StreamId stream, std::string_view event_id);
  // The first event of a stream with a key.
  RowId FindOnStream(StreamId stream, std::uint64_t key) const;
  // What the fact says of others.
  absl::Status AddActions(RowId id, const Fact& fact, const projections::FactSource& source);

  const Columns& columns_;
  std::uint64_t generation_ = 0;
  std::vector<OfKind> kinds_;
  std::unordered_map<const Descriptor*, Kind> kind_numbers_;

  // All below is emptied by Clear().
  std::unique_ptr<Words> words_;
  // Of each fact.
  std::vector<StreamId> streams_of_;
  std::vector<RowId> previous_;
  std::vector<std::uint32_t> places_in_kind_;
  std::vector<std::uint64_t> keys_;
  Packed<Word> places_;
  Packed<Word> actors_;
  Packed<Word> organisations_;
  Packed<Manner> manners_;
  std::vector<Run> runs_;
  // Category and id.
  std::vector<std::pair<Word, Word>> streams_;
  std::vector<RowId> first_on_stream_;
  absl::flat_hash_map<std::pair<Word, Word>, StreamId> stream_numbers_;
  std::vector<Word> categories_;
  absl::flat_hash_map<std::pair<StreamId, Kind>, RowId> last_on_stream_;
  std::vector<Reference> references_;
  // Those whose target is not there, by its key.
  absl::flat_hash_map<std::uint64_t, std::vector<std::size_t>> awaited_;
  std::vector<Merge> merges_;
  // From each record of a merge to the other ones.
  absl::flat_hash_map<Word, std::vector<Word>> merged_;
  std::vector<Age> ages_;
  std::vector<Redating> redatings_;
  absl::flat_hash_map<RowId, std::string> kept_;
};

}  // namespace mlup::counting
