// Somebody who reads histories, for benchmarks.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "eventstore/base/check.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/log/event_log.h"
#include "projections/read_model.h"
#include "services/identity/policy.h"
#include "services/privacy/keyring.h"
#include "services/query/audit_service.h"

namespace mlup::bench {

// Reads as the service does: authorised, the index waited for, on record before anything is shown.
// One thread. Borrows the log, the clock and the read model.
class HistoryReader {
 public:
  // Makes a keyring of its own at `path`.
  HistoryReader(log::EventLog& log, const Clock& clock, const projections::ReadModel& index,
                const std::string& path)
      : keyring_(*privacy::Keyring::Open(path)),
        watch_(clock, {}, {.persons = SIZE_MAX}),
        disclosure_(log, *keyring_, clock, random_, watch_),
        service_(
            {log, policy_, *keyring_, clock, disclosure_, index.rows(), index.worker(), none_}) {}

  // The first page of a child's history.
  audit::v1::GetCaseHistoryResponse FirstPage(const std::string& person_id) {
    audit::v1::GetCaseHistoryRequest request;
    request.set_actor_id("staff-cm-1");
    request.set_role("case_manager");
    request.set_organisation_id("mro");
    request.set_id(person_id);
    request.set_purpose("case_review");
    auto page = service_.GetCaseHistory(request);
    CHECK(page.ok());
    return *std::move(page);
  }

 private:
  class NoBundles final : public proofs::BundleMaker {
   public:
    absl::StatusOr<std::string> MakeBundle(const std::string&) override {
      return absl::UnimplementedError("nobody asks for a bundle here");
    }
  };

  const std::unique_ptr<privacy::Keyring> keyring_;
  const identity::Policy policy_ = *identity::Policy::Parse(R"(
    roles { name: "case_manager" label: "Case manager" calls: "mlup.audit.v1.AuditService/*"
            may_open_personal: true }
    roles { name: "social_worker" label: "Social worker" }
    actors { actor_id: "staff-cm-1" label: "Case manager 1" organisation_id: "mro" roles: "case_manager" }
    actors { actor_id: "staff-sw-1" label: "Social worker 1" organisation_id: "mro" roles: "social_worker" }
  )");
  SystemRandom random_;
  query::ReadingWatch watch_;
  query::Disclosure disclosure_;
  NoBundles none_;
  query::AuditService service_;
};

}  // namespace mlup::bench
