// `mlup export`: figures for others, each file on record.
#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/files.h"
#include "eventstore/base/private_file.h"
#include "eventstore/base/status.h"
#include "eventstore/json/json_text.h"
#include "eventstore/proof/merkle.h"
#include "mlup/reports/v1/export_service.pb.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/http_post.h"
#include "services/mlup/output_file.h"
#include "services/mlup/proto_json.h"
#include "services/mlup/server_rpc.h"
#include "services/mlup/table.h"
#include "services/mlup/words.h"

namespace mlup::cli {
namespace {

using reports::v1::ExportSummary;
using reports::v1::ListExportsRequest;
using reports::v1::ListExportsResponse;

constexpr std::uint32_t kRegisterPageSize = 500;
constexpr int kConflictsShown = 20;
constexpr std::size_t kWidth = 110;

struct Exported {
  std::string bytes;
  ExportSummary summary;
};

template <typename Request>
void FillReader(const Reader& reader, Request& request) {
  SetAsker(reader, *request.mutable_reader());
}

template <typename Request>
Request MakeRequest(const Reader& reader, const ExportOptions& options) {
  Request request;
  FillReader(reader, request);
  request.mutable_scope()->set_period(options.period);
  request.mutable_scope()->set_as_known_at(options.as_known_at);
  request.mutable_scope()->set_position(options.position);
  request.mutable_handover()->set_recipient(options.recipient);
  request.mutable_handover()->set_expires(options.expires);
  return request;
}

template <typename Request>
absl::StatusOr<Request> MakeFiguresRequest(const Reader& reader, const ExportOptions& options) {
  Request request = MakeRequest<Request>(reader, options);
  reports::v1::ExportFormat format = reports::v1::EXPORT_FORMAT_UNSPECIFIED;
  reports::v1::ExportFormat_Parse(
      absl::StrCat("EXPORT_FORMAT_", absl::AsciiStrToUpper(options.format)), &format);
  request.set_format(format);
  for (const std::string& code : options.codes) request.add_codes(code);
  if (!options.map.empty()) {
    ASSIGN_OR_RETURN(*request.mutable_map(), SystemFiles().ReadAll(options.map));
  }
  return request;
}

// The file as it was given out, kept where a name is given for it.
template <typename Request>
absl::StatusOr<Exported> Receive(const Session& session, const Request& request,
                                 const std::string& path) {
  Exported exported;
  const auto fetch = [&](const TakePiece& take) -> absl::Status {
    ASSIGN_OR_RETURN(exported.summary, Server(session.server).Export(request, take));
    return absl::OkStatus();
  };
  if (path.empty()) {
    RETURN_IF_ERROR(fetch([&](const std::string& piece) {
      exported.bytes += piece;
      return true;
    }));
  } else {
    ASSIGN_OR_RETURN(exported.bytes, WriteOutput(path, fetch));
  }
  const proof::Hash digest = proof::Sha256(exported.bytes);
  if (absl::BytesToHexString(std::string(digest.begin(), digest.end())) ==
      exported.summary.sha256()) {
    return exported;
  }
  return Error(absl::StatusCode::kDataLoss, "EXPORT_DAMAGED",
               "the file is not the one that is on record: fetch it again");
}

absl::StatusOr<Exported> Receive(const Session& session, const Reader& reader,
                                 const ExportOptions& options) {
  if (options.format == "ocel") {
    return Receive(session, MakeRequest<reports::v1::ExportCaseEventsRequest>(reader, options),
                   options.file);
  }
  if (options.whole) {
    ASSIGN_OR_RETURN(const auto request,
                     MakeFiguresRequest<reports::v1::ExportWholeRequest>(reader, options));
    return Receive(session, request, options.file);
  }
  ASSIGN_OR_RETURN(const auto request,
                   MakeFiguresRequest<reports::v1::ExportRequest>(reader, options));
  return Receive(session, request, options.file);
}

void PrintSummary(const Session& session, const ExportOptions& options, const Exported& exported) {
  const ExportSummary& summary = exported.summary;
  if (!options.file.empty()) {
    session.out << "Written   " << options.file << ", " << summary.bytes() << " bytes\n";
  }
  session.out << "SHA-256   " << summary.sha256() << "\n"
              << "Holds     " << summary.rows() << " rows"
              << (summary.deleted() > 0 ? absl::StrCat(", of which ", summary.deleted(),
                                                       " say that there is no value")
                                        : "")
              << (summary.as_known_at().empty() ? "" : ", as known at " + summary.as_known_at())
              << ", position " << summary.position() << "\n"
              << "Withheld  " << summary.withheld() << " figures\n"
              << "Recorded  position " << summary.access_position() << ", for " << options.recipient
              << ", to be deleted after " << options.expires << "\n";
  if (summary.not_named_size() == 0) return;
  session.out << "Left out  " << summary.not_named_size()
              << " figures that the map does not name:\n"
              << Wrap(absl::StrJoin(summary.not_named(), ", "), 10, kWidth);
}

absl::StatusOr<std::string> Authorization(const std::string& token_file) {
  if (token_file.empty()) return std::string();
  ASSIGN_OR_RETURN(const std::string text, SystemFiles().ReadAll(token_file));
  RETURN_IF_ERROR(CheckPrivate(token_file, "TOKEN_FILE_MODE"));
  const std::string token(absl::StripAsciiWhitespace(text));
  const bool is_plain = std::ranges::all_of(
      token, [](char c) { return absl::ascii_isgraph(static_cast<unsigned char>(c)); });
  if (token.empty() || !is_plain) {
    return FieldError(absl::StatusCode::kInvalidArgument, "TOKEN_FILE_INVALID", "--token-file",
                      "must hold one token in one line, and nothing else");
  }
  return absl::StrCat("ApiToken ", token);
}

// A member as a text for a terminal, which nobody else is to steer.
std::string TextOf(const nlohmann::json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (found == object.end() || found->is_null()) return "-";
  std::string text = found->is_string() ? found->get<std::string>() : found->dump();
  std::erase_if(text, [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); });
  return text;
}

// What a DHIS2 says that it did; where it says so in the envelope of newer ones, what stands there.
int PrintImport(const Session& session, const ExportOptions& options, const HttpAnswer& answer) {
  auto json = strict::ParseJson(answer.body);
  if (!json.ok()) {
    return Fail(session, Error(absl::StatusCode::kUnavailable, "DHIS2_ANSWER",
                               absl::StrCat("the DHIS2 answered ", answer.status,
                                            " and nothing that can be read")));
  }
  const bool in_envelope = json->is_object() && json->contains("response");
  const nlohmann::json summary = in_envelope ? (*json)["response"] : *json;
  const std::string status = TextOf(summary, "status");
  const nlohmann::json count = summary.is_object() && summary.contains("importCount")
                                   ? summary["importCount"]
                                   : nlohmann::json::object();
  if (session.json) session.out << summary.dump() << "\n";
  int shown = session.json ? kConflictsShown : 0;
  if (!session.json)
    session.out << (options.dry_run ? "Would do  " : "Done      ") << "imported "
                << TextOf(count, "imported") << ", updated " << TextOf(count, "updated")
                << ", deleted " << TextOf(count, "deleted") << ", ignored "
                << TextOf(count, "ignored") << "\n";
  if (summary.is_object() && summary.contains("conflicts") && summary["conflicts"].is_array()) {
    for (const nlohmann::json& conflict : summary["conflicts"]) {
      if (++shown > kConflictsShown) break;
      session.out << "Conflict  " << TextOf(conflict, "object") << ": " << TextOf(conflict, "value")
                  << "\n";
    }
  }
  const bool taken = answer.status == 200 && (status == "SUCCESS" || status == "OK");
  if (!taken) {
    session.err << "mlup: the DHIS2 answered " << answer.status << " " << status
                << ": it did not take all\n";
  }
  return taken ? kExitOk : kExitRefused;
}

int Send(const Session& session, const ExportOptions& options, const std::string& authorization,
         const std::string& bytes) {
  const std::string url =
      absl::StrCat(absl::StripSuffix(options.url, "/"),
                   "/api/dataValueSets?dataElementIdScheme=code&orgUnitIdScheme=code"
                   "&categoryOptionComboIdScheme=code&importStrategy=CREATE_AND_UPDATE&dryRun=",
                   options.dry_run ? "true" : "false");
  const auto answer = PostJson(url, authorization, bytes);
  if (!answer.ok()) return Fail(session, answer.status());
  return PrintImport(session, options, *answer);
}

}  // namespace

int RunExport(const Session& session, const Reader& reader, const ExportOptions& options) {
  if (options.file.empty() && options.url.empty()) {
    session.err << "mlup: say where the values go: -o FILE, --url URL or both\n";
    return kExitUsage;
  }
  // What could not be sent is not to stand in the register as given out.
  if (!options.url.empty()) {
    if (const auto safe = CheckUrl(options.url); !safe.ok()) return FailUsage(session, safe);
  }
  const auto authorization = Authorization(options.token_file);
  if (!authorization.ok()) return FailUsage(session, authorization.status());
  const auto exported = Receive(session, reader, options);
  if (!exported.ok()) return Fail(session, exported.status());
  if (session.json) {
    session.out << ToJson(exported->summary) << "\n";
  } else {
    PrintSummary(session, options, *exported);
  }
  return options.url.empty() ? kExitOk : Send(session, options, *authorization, exported->bytes);
}

int RunExportList(const Session& session, const Reader& reader, const ExportOptions& options) {
  ListExportsRequest request;
  FillReader(reader, request);
  Server server(session.server);
  ListExportsResponse whole;
  do {
    const auto left = static_cast<std::uint32_t>(options.limit - whole.exports_size());
    request.set_page_size(std::min(left, kRegisterPageSize));
    ListExportsResponse page;
    const absl::Status status =
        server.Call("mlup.reports.v1.ExportService/ListExports", request, page);
    if (!status.ok()) return Fail(session, status);
    whole.mutable_exports()->MergeFrom(page.exports());
    request.set_before_position(page.next_before_position());
  } while (request.before_position() != 0 && whole.exports_size() < options.limit);
  if (session.json) {
    session.out << ToJson(whole) << "\n";
    return kExitOk;
  }
  Table table;
  table.Add({"recorded", "given out", "by", "file", "of", "position", "for", "to be deleted after",
             "SHA-256"});
  for (const reports::v1::ExportEntry& one : whole.exports()) {
    const bool has_figures = !one.recipient().empty() && one.format() != "ocel";
    table.Add({absl::StrCat(one.position()), TimeWords(one.recorded_at()), one.actor_id(),
               has_figures && !one.suppressed() ? one.format() + " whole" : one.format(),
               one.scope(), absl::StrCat(one.as_of()), one.recipient(),
               one.is_expired() ? absl::StrCat(one.expires(), " (past)") : one.expires(),
               one.sha256()});
  }
  session.out << table.Render();
  return kExitOk;
}

}  // namespace mlup::cli
