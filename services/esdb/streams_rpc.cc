// One line a call, where a line is enough.
#include "services/esdb/streams_rpc.h"

#include "services/esdb/append_call_rpc.h"
#include "services/esdb/batch_call_rpc.h"
#include "services/esdb/read_call_rpc.h"

namespace mlup::esdb {
namespace {

using Close = absl::StatusOr<EsdbLog::Result> (EsdbLog::*)(const Author&, const Name&,
                                                           const Expected&);

template <typename Response>
absl::Status RunClose(const CallParts& parts, const grpc::CallbackServerContext& context,
                      const pb::streams::AppendReq::Options& options, Close close,
                      Response& response) {
  ASSIGN_OR_RETURN(const Caller caller, CallerOf(parts, context));
  RETURN_IF_ERROR(caller.CheckAppends());
  ASSIGN_OR_RETURN(const Name name, ParseName(options.stream_identifier().stream_name()));
  ASSIGN_OR_RETURN(const Expected expected, ExpectedOf(options));
  ASSIGN_OR_RETURN(const EsdbLog::Result result,
                   (parts.read_parts.esdb_log.*close)(caller.author, name, expected));
  if (!result.as_expected) {
    return WrongExpectedVersion(name.client, expected, result.last_revision);
  }
  response.mutable_position()->set_commit_position(result.position.value);
  response.mutable_position()->set_prepare_position(result.position.value);
  return absl::OkStatus();
}

}  // namespace

grpc::ServerBidiReactor<pb::streams::ReadReq, pb::streams::ReadResp>* StreamsRpc::Read(
    grpc::CallbackServerContext* context) {
  return ReadCall::Open(parts_, context);
}

grpc::ServerReadReactor<pb::streams::AppendReq>* StreamsRpc::Append(
    grpc::CallbackServerContext* context, pb::streams::AppendResp* response) {
  return new AppendCall(parts_, context, response);
}

grpc::ServerUnaryReactor* StreamsRpc::Delete(grpc::CallbackServerContext* context,
                                             const pb::streams::DeleteReq* request,
                                             pb::streams::DeleteResp* response) {
  return Answer(context, parts_.gate, parts_.appends, [this, context, request, response] {
    return RunClose(parts_, *context, request->options(), &EsdbLog::Delete, *response);
  });
}

grpc::ServerUnaryReactor* StreamsRpc::Tombstone(grpc::CallbackServerContext* context,
                                                const pb::streams::TombstoneReq* request,
                                                pb::streams::TombstoneResp* response) {
  return Answer(context, parts_.gate, parts_.appends, [this, context, request, response] {
    return RunClose(parts_, *context, request->options(), &EsdbLog::Tombstone, *response);
  });
}

grpc::ServerBidiReactor<pb::streams::BatchAppendReq, pb::streams::BatchAppendResp>*
StreamsRpc::BatchAppend(grpc::CallbackServerContext* context) {
  return new BatchCall(parts_, context);
}

}  // namespace mlup::esdb
