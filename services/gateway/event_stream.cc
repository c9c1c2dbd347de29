#include "services/gateway/event_stream.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/status.h"
#include "eventstore/log/start_point.h"
#include "services/cloudevents/cloud_event.h"
#include "services/gateway/error_body.h"

namespace mlup::gateway {
namespace {

constexpr absl::Duration kHeartbeat = absl::Seconds(15);

std::string Event(std::string_view id, std::string_view name, std::string_view data) {
  return absl::StrCat("id: ", ToAbsl(id), "\nevent: ", ToAbsl(name), "\ndata: ", ToAbsl(data),
                      "\n\n");
}

}  // namespace

HttpStream::Step EventStream::Next() {
  const absl::StatusOr<sharing::FeedStep> step = feed_->Next(absl::ZeroDuration());
  absl::StatusOr<std::string> bytes =
      step.ok() ? Format(*step) : absl::StatusOr<std::string>(step.status());
  if (!bytes.ok()) {
    if (absl::IsUnavailable(bytes.status())) return {};
    reader_->Fail(ErrorReason(bytes.status()));
    return {absl::StrCat("event: failed\ndata: ", ErrorBody(bytes.status()), "\n\n"), true, false};
  }
  reader_->Give(*step);
  if (bytes->empty() && clock_.Now() - last_sent_ >= kHeartbeat) *bytes = ": heartbeat\n\n";
  if (!bytes->empty()) last_sent_ = clock_.Now();
  return {*std::move(bytes), false, !step->caught_up};
}

absl::StatusOr<std::string> EventStream::Format(const sharing::FeedStep& step) {
  std::string text;
  for (std::size_t i = 0; i < step.records.size(); ++i) {
    ASSIGN_OR_RETURN(const cloudevents::CloudEvent event, cloudevents::FromRecord(step.records[i]));
    const std::string token = log::ResumeToken({step.records[i].position()}, step.histories[i]);
    text += Event(token, "cloudevent", cloudevents::ToStructuredJson(event));
  }
  if (!step.records.empty()) told_ = Position{step.records.back().position()};
  return text + Mark(step);
}

// Tells where it stands, when it is news that it has caught up, or with the heartbeat.
std::string EventStream::Mark(const sharing::FeedStep& step) {
  const bool news = step.caught_up && !told_caught_up_;
  told_caught_up_ = step.caught_up;
  const bool due = clock_.Now() - last_sent_ >= kHeartbeat && told_ != step.position;
  if (!news && !due) return "";
  told_ = step.position;
  return Event(log::ResumeToken(step.position, step.history), news ? "caught-up" : "checkpoint",
               absl::StrCat("{\"position\":", step.position.value, "}"));
}

}  // namespace mlup::gateway
