// `mlup webhooks`: tests, dead letters and replays of what is sent to other systems.
#include <string>

#include "absl/strings/str_cat.h"

#include "mlup/relay/v1/relay_service.pb.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/proto_json.h"
#include "services/mlup/server_rpc.h"
#include "services/mlup/table.h"
#include "services/mlup/words.h"

namespace mlup::cli {
namespace {

// A request about one subscriber, by the person who asks.
template <typename Request>
Request About(const Reader& reader, const WebhookOptions& options) {
  Request request;
  SetAsker(reader, *request.mutable_actor());
  request.set_subscriber_id(options.subscriber_id);
  return request;
}

template <typename Response>
absl::StatusOr<Response> AskRelay(const Session& session, const std::string& method,
                                  const google::protobuf::Message& request) {
  return CallOnce<Response>(session.server, absl::StrCat("mlup.relay.v1.RelayService/", method),
                            request);
}

void PrintLetters(const Session& session, const relay::v1::ListDeadLettersResponse& page) {
  Table table({0, 4});
  table.Add({"position", "event", "type", "stream", "tries", "since", "because"});
  for (const relay::v1::Letter& letter : page.letters()) {
    const std::string skipped =
        letter.has_skip()
            ? absl::StrCat("; skipped by ", letter.skip().actor_id(), ": ", letter.skip().reason())
            : "";
    table.Add({absl::StrCat(letter.position()), letter.event_id(), letter.type(), letter.stream(),
               absl::StrCat(letter.tries()), TimeWords(letter.first_failure()),
               absl::StrCat(letter.because(), skipped)});
  }
  session.out << table.Render();
}

}  // namespace

int RunWebhookPing(const Session& session, const Reader& reader, const WebhookOptions& options) {
  const auto answer = AskRelay<relay::v1::PingResponse>(
      session, "Ping", About<relay::v1::PingRequest>(reader, options));
  if (!answer.ok()) return Fail(session, answer.status());
  if (session.json) {
    session.out << ToJson(*answer) << "\n";
  } else {
    session.out << (answer->delivered() ? "taken" : "not taken") << ": " << answer->words()
                << ", after " << answer->milliseconds() << " ms\n";
  }
  return answer->delivered() ? kExitOk : kExitRefused;
}

int RunDeadLetters(const Session& session, const Reader& reader, const WebhookOptions& options) {
  auto request = About<relay::v1::ListDeadLettersRequest>(reader, options);
  request.set_skipped(options.skipped);
  request.set_page_size(1000);
  relay::v1::ListDeadLettersResponse all;
  do {
    const auto page =
        AskRelay<relay::v1::ListDeadLettersResponse>(session, "ListDeadLetters", request);
    if (!page.ok()) return Fail(session, page.status());
    all.MergeFrom(*page);
    request.set_after_position(page->next_after_position());
  } while (request.after_position() > 0);
  if (session.json) {
    for (const relay::v1::Letter& letter : all.letters()) session.out << ToJson(letter) << "\n";
    return kExitOk;
  }
  if (all.letters().empty()) {
    session.out << (options.skipped ? "nothing was skipped\n" : "no dead letters\n");
    return kExitOk;
  }
  PrintLetters(session, all);
  if (!options.skipped) {
    session.out << all.waiting() << " later events of these streams wait. `mlup webhooks replay "
                << options.subscriber_id << "` tries again, `mlup webhooks skip "
                << options.subscriber_id << " EVENT` gives one up.\n";
  }
  return kExitOk;
}

int RunWebhookReplay(const Session& session, const Reader& reader, const WebhookOptions& options) {
  if (options.from.has_value()) {
    auto request = About<relay::v1::ReplayFromRequest>(reader, options);
    request.set_position(*options.from == 0 ? 0 : *options.from - 1);
    const auto answer = AskRelay<relay::v1::ReplayFromResponse>(session, "ReplayFrom", request);
    if (!answer.ok()) return Fail(session, answer.status());
    session.err << "everything from position " << *options.from << " is delivered again\n";
    return kExitOk;
  }
  auto request = About<relay::v1::ReplayDeadLettersRequest>(reader, options);
  for (const std::string& event_id : options.event_ids) request.add_event_ids(event_id);
  const auto answer =
      AskRelay<relay::v1::ReplayDeadLettersResponse>(session, "ReplayDeadLetters", request);
  if (!answer.ok()) return Fail(session, answer.status());
  session.err << answer->replayed() << " dead letters are tried again\n";
  return kExitOk;
}

int RunWebhookSkip(const Session& session, const Reader& reader, const WebhookOptions& options) {
  auto request = About<relay::v1::SkipDeadLetterRequest>(reader, options);
  request.set_event_id(options.event_ids.at(0));
  request.set_reason(options.reason);
  const auto answer =
      AskRelay<relay::v1::SkipDeadLetterResponse>(session, "SkipDeadLetter", request);
  if (!answer.ok()) return Fail(session, answer.status());
  session.err << options.subscriber_id << " will not get event " << options.event_ids.at(0)
              << "; its stream goes on\n";
  return kExitOk;
}

}  // namespace mlup::cli
