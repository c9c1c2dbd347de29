#include "services/domain/fact_table.h"

#include <algorithm>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/check.h"
#include "mlup/record/v1/record_service.pb.h"
#include "services/domain/aggregates.h"

namespace mlup::domain {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::string_view kCommonPackage = "mlup.common.v1";

bool IsCommon(const Descriptor& event) { return ToStd(event.file()->package()) == kCommonPackage; }

const command::v1::EventRule& RuleOf(const Descriptor& event) {
  return event.options().GetExtension(command::v1::event);
}

Service ServiceOf(const FieldDescriptor& choice) {
  const Descriptor* request = choice.message_type();
  CHECK(request->file()->service_count() == 1);
  const FieldDescriptor* facts = request->FindFieldByName("facts");
  CHECK(facts != nullptr && facts->is_repeated());
  return {choice.name(), &choice, request->file()->service(0),
          request,       facts,   facts->message_type()};
}

std::string PermissionOf(const Service& service, const FieldDescriptor& field) {
  const std::string& family = RuleOf(*field.message_type()).family();
  return absl::StrCat(service.name, "/", family, family.empty() ? "" : "/", field.name());
}

absl::Status Unfit(std::string_view message) {
  return Error(absl::StatusCode::kInternal, "FACT_TABLE_UNFIT", message);
}

}  // namespace

std::string Service::call() const { return absl::StrCat(descriptor->full_name(), "/Record"); }

std::vector<std::string> FactType::categories() const {
  std::vector<std::string> names;
  for (const std::string& category : RuleOf(event()).categories()) {
    if (!IsCommon(event()) || CategoryFor(category).home == service->name) {
      names.push_back(category);
    }
  }
  return names;
}

bool FactType::creates() const { return RuleOf(event()).creates(); }
bool FactType::is_guarded() const { return !RuleOf(event()).family().empty(); }
bool FactType::needs_existing() const { return RuleOf(event()).needs_existing(); }

FactTable::FactTable() {
  const auto* choices = record::v1::ServiceRequest::descriptor()->oneof_decl(0);
  for (int i = 0; i < choices->field_count(); ++i) {
    services_.push_back(ServiceOf(*choices->field(i)));
  }
  std::map<const Descriptor*, const AnyAggregate*> rules;
  for (const AnyAggregate* aggregate : Aggregates()) {
    for (const Descriptor* type : aggregate->Ruled()) rules.emplace(type, aggregate);
  }
  for (const Service& service : services_) {
    const auto* oneof = service.fact->FindOneofByName("fact");
    CHECK(oneof != nullptr);
    for (int i = 0; i < oneof->field_count(); ++i) {
      const FieldDescriptor* field = oneof->field(i);
      const auto rule = rules.find(field->message_type());
      facts_.push_back({field, &service, rule == rules.end() ? nullptr : rule->second,
                        PermissionOf(service, *field)});
    }
  }
}

const FactTable& FactTable::Get() {
  static const FactTable& table = *[] {
    const auto* made = new FactTable;
    const absl::Status fit = Check(made->facts(), Aggregates());
    CHECK(fit.ok());
    return made;
  }();
  return table;
}

const Service* FactTable::FindService(const Descriptor& request) const {
  const auto found = std::find_if(services_.begin(), services_.end(),
                                  [&](const Service& s) { return s.request == &request; });
  return found == services_.end() ? nullptr : &*found;
}

const FactType* FactTable::Find(const FieldDescriptor& field) const {
  const auto found = std::find_if(facts_.begin(), facts_.end(),
                                  [&](const FactType& fact) { return fact.field == &field; });
  return found == facts_.end() ? nullptr : &*found;
}

const FactType* FactTable::FindEvent(const Descriptor& event, const Service& service) const {
  const auto found = std::find_if(facts_.begin(), facts_.end(), [&](const FactType& fact) {
    return &fact.event() == &event && fact.service == &service;
  });
  return found == facts_.end() ? nullptr : &*found;
}

const FactType* FactTable::Find(std::string_view name, std::string_view category) const {
  const FactType* elsewhere = nullptr;
  for (const FactType& fact : facts_) {
    if (fact.field->name() != name) continue;
    const auto categories = fact.categories();
    if (std::find(categories.begin(), categories.end(), category) != categories.end()) return &fact;
    if (elsewhere == nullptr) elsewhere = &fact;
  }
  return elsewhere;
}

absl::Status FactTable::Check(const std::vector<FactType>& facts,
                              const std::vector<const AnyAggregate*>& aggregates) {
  std::map<const Descriptor*, const FactType*> recorded;
  for (const FactType& fact : facts) {
    const std::string& type = fact.event().full_name();
    if (!recorded.emplace(&fact.event(), &fact).second && !IsCommon(fact.event())) {
      return Unfit(absl::StrCat(type, " is recorded by two services"));
    }
    if (RuleOf(fact.event()).categories().empty()) {
      return Unfit(absl::StrCat(type, " names no category in its option event"));
    }
    for (const std::string& category : RuleOf(fact.event()).categories()) {
      if (CategoryFor(category).home.empty()) {
        return Unfit(
            absl::StrCat(type, " names the category ", category, ", which no service has"));
      }
    }
  }
  std::map<const Descriptor*, const AnyAggregate*> ruled;
  for (const AnyAggregate* aggregate : aggregates) {
    for (const Descriptor* type : aggregate->Ruled()) {
      if (recorded.count(type) == 0) {
        return Unfit(absl::StrCat(aggregate->name(), " has a rule for ", type->full_name(),
                                  ", which no service records"));
      }
      if (!ruled.emplace(type, aggregate).second) {
        return Unfit(absl::StrCat(type->full_name(), " has two rules"));
      }
    }
  }
  return absl::OkStatus();
}

FactHead HeadOf(const Message& fact) {
  const auto* type = fact.GetDescriptor();
  const auto* reflection = fact.GetReflection();
  const auto text = [&](const char* name) {
    return reflection->GetString(fact, type->FindFieldByName(name));
  };
  const FieldDescriptor* occurred = type->FindFieldByName("occurred");
  return {text("stream"),
          text("event_id"),
          reflection->HasField(fact, occurred)
              ? &static_cast<const log::v1::Occurred&>(reflection->GetMessage(fact, occurred))
              : nullptr,
          text("place"),
          text("reason"),
          reflection->GetUInt64(fact, type->FindFieldByName("base_revision"))};
}

const FactType& TypeOf(const Message& fact) {
  const auto* oneof = fact.GetDescriptor()->FindOneofByName("fact");
  const FieldDescriptor* field = fact.GetReflection()->GetOneofFieldDescriptor(fact, oneof);
  CHECK(field != nullptr);
  const FactType* type = FactTable::Get().Find(*field);
  CHECK(type != nullptr);
  return *type;
}

const Message& EventOf(const Message& fact) {
  return fact.GetReflection()->GetMessage(fact, TypeOf(fact).field);
}

}  // namespace mlup::domain
