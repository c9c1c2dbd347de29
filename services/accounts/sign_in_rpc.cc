#include "services/accounts/sign_in_rpc.h"

#include <string>
#include <string_view>

#include "eventstore/base/check.h"
#include "services/rpc/serve.h"

namespace mlup::accounts {

namespace pb = ::mlup::identity::v1;
using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

namespace {

// `ipv4:127.0.0.1:5555` without the port, which another connection has anew.
std::string AddressOf(const std::string& peer) {
  return peer.starts_with("ipv") ? peer.substr(0, peer.rfind(':')) : peer;
}

// Calls `function` with the request and the caller.
template <typename Request, typename Response, typename Function>
Reactor* ServeCaller(rpc::Executor& executor, Context* context, const Request* request,
                     Response* response, Function function) {
  const std::string method = rpc::MethodOf(*Request::descriptor());
  return rpc::ServeLater({method, executor}, context, request, response,
                         [function](const Request& asked, const log::AdmissionPtr& who,
                                    const rpc::Done<Response>& done) {
                           // The daemon gives the executor a door.
                           CHECK(who != nullptr);
                           done(function(asked, *identity::CallerOf(who)));
                         });
}

}  // namespace

Reactor* SignInRpc::SignIn(Context* context, const pb::SignInRequest* request,
                           pb::SignInResponse* response) {
  return ServeCaller(executor_, context, request, response,
                     [this, address = AddressOf(context->peer())](const auto& r, const auto&) {
                       return service_.SignIn(r, address);
                     });
}

Reactor* SignInRpc::SignOut(Context* context, const pb::SignOutRequest* request,
                            pb::SignOutResponse* response) {
  return ServeCaller(executor_, context, request, response,
                     [this](const auto&, const auto& caller) { return service_.SignOut(caller); });
}

Reactor* SignInRpc::WhoAmI(Context* context, const pb::WhoAmIRequest* request,
                           pb::WhoAmIResponse* response) {
  return ServeCaller(executor_, context, request, response,
                     [this](const auto&, const auto& caller) { return service_.WhoAmI(caller); });
}

Reactor* SignInRpc::ChangePassword(Context* context, const pb::ChangePasswordRequest* request,
                                   pb::ChangePasswordResponse* response) {
  return ServeCaller(
      executor_, context, request, response,
      [this](const auto& r, const auto& caller) { return service_.ChangePassword(r, caller); });
}

Reactor* SignInRpc::OfferAuthenticator(Context* context,
                                       const pb::OfferAuthenticatorRequest* request,
                                       pb::OfferAuthenticatorResponse* response) {
  return ServeCaller(
      executor_, context, request, response,
      [this](const auto& r, const auto& caller) { return service_.OfferAuthenticator(r, caller); });
}

Reactor* SignInRpc::ConfirmAuthenticator(Context* context,
                                         const pb::ConfirmAuthenticatorRequest* request,
                                         pb::ConfirmAuthenticatorResponse* response) {
  return ServeCaller(executor_, context, request, response,
                     [this](const auto& r, const auto& caller) {
                       return service_.ConfirmAuthenticator(r, caller);
                     });
}

Reactor* SignInRpc::ListSessions(Context* context, const pb::ListSessionsRequest* request,
                                 pb::ListSessionsResponse* response) {
  return ServeCaller(
      executor_, context, request, response,
      [this](const auto& r, const auto& caller) { return service_.ListSessions(r, caller); });
}

Reactor* SignInRpc::RevokeSession(Context* context, const pb::RevokeSessionRequest* request,
                                  pb::RevokeSessionResponse* response) {
  return ServeCaller(
      executor_, context, request, response,
      [this](const auto& r, const auto& caller) { return service_.RevokeSession(r, caller); });
}

Reactor* SignInRpc::ListAccounts(Context* context, const pb::ListAccountsRequest* request,
                                 pb::ListAccountsResponse* response) {
  return ServeCaller(executor_, context, request, response,
                     [this](const auto&, const auto&) { return service_.ListAccounts(); });
}

Reactor* SignInRpc::ListEmergencyAccesses(Context* context,
                                          const pb::ListEmergencyAccessesRequest* request,
                                          pb::ListEmergencyAccessesResponse* response) {
  return ServeCaller(executor_, context, request, response,
                     [this](const auto&, const auto&) { return service_.ListEmergencyAccesses(); });
}

Reactor* SignInRpc::ResetCredentials(Context* context, const pb::ResetCredentialsRequest* request,
                                     pb::ResetCredentialsResponse* response) {
  return ServeCaller(
      executor_, context, request, response,
      [this](const auto& r, const auto& caller) { return service_.ResetCredentials(r, caller); });
}

Reactor* SignInRpc::Bootstrap(Context* context, const pb::BootstrapRequest* request,
                              pb::BootstrapResponse* response) {
  return ServeCaller(
      executor_, context, request, response,
      [this](const auto& r, const auto& caller) { return service_.Bootstrap(r, caller); });
}

}  // namespace mlup::accounts
