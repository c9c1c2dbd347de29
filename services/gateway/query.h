// What a URL asks for.
#pragma once

#include <string>
#include <string_view>

#include "eventstore/base/status.h"
#include "mlup/log/v1/event_store.pb.h"
#include "services/gateway/http_message.h"

// All functions are pure.
namespace mlup::gateway {

// Puts path and query of a request's target into `request`. What cannot be decoded stays as it is.
void ParseTarget(std::string_view target, HttpRequest& request);

// What of the query says where to begin and what to filter:
//   from    as log::SetStart() reads it;
//   filter  a list with commas of `category:`, `type:`, `type_prefix:`, `stream:` (a beginning of a
//           stream's name), `sector:`, `place:`; may be repeated. A type is ours
//           (`mlup.cases.v1.CaseClosed`) or as CloudEvents name it. What no event can fit is
//           refused.
// The header Last-Event-ID goes before `from`. INVALID_ARGUMENT naming `from`, `filter` or
// `last-event-id`.
absl::StatusOr<log::v1::SubscribeRequest> ParseSubscription(const HttpRequest& request);

// INVALID_ARGUMENT TEXT_INVALID naming the parameter, or the header among those we read, that is
// not UTF-8 or holds control characters.
absl::Status CheckTexts(const HttpRequest& request);

// The value of a query parameter; empty when it is not there.
std::string_view Parameter(const HttpRequest& request, std::string_view name);

}  // namespace mlup::gateway
