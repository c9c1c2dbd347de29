#include "services/query/projection_rpc.h"

namespace mlup::query {

ProjectionRpc::ProjectionRpc(ProjectionService& service, rpc::Executor& executor)
    : Service("mlup.reports.v1.ProjectionService", executor) {
  Serve("RebuildProjection", service, &ProjectionService::RebuildProjection);
  Serve("CancelRebuild", service, &ProjectionService::CancelRebuild);
}

}  // namespace mlup::query
