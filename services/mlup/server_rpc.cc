// Calls through gRPC's generic stub, so that a new service needs no code here.
#include "services/mlup/server_rpc.h"

#include "absl/strings/str_cat.h"
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>

#include "eventstore/base/clock.h"
#include "eventstore/base/files.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/client/bearer.h"
#include "eventstore/client/grpc_status.h"
#include "mlup/audit/v1/audit.grpc.pb.h"
#include "mlup/log/v1/event_store.grpc.pb.h"
#include "mlup/reports/v1/export_service.grpc.pb.h"
#include "services/mlup/kept_session.h"
#include "services/mlup/session.h"

namespace mlup::cli {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(30);
// A bundle is proved while it is fetched.
constexpr absl::Duration kBundleTimeout = absl::Minutes(5);

auto DeadlineIn(absl::Duration timeout) {
  return absl::ToChronoTime(SystemClock().Now() + timeout);
}

std::shared_ptr<grpc::Channel> Connect(const std::string& address, const std::string& token) {
  grpc::ChannelArguments arguments;
  // The daemon is on this machine; a proxy of the environment is not meant for it.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // How long an attempt may take; where nobody listens it ends at once.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetMaxReceiveMessageSize(static_cast<int>(kMessageSendMax));
  return log::ConnectAs(address, arguments, [token] { return token; });
}

absl::Status ParseResponse(grpc::ByteBuffer& bytes, google::protobuf::Message& response) {
  std::vector<grpc::Slice> slices;
  std::string joined;
  if (bytes.Dump(&slices).ok()) {
    for (const grpc::Slice& slice : slices) {
      joined.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
  }
  if (response.ParseFromString(joined)) return absl::OkStatus();
  return Error(absl::StatusCode::kInternal, "RESPONSE_INVALID",
               "the daemon's answer cannot be read");
}

// Reads a stream to its end, or until `deliver` returns false.
template <typename Response, typename Deliver>
absl::Status ReadEach(grpc::ClientContext& context, grpc::ClientReader<Response>& reader,
                      const Deliver& deliver) {
  Response response;
  while (reader.Read(&response)) {
    if (deliver(response)) continue;
    context.TryCancel();
    reader.Finish();
    return absl::OkStatus();
  }
  return OfDaemon(log::FromGrpc(reader.Finish()));
}

// Reads a file to its end, and the summary behind it.
template <typename Call>
absl::StatusOr<reports::v1::ExportSummary> ReadExport(
    const Call& call, const std::function<bool(const std::string&)>& deliver) {
  grpc::ClientContext context;
  context.set_deadline(DeadlineIn(kBundleTimeout));
  reports::v1::ExportSummary summary;
  bool told = false;
  const auto reader = call(context);
  RETURN_IF_ERROR(ReadEach<reports::v1::ExportResponse>(
      context, *reader, [&](const reports::v1::ExportResponse& response) {
        if (!response.has_summary()) return deliver(response.data());
        summary = response.summary();
        return told = true;
      }));
  if (told) return summary;
  return OfDaemon(
      Error(absl::StatusCode::kUnavailable, "EXPORT_CUT_OFF", "the file did not come whole"));
}

}  // namespace

struct Server::Connection {
  Connection(const std::string& address, const std::string& token)
      : channel(Connect(address, token)), generic(channel) {}

  // Shared with the stubs, as gRPC wants it.
  std::shared_ptr<grpc::Channel> channel;
  grpc::GenericStub generic;
};

Server::Server(const std::string& address) : Server(address, KeptToken(SystemFiles(), address)) {}
Server::Server(const std::string& address, const std::string& token)
    : connection_(std::make_unique<Connection>(address, token)) {}
Server::~Server() = default;

absl::Status Server::Call(std::string_view call, const google::protobuf::Message& request,
                          google::protobuf::Message& response) {
  grpc::ClientContext context;
  context.set_deadline(DeadlineIn(kCallTimeout));
  const grpc::Slice slice(request.SerializeAsString());
  const grpc::ByteBuffer sent(&slice, 1);
  grpc::ByteBuffer received;
  grpc::Status status;
  grpc::CompletionQueue queue;
  const auto reader = connection_->generic.PrepareUnaryCall(
      &context, absl::StrCat("/", ToAbsl(call)), sent, &queue);
  reader->StartCall();
  reader->Finish(&received, &status, nullptr);
  void* tag = nullptr;
  bool finished = false;
  queue.Next(&tag, &finished);
  if (!status.ok()) return OfDaemon(log::FromGrpc(status));
  return ParseResponse(received, response);
}

bool Server::WaitUntilConnected(absl::Duration timeout) {
  return connection_->channel->WaitForConnected(DeadlineIn(timeout));
}

absl::Status Server::Follow(const log::v1::SubscribeRequest& request,
                            const std::function<bool(const log::v1::SubscribeResponse&)>& deliver) {
  grpc::ClientContext context;
  const auto stub = log::v1::EventStore::NewStub(connection_->channel);
  const auto reader = stub->Subscribe(&context, request);
  return ReadEach<log::v1::SubscribeResponse>(context, *reader, deliver);
}

absl::Status Server::ExportBundle(const audit::v1::ExportBundleRequest& request,
                                  const std::function<bool(const std::string&)>& deliver) {
  grpc::ClientContext context;
  context.set_deadline(DeadlineIn(kBundleTimeout));
  const auto stub = audit::v1::AuditService::NewStub(connection_->channel);
  const auto reader = stub->ExportBundle(&context, request);
  return ReadEach<audit::v1::ExportBundleResponse>(
      context, *reader, [&deliver](const auto& response) { return deliver(response.data()); });
}

absl::StatusOr<reports::v1::ExportSummary> Server::Export(
    const reports::v1::ExportRequest& request,
    const std::function<bool(const std::string&)>& deliver) {
  const auto stub = reports::v1::ExportService::NewStub(connection_->channel);
  return ReadExport([&](grpc::ClientContext& context) { return stub->Export(&context, request); },
                    deliver);
}

absl::StatusOr<reports::v1::ExportSummary> Server::Export(
    const reports::v1::ExportWholeRequest& request,
    const std::function<bool(const std::string&)>& deliver) {
  const auto stub = reports::v1::ExportService::NewStub(connection_->channel);
  return ReadExport(
      [&](grpc::ClientContext& context) { return stub->ExportWhole(&context, request); }, deliver);
}

absl::StatusOr<reports::v1::ExportSummary> Server::Export(
    const reports::v1::ExportCaseEventsRequest& request,
    const std::function<bool(const std::string&)>& deliver) {
  const auto stub = reports::v1::ExportService::NewStub(connection_->channel);
  return ReadExport(
      [&](grpc::ClientContext& context) { return stub->ExportCaseEvents(&context, request); },
      deliver);
}

}  // namespace mlup::cli
