// One indicator evaluated over the world of a cut: its items, and its cells with their values.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "eventstore/base/days.h"
#include "eventstore/base/decimal.h"
#include "eventstore/base/status.h"
#include "mlup/reports/v1/report_service.pb.h"
#include "projections/counting/definitions.h"
#include "projections/counting/world.h"

namespace mlup::counting {

// One thing that an indicator looks at and that lies in the period.
struct Item {
  RowId event = kNoRow;
  // With `expand`: the member event.
  RowId member = kNoRow;
  int element = -1;
  // Index of the select that found it.
  std::uint32_t select = 0;
  // False: it happened, and nobody counted it.
  bool counted = false;
  // With `sum`: what it adds.
  Decimal amount;
  // With `distinct`: what it is the same as, after merges and as it stands.
  Word id = kNoWord;
  Word raw_id = kNoWord;
  // Its person, after merges and as it stands.
  Word person = kNoWord;
  Word raw_person = kNoWord;
  // Of amounts and means: whom it is about, after merges.
  Word about = kNoWord;
};

// A total, or one part of it.
struct CellFigures {
  // Empty for the total.
  std::string dimension;
  std::string member;
  // Indices into Figures::items, in the order of the items.
  std::vector<std::uint32_t> items;
  std::string value;
  std::string planned_value;
  pb::WhyNone why_none = pb::WHY_NONE_UNSPECIFIED;
  bool and_uncounted = false;
};

// What one indicator comes to. Borrows the indicator and the world.
struct Figures {
  const Indicator* indicator = nullptr;
  std::vector<Item> items;
  // The total, then the dimensions in the order of the definition, each by member.
  std::vector<CellFigures> cells;
  std::uint32_t not_datable = 0;
  // Something recorded for this report happened outside the period.
  bool out_of_period = false;
  // Decimal; empty when no head-count is there.
  std::string headcount;
  // The events that it is added from.
  std::vector<RowId> headcount_events;

  // The cell; null when it has none.
  const CellFigures* Find(std::string_view dimension, std::string_view member) const;
  // The events behind a cell in order of position: its items' and their members', and for the total
  // the head-counts.
  std::vector<RowId> Evidence(const CellFigures& cell) const;
  // How many different people or other recipients its counted items are about, as far as known.
  std::uint32_t PeopleBehind(const CellFigures& cell) const;
};

// Which events somebody may be told of; empty for all.
using Within = std::function<bool(RowId)>;

// A cell whose sum cannot be held says so.
Figures Evaluate(const Indicator& indicator, const World& world, const DayRange& period,
                 const Within& within = nullptr);

// Whether the period holds an event.
enum class Timing { kInside, kOutside, kNotDatable };

struct FoundItem {
  Item item;
  Timing timing = Timing::kInside;
};

// Which of the items outside the period are wanted, of those recorded since its first day.
enum class Outside { kFirst, kAll };

// Which items are looked for.
struct Wanted {
  pb::PeriodRule rule = pb::PERIOD_RULE_OCCURRED_WITHIN;
  Outside outside = Outside::kAll;
  Within within = nullptr;
};

// The items of a select whose conditions hold, with their timing. Outside the period are only those
// that were recorded since its first day.
std::vector<FoundItem> FindItems(const Select& select, const Wanted& wanted, const World& world,
                                 const DayRange& period);

}  // namespace mlup::counting
