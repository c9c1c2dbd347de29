#include "projections/counting/evaluate.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

namespace mlup::counting {
namespace {

// Members in order of their leading number, then text; what is unknown last.
struct MemberOrder {
  static std::pair<bool, long> Rank(const std::string& member) {
    long number = -1;
    for (const char c : member) {
      if (c < '0' || c > '9' || number > 1'000'000) break;
      number = std::max(number, 0L) * 10 + (c - '0');
    }
    return {member == kUnknown, number};
  }
  bool operator()(const std::string& a, const std::string& b) const {
    return std::pair(Rank(a), a) < std::pair(Rank(b), b);
  }
};

// Halves away from 0.
Decimal MeanOf(Decimal sum, std::uint64_t count) {
  const auto number = static_cast<std::int64_t>(count);
  const std::int64_t half = sum.thousandths < 0 ? -number : number;
  return {(2 * sum.thousandths + half) / (2 * number)};
}

// Works out one indicator. For one thread and one use.
class Evaluation {
 public:
  Evaluation(const Indicator& indicator, const World& world, const DayRange& period,
             const Within& within)
      : world_(world), period_(period), within_(within) {
    figures_.indicator = &indicator;
  }

  Figures Run() {
    FindAll();
    AddHeadcounts();
    if (figures_.indicator->OfPeople()) FindFirstEvents();
    AddTotal();
    const auto& dimensions = figures_.indicator->dimensions;
    for (std::size_t i = 0; i < dimensions.size(); ++i) AddDimension(i);
    return std::move(figures_);
  }

 private:
  const pb::Indicator& definition() const { return *figures_.indicator->definition; }

  Wanted Looked() const { return {definition().period_rule(), Outside::kFirst, within_}; }

  void FindAll() {
    const auto& selects = figures_.indicator->selects;
    for (std::size_t i = 0; i < selects.size(); ++i) {
      for (FoundItem& found : FindItems(selects[i], Looked(), world_, period_)) {
        switch (found.timing) {
          case Timing::kInside:
            found.item.select = static_cast<std::uint32_t>(i);
            found.item.id = definition().entity() == pb::ENTITY_UNSPECIFIED
                                ? found.item.raw_id
                                : world_.Canonical(found.item.raw_id);
            figures_.items.push_back(found.item);
            break;
          case Timing::kNotDatable:
            ++figures_.not_datable;
            break;
          case Timing::kOutside:
            figures_.out_of_period = true;
            break;
        }
      }
    }
    std::ranges::stable_sort(figures_.items, {}, &Item::event);
  }

  void AddHeadcounts() {
    absl::StatusOr<Decimal> sum = Decimal();
    bool any = false;
    for (const Select& select : figures_.indicator->headcounts) {
      for (const FoundItem& found : FindItems(select, Looked(), world_, period_)) {
        if (found.timing != Timing::kInside || !found.item.counted) continue;
        if (sum.ok()) sum = Add(*sum, found.item.amount);
        any = true;
        figures_.headcount_events.push_back(found.item.event);
      }
    }
    if (any && sum.ok()) figures_.headcount = FormatDecimal(*sum);
  }

  // Unknown days come last.
  std::pair<Day, RowId> Earliness(RowId event) const {
    const auto occurred = world_.Occurred(event);
    return {occurred ? occurred->first : Day{INT32_MAX}, event};
  }

  // The first counted event of each person, which its age is taken at.
  void FindFirstEvents() {
    for (const Item& item : figures_.items) {
      if (!item.counted || item.person == kNoWord) continue;
      const auto [first, is_new] = first_events_.try_emplace(item.person, item.event);
      if (!is_new && Earliness(item.event) < Earliness(first->second)) first->second = item.event;
    }
  }

  // What an item is told apart by: the member, and what stands behind it.
  using Member = std::pair<Word, Word>;

  Member MemberOf(const Item& item, std::size_t dimension) const {
    const Dimension& by = figures_.indicator->dimensions[dimension];
    if (!by.latest.empty()) return {LatestOf(item, by), kNoWord};
    const Select& select = figures_.indicator->selects[item.select];
    if (by.parts) return {world_.words().Of(select.part), kNoWord};
    const Split& split = select.splits[dimension];
    ItemView view{world_, item.event, item.member, item.element, item.person};
    if (const auto first = first_events_.find(item.person);
        by.by_age && first != first_events_.end()) {
      view.aged_at = first->second;
    }
    const Word value = split.path->Value(view);
    if (value == kNoWord) return {world_.unknown(), kNoWord};
    return {world_.Canonical(value), split.with ? split.with->Value(view) : kNoWord};
  }

  // What the last of several event types on the item's stream says.
  Word LatestOf(const Item& item, const Dimension& by) const {
    RowId last = kNoRow;
    const StreamId stream = world_.table().StreamOf(item.event);
    for (const auto& [type, value] : by.latest) {
      const RowId event = world_.LastOnStream(stream, type);
      if (event != kNoRow && (last == kNoRow || last < event)) last = event;
    }
    if (last == kNoRow) return world_.unknown();
    return world_.words().Of(by.latest.at(world_.table().TypeOf(last)));
  }

  void AddTotal() {
    CellFigures total;
    total.items.resize(figures_.items.size());
    std::iota(total.items.begin(), total.items.end(), 0u);
    AddCell(std::move(total));
  }

  void AddDimension(std::size_t dimension) {
    const Dimension& by = figures_.indicator->dimensions[dimension];
    absl::flat_hash_map<Member, std::vector<std::uint32_t>> found;
    for (std::uint32_t i = 0; i < figures_.items.size(); ++i) {
      found[MemberOf(figures_.items[i], dimension)].push_back(i);
    }
    std::map<std::string, CellFigures, MemberOrder> cells;
    for (auto& [member, items] : found) {
      std::string name(world_.Text(member.first));
      if (member.second != kNoWord) absl::StrAppend(&name, " ", ToAbsl(world_.Text(member.second)));
      std::vector<std::uint32_t>& all = cells[name].items;
      const bool is_first = all.empty();
      all.insert(all.end(), items.begin(), items.end());
      if (!is_first) std::ranges::sort(all);
    }
    if (by.count_members) AddNumberOf(by, cells);
    for (auto& [member, cell] : cells) {
      cell.dimension = by.name;
      cell.member = member;
      AddCell(std::move(cell));
    }
    if (by.parts) AddEveryPart(by);
  }

  // How many different members are known.
  void AddNumberOf(const Dimension& by,
                   const std::map<std::string, CellFigures, MemberOrder>& members) {
    CellFigures cell;
    cell.dimension = by.name;
    std::size_t number = 0;
    for (const auto& [member, one] : members) {
      if (member == kUnknown || member == "remote" || !AnyCounted(one)) continue;
      ++number;
      cell.items.insert(cell.items.end(), one.items.begin(), one.items.end());
    }
    if (number == 0) return;
    std::ranges::sort(cell.items);
    AddCell(std::move(cell));
    figures_.cells.back().value = std::to_string(number);
  }

  // What the selects of every part found.
  void AddEveryPart(const Dimension& by) {
    std::set<std::string> parts;
    for (const Select& select : figures_.indicator->selects) parts.insert(select.part);
    std::map<Word, std::set<std::string>> found;
    for (const Item& item : figures_.items) {
      if (item.counted) found[item.id].insert(figures_.indicator->selects[item.select].part);
    }
    CellFigures cell;
    cell.dimension = by.name;
    cell.member = kEveryPart;
    for (std::uint32_t i = 0; i < figures_.items.size(); ++i) {
      if (found[figures_.items[i].id] == parts) cell.items.push_back(i);
    }
    if (!cell.items.empty()) AddCell(std::move(cell));
  }

  bool AnyCounted(const CellFigures& cell) const {
    return std::ranges::any_of(
        cell.items, [this](std::uint32_t index) { return figures_.items[index].counted; });
  }

  void AddTooLarge(CellFigures cell) {
    cell.why_none = pb::WHY_NONE_TOO_LARGE;
    figures_.cells.push_back(std::move(cell));
  }

  void AddCell(CellFigures cell) {
    const auto counted = std::ranges::count_if(
        cell.items, [this](std::uint32_t index) { return figures_.items[index].counted; });
    const bool any_counted = counted > 0;
    std::string value;
    if (any_counted && !(cell.dimension.empty() && figures_.indicator->WithoutTotal())) {
      const absl::StatusOr<std::string> sum = ValueOf(cell);
      // It says so alone: the other cells stand.
      if (!sum.ok()) return AddTooLarge(std::move(cell));
      value = *sum;
    }
    switch (definition().nature()) {
      case pb::NATURE_PLANNED:
        cell.planned_value = value;
        cell.why_none = cell.items.empty() ? pb::WHY_NONE_NOTHING_RECORDED : pb::WHY_NONE_PLANNED;
        break;
      case pb::NATURE_QUALITATIVE:
        cell.why_none = pb::WHY_NONE_QUALITATIVE;
        break;
      case pb::NATURE_CONTEXT:
        cell.why_none = pb::WHY_NONE_CONTEXT;
        break;
      default:
        cell.value = value;
        cell.and_uncounted = any_counted && cell.items.size() > static_cast<std::size_t>(counted);
        cell.why_none = any_counted ? pb::WHY_NONE_UNSPECIFIED : WhyNone(cell);
    }
    figures_.cells.push_back(std::move(cell));
  }

  pb::WhyNone WhyNone(const CellFigures& cell) const {
    if (!cell.items.empty()) return pb::WHY_NONE_NOT_COUNTED;
    if (figures_.not_datable > 0) return pb::WHY_NONE_NOT_DATABLE;
    return figures_.out_of_period ? pb::WHY_NONE_OUT_OF_PERIOD : pb::WHY_NONE_NOTHING_RECORDED;
  }

  absl::StatusOr<std::string> ValueOf(const CellFigures& cell) const {
    absl::flat_hash_set<Word> ids;
    Decimal sum;
    std::uint64_t count = 0;
    bool summed = false;
    for (const std::uint32_t index : cell.items) {
      const Item& item = figures_.items[index];
      if (!item.counted) continue;
      const Select& select = figures_.indicator->selects[item.select];
      if (select.distinct) ids.insert(item.id);
      summed = summed || select.sum.has_value();
      ASSIGN_OR_RETURN(sum, Add(sum, item.amount));
      ++count;
    }
    if (definition().unit() == pb::UNIT_POINTS) sum = MeanOf(sum, count);
    if (summed) return FormatDecimal(sum);
    return std::to_string(figures_.indicator->Unique() ? ids.size() : count);
  }

  const World& world_;
  const DayRange& period_;
  const Within& within_;
  Figures figures_;
  absl::flat_hash_map<Word, RowId> first_events_;
};

}  // namespace

Figures Evaluate(const Indicator& indicator, const World& world, const DayRange& period,
                 const Within& within) {
  return Evaluation(indicator, world, period, within).Run();
}

const CellFigures* Figures::Find(std::string_view dimension, std::string_view member) const {
  const auto found = std::ranges::find_if(cells, [&](const CellFigures& cell) {
    return cell.dimension == dimension && cell.member == member;
  });
  return found == cells.end() ? nullptr : &*found;
}

std::uint32_t Figures::PeopleBehind(const CellFigures& cell) const {
  absl::flat_hash_set<Word> people;
  for (const std::uint32_t index : cell.items) {
    if (items[index].counted && items[index].about != kNoWord) people.insert(items[index].about);
  }
  return static_cast<std::uint32_t>(people.size());
}

std::vector<RowId> Figures::Evidence(const CellFigures& cell) const {
  std::vector<RowId> events;
  events.reserve(cell.items.size());
  for (const std::uint32_t index : cell.items) {
    events.push_back(items[index].event);
    if (items[index].member != kNoRow) events.push_back(items[index].member);
  }
  if (cell.dimension.empty()) {
    events.insert(events.end(), headcount_events.begin(), headcount_events.end());
  }
  if (!std::ranges::is_sorted(events)) std::ranges::sort(events);
  events.erase(std::unique(events.begin(), events.end()), events.end());
  return events;
}

}  // namespace mlup::counting
