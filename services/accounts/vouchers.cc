// Who somebody is by a passkey, by a certificate, or by what an OpenID provider or the system says.
#include "services/accounts/vouchers.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "services/accounts/sign_in_service.h"
#include "services/fields/validator.h"

namespace mlup::accounts {

namespace pb = ::mlup::identity::v1;

namespace {

// A state is good for the page on which it was begun.
std::string ForOpenId(std::string_view origin) { return absl::StrCat("openid\n", ToAbsl(origin)); }

std::string ForPeer(std::string_view actor_id) { return absl::StrCat("peer\n", ToAbsl(actor_id)); }

}  // namespace

pb::BeginSignInResponse SignInService::BeginSignIn() {
  pb::BeginSignInResponse response;
  response.set_challenge(challenges_.New(kToSignIn));
  if (parts_.openid != nullptr) response.set_openid_label(parts_.openid->label());
  return response;
}

absl::StatusOr<pb::BeginOpenIdResponse> SignInService::BeginOpenId(
    const pb::BeginOpenIdRequest& request) {
  RETURN_IF_ERROR(fields::Validate(request));
  if (parts_.openid == nullptr) {
    return Error(absl::StatusCode::kFailedPrecondition, "NO_OPENID_PROVIDER",
                 "nobody signs in by another system here: mlupd was started without --openid");
  }
  if (!parts_.openid->Serves(request.origin())) {
    return FieldError(absl::StatusCode::kInvalidArgument, "ORIGIN_UNFIT", "origin",
                      "is none of the origins in the file of the OpenID provider");
  }
  pb::BeginOpenIdResponse response;
  response.set_state(absl::WebSafeBase64Escape(challenges_.New(ForOpenId(request.origin()))));
  ASSIGN_OR_RETURN(*response.mutable_authorization_url(),
                   parts_.openid->AuthorizationUrl(BegunWith(request.origin(), response.state())));
  return response;
}

// What the state stands for follows from it, so that nothing is kept of who only begins.
identity::OpenId::Begun SignInService::BegunWith(std::string origin, std::string state) const {
  const identity::CredentialKey& key = parts_.credentials.key();
  identity::OpenId::Begun begun{.origin = std::move(origin), .state = std::move(state)};
  begun.verifier = absl::WebSafeBase64Escape(key.Digest("openid verifier", begun.state));
  begun.nonce = absl::WebSafeBase64Escape(key.Digest("openid nonce", begun.state));
  return begun;
}

absl::StatusOr<SignInService::Shown> SignInService::Show(const pb::SignInRequest& request) {
  if (request.has_certificate()) return ShowCertificate(request.certificate());
  if (request.has_openid()) return ShowOpenId(request.openid());
  if (!request.peer_ticket().empty()) return ShowPeer(request.peer_ticket());
  RETURN_IF_ERROR(parts_.credentials.Refresh());
  Shown shown{.name = HolderOf(request.passkey()), .proof = {}};
  if (shown.name.empty()) return SignInRefused();
  return shown;
}

absl::StatusOr<SignInService::Shown> SignInService::ShowCertificate(
    const pb::CertificateAssertion& assertion) {
  std::shared_ptr<const tls::ClientTrust> trust;
  {
    MutexLock lock(mutex_);
    trust = trust_;
  }
  if (trust == nullptr) {
    return FieldError(absl::StatusCode::kUnauthenticated, "CERTIFICATE_WRONG", "certificate",
                      "nobody signs in with one here: mlupd was started without --certificates");
  }
  ASSIGN_OR_RETURN(const tls::ClientCertificate found,
                   trust->Verify(assertion.certificate(), tls::SignInMessage(assertion.challenge()),
                                 assertion.signature(), parts_.clock.Now()));
  RETURN_IF_ERROR(challenges_.Use(assertion.challenge(), kToSignIn));
  return Shown{
      .name = found.name,
      .proof = {.with = {pb::CREDENTIAL_KIND_CERTIFICATE}, .certificate_serial = found.serial}};
}

absl::StatusOr<SignInService::Shown> SignInService::ShowOpenId(const pb::OpenIdAnswer& answer) {
  if (parts_.openid == nullptr || !parts_.openid->Serves(answer.origin())) return SignInRefused();
  std::string challenge;
  if (!absl::WebSafeBase64Unescape(answer.state(), &challenge)) return SignInRefused();
  RETURN_IF_ERROR(challenges_.Use(challenge, ForOpenId(answer.origin())));
  Shown shown{.name = {}, .proof = {.with = {pb::CREDENTIAL_KIND_OPENID_PROVIDER}}};
  ASSIGN_OR_RETURN(shown.name, parts_.openid->ActorOf(BegunWith(answer.origin(), answer.state()),
                                                      answer.code()));
  return shown;
}

// Whose it is stands before the challenge, which is good for that actor alone.
std::string SignInService::NewPeerTicket(std::string_view actor_id) const {
  return absl::StrCat(ToAbsl(actor_id), ":",
                      absl::WebSafeBase64Escape(challenges_.New(ForPeer(actor_id))));
}

absl::StatusOr<SignInService::Shown> SignInService::ShowPeer(const std::string& ticket) {
  const std::size_t colon = ticket.find(':');
  std::string challenge;
  if (colon == std::string::npos ||
      !absl::WebSafeBase64Unescape(ticket.substr(colon + 1), &challenge)) {
    return SignInRefused();
  }
  Shown shown{.name = ticket.substr(0, colon), .proof = {.with = {pb::CREDENTIAL_KIND_LOCAL_USER}}};
  RETURN_IF_ERROR(challenges_.Use(challenge, ForPeer(shown.name)));
  return shown;
}

bool SignInService::HoldsCertificate(const std::string& serial) {
  if (serial.empty()) return true;
  MutexLock lock(mutex_);
  return trust_ != nullptr && !trust_->IsRevoked(serial);
}

absl::Status SignInService::Trust(std::shared_ptr<const tls::ClientTrust> trust) {
  {
    MutexLock lock(mutex_);
    trust_ = std::move(trust);
  }
  const auto is_over = [this](const pb::Session& session) {
    return !HoldsCertificate(session.certificate_serial());
  };
  RETURN_IF_ERROR(parts_.credentials.Refresh());
  const auto known = parts_.credentials.Now();
  const auto& held = known->all().sessions();
  if (std::none_of(held.begin(), held.end(), is_over)) return absl::OkStatus();
  return parts_.credentials.Update([&](pb::Credentials& credentials) {
    auto& sessions = *credentials.mutable_sessions();
    sessions.erase(std::remove_if(sessions.begin(), sessions.end(), is_over), sessions.end());
    return absl::OkStatus();
  });
}

}  // namespace mlup::accounts
