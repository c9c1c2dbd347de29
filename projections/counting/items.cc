// The items of a select: which events, elements and members it looks at, and when they happened.
#include <algorithm>
#include <limits>
#include <utility>

#include "projections/counting/evaluate.h"

namespace mlup::counting {
namespace {

constexpr DayRange kAnyDay = {{std::numeric_limits<std::int32_t>::min()},
                              {std::numeric_limits<std::int32_t>::max()}};

// A condition whose values are numbers of the table's texts. All get one: what is put together when
// it is asked for, such as a province, has none before.
struct Bound {
  const Condition* condition;
  std::vector<Word> in;
  std::vector<Word> not_in;
  std::vector<Word> contains;
};

std::vector<Word> Numbers(const std::set<std::string>& texts, Words& words) {
  std::vector<Word> numbers;
  numbers.reserve(texts.size());
  for (const std::string& text : texts) numbers.push_back(words.Of(text));
  return numbers;
}

Bound Bind(const Condition& condition, Words& words) {
  return {&condition, Numbers(condition.in, words), Numbers(condition.not_in, words),
          Numbers(condition.contains, words)};
}

std::vector<Bound> Bind(const std::vector<Condition>& conditions, Words& words) {
  std::vector<Bound> bound;
  bound.reserve(conditions.size());
  for (const Condition& condition : conditions) bound.push_back(Bind(condition, words));
  return bound;
}

bool Has(const std::vector<Word>& words, Word word) {
  return std::ranges::find(words, word) != words.end();
}

bool Holds(const Bound& bound, const ItemView& view) {
  const Condition& condition = *bound.condition;
  if (!condition.contains.empty()) {
    return std::ranges::any_of(condition.path.Elements(view),
                               [&bound](Word value) { return Has(bound.contains, value); });
  }
  const Word value = condition.path.Value(view);
  if (condition.present && value == kNoWord) return false;
  if (!condition.in.empty() && !Has(bound.in, value)) return false;
  return !Has(bound.not_in, value);
}

// Whether the event may end another one, and names it where it has to.
bool MayEnd(const Ending& ending, RowId event, RowId begin, const World& world) {
  const ItemView view{world, event};
  if (!std::ranges::all_of(ending.where, [&](const Condition& condition) {
        return Holds(Bind(condition, world.words()), view);
      })) {
    return false;
  }
  const StreamId stream = world.table().StreamOf(event);
  for (const Descriptor* type : ending.taken_back_by) {
    const RowId last = world.LastOnStream(stream, type);
    if (last != kNoRow && last > event) return false;
  }
  if (!ending.names) return true;
  const std::string_view named = world.Text(ending.names->Value(view));
  return world.table().FindOnStream(stream, named) == begin;
}

// The first of the events after `begin` that ends it; kNoRow when none does.
RowId EndOf(const Ending& ending, RowId begin, const World& world,
            const std::vector<RowId>& candidates) {
  const auto match = [&world](const std::optional<Path>& path, RowId event) {
    return path ? world.Canonical(path->Value({world, event})) : kNoWord;
  };
  const Word wanted = match(ending.begin_match, begin);
  for (const RowId event : candidates) {
    if (event > begin && match(ending.end_match, event) == wanted &&
        MayEnd(ending, event, begin, world)) {
      return event;
    }
  }
  return kNoRow;
}

// The first event on its stream that ends an item's.
RowId EndOf(const Select& select, RowId begin, const World& world) {
  const StreamId stream = world.table().StreamOf(begin);
  RowId first = kNoRow;
  for (const Ending& ending : select.endings) {
    first = std::min(first, EndOf(ending, begin, world, world.OnStream(stream, ending.event)));
  }
  return first;
}

Timing OccurredTiming(const std::optional<DayRange>& occurred, const DayRange& period) {
  if (!occurred) return Timing::kNotDatable;
  if (period.Contains(*occurred)) return Timing::kInside;
  return period.Overlaps(*occurred) ? Timing::kNotDatable : Timing::kOutside;
}

Timing ActiveTiming(const Select& select, const ItemView& view, const DayRange& period) {
  const World& world = view.world;
  const DayRange begin = world.Occurred(view.event).value_or(kAnyDay);
  if (begin.first > period.last) return Timing::kOutside;
  // What has no end goes on.
  DayRange end = {kAnyDay.last, kAnyDay.last};
  const RowId ended = EndOf(select, view.event, world);
  if (ended != kNoRow) {
    end = world.Occurred(ended).value_or(kAnyDay);
  } else if (select.ends_on) {
    if (const auto day = ParseDay(world.Text(select.ends_on->Value(view)))) end = {*day, *day};
  }
  if (begin.last <= period.last && end.first >= period.first) return Timing::kInside;
  return end.last < period.first ? Timing::kOutside : Timing::kNotDatable;
}

// The member events on the record that an event names, without those who had left before it.
std::vector<RowId> MembersOf(const Expansion& expand, const ItemView& view) {
  std::vector<RowId> members;
  const World& world = view.world;
  const Word record = expand.via.Value(view);
  if (record == kNoWord) return members;
  const Word category = world.words().Of(expand.category);
  std::vector<RowId> endings;
  if (expand.ended) endings = world.OnRecord(category, record, expand.ended->event);
  const std::optional<DayRange> occurred = world.Occurred(view.event);
  for (const RowId member : world.OnRecord(category, record, expand.event)) {
    const RowId end = expand.ended ? EndOf(*expand.ended, member, world, endings) : kNoRow;
    const std::optional<DayRange> left = end == kNoRow ? std::nullopt : world.Occurred(end);
    if (left && occurred && left->last < occurred->first) continue;
    members.push_back(member);
  }
  return members;
}

// Gathers the items of one select. For one thread and one use.
class Finder {
 public:
  Finder(const Select& select, const Wanted& wanted, const World& world, const DayRange& period)
      : select_(select),
        rule_(wanted.rule),
        world_(world),
        period_(period),
        wanted_(wanted.outside),
        within_(wanted.within),
        yes_(world.words().Of("true")),
        where_(Bind(select.where, world.words())) {
    if (select.pair) of_pair_ = Bind(select.pair->where, world.words());
  }

  std::vector<FoundItem> Run() {
    const FactTable& table = world_.table();
    const std::vector<RowId>& events = table.OfType(select_.event);
    const Packed<FactTable::When>& when = table.WhenOfType(select_.event);
    for (std::size_t i = 0; i < events.size(); ++i) {
      // Most events lie outside, and their days tell it at once.
      if (IsIdle(when[i]) && !world_.IsChanged(events[i])) continue;
      if (world_.IsLiving(events[i]) && (!within_ || within_(events[i]))) Visit(events[i]);
    }
    return std::move(found_);
  }

 private:
  bool ByDays() const {
    return rule_ != pb::PERIOD_RULE_ACTIVE_IN_PERIOD && rule_ != pb::PERIOD_RULE_ON_LAST_DAY &&
           rule_ != pb::PERIOD_RULE_STILL_OPEN;
  }

  Timing TimingOf(const ItemView& view) const {
    switch (rule_) {
      case pb::PERIOD_RULE_ACTIVE_IN_PERIOD:
        return ActiveTiming(select_, view, period_);
      case pb::PERIOD_RULE_ON_LAST_DAY:
        return ActiveTiming(select_, view, {period_.last, period_.last});
      case pb::PERIOD_RULE_STILL_OPEN:
        return EndOf(select_, view.event, world_) == kNoRow ? Timing::kInside : Timing::kOutside;
      case pb::PERIOD_RULE_RECORDED_WITHIN: {
        const Day day = world_.table().WhenOf(view.event).known;
        return period_.Contains({day, day}) ? Timing::kInside : Timing::kOutside;
      }
      default:
        return OccurredTiming(world_.Occurred(view.event), period_);
    }
  }

  // Whether what happened outside says nothing: only what was recorded for this report does, and
  // the first of it may be enough.
  bool IsIdle(RowId event, Timing timing) const {
    return timing == Timing::kOutside && ((outside_ && wanted_ == Outside::kFirst) ||
                                          world_.table().WhenOf(event).known < period_.first);
  }

  // The same of its days alone, where these tell it.
  bool IsIdle(const FactTable::When& when) const {
    if (rule_ == pb::PERIOD_RULE_STILL_OPEN) return false;
    const bool enough = outside_ && wanted_ == Outside::kFirst;
    if (!enough && period_.first <= when.known) return false;
    if (rule_ == pb::PERIOD_RULE_RECORDED_WITHIN)
      return !period_.Contains({when.known, when.known});
    if (when.last < when.first) return false;
    // What began before may go on.
    return period_.last < when.first || (ByDays() && when.last < period_.first);
  }

  void Visit(RowId event) {
    Timing timing = Timing::kInside;
    if (ByDays() && IsIdle(event, timing = TimingOf({world_, event}))) return;
    const StreamId stream = world_.table().StreamOf(event);
    if (select_.latest_on_stream && world_.LastOnStream(stream, select_.event) != event) return;
    for (const auto* types : {&select_.uncounted_unless, &select_.without}) {
      for (const Descriptor* type : *types) {
        if (world_.LastOnStream(stream, type) != kNoRow) return;
      }
    }
    if (select_.each) {
      const auto size = static_cast<int>(world_.ListSize(event, *select_.each));
      for (int i = 0; i < size; ++i) Take({world_, event, kNoRow, i}, timing);
    } else if (select_.expand) {
      for (const RowId member : MembersOf(*select_.expand, {world_, event})) {
        Take({world_, event, member}, timing);
      }
    } else {
      Take({world_, event}, timing);
    }
  }

  void Take(ItemView view, Timing timing) {
    Item item;
    item.event = view.event;
    item.member = view.member;
    item.element = view.element;
    if (select_.person) item.raw_person = select_.person->Value(view);
    item.person = world_.Canonical(item.raw_person);
    view.person = item.person;
    item.about = AboutOf(view);
    for (const Bound& condition : where_) {
      if (!Holds(condition, view)) return;
    }
    if (!ByDays() && IsIdle(view.event, timing = TimingOf(view))) return;
    item.counted = !SaysUncounted(view.event);
    if (select_.distinct) {
      item.raw_id = select_.distinct->Value(view);
      if (item.raw_id == kNoWord && item.counted) return;
      // A member of its own, and no thing that could be counted.
      if (item.raw_id == world_.unknown()) item.counted = false;
    }
    if (select_.sum) {
      const auto amount = select_.sum->Number(view);
      // A number that stands there is counted, whatever else nobody counted.
      item.counted = amount.has_value() && select_.uncounted_unless.empty();
      item.amount = amount.value_or(Decimal());
      if (select_.negative) item.amount = {-item.amount.thousandths};
    }
    if (select_.pair) Pair(view, item);
    outside_ = outside_ || timing == Timing::kOutside;
    found_.push_back({item, timing});
  }

  Word AboutOf(const ItemView& view) const {
    for (const Path& path : select_.about) {
      if (const Word whom = path.Value(view); whom != kNoWord) return world_.Canonical(whom);
    }
    return view.person;
  }

  // Makes the item one of a pair, or uncounted.
  void Pair(const ItemView& view, Item& item) const {
    item.member = OtherOf(view);
    if (item.member == kNoRow) {
      item.counted = false;
    } else if (select_.pair->sum) {
      const auto before = select_.pair->sum->Number({world_, item.member});
      item.counted = item.counted && before.has_value();
      if (before) item.amount = {item.amount.thousandths - before->thousandths};
    }
  }

  // The last event that is the other one of a pair; kNoRow where there is none.
  RowId OtherOf(const ItemView& view) const {
    const StreamId stream = world_.table().StreamOf(view.event);
    const std::vector<RowId> events = world_.OnStream(stream, select_.pair->event);
    const auto is_other = [&](RowId event) {
      const ItemView other{world_, event};
      return event != view.event &&
             std::ranges::all_of(of_pair_, [&](const Bound& one) { return Holds(one, other); }) &&
             std::ranges::all_of(select_.pair->match, [&](const auto& paths) {
               return world_.Canonical(paths.first.Value(view)) ==
                      world_.Canonical(paths.second.Value(other));
             });
    };
    const auto found = std::find_if(events.rbegin(), events.rend(), is_other);
    return found == events.rend() ? kNoRow : *found;
  }

  // Whether it happened and nobody counted it.
  bool SaysUncounted(RowId event) const {
    if (!select_.uncounted_unless.empty()) return true;
    return select_.uncounted && world_.Value(event, *select_.uncounted) == yes_;
  }

  const Select& select_;
  const pb::PeriodRule rule_;
  const World& world_;
  const DayRange& period_;
  const Outside wanted_;
  const Within& within_;
  const Word yes_;
  const std::vector<Bound> where_;
  std::vector<Bound> of_pair_;
  std::vector<FoundItem> found_;
  bool outside_ = false;
};

}  // namespace

std::vector<FoundItem> FindItems(const Select& select, const Wanted& wanted, const World& world,
                                 const DayRange& period) {
  return Finder(select, wanted, world, period).Run();
}

}  // namespace mlup::counting
