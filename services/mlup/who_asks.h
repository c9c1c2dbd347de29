// Who asks, where somebody signed in.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include <google/protobuf/message.h>

#include "eventstore/base/status.h"
#include "mlup/identity/v1/sign_in_service.pb.h"
#include "services/mlup/server_rpc.h"
#include "services/mlup/session.h"

namespace mlup::cli {

// Calls a method of mlup.identity.v1.SignInService.
template <typename Response>
absl::StatusOr<Response> AskSignIn(const Session& session, std::string_view method,
                                   const google::protobuf::Message& request) {
  return CallOnce<Response>(
      session.server, absl::StrCat("mlup.identity.v1.SignInService/", ToAbsl(method)), request);
}

// What the daemon says of the session that is kept for it; nothing where none is kept.
absl::StatusOr<std::optional<identity::v1::WhoAmIResponse>> AskWhoAmI(const Session& session);

// Who is signed in, in the role of `usual` where it is held, else in the first that is. `usual`
// where nobody signed in, or the daemon does not say: it says why when it is asked for more.
Reader ReaderFor(const Session& session, const Reader& usual);

}  // namespace mlup::cli
