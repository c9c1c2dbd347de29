// What `mlup subscribe` is told, and what it keeps.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "eventstore/base/files.h"
#include "mlup/log/v1/event_store.pb.h"
#include "services/mlup/commands/commands.h"

namespace mlup::cli {

// Where a subscriber stands.
struct Place {
  std::uint64_t position = 0;
  std::uint64_t history = 0;
  // What it follows: a digest of the filter. Empty in a file of an earlier version.
  std::string filter = {};

  friend bool operator==(const Place&, const Place&) = default;
};

// The request that the options ask for. INVALID_ARGUMENT naming the option.
absl::StatusOr<log::v1::SubscribeRequest> RequestOf(const SubscribeOptions& options);

// The digest of what a request follows.
std::string FilterOf(const log::v1::SubscribeRequest& request);

// The same place for one who follows `filter`. FAILED_PRECONDITION STATE_OF_ANOTHER_FILTER: going
// on from it would skip, without a word, what the other filter left out.
absl::StatusOr<Place> PlaceFor(const Place& kept, const std::string& filter);

// Where a subscriber stands after a message of its subscription.
Place PlaceAfter(const log::v1::SubscribeResponse& message, const Place& before);

// The file of --state: one line of JSON. A missing file is no place yet.
// FAILED_PRECONDITION STATE_INVALID for another file.
absl::StatusOr<Place> ReadPlace(Files& files, const std::string& path, bool& found);
absl::Status WritePlace(Files& files, const std::string& path, const Place& place);

}  // namespace mlup::cli
