// The fastest gRPC server that does nothing: one thread with one completion queue answers every
// unary call with the same bytes and decodes nothing. It says one line when it serves, and ends
// with its standard input.
#include <cstdlib>
#include <iostream>
#include <limits>
#include <memory>
#include <thread>
#include <vector>

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "eventstore/base/check.h"
#include "mlup/log/v1/event_store.pb.h"

namespace mlup::bench {
namespace {

grpc::ByteBuffer Response() {
  log::v1::AppendResponse response;
  response.set_first_position(1'000'000);
  response.set_last_position(1'000'000);
  log::v1::StreamResult& stream = *response.add_streams();
  stream.set_stream("case/00000000-0000-7000-8000-000000000000");
  stream.set_first_revision(7);
  stream.set_last_revision(7);
  response.add_event_ids("00000000-0000-7000-8000-000000000000");
  const grpc::Slice bytes(response.SerializeAsString());
  return {&bytes, 1};
}

// One call at a time; begins again by itself when it is over.
class Call {
 public:
  Call(grpc::AsyncGenericService& service, grpc::ServerCompletionQueue& queue,
       const grpc::ByteBuffer& response)
      : service_(service), queue_(queue), response_(response) {
    Await();
  }

  void Proceed(bool good) {
    if (step_ == kArrived && good) {
      step_ = kRead;
      stream_->Read(&request_, this);
    } else if (step_ == kRead && good) {
      step_ = kAnswered;
      stream_->WriteAndFinish(response_, grpc::WriteOptions(), grpc::Status::OK, this);
    } else if (step_ != kArrived) {
      Await();
    }
  }

 private:
  enum Step { kArrived, kRead, kAnswered };

  void Await() {
    step_ = kArrived;
    stream_.reset();
    context_ = std::make_unique<grpc::GenericServerContext>();
    stream_ = std::make_unique<grpc::GenericServerAsyncReaderWriter>(context_.get());
    service_.RequestCall(context_.get(), stream_.get(), &queue_, &queue_, this);
  }

  grpc::AsyncGenericService& service_;
  grpc::ServerCompletionQueue& queue_;
  const grpc::ByteBuffer& response_;
  Step step_ = kArrived;
  grpc::ByteBuffer request_;
  std::unique_ptr<grpc::GenericServerContext> context_;
  std::unique_ptr<grpc::GenericServerAsyncReaderWriter> stream_;
};

[[noreturn]] void Serve(const std::string& address) {
  constexpr std::size_t kCalls = 256;
  grpc::AsyncGenericService service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials());
  builder.RegisterAsyncGenericService(&service);
  const auto queue = builder.AddCompletionQueue();
  const auto server = builder.BuildAndStart();
  CHECK(server != nullptr);
  const grpc::ByteBuffer response = Response();
  std::vector<std::unique_ptr<Call>> calls;
  calls.reserve(kCalls);
  for (std::size_t i = 0; i < kCalls; ++i) {
    calls.push_back(std::make_unique<Call>(service, *queue, response));
  }
  std::jthread serving([&] {
    void* tag = nullptr;
    bool good = false;
    while (queue->Next(&tag, &good)) static_cast<Call*>(tag)->Proceed(good);
  });
  std::cout << R"({"event":"serving"})" << std::endl;
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());
  std::_Exit(0);
}

}  // namespace
}  // namespace mlup::bench

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  mlup::bench::Serve(argv[1]);
}
