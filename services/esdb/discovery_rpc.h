// What clients ask first: what the server can do, and who is in the cluster.
#pragma once

#include "event_store/client/gossip_service.grpc.pb.h"
#include "event_store/client/server_features_service.grpc.pb.h"
#include "services/esdb/events.h"

namespace mlup::esdb {

// Tells the methods, in lower case as clients compare them. Any thread.
class ServerFeaturesRpc final : public pb::server_features::ServerFeatures::CallbackService {
 public:
  grpc::ServerReadReactor<pb::Empty>* GetSupportedMethods(
      grpc::CallbackServerContext* context,
      pb::server_features::SupportedMethods* response) override;
};

// A cluster of one: this server, its leader, at the address by which the client called it: behind
// `0.0.0.0` or another name that is the one that its certificate is made out to. Any thread.
class GossipRpc final : public pb::gossip::Gossip::CallbackService {
 public:
  grpc::ServerUnaryReactor* Read(grpc::CallbackServerContext* context, const pb::Empty* request,
                                 pb::gossip::ClusterInfo* response) override;
};

}  // namespace mlup::esdb
