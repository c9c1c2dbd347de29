#include "services/mlup/session.h"

#include "absl/strings/cord.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/status.h"

namespace mlup::cli {

namespace {

constexpr char kOfDaemon[] = "mlup/of-daemon";

}  // namespace

absl::Status OfDaemon(absl::Status status) {
  if (!status.ok()) status.SetPayload(kOfDaemon, absl::Cord());
  return status;
}

bool IsUnreachable(const absl::Status& status) {
  return status.GetPayload(kOfDaemon).has_value() &&
         (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status));
}

int Fail(const Session& session, const absl::Status& status) {
  const std::string message(status.message());
  if (session.json) {
    const nlohmann::ordered_json error = {{"code", absl::StatusCodeToString(status.code())},
                                          {"reason", ErrorReason(status)},
                                          {"field", ErrorField(status)},
                                          {"message", message}};
    session.out << nlohmann::ordered_json{{"error", error}}.dump() << "\n";
  }
  session.err << "mlup: ";
  if (IsUnreachable(status)) {
    // What the daemon says itself has a reason.
    const std::string reason = ErrorReason(status);
    session.err << (reason.empty() ? "no answer from " + session.server
                                   : session.server + " cannot do it now, " + reason)
                << ": " << message << "\n";
    return kExitUnreachable;
  }
  session.err << absl::StatusCodeToString(status.code());
  if (!ErrorReason(status).empty()) session.err << " " << ErrorReason(status);
  if (!ErrorField(status).empty()) session.err << " (" << ErrorField(status) << ")";
  session.err << ": " << message << "\n";
  return kExitRefused;
}

int FailUsage(const Session& session, const absl::Status& status) {
  Fail(session, status);
  return kExitUsage;
}

}  // namespace mlup::cli
