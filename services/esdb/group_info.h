// What clients are told about a persistent subscription.
#pragma once

#include <string>
#include <string_view>

#include "event_store/client/persistent_subscriptions_service.pb.h"
#include "eventstore/bus/group_host.h"

// All functions are pure and may be called from any thread.
namespace mlup::esdb {

// As clients parse it.
event_store::client::persistent_subscriptions::SubscriptionInfo InfoOf(
    const log::GroupStatus& status,
    const event_store::client::persistent_subscriptions::CreateReq::Options& options);

// Names a consumer in the host, so that InfoOf() can tell where it calls from.
std::string ConsumerName(std::string_view peer, std::string_view connection);

}  // namespace mlup::esdb
