#include "eventstore/payload/event_types.h"

#include <map>
#include <string>

#include "mlup/audit/v1/audit.pb.h"
#include "mlup/cases/v1/case_service.pb.h"
#include "mlup/donations/v1/donation_service.pb.h"
#include "mlup/ext/v1/external_events.pb.h"
#include "mlup/network/v1/network_service.pb.h"
#include "mlup/privacy/v1/erasure_events.pb.h"
#include "mlup/training/v1/training_service.pb.h"

namespace mlup::payload {
namespace {

using google::protobuf::Descriptor;

// The unions of the services name every domain event; the rest are the program's own.
std::vector<const Descriptor*> AllTypes() {
  std::vector<const Descriptor*> types;
  std::map<std::string, const Descriptor*> seen;
  for (const Descriptor* service_union :
       {cases::v1::CaseEvent::descriptor(), training::v1::TrainingEvent::descriptor(),
        donations::v1::DonationEvent::descriptor(), network::v1::NetworkEvent::descriptor()}) {
    for (int i = 0; i < service_union->field_count(); ++i) {
      const Descriptor* type = service_union->field(i)->message_type();
      if (seen.emplace(type->full_name(), type).second) types.push_back(type);
    }
  }
  types.push_back(audit::v1::RecordAccessed::descriptor());
  types.push_back(ext::v1::ExternalEvent::descriptor());
  types.push_back(privacy::v1::PersonDataErased::descriptor());
  return types;
}

}  // namespace

const std::vector<const Descriptor*>& EventTypes() {
  static const auto& types = *new std::vector<const Descriptor*>(AllTypes());
  return types;
}

const Descriptor* FindEventType(std::string_view type) {
  static const auto& by_name = *[] {
    auto* map = new std::map<std::string, const Descriptor*, std::less<>>;
    for (const Descriptor* descriptor : EventTypes()) (*map)[descriptor->full_name()] = descriptor;
    return map;
  }();
  const auto found = by_name.find(type);
  return found == by_name.end() ? nullptr : found->second;
}

}  // namespace mlup::payload
