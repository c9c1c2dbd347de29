// `mlup case history`: all that is known to have happened to one child, in order.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "mlup/audit/v1/audit.pb.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/proto_json.h"
#include "services/mlup/server_rpc.h"
#include "services/mlup/table.h"
#include "services/mlup/words.h"

namespace mlup::cli {
namespace {

using audit::v1::GetCaseHistoryRequest;
using audit::v1::GetCaseHistoryResponse;
using audit::v1::HistoryEntry;

constexpr std::uint32_t kPageSize = 500;
constexpr std::size_t kHistoryWidth = 110;

// All pages as one.
absl::StatusOr<GetCaseHistoryResponse> ReadHistory(const Session& session,
                                                   GetCaseHistoryRequest request) {
  Server server(session.server);
  GetCaseHistoryResponse whole;
  while (true) {
    GetCaseHistoryResponse page;
    const absl::Status status =
        server.Call("mlup.audit.v1.AuditService/GetCaseHistory", request, page);
    if (!status.ok()) return status;
    request.set_page_token(page.next_page_token());
    for (HistoryEntry& entry : *page.mutable_entries()) whole.add_entries()->Swap(&entry);
    page.clear_entries();
    page.clear_next_page_token();
    // Lists that every page repeats.
    whole.clear_persons();
    whole.clear_unreadable();
    whole.MergeFrom(page);
    if (request.page_token().empty()) return whole;
  }
}

std::string Marks(const HistoryEntry& entry) {
  std::vector<std::string> marks;
  if (entry.late()) marks.push_back("late");
  if (entry.voided_by() > 0) marks.push_back(absl::StrCat("VOIDED by entry ", entry.voided_by()));
  for (const std::uint64_t position : entry.corrected_by()) {
    marks.push_back(absl::StrCat("corrected by entry ", position));
  }
  if (entry.concerns() > 0) marks.push_back(absl::StrCat("concerns entry ", entry.concerns()));
  if (entry.masked()) marks.push_back("masked");
  if (entry.sealed()) marks.push_back("sealed");
  return marks.empty() ? "" : absl::StrCat("  [", absl::StrJoin(marks, "; "), "]");
}

// `record 2`: of the records that were merged, those that an entry is about.
std::string RecordsOf(const GetCaseHistoryResponse& history, const HistoryEntry& entry) {
  std::vector<std::string> numbers;
  for (int i = 0; i < history.persons_size(); ++i) {
    const auto& persons = entry.persons();
    if (std::find(persons.begin(), persons.end(), history.persons(i)) != persons.end()) {
      numbers.push_back(absl::StrCat(i + 1));
    }
  }
  return numbers.empty() ? "" : absl::StrCat(", record ", absl::StrJoin(numbers, " and "));
}

void PrintEntry(std::ostream& out, const GetCaseHistoryResponse& history,
                const HistoryEntry& entry) {
  // A void or correction stands under what it concerns.
  const std::size_t indent = entry.concerns() > 0 ? 4 : 0;
  out << std::string(indent, ' ') << PadRight(OccurredWords(entry.occurred()), 24) << entry.label()
      << Marks(entry) << "\n";
  std::string who = absl::StrCat(
      "entry ", entry.position(), RecordsOf(history, entry), ", known ", DayWords(entry.known_at()),
      ", recorded ", TimeWords(entry.recorded_at()), ", by ", entry.actor(), " as ", entry.role());
  if (entry.has_clock_behind()) {
    absl::StrAppend(&who, ", doubtful: the clock said ", TimeWords(entry.clock_behind()));
  }
  if (!entry.reason().empty()) absl::StrAppend(&who, ", reason: ", entry.reason());
  if (!entry.place().empty()) absl::StrAppend(&who, ", place: ", entry.place());
  out << Wrap(who, indent + 24, kHistoryWidth);
  for (const audit::v1::HistoryDetail& detail : entry.details()) {
    out << Wrap(absl::StrCat(detail.label(), ": ", detail.value()), indent + 24, kHistoryWidth);
  }
}

}  // namespace

int RunHistory(const Session& session, const Reader& reader, const HistoryOptions& options) {
  GetCaseHistoryRequest request;
  request.set_actor_id(reader.actor_id);
  request.set_role(reader.role);
  request.set_organisation_id(reader.organisation_id);
  request.set_id(options.id);
  request.set_purpose(options.purpose);
  request.set_page_size(kPageSize);
  request.set_reveal_special(options.reveal);
  const auto history = ReadHistory(session, request);
  if (!history.ok()) return Fail(session, history.status());
  if (session.json) {
    session.out << ToJson(*history) << "\n";
    return kExitOk;
  }
  session.out << "History of " << (history->subject().empty() ? "one child" : history->subject())
              << ": " << history->total() << " entries, complete up to position "
              << history->position() << " of " << TimeWords(history->position_recorded_at())
              << "; this reading is recorded at position " << history->access_position() << "\n";
  for (int i = 0; i < history->persons_size(); ++i) {
    session.out << (i == 0 ? "Records that were merged into one child's:\n" : "") << "  record "
                << i + 1 << "  " << history->persons(i) << "\n";
  }
  session.out << "\n";
  for (const HistoryEntry& entry : history->entries()) PrintEntry(session.out, *history, entry);
  if (!history->unreadable().empty()) {
    session.out << "Not shown: events that this program cannot read, at position "
                << absl::StrJoin(history->unreadable(), ", ") << "\n";
  }
  return kExitOk;
}

}  // namespace mlup::cli
