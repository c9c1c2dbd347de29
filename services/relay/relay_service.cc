// Each call is one errand of the relay.
#include "services/relay/relay_service.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "eventstore/base/status.h"
#include "eventstore/base/uuid.h"

namespace mlup::relay {
namespace {

constexpr std::uint32_t kPageSize = 100;
constexpr std::uint32_t kPageSizeMax = 1000;

// A reason is kept in clear: a code, never free text.
bool IsCode(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  return !text.empty() && text.size() <= kLongest &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
                  c == '.';
         });
}

v1::ListDeadLettersResponse PageOf(std::vector<v1::Letter> letters, std::uint64_t after,
                                   std::size_t size) {
  v1::ListDeadLettersResponse page;
  for (v1::Letter& letter : letters) {
    if (letter.position() <= after) continue;
    if (static_cast<std::size_t>(page.letters_size()) == size) {
      page.set_next_after_position(page.letters(page.letters_size() - 1).position());
      break;
    }
    *page.add_letters() = std::move(letter);
  }
  return page;
}

}  // namespace

absl::StatusOr<Relay*> RelayService::Admit(const log::v1::Actor& actor, std::string_view method,
                                           std::string_view subscriber_id) const {
  RETURN_IF_ERROR(policy_.Authorise(
      actor, identity::Calling(absl::StrCat("mlup.relay.v1.RelayService/", ToAbsl(method)))));
  return relays_.Find(subscriber_id);
}

absl::StatusOr<v1::PingResponse> RelayService::Ping(const v1::PingRequest& request) {
  ASSIGN_OR_RETURN(Relay* const relay, Admit(request.actor(), "Ping", request.subscriber_id()));
  v1::PingResponse response;
  const std::string event_id = NewUuid(clock_, random_);
  const absl::Time before = clock_.Now();
  const Outcome outcome = relay->Ping(event_id);
  response.set_delivered(outcome.kind == Outcome::Kind::kDelivered);
  response.set_words(outcome.because);
  response.set_milliseconds(
      static_cast<std::uint32_t>(absl::ToInt64Milliseconds(clock_.Now() - before)));
  response.set_event_id(event_id);
  return response;
}

absl::StatusOr<v1::ListDeadLettersResponse> RelayService::ListDeadLetters(
    const v1::ListDeadLettersRequest& request) {
  ASSIGN_OR_RETURN(Relay* const relay,
                   Admit(request.actor(), "ListDeadLetters", request.subscriber_id()));
  const std::uint32_t wanted = request.page_size() == 0 ? kPageSize : request.page_size();
  v1::ListDeadLettersResponse response;
  RETURN_IF_ERROR(relay->Do(/*when_idle=*/false, [&](RelayState& state) {
    std::vector<v1::Letter> letters = state.queue().DeadLetters();
    if (request.skipped()) letters.assign(state.skipped().begin(), state.skipped().end());
    std::sort(letters.begin(), letters.end(),
              [](const auto& a, const auto& b) { return a.position() < b.position(); });
    response = PageOf(std::move(letters), request.after_position(), std::min(wanted, kPageSizeMax));
    response.set_waiting(state.queue().behind_dead());
    return absl::OkStatus();
  }));
  return response;
}

absl::StatusOr<v1::ReplayDeadLettersResponse> RelayService::ReplayDeadLetters(
    const v1::ReplayDeadLettersRequest& request) {
  ASSIGN_OR_RETURN(Relay* const relay,
                   Admit(request.actor(), "ReplayDeadLetters", request.subscriber_id()));
  const std::vector<std::string> event_ids(request.event_ids().begin(), request.event_ids().end());
  v1::ReplayDeadLettersResponse response;
  RETURN_IF_ERROR(relay->Do(/*when_idle=*/false, [&](RelayState& state) -> absl::Status {
    ASSIGN_OR_RETURN(const std::uint32_t count, state.Revive(event_ids));
    response.set_replayed(count);
    return absl::OkStatus();
  }));
  return response;
}

absl::StatusOr<v1::SkipDeadLetterResponse> RelayService::SkipDeadLetter(
    const v1::SkipDeadLetterRequest& request) {
  ASSIGN_OR_RETURN(Relay* const relay,
                   Admit(request.actor(), "SkipDeadLetter", request.subscriber_id()));
  if (!IsCode(request.reason())) {
    return FieldError(absl::StatusCode::kInvalidArgument, "REASON_REQUIRED", "reason",
                      "the subscriber will never get the event: say why, as a code such as "
                      "wrong_address");
  }
  v1::Skip skip;
  skip.set_actor_id(request.actor().actor_id());
  skip.set_reason(request.reason());
  skip.mutable_at()->set_seconds(absl::ToUnixSeconds(clock_.Now()));
  RETURN_IF_ERROR(relay->Do(/*when_idle=*/false, [&](RelayState& state) {
    return state.Skip(request.event_id(), skip);
  }));
  return v1::SkipDeadLetterResponse();
}

absl::StatusOr<v1::ReplayFromResponse> RelayService::ReplayFrom(
    const v1::ReplayFromRequest& request) {
  ASSIGN_OR_RETURN(Relay* const relay,
                   Admit(request.actor(), "ReplayFrom", request.subscriber_id()));
  RETURN_IF_ERROR(relay->Do(/*when_idle=*/true,
                            [&](RelayState& state) { return state.Rewind({request.position()}); }));
  return v1::ReplayFromResponse();
}

}  // namespace mlup::relay
