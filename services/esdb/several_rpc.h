// The service kurrentdb.protocol.v2.streams.StreamsService.
#pragma once

#include "kurrentdb/protocol/v2/streams/streams_service.grpc.pb.h"
#include "services/esdb/calls_rpc.h"
#include "services/esdb/records.h"

namespace mlup::esdb {

// Register it with one grpc::Server. Borrows the parts. Any thread.
class StreamsOfVersion2Rpc final : public v2::StreamsService::CallbackService {
 public:
  explicit StreamsOfVersion2Rpc(const CallParts& parts) : parts_(parts) {}

  grpc::ServerReadReactor<v2::AppendRequest>* AppendSession(
      grpc::CallbackServerContext* context, v2::AppendSessionResponse* response) override;
  grpc::ServerUnaryReactor* AppendRecords(grpc::CallbackServerContext* context,
                                          const v2::AppendRecordsRequest* request,
                                          v2::AppendRecordsResponse* response) override;

 private:
  const CallParts& parts_;
};

}  // namespace mlup::esdb
