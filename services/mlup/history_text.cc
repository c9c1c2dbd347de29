#include "services/mlup/history_text.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "services/mlup/table.h"
#include "services/mlup/words.h"

namespace mlup::cli {
namespace {

using audit::v1::GetCaseHistoryResponse;
using audit::v1::HistoryDetail;
using audit::v1::HistoryEntry;

constexpr std::size_t kHistoryWidth = 110;
constexpr std::size_t kWhenWidth = 24;

std::string Marks(const HistoryEntry& entry) {
  std::vector<std::string> marks;
  if (entry.late()) marks.push_back("late");
  if (entry.voided_by() > 0) marks.push_back(absl::StrCat("VOIDED by entry ", entry.voided_by()));
  for (const std::uint64_t position : entry.corrected_by()) {
    marks.push_back(absl::StrCat("corrected by entry ", position));
  }
  if (entry.concerns() > 0) marks.push_back(absl::StrCat("concerns entry ", entry.concerns()));
  if (entry.caused_by() > 0) marks.push_back(absl::StrCat("caused by entry ", entry.caused_by()));
  if (!entry.approvals().empty()) {
    marks.push_back(absl::StrCat("approval: entry ", absl::StrJoin(entry.approvals(), ", ")));
  }
  if (entry.masked()) marks.push_back("masked");
  if (entry.sealed()) marks.push_back("sealed");
  return marks.empty() ? "" : absl::StrCat("  [", absl::StrJoin(marks, "; "), "]");
}

std::string Who(const GetCaseHistoryResponse& history, const HistoryEntry& entry) {
  std::string who = absl::StrCat("entry ", entry.position());
  const std::string record = RecordWords(history, entry);
  if (!record.empty()) absl::StrAppend(&who, ", ", record);
  absl::StrAppend(&who, ", known ", DayWords(entry.known_at()), ", recorded ",
                  TimeWords(entry.recorded_at()), ", by ", entry.actor(), " as ", entry.role());
  if (entry.has_clock_behind()) {
    absl::StrAppend(&who, ", doubtful: the clock said ", TimeWords(entry.clock_behind()));
  }
  if (!entry.reason().empty()) absl::StrAppend(&who, ", reason: ", entry.reason());
  if (!entry.place().empty()) absl::StrAppend(&who, ", place: ", entry.place());
  if (!entry.source_id().empty()) {
    absl::StrAppend(&who, ", there ", entry.source_system(), " ", entry.source_id());
  }
  return who;
}

void PrintEntry(std::ostream& out, const GetCaseHistoryResponse& history, const HistoryEntry& entry,
                std::size_t indent) {
  out << std::string(indent, ' ') << PadRight(OccurredWords(entry.occurred()), kWhenWidth)
      << entry.label() << Marks(entry) << "\n";
  out << Wrap(Who(history, entry), indent + kWhenWidth, kHistoryWidth);
  for (const HistoryDetail& detail : entry.details()) {
    out << Wrap(absl::StrCat(detail.label(), ": ", detail.before(),
                             detail.has_before() ? " → " : "", detail.value()),
                indent + kWhenWidth, kHistoryWidth);
  }
}

void PrintBranch(std::ostream& out, const GetCaseHistoryResponse& history, const HistoryTree& tree,
                 int root) {
  // What is still to print, and how deep it stands.
  std::vector<std::pair<int, std::size_t>> open = {{root, 2}};
  while (!open.empty()) {
    const auto [index, indent] = open.back();
    open.pop_back();
    const HistoryEntry& entry = history.entries(index);
    const std::string record = RecordWords(history, entry);
    out << std::string(indent, ' ') << PadRight(OccurredWords(entry.occurred()), kWhenWidth)
        << entry.label() << Marks(entry) << "  entry " << entry.position()
        << (record.empty() ? "" : ", ") << record << ", by " << entry.actor() << "\n";
    const std::vector<int>& effects = tree.effects[static_cast<std::size_t>(index)];
    for (auto effect = effects.rbegin(); effect != effects.rend(); ++effect) {
      open.emplace_back(*effect, indent + 2);
    }
  }
}

// `word: value` each; `was` where it was another one before.
void PrintState(std::ostream& out, const StateLines& before, const StateLines& now) {
  for (const auto& [label, value] : now) {
    const auto was = before.find(label);
    const std::string change = was == before.end()    ? "  (new)"
                               : was->second == value ? ""
                                                      : absl::StrCat("  (was ", was->second, ")");
    out << Wrap(absl::StrCat("= ", label, ": ", value, change), kWhenWidth, kHistoryWidth);
  }
  for (const auto& [label, value] : before) {
    if (now.contains(label)) continue;
    out << Wrap(absl::StrCat("= ", label, ": no longer  (was ", value, ")"), kWhenWidth,
                kHistoryWidth);
  }
}

}  // namespace

std::string RecordWords(const GetCaseHistoryResponse& history, const HistoryEntry& entry) {
  std::vector<std::string> numbers;
  for (int i = 0; i < history.persons_size(); ++i) {
    const auto& persons = entry.persons();
    if (std::find(persons.begin(), persons.end(), history.persons(i)) != persons.end()) {
      numbers.push_back(absl::StrCat(i + 1));
    }
  }
  return numbers.empty() ? "" : absl::StrCat("record ", absl::StrJoin(numbers, " and "));
}

StateNames::StateNames(const GetCaseHistoryResponse& history) {
  std::map<std::string, std::vector<std::string>> of_kind;
  std::set<std::string> seen;
  for (const int step : StepsOf(history)) {
    for (const audit::v1::HistoryState& state : history.entries(step).state()) {
      if (!seen.insert(state.stream()).second) continue;
      of_kind[state.stream().substr(0, state.stream().find('/'))].push_back(state.stream());
    }
  }
  for (const auto& [kind, streams] : of_kind) {
    for (std::size_t i = 0; i < streams.size() && streams.size() > 1; ++i) {
      numbers_[streams[i]] = i + 1;
    }
  }
}

StateLines StateNames::Of(const HistoryEntry& entry) const {
  StateLines lines;
  for (const audit::v1::HistoryState& state : entry.state()) {
    const auto number = numbers_.find(state.stream());
    lines[number == numbers_.end() ? state.label()
                                   : absl::StrCat(state.label(), " (", number->second, ")")] =
        state.value();
  }
  return lines;
}

HistoryTree TreeOf(const GetCaseHistoryResponse& history) {
  std::map<std::uint64_t, int> index_of;
  for (int i = 0; i < history.entries_size(); ++i) index_of[history.entries(i).position()] = i;
  HistoryTree tree;
  tree.effects.resize(static_cast<std::size_t>(history.entries_size()));
  std::map<std::string, std::size_t> work_of;
  for (int i = 0; i < history.entries_size(); ++i) {
    const HistoryEntry& entry = history.entries(i);
    const auto cause = index_of.find(entry.caused_by());
    if (cause != index_of.end()) {
      tree.effects[static_cast<std::size_t>(cause->second)].push_back(i);
      continue;
    }
    const std::string work = entry.correlation_id().empty()
                                 ? absl::StrCat("request ", entry.recorded_with())
                                 : absl::StrCat("work ", entry.correlation_id());
    const auto [known, is_new] = work_of.try_emplace(work, tree.works.size());
    if (is_new) tree.works.emplace_back();
    tree.works[known->second].push_back(i);
  }
  return tree;
}

std::vector<int> StepsOf(const GetCaseHistoryResponse& history) {
  std::vector<int> steps;
  for (int i = 0; i < history.entries_size(); ++i) {
    if (!absl::StartsWith(history.entries(i).stream(), "access/")) steps.push_back(i);
  }
  std::ranges::sort(steps, {}, [&](int i) { return history.entries(i).position(); });
  return steps;
}

void PrintHistory(std::ostream& out, const GetCaseHistoryResponse& history) {
  for (const HistoryEntry& entry : history.entries()) {
    // A void or correction stands under what it concerns.
    PrintEntry(out, history, entry, entry.concerns() > 0 ? 4 : 0);
  }
}

void PrintSteps(std::ostream& out, const GetCaseHistoryResponse& history) {
  const StateNames names(history);
  const std::vector<int> steps = StepsOf(history);
  StateLines before;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const HistoryEntry& entry = history.entries(steps[i]);
    out << "Step " << i + 1 << " of " << steps.size() << "\n";
    PrintEntry(out, history, entry, 0);
    StateLines now = names.Of(entry);
    PrintState(out, before, now);
    before = std::move(now);
  }
}

void PrintTree(std::ostream& out, const GetCaseHistoryResponse& history) {
  const HistoryTree tree = TreeOf(history);
  for (const std::vector<int>& work : tree.works) {
    const std::string& id = history.entries(work.front()).correlation_id();
    if (!id.empty()) {
      out << "Piece of work " << id << "\n";
    } else if (work.size() > 1) {
      out << "Recorded together\n";
    }
    for (const int root : work) PrintBranch(out, history, tree, root);
  }
}

}  // namespace mlup::cli
