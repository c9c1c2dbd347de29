// Builds the event that is stored from what the command says and from what the rule decided.
#pragma once

#include <map>
#include <string>

#include "eventstore/base/random.h"
#include "eventstore/base/status.h"
#include "eventstore/payload/payload.h"
#include "mlup/command/v1/command.pb.h"
#include "mlup/log/v1/envelope.pb.h"
#include "services/privacy/keyring.h"

namespace mlup::command {

// The envelope without its payload. `occurred` is in its stored form. Pure.
log::v1::Event MakeEnvelope(const v1::CommandContext& context, const log::v1::Occurred& occurred,
                            const std::string& event_id, const std::string& type);

// Puts the payload into the event, each part with a salt of its own and personal fields sealed.
// `keys` holds the key of every subject that has any.
void PutPayload(const payload::Payload& payload,
                const std::map<std::string, privacy::SubjectKey>& keys, const std::string& stream,
                Random& random, log::v1::Event& event);

// Who acts, as the context says.
log::v1::Actor ActorOf(const v1::CommandContext& context);

}  // namespace mlup::command
