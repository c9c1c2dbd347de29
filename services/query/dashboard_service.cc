// Worklists and caseloads.
#include "services/query/dashboard_service.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "eventstore/base/categories.h"
#include "services/domain/fact_table.h"
#include "services/fields/validator.h"
#include "services/query/asking.h"

namespace mlup::query {
namespace {

namespace dashboards_pb = ::mlup::dashboards::v1;
using counting::OpenItem;
using counting::Worklist;

std::vector<OpenItem> ItemsFor(DashboardReading& reading, const Worklist& worklist,
                               const std::string& worker_id) {
  return counting::FindOpen(worklist, reading.world(), [&](counting::RowId row) {
    return reading.MayList(row) && (worker_id.empty() || reading.WorksWith(row, worker_id));
  });
}

bool IsOverdue(const OpenItem& item, Day today) { return item.due && *item.due < today; }

// Who may take something off a worklist.
class Actions {
 public:
  explicit Actions(const DashboardReading& reading) : reading_(reading) {}

  // The roles that may do it on some record.
  static std::vector<std::string> RolesFor(const Worklist& worklist,
                                           const identity::Policy& policy) {
    std::set<std::string> roles;
    for (const dashboards_pb::Source& source : worklist.definition->sources()) {
      for (const domain::FactType& fact : domain::FactTable::Get().facts()) {
        if (fact.field->name() != source.action()) continue;
        for (std::string& role : policy.RolesWith(identity::Recording(fact.permission))) {
          roles.insert(std::move(role));
        }
      }
    }
    return {roles.begin(), roles.end()};
  }

  // Whether the reader may do it on this record.
  bool MayAct(const dashboards_pb::Source& source, counting::RowId row) {
    const counting::World& world = reading_.world();
    const counting::StreamId stream = reading_.table().StreamOf(row);
    if (source.by_another() &&
        world.Text(reading_.table().ActorOf(row)) == reading_.actor().actor_id()) {
      return false;
    }
    const domain::FactType* fact = domain::FactTable::Get().Find(
        source.action(), world.Text(reading_.table().CategoryOf(stream)));
    if (fact == nullptr) return false;
    const auto known = roles_.try_emplace(fact->permission);
    if (known.second) {
      known.first->second =
          reading_.policy()
              .RolesThatMay(reading_.actor(), identity::Recording(fact->permission))
              .value_or(std::vector<identity::HeldRole>());
    }
    const identity::Relation about = RelationOf(world, stream);
    return std::ranges::any_of(known.first->second, [&](const identity::HeldRole& held) {
      return identity::Covers(held, reading_.actor().actor_id(), about);
    });
  }

 private:
  const DashboardReading& reading_;
  // By permission.
  std::map<std::string, std::vector<identity::HeldRole>> roles_;
};

absl::StatusOr<dashboards_pb::WorklistItem> Describe(DashboardReading& reading, Actions& actions,
                                                     const Worklist& worklist,
                                                     const OpenItem& item) {
  const counting::World& world = reading.world();
  const dashboards_pb::Source& source = worklist.definition->sources(static_cast<int>(item.source));
  ASSIGN_OR_RETURN(const projections::Fact fact, reading.FactOf(item.event));
  dashboards_pb::WorklistItem described;
  described.set_stream(fact.stream);
  described.set_position(fact.position.value);
  described.set_event_id(fact.event_id);
  described.set_since(counting::FormatDays(world.Occurred(item.event)));
  if (item.due) described.set_due_on(FormatDay(*item.due));
  described.set_overdue(IsOverdue(item, reading.today()));
  const counting::Ties ties = reading.TiesNow(item.event);
  for (const auto& [worker, team] : ties.workers) {
    described.add_workers(std::string(world.Text(worker)));
  }
  described.set_province(RelationOf(world, reading.table().StreamOf(item.event)).province);
  for (std::string& value : counting::ColumnsOf(worklist, world, item)) {
    described.add_values(std::move(value));
  }
  described.set_action(source.action());
  described.set_may_act(actions.MayAct(source, item.event));
  return described;
}

dashboards_pb::WorklistItem Describe(const DashboardReading& reading, const RefusedDraft& draft) {
  dashboards_pb::WorklistItem described;
  described.set_stream(draft.stream);
  described.set_position(draft.position.value);
  described.set_event_id(draft.event_id);
  described.set_since(FormatDay(DayOf(draft.refused_at)));
  described.add_workers(draft.actor_id);
  for (const std::string& value :
       {draft.actor_id, draft.device, std::to_string(draft.sequence), draft.reason, draft.field}) {
    described.add_values(value);
  }
  described.set_may_act(draft.actor_id == reading.actor().actor_id());
  return described;
}

// Whether the item is one that the request asks for.
bool IsWanted(const dashboards_pb::ListWorklistItemsRequest& request, DashboardReading& reading,
              const OpenItem& item) {
  if (!request.due_by().empty() && (!item.due || ParseDay(request.due_by()) < *item.due)) {
    return false;
  }
  const counting::StreamId stream = reading.table().StreamOf(item.event);
  return request.province().empty() ||
         RelationOf(reading.world(), stream).province == request.province();
}

// Which items of a list stand on a page.
struct PageOf {
  std::size_t offset;
  std::size_t size;
};

absl::Status AddItems(const dashboards_pb::ListWorklistItemsRequest& request,
                      DashboardReading& reading, const Worklist& worklist, const PageOf& page,
                      dashboards_pb::ListWorklistItemsResponse& response) {
  std::vector<OpenItem> items = ItemsFor(reading, worklist, request.worker_id());
  std::erase_if(items, [&](const OpenItem& item) { return !IsWanted(request, reading, item); });
  Actions actions(reading);
  for (std::size_t i = page.offset; i < std::min(page.offset + page.size, items.size()); ++i) {
    ASSIGN_OR_RETURN(*response.add_items(), Describe(reading, actions, worklist, items[i]));
  }
  response.set_total(static_cast<std::uint32_t>(items.size()));
  return absl::OkStatus();
}

// What was refused has no place and no day on which it is due.
absl::Status AddDrafts(const dashboards_pb::ListWorklistItemsRequest& request,
                       const DashboardReading& reading, const Worklist& worklist,
                       const PageOf& page, dashboards_pb::ListWorklistItemsResponse& response) {
  if (!request.province().empty() || !request.due_by().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<RefusedDraft> drafts,
                   reading.Drafts(worklist.definition->refused_days(), request.worker_id()));
  for (std::size_t i = page.offset; i < std::min(page.offset + page.size, drafts.size()); ++i) {
    *response.add_items() = Describe(reading, drafts[i]);
  }
  response.set_total(static_cast<std::uint32_t>(drafts.size()));
  return absl::OkStatus();
}

// What one worker has to do.
struct Load {
  std::set<counting::StreamId> cases;
  // Of each worklist: all, and what is overdue.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> waiting;
};

absl::StatusOr<std::map<std::string, Load>> GatherLoads(DashboardReading& reading) {
  const auto& worklists = reading.dashboards().worklists();
  std::map<std::string, Load> loads;
  for (std::size_t i = 0; i < worklists.size(); ++i) {
    if (const std::uint32_t days = worklists[i].definition->refused_days(); days > 0) {
      ASSIGN_OR_RETURN(const std::vector<RefusedDraft> drafts, reading.Drafts(days, ""));
      for (const RefusedDraft& draft : drafts) {
        Load& load = loads[draft.actor_id];
        load.waiting.resize(worklists.size());
        ++load.waiting[i].first;
      }
    }
    for (const OpenItem& item : ItemsFor(reading, worklists[i], "")) {
      const counting::Ties ties = reading.TiesNow(item.event);
      for (const auto& [worker, team] : ties.workers) {
        Load& load = loads[std::string(reading.world().Text(worker))];
        load.waiting.resize(worklists.size());
        if (worklists[i].definition->is_caseload()) {
          load.cases.insert(reading.table().StreamOf(item.event));
        }
        ++load.waiting[i].first;
        if (IsOverdue(item, reading.today())) ++load.waiting[i].second;
      }
    }
  }
  return loads;
}

dashboards_pb::Caseload CaseloadOf(const DashboardReading& reading, const std::string& worker_id,
                                   const Load& load) {
  dashboards_pb::Caseload caseload;
  caseload.set_worker_id(worker_id);
  caseload.set_label(reading.policy().ActorLabel(worker_id));
  caseload.set_cases(static_cast<std::uint32_t>(load.cases.size()));
  const auto& worklists = reading.dashboards().worklists();
  for (std::size_t i = 0; i < worklists.size(); ++i) {
    if (worklists[i].definition->is_caseload()) continue;
    dashboards_pb::Waiting& waiting = *caseload.add_waiting();
    waiting.set_worklist(worklists[i].definition->code());
    waiting.set_count(load.waiting[i].first);
    waiting.set_overdue(load.waiting[i].second);
  }
  return caseload;
}

}  // namespace

absl::StatusOr<dashboards_pb::ListWorklistsResponse> DashboardService::ListWorklists(
    const dashboards_pb::ListWorklistsRequest& request) const {
  RETURN_IF_ERROR(fields::Validate(request));
  ASSIGN_OR_RETURN(const auto reading,
                   DashboardReading::Open(parts_, ActorOf(request.reader()), "ListWorklists"));
  dashboards_pb::ListWorklistsResponse response;
  for (const Worklist& worklist : reading->dashboards().worklists()) {
    dashboards_pb::WorklistSummary& summary = *response.add_worklists();
    *summary.mutable_definition() = *worklist.definition;
    if (const std::uint32_t days = worklist.definition->refused_days(); days > 0) {
      ASSIGN_OR_RETURN(const std::vector<RefusedDraft> drafts,
                       reading->Drafts(days, request.worker_id()));
      summary.set_count(static_cast<std::uint32_t>(drafts.size()));
      continue;
    }
    const std::vector<OpenItem> items = ItemsFor(*reading, worklist, request.worker_id());
    summary.set_count(static_cast<std::uint32_t>(items.size()));
    summary.set_overdue(static_cast<std::uint32_t>(std::ranges::count_if(
        items, [&](const OpenItem& item) { return IsOverdue(item, reading->today()); })));
    for (std::string& role : Actions::RolesFor(worklist, parts_.policy)) {
      summary.add_roles(std::move(role));
    }
  }
  ASSIGN_OR_RETURN(*response.mutable_freshness(), reading->FreshnessOf());
  response.set_today(FormatDay(reading->today()));
  return response;
}

absl::StatusOr<dashboards_pb::ListWorklistItemsResponse> DashboardService::ListWorklistItems(
    const dashboards_pb::ListWorklistItemsRequest& request) const {
  RETURN_IF_ERROR(fields::Validate(request));
  ASSIGN_OR_RETURN(const auto reading,
                   DashboardReading::Open(parts_, ActorOf(request.reader()), "ListWorklistItems"));
  ASSIGN_OR_RETURN(const Worklist* worklist,
                   reading->dashboards().WorklistNamed(request.worklist()));
  const PageMark mark = MarkOf(request);
  ASSIGN_OR_RETURN(const PageToken token, TokenOf(request, mark, reading->newest()));
  reading->TurnTo(token.as_of);
  dashboards_pb::ListWorklistItemsResponse response;
  const std::size_t size = PageSize(request.page_size());
  if (worklist->definition->refused_days() > 0) {
    RETURN_IF_ERROR(AddDrafts(request, *reading, *worklist, {token.offset, size}, response));
  } else {
    RETURN_IF_ERROR(AddItems(request, *reading, *worklist, {token.offset, size}, response));
  }
  const std::size_t end = token.offset + static_cast<std::size_t>(response.items_size());
  if (end < response.total()) {
    response.set_next_page_token(FormatPageToken({.as_of = token.as_of, .offset = end}, mark));
  }
  ASSIGN_OR_RETURN(*response.mutable_freshness(), reading->FreshnessOf());
  response.set_today(FormatDay(reading->today()));
  return response;
}

absl::StatusOr<dashboards_pb::ListCaseloadsResponse> DashboardService::ListCaseloads(
    const dashboards_pb::ListCaseloadsRequest& request) const {
  RETURN_IF_ERROR(fields::Validate(request));
  ASSIGN_OR_RETURN(const auto reading,
                   DashboardReading::Open(parts_, ActorOf(request.reader()), "ListCaseloads"));
  const PageMark mark = MarkOf(request);
  ASSIGN_OR_RETURN(const PageToken token, TokenOf(request, mark, reading->newest()));
  reading->TurnTo(token.as_of);
  std::vector<dashboards_pb::Caseload> all;
  ASSIGN_OR_RETURN(const auto loads, GatherLoads(*reading));
  all.reserve(loads.size());
  for (const auto& [worker_id, load] : loads) {
    all.push_back(CaseloadOf(*reading, worker_id, load));
  }
  std::ranges::stable_sort(all, std::greater<>(), &dashboards_pb::Caseload::cases);
  dashboards_pb::ListCaseloadsResponse response;
  const std::size_t begin = std::min(token.offset, all.size());
  const std::size_t end = std::min(begin + PageSize(request.page_size()), all.size());
  for (std::size_t i = begin; i < end; ++i) *response.add_caseloads() = std::move(all[i]);
  if (end < all.size()) {
    response.set_next_page_token(FormatPageToken({.as_of = token.as_of, .offset = end}, mark));
  }
  response.set_total(static_cast<std::uint32_t>(all.size()));
  ASSIGN_OR_RETURN(*response.mutable_freshness(), reading->FreshnessOf());
  response.set_today(FormatDay(reading->today()));
  return response;
}

}  // namespace mlup::query
