// The settings of a persistent subscription, and where it begins.
#pragma once

#include <optional>

#include "event_store/client/persistent_subscriptions_service.pb.h"
#include "eventstore/base/status.h"
#include "eventstore/bus/group_host.h"

// All functions are pure and may be called from any thread.
namespace mlup::esdb {

namespace persistent = ::event_store::client::persistent_subscriptions;

// Puts what older clients say elsewhere into the fields that newer ones use.
void Modernise(persistent::CreateReq::Options& options);

// How the group works. What only clients understand goes along with it. INVALID_ARGUMENT with the
// exception `persistent-subscription-failed`.
absl::StatusOr<log::GroupSettings> SettingsOf(const persistent::CreateReq::Options& options);

// What SettingsOf() put along; none for a group that was made elsewhere.
std::optional<persistent::CreateReq::Options> OptionsIn(const log::GroupSettings& settings);

log::GroupStart StartOf(const persistent::CreateReq::StreamOptions& options);
log::GroupStart StartOf(const persistent::CreateReq::AllOptions& options);

// How long a consumer may take, and how often progress is kept.
absl::Duration MessageTimeout(const persistent::Settings& settings);
absl::Duration CheckpointAfter(const persistent::Settings& settings);

}  // namespace mlup::esdb
