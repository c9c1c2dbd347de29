// What a URL asks for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "mlup/log/v1/event_store.pb.h"
#include "services/gateway/http_message.h"

// All functions are pure.
namespace mlup::gateway {

// Puts path and query of a request's target into `request`. What cannot be decoded stays as it is.
void ParseTarget(std::string_view target, HttpRequest& request);

// Where to resume: `<position>-<16 hexadecimal digits that name the history>`.
std::string ResumeToken(Position position, std::uint64_t history);

// What of the query says where to begin and what to filter:
//   from    `start` (the default), `end`, a resume token, a position, a day or a time
//           (2021-02-17, 2021-02-17T09:30:00+07:00);
//   filter  a list with commas of `category:`, `type:`, `type_prefix:`, `stream:` (a beginning of a
//           stream's name), `sector:`, `place:`; may be repeated. A type is ours
//           (`mlup.cases.v1.CaseClosed`) or as CloudEvents name it.
// The header Last-Event-ID goes before `from`. INVALID_ARGUMENT naming `from`, `filter` or
// `last-event-id`.
absl::StatusOr<log::v1::SubscribeRequest> ParseSubscription(const HttpRequest& request);

// INVALID_ARGUMENT TEXT_INVALID naming the parameter, or the header among those we read, that is
// not UTF-8 or holds control characters.
absl::Status CheckTexts(const HttpRequest& request);

// The value of a query parameter; empty when it is not there.
std::string_view Parameter(const HttpRequest& request, std::string_view name);

}  // namespace mlup::gateway
