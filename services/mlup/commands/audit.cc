// `mlup audit`: fetches the file that proves one person's history, and verifies it without any
// daemon.
#include <algorithm>
#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include <google/protobuf/descriptor.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/bytes.h"
#include "eventstore/base/files.h"
#include "eventstore/base/status.h"
#include "eventstore/proof/bundle_set.h"
#include "eventstore/proof/verify_set.h"
#include "mlup/audit/v1/audit.pb.h"
#include "mlup/command/v1/command.pb.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/output_file.h"
#include "services/mlup/server_rpc.h"
#include "services/mlup/table.h"
#include "services/mlup/trusted_keys.h"
#include "services/mlup/words.h"

namespace mlup::cli {
namespace {

using proof::BundleSummary;
using proof::VerifiedRecord;

std::string Hex(const proof::Hash& hash) { return absl::BytesToHexString(ToAbsl(AsText(hash))); }

// The person, and the records that were merged into one.
std::string PersonWords(const std::vector<std::string>& records) {
  if (records.size() == 1) return records.front();
  return absl::StrCat(records.front(), ", of whom ", records.size(),
                      " records were merged: ", absl::StrJoin(records, ", "));
}

int PrintFetched(const Session& session, const std::string& path, const std::string& bytes) {
  const auto set = proof::ParseBundleSet(bytes);
  if (!set.ok()) return Fail(session, set.status());
  std::vector<std::string> records;
  std::vector<std::string> streams;
  std::size_t events = 0;
  bool witnessed = false;
  for (const std::string& one : set->bundles) {
    const auto bundle = proof::ParseBundle(one);
    if (!bundle.ok()) return Fail(session, bundle.status());
    records.push_back(bundle->subject_id);
    events += bundle->events.size();
    witnessed = bundle->witnessed.has_value();
    for (const proof::BundledStream& stream : bundle->streams) streams.push_back(stream.name);
  }
  const std::string digest = Hex(proof::Sha256(bytes));
  if (session.json) {
    session.out << nlohmann::ordered_json{{"file", path},       {"bytes", bytes.size()},
                                          {"sha256", digest},   {"subject", records.front()},
                                          {"records", records}, {"events", events},
                                          {"streams", streams}, {"witnessed", witnessed}}
                       .dump()
                << "\n";
    return kExitOk;
  }
  session.out << "Written   " << path << ", " << bytes.size() << " bytes\n"
              << "SHA-256   " << digest << "\n"
              << "Person    " << PersonWords(records) << "\n"
              << "Holds     " << events << " events, " << absl::StrJoin(streams, ", ")
              << "; personal fields sealed as stored\n"
              << "Witness   "
              << (witnessed ? "a cosigned checkpoint is in it" : "none has cosigned this log")
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

// An event of one of the records of the person.
struct ShownEvent {
  const proof::Header* header = nullptr;
  // Of the own stream; empty for another record.
  std::string stream;
  bool about_person = false;
};

// The events of all records, each once, in order of position.
std::vector<ShownEvent> EventsOf(const std::vector<VerifiedRecord>& records) {
  std::map<Position, ShownEvent> events;
  for (const auto& [bundle, summary] : records) {
    for (std::size_t i = 0; i < bundle.events.size(); ++i) {
      const proof::BundledEvent& event = bundle.events[i];
      ShownEvent& shown = events[summary.headers[i].position];
      shown.header = &summary.headers[i];
      if (event.stream.has_value()) shown.stream = bundle.streams[*event.stream].name;
      shown.about_person = shown.about_person || event.part.has_value();
    }
  }
  std::vector<ShownEvent> in_order;
  in_order.reserve(events.size());
  for (auto& [position, shown] : events) in_order.push_back(std::move(shown));
  return in_order;
}

nlohmann::ordered_json EventJson(const ShownEvent& event) {
  const proof::Header& header = *event.header;
  return {{"position", header.position.value},
          {"recorded", TimeWords(header.recorded_at)},
          {"clock_behind", header.clock_behind ? TimeWords(*header.clock_behind) : ""},
          {"occurred", OccurredWords(header.occurred)},
          {"type", header.type},
          {"event_id", header.event_id},
          {"actor", header.actor.actor_id()},
          {"role", header.actor.role()},
          {"stream", event.stream},
          {"about_person", event.about_person}};
}

std::string RecordedWords(const proof::Header& header) {
  const std::string recorded = TimeWords(header.recorded_at);
  return header.clock_behind ? absl::StrCat(recorded, " (clock behind)") : recorded;
}

void AddRow(const ShownEvent& event, Table& table) {
  const proof::Header& header = *event.header;
  table.Add({absl::StrCat(header.position.value), RecordedWords(header),
             OccurredWords(header.occurred), TypeWords(header.type),
             absl::StrCat(header.actor.actor_id(), " as ", header.actor.role()),
             event.stream.empty() ? "(another record)" : event.stream});
}

void PrintEvents(const Session& session, const std::vector<ShownEvent>& events) {
  Table table({0});
  for (const ShownEvent& event : events) {
    if (session.json) {
      session.out << EventJson(event).dump() << "\n";
    } else {
      AddRow(event, table);
    }
  }
  if (!session.json) session.out << table.Render() << "\n";
}

std::string WitnessWords(const BundleSummary& summary, bool asked) {
  if (!asked) return "not looked at: give a witness's key with --witness-key";
  return absl::StrCat("saw the log's first ", summary.witnessed_size, " events on ",
                      TimeWords(summary.witnessed_at), ", and it was the same history");
}

void PrintSummary(const Session& session, const std::vector<VerifiedRecord>& records,
                  const std::vector<ShownEvent>& events, bool asked) {
  const BundleSummary& summary = records.front().summary;
  std::vector<std::string> ids;
  std::vector<std::string> streams;
  for (const VerifiedRecord& record : records) {
    ids.push_back(record.bundle.subject_id);
    streams.insert(streams.end(), record.summary.streams.begin(), record.summary.streams.end());
  }
  const auto naming = std::ranges::count_if(events, &ShownEvent::about_person);
  if (session.json) {
    nlohmann::ordered_json json = {{"result", "genuine"},
                                   {"subject", summary.subject_id},
                                   {"records", ids},
                                   {"origin", summary.origin},
                                   {"complete_to", summary.complete_to.value},
                                   {"tree_size", summary.tree_size},
                                   {"naming", naming},
                                   {"shown", events.size()},
                                   {"streams", streams}};
    if (asked) {
      json["witnessed_size"] = summary.witnessed_size;
      json["witnessed_at"] = TimeWords(summary.witnessed_at);
    }
    session.out << json.dump() << "\n";
    return;
  }
  session.out << "Person    " << PersonWords(ids) << "\n"
              << "Log       " << summary.origin << ", signed at " << summary.tree_size
              << " events\n"
              << "Events    " << naming << " about the person, " << events.size() << " shown\n"
              << "Records   " << absl::StrJoin(streams, ", ") << "\n"
              << "Witness   " << WitnessWords(summary, asked) << "\n"
              << "Result    genuine and complete: these are all events about the person up to "
                 "position "
              << summary.complete_to.value << ", unaltered\n";
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
  SetAsker(reader, request);
  request.set_id(options.subject);
  request.set_purpose(options.purpose);
  const auto bytes = WriteOutput(options.file, [&](const TakePiece& take) {
    return Server(session.server).ExportBundle(request, take);
  });
  if (!bytes.ok()) return Fail(session, bytes.status());
  return PrintFetched(session, options.file, *bytes);
}

int RunAuditVerify(const Session& session, const AuditVerifyOptions& options) {
  const auto trust = ReadTrust(options);
  if (!trust.ok()) return FailUsage(session, trust.status());
  const auto bytes = SystemFiles().ReadAll(options.file);
  if (!bytes.ok()) return FailUsage(session, bytes.status());
  const auto records = proof::VerifyFile(*bytes, *trust);
  if (!records.ok()) return Fail(session, records.status());
  const std::vector<ShownEvent> events = EventsOf(*records);
  if (options.show) PrintEvents(session, events);
  PrintSummary(session, *records, events, !trust->witness_keys.empty());
  return kExitOk;
}

}  // namespace mlup::cli
