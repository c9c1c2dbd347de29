// What clients are told about a persistent subscription.
#pragma once

#include <string>
#include <string_view>

#include "event_store/client/persistent_subscriptions_service.pb.h"
#include "eventstore/base/types.h"
#include "eventstore/bus/group_host.h"

// All functions are pure and may be called from any thread.
namespace mlup::esdb {

// As clients parse it. `shown` is the last revision of the group's stream, ours, that a consumer
// was shown: the places of a stream are told up to there, so that what is hidden is not counted.
event_store::client::persistent_subscriptions::SubscriptionInfo InfoOf(
    const log::GroupStatus& status,
    const event_store::client::persistent_subscriptions::CreateReq::Options& options,
    Revision shown);

// Names a consumer in the host, so that InfoOf() can tell where it calls from and who it is. The
// first two are without spaces.
std::string ConsumerName(std::string_view peer, std::string_view user, std::string_view connection);

}  // namespace mlup::esdb
