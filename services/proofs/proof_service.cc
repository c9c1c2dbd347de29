#include "services/proofs/proof_service.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "eventstore/base/uuid.h"
#include "eventstore/log/timestamp.h"
#include "eventstore/proof/build_bundle.h"
#include "eventstore/proof/build_set.h"
#include "services/proofs/map_event.h"

namespace mlup::proofs {
namespace {

constexpr absl::Duration kSignEvery = absl::Seconds(1);
// Events that KeepUp() takes at a time, so that a caller waits for a few milliseconds.
constexpr std::uint64_t kKeepUpEvents = 4096;
// Events that the end waits for: a few seconds.
constexpr std::uint64_t kSignLastEvents = 1'000'000;

absl::Status Behind(std::uint64_t size, Position wanted) {
  return Error(absl::StatusCode::kUnavailable, "PROOFS_BEHIND",
               absl::StrCat("the proofs are made up to event ", size, " of ", wanted.value,
                            ": try again when `mlup status` says that they are there"));
}

}  // namespace

ProofService::ProofService(const Parts& parts, const Options& options,
                           std::unique_ptr<projections::ProofIndex> index, Checkpoints notes,
                           HistoryCheck check)
    : parts_(parts),
      options_(options),
      index_(std::move(index)),
      notes_(std::move(notes)),
      unchecked_(std::move(check)) {}

absl::StatusOr<std::unique_ptr<ProofService>> ProofService::Open(const Parts& parts,
                                                                 const Options& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<projections::ProofIndex> index,
                   projections::ProofIndex::Open(parts.reader, parts.rows));
  ASSIGN_OR_RETURN(Checkpoints notes, Checkpoints::Open(parts.files, options.folder, parts.signer));
  ASSIGN_OR_RETURN(std::vector<Checkpoints::Kept> witnesses,
                   ReadWitnesses(parts.files, parts.signer, options.witnesses));
  HistoryCheck check(std::move(witnesses), options.accept_loss_after);
  ASSIGN_OR_RETURN(const Position head, parts.reader.log().Head());
  RETURN_IF_ERROR(check.CheckSizes(head, notes));
  std::unique_ptr<ProofService> service(
      new ProofService(parts, options, std::move(index), std::move(notes), std::move(check)));
  RETURN_IF_ERROR(service->CheckAtStart());
  return service;
}

absl::Status ProofService::CheckAtStart() {
  MutexLock lock(mutex_);
  const absl::Status checked = CatchUp({unchecked_->Largest(notes_)}, options_.wait_for_events);
  // The log is served without proofs; whoever keeps up says why.
  const std::string reason = ErrorReason(checked);
  return reason == "PROOFS_BEHIND" || reason == "MAP_ROOT_WRONG" ? absl::OkStatus() : checked;
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
  response.set_cosigned_note(notes_.Witnessed(note->checkpoint.size).value_or(""));
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
  RETURN_IF_ERROR(CatchUp({newest}, options_.wait_for_events));
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
  RETURN_IF_ERROR(CatchUp());
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
  ASSIGN_OR_RETURN(const proof::MergedRecords merged,
                   proof::FindMerged(*index_, subject_id, index_->size()));
  std::vector<proof::MapEvidence> evidence;
  for (const std::string& id : merged.ids) {
    ASSIGN_OR_RETURN(evidence.emplace_back(), proof::ProveInMap(*index_, index_->fold(), id));
  }
  proof::BundleNotes notes;
  ASSIGN_OR_RETURN(notes.map_position, RecordMap(evidence.front().root));
  ASSIGN_OR_RETURN(const SignedNote note, Sign());
  notes.checkpoint = note.note;
  notes.handovers = parts_.signer.handovers();
  notes.witnessed = notes_.Witnessed(note.checkpoint.size);
  std::vector<proof::Bundle> bundles;
  for (const proof::MapEvidence& of : evidence) {
    ASSIGN_OR_RETURN(bundles.emplace_back(), proof::BuildBundle(*index_, of, notes));
  }
  ASSIGN_OR_RETURN(std::string bytes, proof::BuildFile(*index_, bundles, merged.undoings));
  if (bytes.size() > kBundleBytesMax) {
    return Error(absl::StatusCode::kResourceExhausted, "BUNDLE_TOO_LARGE",
                 absl::StrCat("a bundle has at most ", kBundleBytesMax, " bytes"));
  }
  return bytes;
}

absl::StatusOr<projections::Follower::Step> ProofService::KeepUp() {
  MutexLock lock(mutex_);
  absl::StatusOr<projections::Follower::Step> step = KeepUpOnce();
  if (step.ok() || !index_->IsDamaged()) return step;
  // The next call makes it anew.
  ASSIGN_OR_RETURN(const Position head, log().Head());
  return projections::Follower::Step{{0}, head};
}

absl::StatusOr<projections::Follower::Step> ProofService::KeepUpOnce() {
  ASSIGN_OR_RETURN(const Position head, log().Head());
  RETURN_IF_ERROR(index_->Take({std::min(head.value, index_->size() + kKeepUpEvents)}));
  RETURN_IF_ERROR(CheckHistory());
  if (index_->size() >= head.value) RETURN_IF_ERROR(RecordIfDue());
  return projections::Follower::Step{{index_->size()}, {std::max(head.value, index_->size())}};
}

absl::Status ProofService::RecordIfDue() {
  if (index_->size() == recorded_.value) return absl::OkStatus();
  if (!recorded_at_) RETURN_IF_ERROR(FindLastRecord());
  if (parts_.clock.Now() - *recorded_at_ < options_.record_every) return absl::OkStatus();
  if (index_->size() <= recorded_.value) return absl::OkStatus();
  RETURN_IF_ERROR(RecordMap(index_->fold().MapRoot()).status());
  return Sign().status();
}

absl::Status ProofService::SignLast() {
  MutexLock lock(mutex_);
  ASSIGN_OR_RETURN(const Position head, log().Head());
  RETURN_IF_ERROR(CatchUp(head, unchecked_ ? options_.wait_for_events : kSignLastEvents));
  return Sign().status();
}

absl::Status ProofService::CatchUp() {
  ASSIGN_OR_RETURN(const Position head, log().Head());
  return CatchUp(head, options_.wait_for_events);
}

absl::Status ProofService::CatchUp(Position position, std::uint64_t events_max) {
  if (position.value > index_->size() + events_max) return Behind(index_->size(), position);
  RETURN_IF_ERROR(index_->CatchUp(position));
  RETURN_IF_ERROR(CheckHistory());
  if (unchecked_) return Behind(index_->size(), {unchecked_->Largest(notes_)});
  return absl::OkStatus();
}

absl::Status ProofService::CheckHistory() {
  if (!unchecked_) return absl::OkStatus();
  const Position largest{unchecked_->Largest(notes_)};
  if (index_->size() < largest.value) return absl::OkStatus();
  RETURN_IF_ERROR(index_->CatchUp(largest));
  RETURN_IF_ERROR(unchecked_->CheckRoots(*index_, notes_));
  unchecked_.reset();
  return absl::OkStatus();
}

absl::StatusOr<SignedNote> ProofService::Sign() {
  const std::optional<SignedNote>& last = notes_.last();
  const std::uint64_t before = last ? last->checkpoint.size : 0;
  ASSIGN_OR_RETURN(SignedNote note, notes_.Sign(*index_));
  if (note.checkpoint.size > before) signed_at_ = parts_.clock.Now();
  return note;
}

absl::StatusOr<Position> ProofService::RecordMap(const proof::Hash& root) {
  ASSIGN_OR_RETURN(const Position position, RecordMapRoot(log(), parts_.clock, parts_.random,
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
  ASSIGN_OR_RETURN(const log::v1::ReadStreamResponse page, log().ReadStream(request));
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
