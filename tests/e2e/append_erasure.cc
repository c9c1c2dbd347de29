// Records that a person's data was erased, as the feature that erases will: straight into the log,
// for no command does it yet.
//
//   append_erasure --server ADDRESS PERSON_ID EVENT_ID
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include "eventstore/base/clock.h"
#include "mlup/log/v1/event_store.grpc.pb.h"
#include "mlup/privacy/v1/erasure_events.pb.h"

namespace mlup::e2e {
namespace {

struct Options {
  std::string server;
  std::string person_id;
  std::string event_id;
};

log::v1::AppendRequest Erasure(const Options& options) {
  privacy::v1::PersonDataErased erased;
  erased.set_approval_id(options.event_id);
  erased.set_scope("all_personal");
  erased.set_legal_ground("request_of_person");
  erased.add_key_ids(options.event_id);
  erased.add_subscribers_notified("somebody-else");

  log::v1::AppendRequest request;
  request.mutable_key()->set_organisation_id("mro");
  request.mutable_key()->set_request_id(options.event_id);
  request.set_request_digest(std::string(32, 'd'));
  log::v1::StreamWrite& write = *request.add_writes();
  write.set_stream("erasure/" + options.person_id);
  log::v1::Event& event = *write.add_events();
  event.set_event_id(options.event_id);
  event.set_type(erased.GetTypeName());
  event.set_schema_version(1);
  event.set_channel(log::v1::CHANNEL_SYSTEM);
  event.set_common(erased.SerializeAsString());
  return request;
}

int Run(const Options& options) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  const auto stub = log::v1::EventStore::NewStub(
      grpc::CreateCustomChannel(options.server, grpc::InsecureChannelCredentials(), arguments));
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(SystemClock().Now() + absl::Seconds(20)));
  log::v1::AppendResponse response;
  const grpc::Status status = stub->Append(&context, Erasure(options), &response);
  if (!status.ok()) std::cerr << status.error_message() << "\n";
  return status.ok() ? 0 : 1;
}

}  // namespace
}  // namespace mlup::e2e

int main(int argc, char** argv) {
  CLI::App app("Records that a person's data was erased.");
  mlup::e2e::Options options;
  app.add_option("--server", options.server)->required();
  app.add_option("person_id", options.person_id)->required();
  app.add_option("event_id", options.event_id)->required();
  CLI11_PARSE(app, argc, argv);
  return mlup::e2e::Run(options);
}
