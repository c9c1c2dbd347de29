// What devices made without a network, settled item by item.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "eventstore/base/status.h"
#include "mlup/sync/v1/sync_service.pb.h"
#include "services/accounts/accounts.h"
#include "services/command/command_handler.h"
#include "services/command/turns.h"
#include "services/identity/caller.h"
#include "services/sync/merge.h"
#include "services/sync/outbox.h"

namespace mlup::sync {

// mlup.sync.v1.SyncService/PushItems without gRPC. An item is recorded with what it is merged with
// in one append, under the identity of what the device sent; that it is settled is appended before
// the answer. A call that ends between finds it recorded the next time.
//
// Any thread; calls wait for the log. Borrows everything it is built from.
class Push {
 public:
  struct Parts {
    command::CommandHandler& commands;
    const accounts::Accounts& accounts;
    // Names of the services whose requests are taken.
    std::set<std::string> services;
    log::EventLog& log;
    privacy::Keyring& keyring;
    const Clock& clock;
    Random& random;
  };

  explicit Push(const Parts& parts);

  // The errors of the proto; INVALID_ARGUMENT with the field. `caller` is who the door let in.
  absl::StatusOr<v1::PushItemsResponse> PushItems(const v1::PushItemsRequest& request,
                                                  const identity::Caller* caller);

 private:
  class Batch;

  absl::StatusOr<command::RecordResult> Record(const google::protobuf::Message& asked,
                                               Outbox::Settled& settled);

  // Why it is not merged, for who may record it; nobody else learns what stands in a record.
  absl::Status WhyNot(const google::protobuf::Message& asked, const absl::Status& not_merged);
  // The conflicts among what was recorded.
  absl::Status FindConflicts(const command::RecordResult& result, v1::ItemAnswer& answer) const;

  const Parts parts_;
  const Merger merger_;
  const Outbox outbox_;
  command::Turns turns_;
};

}  // namespace mlup::sync
