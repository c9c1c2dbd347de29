// `mlup audit accesses`: who read what, and why.
#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

#include "mlup/audit/v1/audit.pb.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/proto_json.h"
#include "services/mlup/server_rpc.h"
#include "services/mlup/table.h"
#include "services/mlup/words.h"

namespace mlup::cli {
namespace {

using audit::v1::AccessEntry;
using audit::v1::ListAccessesRequest;
using audit::v1::ListAccessesResponse;

constexpr std::uint32_t kAccessPageSize = 500;

// The latest first, at most `limit`.
absl::StatusOr<ListAccessesResponse> ReadAccesses(const Session& session,
                                                  ListAccessesRequest request,
                                                  std::uint32_t limit) {
  Server server(session.server);
  ListAccessesResponse whole;
  while (true) {
    const auto left = limit - static_cast<std::uint32_t>(whole.accesses_size());
    request.set_page_size(std::min(left, kAccessPageSize));
    ListAccessesResponse page;
    const absl::Status status =
        server.Call("mlup.audit.v1.AuditService/ListAccesses", request, page);
    if (!status.ok()) return status;
    whole.mutable_accesses()->MergeFrom(page.accesses());
    whole.set_next_before_position(page.next_before_position());
    request.set_before_position(page.next_before_position());
    const bool full = whole.accesses_size() >= static_cast<int>(limit);
    if (full || page.next_before_position() == 0) return whole;
  }
}

std::string AlarmWords(audit::v1::AlarmKind kind) {
  switch (kind) {
    case audit::v1::ALARM_KIND_MANY_PERSONS:
      return "many records within an hour";
    case audit::v1::ALARM_KIND_AT_NIGHT:
      return "at night";
    case audit::v1::ALARM_KIND_UNKNOWN_IDS:
      return "ids within an hour that nobody has";
    case audit::v1::ALARM_KIND_OUT_OF_SCOPE:
      return "records within an hour that no role reaches";
    case audit::v1::ALARM_KIND_CANARY:
      return "a record that nobody has a reason to read";
    default:
      return "unknown to this version";
  }
}

std::string AnswerOf(const AccessEntry& access) {
  switch (access.result()) {
    case audit::v1::ACCESS_RESULT_SERVED:
      return "shown";
    case audit::v1::ACCESS_RESULT_UNKNOWN:
      return "nobody";
    case audit::v1::ACCESS_RESULT_REFUSED:
      return "refused";
    default:
      return "";
  }
}

std::string WhatOf(const AccessEntry& access) {
  if (access.alarm() != audit::v1::ALARM_KIND_UNSPECIFIED) {
    return absl::StrCat("ALARM: ", AlarmWords(access.alarm()), " (", access.alarm_count(),
                        "), the last person ", access.person_id());
  }
  if (!access.log_call().empty()) return "the log as it is stored";
  if (access.by_search() && access.person_id().empty()) return "a search for persons";
  if (!access.through().empty() && access.person_id().empty()) {
    return absl::StrCat("what belongs to ", access.through());
  }
  std::string what = absl::StrCat("person ", access.person_id());
  if (!access.through().empty()) absl::StrAppend(&what, ", as far as of ", access.through());
  if (access.by_search()) absl::StrAppend(&what, ", found by a search");
  if (!access.figure().empty()) absl::StrAppend(&what, ", behind figure ", access.figure());
  if (access.reveals_special()) absl::StrAppend(&what, ", with health, offences, abuse");
  if (access.in_emergency()) absl::StrAppend(&what, ", by emergency access");
  return what;
}

}  // namespace

int RunAuditAccesses(const Session& session, const Reader& reader, const AccessesOptions& options) {
  ListAccessesRequest request;
  SetAsker(reader, request);
  request.set_person_id(options.person);
  request.set_reader_id(options.reader);
  request.set_before_position(options.before);
  request.set_only_alarms(options.alarms);
  const auto found = ReadAccesses(session, request, options.limit);
  if (!found.ok()) return Fail(session, found.status());
  if (session.json) {
    session.out << ToJson(*found) << "\n";
    return kExitOk;
  }
  Table table({0});
  table.Add({"position", "when", "who", "role", "why", "answer", "what"});
  for (const AccessEntry& access : found->accesses()) {
    table.Add({absl::StrCat(access.position()), TimeWords(access.recorded_at()), access.reader(),
               access.role(), access.purpose(), AnswerOf(access), WhatOf(access)});
  }
  session.out << table.Render() << found->accesses_size() << " readings, the latest first\n";
  if (found->next_before_position() != 0) {
    session.out << "More stand before: add --before " << found->next_before_position() << "\n";
  }
  return kExitOk;
}

}  // namespace mlup::cli
