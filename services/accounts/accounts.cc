#include "services/accounts/accounts.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/days.h"
#include "eventstore/base/limits.h"
#include "eventstore/log/timestamp.h"
#include "services/domain/stream_history.h"

namespace mlup::accounts {
namespace {

using domain::AccountState;
using identity::Standing;

constexpr absl::Duration kLookEvery = absl::Milliseconds(300);

std::shared_ptr<const Standing> StandingAt(absl::Time now, const AccountState& state) {
  if (state.actor_id.empty()) return nullptr;
  const Day today = DayOf(now);
  auto standing = std::make_shared<Standing>();
  for (const auto& [id, grant] : state.grants) {
    if (!domain::HoldsOn(today, grant.from(), grant.until())) continue;
    standing->organisations.insert(grant.organisation_id());
    standing->roles.push_back({grant.role(), grant.organisation_id(), grant.scope(), grant.team(),
                               grant.province(), grant.sector()});
  }
  for (const auto& [id, given] : state.delegations) {
    if (domain::HoldsOn(today, given.from(), given.until())) {
      standing->delegates.insert(given.to_actor_id());
    }
  }
  for (const auto& [id, emergency] : state.emergencies) {
    if (absl::ToUnixSeconds(now) < domain::EndOf(emergency)) {
      standing->emergencies[absl::StrCat("case/", emergency.begun.case_id())] = id;
    }
  }
  return standing;
}

}  // namespace

std::shared_ptr<const Standing> Accounts::Find(std::string_view actor_id) const {
  const absl::StatusOr<Known> known = Look(actor_id);
  return known.ok() ? known->standing : std::make_shared<const Standing>();
}

absl::StatusOr<std::shared_ptr<const AccountState>> Accounts::Read(
    std::string_view actor_id) const {
  ASSIGN_OR_RETURN(Known known, Look(actor_id));
  return std::move(known.state);
}

void Accounts::LookAgain() const {
  MutexLock lock(mutex_);
  for (auto& [actor_id, known] : known_) known.looked_at = absl::InfinitePast();
}

absl::StatusOr<Accounts::Known> Accounts::Look(std::string_view actor_id) const {
  const absl::Time now = clock_.Now();
  Known known;
  {
    MutexLock lock(mutex_);
    const auto found = known_.find(actor_id);
    if (found != known_.end()) known = found->second;
  }
  const absl::Duration age = now - known.looked_at;
  if (age >= absl::ZeroDuration() && age < kLookEvery) return known;
  ASSIGN_OR_RETURN(known, ReadOn(actor_id, std::move(known)));
  known.looked_at = now;
  absl::Time time = now;
  if (!known.state->emergencies.empty()) {
    ASSIGN_OR_RETURN(const absl::Time newest, NewestTime());
    // A clock that was set back lengthens nothing.
    time = std::max(time, newest);
  }
  known.standing = StandingAt(time, *known.state);
  MutexLock lock(mutex_);
  if (known_.size() >= kAccountsMax && !known_.contains(actor_id)) known_.clear();
  Known& kept = known_[std::string(actor_id)];
  if (kept.revision <= known.revision) kept = known;
  return known;
}

absl::StatusOr<absl::Time> Accounts::NewestTime() const {
  log::pb::ReadAllRequest request;
  request.set_direction(log::pb::DIRECTION_BACKWARD);
  request.set_limit(1);
  ASSIGN_OR_RETURN(const log::pb::ReadAllResponse page, log_.ReadAll(request));
  return page.records().empty() ? absl::InfinitePast()
                                : log::FromTimestamp(page.records(0).recorded_at());
}

absl::StatusOr<Accounts::Known> Accounts::ReadOn(std::string_view actor_id, Known known) const {
  log::pb::ReadStreamRequest request;
  request.set_stream(domain::AccountStream(actor_id));
  auto state = known.state == nullptr ? std::make_shared<AccountState>()
                                      : std::make_shared<AccountState>(*known.state);
  bool changed = known.state == nullptr;
  while (true) {
    request.set_from_revision(known.revision.value + 1);
    ASSIGN_OR_RETURN(const log::pb::ReadStreamResponse page, log_.ReadStream(request));
    // Another log than before: what was known is of that one.
    if (page.last_revision() < known.revision.value) return ReadOn(actor_id, {});
    for (const log::pb::Record& record : page.records()) {
      ASSIGN_OR_RETURN(const domain::LiveEvent event, domain::ReadEvent(record));
      if (event.message != nullptr) {
        domain::Account().Fold(state.get(), *event.message, event.info);
      }
      known.revision = {record.revision()};
      changed = true;
    }
    if (page.records().empty() || known.revision.value >= page.last_revision()) break;
  }
  if (changed) known.state = std::move(state);
  return known;
}

}  // namespace mlup::accounts
