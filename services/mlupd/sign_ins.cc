#include "services/mlupd/sign_ins.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include <pthread.h>

#include "eventstore/base/diagnostics.h"
#include "eventstore/base/files.h"
#include "eventstore/base/status.h"
#include "services/identity/credentials_file.h"

namespace mlup::daemon {
namespace {

constexpr std::chrono::seconds kKeepEvery(30);

}  // namespace

absl::StatusOr<std::unique_ptr<SignIns>> SignIns::Open(const ServeOptions& options,
                                                       const Parts& parts) {
  ASSIGN_OR_RETURN(std::unique_ptr<identity::CredentialStore> credentials,
                   identity::CredentialStore::Open(
                       SystemFiles(), identity::CredentialsPath(options.keyring), parts.keyring));
  std::unique_ptr<SignIns> sign_ins(new SignIns(parts, std::move(credentials)));
  parts.policy.Follow(sign_ins->accounts_);
  if (options.Plays(kRoleIdentity)) {
    if (!options.openid_file.empty()) {
      ASSIGN_OR_RETURN(const std::string text, SystemFiles().ReadAll(options.openid_file));
      ASSIGN_OR_RETURN(identity::v1::OpenIdProvider provider, identity::ParseOpenIdFile(text));
      ASSIGN_OR_RETURN(sign_ins->openid_,
                       identity::OpenId::Open(std::move(provider), SystemFiles(), parts.clock,
                                              identity::FetchOpenId));
    }
    sign_ins->facts_.emplace(parts.log, parts.keyring, parts.clock, parts.random);
    sign_ins->service_.emplace(accounts::SignInService::Parts{
        sign_ins->accounts_, parts.policy, *sign_ins->credentials_, *sign_ins->facts_, parts.clock,
        parts.random, sign_ins->openid_.get()});
    RETURN_IF_ERROR(sign_ins->Reload(options));
    sign_ins->rpc_.emplace(*sign_ins->service_, sign_ins->executor_);
    if (!options.peer_listen.empty()) {
      ASSIGN_OR_RETURN(const std::string text, SystemFiles().ReadAll(options.peer_accounts_file));
      ASSIGN_OR_RETURN(accounts::LocalAccounts known, accounts::ParseLocalAccounts(text));
      ASSIGN_OR_RETURN(
          sign_ins->peers_,
          accounts::PeerSocket::Open(options.peer_listen, std::move(known),
                                     [&service = *sign_ins->service_](std::string_view actor_id) {
                                       return service.NewPeerTicket(actor_id);
                                     }));
    }
  }
  return sign_ins;
}

SignIns::SignIns(const Parts& parts, std::unique_ptr<identity::CredentialStore> credentials)
    : parts_(parts),
      credentials_(std::move(credentials)),
      accounts_(parts.log, parts.clock),
      door_({accounts_, parts.policy, credentials_.get(), parts.clock}),
      keeper_([this] { KeepUses(); }) {}

SignIns::~SignIns() {
  MutexLock lock(mutex_);
  ending_ = true;
  ends_.NotifyAll();
}

absl::Status SignIns::Reload(const ServeOptions& options) {
  if (!service_.has_value()) return absl::OkStatus();
  std::shared_ptr<const tls::ClientTrust> trust;
  if (!options.certificates.empty()) {
    ASSIGN_OR_RETURN(trust, tls::ClientTrust::Load(SystemFiles(), options.certificates));
  }
  return service_->Trust(std::move(trust));
}

void SignIns::AddTo(std::vector<log::RpcService*>& services) {
  if (rpc_.has_value()) services.push_back(&*rpc_);
}

void SignIns::KeepUses() {
  pthread_setname_np(pthread_self(), "mlup-sessions");
  MutexLock lock(mutex_);
  while (!ending_) {
    ends_.WaitFor(mutex_, kKeepEvery);
    const absl::Status kept = door_.KeepUses();
    if (kept.ok()) continue;
    Tell(absl::StrCat("mlupd: warning: ", ErrorReason(kept), ": ", kept.message()));
  }
}

}  // namespace mlup::daemon
