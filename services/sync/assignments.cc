#include "services/sync/assignments.h"

#include "mlup/cases/v1/casework_events.pb.h"
#include "mlup/command/v1/command.pb.h"
#include "services/domain/fact_table.h"

namespace mlup::sync {
namespace {

using cases::v1::CaseWorkerAssigned;

// What tells of whoever works with a case: its first event, and who is assigned.
log::pb::Filter AssignmentFilter() {
  log::pb::Filter filter;
  filter.add_categories("case");
  filter.add_types(CaseWorkerAssigned::descriptor()->full_name());
  for (const domain::FactType& type : domain::FactTable::Get().facts()) {
    const auto categories = type.categories();
    const bool of_case = std::ranges::find(categories, "case") != categories.end();
    if (of_case && !type.needs_existing()) filter.add_types(type.event().full_name());
  }
  return filter;
}

}  // namespace

absl::StatusOr<std::set<std::string>> Assignments::Of(const std::string& actor_id) {
  MutexLock lock(mutex_);
  RETURN_IF_ERROR(ReadOn());
  const auto found = cases_.find(actor_id);
  return found == cases_.end() ? std::set<std::string>() : found->second;
}

absl::Status Assignments::ReadOn() {
  ASSIGN_OR_RETURN(const Position head, log_.Head());
  if (next_position_ > head.value) return absl::OkStatus();
  log::pb::ReadAllRequest page;
  page.set_from_position(next_position_);
  *page.mutable_filter() = AssignmentFilter();
  do {
    ASSIGN_OR_RETURN(const log::pb::ReadAllResponse read, log_.ReadAll(page));
    for (const log::v1::Record& record : read.records()) {
      CaseWorkerAssigned assigned;
      if (record.event().type() != assigned.GetTypeName()) {
        if (record.revision() == 1) {
          cases_[record.event().actor().actor_id()].insert(record.stream());
        }
      } else if (assigned.ParseFromString(record.event().common())) {
        cases_[assigned.worker_id()].insert(record.stream());
      }
    }
    page.set_from_position(read.next_position());
  } while (page.from_position() > 0 && page.from_position() <= head.value);
  next_position_ = head.value + 1;
  return absl::OkStatus();
}

}  // namespace mlup::sync
