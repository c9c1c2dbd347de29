// The facts of a source, kept in the form that is counted from.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <utility>

#include "eventstore/base/discard.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "projections/counting/definitions.h"
#include "projections/counting/fact_table.h"
#include "projections/counting/kept_cells.h"
#include "projections/counting/world.h"
#include "projections/facts/fact.h"

namespace mlup::counting {

// What kept cells may take.
inline constexpr std::size_t kKeptBytesMax = std::size_t{64} << 20;

// How many worlds are kept: of a report, and of what it is compared with.
inline constexpr std::size_t kWorldsKept = 4;

// Reads each fact once, when it is first asked for, and all again where the source says that they
// may be others; many requests count at the same time from what
// was read. Any thread. Borrows both, which must outlive it.
class CountedFacts {
 public:
  CountedFacts(const projections::FactSource& source, const Definitions& definitions,
               std::size_t kept_bytes_max = kKeptBytesMax)
      : source_(source),
        definitions_(definitions),
        note_uses_(NoteUsesOf(definitions)),
        kept_(kept_bytes_max),
        table_(definitions.columns()) {}
  CountedFacts(const CountedFacts&) = delete;
  CountedFacts& operator=(const CountedFacts&) = delete;

  const projections::FactSource& source() const { return source_; }
  const Definitions& definitions() const { return definitions_; }
  // How facts enter what a report shows and does not count.
  const Uses& note_uses() const { return note_uses_; }

  // What was counted of these facts. Whoever asks holds a Reading.
  KeptCells& kept() const { return kept_; }

  // The table while this lives: nothing is added meanwhile.
  class Reading {
   public:
    Reading(std::shared_lock<std::shared_mutex> lock, const FactTable& table)
        : lock_(std::move(lock)), table_(table) {}
    const FactTable& table() const { return table_; }

   private:
    const std::shared_lock<std::shared_mutex> lock_;
    const FactTable& table_;
  };

  // Takes at most so many positions after those that were read, up to a position, so that nobody
  // waits for long; returns how far it came. What FactTable::Follow() says.
  absl::StatusOr<Position> Advance(Position up_to, std::uint64_t at_most) const;

  // The world of a cut. Of those asked for since the table grew the last kWorldsKept are kept: the
  // pages of one answer are of one cut.
  std::shared_ptr<const World> WorldAt(const Reading& reading, const Cut& cut) const;

  // The facts up to a position, and maybe later ones. What FactTable::Follow() says.
  absl::StatusOr<std::unique_ptr<Reading>> Read(Position up_to) const;

  // The day of a cut; where it has none, that on which the last fact of a table within it was
  // recorded. Nothing where nothing is recorded.
  absl::StatusOr<std::optional<Day>> KnownUntil(const Cut& cut, const FactTable& table) const;

 private:
  // Whether facts are to be taken before those up to a position can be counted.
  bool IsBehind(Position up_to) const;
  // Nobody reads meanwhile. Takes at most so many positions, and tells where it is then.
  absl::StatusOr<Position> Follow(Position up_to, std::uint64_t at_most) const;

  const projections::FactSource& source_;
  const Definitions& definitions_;
  const Uses note_uses_;
  mutable KeptCells kept_;
  mutable std::shared_mutex mutex_;
  mutable FactTable table_;
  // How far the table was read.
  mutable Position read_to_;
  // What the source said of replaced facts then.
  mutable std::uint64_t replaced_ = 0;
  // The last one first; all of the table as it is.
  mutable Mutex worlds_mutex_;
  mutable std::deque<std::shared_ptr<const World>> worlds_ ABSL_GUARDED_BY(worlds_mutex_);
  mutable Discard discard_;
};

}  // namespace mlup::counting
