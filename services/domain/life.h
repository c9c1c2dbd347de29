// The life of a record as data: its states, and which fact leads from which to which. The rule, the
// words of a refusal and the diagram that `mlup schema` prints follow from the one table.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "services/domain/refusal.h"

namespace mlup::domain {

// Where a record is in its life. A value; part of a state.
struct LifeState {
  // Number of the state; 0 before the first fact.
  int now = 0;
  // States to come back to, the last one at the end.
  std::vector<int> before;
};

// The life of a record in words, whatever its state is made of.
struct LifeText {
  struct Line {
    // `case_opened`.
    std::string fact;
    // Numbers of states.
    std::vector<int> from;
    // A state's name; `-` where it stays, `back` for the state before.
    std::string to;
    // When it leads there, if not always.
    std::string when;
  };
  std::string of;
  std::vector<std::string> states;
  std::vector<Line> lines;
};

// `case_opened` for CaseOpened: as the fact is called in its service.
std::string FactName(const google::protobuf::Descriptor& event);

// States as a set of bits.
template <typename... Status>
constexpr std::uint32_t In(Status... states) {
  return ((1U << static_cast<unsigned>(states)) | ...);
}

// Where a step leads.
inline constexpr int kStays = -1;
inline constexpr int kBack = -2;

// A line of the table: from which states a fact may follow, and where it leads. The first line of a
// fact that fits is the one that counts.
template <typename State>
struct Step {
  using Message = google::protobuf::Message;

  const google::protobuf::Descriptor* fact;
  std::uint32_t from;
  int to = kStays;
  // The line is for some facts of the type only; `words` say for which.
  bool (*when)(const State&, const Message&) = nullptr;
  std::string_view words = {};
  // Whether the rest of the state allows any such fact; asked for what may be done now.
  bool (*possible)(const State&) = nullptr;
  // Reason of the refusal where it may not follow; the life's where empty.
  std::string_view reason = {};
  // The state before is come back to by kBack.
  bool keeps_before = false;
  // Another aggregate decides about the fact.
  bool follows_only = false;
};

// The table. Immutable once made: any thread.
template <typename State>
struct Life {
  using Message = google::protobuf::Message;

  // What it is the life of, for people, and the category of its streams.
  std::string of;
  std::string category;
  LifeState State::*at;
  std::string reason;
  // By number; the first is before anything happened.
  std::vector<std::string_view> states;
  std::vector<Step<State>> steps;

  bool Rules(std::string_view stream) const {
    return stream.substr(0, stream.find('/')) == category;
  }

  // May the fact follow? The refusal says what may.
  absl::Status Check(const State& state, const Message& fact) const {
    if (Find(state, fact) != nullptr) return absl::OkStatus();
    const auto own = std::find_if(steps.begin(), steps.end(), [&fact](const Step<State>& step) {
      return step.fact == fact.GetDescriptor();
    });
    const bool named = own != steps.end() && !own->reason.empty();
    const std::vector<std::string> may = MayNow(state);
    return Refuse(named ? own->reason : std::string_view(reason),
                  absl::StrCat("the ", of, " is ", NameOf((state.*at).now)),
                  may.empty() ? "nothing more is recorded on it"
                              : absl::StrCat("now may be recorded: ", absl::StrJoin(may, ", ")));
  }

  // Follows a fact that was accepted, in whatever state: what was accepted before it may have been
  // voided.
  void Move(State& state, const Message& fact) const {
    const Step<State>* step = Find(state, fact);
    if (step == nullptr) step = FindLeading(state, fact);
    LifeState& life = state.*at;
    if (step == nullptr || step->to == kStays) return;
    if (step->to == kBack) {
      if (life.before.empty()) return;
      life.now = life.before.back();
      life.before.pop_back();
      return;
    }
    if (step->keeps_before) {
      life.before.push_back(life.now);
    } else {
      life.before.clear();
    }
    life.now = step->to;
  }

  // Names of the facts that may follow, as the table has them.
  std::vector<std::string> MayNow(const State& state) const {
    std::vector<std::string> names;
    for (const Step<State>& step : steps) {
      if (step.follows_only || !IsFrom(step, state)) continue;
      if (step.possible != nullptr && !step.possible(state)) continue;
      std::string name = FactName(*step.fact);
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(std::move(name));
      }
    }
    return names;
  }

  LifeText Describe() const {
    LifeText text{of, {}, {}};
    for (const std::string_view name : states) text.states.emplace_back(name);
    for (const Step<State>& step : steps) {
      std::vector<int> from;
      for (std::size_t i = 0; i < states.size(); ++i) {
        if ((step.from >> i & 1U) != 0) from.push_back(static_cast<int>(i));
      }
      std::string to = step.to == kStays ? "-" : step.to == kBack ? "back" : NameOf(step.to);
      text.lines.push_back(
          {FactName(*step.fact), std::move(from), std::move(to), std::string(step.words)});
    }
    return text;
  }

 private:
  std::string NameOf(int number) const {
    return std::string(states.at(static_cast<std::size_t>(number)));
  }

  bool IsFrom(const Step<State>& step, const State& state) const {
    return (step.from >> static_cast<unsigned>((state.*at).now) & 1U) != 0;
  }

  const Step<State>* Find(const State& state, const Message& fact) const {
    for (const Step<State>& step : steps) {
      if (step.fact == fact.GetDescriptor() && IsFrom(step, state) &&
          (step.when == nullptr || step.when(state, fact))) {
        return &step;
      }
    }
    return nullptr;
  }

  // The first line of the fact that leads to a state.
  const Step<State>* FindLeading(const State& state, const Message& fact) const {
    for (const Step<State>& step : steps) {
      if (step.fact == fact.GetDescriptor() && step.to >= 0 && !step.follows_only &&
          (step.when == nullptr || step.when(state, fact))) {
        return &step;
      }
    }
    return nullptr;
  }
};

}  // namespace mlup::domain
