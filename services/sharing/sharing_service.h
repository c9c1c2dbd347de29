// What operators see of those who follow events.
#pragma once

#include "eventstore/base/status.h"
#include "mlup/sharing/v1/sharing_service.pb.h"
#include "services/sharing/sharing.h"

namespace mlup::sharing {

// Any thread. Borrows what it tells about.
class SharingService {
 public:
  explicit SharingService(Sharing& sharing) : sharing_(sharing) {}

  // Every subscriber of the file, with what was withheld from it and how far each way to it is.
  absl::StatusOr<v1::ListSubscribersResponse> ListSubscribers(
      const v1::ListSubscribersRequest& request) const;

 private:
  v1::SubscriberReport Describe(const v1::Subscriber& subscriber) const;

  Sharing& sharing_;
};

}  // namespace mlup::sharing
