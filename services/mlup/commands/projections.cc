// `mlup projections`: the read models, and making them anew.
#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/passing.h"
#include "eventstore/base/status.h"
#include "mlup/reports/v1/projection_service.pb.h"
#include "mlup/reports/v1/report_service.pb.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/progress.h"
#include "services/mlup/proto_json.h"
#include "services/mlup/server_rpc.h"
#include "services/mlup/table.h"

namespace mlup::cli {
namespace {

using reports::v1::GetProjectionStatusResponse;
using reports::v1::ProjectionStatus;
using reports::v1::RebuildStatus;

constexpr auto kLookEvery = std::chrono::milliseconds(200);
// Looks in a row that the daemon does not answer, as while it starts again.
constexpr int kUnansweredMax = 150;

absl::StatusOr<GetProjectionStatusResponse> AskAll(const Session& session) {
  return CallOnce<GetProjectionStatusResponse>(session.server,
                                               "mlup.reports.v1.ReportService/GetProjectionStatus",
                                               reports::v1::GetProjectionStatusRequest());
}

template <typename Response>
absl::StatusOr<Response> Ask(const Session& session, const std::string& method,
                             const google::protobuf::Message& request) {
  return CallOnce<Response>(session.server,
                            absl::StrCat("mlup.reports.v1.ProjectionService/", method), request);
}

template <typename Request>
Request About(const Reader& who, const std::string& name) {
  Request request;
  SetAsker(who, *request.mutable_actor());
  request.set_name(name);
  return request;
}

bool IsOver(const RebuildStatus& rebuild) {
  return rebuild.phase() >= reports::v1::REBUILD_PHASE_DONE;
}

bool IsSame(const RebuildStatus& rebuild) {
  return rebuild.digest_served() == rebuild.digest_made();
}

std::string RebuildWords(const RebuildStatus& rebuild) {
  const std::string what = rebuild.compare_only() ? "comparison" : "rebuild";
  switch (rebuild.phase()) {
    case reports::v1::REBUILD_PHASE_MAKING:
      return absl::StrFormat("%s: %d of %d events, %.0f events/s, %d s left", what,
                             rebuild.events_done(), rebuild.events_total(),
                             rebuild.events_per_second(), rebuild.seconds_left());
    case reports::v1::REBUILD_PHASE_COMPARING:
      return absl::StrCat(what, ": all rows are compared");
    case reports::v1::REBUILD_PHASE_RECORDING:
      return absl::StrCat(what, ": served, and not in the log yet: ", rebuild.because());
    case reports::v1::REBUILD_PHASE_DONE:
      return absl::StrCat(
          what, " done: ", IsSame(rebuild) ? "the same rows" : "the earlier rows were other ones");
    case reports::v1::REBUILD_PHASE_CANCELLED:
      return absl::StrCat(what, " cancelled");
    case reports::v1::REBUILD_PHASE_STOPPED:
      return absl::StrCat(what, " stopped: ", rebuild.because());
    default:
      return "";
  }
}

// Nothing tells when it is over.
void Rest() {
  Mutex mutex;
  Condition never;
  MutexLock lock(mutex);
  never.WaitFor(mutex, kLookEvery);
}

// What can be made anew by this command.
absl::StatusOr<std::vector<std::string>> NamesOf(const Session& session,
                                                 const ProjectionOptions& options) {
  if (!options.all) return std::vector<std::string>{options.name};
  ASSIGN_OR_RETURN(const GetProjectionStatusResponse all, AskAll(session));
  std::vector<std::string> names;
  for (const ProjectionStatus& one : all.projections()) {
    if (one.version() > 0) names.push_back(one.name());
  }
  return names;
}

absl::StatusOr<std::string> Begin(const Session& session, const Reader& who,
                                  const std::string& name, const std::string& reason,
                                  bool compare_only) {
  auto request = About<reports::v1::RebuildProjectionRequest>(who, name);
  request.set_reason(reason);
  request.set_compare_only(compare_only);
  ASSIGN_OR_RETURN(const auto begun, Ask<reports::v1::RebuildProjectionResponse>(
                                         session, "RebuildProjection", request));
  return begun.rebuild_id();
}

// Of the rebuild that was begun under this id.
absl::StatusOr<RebuildStatus> Find(const GetProjectionStatusResponse& all, const std::string& name,
                                   const std::string& id) {
  for (const ProjectionStatus& one : all.projections()) {
    if (one.name() == name && one.rebuild().rebuild_id() == id) return one.rebuild();
  }
  return Error(absl::StatusCode::kNotFound, "REBUILD_UNKNOWN",
               absl::StrCat("the daemon was started again and knows of no rebuild of ", name,
                            " that is not over"));
}

// Looks until the rebuild is over. A daemon that starts again goes on with it.
absl::StatusOr<RebuildStatus> Watch(const Session& session, const std::string& name,
                                    const std::string& id) {
  SystemClock clock;
  std::optional<Progress> progress;
  for (int unanswered = 0;; Rest()) {
    const auto all = AskAll(session);
    if (!all.ok()) {
      if (!IsPassing(all.status()) || ++unanswered > kUnansweredMax) return all.status();
      continue;
    }
    unanswered = 0;
    ASSIGN_OR_RETURN(const RebuildStatus rebuild, Find(*all, name, id));
    if (IsOver(rebuild)) return rebuild;
    // Not before the first events are folded.
    if (!progress && rebuild.events_total() > 0) {
      progress.emplace(session.err, clock, rebuild.events_total(), session.terminal, "events");
    }
    if (progress) progress->Show(rebuild.events_done());
  }
}

// How it ended, for people or programs; the exit code.
int PrintEnd(const Session& session, const std::string& name, const RebuildStatus& rebuild) {
  if (session.json) {
    session.out << ToJson(rebuild) << "\n";
  } else {
    session.out << name << ": " << RebuildWords(rebuild);
    if (rebuild.position() > 0) session.out << ", compared at position " << rebuild.position();
    session.out << "\n";
    if (rebuild.position() > 0 && !IsSame(rebuild)) {
      session.out << "  served  "
                  << (rebuild.digest_served().empty() ? "cannot be read" : rebuild.digest_served())
                  << "\n  made    " << rebuild.digest_made() << "\n";
      for (const std::string& key : rebuild.differing_keys()) {
        session.out << "  differs " << key << "\n";
      }
    }
  }
  const bool done = rebuild.phase() == reports::v1::REBUILD_PHASE_DONE;
  return done && (IsSame(rebuild) || !rebuild.compare_only()) ? kExitOk : kExitRefused;
}

}  // namespace

int RunListProjections(const Session& session) {
  const auto all = AskAll(session);
  if (!all.ok()) return Fail(session, all.status());
  if (session.json) {
    for (const ProjectionStatus& one : all->projections()) session.out << ToJson(one) << "\n";
    return kExitOk;
  }
  Table table;
  table.Add({"name", "version", "at", "of", "state"});
  for (const ProjectionStatus& one : all->projections()) {
    std::string state = one.stopped_because().empty()
                            ? (one.has_rebuild() ? RebuildWords(one.rebuild()) : std::string())
                            : absl::StrCat("stopped: ", one.stopped_because());
    table.Add({one.name(), one.version() == 0 ? "-" : absl::StrCat(one.version()),
               absl::StrCat(one.position()), absl::StrCat(one.head()), std::move(state)});
  }
  session.out << table.Render();
  return kExitOk;
}

int RunRebuildProjection(const Session& session, const Reader& who,
                         const ProjectionOptions& options) {
  if (!options.all && options.name.empty()) {
    return FailUsage(session, FieldError(absl::StatusCode::kInvalidArgument, "NAME_MISSING", "NAME",
                                         "name a read model, or all of them with --all"));
  }
  const auto names = NamesOf(session, options);
  if (!names.ok()) return Fail(session, names.status());
  std::vector<std::string> ids;
  for (const std::string& name : *names) {
    const auto id = Begin(session, who, name, options.reason, /*compare_only=*/false);
    if (!id.ok()) return Fail(session, id.status());
    ids.push_back(*id);
    if (!options.wait) {
      session.err << name << " is being made anew; `mlup projections list` shows how far it is\n";
    }
  }
  int code = kExitOk;
  for (std::size_t i = 0; options.wait && i < ids.size(); ++i) {
    const auto end = Watch(session, (*names)[i], ids[i]);
    if (!end.ok()) return Fail(session, end.status());
    code = std::max(code, PrintEnd(session, (*names)[i], *end));
  }
  return code;
}

int RunCancelRebuild(const Session& session, const Reader& who, const ProjectionOptions& options) {
  const auto answer = Ask<reports::v1::CancelRebuildResponse>(
      session, "CancelRebuild", About<reports::v1::CancelRebuildRequest>(who, options.name));
  if (!answer.ok()) return Fail(session, answer.status());
  session.err << options.name << " is not made anew; what is served stays as it is\n";
  return kExitOk;
}

int RunDiffProjection(const Session& session, const Reader& who, const ProjectionOptions& options) {
  const auto id = Begin(session, who, options.name, "compared", /*compare_only=*/true);
  if (!id.ok()) return Fail(session, id.status());
  const auto end = Watch(session, options.name, *id);
  if (!end.ok()) return Fail(session, end.status());
  return PrintEnd(session, options.name, *end);
}

}  // namespace mlup::cli
