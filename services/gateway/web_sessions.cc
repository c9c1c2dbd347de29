#include "services/gateway/web_sessions.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include <nlohmann/json.hpp>

#include "eventstore/json/json_text.h"
#include "services/gateway/connect.h"
#include "services/gateway/query.h"
#include "services/identity/caller.h"

namespace mlup::gateway {
namespace {

namespace pb = ::mlup::identity::v1;
using nlohmann::ordered_json;

constexpr std::string_view kPath = "/session";
constexpr std::string_view kWatchPath = "/session/watch";
constexpr std::string_view kBeginPath = "/session/begin";
constexpr std::string_view kOpenIdPath = "/session/openid";
constexpr std::string_view kOpenIdCallbackPath = "/session/openid/callback";
constexpr std::string_view kTokenCookie = "mlup_session";
constexpr std::string_view kRoleCookie = "mlup_role";
// Of the browser that was sent to the OpenID provider: nobody else's answer is taken from it.
constexpr std::string_view kStateCookie = "mlup_openid";
constexpr std::string_view kService = "mlup.identity.v1.SignInService/";
// Checking a password takes its turn.
constexpr absl::Duration kSignInPatience = absl::Seconds(30);
// What was revoked is gone within a second.
constexpr std::chrono::milliseconds kLookEvery(300);

// Empty where there is none.
std::string CookieOf(const HttpRequest& request, std::string_view name) {
  for (absl::string_view one : absl::StrSplit(ToAbsl(request.Header("cookie")), ';')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(absl::StripAsciiWhitespace(one), absl::MaxSplits('=', 1));
    if (parts.first == ToAbsl(name)) return std::string(parts.second);
  }
  return "";
}

void SetCookie(HttpResponse& response, std::string_view name, std::string_view value) {
  response.headers.emplace_back("Set-Cookie", absl::StrCat(ToAbsl(name), "=", ToAbsl(value),
                                                           "; Path=/; HttpOnly; SameSite=Strict",
                                                           value.empty() ? "; Max-Age=0" : ""));
}

HttpResponse Json(const ordered_json& body) {
  HttpResponse response;
  response.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}};
  response.body = body.dump();
  return response;
}

// Where the browser goes on.
HttpResponse To(const std::string& url) {
  HttpResponse response;
  response.status = 303;
  response.headers = {{"Location", url}, {"Cache-Control", "no-store"}};
  return response;
}

ordered_json CallerJson(const WebCaller& caller) {
  return {{"actor_id", caller.actor_id},
          {"label", caller.label},
          {"role", caller.role},
          {"role_label", caller.role_label},
          {"organisation_id", caller.organisation_id}};
}

absl::StatusOr<nlohmann::json> BodyOf(const HttpRequest& request) {
  if (request.Header("content-type") != "application/json") {
    return FieldError(absl::StatusCode::kInvalidArgument, "CONTENT_TYPE_UNKNOWN", "content-type",
                      "must be application/json");
  }
  return strict::ParseJson(request.body);
}

absl::StatusOr<std::string> TextOf(const nlohmann::json& body, const char* name) {
  const auto found = body.find(name);
  if (found == body.end() || !found->is_string()) {
    return FieldError(absl::StatusCode::kInvalidArgument, "FIELD_REQUIRED", name, "must be a text");
  }
  return found->get<std::string>();
}

absl::StatusOr<std::string> BytesOf(const nlohmann::json& body, const char* name) {
  ASSIGN_OR_RETURN(const std::string text, TextOf(body, name));
  std::string bytes;
  if (absl::WebSafeBase64Unescape(text, &bytes)) return bytes;
  return FieldError(absl::StatusCode::kInvalidArgument, "FORMAT_BASE64", name,
                    "must be base64 for URLs");
}

absl::StatusOr<pb::SignInRequest> SignInOf(const nlohmann::json& body) {
  pb::SignInRequest sign_in;
  if (const auto passkey = body.find("passkey"); passkey != body.end() && passkey->is_object()) {
    pb::PasskeyAssertion& assertion = *sign_in.mutable_passkey();
    ASSIGN_OR_RETURN(*assertion.mutable_credential_id(), BytesOf(*passkey, "credential_id"));
    ASSIGN_OR_RETURN(*assertion.mutable_client_data_json(), BytesOf(*passkey, "client_data_json"));
    ASSIGN_OR_RETURN(*assertion.mutable_authenticator_data(),
                     BytesOf(*passkey, "authenticator_data"));
    ASSIGN_OR_RETURN(*assertion.mutable_signature(), BytesOf(*passkey, "signature"));
    return sign_in;
  }
  ASSIGN_OR_RETURN(*sign_in.mutable_name(), TextOf(body, "name"));
  ASSIGN_OR_RETURN(*sign_in.mutable_password(), TextOf(body, "password"));
  if (body.contains("code")) {
    ASSIGN_OR_RETURN(*sign_in.mutable_code(), TextOf(body, "code"));
  }
  return sign_in;
}

// Ends when the session does.
class SessionWatch final : public HttpStream {
 public:
  explicit SessionWatch(log::AdmissionPtr who) : who_(std::move(who)) {}

  Step Next() override {
    if (who_->Holds().ok()) return {};
    return {.bytes = "event: ended\ndata: \n\n", .ended = true};
  }
  std::chrono::milliseconds patience() const override { return kLookEvery; }

 private:
  const log::AdmissionPtr who_;
};

}  // namespace

bool WebSessions::IsMeant(const HttpRequest& request) {
  return request.path == kPath || request.path == kWatchPath || request.path == kBeginPath ||
         request.path == kOpenIdPath || request.path == kOpenIdCallbackPath;
}

HttpResponse WebSessions::Handle(const HttpRequest& request, const std::string& origin) const {
  absl::StatusOr<HttpResponse> answer = Answer(request, origin);
  return answer.ok() ? *std::move(answer) : ConnectError(answer.status());
}

absl::StatusOr<HttpResponse> WebSessions::Answer(const HttpRequest& request,
                                                 const std::string& origin) const {
  if (request.path == kWatchPath) return Watch(request);
  if (request.path == kBeginPath) return BeginSignIn();
  if (request.path == kOpenIdPath) return BeginOpenId(origin);
  if (request.path == kOpenIdCallbackPath) return EndOpenId(request, origin);
  if (request.method == "POST") return SignIn(request);
  if (request.method == "PUT") return Choose(request);
  if (request.method == "DELETE") return SignOut(request);
  return Tell(request);
}

template <typename Response>
absl::StatusOr<Response> WebSessions::Ask(const std::string& method,
                                          const google::protobuf::Message& request,
                                          const std::string& token,
                                          std::string_view forwarded_for) const {
  ASSIGN_OR_RETURN(
      const std::string bytes,
      parts_.calls.Call({absl::StrCat("/", ToAbsl(kService), method), request.SerializeAsString(),
                         token, kSignInPatience, std::string(forwarded_for)}));
  Response response;
  if (response.ParseFromString(bytes)) return response;
  return Error(absl::StatusCode::kInternal, "ANSWER_INVALID", "the answer is not what was asked");
}

absl::StatusOr<log::AdmissionPtr> WebSessions::Admit(const std::string& token) const {
  ASSIGN_OR_RETURN(log::AdmissionPtr who,
                   parts_.door.Admit(absl::StrCat(ToAbsl(kService), "WhoAmI"),
                                     token.empty() ? "" : "Bearer " + token));
  if (identity::CallerOf(who)->kind() == identity::Caller::Kind::kAccount) return who;
  return Error(absl::StatusCode::kUnauthenticated, "NO_ACCOUNTS",
               "nobody has an account here yet: make the first one (`mlup accounts bootstrap`)");
}

std::vector<WebCaller> WebSessions::CallersOf(const std::string& actor_id,
                                              const std::string& token) const {
  std::vector<WebCaller> callers;
  const std::string label = parts_.policy.ActorLabel(actor_id);
  for (const identity::HeldRole& held : parts_.policy.RolesOf(actor_id)) {
    const auto is_same = [&held](const WebCaller& caller) {
      return caller.role == held.role && caller.organisation_id == held.organisation_id;
    };
    // One may be held in several scopes.
    if (std::any_of(callers.begin(), callers.end(), is_same)) continue;
    callers.push_back({actor_id, held.role, held.organisation_id, label,
                       parts_.policy.RoleLabel(held.role), token});
  }
  // Whoever holds nothing is somebody too.
  if (callers.empty()) callers.push_back({.actor_id = actor_id, .label = label, .token = token});
  return callers;
}

absl::StatusOr<WebCaller> WebSessions::Who(const HttpRequest& request) const {
  const std::string token = CookieOf(request, kTokenCookie);
  ASSIGN_OR_RETURN(const log::AdmissionPtr who, Admit(token));
  const std::vector<WebCaller> callers = CallersOf(identity::CallerOf(who)->actor_id(), token);
  const std::string chosen = CookieOf(request, kRoleCookie);
  const auto found = std::find_if(callers.begin(), callers.end(), [&](const WebCaller& caller) {
    return absl::StrCat(caller.role, "/", caller.organisation_id) == chosen;
  });
  return found == callers.end() ? callers.front() : *found;
}

absl::StatusOr<HttpResponse> WebSessions::Tell(const HttpRequest& request) const {
  ASSIGN_OR_RETURN(const WebCaller caller, Who(request));
  ASSIGN_OR_RETURN(const auto who,
                   Ask<pb::WhoAmIResponse>("WhoAmI", pb::WhoAmIRequest(), caller.token));
  ordered_json choices = ordered_json::array();
  for (const WebCaller& choice : CallersOf(caller.actor_id, "")) {
    if (!choice.role.empty()) choices.push_back(CallerJson(choice));
  }
  return Json({{"actor", CallerJson(caller)},
               {"choices", std::move(choices)},
               {"must_change_password", who.must_change_password()}});
}

absl::StatusOr<HttpResponse> WebSessions::SignIn(const HttpRequest& request) const {
  ASSIGN_OR_RETURN(const nlohmann::json body, BodyOf(request));
  ASSIGN_OR_RETURN(const pb::SignInRequest sign_in, SignInOf(body));
  ASSIGN_OR_RETURN(const auto begun, Begin(request, sign_in));
  HttpResponse response = Json({{"must_change_password", begun.must_change_password()}});
  SetCookie(response, kTokenCookie, begun.token());
  return response;
}

absl::StatusOr<pb::SignInResponse> WebSessions::Begin(const HttpRequest& request,
                                                      const pb::SignInRequest& sign_in) const {
  ASSIGN_OR_RETURN(auto begun, Ask<pb::SignInResponse>("SignIn", sign_in, "",
                                                       request.Header("x-forwarded-for")));
  // The one that it replaces; where it has ended already, that is what was wanted.
  const std::string replaced = CookieOf(request, kTokenCookie);
  if (Admit(replaced).ok()) {
    Ask<pb::SignOutResponse>("SignOut", pb::SignOutRequest(), replaced).status().IgnoreError();
  }
  return begun;
}

absl::StatusOr<HttpResponse> WebSessions::BeginOpenId(const std::string& origin) const {
  pb::BeginOpenIdRequest asked;
  asked.set_origin(origin);
  ASSIGN_OR_RETURN(const auto begun, Ask<pb::BeginOpenIdResponse>("BeginOpenId", asked, ""));
  HttpResponse response = To(begun.authorization_url());
  // It must come with the browser from the provider's page.
  response.headers.emplace_back(
      "Set-Cookie", absl::StrCat(ToAbsl(kStateCookie), "=", begun.state(), "; Path=",
                                 ToAbsl(kOpenIdPath), "; HttpOnly; SameSite=Lax; Max-Age=300"));
  return response;
}

// A person follows a link to here: what is wrong is told by the page.
HttpResponse WebSessions::EndOpenId(const HttpRequest& request, const std::string& origin) const {
  pb::SignInRequest sign_in;
  pb::OpenIdAnswer& answer = *sign_in.mutable_openid();
  answer.set_state(std::string(Parameter(request, "state")));
  answer.set_code(std::string(Parameter(request, "code")));
  answer.set_origin(origin);
  const bool own = !answer.state().empty() && CookieOf(request, kStateCookie) == answer.state();
  const absl::StatusOr<pb::SignInResponse> begun =
      own && !answer.code().empty()
          ? Begin(request, sign_in)
          : absl::StatusOr<pb::SignInResponse>(
                Error(absl::StatusCode::kUnauthenticated, "OPENID_REFUSED",
                      "this browser did not begin it, or the provider gave no code"));
  HttpResponse response =
      To(begun.ok() ? "/" : absl::StrCat("/?refused=", ErrorReason(begun.status())));
  if (begun.ok()) SetCookie(response, kTokenCookie, begun->token());
  response.headers.emplace_back(
      "Set-Cookie",
      absl::StrCat(ToAbsl(kStateCookie), "=; Path=", ToAbsl(kOpenIdPath), "; Max-Age=0"));
  return response;
}

absl::StatusOr<HttpResponse> WebSessions::BeginSignIn() const {
  ASSIGN_OR_RETURN(const auto begun,
                   Ask<pb::BeginSignInResponse>("BeginSignIn", pb::BeginSignInRequest(), ""));
  return Json({{"challenge", absl::WebSafeBase64Escape(begun.challenge())},
               {"openid_label", begun.openid_label()}});
}

absl::StatusOr<HttpResponse> WebSessions::Choose(const HttpRequest& request) const {
  ASSIGN_OR_RETURN(const WebCaller caller, Who(request));
  ASSIGN_OR_RETURN(const nlohmann::json body, BodyOf(request));
  ASSIGN_OR_RETURN(const std::string role, TextOf(body, "role"));
  ASSIGN_OR_RETURN(const std::string organisation_id, TextOf(body, "organisation_id"));
  for (const WebCaller& choice : CallersOf(caller.actor_id, "")) {
    if (choice.role != role || choice.organisation_id != organisation_id) continue;
    HttpResponse response = Json(ordered_json::object());
    SetCookie(response, kRoleCookie, absl::StrCat(role, "/", organisation_id));
    return response;
  }
  return FieldError(absl::StatusCode::kPermissionDenied, "ROLE_NOT_HELD", "role",
                    "is none that you hold for this organisation");
}

absl::StatusOr<HttpResponse> WebSessions::SignOut(const HttpRequest& request) const {
  const std::string token = CookieOf(request, kTokenCookie);
  if (Admit(token).ok()) {
    RETURN_IF_ERROR(Ask<pb::SignOutResponse>("SignOut", pb::SignOutRequest(), token).status());
  }
  HttpResponse response = Json(ordered_json::object());
  SetCookie(response, kTokenCookie, "");
  SetCookie(response, kRoleCookie, "");
  response.headers.emplace_back("Clear-Site-Data", "\"cache\"");
  return response;
}

absl::StatusOr<HttpResponse> WebSessions::Watch(const HttpRequest& request) const {
  ASSIGN_OR_RETURN(log::AdmissionPtr who, Admit(CookieOf(request, kTokenCookie)));
  HttpResponse response;
  response.headers = {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}};
  response.authenticated = true;
  response.stream = std::make_unique<SessionWatch>(std::move(who));
  return response;
}

}  // namespace mlup::gateway
