// `mlup doctor`: what is damaged in an installation, what a start repairs from where, what to do.
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/clock_rules.h"
#include "eventstore/base/files.h"
#include "eventstore/base/status.h"
#include "eventstore/log/check_store.h"
#include "eventstore/log/timestamp.h"
#include "mlup/log/v1/event_store.pb.h"
#include "projections/store/rocks_read_model_store.h"
#include "services/identity/credentials_file.h"
#include "services/installation/inspection.h"
#include "services/installation/key_check.h"
#include "services/mlup/commands/commands.h"

namespace mlup::cli {
namespace {

using installation::Finding;
using Health = log::StoreReport::Health;

// Folders of RocksDB below the data folder that are no part of the log.
constexpr std::string_view kDerived[] = {"readmodels/case_history", "readmodels/indicator_facts",
                                         "proofs", "sharing/consents", "sharing/ledger"};

installation::Places PlacesOf(const DoctorOptions& options) {
  const auto or_else = [](const std::string& given, const std::string& usual) {
    return given.empty() ? usual : given;
  };
  return {
      .data = options.data,
      .journal = or_else(options.journal, options.data + "/journal"),
      .keyring = or_else(options.keyring, options.data + ".keyring"),
      .credentials = identity::CredentialsPath(or_else(options.keyring, options.data + ".keyring")),
      .signing_key = or_else(options.signing_key, options.data + ".signing-key"),
      .witnesses = options.witnesses};
}

std::string MegabytesWords(std::uint64_t bytes) {
  return absl::StrFormat("%.1f MB", static_cast<double>(bytes) / 1e6);
}

// One line of what was found; returns whether a start is refused for it.
bool Print(const Session& session, const Finding& finding) {
  session.out << finding.what << ": ";
  switch (finding.kind) {
    case Finding::Kind::kSound:
      session.out << finding.words << "\n";
      return false;
    case Finding::Kind::kTold:
      session.out << "NOTE (" << ErrorReason(finding.status)
                  << "): " << ToStd(finding.status.message()) << ".\n";
      return false;
    case Finding::Kind::kRefused:
      session.out << "a start is REFUSED (" << ErrorReason(finding.status)
                  << "): " << ToStd(finding.status.message()) << ".\n";
      return true;
  }
  return true;
}

// What was signed or witnessed must be in the log.
bool CheckVouched(const Session& session, const log::StoreReport& report,
                  const installation::Inspection& found) {
  bool refused = false;
  for (const auto& note : found.vouched) {
    if (note.size <= report.head.value) continue;
    refused = true;
    session.out << "Signed   " << note.path
                << ": a start is REFUSED (LOG_ROLLED_BACK): the log has " << report.head.value
                << " events, and it vouches for " << note.size
                << ": put back the newest copy of the log and its journal.\n";
  }
  return refused;
}

// The clock against when the last event was recorded.
bool CheckClock(const Session& session, std::string_view last_record) {
  log::v1::Record record;
  if (!record.ParseFromArray(last_record.data(), static_cast<int>(last_record.size()))) {
    return false;  // the log's own line tells
  }
  Finding finding;
  finding.what = "Clock    of this machine";
  finding.status =
      mlup::CheckClock(SystemClock().Now(), log::FromTimestamp(record.recorded_at()), std::nullopt);
  if (finding.status.ok()) return false;
  finding.kind = Finding::Kind::kRefused;
  return Print(session, finding);
}

// Every sealed part of the log against the keyring.
bool CheckKeys(const Session& session, const installation::Places& places,
               const installation::SealedKeys& keys) {
  const auto keyring = privacy::Keyring::Look(places.keyring);
  Finding finding;
  finding.what = "Keys     " + places.keyring;
  if (keyring.ok()) {
    finding.status = keys.Check(**keyring, 0);
  } else if (absl::IsNotFound(keyring.status())) {
    // What a start would make is an empty one.
    finding.status = keys.empty() ? absl::OkStatus() : keyring.status();
  } else {
    return true;  // the inspection tells
  }
  if (finding.status.ok()) return false;
  finding.kind = Finding::Kind::kRefused;
  return Print(session, finding);
}

// What the records say of what is beside the log.
bool CheckRecords(const Session& session, const log::StoreReport& report,
                  const installation::Places& places) {
  installation::SealedKeys keys;
  std::string last;
  const log::RecordVisitor look = [&keys, &last](std::string_view record) {
    keys.Take(record);
    last.assign(record);
    return absl::OkStatus();
  };
  // What a start goes on with.
  const absl::Status read = report.journal_is_short
                                ? log::ReadStore(SystemFiles(), places.data + "/log", look)
                                : log::ReadJournal(SystemFiles(), places.journal, look);
  if (!read.ok()) return false;  // the log's own line tells
  const bool refused = !last.empty() && CheckClock(session, last);
  return CheckKeys(session, places, keys) || refused;
}

void CheckDerived(const Session& session, const std::string& data) {
  for (const std::string_view name : kDerived) {
    const std::string folder = absl::StrCat(data, "/", ToAbsl(name));
    const absl::Status status = projections::CheckRocksReadModelStore(folder);
    if (status.ok()) continue;
    session.out << "Derived  " << folder << ": NOTE (" << ErrorReason(status)
                << "): " << ToStd(status.message())
                << (name == "sharing/ledger"
                        ? ". A start sets it aside: what subscribers received is not known then.\n"
                        : ". A start makes it anew from the log.\n");
  }
}

int PrintKept(const Session& session, const installation::Places& places, bool remove) {
  const auto kept = log::ListKept(SystemFiles(), places.data + "/log", places.journal);
  if (!kept.ok()) return Fail(session, kept.status());
  for (const log::Kept& one : *kept) {
    if (!remove) {
      session.out << "Kept     " << one.path << ", " << MegabytesWords(one.bytes)
                  << ": replaced after damage. Once the log is backed up: mlup doctor "
                     "--remove-kept\n";
      continue;
    }
    if (const absl::Status removed = SystemFiles().RemoveTree(one.path); !removed.ok()) {
      return Fail(session, removed);
    }
    session.out << "Removed  " << one.path << ", " << MegabytesWords(one.bytes) << "\n";
  }
  return kExitOk;
}

int Forget(const Session& session, const DoctorOptions& options,
           const installation::Places& places) {
  auto remembered = installation::ReadRemembered(SystemFiles(), places.remembered());
  if (!remembered.ok()) return Fail(session, remembered.status());
  for (const std::string& name : options.forget) {
    if (remembered->entries.erase(name) == 0) {
      return FailUsage(session,
                       FieldError(absl::StatusCode::kInvalidArgument, "ENTRY_UNKNOWN", "--forget",
                                  absl::StrCat("nothing is remembered as '", name, "'")));
    }
  }
  const absl::Status written =
      installation::WriteRemembered(SystemFiles(), places.remembered(), *remembered);
  if (!written.ok()) return Fail(session, written);
  for (const std::string& name : options.forget) session.out << "Forgot   " << name << "\n";
  return kExitOk;
}

}  // namespace

int RunDoctor(const Session& session, const DoctorOptions& options) {
  const installation::Places places = PlacesOf(options);
  if (!options.forget.empty()) return Forget(session, options, places);
  const log::StoreReport report = log::CheckStore(places.data + "/log", places.journal);
  session.out << report.text;
  if (report.health == Health::kUnknown && !report.in_use) return kExitRefused;
  bool refused = report.health == Health::kRefused;

  const installation::Inspection found = installation::Inspect(SystemFiles(), places);
  for (const Finding& finding : found.findings) refused = Print(session, finding) || refused;
  if (!report.in_use && !refused) {
    refused = CheckVouched(session, report, found);
    refused = CheckRecords(session, report, places) || refused;
    CheckDerived(session, places.data);
  }
  const bool remove = options.remove_kept && report.health == Health::kSound && !refused;
  if (options.remove_kept && !remove) {
    return Fail(session, Error(absl::StatusCode::kFailedPrecondition, "LOG_NOT_SOUND",
                               "nothing is removed: the log is in use, or not sound as it is"));
  }
  const int listed = PrintKept(session, places, remove);
  return refused ? kExitRefused : listed;
}

}  // namespace mlup::cli
