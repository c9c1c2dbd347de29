#include "services/domain/aggregates.h"

#include "services/domain/account.h"
#include "services/domain/activity.h"
#include "services/domain/approvals.h"
#include "services/domain/case.h"
#include "services/domain/case_group.h"
#include "services/domain/conflicts.h"
#include "services/domain/distribution.h"
#include "services/domain/donation.h"
#include "services/domain/erasure.h"
#include "services/domain/group.h"
#include "services/domain/household.h"
#include "services/domain/import_windows.h"
#include "services/domain/indicator.h"
#include "services/domain/mentorship.h"
#include "services/domain/organisation.h"
#include "services/domain/person.h"
#include "services/domain/report.h"
#include "services/domain/store.h"
#include "services/domain/work.h"

namespace mlup::domain {
namespace {

// A derived class that is only declared here converts to its base by the function that makes it.
template <typename State>
const AnyAggregate* Any(const Aggregate<State>& aggregate) {
  return &aggregate;
}

}  // namespace

const std::vector<const AnyAggregate*>& Aggregates() {
  static const auto& all = *new std::vector<const AnyAggregate*>{
      Any(Account()),   Any(Activity()),   Any(Approvals()),    Any(Case()),
      Any(CaseGroup()), Any(Conflicts()),  Any(Distribution()), Any(Donation()),
      Any(Erasure()),   Any(Group()),      Any(Household()),    Any(ImportWindows()),
      Any(Indicator()), Any(Mentorship()), Any(Organisation()), Any(Person()),
      Any(Report()),    Any(Store()),      Any(Work()),
  };
  return all;
}

}  // namespace mlup::domain
