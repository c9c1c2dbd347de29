#include "services/accounts/calls.h"

#include <algorithm>
#include <array>

namespace mlup::accounts {
namespace {

struct Call {
  std::string_view method;
  Needs needs;
};

constexpr std::string_view kRecord = "/Record";

constexpr std::array kCalls = {
    Call{"grpc.health.v1.Health/Check", Needs::kNothing},
    Call{"grpc.health.v1.Health/Watch", Needs::kNothing},
    Call{"mlup.identity.v1.SignInService/SignIn", Needs::kNothing},
    Call{"mlup.identity.v1.SignInService/BeginSignIn", Needs::kNothing},
    Call{"mlup.identity.v1.SignInService/BeginOpenId", Needs::kNothing},
    Call{"mlup.identity.v1.SignInService/SignOut", Needs::kFreshSignIn},
    Call{"mlup.identity.v1.SignInService/WhoAmI", Needs::kFreshSignIn},
    Call{"mlup.identity.v1.SignInService/ChangePassword", Needs::kFreshSignIn},
    Call{"mlup.identity.v1.SignInService/OfferAuthenticator", Needs::kSignIn},
    Call{"mlup.identity.v1.SignInService/ConfirmAuthenticator", Needs::kSignIn},
    Call{"mlup.identity.v1.SignInService/OfferPasskey", Needs::kSignIn},
    Call{"mlup.identity.v1.SignInService/AddPasskey", Needs::kSignIn},
    Call{"mlup.identity.v1.SignInService/RemovePasskey", Needs::kSignIn},
    // One's own; others' take the role that may reset.
    Call{"mlup.identity.v1.SignInService/ListSessions", Needs::kSignIn},
    Call{"mlup.identity.v1.SignInService/RevokeSession", Needs::kSignIn},
    Call{"mlup.identity.v1.SignInService/Bootstrap", Needs::kKeyring},
    Call{"mlup.record.v1.RecordService/RecordEach", Needs::kSignIn},
    // Of a device enrolled for the account; what is recorded and read is asked of each.
    Call{"mlup.sync.v1.SyncService/PushItems", Needs::kSignIn},
    Call{"mlup.sync.v1.SyncService/PullChanges", Needs::kSignIn},
    Call{"mlup.installation.v1.InstallationService/Describe", Needs::kSignIn},
    Call{"mlup.log.v1.EventStore/Append", Needs::kInside},
    Call{"mlup.log.v1.EventStore/AppendSession", Needs::kInside},
    Call{"mlup.log.v1.ProofService/BuildBundle", Needs::kInside},
    // How far it is, and nothing of what it says.
    Call{"mlup.log.v1.EventStore/Head", Needs::kSignIn},
    Call{"mlup.reports.v1.ReportService/GetProjectionStatus", Needs::kSignIn},
    // Takes a role too: the service asks for it, so that a search that is refused is on record.
    Call{"mlup.search.v1.SearchService/SearchPersons", Needs::kSignIn},
};

constexpr std::array<std::string_view, 3> kLooks = {
    "mlup.identity.v1.SignInService/WhoAmI",
    "mlup.log.v1.EventStore/Head",
    "mlup.reports.v1.ReportService/GetProjectionStatus",
};

constexpr std::array<std::string_view, 6> kInside = {
    "mlup.log.v1.EventStore/",
    "mlup.log.v1.ProofService/",
    "mlup.bus.v1.GroupService/",
    "mlup.identity.v1.SignInService/Bootstrap",
    "mlup.identity.v1.SignInService/ResetCredentials",
    "mlup.reports.v1.ReportService/GetProjectionStatus",
};

}  // namespace

Needs NeedsOf(std::string_view method) {
  const auto* const found = std::find_if(
      kCalls.begin(), kCalls.end(), [method](const Call& call) { return call.method == method; });
  if (found != kCalls.end()) return found->needs;
  return method.starts_with("mlup.") && method.ends_with(kRecord) ? Needs::kSignIn : Needs::kRole;
}

bool IsUse(std::string_view method) {
  return std::find(kLooks.begin(), kLooks.end(), method) == kLooks.end();
}

bool IsInside(std::string_view method) {
  return std::any_of(kInside.begin(), kInside.end(),
                     [method](std::string_view prefix) { return method.starts_with(prefix); });
}

}  // namespace mlup::accounts
