#include "services/sync/sync_rpc.h"

namespace mlup::sync {

SyncRpc::SyncRpc(Push& push, Feed& feed, rpc::Executor& executor)
    : Service("mlup.sync.v1.SyncService", executor) {
  ServeCall<v1::PushItemsRequest>(
      "PushItems", [&push](const auto& request, const log::UnaryCall& call) {
        return push.PushItems(request, identity::CallerOf(call.admission()));
      });
  ServeCall<v1::PullChangesRequest>(
      "PullChanges", [&feed](const auto& request, const log::UnaryCall& call) {
        return feed.PullChanges(request, identity::CallerOf(call.admission()));
      });
}

}  // namespace mlup::sync
