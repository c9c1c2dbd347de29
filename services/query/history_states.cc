#include "services/query/history_states.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/days.h"
#include "mlup/cases/v1/case_events.pb.h"
#include "projections/facts/fact.h"
#include "services/domain/approvals.h"
#include "services/domain/case.h"
#include "services/domain/case_state.h"
#include "services/domain/conflicts.h"
#include "services/domain/household_state.h"
#include "services/domain/person.h"
#include "services/domain/stream_history.h"
#include "services/query/labels.h"

namespace mlup::query {
namespace {

constexpr char kCase[] = "Case";
constexpr char kPlacement[] = "Placement";
constexpr char kPlan[] = "Version of the care plan";
constexpr char kGoals[] = "Open goals";
constexpr char kWorkers[] = "Case workers";
constexpr char kTasks[] = "Open tasks";
constexpr char kReferrals[] = "Referrals without an answer";
constexpr char kAccepted[] = "Accepted referrals, not completed";
constexpr char kTransfers[] = "Transfers without an answer";
constexpr char kConsents[] = "Consents in force";
constexpr char kUnwilling[] = "Consents in force that the child refused";
constexpr char kOverrides[] = "Consent overridden";
constexpr char kRoles[] = "Roles";
constexpr char kDied[] = "Died";
constexpr char kMerged[] = "Merged into another record";
constexpr char kDuplicates[] = "Possible duplicates";
constexpr char kHolds[] = "Retention holds";
constexpr char kHousehold[] = "Household";
constexpr char kApprovals[] = "Approvals asked for";
constexpr char kConflicts[] = "Open conflicts";
constexpr char kYes[] = "Yes";

template <typename State>
const State& StateOf(const domain::StreamHistory& history,
                     const domain::Aggregate<State>& aggregate) {
  return *static_cast<const State*>(history.StateOf(aggregate));
}

std::string LifeWords(const std::string& state) {
  std::string words = state;
  words.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(words.front())));
  return words;
}

template <typename Enum>
std::string EnumWords(Enum value) {
  const auto* named = google::protobuf::GetEnumDescriptor<Enum>()->FindValueByNumber(value);
  return named == nullptr ? "" : EnumLabel(*named);
}

// Values in words, each once, in order.
class Words {
 public:
  void Add(std::string word) {
    if (!word.empty()) words_.insert(std::move(word));
  }
  std::string Joined() const { return absl::StrJoin(words_, "; "); }

 private:
  std::set<std::string> words_;
};

// What holds of one record.
class Holding {
 public:
  Holding(const domain::StreamHistory& history, Day day, const identity::Policy& policy,
          Names& names)
      : history_(history), day_(day), policy_(policy), names_(names) {}

  HistoryStates Run(const std::set<std::string>& person_ids) {
    const std::string_view category = CategoryOf(history_.stream());
    if (category == "case") AddCase();
    if (category == "person") AddPerson();
    if (category == "household") AddHousehold(person_ids);
    Words pending;
    for (const auto& [id, asked] : StateOf(history_, domain::Approvals()).pending) {
      pending.Add(EnumWords(asked.subject));
    }
    Add(kApprovals, pending.Joined());
    AddCount(kConflicts, StateOf(history_, domain::Conflicts()).open.size());
    return std::move(states_);
  }

 private:
  void Add(std::string_view label, std::string value) {
    if (value.empty()) return;
    audit::v1::HistoryState& state = states_.emplace_back();
    state.set_stream(history_.stream());
    state.set_label(std::string(label));
    state.set_value(std::move(value));
  }
  void AddCount(std::string_view label, std::size_t count) {
    if (count > 0) Add(label, absl::StrCat(count));
  }

  void AddCase() {
    const auto& state = StateOf(history_, domain::Case());
    const auto& life = domain::CaseLife();
    Add(kCase, LifeWords(std::string(life.states.at(static_cast<std::size_t>(state.life.now)))));
    Add(kPlacement, PlacementWords(state.placement_id));
    AddCount(kPlan, state.plan_version);
    AddCount(kGoals, state.goals.running().size());
    Words workers;
    for (const std::string& worker : state.workers.running()) {
      workers.Add(policy_.ActorLabel(worker));
    }
    Add(kWorkers, workers.Joined());
    AddCount(kTasks, state.tasks.running().size());
    AddCount(kReferrals, state.referrals.running().size());
    AddCount(kAccepted, state.accepted_referrals.running().size());
    AddCount(kTransfers, state.transfers.running().size());
  }

  // The form of care of the placement that is open.
  std::string PlacementWords(const std::string& placement_id) const {
    for (std::size_t i = history_.size(); i > 0 && !placement_id.empty(); --i) {
      const domain::LiveEvent& event = history_.At(i - 1);
      const auto* started = google::protobuf::DynamicCastToGenerated<cases::v1::PlacementStarted>(
          event.message.get());
      if (started != nullptr && !event.voided && started->placement_id() == placement_id) {
        return EnumWords(started->care_type());
      }
    }
    return "";
  }

  void AddPerson() {
    const auto& state = StateOf(history_, domain::Person());
    Words willing;
    Words unwilling;
    for (const auto& [id, consent] : state.consents) {
      if (consent.valid_until && *consent.valid_until < day_) continue;
      (consent.child_refused ? unwilling : willing).Add(EnumWords(consent.purpose));
    }
    Add(kConsents, willing.Joined());
    Add(kUnwilling, unwilling.Joined());
    Words overrides;
    for (const auto& [id, purpose] : state.overrides) overrides.Add(EnumWords(purpose));
    Add(kOverrides, overrides.Joined());
    Words roles;
    for (const auto& held : state.roles) roles.Add(EnumWords(held.role));
    Add(kRoles, roles.Joined());
    if (state.died) Add(kDied, kYes);
    if (!state.merge.merge_event_id.empty()) Add(kMerged, kYes);
    AddCount(kDuplicates, state.duplicates.running().size());
    AddCount(kHolds, state.holds.running().size());
  }

  void AddHousehold(const std::set<std::string>& person_ids) {
    const auto& members = StateOf(history_, domain::Household()).members;
    if (std::ranges::any_of(person_ids,
                            [&members](const auto& id) { return members.contains(id); })) {
      Add(kHousehold, names_.Stream(history_.stream()));
    }
  }

  const domain::StreamHistory& history_;
  const Day day_;
  const identity::Policy& policy_;
  Names& names_;
  HistoryStates states_;
};

}  // namespace

absl::StatusOr<std::map<std::uint64_t, HistoryStates>> StatesAfter(
    const std::vector<const log::v1::Record*>& records, const std::set<std::string>& person_ids,
    const identity::Policy& policy, Names& names) {
  struct Stream {
    explicit Stream(const std::string& name) : history(name) {}
    domain::StreamHistory history;
    HistoryStates states;
  };
  // In order of their first event.
  std::vector<std::unique_ptr<Stream>> streams;
  std::map<std::string, Stream*> by_name;
  std::map<std::uint64_t, HistoryStates> after;
  for (const log::v1::Record* record : records) {
    Stream*& stream = by_name[record->stream()];
    if (stream == nullptr) {
      streams.push_back(std::make_unique<Stream>(record->stream()));
      stream = streams.back().get();
    }
    ASSIGN_OR_RETURN(domain::LiveEvent event, domain::ReadEvent(*record));
    stream->history.Add(std::move(event));
    const Day day = DayOf(projections::KnownAt(*record));
    HistoryStates& all = after[record->position()];
    for (const auto& one : streams) {
      // Consents end by themselves.
      if (one.get() == stream || IsPersonStream(one->history.stream())) {
        one->states = Holding(one->history, day, policy, names).Run(person_ids);
      }
      all.insert(all.end(), one->states.begin(), one->states.end());
    }
  }
  return after;
}

std::vector<std::string> StateWords() {
  std::vector<std::string> words = {
      kCase,     kPlacement,  kPlan,     kGoals,     kWorkers,   kTasks,     kReferrals,
      kAccepted, kTransfers,  kConsents, kUnwilling, kOverrides, kRoles,     kDied,
      kMerged,   kDuplicates, kHolds,    kHousehold, kApprovals, kConflicts, kYes};
  for (const std::string_view state : domain::CaseLife().states) {
    words.push_back(LifeWords(std::string(state)));
  }
  return words;
}

}  // namespace mlup::query
