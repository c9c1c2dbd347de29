#include "projections/counting/restatement.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "eventstore/payload/event_references.h"
#include "mlup/network/v1/import_events.pb.h"

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
  FindWindows();
}

void Restatement::FindWindows() {
  std::map<std::string, std::string> sources;
  for (const FactTable::Row& row : table_.rows()) {
    if (row.type == network::v1::ImportWindowRequested::descriptor()) {
      const auto& asked = static_cast<const network::v1::ImportWindowRequested&>(*row.message);
      sources[asked.window_id()] = asked.source_system();
    } else if (row.type == network::v1::ImportWindowApproved::descriptor()) {
      const auto& opened = static_cast<const network::v1::ImportWindowApproved&>(*row.message);
      windows_[sources[opened.window_id()]].push_back(row.fact.position);
    }
  }
}

std::vector<reports::v1::RestatedImport> Restatement::Imports(
    const std::vector<Position>& causes) const {
  std::vector<reports::v1::RestatedImport> imports;
  std::set<std::pair<std::string, Position>> known;
  for (const Position cause : causes) {
    const auto row = std::ranges::lower_bound(
        table_.rows(), cause, {}, [](const FactTable::Row& one) { return one.fact.position; });
    const Fact& fact = row->fact;
    // Known before it was recorded: that is what only an import of the past can say.
    if (fact.known_at >= fact.recorded_at) continue;
    Position window;
    if (const auto found = windows_.find(fact.source_system); found != windows_.end()) {
      const auto next = std::ranges::lower_bound(found->second, cause);
      if (next != found->second.begin()) window = *std::prev(next);
    }
    if (!known.emplace(fact.source_system, window).second) continue;
    reports::v1::RestatedImport& one = imports.emplace_back();
    one.set_source_system(fact.source_system);
    one.set_window_position(window.value);
  }
  return imports;
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
