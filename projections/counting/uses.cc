#include "projections/counting/uses.h"

#include <optional>
#include <utility>
#include <vector>

#include "mlup/donations/v1/donation_events.pb.h"
#include "projections/counting/definitions.h"

namespace mlup::counting {
namespace {

// Gathers them. For one thread and one use.
class Gathering {
 public:
  Uses Run(const Indicator& indicator) {
    for (const auto* selects : {&indicator.selects, &indicator.headcounts}) {
      for (const Select& select : *selects) {
        AddSelect(select);
        // What is open does not depend on the period.
        if (indicator.definition->period_rule() == pb::PERIOD_RULE_STILL_OPEN) {
          uses_[select.event].anywhere = true;
        }
      }
    }
    for (const Dimension& dimension : indicator.dimensions) {
      for (const auto& [type, value] : dimension.latest) LooksUp(type);
    }
    // The kit says what was in it, wherever it was given out.
    if (uses_.contains(donations::v1::ItemsDistributed::descriptor())) {
      uses_[donations::v1::KitDefined::descriptor()].anywhere = true;
    }
    return std::move(uses_);
  }

 private:
  void LooksUp(const Descriptor* type) { uses_[type].looked_up = true; }

  void AddPath(const Path& path) {
    path.VisitTypes([this](const Descriptor* type) { LooksUp(type); });
  }
  void AddPath(const std::optional<Path>& path) {
    if (path) AddPath(*path);
  }

  void AddConditions(const std::vector<Condition>& conditions) {
    for (const Condition& condition : conditions) AddPath(condition.path);
  }

  void AddEnding(const Ending& ending) {
    AddPath(ending.begin_match);
    AddPath(ending.end_match);
    AddConditions(ending.where);
    AddPath(ending.names);
    for (const Descriptor* type : ending.taken_back_by) LooksUp(type);
  }

  void AddSelect(const Select& select) {
    uses_[select.event].selected = true;
    if (select.latest_on_stream) LooksUp(select.event);
    for (const auto* types : {&select.uncounted_unless, &select.without}) {
      for (const Descriptor* type : *types) LooksUp(type);
    }
    AddConditions(select.where);
    for (const auto* path : {&select.distinct, &select.sum, &select.person, &select.ends_on}) {
      AddPath(*path);
    }
    for (const Path& path : select.about) AddPath(path);
    for (const Split& split : select.splits) {
      AddPath(split.path);
      AddPath(split.with);
    }
    // A day that was agreed is overruled by any end, and what may be taken back, or is one of
    // several, is looked at as a whole.
    const bool is_plain = !select.ends_on && select.endings.size() == 1 &&
                          select.endings[0].where.empty() && !select.endings[0].names &&
                          select.endings[0].taken_back_by.empty();
    for (const Ending& ending : select.endings) {
      Use& use = uses_[ending.event];
      (is_plain ? use.ends : use.looked_up) = true;
      AddEnding(ending);
    }
    if (select.expand) AddExpansion(*select.expand);
    if (select.pair) AddPair(*select.pair);
  }

  void AddExpansion(const Expansion& expand) {
    AddPath(expand.via);
    LooksUp(expand.event);
    if (!expand.ended) return;
    LooksUp(expand.ended->event);
    AddEnding(*expand.ended);
  }

  void AddPair(const Pairing& pair) {
    LooksUp(pair.event);
    AddConditions(pair.where);
    for (const auto& [item, other] : pair.match) {
      AddPath(item);
      AddPath(other);
    }
    AddPath(pair.sum);
  }

  Uses uses_;
};

}  // namespace

Uses UsesOf(const Indicator& indicator) { return Gathering().Run(indicator); }

bool IsShown(const Indicator& indicator) {
  const pb::Nature nature = indicator.definition->nature();
  return nature == pb::NATURE_CONTEXT || nature == pb::NATURE_QUALITATIVE;
}

Uses NoteUsesOf(const Definitions& definitions) {
  Uses all;
  for (const Indicator& indicator : definitions.indicators()) {
    if (!IsShown(indicator)) continue;
    for (const auto& [type, use] : indicator.uses) {
      Use& one = all[type];
      one.looked_up = one.looked_up || use.looked_up || use.ends;
      // What was recorded for a period is shown whenever it happened.
      one.anywhere = one.anywhere || use.anywhere || use.selected;
    }
  }
  return all;
}

}  // namespace mlup::counting
