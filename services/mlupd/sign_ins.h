// Who calls: the door, and the service through which people come in.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/random.h"
#include "eventstore/log/event_log.h"
#include "services/accounts/accounts.h"
#include "services/accounts/door.h"
#include "services/accounts/own_facts.h"
#include "services/accounts/peer_socket.h"
#include "services/accounts/sign_in_rpc.h"
#include "services/accounts/sign_in_service.h"
#include "services/identity/credential_store.h"
#include "services/identity/openid.h"
#include "services/mlupd/options.h"
#include "services/privacy/keyring.h"
#include "services/rpc/executor.h"

namespace mlup::daemon {

// Accounts and credentials of the process, with the door that rests on them. The service stands
// where the role `identity` is played. A thread writes down when sessions were used.
//
// One thread starts and ends it, after everything that calls came through. Borrows what is parts
// it; the policy follows its accounts from Open() on.
class SignIns {
 public:
  struct Parts {
    log::EventLog& log;
    privacy::Keyring& keyring;
    identity::Policy& policy;
    const Clock& clock;
    Random& random;
  };

  // What is wrong with the file of credentials.
  static absl::StatusOr<std::unique_ptr<SignIns>> Open(const ServeOptions& options,
                                                       const Parts& parts);
  ~SignIns();
  SignIns(const SignIns&) = delete;
  SignIns& operator=(const SignIns&) = delete;

  void AddTo(std::vector<log::RpcService*>& services);

  // Reads again whose certificates are good: what was revoked ends within a second. What is wrong
  // with the files; then everything stays as it was.
  absl::Status Reload(const ServeOptions& options);

  log::CallDoor& door() { return door_; }
  const accounts::Accounts& accounts() const { return accounts_; }

 private:
  SignIns(const Parts& parts, std::unique_ptr<identity::CredentialStore> credentials);

  void KeepUses();

  const Parts parts_;
  const std::unique_ptr<identity::CredentialStore> credentials_;
  const accounts::Accounts accounts_;
  accounts::Door door_;
  // A password takes 64 MiB to check.
  rpc::Executor executor_{{.threads = 2, .queue_max = 256}, parts_.clock};
  std::optional<accounts::OwnFacts> facts_;
  std::unique_ptr<identity::OpenId> openid_;
  std::optional<accounts::SignInService> service_;
  std::optional<accounts::SignInRpc> rpc_;
  std::unique_ptr<accounts::PeerSocket> peers_;

  Mutex mutex_;
  Condition ends_;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  // Last, so that everything it uses is made before it.
  std::jthread keeper_;
};

}  // namespace mlup::daemon
