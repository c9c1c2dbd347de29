#include "services/mlupd/log_proofs.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/diagnostics.h"
#include "eventstore/base/files.h"
#include "eventstore/base/status.h"
#include "projections/proofs/proof_index.h"
#include "projections/store/rocks_read_model_store.h"

namespace mlup::daemon {
namespace {

using proofs::Signer;

absl::StatusOr<Signer> LoadSigner(const ServeOptions& options, Random& random) {
  Files& files = SystemFiles();
  ASSIGN_OR_RETURN(const bool has_key, files.Exists(options.signing_key));
  // installation::Inspect() has seen that none was lost.
  if (!has_key) {
    RETURN_IF_ERROR(Signer::Create(files, options.signing_key, random, options.log_name));
  }
  ASSIGN_OR_RETURN(Signer signer, Signer::Load(files, options.signing_key));
  if (options.log_name.empty() || options.log_name == signer.origin()) return signer;
  return Error(absl::StatusCode::kInvalidArgument, "LOG_NAME_TAKEN",
               absl::StrCat("the log is named ", signer.origin(),
                            " already: a name is chosen once, leave --log-name out"));
}

// What is served may not be what was signed: better nothing.
[[noreturn]] void RefuseToGoOn(const absl::Status& why) {
  Tell(absl::StrCat("mlupd: ", ErrorReason(why), ": ", why.message(), "; stopping"));
  std::_Exit(1);
}

}  // namespace

absl::StatusOr<std::unique_ptr<LogProofs>> LogProofs::Open(const ServeOptions& options,
                                                           projections::SharedReader& reader,
                                                           const Clock& clock, Random& random) {
  ASSIGN_OR_RETURN(Signer signer, LoadSigner(options, random));
  ASSIGN_OR_RETURN(std::unique_ptr<projections::ReadModelStore> rows,
                   projections::OpenRocksReadModelStore(options.data + "/proofs",
                                                        projections::ProofIndex::kVersion,
                                                        projections::RowsAre::kDerived));
  std::unique_ptr<LogProofs> all(new LogProofs(std::move(rows), std::move(signer)));
  proofs::ProofService::Options wanted{.folder = options.data, .witnesses = options.witnesses};
  if (options.accept_loss_after.has_value()) {
    wanted.accept_loss_after = Position{*options.accept_loss_after};
  }
  ASSIGN_OR_RETURN(all->service_,
                   proofs::ProofService::Open(
                       {reader, *all->rows_, clock, random, SystemFiles(), all->signer_}, wanted));
  all->worker_ = std::make_unique<proofs::ProofWorker>(*all->service_, reader.log(), RefuseToGoOn);
  all->rows_->WhenDamaged([worker = all->worker_.get()] { worker->Again(); });
  return all;
}

}  // namespace mlup::daemon
