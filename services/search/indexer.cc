#include "services/search/indexer.h"

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/diagnostics.h"
#include "services/search/person_facts.h"

namespace mlup::search {
namespace {

// Events whose persons are gathered before their records are read.
constexpr std::size_t kEventsAtOnce = 4096;

std::string StoppedWords(const absl::Status& status) {
  return absl::StrCat(ErrorReason(status), ": ", status.message());
}

}  // namespace

Indexer::Indexer(projections::SharedReader& reader, const privacy::Keyring& keyring,
                 std::string key)
    : log_(reader.log()),
      keyring_(keyring),
      index_(std::move(key)),
      reader_(reader),
      follower_(
          log_, "mlup-search", [this] { return Work(); },
          [this](const absl::Status& why) { StopWith(why); }) {}

projections::Following::State Indexer::state() const {
  MutexLock lock(mutex_);
  return state_;
}

absl::Status Indexer::WaitUntil(Position position, absl::Duration timeout) const {
  const auto deadline = std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(timeout);
  follower_.Ask(position);
  MutexLock lock(mutex_);
  while (state_.position < position) {
    if (!state_.stopped_because.empty()) {
      return Error(absl::StatusCode::kInternal, "SEARCH_STOPPED",
                   absl::StrCat("the index of persons stopped: ", state_.stopped_because));
    }
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= left.zero()) {
      return Error(absl::StatusCode::kUnavailable, "SEARCH_BEHIND",
                   absl::StrCat("the index of persons is made: it has what was recorded up to ",
                                state_.position.value, " of ", position.value));
    }
    changed_.WaitFor(mutex_, left);
  }
  return absl::OkStatus();
}

absl::StatusOr<projections::Follower::Step> Indexer::Work() {
  std::set<std::string> changed;
  Position at = at_;
  Position head = at_;
  for (std::size_t events = 0; events < kEventsAtOnce;) {
    ASSIGN_OR_RETURN(const projections::Reading reading, reader_.After(at));
    head = reading.head;
    if (reading.size() == 0) break;
    for (std::size_t i = 0; i < reading.size(); ++i) Note(reading[i].record(), changed);
    at = reading[reading.size() - 1].position();
    events += reading.size();
  }
  for (const std::string& person_id : changed) RETURN_IF_ERROR(Refresh(person_id));
  at_ = at;
  MutexLock lock(mutex_);
  state_.position = at;
  state_.head = head;
  changed_.NotifyAll();
  return projections::Follower::Step{at, head};
}

void Indexer::Note(const log::v1::Record& record, std::set<std::string>& changed) {
  const std::string person_id(RecordIdOf(record.stream()));
  if (IsErasureStream(record.stream())) {
    index_.Erase(person_id);
    changed.erase(person_id);
    return;
  }
  if (!IsPersonStream(record.stream()) || !IsSearched(record.event().type())) return;
  // What was read later has it already.
  if (!index_.Has(person_id, Revision{record.revision()})) changed.insert(person_id);
}

absl::Status Indexer::Refresh(const std::string& person_id) {
  ASSIGN_OR_RETURN(const std::vector<log::v1::Record> records,
                   ReadStream(log_, PersonStream(person_id)));
  if (records.empty()) return absl::OkStatus();
  const std::optional<PersonFacts> facts = FactsOf(records, keyring_);
  if (!facts) {
    index_.Remove(person_id);
    return absl::OkStatus();
  }
  index_.Put(person_id, Revision{records.back().revision()}, EntryOf(*facts, index_.tokens()));
  return absl::OkStatus();
}

void Indexer::StopWith(const absl::Status& why) {
  {
    MutexLock lock(mutex_);
    state_.stopped_because = StoppedWords(why);
    changed_.NotifyAll();
  }
  Tell(absl::StrCat("search_stopped because=\"", StoppedWords(why), "\""));
}

}  // namespace mlup::search
