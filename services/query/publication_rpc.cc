#include "services/query/publication_rpc.h"

namespace mlup::query {

PublicationRpc::PublicationRpc(PublicationService& service, rpc::Executor& executor)
    : Service("mlup.reports.v1.PublicationService", executor) {
  Serve("PublishReport", service, &PublicationService::PublishReport);
}

}  // namespace mlup::query
