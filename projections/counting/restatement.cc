#include "projections/counting/restatement.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "eventstore/payload/event_types.h"
#include "mlup/network/v1/import_events.pb.h"
#include "projections/counting/lookups.h"

namespace mlup::counting {
namespace {

// What stands behind a cell: events, and the ids of records.
struct Behind {
  std::vector<RowId> events;
  std::vector<Word> records;

  void Add(const World& world, const Figures& figures, const CellFigures& cell) {
    for (const std::uint32_t index : cell.items) {
      const Item& item = figures.items[index];
      for (const RowId event : {item.event, item.member}) {
        if (event == kNoRow) continue;
        events.push_back(event);
        records.push_back(world.table().IdOf(world.table().StreamOf(event)));
      }
      records.insert(records.end(), {item.id, item.raw_id, item.person, item.raw_person});
    }
  }

  void Sort() {
    for (auto* const numbers : {&events, &records}) {
      std::ranges::sort(*numbers);
      numbers->erase(std::unique(numbers->begin(), numbers->end()), numbers->end());
    }
    std::erase(records, kNoWord);
  }
};

void AddFound(const auto& by, const auto& keys, std::vector<RowId>& causes) {
  for (const auto key : keys) {
    if (const auto found = by.find(key); found != by.end()) {
      causes.insert(causes.end(), found->second.begin(), found->second.end());
    }
  }
}

void SortOnce(std::vector<RowId>& rows) {
  std::ranges::sort(rows);
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
}

}  // namespace

Restatement::Restatement(const World& now, const World& then) : now_(now), then_(then) {
  FindActions();
  FindWindows();
}

void Restatement::FindActions() {
  std::set<RowId> acting;
  for (const FactTable::Reference& reference : now_.table().references()) {
    if (IsLater(reference.row)) acting.insert(reference.row);
  }
  for (const FactTable::Merge& merge : now_.table().merges()) {
    if (IsLater(merge.row)) acting.insert(merge.row);
  }
  for (const RowId later : acting) Follow(later, later);
}

void Restatement::Follow(RowId later, RowId event) {
  const FactTable& table = now_.table();
  for (const FactTable::Reference& reference : EntriesOf(table.references(), event)) {
    const RowId target = reference.target;
    // Events act on earlier ones only, so that a chain ends.
    if (target >= event || !now_.Knows(target)) continue;
    on_events_[target].push_back(later);
    Follow(later, target);
  }
  for (const FactTable::Merge& merge : EntriesOf(table.merges(), event)) {
    on_records_[table.IdOf(table.StreamOf(event))].push_back(later);
    on_records_[merge.survivor].push_back(later);
  }
}

void Restatement::FindWindows() {
  const FactTable& table = now_.table();
  const Columns::Own& own = table.columns().own();
  // A window is asked for once, and before it is opened.
  absl::flat_hash_map<Word, RowId> asked;
  for (const RowId row : table.OfType(network::v1::ImportWindowRequested::descriptor())) {
    asked.try_emplace(table.Value(row, own.window_asked, -1), row);
  }
  for (const RowId row : table.OfType(network::v1::ImportWindowApproved::descriptor())) {
    const auto found = asked.find(table.Value(row, own.window_opened, -1));
    if (found == asked.end() || row < found->second) continue;
    windows_[table.Value(found->second, own.window_source, -1)].push_back(row);
  }
}

std::vector<reports::v1::RestatedImport> Restatement::Imports(
    const std::vector<RowId>& causes) const {
  std::vector<reports::v1::RestatedImport> imports;
  std::set<std::pair<Word, RowId>> known;
  for (const RowId cause : causes) {
    const Manner manner = now_.table().MannerOf(cause);
    // Known before it was recorded: that is what only an import of the past can say.
    if (!manner.imported) continue;
    RowId window = kNoRow;
    if (const auto found = windows_.find(manner.source_system); found != windows_.end()) {
      const auto next = std::ranges::lower_bound(found->second, cause);
      if (next != found->second.begin()) window = *std::prev(next);
    }
    if (!known.emplace(manner.source_system, window).second) continue;
    reports::v1::RestatedImport& one = imports.emplace_back();
    one.set_source_system(std::string(now_.Text(manner.source_system)));
    if (window != kNoRow) one.set_window_position(now_.table().PositionOf(window).value);
  }
  return imports;
}

Restatement::Found Restatement::Causes(const Figures& now, const CellFigures& now_cell,
                                       const Figures& then, const CellFigures* then_cell) const {
  Behind basis;
  basis.Add(now_, now, now_cell);
  if (then_cell != nullptr) basis.Add(now_, then, *then_cell);
  basis.Sort();
  for (const Word record : basis.records) Lookups::Note(record);
  Found found;
  std::vector<RowId>& causes = found.events;
  std::ranges::copy_if(basis.events, std::back_inserter(causes),
                       [this](RowId event) { return IsLater(event); });
  AddFound(on_events_, basis.events, causes);
  AddFound(on_records_, basis.records, causes);
  // The row moved by what its items are told apart by: a facet, a state, a joined event.
  found.of_records = causes.empty();
  if (found.of_records) AddOfRecords(basis.records, causes);
  SortOnce(causes);
  return found;
}

void Restatement::AddOfRecords(const std::vector<Word>& records, std::vector<RowId>& causes) const {
  const FactTable& table = now_.table();
  for (const Word record : records) {
    for (const StreamId stream : table.StreamsOf(record)) {
      for (const Descriptor* type : payload::EventTypes()) {
        RowId row = table.LastOnStream(stream, type);
        for (; row != kNoRow; row = table.PreviousOf(row)) {
          if (IsLater(row)) causes.push_back(row);
        }
      }
    }
  }
}

}  // namespace mlup::counting
