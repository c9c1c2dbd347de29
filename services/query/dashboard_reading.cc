#include "services/query/dashboard_reading.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "eventstore/log/timestamp.h"

namespace mlup::query {
namespace {

// The roles in which the actor may open histories; none where it may not.
std::vector<identity::HeldRole> HistoryRoles(const identity::Policy& policy,
                                             const log::v1::Actor& actor) {
  return policy.RolesThatMay(actor, identity::Calling(identity::kHistoryCall))
      .value_or(std::vector<identity::HeldRole>());
}

}  // namespace

absl::StatusOr<std::unique_ptr<DashboardReading>> DashboardReading::Open(
    const Parts& parts, const log::v1::Actor& actor, std::string_view call) {
  const std::string name = absl::StrCat("mlup.dashboards.v1.DashboardService/", ToAbsl(call));
  ASSIGN_OR_RETURN(std::vector<identity::HeldRole> roles,
                   parts.policy.RolesThatMay(actor, identity::Calling(name)));
  ASSIGN_OR_RETURN(const Position newest, parts.reports.ReadFacts());
  ASSIGN_OR_RETURN(std::unique_ptr<counting::CountedFacts::Reading> reading,
                   parts.reports.counted().Read(newest));
  return std::unique_ptr<DashboardReading>(
      new DashboardReading(parts, actor, newest, std::move(reading), std::move(roles)));
}

DashboardReading::DashboardReading(const Parts& parts, const log::v1::Actor& actor, Position newest,
                                   std::unique_ptr<counting::CountedFacts::Reading> reading,
                                   std::vector<identity::HeldRole> roles)
    : parts_(parts),
      actor_(actor),
      newest_(newest),
      today_(DayOf(parts.clock.Now())),
      reading_(std::move(reading)),
      now_(parts.reports.counted().WorldAt(*reading_, {newest, std::nullopt})),
      world_(now_),
      reach_(actor.actor_id(), std::move(roles), *now_),
      histories_(actor.actor_id(), HistoryRoles(parts.policy, actor), *now_) {}

void DashboardReading::TurnTo(Position as_of) {
  world_ =
      as_of == newest_ ? now_ : parts_.reports.counted().WorldAt(*reading_, {as_of, std::nullopt});
}

bool DashboardReading::ReachesRecord(std::string_view category, std::string_view id) {
  const auto stream = table().FindStream(world_->words().Of(category), world_->words().Of(id));
  return stream ? Reaches(*stream) : reach_.ReachesAnything();
}

bool DashboardReading::MayList(counting::RowId row) {
  const counting::StreamId stream = table().StreamOf(row);
  if (!table().MannerOf(row).is_normal || !Reaches(stream)) return false;
  const Category& category = CategoryFor(world_->Text(table().CategoryOf(stream)));
  return category.history != InHistory::kOwn || MayOpen(stream);
}

bool DashboardReading::MayCount(counting::RowId row) {
  const counting::StreamId stream = table().StreamOf(row);
  const bool ended = world_->Canonical(table().IdOf(stream)) != table().IdOf(stream) &&
                     world_->Text(table().CategoryOf(stream)) == "case";
  return !ended && Reaches(stream);
}

absl::StatusOr<std::vector<RefusedDraft>> DashboardReading::Drafts(
    std::uint32_t days, const std::string& worker_id) const {
  const absl::Time since = StartOf({today_.value - static_cast<std::int32_t>(days)});
  ASSIGN_OR_RETURN(std::vector<RefusedDraft> drafts,
                   parts_.drafts.Since(since, world_->cut().position));
  std::erase_if(drafts, [&](const RefusedDraft& draft) {
    return (!worker_id.empty() && draft.actor_id != worker_id) ||
           !reach_.ReachesWorkOf(draft.actor_id, parts_.policy.RolesOf(draft.actor_id));
  });
  return drafts;
}

counting::Ties DashboardReading::TiesNow(counting::RowId row) const {
  return counting::TiesOf(*now_, table().StreamOf(row));
}

bool DashboardReading::WorksWith(counting::RowId row, std::string_view worker_id) const {
  const auto worker = world_->words().Find(worker_id);
  return worker && TiesNow(row).workers.contains(*worker);
}

absl::StatusOr<projections::Fact> DashboardReading::FactOf(counting::RowId row) const {
  return parts_.reports.counted().source().Get(table().PositionOf(row));
}

absl::StatusOr<dashboards::v1::Freshness> DashboardReading::FreshnessOf() const {
  dashboards::v1::Freshness freshness;
  const Position as_of = world_->cut().position;
  freshness.set_position(as_of.value);
  const counting::RowId after = table().LowerBound(Next(as_of));
  if (after == 0) return freshness;
  ASSIGN_OR_RETURN(const projections::Fact last, FactOf(after - 1));
  *freshness.mutable_recorded_at() = log::ToTimestamp(last.recorded_at);
  return freshness;
}

}  // namespace mlup::query
