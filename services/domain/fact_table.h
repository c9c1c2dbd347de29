// Which facts there are, and for each: the service that records it, the records it may stand on,
// its rule, its permission. Made of the protos and the aggregates, so that a new fact is a message
// and a line of its service's oneof.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "eventstore/base/status.h"
#include "mlup/command/v1/command.pb.h"
#include "services/domain/aggregate.h"

namespace mlup::domain {

// A service that records facts: a choice of mlup.record.v1.ServiceRequest.
struct Service {
  // `cases`: the choice's name, and the first part of its permissions.
  std::string name;
  // In ServiceRequest.
  const google::protobuf::FieldDescriptor* choice;
  const google::protobuf::ServiceDescriptor* descriptor;
  // The service's RecordRequest, its field `facts`, and the message of one fact.
  const google::protobuf::Descriptor* request;
  const google::protobuf::FieldDescriptor* facts;
  const google::protobuf::Descriptor* fact;

  // `mlup.cases.v1.CaseService/Record`.
  std::string call() const;
};

// A kind of fact that a service records.
struct FactType {
  // In the oneof of the service's fact.
  const google::protobuf::FieldDescriptor* field;
  const Service* service;
  // Whose rule decides about it; null where its fields are all there is to check.
  const AnyAggregate* aggregate;
  // `cases/case_opened`, or `cases/consent/consent_recorded` in a family.
  std::string permission;

  const google::protobuf::Descriptor& event() const { return *field->message_type(); }
  // Where it may stand: its own categories; of facts that all services have, those whose home the
  // service is.
  std::vector<std::string> categories() const;
  bool creates() const;
  bool needs_existing() const;
  // Whether who voids or corrects it must be one who may record it.
  bool is_guarded() const;
};

// Immutable: any thread.
class FactTable {
 public:
  // Ends the program where protos and aggregates do not fit together: see Check().
  static const FactTable& Get();

  const std::vector<Service>& services() const { return services_; }
  const std::vector<FactType>& facts() const { return facts_; }

  // Null when there is none.
  const Service* FindService(const google::protobuf::Descriptor& request) const;
  const FactType* Find(const google::protobuf::FieldDescriptor& field) const;
  // The fact with this event that `service` records.
  const FactType* FindEvent(const google::protobuf::Descriptor& event,
                            const Service& service) const;
  // The fact called `name` (`case_opened`) that may stand on streams of `category`; where no
  // service records it there, one that records it elsewhere, whose answer then says what is wrong.
  const FactType* Find(std::string_view name, std::string_view category) const;

  // Every rule is of a fact that a service records, and the only one of its type; every fact names
  // categories of the table (eventstore/base/categories.h); one service records a type, but for
  // those of mlup.common.v1.
  static absl::Status Check(const std::vector<FactType>& facts,
                            const std::vector<const AnyAggregate*>& aggregates);

 private:
  FactTable();

  std::vector<Service> services_;
  std::vector<FactType> facts_;
};

// The fields of a service's fact that every fact has.
struct FactHead {
  std::string stream;
  std::string event_id;
  // Null where the context's holds.
  const log::v1::Occurred* occurred;
  std::string place;
  std::string reason;
  std::uint64_t base_revision;
};
FactHead HeadOf(const google::protobuf::Message& fact);

// The event of a service's fact; `fact` has one. Its type and the event itself.
const FactType& TypeOf(const google::protobuf::Message& fact);
const google::protobuf::Message& EventOf(const google::protobuf::Message& fact);

}  // namespace mlup::domain
