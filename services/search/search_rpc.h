// SearchService over gRPC.
#pragma once

#include "services/rpc/serve.h"
#include "services/search/search_service.h"

namespace mlup::search {

// Hands each call to the service of the same name on the executor. Borrows both.
class SearchRpc final : public rpc::Service {
 public:
  SearchRpc(SearchService& service, rpc::Executor& executor)
      : Service("mlup.search.v1.SearchService", executor) {
    Serve("SearchPersons", service, &SearchService::SearchPersons);
  }
};

}  // namespace mlup::search
