// The facts of the log, parsed once, and the world as it was known at a cut.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <google/protobuf/arena.h>
#include <google/protobuf/message.h>

#include "eventstore/base/days.h"
#include "eventstore/base/status.h"
#include "eventstore/payload/event_references.h"
#include "mlup/common/v1/common.pb.h"
#include "projections/counting/persons.h"
#include "projections/facts/fact.h"

namespace mlup::counting {

using google::protobuf::Descriptor;
using google::protobuf::Message;
using projections::Fact;

// How much is known: events up to `position` that were known before the end of `day`. The default
// is everything.
struct Cut {
  Position position = {UINT64_MAX};
  std::optional<Day> day = {};

  // Whether an event at this place, known then, lies inside.
  bool Holds(Position at, absl::Time known_at) const;
};

// All facts up to a position with their messages.
//
// Immutable once loaded: any thread. Owns the facts. Memory in proportion to the facts.
class FactTable {
 public:
  struct Row {
    Fact fact;
    const Descriptor* type = nullptr;
    // Lives in the table's arena.
    const Message* message = nullptr;
    // Number of the fact's stream.
    std::uint32_t stream = 0;
    // What the type says of other events.
    const payload::EventMarks* marks = nullptr;
  };

  // Without facts of a type that this program does not know. DATA_LOSS FACT_DAMAGED.
  static absl::StatusOr<FactTable> Load(const projections::FactSource& source, Position up_to);

  const std::vector<Row>& rows() const { return rows_; }
  // Index of the row of the event with this id on this stream.
  std::optional<std::size_t> FindEvent(std::string_view stream, std::string_view event_id) const;
  // Number of a stream; nothing for one without facts.
  std::optional<std::uint32_t> FindStream(std::string_view stream) const;

 private:
  FactTable() : arena_(std::make_unique<google::protobuf::Arena>()) {}

  absl::Status Add(const Fact& fact);

  std::unique_ptr<google::protobuf::Arena> arena_;
  std::vector<Row> rows_;
  std::unordered_map<std::string, std::size_t> events_;
  std::unordered_map<std::string, std::uint32_t> streams_;
};

// One event as known at the cut: corrections are applied.
struct Event {
  const FactTable::Row* row = nullptr;
  const Message* message = nullptr;
  std::optional<DayRange> occurred;
  // The last correction of the days; null when there is none.
  const log::v1::Occurred* corrected_occurred = nullptr;
  std::string place;
  // Inside the cut, not voided and not replaced.
  bool living = false;

  const Fact& fact() const { return row->fact; }
  const Descriptor* type() const { return row->type; }
  // The id behind the slash of its stream's name.
  std::string_view stream_id() const;
};

// The events of a table as known at a cut: voids, replaced head-counts, corrections and merges are
// applied. The rules are those of projections/counting/README.md, section 1.
//
// Immutable: any thread. Borrows the table, which must outlive it.
class World {
 public:
  World(const FactTable& table, const Cut& cut);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  const Cut& cut() const { return cut_; }
  // Living events of a type, in order of position.
  const std::vector<const Event*>& OfType(const Descriptor* type) const;
  // Living events of a type on a stream, in order of position.
  const std::vector<const Event*>& OnStream(std::uint32_t stream, const Descriptor* type) const;
  // The last of them; null when there is none.
  const Event* LastOnStream(std::uint32_t stream, const Descriptor* type) const;
  // The last of them on the stream that an id of this category stands for after merges.
  const Event* LastOf(std::string_view category, std::string_view id, const Descriptor* type) const;
  // Living events of a type on the streams of all records that are merged into this one, in order
  // of position.
  std::vector<const Event*> OnRecord(std::string_view category, std::string_view id,
                                     const Descriptor* type) const;

  // The person or household that an id stands for; other ids stand for themselves.
  std::string_view Canonical(std::string_view id) const;
  // What is known about a person (a canonical id).
  const Facets& FacetsOf(std::string_view person) const;
  // The event at a position of the table, living or not; null when it lies outside the cut.
  const Event* AtRow(std::size_t index) const;

 private:
  using Key = std::pair<std::uint32_t, const Descriptor*>;
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      return std::hash<const void*>()(key.second) * 31 + key.first;
    }
  };

  void ApplyVoids();
  void ApplyReplacements();
  void ApplyCorrections();
  // Goods of which only the kit is told are what the kit's definition says.
  void OpenKits();
  void Correct(Event& event, const common::v1::DetailsCorrected& correction);
  void Index();
  void ApplyMerges();
  void FollowChains();
  void GatherFacets();
  // The event that `by` refers to in this way, inside the cut; else null.
  Event* Target(const Event& by, event::v1::Reference refers);

  const FactTable& table_;
  const Cut cut_;
  // One for each row of the table; those outside the cut have no row.
  std::vector<Event> events_;
  std::vector<std::unique_ptr<Message>> corrected_;
  std::unordered_map<const Descriptor*, std::vector<const Event*>> by_type_;
  std::unordered_map<Key, std::vector<const Event*>, KeyHash> by_stream_;
  // From a record that ended to the one that stands for it, and back.
  std::map<std::string, std::string, std::less<>> survivors_;
  std::map<std::string, std::vector<std::string>, std::less<>> merged_;
  std::map<std::string, Facets, std::less<>> facets_;
};

}  // namespace mlup::counting
