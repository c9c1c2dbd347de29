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

std::string WhatOf(const AccessEntry& access) {
  if (!access.log_call().empty()) return "the log as it is stored";
  std::string what = absl::StrCat("person ", access.person_id());
  if (!access.figure().empty()) absl::StrAppend(&what, ", behind figure ", access.figure());
  if (access.reveals_special()) absl::StrAppend(&what, ", with health, offences, abuse");
  if (access.in_emergency()) absl::StrAppend(&what, ", by emergency access");
  return what;
}

}  // namespace

int RunAuditAccesses(const Session& session, const Reader& reader, const AccessesOptions& options) {
  ListAccessesRequest request;
  request.set_actor_id(reader.actor_id);
  request.set_role(reader.role);
  request.set_organisation_id(reader.organisation_id);
  request.set_person_id(options.person);
  request.set_reader_id(options.reader);
  request.set_before_position(options.before);
  const auto found = ReadAccesses(session, request, options.limit);
  if (!found.ok()) return Fail(session, found.status());
  if (session.json) {
    session.out << ToJson(*found) << "\n";
    return kExitOk;
  }
  Table table({0});
  table.Add({"position", "when", "who", "role", "why", "answer", "what"});
  for (const AccessEntry& access : found->accesses()) {
    const bool served = access.result() == audit::v1::ACCESS_RESULT_SERVED;
    table.Add({absl::StrCat(access.position()), TimeWords(access.recorded_at()), access.reader(),
               access.role(), access.purpose(), served ? "shown" : "refused", WhatOf(access)});
  }
  session.out << table.Render() << found->accesses_size() << " readings, the latest first\n";
  if (found->next_before_position() != 0) {
    session.out << "More stand before: add --before " << found->next_before_position() << "\n";
  }
  return kExitOk;
}

}  // namespace mlup::cli
