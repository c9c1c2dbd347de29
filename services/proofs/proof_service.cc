#include "services/proofs/proof_service.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "eventstore/base/uuid.h"
#include "eventstore/log/timestamp.h"
#include "eventstore/proof/build_bundle.h"
#include "services/proofs/history_check.h"
#include "services/proofs/map_event.h"

namespace mlup::proofs {
namespace {

constexpr absl::Duration kSignEvery = absl::Seconds(1);

}  // namespace

ProofService::ProofService(const Parts& parts, const Options& options,
                           std::unique_ptr<projections::ProofIndex> index, Checkpoints notes)
    : parts_(parts),
      record_every_(options.record_every),
      index_(std::move(index)),
      notes_(std::move(notes)) {}

absl::StatusOr<std::unique_ptr<ProofService>> ProofService::Open(const Parts& parts,
                                                                 const Options& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<projections::ProofIndex> index,
                   projections::ProofIndex::Open(parts.log, parts.rows));
  ASSIGN_OR_RETURN(Checkpoints notes, Checkpoints::Open(parts.files, options.folder, parts.signer));
  ASSIGN_OR_RETURN(const std::vector<Checkpoints::Kept> witnesses,
                   ReadWitnesses(parts.files, parts.signer, options.witnesses));
  RETURN_IF_ERROR(CheckHistory(*index, notes, witnesses, options.accept_loss_after));
  return std::unique_ptr<ProofService>(
      new ProofService(parts, options, std::move(index), std::move(notes)));
}

absl::StatusOr<log::v1::GetCheckpointResponse> ProofService::GetCheckpoint(
    const log::v1::GetCheckpointRequest&) {
  MutexLock lock(mutex_);
  RETURN_IF_ERROR(CatchUp());
  const absl::Duration since = parts_.clock.Now() - signed_at_;
  const bool resting = since >= absl::ZeroDuration() && since < kSignEvery;
  std::optional<SignedNote> note = notes_.last();
  if (!note || !resting) {
    ASSIGN_OR_RETURN(note, Sign());
  }
  log::v1::GetCheckpointResponse response;
  response.set_note(notes_.WithCosignatures(*note));
  response.set_key(parts_.signer.key().ToText());
  for (const std::string& handover : parts_.signer.handovers()) response.add_handovers(handover);
  return response;
}

absl::StatusOr<log::v1::GetConsistencyProofResponse> ProofService::GetConsistencyProof(
    const log::v1::GetConsistencyProofRequest& request) {
  MutexLock lock(mutex_);
  const std::uint64_t newest = notes_.last() ? notes_.last()->checkpoint.size : 0;
  if (request.new_size() > newest) {
    return FieldError(absl::StatusCode::kInvalidArgument, "SIZE_OUT_OF_RANGE", "new_size",
                      absl::StrCat("the newest checkpoint is of ", newest));
  }
  if (request.old_size() > request.new_size()) {
    return FieldError(absl::StatusCode::kInvalidArgument, "SIZE_OUT_OF_RANGE", "old_size",
                      "must be at most new_size");
  }
  RETURN_IF_ERROR(index_->CatchUp({newest}));
  ASSIGN_OR_RETURN(
      const std::vector<proof::Hash> proof,
      proof::ConsistencyProof(index_->nodes(), request.old_size(), request.new_size()));
  log::v1::GetConsistencyProofResponse response;
  for (const proof::Hash& hash : proof) {
    response.add_hashes(std::string(hash.begin(), hash.end()));
  }
  return response;
}

absl::StatusOr<log::v1::AddCosignatureResponse> ProofService::AddCosignature(
    const log::v1::AddCosignatureRequest& request) {
  MutexLock lock(mutex_);
  RETURN_IF_ERROR(notes_.AddCosignature(*index_, request.note()));
  return log::v1::AddCosignatureResponse();
}

absl::StatusOr<std::string> ProofService::MakeBundle(const std::string& subject_id) {
  if (!IsUuid(subject_id)) {
    return FieldError(absl::StatusCode::kInvalidArgument, "SUBJECT_INVALID", "subject_id",
                      "must be a lower-case UUID");
  }
  MutexLock lock(mutex_);
  RETURN_IF_ERROR(CatchUp());
  if (index_->size() == 0) {
    return Error(absl::StatusCode::kFailedPrecondition, "LOG_EMPTY",
                 "the log holds no event that a map could cover");
  }
  ASSIGN_OR_RETURN(const proof::MapEvidence evidence,
                   proof::ProveInMap(*index_, index_->fold(), subject_id));
  proof::BundleNotes notes;
  ASSIGN_OR_RETURN(notes.map_position, RecordMap(evidence.root));
  ASSIGN_OR_RETURN(const SignedNote note, Sign());
  notes.checkpoint = note.note;
  notes.handovers = parts_.signer.handovers();
  notes.witnessed = notes_.Witnessed(note.checkpoint.size);
  ASSIGN_OR_RETURN(const proof::Bundle bundle, proof::BuildBundle(*index_, evidence, notes));
  std::string bytes = proof::EncodeBundle(bundle);
  if (bytes.size() > kBundleBytesMax) {
    return Error(absl::StatusCode::kResourceExhausted, "BUNDLE_TOO_LARGE",
                 absl::StrCat("a bundle has at most ", kBundleBytesMax, " bytes"));
  }
  return bytes;
}

absl::StatusOr<Position> ProofService::KeepUp() {
  MutexLock lock(mutex_);
  RETURN_IF_ERROR(CatchUp());
  if (index_->size() == recorded_.value) return Position{index_->size()};
  if (!recorded_at_) RETURN_IF_ERROR(FindLastRecord());
  if (parts_.clock.Now() - *recorded_at_ < record_every_) return Position{index_->size()};
  if (index_->size() > recorded_.value) {
    RETURN_IF_ERROR(RecordMap(index_->fold().MapRoot()).status());
    RETURN_IF_ERROR(Sign().status());
  }
  return Position{index_->size()};
}

absl::Status ProofService::SignLast() {
  MutexLock lock(mutex_);
  RETURN_IF_ERROR(CatchUp());
  return Sign().status();
}

absl::Status ProofService::CatchUp() {
  ASSIGN_OR_RETURN(const Position head, parts_.log.Head());
  return index_->CatchUp(head);
}

absl::StatusOr<SignedNote> ProofService::Sign() {
  const std::optional<SignedNote>& last = notes_.last();
  const std::uint64_t before = last ? last->checkpoint.size : 0;
  ASSIGN_OR_RETURN(SignedNote note, notes_.Sign(*index_));
  if (note.checkpoint.size > before) signed_at_ = parts_.clock.Now();
  return note;
}

absl::StatusOr<Position> ProofService::RecordMap(const proof::Hash& root) {
  ASSIGN_OR_RETURN(const Position position, RecordMapRoot(parts_.log, parts_.clock, parts_.random,
                                                          {.size = index_->size(), .root = root}));
  recorded_ = position;
  recorded_at_ = parts_.clock.Now();
  RETURN_IF_ERROR(index_->CatchUp(position));
  return position;
}

absl::Status ProofService::FindLastRecord() {
  log::v1::ReadStreamRequest request;
  request.set_stream(std::string(proof::kMapStream));
  request.set_direction(log::v1::DIRECTION_BACKWARD);
  request.set_limit(1);
  ASSIGN_OR_RETURN(const log::v1::ReadStreamResponse page, parts_.log.ReadStream(request));
  if (!page.records().empty()) {
    recorded_ = {page.records(0).position()};
    recorded_at_ = log::FromTimestamp(page.records(0).recorded_at());
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const log::v1::Record first, index_->ReadRecord({1}));
  recorded_at_ = log::FromTimestamp(first.recorded_at());
  return absl::OkStatus();
}

}  // namespace mlup::proofs
