// `mlup sync`: what a device sends and takes, from a terminal.
#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/limits.h"
#include "eventstore/log/error_pb.h"
#include "eventstore/log/timestamp.h"
#include "mlup/sync/v1/sync_service.pb.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/import_line.h"
#include "services/mlup/input_file.h"
#include "services/mlup/line_reader.h"
#include "services/mlup/proto_json.h"
#include "services/mlup/server_rpc.h"
#include "services/mlup/words.h"

namespace mlup::cli {
namespace {

using sync::v1::ItemAnswer;
using sync::v1::PullChangesRequest;
using sync::v1::PullChangesResponse;
using sync::v1::PushItemsRequest;
using sync::v1::PushItemsResponse;

constexpr std::size_t kBytesMax = 512 << 10;

std::string RefusalWords(const log::v1::Refusal& refusal) {
  const absl::Status status = log::FromRefusal(refusal);
  const std::string field = ErrorField(status);
  return absl::StrCat(absl::StatusCodeToString(status.code()), " ", ErrorReason(status),
                      field.empty() ? "" : absl::StrCat(", field ", field), ": ", status.message());
}

std::string AnswerWords(const ItemAnswer& answer) {
  switch (answer.answer_case()) {
    case ItemAnswer::kRecorded:
      return absl::StrCat(answer.recorded().replayed() ? "recorded before" : "recorded",
                          " at position ", answer.recorded().first_position());
    case ItemAnswer::kRefused:
      return absl::StrCat("refused, ", RefusalWords(answer.refused()));
    case ItemAnswer::kWaiting:
      return absl::StrCat("waits for item ", answer.waiting().for_sequence(),
                          ": keep it and send both");
    case ItemAnswer::kFailed:
      return absl::StrCat("not settled, send it again: ", RefusalWords(answer.failed()));
    case ItemAnswer::ANSWER_NOT_SET:
      break;
  }
  return "answered with something that this program does not know";
}

// The lines of one file on their way. One thread; borrows its arguments.
class Pusher {
 public:
  Pusher(const Session& session, const SyncOptions& options)
      : session_(session), server_(session.server) {
    request_.set_device(options.device);
  }

  int Run(int descriptor) {
    LineReader lines(descriptor, kJsonBytesMax);
    for (std::uint64_t number = 1;; ++number) {
      const auto text = lines.Next();
      if (!text.ok()) return Fail(session_, text.status());
      if (!text->has_value()) break;
      if ((*text)->find_first_not_of(" \t\r") == std::string::npos) continue;
      absl::StatusOr<sync::v1::Item> item = ParseItem(**text);
      if (!item.ok()) {
        // What comes behind a missing item waits for it.
        session_.err << "mlup: line " << number << " cannot be read\n";
        return FailUsage(session_, item.status());
      }
      const bool full = static_cast<std::size_t>(request_.items_size()) == kRecordEachMax ||
                        request_.ByteSizeLong() + item->ByteSizeLong() > kBytesMax;
      if (full && request_.items_size() > 0) {
        if (const absl::Status sent = Send(); !sent.ok()) return Fail(session_, sent);
      }
      request_.add_items()->Swap(&*item);
    }
    if (const absl::Status sent = Send(); !sent.ok()) return Fail(session_, sent);
    return unsettled_ ? kExitRefused : kExitOk;
  }

 private:
  absl::Status Send() {
    if (request_.items().empty()) return absl::OkStatus();
    *request_.mutable_sent_at() = log::ToTimestamp(SystemClock().Now());
    PushItemsResponse response;
    RETURN_IF_ERROR(server_.Call("mlup.sync.v1.SyncService/PushItems", request_, response));
    request_.clear_items();
    for (const ItemAnswer& answer : response.answers()) {
      unsettled_ = unsettled_ || !answer.has_recorded();
      Print(answer);
    }
    if (!session_.json) session_.out << "next: item " << response.next_sequence() << "\n";
    return absl::OkStatus();
  }

  void Print(const ItemAnswer& answer) {
    if (session_.json) {
      session_.out << ToJson(answer) << "\n";
      return;
    }
    session_.out << "item " << answer.sequence() << ": " << AnswerWords(answer) << "\n";
    for (const auto& conflict : answer.conflicts()) {
      session_.out << "  conflict " << conflict.event_id() << " on " << conflict.stream()
                   << ": others said something else of " << conflict.field() << "\n";
    }
  }

  const Session& session_;
  Server server_;
  PushItemsRequest request_;
  // Something was not recorded.
  bool unsettled_ = false;
};

// All pages as one; a case that goes on over pages is one update.
absl::StatusOr<PullChangesResponse> PullAll(const Session& session, PullChangesRequest request) {
  Server server(session.server);
  PullChangesResponse whole;
  std::map<std::string, sync::v1::CaseUpdate> cases;
  while (true) {
    PullChangesResponse page;
    RETURN_IF_ERROR(server.Call("mlup.sync.v1.SyncService/PullChanges", request, page));
    for (sync::v1::CaseUpdate& update : *page.mutable_cases()) {
      sync::v1::CaseUpdate& all = cases[update.case_id()];
      // A list that every page repeats.
      all.clear_open_tasks();
      all.MergeFrom(update);
    }
    request.set_page_token(page.next_page_token());
    page.clear_cases();
    page.clear_next_page_token();
    whole.MergeFrom(page);
    if (!request.page_token().empty()) continue;
    for (auto& [id, update] : cases) whole.add_cases()->Swap(&update);
    return whole;
  }
}

void PrintPull(const Session& session, const PullChangesResponse& pulled) {
  for (const sync::v1::CaseUpdate& update : pulled.cases()) {
    session.out << "case " << update.case_id() << ", "
                << (update.subject().empty() ? "one child" : update.subject()) << ": "
                << update.entries_size() << " new entries, " << update.open_tasks_size()
                << " open tasks\n";
    for (const auto& entry : update.entries()) {
      session.out << "  " << OccurredWords(entry.occurred()) << "  " << entry.label() << "\n";
    }
  }
  if (!pulled.dropped_case_ids().empty()) {
    session.out << "no longer yours, to be dropped: "
                << absl::StrJoin(pulled.dropped_case_ids(), ", ") << "\n";
  }
  for (const auto& item : pulled.refused_items()) {
    session.out << "item " << item.sequence() << " was refused, " << RefusalWords(item.refusal())
                << "\n";
  }
  session.out << "reference data " << pulled.reference_version() << ", next item "
              << pulled.next_sequence() << ", next --since " << pulled.position() << "\n";
}

}  // namespace

int RunSyncPush(const Session& session, const SyncOptions& options) {
  return ReadInput(session, options.file,
                   [&](int descriptor) { return Pusher(session, options).Run(descriptor); });
}

int RunSyncPull(const Session& session, const Reader& reader, const SyncOptions& options) {
  PullChangesRequest request;
  SetAsker(reader, request);
  request.set_device(options.device);
  request.set_since(options.since);
  request.mutable_held_case_ids()->Assign(options.held.begin(), options.held.end());
  request.set_page_size(options.page_size);
  const absl::StatusOr<PullChangesResponse> pulled = PullAll(session, request);
  if (!pulled.ok()) return Fail(session, pulled.status());
  if (session.json) {
    session.out << ToJson(*pulled) << "\n";
  } else {
    PrintPull(session, *pulled);
  }
  return kExitOk;
}

}  // namespace mlup::cli
