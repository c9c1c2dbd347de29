// Signing in, sessions, and what one signs in with: mlup.identity.v1.SignInService without gRPC.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/clock.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/random.h"
#include "eventstore/base/status.h"
#include "mlup/identity/v1/sign_in_service.pb.h"
#include "services/accounts/accounts.h"
#include "services/accounts/own_facts.h"
#include "services/identity/caller.h"
#include "services/identity/challenges.h"
#include "services/identity/credential_store.h"
#include "services/identity/openid.h"
#include "services/identity/policy.h"
#include "services/identity/slowing.h"
#include "services/tls/client_trust.h"

namespace mlup::accounts {

// Any thread; a call that checks a password takes about a tenth of a second and 64 MiB, so that
// whose threads call it bounds both. Each change is recorded before it is made. Borrows everything
// it is built from. The errors are those of the proto.
class SignInService {
 public:
  struct Parts {
    const Accounts& accounts;
    const identity::Policy& policy;
    identity::CredentialStore& credentials;
    OwnFacts& facts;
    const Clock& clock;
    Random& random;
    // None where nobody signs in so.
    identity::OpenId* openid = nullptr;
  };
  using Caller = identity::Caller;

  explicit SignInService(const Parts& parts)
      : parts_(parts), challenges_(parts.credentials.key(), parts.clock) {}

  // `address` is that of the caller, without its port.
  absl::StatusOr<identity::v1::SignInResponse> SignIn(const identity::v1::SignInRequest& request,
                                                      std::string_view address);
  absl::StatusOr<identity::v1::SignOutResponse> SignOut(const Caller& caller);
  absl::StatusOr<identity::v1::WhoAmIResponse> WhoAmI(const Caller& caller);
  absl::StatusOr<identity::v1::ChangePasswordResponse> ChangePassword(
      const identity::v1::ChangePasswordRequest& request, const Caller& caller);
  absl::StatusOr<identity::v1::OfferAuthenticatorResponse> OfferAuthenticator(
      const identity::v1::OfferAuthenticatorRequest& request, const Caller& caller);
  absl::StatusOr<identity::v1::ConfirmAuthenticatorResponse> ConfirmAuthenticator(
      const identity::v1::ConfirmAuthenticatorRequest& request, const Caller& caller);
  identity::v1::BeginSignInResponse BeginSignIn();
  absl::StatusOr<identity::v1::BeginOpenIdResponse> BeginOpenId(
      const identity::v1::BeginOpenIdRequest& request);
  // What whoever is known to be the actor signs in with, once, within five minutes.
  std::string NewPeerTicket(std::string_view actor_id) const;
  absl::StatusOr<identity::v1::OfferPasskeyResponse> OfferPasskey(
      const identity::v1::OfferPasskeyRequest& request, const Caller& caller);
  absl::StatusOr<identity::v1::AddPasskeyResponse> AddPasskey(
      const identity::v1::AddPasskeyRequest& request, const Caller& caller);
  absl::StatusOr<identity::v1::RemovePasskeyResponse> RemovePasskey(
      const identity::v1::RemovePasskeyRequest& request, const Caller& caller);
  absl::StatusOr<identity::v1::ListSessionsResponse> ListSessions(
      const identity::v1::ListSessionsRequest& request, const Caller& caller);
  absl::StatusOr<identity::v1::RevokeSessionResponse> RevokeSession(
      const identity::v1::RevokeSessionRequest& request, const Caller& caller);
  absl::StatusOr<identity::v1::ListAccountsResponse> ListAccounts();
  absl::StatusOr<identity::v1::ListEmergencyAccessesResponse> ListEmergencyAccesses();
  absl::StatusOr<identity::v1::ResetCredentialsResponse> ResetCredentials(
      const identity::v1::ResetCredentialsRequest& request, const Caller& caller);
  absl::StatusOr<identity::v1::BootstrapResponse> Bootstrap(
      const identity::v1::BootstrapRequest& request, const Caller& caller);

  // Whose certificates are good from now on; null for nobody's. Ends the sessions that were begun
  // with one that is not.
  absl::Status Trust(std::shared_ptr<const tls::ClientTrust> trust);

 private:
  // What somebody signs in with, as far as it was right.
  struct Proof {
    std::vector<identity::v1::CredentialKind> with = {};
    std::uint64_t step = 0;
    std::string recovery_digest = {};
    std::string passkey_id = {};
    std::uint32_t counted = 0;
    std::string certificate_serial = {};
    bool must_change = false;
  };
  // Who it is by a way that names somebody by itself.
  struct Shown {
    std::string name;
    Proof proof;
  };

  absl::StatusOr<Shown> Show(const identity::v1::SignInRequest& request);
  absl::StatusOr<Shown> ShowCertificate(const identity::v1::CertificateAssertion& assertion);
  absl::StatusOr<Shown> ShowOpenId(const identity::v1::OpenIdAnswer& answer);
  absl::StatusOr<Shown> ShowPeer(const std::string& ticket);
  // Whether it is good still; true for no serial.
  bool HoldsCertificate(const std::string& serial);
  identity::OpenId::Begun BegunWith(std::string origin, std::string state) const;
  absl::StatusOr<Proof> Prove(const identity::v1::SignInRequest& request,
                              const domain::AccountState& state, Proof shown);
  absl::Status ProveCode(const identity::v1::SignInRequest& request,
                         const identity::v1::AccountCredentials& account, Proof& proof);
  // Whose passkey it is; empty for nobody's.
  std::string HolderOf(const identity::v1::PasskeyAssertion& assertion) const;
  absl::Status ProvePasskey(const identity::v1::PasskeyAssertion& assertion,
                            const identity::v1::AccountCredentials& account, Proof& proof);
  static bool UsePasskey(const Proof& proof, identity::v1::AccountCredentials& account);
  absl::StatusOr<identity::v1::SignInResponse> Begin(const identity::v1::SignInRequest& request,
                                                     const Proof& proof);
  // Of an account whose holder just proved the password again.
  absl::Status CheckOwnPassword(const Caller& caller, std::string_view password);
  // Whose sessions are meant: one's own, or by permission.
  absl::StatusOr<std::string> MeantBy(const std::string& stated, const Caller& caller,
                                      std::string_view call) const;
  absl::Status RecordSet(std::string_view actor_id, identity::v1::CredentialKind kind);
  std::vector<identity::v1::IdentityFact> FirstFacts(const identity::v1::BootstrapRequest& request,
                                                     const domain::AccountState& state,
                                                     bool has_installation);

  const Parts parts_;
  identity::Slowing slowing_;
  identity::Challenges challenges_;
  Mutex mutex_;
  std::shared_ptr<const tls::ClientTrust> trust_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::accounts
