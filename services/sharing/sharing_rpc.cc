#include "services/sharing/sharing_rpc.h"

namespace mlup::sharing {

SharingRpc::SharingRpc(const SharingService& service, rpc::Executor& executor)
    : Service("mlup.sharing.v1.SharingService", executor) {
  Serve("ListSubscribers", service, &SharingService::ListSubscribers);
}

}  // namespace mlup::sharing
