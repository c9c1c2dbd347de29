// The service event_store.client.streams.Streams.
#pragma once

#include "event_store/client/streams_service.grpc.pb.h"
#include "services/esdb/calls_rpc.h"

namespace mlup::esdb {

// Register it with one grpc::Server. Borrows the parts. Any thread.
class StreamsRpc final : public pb::streams::Streams::CallbackService {
 public:
  explicit StreamsRpc(const CallParts& parts) : parts_(parts) {}

  grpc::ServerBidiReactor<pb::streams::ReadReq, pb::streams::ReadResp>* Read(
      grpc::CallbackServerContext* context) override;
  grpc::ServerReadReactor<pb::streams::AppendReq>* Append(
      grpc::CallbackServerContext* context, pb::streams::AppendResp* response) override;
  grpc::ServerUnaryReactor* Delete(grpc::CallbackServerContext* context,
                                   const pb::streams::DeleteReq* request,
                                   pb::streams::DeleteResp* response) override;
  grpc::ServerUnaryReactor* Tombstone(grpc::CallbackServerContext* context,
                                      const pb::streams::TombstoneReq* request,
                                      pb::streams::TombstoneResp* response) override;
  grpc::ServerBidiReactor<pb::streams::BatchAppendReq, pb::streams::BatchAppendResp>* BatchAppend(
      grpc::CallbackServerContext* context) override;

 private:
  const CallParts& parts_;
};

}  // namespace mlup::esdb
