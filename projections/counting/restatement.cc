#include "projections/counting/restatement.h"

#include <algorithm>

#include "eventstore/payload/event_references.h"

namespace mlup::counting {
namespace {

// What stands behind a cell: events, and the ids of records.
struct Basis {
  std::set<Position> events;
  std::set<std::string, std::less<>> records;

  void Add(const Event* event) {
    if (event == nullptr) return;
    events.insert(event->fact().position);
    records.emplace(event->stream_id());
  }

  void Add(const Figures& figures, const CellFigures& cell) {
    for (const std::size_t index : cell.items) {
      const Item& item = figures.items[index];
      Add(item.event);
      Add(item.member);
      records.insert({item.id, item.raw_id, item.person, item.raw_person});
    }
    records.erase("");
  }
};

bool Touches(const auto& some, const auto& others) {
  return std::ranges::any_of(some, [&others](const auto& one) { return others.contains(one); });
}

}  // namespace

Restatement::Restatement(const FactTable& table, const World& now, const World& then)
    : table_(table), now_(now) {
  for (std::size_t i = 0; i < table.rows().size(); ++i) {
    const Event* event = now.AtRow(i);
    if (event == nullptr || !event->living || then.AtRow(i) != nullptr) continue;
    Action action{event, {}, {}};
    Follow(*event, action);
    actions_.push_back(std::move(action));
  }
}

void Restatement::FollowId(const Event& by, const std::string& event_id, Action& action) const {
  const auto row = table_.FindEvent(by.fact().stream, event_id);
  const Event* event = row ? now_.AtRow(*row) : nullptr;
  // Events act on earlier ones only, so that a chain ends.
  if (event == nullptr || !action.targets.insert(event->fact().position).second) return;
  Follow(*event, action);
}

void Restatement::Follow(const Event& event, Action& action) const {
  for (const payload::EventReference& reference : payload::ReferencesOf(*event.message)) {
    if (payload::IsCounting(reference.refers)) FollowId(event, reference.event_id, action);
  }
  for (auto& survivor : payload::ConcernedBy(*event.message, event::v1::CONCERN_SURVIVOR)) {
    action.records.insert({std::string(event.stream_id()), std::move(survivor.id)});
  }
}

std::vector<Position> Restatement::Causes(const Figures& now, const CellFigures& now_cell,
                                          const Figures& then, const CellFigures* then_cell) const {
  Basis basis;
  basis.Add(now, now_cell);
  if (then_cell != nullptr) basis.Add(then, *then_cell);
  std::vector<Position> causes;
  for (const Action& action : actions_) {
    if (basis.events.contains(action.event->fact().position) ||
        Touches(action.targets, basis.events) || Touches(action.records, basis.records)) {
      causes.push_back(action.event->fact().position);
    }
  }
  if (!causes.empty()) return causes;
  // The row moved by what its items are told apart by: a facet, a state, a joined event.
  for (const Action& action : actions_) {
    if (basis.records.contains(action.event->stream_id())) {
      causes.push_back(action.event->fact().position);
    }
  }
  return causes;
}

}  // namespace mlup::counting
