// Carries calls from the server's queue to service logic and back: one line a method of an adapter.
//
//   Serve("GetReport", service, &ReportService::GetReport);
#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "eventstore/server/rpc_service.h"
#include "services/rpc/executor.h"
#include "services/rpc/request_log.h"

namespace mlup::rpc {

// A service whose calls run on an executor and are logged in a line each. RESOURCE_EXHAUSTED
// QUEUE_FULL at once when the executor's queue is full; before work began, DEADLINE_EXCEEDED when
// the deadline passed and CANCELLED when the caller left, both CALL_ENDED.
//
// Served by one log::RpcQueue. Borrows the executor and the logic that is served.
class Service : public log::RpcService {
 protected:
  // `package.Service`.
  Service(std::string name, Executor& executor)
      : RpcService(std::move(name)), executor_(executor) {}

  // Serves a method with one of the logic. A request that may name who asks names the caller.
  template <typename Logic, typename Of, typename Request, typename Response>
  void Serve(const std::string& method, Logic& logic,
             absl::StatusOr<Response> (Of::*answer)(const Request&)) {
    ServeMember<Request, Response>(
        method, [&logic, answer](const Request& request) { return (logic.*answer)(request); });
  }
  template <typename Logic, typename Of, typename Request, typename Response>
  void Serve(const std::string& method, Logic& logic,
             absl::StatusOr<Response> (Of::*answer)(const Request&) const) {
    ServeMember<Request, Response>(
        method, [&logic, answer](const Request& request) { return (logic.*answer)(request); });
  }

  // Serves a method with a function of the request and the call, which tells who makes it.
  template <typename Request, typename Function>
  void ServeCall(const std::string& method, Function function) {
    WatchedUnary<Request>(method, [this, function = std::move(function)](log::UnaryCall& call,
                                                                         const Request& request) {
      Run(call, [&call, &request, &function] { return function(request, call); });
    });
  }

  // The line of a call that arrived then and ends so.
  void Log(const log::UnaryCall& call, absl::Time arrived, const absl::Status& status) const {
    const absl::Time now = executor_.clock().Now();
    LogRequest(now, std::string(call.name()), status, now - arrived);
  }
  void Refuse(log::UnaryCall& call, absl::Time arrived, const absl::Status& why) const {
    Log(call, arrived, why);
    call.Refuse(why);
  }

  Executor& executor() const { return executor_; }

 private:
  template <typename Request, typename Response, typename Function>
  void ServeMember(const std::string& method, Function function) {
    ServeCall<Request>(
        method,
        [function = std::move(function)](const Request& request,
                                         const log::UnaryCall& call) -> absl::StatusOr<Response> {
          const log::AdmissionPtr& who = call.admission();
          const absl::Status may = who == nullptr ? absl::OkStatus() : who->MayAsk(request);
          if (!may.ok()) return may;
          return function(request);
        });
  }

  template <typename Work>
  void Run(log::UnaryCall& call, Work work) {
    const absl::Time arrived = executor_.clock().Now();
    const bool queued = executor_.TryRun([this, &call, arrived, work = std::move(work)] {
      if (const absl::Status waits = call.StillWaits(); !waits.ok()) {
        return Refuse(call, arrived, waits);
      }
      const auto answer = work();
      Log(call, arrived, answer.status());
      call.Finish(answer);
    });
    if (!queued) Refuse(call, arrived, log::QueueFull());
  }

  Executor& executor_;
};

}  // namespace mlup::rpc
