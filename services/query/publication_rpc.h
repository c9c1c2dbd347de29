// PublicationService over gRPC.
#pragma once

#include "services/query/publication_service.h"
#include "services/rpc/serve.h"

namespace mlup::query {

// Hands each call to the service of the same name on the executor. Borrows both.
class PublicationRpc final : public rpc::Service {
 public:
  PublicationRpc(PublicationService& service, rpc::Executor& executor);
};

}  // namespace mlup::query
