#include "services/esdb/discovery_rpc.h"

#include <initializer_list>
#include <string>

#include "services/esdb/discovery.h"
#include "services/esdb/names.h"

namespace mlup::esdb {
namespace {

struct Method {
  const char* service;
  const char* name;
  std::initializer_list<const char*> features;
};

constexpr char kStreams[] = "event_store.client.streams.streams";
constexpr char kStreamsOfVersion2[] = "kurrentdb.protocol.v2.streams.streamsservice";
constexpr char kProjections[] = "event_store.client.projections.projections";
constexpr char kGroups[] = "event_store.client.persistent_subscriptions.persistentsubscriptions";

const std::initializer_list<Method>& Methods() {
  static const std::initializer_list<Method> methods = {
      {kStreams, "append", {}},
      {kStreams, "batchappend", {"deadline_duration"}},
      {kStreams, "delete", {}},
      {kStreams, "read", {"position", "events"}},
      {kStreams, "tombstone", {}},
      {kGroups, "create", {"stream", "all"}},
      {kGroups, "update", {"stream", "all"}},
      {kGroups, "delete", {"stream", "all"}},
      {kGroups, "read", {"stream", "all"}},
      {kGroups, "getinfo", {"stream", "all"}},
      {kGroups, "replayparked", {"stream", "all"}},
      {kGroups, "list", {"stream", "all"}},
      {kGroups, "restartsubsystem", {}},
      {kStreamsOfVersion2, "appendsession", {}},
      {kStreamsOfVersion2, "appendrecords", {}},
      {kProjections, "statistics", {}},
      {kProjections, "enable", {}},
      {kProjections, "disable", {}},
      {kProjections, "reset", {}},
      {kProjections, "state", {}},
      {kProjections, "result", {}},
      {kProjections, "restartsubsystem", {}},
      {"event_store.client.users.users", "details", {}},
      {"event_store.client.gossip.gossip", "read", {}},
  };
  return methods;
}

// Reads what the client sends to its end, then finishes with the answer that is there.
class Questions final : public grpc::ServerReadReactor<pb::Empty> {
 public:
  Questions() { StartRead(&question_); }
  void OnReadDone(bool ok) override {
    if (ok) return StartRead(&question_);
    Finish(grpc::Status::OK);
  }
  void OnDone() override { delete this; }

 private:
  pb::Empty question_;
};

}  // namespace

grpc::ServerReadReactor<pb::Empty>* ServerFeaturesRpc::GetSupportedMethods(
    grpc::CallbackServerContext* /*context*/, pb::server_features::SupportedMethods* response) {
  response->set_event_store_server_version(kProtocolVersion);
  for (const Method& method : Methods()) {
    auto& added = *response->add_methods();
    added.set_service_name(method.service);
    added.set_method_name(method.name);
    for (const char* feature : method.features) added.add_features(feature);
  }
  return new Questions;
}

grpc::ServerUnaryReactor* GossipRpc::Read(grpc::CallbackServerContext* context,
                                          const pb::Empty* /*request*/,
                                          pb::gossip::ClusterInfo* response) {
  auto& member = *response->add_members();
  *member.mutable_instance_id() = ToUuid(UuidOf("mlup"), UuidForm::kText);
  member.set_state(pb::gossip::MemberInfo::Leader);
  member.set_is_alive(true);
  const grpc::string_ref called = context->ExperimentalGetAuthority();
  const Address address = AddressIn({called.data(), called.size()});
  member.mutable_http_end_point()->set_address(address.host);
  member.mutable_http_end_point()->set_port(address.port);
  auto* const reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace mlup::esdb
