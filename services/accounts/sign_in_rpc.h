// Signing in as a gRPC service.
#pragma once

#include <string>

#include "services/accounts/sign_in_service.h"
#include "services/rpc/serve.h"

namespace mlup::accounts {

// Served where there is a door. The executor's threads bound how many passwords are checked at
// once. Borrows both.
class SignInRpc final : public rpc::Service {
 public:
  SignInRpc(SignInService& service, rpc::Executor& executor);

 private:
  // Serves a method with a function of the request and the caller.
  template <typename Request, typename Function>
  void ServeCaller(const std::string& method, Function function);
};

}  // namespace mlup::accounts
