// Who is signed in to the web application, and the way in and out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/status.h"
#include "eventstore/server/call_door.h"
#include "mlup/identity/v1/sign_in_service.pb.h"
#include "services/gateway/http_message.h"
#include "services/gateway/rpc_calls.h"
#include "services/gateway/web_caller.h"
#include "services/identity/policy.h"

namespace mlup::gateway {

//   GET    /session        who is signed in, as what, and what else one may be
//   POST   /session        {"name":…,"password":…,"code":…} signs in
//   PUT    /session        {"role":…,"organisation_id":…}: from now on the page acts in this role
//   DELETE /session        signs out
//   POST   /session        {"passkey":{…}} signs in too
//   GET    /session/begin    a challenge for a passkey, and whether an OpenID provider is there
//   GET    /session/openid   sends the browser to the OpenID provider
//   GET    /session/openid/callback?code=…&state=…  where it sends it back: signs in
//   GET    /session/watch  an event stream with one event, `ended`, when the session has ended
//
// The token of the session is a cookie that no script and no page of another site can use; the role
// is another one, and worth nothing without the first. What the token is good for is decided at the
// door, as for every call.
//
// Any thread. Borrows everything it is built from.
class WebSessions {
 public:
  struct Parts {
    RpcCalls& calls;
    log::CallDoor& door;
    const identity::Policy& policy;
  };

  explicit WebSessions(const Parts& parts) : parts_(parts) {}

  static bool IsMeant(const HttpRequest& request);

  // `origin` is the page's own, as browsers say it.
  HttpResponse Handle(const HttpRequest& request, const std::string& origin) const;

  // Who sends the request, in the role that the page chose, or else the first that is held.
  // UNAUTHENTICATED NO_ACCOUNTS, SIGN_IN_REQUIRED, SESSION_ENDED.
  absl::StatusOr<WebCaller> Who(const HttpRequest& request) const;

 private:
  absl::StatusOr<HttpResponse> Answer(const HttpRequest& request, const std::string& origin) const;
  absl::StatusOr<HttpResponse> Tell(const HttpRequest& request) const;
  absl::StatusOr<HttpResponse> SignIn(const HttpRequest& request) const;
  absl::StatusOr<HttpResponse> BeginSignIn() const;
  absl::StatusOr<HttpResponse> BeginOpenId(const std::string& origin) const;
  HttpResponse EndOpenId(const HttpRequest& request, const std::string& origin) const;
  // A session in the place of the one that the request has.
  absl::StatusOr<identity::v1::SignInResponse> Begin(
      const HttpRequest& request, const identity::v1::SignInRequest& sign_in) const;
  absl::StatusOr<HttpResponse> Choose(const HttpRequest& request) const;
  absl::StatusOr<HttpResponse> SignOut(const HttpRequest& request) const;
  absl::StatusOr<HttpResponse> Watch(const HttpRequest& request) const;
  absl::StatusOr<log::AdmissionPtr> Admit(const std::string& token) const;
  // One for each role that is held.
  std::vector<WebCaller> CallersOf(const std::string& actor_id, const std::string& token) const;
  // A call of mlup.identity.v1.SignInService.
  template <typename Response>
  absl::StatusOr<Response> Ask(const std::string& method, const google::protobuf::Message& request,
                               const std::string& token, std::string_view forwarded_for = {}) const;

  const Parts parts_;
};

}  // namespace mlup::gateway
