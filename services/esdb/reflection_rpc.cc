// Answers from the descriptors that are linked in.
#include "services/esdb/reflection_rpc.h"

#include <set>
#include <string>
#include <string_view>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/support/server_callback.h>

#include "event_store/client/reflection.pb.h"

namespace mlup::esdb {
namespace {

namespace reflection = ::event_store::client::reflection;
using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;

constexpr const char* kServices[] = {
    "event_store.client.gossip.Gossip",
    "event_store.client.persistent_subscriptions.PersistentSubscriptions",
    "event_store.client.projections.Projections",
    "event_store.client.server_features.ServerFeatures",
    "event_store.client.streams.Streams",
    "event_store.client.users.Users",
    "grpc.health.v1.Health",
    "kurrentdb.protocol.v2.streams.StreamsService",
};

// Only what belongs to this face: the process knows other protos too.
bool IsTold(std::string_view file) {
  return file.starts_with("event_store/") || file.starts_with("kurrentdb/") ||
         file.starts_with("google/protobuf/");
}

void PutFile(const FileDescriptor& file, std::set<std::string>& put,
             reflection::Answer::Files& files) {
  if (!put.insert(file.name()).second) return;
  for (int i = 0; i < file.dependency_count(); ++i) PutFile(*file.dependency(i), put, files);
  google::protobuf::FileDescriptorProto proto;
  file.CopyTo(&proto);
  files.add_descriptors(proto.SerializeAsString());
}

void AnswerFile(const FileDescriptor* file, reflection::Answer& answer) {
  if (file == nullptr || !IsTold(file->name())) {
    answer.mutable_error()->set_code(grpc::StatusCode::NOT_FOUND);
    answer.mutable_error()->set_message("no service of this server is defined there");
    return;
  }
  std::set<std::string> put;
  PutFile(*file, put, *answer.mutable_files());
}

reflection::Answer AnswerTo(const reflection::Question& question) {
  reflection::Answer answer;
  *answer.mutable_question() = question;
  const DescriptorPool& pool = *DescriptorPool::generated_pool();
  switch (question.question_case()) {
    case reflection::Question::kFileByFilename:
      AnswerFile(pool.FindFileByName(question.file_by_filename()), answer);
      return answer;
    case reflection::Question::kFileContainingSymbol:
      AnswerFile(pool.FindFileContainingSymbol(question.file_containing_symbol()), answer);
      return answer;
    case reflection::Question::kListServices:
      for (const char* const name : kServices) {
        answer.mutable_services()->add_services()->set_name(name);
      }
      return answer;
    case reflection::Question::QUESTION_NOT_SET:
      break;
  }
  answer.mutable_error()->set_code(grpc::StatusCode::UNIMPLEMENTED);
  answer.mutable_error()->set_message("ask for services, or for a file by its name or a symbol");
  return answer;
}

// One question after the other. Deletes itself when gRPC is done with it.
class Talk final : public grpc::ServerBidiReactor<reflection::Question, reflection::Answer> {
 public:
  Talk() { StartRead(&question_); }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    answer_ = AnswerTo(question_);
    question_.Clear();
    StartWrite(&answer_);
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::CANCELLED);
    StartRead(&question_);
  }
  void OnDone() override { delete this; }

 private:
  reflection::Question question_;
  reflection::Answer answer_;
};

}  // namespace

ReflectionRpc::ReflectionRpc() {
  int method = 0;
  for (const char* const path :
       {"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"}) {
    AddMethod(new grpc::internal::RpcServiceMethod(path, grpc::internal::RpcMethod::BIDI_STREAMING,
                                                   nullptr));
    MarkMethodCallback(
        method++, new grpc::internal::CallbackBidiHandler<reflection::Question, reflection::Answer>(
                      [](grpc::CallbackServerContext* /*context*/) { return new Talk; }));
  }
}

}  // namespace mlup::esdb
