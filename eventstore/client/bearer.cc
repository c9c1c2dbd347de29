#include "eventstore/client/bearer.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/client_interceptor.h>

namespace mlup::log {
namespace {

using grpc::experimental::ClientInterceptorFactoryInterface;
using grpc::experimental::ClientRpcInfo;
using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::Interceptor;
using grpc::experimental::InterceptorBatchMethods;

using Token = std::function<std::string()>;

// One call.
class Bearer final : public Interceptor {
 public:
  explicit Bearer(const Token& token) : token_(token) {}

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      const std::string token = token_();
      if (!token.empty()) {
        methods->GetSendInitialMetadata()->emplace("authorization", absl::StrCat("Bearer ", token));
      }
    }
    methods->Proceed();
  }

 private:
  const Token& token_;
};

// Lives as long as the channel.
class Bearers final : public ClientInterceptorFactoryInterface {
 public:
  explicit Bearers(Token token) : token_(std::move(token)) {}
  Interceptor* CreateClientInterceptor(ClientRpcInfo* /*info*/) override {
    return new Bearer(token_);
  }

 private:
  const Token token_;
};

}  // namespace

std::shared_ptr<grpc::Channel> ConnectAs(const std::string& address,
                                         const grpc::ChannelArguments& arguments,
                                         std::function<std::string()> token) {
  std::vector<std::unique_ptr<ClientInterceptorFactoryInterface>> factories;
  factories.push_back(std::make_unique<Bearers>(std::move(token)));
  const bool with_tls = address.starts_with(kTlsPrefix);
  return grpc::experimental::CreateCustomChannelWithInterceptors(
      with_tls ? address.substr(kTlsPrefix.size()) : address,
      with_tls ? grpc::SslCredentials({}) : grpc::InsecureChannelCredentials(), arguments,
      std::move(factories));
}

}  // namespace mlup::log
