// `mlup login`, `logout`, `whoami`, `sessions`, `authenticator`: who one is for the daemon.
#include <string>

#include "absl/strings/str_cat.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/files.h"
#include "eventstore/base/private_file.h"
#include "mlup/identity/v1/sign_in_service.pb.h"
#include "services/accounts/peer_socket.h"
#include "services/mlup/ask_secret.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/kept_session.h"
#include "services/mlup/proto_json.h"
#include "services/mlup/qr_code.h"
#include "services/mlup/server_rpc.h"
#include "services/mlup/table.h"
#include "services/mlup/who_asks.h"
#include "services/mlup/words.h"
#include "services/tls/client_trust.h"

namespace mlup::cli {
namespace {

namespace pb = ::mlup::identity::v1;

// Another password, asked for twice at a terminal.
absl::StatusOr<std::string> AskNewPassword(const SignInOptions& options) {
  ASSIGN_OR_RETURN(std::string password, AskSecret("New password: ", options.password_fd));
  if (options.password_fd >= 0) return password;
  ASSIGN_OR_RETURN(const std::string again, AskSecret("Again: ", options.password_fd));
  if (again == password) return password;
  return Error(absl::StatusCode::kInvalidArgument, "PASSWORDS_DIFFER",
               "the two are not the same: nothing was changed");
}

absl::Status ChangePassword(const Session& session, const SignInOptions& options,
                            const std::string& password) {
  pb::ChangePasswordRequest request;
  request.set_password(password);
  ASSIGN_OR_RETURN(*request.mutable_new_password(), AskNewPassword(options));
  return AskSignIn<pb::ChangePasswordResponse>(session, "ChangePassword", request).status();
}

absl::StatusOr<pb::SignInResponse> SignIn(const Session& session, const SignInOptions& options,
                                          const std::string& password) {
  pb::SignInRequest request;
  request.set_name(options.name);
  request.set_password(password);
  request.set_device(options.device);
  auto answer = AskSignIn<pb::SignInResponse>(session, "SignIn", request);
  if (ErrorReason(answer.status()) != "CODE_REQUIRED") return answer;
  ASSIGN_OR_RETURN(*request.mutable_code(), AskSecret("Code: ", options.password_fd));
  return AskSignIn<pb::SignInResponse>(session, "SignIn", request);
}

// As a service or device whose certificate it is.
absl::StatusOr<pb::SignInResponse> SignInWithCertificate(const Session& session,
                                                         const SignInOptions& options) {
  Files& files = SystemFiles();
  ASSIGN_OR_RETURN(const std::string certificate, files.ReadAll(options.certificate));
  ASSIGN_OR_RETURN(const std::string key, files.ReadAll(options.key));
  RETURN_IF_ERROR(CheckPrivate(options.key, "KEY_MODE"));
  ASSIGN_OR_RETURN(const auto begun, AskSignIn<pb::BeginSignInResponse>(session, "BeginSignIn",
                                                                        pb::BeginSignInRequest()));
  pb::SignInRequest request;
  request.set_device(options.device);
  pb::CertificateAssertion& assertion = *request.mutable_certificate();
  assertion.set_challenge(begun.challenge());
  ASSIGN_OR_RETURN(*assertion.mutable_certificate(), tls::ToDer(certificate));
  ASSIGN_OR_RETURN(*assertion.mutable_signature(),
                   tls::Sign(key, tls::SignInMessage(begun.challenge())));
  return AskSignIn<pb::SignInResponse>(session, "SignIn", request);
}

// As the account of the user that runs this.
absl::StatusOr<pb::SignInResponse> SignInAsPeer(const Session& session,
                                                const SignInOptions& options) {
  pb::SignInRequest request;
  request.set_device(options.device);
  ASSIGN_OR_RETURN(*request.mutable_peer_ticket(), accounts::AskPeerSocket(options.peer));
  return AskSignIn<pb::SignInResponse>(session, "SignIn", request);
}

// The session that another one takes the place of here: nobody would know of it any more. Where it
// has ended already, that is what was wanted.
void EndKept(const Session& session) {
  if (KeptToken(SystemFiles(), session.server).empty()) return;
  AskSignIn<pb::SignOutResponse>(session, "SignOut", pb::SignOutRequest()).status().IgnoreError();
}

// A certificate or a ticket names its account by itself, which may be another one than was meant.
absl::Status CheckSignedInAs(const Session& session, const std::string& name) {
  ASSIGN_OR_RETURN(const auto who, AskWhoAmI(session));
  const std::string actor = who.has_value() ? who->signed_in_as() : "";
  if (actor == name) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, "ACTOR_NOT_YOURS",
               absl::StrCat("that signs in ", actor, ", not ", name));
}

int FailSignIn(const Session& session, const absl::Status& status) {
  const std::string reason = ErrorReason(status);
  const bool usage = reason == "SECRET_NOT_GIVEN" || reason == "PASSWORDS_DIFFER";
  return usage ? FailUsage(session, status) : Fail(session, status);
}

}  // namespace

int RunLogin(const Session& session, const SignInOptions& options) {
  absl::StatusOr<std::string> password = std::string();
  if (options.certificate.empty() && options.peer.empty()) {
    password = AskSecret(absl::StrCat("Password of ", options.name, ": "), options.password_fd);
  }
  if (!password.ok()) return FailSignIn(session, password.status());
  const auto answer = !options.certificate.empty() ? SignInWithCertificate(session, options)
                      : !options.peer.empty()      ? SignInAsPeer(session, options)
                                                   : SignIn(session, options, *password);
  if (!answer.ok()) return FailSignIn(session, answer.status());
  EndKept(session);
  const absl::Status kept = KeepToken(SystemFiles(), session.server, answer->token());
  if (!kept.ok()) return Fail(session, kept);
  if (!options.certificate.empty() || !options.peer.empty()) {
    if (const absl::Status meant = CheckSignedInAs(session, options.name); !meant.ok()) {
      RunLogout(session);
      return Fail(session, meant);
    }
  }
  if (answer->must_change_password() || options.change) {
    session.err << "mlup: choose a password that nobody else knows, of 12 characters or more\n";
    const absl::Status changed = ChangePassword(session, options, *password);
    if (!changed.ok()) return FailSignIn(session, changed);
  }
  if (session.json) {
    session.out << nlohmann::ordered_json{{"signed_in_as", options.name},
                                          {"session_id", answer->session_id()},
                                          {"ends_at", TimeWords(answer->ends_at())}}
                       .dump()
                << "\n";
  } else {
    session.out << "Signed in as " << options.name << " until " << TimeWords(answer->ends_at())
                << ", or an hour after the last call\n";
  }
  return kExitOk;
}

int RunLogout(const Session& session) {
  const auto answer = AskSignIn<pb::SignOutResponse>(session, "SignOut", pb::SignOutRequest());
  const absl::Status forgotten = ForgetToken(SystemFiles(), session.server);
  if (!forgotten.ok()) return Fail(session, forgotten);
  // A session that has ended already is what was wanted.
  if (!answer.ok() && !absl::IsUnauthenticated(answer.status())) {
    return Fail(session, answer.status());
  }
  return kExitOk;
}

int RunWhoAmI(const Session& session) {
  const auto who = AskWhoAmI(session);
  if (!who.ok()) return Fail(session, who.status());
  if (session.json) {
    session.out << ToJson(who->value_or(pb::WhoAmIResponse())) << "\n";
    return kExitOk;
  }
  if (!who->has_value()) {
    session.out << "Nobody is signed in to " << session.server << "\n";
    return kExitOk;
  }
  const pb::WhoAmIResponse& found = **who;
  Table table;
  table.Add({"Actor", found.signed_in_as()});
  table.Add({"Session", absl::StrCat(found.session_id(), ", until ", TimeWords(found.ends_at()))});
  for (const pb::RoleGranted& grant : found.roles()) {
    table.Add({"Role", absl::StrCat(grant.role(), ", ", GrantWords(grant))});
  }
  table.Add({"Authenticator",
             found.has_authenticator()
                 ? absl::StrCat("yes, ", found.recovery_codes_left(), " recovery codes left")
                 : "none: `mlup authenticator`"});
  session.out << table.Render();
  return kExitOk;
}

int RunSessions(const Session& session, const std::string& of) {
  pb::ListSessionsRequest request;
  request.set_of(of);
  const auto answer = AskSignIn<pb::ListSessionsResponse>(session, "ListSessions", request);
  if (!answer.ok()) return Fail(session, answer.status());
  if (session.json) {
    session.out << ToJson(*answer) << "\n";
    return kExitOk;
  }
  Table table;
  table.Add({"session", "device", "began", "used", "ends", ""});
  for (const pb::SessionInfo& info : answer->sessions()) {
    table.Add({info.session_id(), info.device().empty() ? "-" : info.device(),
               TimeWords(info.began_at()), TimeWords(info.used_at()), TimeWords(info.ends_at()),
               info.is_this() ? "this one" : ""});
  }
  session.out << table.Render();
  return kExitOk;
}

int RunRevokeSession(const Session& session, const std::string& session_id, const std::string& of) {
  pb::RevokeSessionRequest request;
  request.set_session_id(session_id);
  request.set_all_of(of);
  const auto answer = AskSignIn<pb::RevokeSessionResponse>(session, "RevokeSession", request);
  if (!answer.ok()) return Fail(session, answer.status());
  if (session.json) {
    session.out << ToJson(*answer) << "\n";
  } else {
    session.out << answer->revoked() << " revoked\n";
  }
  return kExitOk;
}

int RunAuthenticator(const Session& session, const SignInOptions& options) {
  pb::OfferAuthenticatorRequest offer;
  const auto password = AskSecret("Your password: ", options.password_fd);
  if (!password.ok()) return FailSignIn(session, password.status());
  offer.set_password(*password);
  const auto offered =
      AskSignIn<pb::OfferAuthenticatorResponse>(session, "OfferAuthenticator", offer);
  if (!offered.ok()) return Fail(session, offered.status());
  const auto code = QrCode(offered->address());
  if (!code.ok()) return Fail(session, code.status());
  session.err << *code << "Scan this with an authenticator application, or type in:\n"
              << offered->address() << "\n";
  pb::ConfirmAuthenticatorRequest confirm;
  const auto shown = AskSecret("The six digits that it shows: ", options.password_fd);
  if (!shown.ok()) return FailSignIn(session, shown.status());
  confirm.set_code(*shown);
  const auto confirmed =
      AskSignIn<pb::ConfirmAuthenticatorResponse>(session, "ConfirmAuthenticator", confirm);
  if (!confirmed.ok()) return Fail(session, confirmed.status());
  if (session.json) {
    session.out << ToJson(*confirmed) << "\n";
    return kExitOk;
  }
  session.out
      << "Recovery codes, each for one sign-in without the authenticator. They are not shown "
         "again: write them down.\n";
  for (const std::string& recovery : confirmed->recovery_codes()) {
    session.out << "  " << recovery << "\n";
  }
  return kExitOk;
}

}  // namespace mlup::cli
