#include "eventstore/payload/event_types.h"

#include <map>
#include <set>
#include <string>

#include "mlup/audit/v1/audit.pb.h"
#include "mlup/ext/v1/external_events.pb.h"
#include "mlup/record/v1/record_service.pb.h"
#include "mlup/reports/v1/projection_events.pb.h"
#include "mlup/sync/v1/sync_service.pb.h"

namespace mlup::payload {
namespace {

using google::protobuf::Descriptor;

// The facts of the services are every domain event; the rest are the program's own.
std::vector<const Descriptor*> AllTypes() {
  std::vector<const Descriptor*> types;
  std::set<const Descriptor*> seen;
  const auto* services = record::v1::ServiceRequest::descriptor()->oneof_decl(0);
  for (int s = 0; s < services->field_count(); ++s) {
    const Descriptor* fact =
        services->field(s)->message_type()->FindFieldByName("facts")->message_type();
    const auto* facts = fact->FindOneofByName("fact");
    for (int i = 0; i < facts->field_count(); ++i) {
      const Descriptor* type = facts->field(i)->message_type();
      if (seen.insert(type).second) types.push_back(type);
    }
  }
  types.push_back(audit::v1::RecordAccessed::descriptor());
  types.push_back(audit::v1::LogRead::descriptor());
  types.push_back(audit::v1::ReadingAlarmRaised::descriptor());
  types.push_back(audit::v1::DataExported::descriptor());
  types.push_back(sync::v1::ItemsSettled::descriptor());
  types.push_back(ext::v1::ExternalEvent::descriptor());
  types.push_back(reports::v1::ProjectionRebuilt::descriptor());
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
