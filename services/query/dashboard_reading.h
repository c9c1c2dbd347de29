// One call to the dashboards: the facts as of its position, and what the reader reaches now.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/clock.h"
#include "eventstore/base/status.h"
#include "mlup/dashboards/v1/dashboard_service.pb.h"
#include "projections/counting/ties.h"
#include "projections/counting/worklists.h"
#include "services/identity/policy.h"
#include "services/query/reader_reach.h"
#include "services/query/refused_drafts.h"
#include "services/query/report_service.h"

namespace mlup::query {

// For one thread and one call. Borrows the parts.
class DashboardReading {
 public:
  struct Parts {
    const identity::Policy& policy;
    const ReportService& reports;
    RefusedDrafts& drafts;
    const Clock& clock;
  };

  // `call` is a method of DashboardService. PERMISSION_DENIED; UNAVAILABLE PROJECTION_BEHIND.
  static absl::StatusOr<std::unique_ptr<DashboardReading>> Open(const Parts& parts,
                                                                const log::v1::Actor& actor,
                                                                std::string_view call);

  // The newest position, which the world is of until another is asked for.
  Position newest() const { return newest_; }
  // From now on the world of an earlier page. What the reader reaches stays as it is now.
  void TurnTo(Position as_of);

  const counting::World& world() const { return *world_; }
  const counting::FactTable& table() const { return world_->table(); }
  const counting::Dashboards& dashboards() const {
    return parts_.reports.counted().definitions().dashboards();
  }
  const log::v1::Actor& actor() const { return actor_; }
  const identity::Policy& policy() const { return parts_.policy; }
  Day today() const { return today_; }

  // Whether the call reaches the record, and whether its history may be opened.
  bool Reaches(counting::StreamId stream) { return reach_.Reaches(stream); }
  bool MayOpen(counting::StreamId stream) { return histories_.Reaches(stream); }
  // Where there is no such record, whether the call reaches whatever there is.
  bool ReachesRecord(std::string_view category, std::string_view id);

  // What may stand on a list: events that are for more than a few, on records that are reached and,
  // where the record is that of a person or a case, that may be opened.
  bool MayList(counting::RowId row);
  // What may be counted: events on records that are reached and did not end in another one.
  bool MayCount(counting::RowId row);

  // What was refused within so many days of what is reached, the oldest first.
  absl::StatusOr<std::vector<RefusedDraft>> Drafts(std::uint32_t days,
                                                   const std::string& worker_id) const;

  // Now, also where the world is of an earlier page.
  counting::Ties TiesNow(counting::RowId row) const;
  bool WorksWith(counting::RowId row, std::string_view worker_id) const;

  absl::StatusOr<projections::Fact> FactOf(counting::RowId row) const;
  absl::StatusOr<dashboards::v1::Freshness> FreshnessOf() const;

 private:
  DashboardReading(const Parts& parts, const log::v1::Actor& actor, Position newest,
                   std::unique_ptr<counting::CountedFacts::Reading> reading,
                   std::vector<identity::HeldRole> roles);

  const Parts parts_;
  const log::v1::Actor actor_;
  const Position newest_;
  const Day today_;
  const std::unique_ptr<counting::CountedFacts::Reading> reading_;
  const std::shared_ptr<const counting::World> now_;
  std::shared_ptr<const counting::World> world_;
  ReaderReach reach_;
  ReaderReach histories_;
};

}  // namespace mlup::query
