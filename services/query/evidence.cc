#include "services/query/evidence.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include <google/protobuf/message.h>

#include "eventstore/base/categories.h"
#include "eventstore/base/days.h"
#include "eventstore/log/timestamp.h"
#include "eventstore/payload/event_references.h"
#include "services/query/describe.h"
#include "services/query/labels.h"

namespace mlup::query {
namespace {

using google::protobuf::Message;
using projections::Fact;
using reports::v1::Evidence;

void FillOccurred(const Fact& fact, log::v1::Occurred& occurred) {
  occurred.set_precision(fact.precision);
  if (fact.occurred) {
    occurred.set_from(FormatDay(fact.occurred->first));
    occurred.set_to(FormatDay(fact.occurred->last));
  }
  if (fact.instant) *occurred.mutable_instant() = log::ToTimestamp(*fact.instant);
}

void AddDetail(Evidence& evidence, std::string label, std::string value) {
  if (value.empty()) return;
  reports::v1::EvidenceDetail& detail = *evidence.add_details();
  detail.set_label(std::move(label));
  detail.set_value(std::move(value));
}

}  // namespace

std::set<std::string> PersonsIn(const std::vector<counting::EvidenceEvent>& events) {
  std::set<std::string> persons;
  for (const counting::EvidenceEvent& event : events) {
    if (!event.fact.is_normal) continue;
    if (IsPersonStream(event.fact.stream)) {
      persons.insert(std::string(RecordIdOf(event.fact.stream)));
    }
    const auto message = projections::MessageOf(event.fact);
    if (!message.ok()) continue;
    for (payload::NamedRecord& named : payload::RecordsNamed(**message)) {
      const auto& categories = named.categories;
      if (std::find(categories.begin(), categories.end(), "person") != categories.end()) {
        persons.insert(std::move(named.id));
      }
    }
  }
  return persons;
}

absl::StatusOr<Evidence> DescribeEvidence(const counting::EvidenceEvent& event,
                                          const identity::Policy& policy, Names& names) {
  const Fact& fact = event.fact;
  Evidence evidence;
  evidence.set_position(fact.position.value);
  evidence.set_contributes(event.contributes);
  if (!fact.is_normal) {
    evidence.set_for_few(true);
    return evidence;
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Message> message, projections::MessageOf(fact));
  evidence.set_event_id(fact.event_id);
  evidence.set_type(fact.type);
  evidence.set_stream(fact.stream);
  FillOccurred(fact, *evidence.mutable_occurred());
  *evidence.mutable_known_at() = log::ToTimestamp(fact.known_at);
  *evidence.mutable_recorded_at() = log::ToTimestamp(fact.recorded_at);
  evidence.set_actor(policy.ActorLabel(fact.actor_id));
  evidence.set_role(policy.RoleLabel(fact.role));
  const std::string category = fact.stream.substr(0, fact.stream.find('/'));
  AddDetail(evidence, CodeLabel(category), names.Stream(fact.stream));
  for (Detail& detail : Describe(*message, {}, names)) {
    AddDetail(evidence, std::move(detail.label),
              detail.before ? absl::StrCat(*detail.before, " → ", detail.value) : detail.value);
  }
  AddDetail(evidence, "Place", PlaceLabel(fact.place));
  return evidence;
}

}  // namespace mlup::query
