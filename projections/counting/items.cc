// The items of a select: which events, elements and members it looks at, and when they happened.
#include <algorithm>
#include <limits>

#include "projections/counting/evaluate.h"

namespace mlup::counting {
namespace {

constexpr DayRange kAnyDay = {{std::numeric_limits<std::int32_t>::min()},
                              {std::numeric_limits<std::int32_t>::max()}};

bool Holds(const Condition& condition, const ItemView& view) {
  if (!condition.contains.empty()) {
    return std::ranges::any_of(condition.path.Texts(view), [&condition](const std::string& value) {
      return condition.contains.contains(value);
    });
  }
  const std::string value = condition.path.Text(view);
  if (condition.present && value.empty()) return false;
  if (!condition.in.empty() && !condition.in.contains(value)) return false;
  return !condition.not_in.contains(value);
}

// The first of the events after `begin` that ends it; null when none does.
const Event* EndOf(const Ending& ending, const Event& begin, const World& world,
                   const std::vector<const Event*>& candidates) {
  const auto match = [&world](const std::optional<Path>& path, const Event& event) {
    return path ? std::string(world.Canonical(path->Text({world, event}))) : std::string();
  };
  const std::string wanted = match(ending.begin_match, begin);
  for (const Event* event : candidates) {
    if (event->fact().position <= begin.fact().position) continue;
    if (match(ending.end_match, *event) == wanted) return event;
  }
  return nullptr;
}

Timing OccurredTiming(const Event& event, const DayRange& period) {
  if (!event.occurred) return Timing::kNotDatable;
  if (period.Contains(*event.occurred)) return Timing::kInside;
  return period.Overlaps(*event.occurred) ? Timing::kNotDatable : Timing::kOutside;
}

Timing ActiveTiming(const Select& select, const ItemView& view, const DayRange& period) {
  const DayRange begin = view.event.occurred.value_or(kAnyDay);
  // What has no end goes on.
  DayRange end = {kAnyDay.last, kAnyDay.last};
  const Event* ended = select.ended
                           ? EndOf(*select.ended, view.event, view.world,
                                   view.world.OnStream(view.event.row->stream, select.ended->event))
                           : nullptr;
  if (ended != nullptr) {
    end = ended->occurred.value_or(kAnyDay);
  } else if (select.ends_on) {
    if (const auto day = ParseDay(select.ends_on->Text(view))) end = {*day, *day};
  }
  if (begin.last <= period.last && end.first >= period.first) return Timing::kInside;
  if (begin.first > period.last || end.last < period.first) return Timing::kOutside;
  return Timing::kNotDatable;
}

Timing TimingOf(const Select& select, pb::PeriodRule rule, const ItemView& view,
                const DayRange& period) {
  switch (rule) {
    case pb::PERIOD_RULE_ACTIVE_IN_PERIOD:
      return ActiveTiming(select, view, period);
    case pb::PERIOD_RULE_ON_LAST_DAY:
      return ActiveTiming(select, view, {period.last, period.last});
    case pb::PERIOD_RULE_RECORDED_WITHIN: {
      const Day day = DayOf(view.event.fact().known_at);
      return period.Contains({day, day}) ? Timing::kInside : Timing::kOutside;
    }
    default:
      return OccurredTiming(view.event, period);
  }
}

// The member events on the record that an event names, without those who had left before it.
std::vector<const Event*> MembersOf(const Expansion& expand, const ItemView& view) {
  std::vector<const Event*> members;
  const std::string record = expand.via.Text(view);
  if (record.empty()) return members;
  std::vector<const Event*> endings;
  if (expand.ended) endings = view.world.OnRecord(expand.category, record, expand.ended->event);
  for (const Event* member : view.world.OnRecord(expand.category, record, expand.event)) {
    const Event* end = expand.ended ? EndOf(*expand.ended, *member, view.world, endings) : nullptr;
    const bool left = end != nullptr && end->occurred && view.event.occurred &&
                      end->occurred->last < view.event.occurred->first;
    if (!left) members.push_back(member);
  }
  return members;
}

// Whether an item happened and nobody counted it.
bool SaysUncounted(const Select& select, const Event& event) {
  if (!select.uncounted_unless.empty()) return true;
  return select.uncounted != nullptr &&
         event.message->GetReflection()->GetBool(*event.message, select.uncounted);
}

// Gathers the items of one select. For one thread and one use.
class Finder {
 public:
  Finder(const Select& select, pb::PeriodRule rule, const World& world, const DayRange& period)
      : select_(select), rule_(rule), world_(world), period_(period) {}

  std::vector<FoundItem> Run() {
    for (const Event* event : world_.OfType(select_.event)) Visit(*event);
    return std::move(found_);
  }

 private:
  void Visit(const Event& event) {
    if (select_.latest_on_stream &&
        world_.LastOnStream(event.row->stream, select_.event) != &event) {
      return;
    }
    for (const auto* types : {&select_.uncounted_unless, &select_.without}) {
      for (const Descriptor* type : *types) {
        if (!world_.OnStream(event.row->stream, type).empty()) return;
      }
    }
    if (select_.each != nullptr) {
      const int size = event.message->GetReflection()->FieldSize(*event.message, select_.each);
      for (int i = 0; i < size; ++i) Take({world_, event, nullptr, i});
    } else if (select_.expand) {
      for (const Event* member : MembersOf(*select_.expand, {world_, event})) {
        Take({world_, event, member});
      }
    } else {
      Take({world_, event});
    }
  }

  void Take(ItemView view) {
    Item item;
    item.event = &view.event;
    item.member = view.member;
    item.element = view.element;
    if (select_.person) item.raw_person = select_.person->Text(view);
    item.person = world_.Canonical(item.raw_person);
    view.person = item.person;
    for (const Condition& condition : select_.where) {
      if (!Holds(condition, view)) return;
    }
    item.counted = !SaysUncounted(select_, view.event);
    if (select_.distinct) {
      item.raw_id = select_.distinct->Text(view);
      if (item.raw_id.empty() && item.counted) return;
      // A member of its own, and no thing that could be counted.
      if (item.raw_id == kUnknown) item.counted = false;
    }
    if (select_.sum) {
      const auto amount = select_.sum->Number(view);
      // A number that stands there is counted, whatever else nobody counted.
      item.counted = amount.has_value() && select_.uncounted_unless.empty();
      item.amount = amount.value_or(Decimal());
      if (select_.negative) item.amount = {-item.amount.thousandths};
    }
    found_.push_back({std::move(item), TimingOf(select_, rule_, view, period_)});
  }

  const Select& select_;
  const pb::PeriodRule rule_;
  const World& world_;
  const DayRange& period_;
  std::vector<FoundItem> found_;
};

}  // namespace

std::vector<FoundItem> FindItems(const Select& select, pb::PeriodRule rule, const World& world,
                                 const DayRange& period) {
  return Finder(select, rule, world, period).Run();
}

}  // namespace mlup::counting
