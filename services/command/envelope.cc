#include "services/command/envelope.h"

#include <cstdint>

#include "eventstore/base/check.h"
#include "eventstore/base/limits.h"
#include "services/privacy/sealing.h"

namespace mlup::command {
namespace {

// Every event type is at its first version: fields are only ever added, a new meaning is a new
// type.
constexpr std::uint32_t kSchemaVersion = 1;

// 16 random bytes.
std::string NewSalt(Random& random) {
  std::string salt;
  salt.reserve(kSaltBytes);
  while (salt.size() < kSaltBytes) {
    const std::uint64_t bits = random.Next();
    for (int shift = 56; shift >= 0; shift -= 8) salt.push_back(static_cast<char>(bits >> shift));
  }
  return salt;
}

}  // namespace

log::v1::Actor ActorOf(const v1::CommandContext& context) {
  log::v1::Actor actor;
  actor.set_actor_id(context.actor_id());
  actor.set_role(context.role());
  actor.set_organisation_id(context.organisation_id());
  actor.set_on_behalf_of(context.on_behalf_of());
  return actor;
}

log::v1::Event MakeEnvelope(const v1::CommandContext& context, const log::v1::Occurred& occurred,
                            const std::string& event_id, const std::string& type) {
  log::v1::Event event;
  event.set_event_id(event_id);
  event.set_type(type);
  event.set_schema_version(kSchemaVersion);
  *event.mutable_occurred() = occurred;
  if (context.has_source_recorded_at()) {
    *event.mutable_source_recorded_at() = context.source_recorded_at();
  }
  *event.mutable_actor() = ActorOf(context);
  event.set_channel(context.channel());
  event.set_device(context.device());
  event.set_request_id(context.request_id());
  event.set_correlation_id(context.correlation_id());
  event.set_causation_id(context.causation_id());
  event.set_reason(context.reason());
  event.set_sensitivity(context.sensitivity() == log::v1::SENSITIVITY_UNSPECIFIED
                            ? log::v1::SENSITIVITY_NORMAL
                            : context.sensitivity());
  event.set_sector(context.sector());
  event.set_place(context.place());
  event.set_source_system(context.source_system());
  event.set_source_id(context.source_id());
  event.set_recorded_by(context.recorded_by());
  return event;
}

void PutPayload(const payload::Payload& payload,
                const std::map<std::string, privacy::SubjectKey>& keys, const std::string& stream,
                Random& random, log::v1::Event& event) {
  event.set_common(payload.common);
  for (const payload::Part& part : payload.parts) {
    log::v1::SubjectPart* stored = event.add_subjects();
    stored->set_subject_id(part.subject_id);
    stored->set_salt(NewSalt(random));
    stored->set_clear(part.clear);
    if (part.personal.empty()) continue;
    const auto key = keys.find(part.subject_id);
    CHECK(key != keys.end());
    stored->set_sealed(privacy::Seal(key->second, event, stream, part.subject_id, part.personal));
  }
}

}  // namespace mlup::command
