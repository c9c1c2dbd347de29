// `mlup witness`: lets a folder that is carried away vouch for what it saw of the log.
#include "services/mlup/witness.h"

#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/clock.h"
#include "eventstore/base/files.h"
#include "eventstore/base/random.h"
#include "eventstore/base/status.h"
#include "eventstore/proof/verify_log.h"
#include "mlup/log/v1/proof_service.pb.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/proof_calls.h"
#include "services/mlup/server_rpc.h"
#include "services/mlup/words.h"

namespace mlup::cli {
namespace {

std::string KeysText(const std::vector<proof::VerifierKey>& keys) {
  return absl::StrJoin(keys, ", ", [](std::string* out, const proof::VerifierKey& key) {
    absl::StrAppend(out, key.ToText());
  });
}

absl::StatusOr<Cosigned> LookAndSign(Server& server, Witness& witness) {
  ASSIGN_OR_RETURN(const ShownLog shown, AskCheckpoint(server));
  const SystemClock clock;
  const auto ask = [&server](std::uint64_t old_size, std::uint64_t new_size) {
    return AskConsistencyProof(server, old_size, new_size);
  };
  const auto derive = [&server](const proof::Checkpoint& checkpoint) -> absl::Status {
    ASSIGN_OR_RETURN(std::vector<proof::MapRecord> maps, ReadMapRecords(server));
    proof::LogVerifier verifier({checkpoint}, std::move(maps));
    RETURN_IF_ERROR(ReadLog(server, checkpoint.size, [&verifier](const log::v1::Record& record) {
      return verifier.Take(record);
    }));
    return verifier.Finish();
  };
  return witness.Cosign(shown, ask, derive, clock);
}

absl::Status HandIn(Server& server, const std::string& note) {
  log::v1::AddCosignatureRequest request;
  request.set_note(note);
  log::v1::AddCosignatureResponse response;
  return server.Call("mlup.log.v1.ProofService/AddCosignature", request, response);
}

void PrintCosigned(const Session& session, const Witness& witness, const Cosigned& cosigned,
                   std::uint64_t before, bool is_first) {
  if (session.json) {
    session.out << nlohmann::ordered_json{{"witness", witness.key().ToText()},
                                          {"origin", cosigned.checkpoint.origin},
                                          {"size", cosigned.checkpoint.size},
                                          {"size_before", before},
                                          {"at", TimeWords(cosigned.at)},
                                          {"log_key", KeysText(witness.log_keys())},
                                          {"first", is_first}}
                       .dump()
                << "\n";
    return;
  }
  session.out << "Cosigned  " << cosigned.checkpoint.origin << " at " << cosigned.checkpoint.size
              << " events, " << TimeWords(cosigned.at) << "\n"
              << "Before    "
              << (is_first ? "nothing: from now on the log cannot go back behind this"
                           : absl::StrCat(before, " events; they are the beginning of this"))
              << "\n"
              << "Witness   " << witness.key().ToText() << "\n";
  if (is_first) {
    session.out << "Log key   " << KeysText(witness.log_keys())
                << "\n          taken as shown: compare it with what the log's keeper reads out "
                   "from `mlup keys`\n";
  }
}

}  // namespace

int RunWitnessCosign(const Session& session, const WitnessOptions& options) {
  SystemRandom random;
  auto witness = Witness::OpenOrMake(SystemFiles(), options.folder, options.name, random);
  if (!witness.ok()) {
    return absl::IsInvalidArgument(witness.status()) ? FailUsage(session, witness.status())
                                                     : Fail(session, witness.status());
  }
  const bool is_first = !witness->last().has_value();
  const std::uint64_t before = is_first ? 0 : witness->last()->checkpoint.size;
  Server server(session.server);
  const auto cosigned = LookAndSign(server, *witness);
  if (!cosigned.ok()) {
    const int code = Fail(session, cosigned.status());
    if (ErrorReason(cosigned.status()).starts_with("LOG_") || absl::IsDataLoss(cosigned.status())) {
      session.err << "mlup: not cosigned. The note that was shown is kept in " << options.folder
                  << "/evidence, what was seen before in " << options.folder
                  << "/checkpoint: keep both, and call whoever answers for the log\n";
    }
    return code;
  }
  PrintCosigned(session, *witness, *cosigned, before, is_first);
  const absl::Status handed = HandIn(server, cosigned->note);
  if (handed.ok()) return kExitOk;
  session.err << "mlup: cosigned and kept, but the daemon did not take the signature; the next "
                 "`mlup witness cosign` hands in a newer one\n";
  return Fail(session, handed);
}

int RunWitnessShow(const Session& session, const WitnessOptions& options) {
  const auto witness = Witness::Open(SystemFiles(), options.folder);
  if (absl::IsNotFound(witness.status())) return FailUsage(session, witness.status());
  if (!witness.ok()) return Fail(session, witness.status());
  const auto history = witness->History();
  if (!history.ok()) return Fail(session, history.status());
  const auto evidence = witness->Evidence();
  if (!evidence.ok()) return Fail(session, evidence.status());
  const auto& last = witness->last();
  if (session.json) {
    nlohmann::ordered_json json = {{"witness", witness->key().ToText()},
                                   {"log_key", KeysText(witness->log_keys())},
                                   {"cosigned", history->size()},
                                   {"refused", *evidence}};
    if (last.has_value()) {
      json["origin"] = last->checkpoint.origin;
      json["size"] = last->checkpoint.size;
      json["at"] = TimeWords(last->at);
    }
    session.out << json.dump() << "\n";
    return kExitOk;
  }
  session.out << "Witness   " << witness->key().ToText() << "\n"
              << "Log key   "
              << (witness->log_keys().empty() ? "none yet" : KeysText(witness->log_keys())) << "\n"
              << "Last      "
              << (last.has_value()
                      ? absl::StrCat(last->checkpoint.origin, " at ", last->checkpoint.size,
                                     " events, ", TimeWords(last->at))
                      : "nothing cosigned yet")
              << "\n"
              << "Kept      " << history->size() << " cosigned, in " << options.folder
              << "/history\n"
              << "Refused   " << (evidence->empty() ? "none" : absl::StrJoin(*evidence, ", "))
              << "\n";
  return kExitOk;
}

}  // namespace mlup::cli
