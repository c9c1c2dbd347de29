// `mlup verify`: folds the whole log again and holds it against everything that vouches for it.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/clock.h"
#include "eventstore/base/files.h"
#include "eventstore/base/status.h"
#include "eventstore/log/check_store.h"
#include "eventstore/proof/verify_log.h"
#include "mlup/log/v1/event_store.pb.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/progress.h"
#include "services/mlup/proof_calls.h"
#include "services/mlup/table.h"
#include "services/mlup/trusted_keys.h"
#include "services/mlup/witness.h"
#include "services/mlup/words.h"
#include "services/proofs/signer.h"

namespace mlup::cli {
namespace {

using proof::Checkpoint;
using proof::SignatureKind;
using proof::VerifierKey;

// What the user trusts.
struct Trusted {
  // Keys of the log; none where no key was given.
  std::vector<VerifierKey> keys;
  // What a witness saw.
  std::vector<Cosigned> seen;
  std::string witness;
};

absl::StatusOr<Trusted> ReadTrusted(const VerifyOptions& options) {
  Trusted trusted;
  ASSIGN_OR_RETURN(trusted.keys, ReadKeys(SystemFiles(), options.keys, SignatureKind::kLog));
  if (options.witness.empty()) return trusted;
  ASSIGN_OR_RETURN(const Witness witness, Witness::Open(SystemFiles(), options.witness));
  ASSIGN_OR_RETURN(trusted.seen, witness.History());
  if (witness.last().has_value()) trusted.seen.push_back(*witness.last());
  trusted.witness = witness.key().name;
  if (trusted.keys.empty()) trusted.keys = witness.log_keys();
  return trusted;
}

// What the log shows of itself, once it is found to be signed.
struct Claim {
  Checkpoint checkpoint;
  // The key that was trusted, or that is to be compared where none was given.
  std::string key;
  bool pinned = false;
  // Whether a signature was looked at.
  bool is_signed = false;
};

absl::StatusOr<Claim> OpenClaim(const ShownLog& shown, const Trusted& trusted) {
  Claim claim;
  claim.pinned = !trusted.keys.empty();
  std::vector<VerifierKey> keys = trusted.keys;
  if (keys.empty()) {
    if (shown.key.empty()) {
      // A stopped log, and no key: nobody says whose signature it should be.
      ASSIGN_OR_RETURN(const proof::OpenedCheckpoint opened, proof::OpenCheckpoint(shown.note, {}));
      claim.checkpoint = opened.checkpoint;
      return claim;
    }
    ASSIGN_OR_RETURN(VerifierKey key, VerifierKey::Parse(shown.key));
    keys.push_back(std::move(key));
  }
  claim.key = keys.front().ToText();
  claim.is_signed = true;
  ASSIGN_OR_RETURN(keys, FollowHandovers(std::move(keys), shown.handovers));
  ASSIGN_OR_RETURN(claim.checkpoint, OpenSigned(shown.note, keys));
  for (const Cosigned& seen : trusted.seen) {
    RETURN_IF_ERROR(OpenSigned(seen.note, keys).status());
  }
  return claim;
}

// Folds records with a progress line. One thread; borrows the session.
class Folding {
 public:
  Folding(const Session& session, const Claim& claim, const Trusted& trusted,
          std::vector<proof::MapRecord> map_records)
      : begun_(clock_.Now()),
        total_(claim.checkpoint.size),
        verifier_(All(claim, trusted), std::move(map_records)),
        progress_(session.err, clock_, total_, session.terminal, "events") {}

  // Events after the checkpoint are nobody's claim, and are passed over.
  absl::Status Take(const log::v1::Record& record) {
    if (record.position() > total_) return absl::OkStatus();
    RETURN_IF_ERROR(verifier_.Take(record));
    progress_.Show(verifier_.fold().size());
    return absl::OkStatus();
  }

  absl::Status Finish() {
    progress_.Clear();
    seconds_ = std::max(absl::ToDoubleSeconds(clock_.Now() - begun_), 1e-6);
    return verifier_.Finish();
  }

  std::uint64_t total() const { return total_; }
  const proof::LogVerifier& verifier() const { return verifier_; }
  double seconds() const { return seconds_; }

 private:
  static std::vector<Checkpoint> All(const Claim& claim, const Trusted& trusted) {
    std::vector<Checkpoint> all = {claim.checkpoint};
    for (const Cosigned& seen : trusted.seen) all.push_back(seen.checkpoint);
    return all;
  }

  const SystemClock clock_;
  const absl::Time begun_;
  const std::uint64_t total_;
  proof::LogVerifier verifier_;
  Progress progress_;
  double seconds_ = 0;
};

absl::Status FoldServer(Server& server, Folding& folding) {
  RETURN_IF_ERROR(ReadLog(server, folding.total(), [&folding](const log::v1::Record& record) {
    return folding.Take(record);
  }));
  return folding.Finish();
}

absl::StatusOr<log::v1::Record> ParseStored(std::string_view bytes) {
  log::v1::Record record;
  if (record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return record;
  return Error(absl::StatusCode::kDataLoss, "RECORD_DAMAGED", "a record cannot be read");
}

absl::StatusOr<std::vector<proof::MapRecord>> MapRecordsOf(const std::string& journal) {
  std::vector<proof::MapRecord> found;
  RETURN_IF_ERROR(
      log::ReadJournal(SystemFiles(), journal, [&found](std::string_view bytes) -> absl::Status {
        // Cheap, and true for every record of that stream.
        if (bytes.find(proof::kMapStream) == std::string_view::npos) return absl::OkStatus();
        ASSIGN_OR_RETURN(const log::v1::Record record, ParseStored(bytes));
        const auto root = proof::MapRecord::FromCommon(record.event().common());
        if (proof::IsMapRecord(record) && root.has_value()) found.push_back(*root);
        return absl::OkStatus();
      }));
  return found;
}

void PrintJson(const Session& session, const Claim& claim, const Trusted& trusted,
               const Folding& folding) {
  nlohmann::ordered_json json = {{"events", folding.total()},
                                 {"origin", claim.checkpoint.origin},
                                 {"key", claim.key},
                                 {"pinned", claim.pinned},
                                 {"signed", claim.is_signed},
                                 {"checkpoints", folding.verifier().agreed_checkpoints()},
                                 {"map_roots", folding.verifier().agreed_map_roots()},
                                 {"witness", trusted.witness},
                                 {"seconds", folding.seconds()},
                                 {"result", "whole"}};
  session.out << json.dump() << "\n";
}

std::string KeyWords(const Claim& claim) {
  if (!claim.is_signed) return "the signature was NOT looked at: give the log's key with --key";
  if (claim.pinned) return absl::StrCat(claim.key, ", as you trust it");
  return absl::StrCat(claim.key, "\n          NOT compared: give the key you trust with --key");
}

std::string WitnessWords(const Trusted& trusted) {
  if (trusted.witness.empty()) return "none asked: --witness DIR holds the log against what it saw";
  if (trusted.seen.empty()) return trusted.witness + " has not seen this log yet";
  const Cosigned& last = trusted.seen.back();
  return absl::StrCat(trusted.witness, " saw the first ", last.checkpoint.size, " events on ",
                      MinuteWords(last.at), ", and they are the same");
}

std::string ResultWords(const Claim& claim) {
  if (claim.pinned) return "whole and unaltered";
  return "as its own checkpoint says, whoever signed that";
}

void PrintText(const Session& session, const Claim& claim, const Trusted& trusted,
               const Folding& folding) {
  const auto rate = static_cast<double>(folding.total()) / folding.seconds();
  session.out << "Log       " << claim.checkpoint.origin << ", " << folding.total() << " events\n"
              << "Key       " << KeyWords(claim) << "\n"
              << "Tree      its root is that of the checkpoint\n"
              << "Map       " << folding.verifier().agreed_map_roots()
              << " recorded roots, all as derived from the events\n"
              << "Witness   " << WitnessWords(trusted) << "\n"
              << "Result    " << ResultWords(claim)
              << absl::StrFormat("; %.2f s, %.0f events/s\n", folding.seconds(), rate);
}

int Report(const Session& session, const absl::Status& status, const Claim& claim,
           const Trusted& trusted, const Folding& folding) {
  if (!status.ok()) return Fail(session, status);
  if (session.json) {
    PrintJson(session, claim, trusted, folding);
  } else {
    PrintText(session, claim, trusted, folding);
  }
  return kExitOk;
}

int VerifyServer(const Session& session, const Trusted& trusted) {
  Server server(session.server);
  const auto shown = AskCheckpoint(server);
  if (!shown.ok()) return Fail(session, shown.status());
  const auto claim = OpenClaim(*shown, trusted);
  if (!claim.ok()) return Fail(session, claim.status());
  // After the checkpoint, so that every map record it covers is announced.
  auto map_records = ReadMapRecords(server);
  if (!map_records.ok()) return Fail(session, map_records.status());
  Folding folding(session, *claim, trusted, *std::move(map_records));
  const absl::Status status = FoldServer(server, folding);
  return Report(session, status, *claim, trusted, folding);
}

// What the daemon left as its last word.
absl::StatusOr<Claim> ReadClaim(const std::string& data, const Trusted& trusted) {
  ShownLog shown;
  ASSIGN_OR_RETURN(shown.note, SystemFiles().ReadAll(data + "/checkpoint"));
  // Where it is at hand, the file of the signing key knows the keys before.
  const auto signer = proofs::Signer::Load(SystemFiles(), data + ".signing-key");
  if (signer.ok()) {
    shown.key = signer->key().ToText();
    shown.handovers = signer->handovers();
  }
  return OpenClaim(shown, trusted);
}

absl::Status FoldFolder(const std::string& store, const std::string& journal, Folding& folding) {
  RETURN_IF_ERROR(log::ReadBothCopies(
      SystemFiles(), store, journal, [&folding](std::string_view bytes) -> absl::Status {
        ASSIGN_OR_RETURN(const log::v1::Record record, ParseStored(bytes));
        return folding.Take(record);
      }));
  return folding.Finish();
}

int VerifyFolder(const Session& session, const VerifyOptions& options, const Trusted& trusted) {
  const std::string journal = options.journal.empty() ? options.data + "/journal" : options.journal;
  const std::string store = options.data + "/log";
  const log::StoreReport report = log::CheckStore(store, journal);
  if (report.health != log::StoreReport::Health::kSound) {
    session.err << report.text;
    return Fail(session, Error(absl::StatusCode::kFailedPrecondition, "LOG_NOT_SOUND",
                               "the log cannot be verified as it is: see above what to do"));
  }
  const auto claim = ReadClaim(options.data, trusted);
  if (!claim.ok()) return Fail(session, claim.status());
  auto map_records = MapRecordsOf(journal);
  if (!map_records.ok()) return Fail(session, map_records.status());
  Folding folding(session, *claim, trusted, *std::move(map_records));
  const absl::Status status = FoldFolder(store, journal, folding);
  return Report(session, status, *claim, trusted, folding);
}

}  // namespace

int RunVerify(const Session& session, const VerifyOptions& options) {
  const auto trusted = ReadTrusted(options);
  if (!trusted.ok()) {
    return absl::IsDataLoss(trusted.status()) ? Fail(session, trusted.status())
                                              : FailUsage(session, trusted.status());
  }
  if (options.data.empty()) return VerifyServer(session, *trusted);
  return VerifyFolder(session, options, *trusted);
}

}  // namespace mlup::cli
