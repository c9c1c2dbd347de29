// The facts as they were known at a cut.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "eventstore/base/days.h"
#include "eventstore/base/status.h"
#include "mlup/common/v1/common.pb.h"
#include "projections/counting/fact_table.h"
#include "projections/counting/persons.h"

namespace mlup::counting {

// How much is known: events up to `position` that were known before the end of `day`. The default
// is everything. With `normal_only` as if those that only few may see had never been recorded.
struct Cut {
  Position position = {UINT64_MAX};
  std::optional<Day> day = {};
  bool normal_only = false;

  friend bool operator==(const Cut&, const Cut&) = default;
};

// The events of a table as known at a cut: voids, replaced head-counts, corrections and merges are
// applied. The rules are those of projections/counting/README.md, section 1.
//
// Immutable: any thread. Borrows the table, which must outlive it and not grow meanwhile. Costs a
// bit for each fact, and a copy of what is corrected; what is known of persons is gathered when it
// is first asked for. Whose records are looked up goes into the Lookups of the thread.
class World {
 public:
  World(const FactTable& table, const Cut& cut);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  const FactTable& table() const { return table_; }
  const Cut& cut() const { return cut_; }
  Words& words() const { return table_.words(); }
  std::string_view Text(Word word) const { return table_.words().Text(word); }

  // Whether an event lies inside the cut, voided or not.
  bool Knows(RowId row) const;
  // Whether it does, and is neither voided nor replaced.
  bool IsLiving(RowId row) const { return living_[row]; }

  // Whether something differs from what was first said of it.
  bool IsChanged(RowId row) const { return changed_[row]; }

  // Of an event as known: corrections are applied.
  std::optional<DayRange> Occurred(RowId row) const;
  Word Place(RowId row) const;
  Word Value(RowId row, Slot slot, int element = -1) const;
  std::uint32_t ListSize(RowId row, int list) const;
  // The age told with it of somebody (a canonical id); none where its days were corrected.
  std::optional<int> AgeTold(RowId row, Word person) const;
  // The fact as known, from the one that the source has.
  Fact Known(RowId row, Fact fact) const;

  // Visits the living events of a type, in order of position.
  template <typename Visit>
  void ForEach(const Descriptor* type, const Visit& visit) const {
    for (const RowId row : table_.OfType(type)) {
      if (living_[row]) visit(row);
    }
  }
  // The last living event of a type on a stream; kNoRow where there is none.
  RowId LastOnStream(StreamId stream, const Descriptor* type) const;
  // All of them, in order of position.
  std::vector<RowId> OnStream(StreamId stream, const Descriptor* type) const;
  // The last of them on the stream that an id of this category stands for after merges.
  RowId LastOf(Word category, Word id, const Descriptor* type) const;
  // Living events of a type on the streams of all records that are merged into this one, in order
  // of position.
  std::vector<RowId> OnRecord(Word category, Word id, const Descriptor* type) const;

  // The types of the events that FacetsOf() reads, on the streams of persons.
  static const std::array<const Descriptor*, 3>& FacetTypes();

  // The person or household that an id stands for; other ids stand for themselves.
  Word Canonical(Word id) const;
  // What is known about a person (a canonical id).
  const Facets& FacetsOf(Word person) const;
  Word unknown() const { return unknown_; }

 private:
  // An event of which something differs from what was first said.
  struct Change {
    std::optional<DayRange> occurred;
    Word place = kNoWord;
    Values values;
    // Of a correction: the message, and the days that it states.
    std::unique_ptr<Message> message;
    std::optional<log::v1::Occurred> corrected_days;
    // Of goods of which only the kit was told: the kit.
    RowId kit = kNoRow;
  };

  void ApplyVoids();
  void ApplyReplacements();
  void ApplyCorrections();
  // Goods of which only the kit is told are what the kit's definition says.
  void OpenKits();
  void Correct(RowId row, const common::v1::DetailsCorrected& correction);
  // The message of a correction or a kit, as known.
  std::unique_ptr<Message> KeptMessage(RowId row) const;
  void ApplyMerges();
  void FollowChains();
  // As Canonical(), for its own use.
  Word SurvivorOf(Word id) const;
  void GatherFacets() const;
  void LearnFacets(RowId row) const;
  const Change* ChangeOf(RowId row) const {
    return changed_[row] ? &changes_.find(row)->second : nullptr;
  }
  Change& ChangeAt(RowId row);

  const FactTable& table_;
  const Cut cut_;
  // How many facts lie up to the position of the cut.
  const RowId end_;
  const Word unknown_;
  std::vector<bool> living_;
  std::vector<bool> changed_;
  std::unordered_map<RowId, Change> changes_;
  // From a record that ended to the one that stands for it, and back.
  absl::flat_hash_map<Word, Word> survivors_;
  absl::flat_hash_map<Word, std::vector<Word>> merged_;
  mutable std::once_flag gathered_;
  mutable absl::flat_hash_map<Word, Facets> facets_;
};

}  // namespace mlup::counting
