// What the rules of a kind of record are made of: a small state, how each fact changes it, and
// which facts may follow.
//
// An aggregate is one page (case.cc). It has a plain struct and pure functions, named in one list:
//
//   struct CaseState { bool open = false; };
//
//   void On(CaseState& state, const cases_pb::CaseOpened&, const EventInfo&) { state.open = true; }
//
//   absl::Status May(const CaseState& state, const cases_pb::CaseClosed&, const RuleContext&) {
//     if (state.open) return absl::OkStatus();
//     return Refuse("CASE_NOT_OPEN", "the case is not open", "reopen it with case_reopened");
//   }
//
//   const Aggregate<CaseState>& Case() {
//     static const auto& rules = Aggregate<CaseState>::Make("case")
//                                    .On<cases_pb::CaseOpened>(On)
//                                    .May<cases_pb::CaseClosed>(May);
//     return rules;
//   }
//
// A fact without a rule needs no line here. Facts that the state does not follow are passed over.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "eventstore/base/days.h"
#include "eventstore/base/status.h"
#include "services/domain/begun.h"
#include "services/domain/life.h"
#include "services/domain/refusal.h"

namespace mlup::domain {

// The circumstances of an event that is folded.
struct EventInfo {
  std::string event_id;
  std::string stream;
  std::string actor_id;
  // Possible days; nothing when not known.
  std::optional<DayRange> occurred;
  std::string on_behalf_of = {};
  // For which the actor acted, where it happened, and the field of work (mlup.log.v1.Sector).
  std::string organisation_id = {};
  std::string place = {};
  int sector = 0;
  // When the log recorded it, in seconds since 1970; 0 for what is decided now.
  std::int64_t recorded_s = 0;
};

class AnyAggregate;

// Gives rules the states of the streams that a request reads.
class StateReader {
 public:
  virtual ~StateReader() = default;
  // Of a stream that holds nothing too; it must be one that the request writes to or that the
  // fact's Reads() names.
  virtual const void* StateOf(const AnyAggregate& aggregate, const std::string& stream) const = 0;
};

template <typename State>
class Aggregate;

// The circumstances of a fact that asks to be recorded. Borrows `states`.
struct RuleContext {
  // `<category>/<id>`.
  std::string stream;
  std::string actor_id;
  std::string on_behalf_of;
  // Today in Phnom Penh.
  Day today;
  // Possible days of what happened; nothing when not known.
  std::optional<DayRange> occurred;
  const StateReader* states = nullptr;

  // The state of a stream, with the facts of the request before this one.
  template <typename State>
  const State& Of(const Aggregate<State>& aggregate, const std::string& of) const {
    return *static_cast<const State*>(states->StateOf(aggregate, of));
  }
};

// A fact that a rule adds to the request, such as a possible duplicate or a conflict.
struct AddedFact {
  std::string stream;
  std::unique_ptr<google::protobuf::Message> fact;
};
using AddedFacts = std::vector<AddedFact>;

// An aggregate whatever its state, as the unit of work uses it. Immutable once made: any thread.
class AnyAggregate {
 public:
  using Descriptor = google::protobuf::Descriptor;
  using Message = google::protobuf::Message;
  using AnyFold = std::function<void(void*, const Message&, const EventInfo&)>;
  using AnyRule =
      std::function<absl::StatusOr<AddedFacts>(const void*, const Message&, const RuleContext&)>;
  using AnyReads = std::function<std::vector<std::string>(const Message&, const std::string&)>;

  // For people, for example `case`.
  const std::string& name() const { return name_; }

  std::shared_ptr<void> NewState() const { return new_state_(); }
  std::shared_ptr<void> CopyState(const void* state) const { return copy_state_(state); }
  // Of a stream that holds nothing that the state follows.
  const void* EmptyState() const { return empty_state_.get(); }

  // Whether facts of the type change the state.
  bool Follows(const Descriptor& type) const { return folds_.count(&type) > 0; }

  // Facts that the state does not follow are passed over.
  void Fold(void* state, const Message& fact, const EventInfo& info) const {
    const auto found = folds_.find(fact.GetDescriptor());
    if (found != folds_.end()) found->second(state, fact, info);
  }

  // Types with a rule of this aggregate.
  std::vector<const Descriptor*> Ruled() const {
    std::vector<const Descriptor*> types;
    for (const auto& [type, rule] : rules_) types.push_back(type);
    return types;
  }

  // May the fact follow, and what does it add? `fact` must have a rule.
  absl::StatusOr<AddedFacts> Decide(const void* state, const Message& fact,
                                    const RuleContext& context) const {
    return rules_.at(fact.GetDescriptor())(state, fact, context);
  }

  // Streams besides its own, `stream`, that the fact's rule reads.
  std::vector<std::string> Reads(const Message& fact, const std::string& stream) const {
    const auto found = reads_.find(fact.GetDescriptor());
    return found == reads_.end() ? std::vector<std::string>() : found->second(fact, stream);
  }
  bool ReadsOthers(const Descriptor& type) const { return reads_.count(&type) > 0; }

  // The states of its records and what leads from one to another; null where there are none.
  const LifeText* life() const { return life_.get(); }

 protected:
  using New = std::function<std::shared_ptr<void>()>;
  using Copy = std::function<std::shared_ptr<void>(const void*)>;

  AnyAggregate(std::string name, New new_state, Copy copy_state)
      : name_(std::move(name)),
        new_state_(std::move(new_state)),
        copy_state_(std::move(copy_state)),
        empty_state_(new_state_()) {}

  using OneRule = std::function<absl::Status(const void*, const Message&, const RuleContext&)>;

  void AddFold(const Descriptor* type, AnyFold fold) {
    AnyFold& folds = folds_[type];
    if (folds == nullptr) {
      folds = std::move(fold);
      return;
    }
    folds = [first = std::move(folds), then = std::move(fold)](void* state, const Message& fact,
                                                               const EventInfo& info) {
      first(state, fact, info);
      then(state, fact, info);
    };
  }

  void AddRule(const Descriptor* type, OneRule rule) {
    AnyRule& rules = rules_[type];
    rules = [first = std::move(rules), then = std::move(rule)](
                const void* state, const Message& fact,
                const RuleContext& context) -> absl::StatusOr<AddedFacts> {
      AddedFacts added;
      if (first != nullptr) {
        ASSIGN_OR_RETURN(added, first(state, fact, context));
      }
      RETURN_IF_ERROR(then(state, fact, context));
      return added;
    };
  }

  std::string name_;
  New new_state_;
  Copy copy_state_;
  // Shared with nobody; a shared pointer only because the type is not known here.
  std::shared_ptr<const void> empty_state_;
  std::map<const Descriptor*, AnyFold> folds_;
  std::map<const Descriptor*, AnyRule> rules_;
  std::map<const Descriptor*, AnyReads> reads_;
  std::shared_ptr<const LifeText> life_;
  std::set<const Descriptor*> life_of_;
};

// The rules over one State: which facts change it, and which may follow.
template <typename State>
class Aggregate : public AnyAggregate {
 public:
  // Lives to the end of the program, as aggregates do.
  static Aggregate& Make(std::string name) { return *new Aggregate(std::move(name)); }

  // What a fact does is done in the order in which it is named here.
  template <typename Fact>
  Aggregate& On(void (*fold)(State&, const Fact&, const EventInfo&)) {
    AddFold(Fact::descriptor(), [fold](void* state, const Message& fact, const EventInfo& info) {
      fold(*static_cast<State*>(state), static_cast<const Fact&>(fact), info);
    });
    return *this;
  }

  // Rules of one fact are asked in the order in which they are named here, up to the first that
  // refuses.
  template <typename Fact>
  Aggregate& May(absl::Status (*rule)(const State&, const Fact&, const RuleContext&)) {
    AddRule(Fact::descriptor(), [rule](const void* state, const Message& fact,
                                       const RuleContext& context) {
      return rule(*static_cast<const State*>(state), static_cast<const Fact&>(fact), context);
    });
    return *this;
  }

  // The facts and states of `life`, which lives as long as the aggregate, are a rule and a fold.
  // Named before the others, so that their folds see the state that it left.
  Aggregate& Along(const Life<State>& life) {
    life_ = std::make_shared<const LifeText>(life.Describe());
    for (const Step<State>& step : life.steps) {
      if (!life_of_.insert(step.fact).second) continue;
      AddFold(step.fact, [&life](void* state, const Message& fact, const EventInfo& info) {
        if (life.Rules(info.stream)) life.Move(*static_cast<State*>(state), fact);
      });
      if (step.follows_only) continue;
      AddRule(
          step.fact, [&life](const void* state, const Message& fact, const RuleContext& context) {
            return life.Rules(context.stream) ? life.Check(*static_cast<const State*>(state), fact)
                                              : absl::OkStatus();
          });
    }
    return *this;
  }

  // The fact begins what it names, once.
  template <typename Fact>
  Aggregate& Begins(Begun State::*things, std::string (*id)(const Fact&), Refusal twice) {
    AddFold(Fact::descriptor(), [=](void* state, const Message& fact, const EventInfo&) {
      (static_cast<State*>(state)->*things).Begin(id(static_cast<const Fact&>(fact)));
    });
    AddRule(Fact::descriptor(), [=](const void* state, const Message& fact, const RuleContext&) {
      const std::string name = id(static_cast<const Fact&>(fact));
      return (static_cast<const State*>(state)->*things).IsNew(name) ? absl::OkStatus()
                                                                     : twice.Say();
    });
    return *this;
  }

  // The fact ends what it names, which is open.
  template <typename Fact>
  Aggregate& Ends(Begun State::*things, std::string (*id)(const Fact&), Refusal not_open) {
    AddFold(Fact::descriptor(), [=](void* state, const Message& fact, const EventInfo&) {
      (static_cast<State*>(state)->*things).End(id(static_cast<const Fact&>(fact)));
    });
    AddRule(Fact::descriptor(), [=](const void* state, const Message& fact, const RuleContext&) {
      const std::string name = id(static_cast<const Fact&>(fact));
      return (static_cast<const State*>(state)->*things).IsOpen(name) ? absl::OkStatus()
                                                                      : not_open.Say();
    });
    return *this;
  }

  // The same for a rule that adds facts to the one it allows.
  template <typename Fact>
  Aggregate& MayAdd(absl::StatusOr<AddedFacts> (*rule)(const State&, const Fact&,
                                                       const RuleContext&)) {
    rules_[Fact::descriptor()] = [rule](const void* state, const Message& fact,
                                        const RuleContext& context) {
      return rule(*static_cast<const State*>(state), static_cast<const Fact&>(fact), context);
    };
    return *this;
  }

  // Names the streams that a rule reads besides its own, and to which it may add.
  template <typename Fact>
  Aggregate& Reads(std::vector<std::string> (*streams)(const Fact&)) {
    reads_[Fact::descriptor()] = [streams](const Message& fact, const std::string&) {
      return streams(static_cast<const Fact&>(fact));
    };
    return *this;
  }

  // The same where they follow from the fact's own stream.
  template <typename Fact>
  Aggregate& ReadsBeside(std::vector<std::string> (*streams)(const std::string& stream)) {
    reads_[Fact::descriptor()] = [streams](const Message&, const std::string& stream) {
      return streams(stream);
    };
    return *this;
  }

 private:
  explicit Aggregate(std::string name)
      : AnyAggregate(
            std::move(name), [] { return std::make_shared<State>(); },
            [](const void* state) {
              return std::make_shared<State>(*static_cast<const State*>(state));
            }) {}
};

}  // namespace mlup::domain
