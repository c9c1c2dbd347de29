// Who makes a call.
#pragma once

#include <string>
#include <utility>

#include "eventstore/base/status.h"
#include "eventstore/server/call_door.h"
#include "mlup/command/v1/command.pb.h"

namespace mlup::identity {

// Every admission to the services is one. Immutable: any thread.
class Caller : public log::Admission {
 public:
  enum class Kind {
    // Nobody has an account yet: whoever reaches the installation is believed, as its owner is.
    kAnybody,
    // A call for which nobody signs in, such as signing in.
    kUnknown,
    // A process of this installation, or whoever may read its keyring.
    kInstallation,
    // Whoever signed in to an account.
    kAccount,
  };

  Caller(Kind kind, std::string actor_id, std::string session_id, std::string device = {})
      : kind_(kind),
        actor_id_(std::move(actor_id)),
        session_id_(std::move(session_id)),
        device_(std::move(device)) {}

  Kind kind() const { return kind_; }
  // Of the account; empty for the others.
  const std::string& actor_id() const { return actor_id_; }
  const std::string& session_id() const { return session_id_; }
  // From which the session signed in; empty where it did not say.
  const std::string& device() const { return device_; }

  // The door's callers look again.
  absl::Status Holds() const override { return absl::OkStatus(); }

  // PERMISSION_DENIED ACTOR_NOT_YOURS with the field: `actor_id`, `actor.actor_id` or
  // `reader.actor_id` of the request. The context of commands is judged by Settle().
  absl::Status MayAsk(const google::protobuf::Message& request) const override;

  // Whose command it is, before it is decided. An account acts as itself; what it imports may name
  // the actors of the source, and then says that the account recorded it.
  // PERMISSION_DENIED ACTOR_NOT_YOURS with the field.
  absl::Status Settle(command::v1::CommandContext& context) const;

 private:
  const Kind kind_;
  const std::string actor_id_;
  const std::string session_id_;
  const std::string device_;
};

// The caller of an admission; the services make no others. Null for null.
inline const Caller* CallerOf(const log::AdmissionPtr& admission) {
  return static_cast<const Caller*>(admission.get());
}

}  // namespace mlup::identity
