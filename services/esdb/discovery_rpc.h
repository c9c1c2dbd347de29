// What clients ask first: what the server can do, and who is in the cluster.
#pragma once

#include <cstdint>
#include <string>

#include "event_store/client/gossip_service.grpc.pb.h"
#include "event_store/client/server_features_service.grpc.pb.h"
#include "eventstore/base/mutex.h"
#include "services/esdb/events.h"

namespace mlup::esdb {

// Tells the methods, in lower case as clients compare them. Any thread.
class ServerFeaturesRpc final : public pb::server_features::ServerFeatures::CallbackService {
 public:
  grpc::ServerReadReactor<pb::Empty>* GetSupportedMethods(
      grpc::CallbackServerContext* context,
      pb::server_features::SupportedMethods* response) override;
};

// A cluster of one: this server, its leader. Any thread.
class GossipRpc final : public pb::gossip::Gossip::CallbackService {
 public:
  // Where clients reach the server, once that is known.
  void SetAddress(std::string host, std::uint32_t port);

  grpc::ServerUnaryReactor* Read(grpc::CallbackServerContext* context, const pb::Empty* request,
                                 pb::gossip::ClusterInfo* response) override;

 private:
  Mutex mutex_;
  std::string host_ ABSL_GUARDED_BY(mutex_);
  std::uint32_t port_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace mlup::esdb
