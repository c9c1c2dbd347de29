// Signing in as a gRPC service.
#pragma once

#include <grpcpp/support/server_callback.h>

#include "mlup/identity/v1/sign_in_service.grpc.pb.h"
#include "services/accounts/sign_in_service.h"
#include "services/rpc/executor.h"

namespace mlup::accounts {

// Calls run on `executor`, which has the door; its threads bound how many passwords are checked at
// once. Borrows both.
class SignInRpc final : public identity::v1::SignInService::CallbackService {
 public:
  SignInRpc(SignInService& service, rpc::Executor& executor)
      : service_(service), executor_(executor) {}

  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;

  Reactor* SignIn(Context* context, const identity::v1::SignInRequest* request,
                  identity::v1::SignInResponse* response) override;
  Reactor* SignOut(Context* context, const identity::v1::SignOutRequest* request,
                   identity::v1::SignOutResponse* response) override;
  Reactor* WhoAmI(Context* context, const identity::v1::WhoAmIRequest* request,
                  identity::v1::WhoAmIResponse* response) override;
  Reactor* ChangePassword(Context* context, const identity::v1::ChangePasswordRequest* request,
                          identity::v1::ChangePasswordResponse* response) override;
  Reactor* OfferAuthenticator(Context* context,
                              const identity::v1::OfferAuthenticatorRequest* request,
                              identity::v1::OfferAuthenticatorResponse* response) override;
  Reactor* ConfirmAuthenticator(Context* context,
                                const identity::v1::ConfirmAuthenticatorRequest* request,
                                identity::v1::ConfirmAuthenticatorResponse* response) override;
  Reactor* ListSessions(Context* context, const identity::v1::ListSessionsRequest* request,
                        identity::v1::ListSessionsResponse* response) override;
  Reactor* RevokeSession(Context* context, const identity::v1::RevokeSessionRequest* request,
                         identity::v1::RevokeSessionResponse* response) override;
  Reactor* ListAccounts(Context* context, const identity::v1::ListAccountsRequest* request,
                        identity::v1::ListAccountsResponse* response) override;
  Reactor* ListEmergencyAccesses(Context* context,
                                 const identity::v1::ListEmergencyAccessesRequest* request,
                                 identity::v1::ListEmergencyAccessesResponse* response) override;
  Reactor* ResetCredentials(Context* context, const identity::v1::ResetCredentialsRequest* request,
                            identity::v1::ResetCredentialsResponse* response) override;
  Reactor* Bootstrap(Context* context, const identity::v1::BootstrapRequest* request,
                     identity::v1::BootstrapResponse* response) override;

 private:
  SignInService& service_;
  rpc::Executor& executor_;
};

}  // namespace mlup::accounts
