// `mlup audit`: fetches the file that proves one person's history, and verifies it without any
// daemon.
#include <filesystem>
#include <ostream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include <google/protobuf/descriptor.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/bytes.h"
#include "eventstore/base/files.h"
#include "eventstore/base/status.h"
#include "eventstore/proof/verify_bundle.h"
#include "mlup/audit/v1/audit.pb.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/command/v1/command.pb.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/server_rpc.h"
#include "services/mlup/table.h"
#include "services/mlup/trusted_keys.h"
#include "services/mlup/words.h"

namespace mlup::cli {
namespace {

using proof::Bundle;
using proof::BundleSummary;

std::string Hex(const proof::Hash& hash) { return absl::BytesToHexString(ToAbsl(AsText(hash))); }

// Writes beside the file and renames, so that a file of this name is always whole.
absl::StatusOr<std::string> Fetch(const Session& session, const audit::v1::ExportBundleRequest& ask,
                                  const std::string& path) {
  Files& files = SystemFiles();
  std::error_code error;
  const auto found = std::filesystem::symlink_status(path, error);
  if (std::filesystem::exists(found) && !std::filesystem::is_regular_file(found)) {
    return FieldError(absl::StatusCode::kInvalidArgument, "OUTPUT_NOT_A_FILE", "-o",
                      absl::StrCat(path, " is a link, a folder or a device: name a file"));
  }
  const std::string part = path + ".part";
  std::string bytes;
  {
    ASSIGN_OR_RETURN(const auto file, files.Open(part, Files::Mode::kCreate));
    absl::Status written;
    Server server(session.server);
    const absl::Status fetched = server.ExportBundle(ask, [&](const std::string& piece) {
      written = file->Write(bytes.size(), piece);
      bytes += piece;
      return written.ok();
    });
    absl::Status done = written.ok() ? fetched : written;
    if (done.ok()) done = file->Sync();
    if (!done.ok()) {
      files.Remove(part).IgnoreError();  // nothing of it is worth keeping
      return done;
    }
  }
  if (const absl::Status renamed = files.Rename(part, path); !renamed.ok()) {
    files.Remove(part).IgnoreError();
    return renamed;
  }
  RETURN_IF_ERROR(files.SyncFolder(FolderOf(path)));
  return bytes;
}

int PrintFetched(const Session& session, const std::string& path, const std::string& bytes) {
  const auto bundle = proof::ParseBundle(bytes);
  if (!bundle.ok()) return Fail(session, bundle.status());
  const std::string digest = Hex(proof::Sha256(bytes));
  std::vector<std::string> streams;
  streams.reserve(bundle->streams.size());
  for (const proof::BundledStream& stream : bundle->streams) streams.push_back(stream.name);
  if (session.json) {
    session.out << nlohmann::ordered_json{{"file", path},
                                          {"bytes", bytes.size()},
                                          {"sha256", digest},
                                          {"subject", bundle->subject_id},
                                          {"events", bundle->events.size()},
                                          {"streams", streams},
                                          {"witnessed", bundle->witnessed.has_value()}}
                       .dump()
                << "\n";
    return kExitOk;
  }
  session.out << "Written   " << path << ", " << bytes.size() << " bytes\n"
              << "SHA-256   " << digest << "\n"
              << "Person    " << bundle->subject_id << "\n"
              << "Holds     " << bundle->events.size() << " events, "
              << absl::StrJoin(streams, ", ") << "; personal fields sealed as stored\n"
              << "Witness   "
              << (bundle->witnessed.has_value() ? "a cosigned checkpoint is in it"
                                                : "none has cosigned this log")
              << "\n"
              << "Next      mlup audit verify " << path << " --key KEY\n";
  return kExitOk;
}

// What happened, in words where this program knows the type.
std::string TypeWords(const std::string& type) {
  const auto* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(type);
  if (descriptor != nullptr) {
    const std::string& label = descriptor->options().GetExtension(command::v1::event).label();
    return label.empty() ? descriptor->name() : label;
  }
  return type;
}

nlohmann::ordered_json EventJson(const Bundle& bundle, const proof::BundledEvent& event,
                                 const proof::Header& header) {
  return {{"position", header.position.value},
          {"recorded", TimeWords(header.recorded_at)},
          {"clock_behind", header.clock_behind ? TimeWords(*header.clock_behind) : ""},
          {"occurred", OccurredWords(header.occurred)},
          {"type", header.type},
          {"event_id", header.event_id},
          {"actor", header.actor.actor_id()},
          {"role", header.actor.role()},
          {"stream", event.stream.has_value() ? bundle.streams[*event.stream].name : ""},
          {"about_person", event.part.has_value()}};
}

std::string RecordedWords(const proof::Header& header) {
  const std::string recorded = TimeWords(header.recorded_at);
  return header.clock_behind ? absl::StrCat(recorded, " (clock behind)") : recorded;
}

void AddRow(const Bundle& bundle, const proof::BundledEvent& event, const proof::Header& header,
            Table& table) {
  table.Add({absl::StrCat(header.position.value), RecordedWords(header),
             OccurredWords(header.occurred), TypeWords(header.type),
             absl::StrCat(header.actor.actor_id(), " as ", header.actor.role()),
             event.stream.has_value() ? bundle.streams[*event.stream].name : "(another record)"});
}

// The headers of a bundle that holds, which are therefore well formed.
absl::StatusOr<std::vector<proof::Header>> HeadersOf(const Bundle& bundle) {
  std::vector<proof::Header> headers;
  headers.reserve(bundle.events.size());
  for (const proof::BundledEvent& event : bundle.events) {
    ASSIGN_OR_RETURN(headers.emplace_back(), proof::ParseHeader(event.header));
  }
  return headers;
}

void PrintEvents(const Session& session, const Bundle& bundle,
                 const std::vector<proof::Header>& headers) {
  Table table({0});
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const proof::BundledEvent& event = bundle.events[i];
    const proof::Header& header = headers[i];
    if (session.json) {
      session.out << EventJson(bundle, event, header).dump() << "\n";
    } else {
      AddRow(bundle, event, header, table);
    }
  }
  if (!session.json) session.out << table.Render() << "\n";
}

std::string WitnessWords(const BundleSummary& summary, bool asked) {
  if (!asked) return "not looked at: give a witness's key with --witness-key";
  return absl::StrCat("saw the log's first ", summary.witnessed_size, " events on ",
                      TimeWords(summary.witnessed_at), ", and it was the same history");
}

// How many records are joined with this one by merges that hold. What stands under their ids is in
// no bundle but their own.
std::size_t CountMerged(const Bundle& bundle, const std::vector<proof::Header>& headers) {
  std::size_t merged = 0;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    if (!bundle.events[i].part.has_value()) continue;
    const proof::Header& header = headers[i];
    if (header.type == cases::v1::PersonsMerged::descriptor()->full_name()) ++merged;
    if (header.type == cases::v1::PersonsUnmerged::descriptor()->full_name() && merged > 0) {
      --merged;
    }
  }
  return merged;
}

void PrintSummary(const Session& session, const BundleSummary& summary, std::size_t merged,
                  bool asked) {
  if (session.json) {
    nlohmann::ordered_json json = {{"result", "genuine"},
                                   {"subject", summary.subject_id},
                                   {"origin", summary.origin},
                                   {"complete_to", summary.complete_to.value},
                                   {"tree_size", summary.tree_size},
                                   {"naming", summary.naming},
                                   {"shown", summary.shown},
                                   {"streams", summary.streams},
                                   {"merged_records_left_out", merged}};
    if (asked) {
      json["witnessed_size"] = summary.witnessed_size;
      json["witnessed_at"] = TimeWords(summary.witnessed_at);
    }
    session.out << json.dump() << "\n";
    return;
  }
  session.out << "Person    " << summary.subject_id << "\n"
              << "Log       " << summary.origin << ", signed at " << summary.tree_size
              << " events\n"
              << "Events    " << summary.naming << " about the person, " << summary.shown
              << " shown\n"
              << "Records   " << absl::StrJoin(summary.streams, ", ") << "\n"
              << "Witness   " << WitnessWords(summary, asked) << "\n"
              << "Result    genuine and complete: these are all events about the person up to "
                 "position "
              << summary.complete_to.value << ", unaltered\n";
  if (merged > 0) {
    session.out << "Left out  what stands under the ids of records that were merged with this one, "
                << merged << " merge" << (merged == 1 ? "" : "s")
                << ": fetch a bundle of each of them too\n";
  }
}

absl::StatusOr<proof::Trust> ReadTrust(const AuditVerifyOptions& options) {
  Files& files = SystemFiles();
  proof::Trust trust;
  trust.subject_id = options.subject;
  ASSIGN_OR_RETURN(trust.log_keys, ReadKeys(files, options.keys, proof::SignatureKind::kLog));
  ASSIGN_OR_RETURN(trust.witness_keys,
                   ReadKeys(files, options.witness_keys, proof::SignatureKind::kWitness));
  return trust;
}

}  // namespace

int RunAuditBundle(const Session& session, const Reader& reader, const BundleOptions& options) {
  audit::v1::ExportBundleRequest request;
  request.set_actor_id(reader.actor_id);
  request.set_role(reader.role);
  request.set_organisation_id(reader.organisation_id);
  request.set_id(options.subject);
  request.set_purpose(options.purpose);
  const auto bytes = Fetch(session, request, options.file);
  if (!bytes.ok()) return Fail(session, bytes.status());
  return PrintFetched(session, options.file, *bytes);
}

int RunAuditVerify(const Session& session, const AuditVerifyOptions& options) {
  const auto trust = ReadTrust(options);
  if (!trust.ok()) return FailUsage(session, trust.status());
  const auto bytes = SystemFiles().ReadAll(options.file);
  if (!bytes.ok()) return FailUsage(session, bytes.status());
  const auto summary = proof::VerifyBundle(*bytes, *trust);
  if (!summary.ok()) return Fail(session, summary.status());
  const auto bundle = proof::ParseBundle(*bytes);
  if (!bundle.ok()) return Fail(session, bundle.status());
  const auto headers = HeadersOf(*bundle);
  if (!headers.ok()) return Fail(session, headers.status());
  if (options.show) PrintEvents(session, *bundle, *headers);
  PrintSummary(session, *summary, CountMerged(*bundle, *headers), !trust->witness_keys.empty());
  return kExitOk;
}

}  // namespace mlup::cli
