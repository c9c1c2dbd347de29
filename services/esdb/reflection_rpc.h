// gRPC's server reflection (grpc.reflection.v1 and v1alpha), for tools that know no protos.
#pragma once

#include <grpcpp/impl/service_type.h>

namespace mlup::esdb {

// Tells the services of this face and their files. gRPC's own library would tell those of every
// server of the process as soon as it is linked. Register it with one grpc::Server. Any thread.
class ReflectionRpc final : public grpc::Service {
 public:
  ReflectionRpc();
};

}  // namespace mlup::esdb
