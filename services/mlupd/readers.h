// The read models with their workers, and the services that read them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include <grpcpp/impl/service_type.h>

#include "eventstore/log/event_log.h"
#include "projections/case_history/case_history_projection.h"
#include "projections/facts/fact_projection.h"
#include "projections/store/read_model_store.h"
#include "projections/worker.h"
#include "services/query/audit_rpc.h"
#include "services/query/report_rpc.h"

namespace mlup::daemon {

// Every read model of the product, kept up with the log from construction to destruction.
//
// Any thread may read. Borrows the log.
class ReadModels {
 public:
  // Opens or makes one folder for each in `folder`. UNAVAILABLE READ_MODEL_UNAVAILABLE.
  static absl::StatusOr<std::unique_ptr<ReadModels>> Open(const std::string& folder,
                                                          log::EventLog& log);

  const projections::FactSource& facts() const { return facts_; }
  const projections::Worker& fact_worker() const { return fact_worker_; }
  const projections::ReadModelStore& histories() const { return *history_store_; }
  const projections::Worker& history_worker() const { return history_worker_; }
  std::vector<const projections::Worker*> workers() const {
    return {&fact_worker_, &history_worker_};
  }

 private:
  ReadModels(std::unique_ptr<projections::ReadModelStore> fact_store,
             std::unique_ptr<projections::ReadModelStore> history_store, log::EventLog& log);

  const projections::FactProjection fact_projection_;
  const projections::CaseHistoryProjection history_projection_;
  const std::unique_ptr<projections::ReadModelStore> fact_store_;
  const std::unique_ptr<projections::ReadModelStore> history_store_;
  const projections::FactStore facts_;
  // Last, so that they stop before their stores close.
  projections::Worker fact_worker_;
  projections::Worker history_worker_;
};

// Reports and histories, each with its gRPC adapter. gRPC's threads call the adapters. Borrows
// everything it is built from.
class Queries {
 public:
  Queries(const query::ReportService::Sources& reports, const query::AuditService::Sources& audit,
          rpc::Executor& executor)
      : reports_(reports),
        audit_(audit),
        report_rpc_(reports_, executor),
        audit_rpc_(audit_, executor) {}

  void AddTo(std::vector<grpc::Service*>& services) {
    services.push_back(&report_rpc_);
    services.push_back(&audit_rpc_);
  }

 private:
  query::ReportService reports_;
  query::AuditService audit_;
  query::ReportRpc report_rpc_;
  query::AuditRpc audit_rpc_;
};

}  // namespace mlup::daemon
