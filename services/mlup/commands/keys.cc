// `mlup keys`: whose signature stands under the log's checkpoints, and how that key is changed.
#include <ostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "eventstore/base/files.h"
#include "eventstore/base/random.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/proof_calls.h"
#include "services/mlup/server_rpc.h"
#include "services/proofs/signer.h"

namespace mlup::cli {
namespace {

// The text can be kept as a file for --key: all but the key is a comment.
void Print(const Session& session, const std::string& key,
           const std::vector<std::string>& handovers) {
  if (session.json) {
    session.out << nlohmann::ordered_json{{"key", key}, {"handovers", handovers}}.dump() << "\n";
    return;
  }
  session.out << key << "\n";
  if (!handovers.empty()) {
    session.out << "# " << handovers.size()
                << " earlier keys handed over to it, one to the next: who trusts one of them needs "
                   "nothing new\n";
  }
}

}  // namespace

int RunKeys(const Session& session) {
  Server server(session.server);
  const auto shown = AskCheckpoint(server);
  if (!shown.ok()) return Fail(session, shown.status());
  Print(session, shown->key, shown->handovers);
  return kExitOk;
}

int RunRotate(const Session& session, const RotateOptions& options) {
  Files& files = SystemFiles();
  SystemRandom random;
  const auto before = proofs::Signer::Load(files, options.file);
  if (absl::IsNotFound(before.status())) return FailUsage(session, before.status());
  if (!before.ok()) return Fail(session, before.status());
  const absl::Status rotated = proofs::Signer::Rotate(files, options.file, random);
  if (!rotated.ok()) return Fail(session, rotated);
  const auto after = proofs::Signer::Load(files, options.file);
  if (!after.ok()) return Fail(session, after.status());
  Print(session, after->key().ToText(), after->handovers());
  session.err << "mlup: mlupd signs with it from its next start on; the key before is forgotten\n";
  return kExitOk;
}

}  // namespace mlup::cli
