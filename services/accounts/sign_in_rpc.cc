#include "services/accounts/sign_in_rpc.h"

#include <utility>

#include "eventstore/base/check.h"
#include "mlup/identity/v1/sign_in_service.pb.h"

namespace mlup::accounts {

namespace pb = ::mlup::identity::v1;

template <typename Request, typename Function>
void SignInRpc::ServeCaller(const std::string& method, Function function) {
  ServeCall<Request>(
      method, [function = std::move(function)](const Request& request, const log::UnaryCall& call) {
        CHECK(call.admission() != nullptr);
        return function(request, *identity::CallerOf(call.admission()));
      });
}

SignInRpc::SignInRpc(SignInService& service, rpc::Executor& executor)
    : Service("mlup.identity.v1.SignInService", executor) {
  ServeCall<pb::SignInRequest>("SignIn", [&service](const auto& r, const log::UnaryCall& call) {
    return service.SignIn(r, call.address());
  });
  ServeCaller<pb::SignOutRequest>(
      "SignOut", [&service](const auto&, const auto& caller) { return service.SignOut(caller); });
  ServeCaller<pb::WhoAmIRequest>(
      "WhoAmI", [&service](const auto&, const auto& caller) { return service.WhoAmI(caller); });
  ServeCaller<pb::ListAccountsRequest>(
      "ListAccounts", [&service](const auto&, const auto&) { return service.ListAccounts(); });
  ServeCaller<pb::ListEmergencyAccessesRequest>(
      "ListEmergencyAccesses",
      [&service](const auto&, const auto&) { return service.ListEmergencyAccesses(); });
  ServeCaller<pb::ChangePasswordRequest>(
      "ChangePassword",
      [&service](const auto& r, const auto& caller) { return service.ChangePassword(r, caller); });
  ServeCaller<pb::OfferAuthenticatorRequest>("OfferAuthenticator",
                                             [&service](const auto& r, const auto& caller) {
                                               return service.OfferAuthenticator(r, caller);
                                             });
  ServeCaller<pb::ConfirmAuthenticatorRequest>("ConfirmAuthenticator",
                                               [&service](const auto& r, const auto& caller) {
                                                 return service.ConfirmAuthenticator(r, caller);
                                               });
  ServeCall<pb::BeginSignInRequest>(
      "BeginSignIn",
      [&service](const auto&, const log::UnaryCall&) -> absl::StatusOr<pb::BeginSignInResponse> {
        return service.BeginSignIn();
      });
  ServeCall<pb::BeginOpenIdRequest>(
      "BeginOpenId",
      [&service](const auto& r, const log::UnaryCall&) { return service.BeginOpenId(r); });
  ServeCaller<pb::OfferPasskeyRequest>(
      "OfferPasskey",
      [&service](const auto& r, const auto& caller) { return service.OfferPasskey(r, caller); });
  ServeCaller<pb::AddPasskeyRequest>("AddPasskey", [&service](const auto& r, const auto& caller) {
    return service.AddPasskey(r, caller);
  });
  ServeCaller<pb::RemovePasskeyRequest>(
      "RemovePasskey",
      [&service](const auto& r, const auto& caller) { return service.RemovePasskey(r, caller); });
  ServeCaller<pb::ListSessionsRequest>(
      "ListSessions",
      [&service](const auto& r, const auto& caller) { return service.ListSessions(r, caller); });
  ServeCaller<pb::RevokeSessionRequest>(
      "RevokeSession",
      [&service](const auto& r, const auto& caller) { return service.RevokeSession(r, caller); });
  ServeCaller<pb::ResetCredentialsRequest>("ResetCredentials",
                                           [&service](const auto& r, const auto& caller) {
                                             return service.ResetCredentials(r, caller);
                                           });
  ServeCaller<pb::BootstrapRequest>("Bootstrap", [&service](const auto& r, const auto& caller) {
    return service.Bootstrap(r, caller);
  });
}

}  // namespace mlup::accounts
