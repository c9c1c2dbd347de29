#include "services/gateway/api.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/log/start_point.h"
#include "services/cloudevents/cloud_event.h"
#include "services/gateway/error_body.h"
#include "services/gateway/event_stream.h"
#include "services/gateway/query.h"

namespace mlup::gateway {
namespace {

constexpr std::uint32_t kPageDefault = 100;
// Events in one step of a stream: what one slow reader costs.
constexpr std::uint32_t kStreamBatch = 64;
// A page ends empty when the filter let nothing through for so long; it tells where to go on.
constexpr absl::Duration kPagePatience = absl::Seconds(2);

HttpResponse Text(int status, std::string_view type, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers = {{"Content-Type", std::string(type)}, {"Cache-Control", "no-store"}};
  response.body = std::move(body);
  return response;
}

HttpResponse Report(absl::StatusOr<std::string> text, std::string_view type) {
  if (!text.ok()) return ErrorResponse(text.status());
  return Text(200, type, *std::move(text));
}

HttpResponse NotAllowed(std::string_view allowed) {
  HttpResponse response =
      ErrorResponse(405, "METHOD_NOT_ALLOWED", "", absl::StrCat("use ", ToAbsl(allowed)));
  response.headers.emplace_back("Allow", std::string(allowed));
  return response;
}

bool IsRead(const HttpRequest& request) {
  return request.method == "GET" || request.method == "HEAD";
}

absl::StatusOr<std::uint32_t> PageLimit(const HttpRequest& request) {
  const std::string_view text = Parameter(request, "limit");
  std::uint32_t limit = kPageDefault;
  if (!text.empty() &&
      (!absl::SimpleAtoi(ToAbsl(text), &limit) || limit == 0 || limit > kReadEventsMax)) {
    return FieldError(absl::StatusCode::kInvalidArgument, "LIMIT_INVALID", "limit",
                      absl::StrCat("must be 1 to ", kReadEventsMax));
  }
  return limit;
}

// `application/cloudevents+json`, in UTF-8 where it says.
bool IsStructured(absl::string_view content_type) {
  std::vector<absl::string_view> parts = absl::StrSplit(content_type, ';');
  for (absl::string_view& part : parts) part = absl::StripAsciiWhitespace(part);
  return absl::EqualsIgnoreCase(parts[0], ToAbsl(cloudevents::kStructuredType)) &&
         std::all_of(parts.begin() + 1, parts.end(), [](absl::string_view parameter) {
           return !absl::StartsWithIgnoreCase(parameter, "charset=") ||
                  absl::EqualsIgnoreCase(parameter, "charset=utf-8") ||
                  absl::EqualsIgnoreCase(parameter, "charset=\"utf-8\"");
         });
}

absl::StatusOr<std::string> PageJson(const sharing::FeedStep& step) {
  std::vector<cloudevents::CloudEvent> events;
  events.reserve(step.records.size());
  for (const log::v1::Record& record : step.records) {
    ASSIGN_OR_RETURN(cloudevents::CloudEvent event, cloudevents::FromRecord(record));
    events.push_back(std::move(event));
  }
  return absl::StrCat("{\"events\":", cloudevents::ToBatchJson(events), ",\"next\":\"",
                      log::ResumeToken(step.position, step.history),
                      "\",\"caught_up\":", step.caught_up ? "true" : "false", "}\n");
}

}  // namespace

HttpResponse Api::Handle(const HttpRequest& request) const {
  if (request.path == "/v1/events") return Events(request);
  if (request.path != "/v1/health") {
    return ErrorResponse(404, "PATH_UNKNOWN", "", "there are /v1/events and /v1/health");
  }
  if (!IsRead(request)) return NotAllowed("GET, HEAD");
  return Report(parts_.health.StatusJson(), "application/json");
}

HttpResponse Api::HandleOperator(const HttpRequest& request, const HttpCounts& counts) const {
  if (request.path != "/v1/health" && request.path != "/metrics") {
    return ErrorResponse(404, "PATH_UNKNOWN", "", "there are /v1/health and /metrics");
  }
  if (!IsRead(request)) return NotAllowed("GET, HEAD");
  if (request.path == "/v1/health") return Report(parts_.health.Json(), "application/json");
  return Report(parts_.health.Metrics(counts), "text/plain; version=0.0.4");
}

absl::StatusOr<std::string> Api::Authenticate(const HttpRequest& request) const {
  const std::string_view header = request.Header("authorization");
  constexpr std::string_view kBearer = "Bearer ";
  if (!absl::StartsWithIgnoreCase(ToAbsl(header), ToAbsl(kBearer))) {
    return Error(absl::StatusCode::kUnauthenticated, "TOKEN_MISSING",
                 "send the header Authorization: Bearer TOKEN");
  }
  return parts_.feeds.Authenticate(header.substr(kBearer.size()));
}

HttpResponse Api::Events(const HttpRequest& request) const {
  const absl::StatusOr<std::string> subscriber_id = Authenticate(request);
  if (!subscriber_id.ok()) return ErrorResponse(subscriber_id.status());
  absl::StatusOr<HttpResponse> answer = Answer(request, *subscriber_id);
  HttpResponse response = answer.ok() ? *std::move(answer) : ErrorResponse(answer.status());
  response.authenticated = true;
  return response;
}

absl::StatusOr<HttpResponse> Api::Answer(const HttpRequest& request,
                                         const std::string& subscriber_id) const {
  if (request.method != "GET" && request.method != "POST") return NotAllowed("GET, POST");
  RETURN_IF_ERROR(CheckTexts(request));
  if (request.method == "POST") return Post(request, subscriber_id);
  if (absl::StrContains(ToAbsl(request.Header("accept")), "text/event-stream")) {
    return Stream(request, subscriber_id);
  }
  return Page(request, subscriber_id);
}

absl::StatusOr<HttpResponse> Api::Stream(const HttpRequest& request,
                                         const std::string& subscriber_id) const {
  ASSIGN_OR_RETURN(log::v1::SubscribeRequest subscription, ParseSubscription(request));
  subscription.set_batch_max(kStreamBatch);
  const Position after{subscription.after_position()};
  ASSIGN_OR_RETURN(auto reader, parts_.readers.OpenStream(subscriber_id, after));
  ASSIGN_OR_RETURN(auto feed, parts_.feeds.Open(subscriber_id, subscription));
  HttpResponse response = Text(200, "text/event-stream", "");
  response.stream = std::make_unique<EventStream>(std::move(feed), std::move(reader), parts_.clock);
  return response;
}

absl::StatusOr<HttpResponse> Api::Page(const HttpRequest& request,
                                       const std::string& subscriber_id) const {
  ASSIGN_OR_RETURN(const std::uint32_t limit, PageLimit(request));
  ASSIGN_OR_RETURN(log::v1::SubscribeRequest subscription, ParseSubscription(request));
  subscription.set_batch_max(limit);
  Readers::Reader reader(parts_.readers, subscriber_id, {subscription.after_position()});
  ASSIGN_OR_RETURN(const auto feed, parts_.feeds.Open(subscriber_id, subscription));
  const absl::Time deadline = parts_.clock.Now() + kPagePatience;
  sharing::FeedStep step;
  do {
    absl::StatusOr<sharing::FeedStep> next = feed->Next(absl::ZeroDuration());
    if (!next.ok()) {
      if (!absl::IsUnavailable(next.status())) reader.Fail(ErrorReason(next.status()));
      return next.status();
    }
    step = *std::move(next);
  } while (step.records.empty() && !step.caught_up && parts_.clock.Now() < deadline);
  reader.Give(step);
  ASSIGN_OR_RETURN(std::string body, PageJson(step));
  return Text(200, "application/json", std::move(body));
}

absl::StatusOr<HttpResponse> Api::Post(const HttpRequest& request,
                                       const std::string& subscriber_id) const {
  const std::string_view type = request.Header("content-type");
  if (!IsStructured(ToAbsl(type))) {
    return FieldError(absl::StatusCode::kInvalidArgument, "CONTENT_TYPE_UNKNOWN", "content-type",
                      absl::StrCat("must be ", ToAbsl(cloudevents::kStructuredType)));
  }
  ASSIGN_OR_RETURN(const sharing::v1::Subscriber subscriber, parts_.feeds.Find(subscriber_id));
  ASSIGN_OR_RETURN(const Inbound::Taken taken, parts_.inbound.Take(subscriber, request.body));
  const nlohmann::ordered_json body = {{"recorded", taken.recorded},
                                       {"replayed", taken.replayed},
                                       {"event_id", taken.event_id},
                                       {"position", taken.position.value}};
  return Text(taken.recorded && !taken.replayed ? 201 : 200, "application/json",
              body.dump() + "\n");
}

}  // namespace mlup::gateway
