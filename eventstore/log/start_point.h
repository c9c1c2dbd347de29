// Where a reader begins, as a person or a program writes it: one meaning at the command line and
// over HTTP.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"

#include "eventstore/base/types.h"
#include "mlup/log/v1/event_store.pb.h"

namespace mlup::log {

// Sets where `request` begins. `from` is
//   `start` or nothing   the first event;
//   `end`                what comes after the call;
//   a position           the event there is the first (0 is `start`);
//   a day or a time      the first event recorded then or later (RFC 3339; a day begins in Phnom
//   Penh); a resume token       the first event after the one that it came with, in the same
//   history.
// INVALID_ARGUMENT FROM_INVALID at `field`. Pure: any thread.
absl::Status SetStart(std::string_view from, std::string_view field, v1::SubscribeRequest& request);

// The token that leads to what comes after `position`: `POSITION-HISTORY`.
std::string ResumeToken(Position position, std::uint64_t history);

}  // namespace mlup::log
