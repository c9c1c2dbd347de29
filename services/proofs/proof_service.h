// Checkpoints, consistency proofs and audit bundles of the log.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/files.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/random.h"
#include "eventstore/base/status.h"
#include "mlup/log/v1/proof_service.pb.h"
#include "projections/follower.h"
#include "projections/proofs/proof_index.h"
#include "projections/shared_reader.h"
#include "projections/store/read_model_store.h"
#include "services/proofs/bundle_maker.h"
#include "services/proofs/checkpoints.h"
#include "services/proofs/history_check.h"
#include "services/proofs/signer.h"

namespace mlup::proofs {

// mlup.log.v1.ProofService without gRPC, in the process that holds the log: of two, each would sign
// without knowing what the other signed.
//
// Any thread; one call works at a time and the others wait, because the map exists only at the
// size of the index. Owns the index; borrows everything it is built from. A bundle has at most
// kBundleBytesMax bytes.
class ProofService final : public BundleMaker {
 public:
  struct Parts {
    // Of the log.
    projections::SharedReader& reader;
    // Where the index keeps its rows.
    projections::ReadModelStore& rows;
    const Clock& clock;
    Random& random;
    Files& files;
    const Signer& signer;
  };
  struct Options {
    // Folder of the notes (checkpoints.h).
    std::string folder;
    // Folders of witnesses, whose notes the log must begin with.
    std::vector<std::string> witnesses = {};
    // As the log was told at its start.
    std::optional<Position> accept_loss_after = {};
    // How often KeepUp() records the root of the map and signs, at most.
    absl::Duration record_every = absl::Hours(1);
    // Events that a caller, or the start, waits for: a fraction of a second.
    std::uint64_t wait_for_events = 100'000;
  };

  // Checks that the log is the one that was vouched for (HistoryCheck). Where the index is too far
  // behind for that, only that the log is long enough: the rest is checked when KeepUp() has come
  // so far, and until then nothing is signed and nothing proved.
  static absl::StatusOr<std::unique_ptr<ProofService>> Open(const Parts& parts,
                                                            const Options& options);

  // All calls are UNAVAILABLE PROOFS_BEHIND while the index is too far behind to wait for it.

  // The newest checkpoint. Signs one when the log has grown, at most once a second. FAILED_
  // PRECONDITION CHECKPOINT_CONFLICT.
  absl::StatusOr<log::v1::GetCheckpointResponse> GetCheckpoint(
      const log::v1::GetCheckpointRequest& request);

  // INVALID_ARGUMENT SIZE_OUT_OF_RANGE past the newest checkpoint.
  absl::StatusOr<log::v1::GetConsistencyProofResponse> GetConsistencyProof(
      const log::v1::GetConsistencyProofRequest& request);

  // As Checkpoints::AddCosignature().
  absl::StatusOr<log::v1::AddCosignatureResponse> AddCosignature(
      const log::v1::AddCosignatureRequest& request);

  // Records the root of the map, then proves the person's history up to it. INVALID_ARGUMENT
  // SUBJECT_INVALID; FAILED_PRECONDITION LOG_EMPTY; RESOURCE_EXHAUSTED BUNDLE_TOO_LARGE.
  absl::StatusOr<std::string> MakeBundle(const std::string& subject_id) override;

  // Takes some of the new events into the index; where it has all of them, records and signs if
  // that is due and events came in since. Returns how far the index is. FAILED_PRECONDITION
  // LOG_FORKED where it comes out only now that the log is another one.
  absl::StatusOr<projections::Follower::Step> KeepUp();

  // Signs what there is, for the end.
  absl::Status SignLast();

 private:
  ProofService(const Parts& parts, const Options& options,
               std::unique_ptr<projections::ProofIndex> index, Checkpoints notes,
               HistoryCheck check);

  log::EventLog& log() const { return parts_.reader.log(); }

  absl::Status CheckAtStart();
  // Takes the events up to `position`, if they are few enough to wait for, and checks the history.
  absl::Status CatchUp(Position position, std::uint64_t events_max)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // All events, for a caller.
  absl::Status CatchUp() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Checks the history, if that is not done and the index is far enough.
  absl::Status CheckHistory() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<SignedNote> Sign() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Records and signs where that is due; the index has all events.
  absl::StatusOr<projections::Follower::Step> KeepUpOnce() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status RecordIfDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Records the root of the map at the index's size, and catches up with that.
  absl::StatusOr<Position> RecordMap(const proof::Hash& root) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Sets recorded_at_ from the log.
  absl::Status FindLastRecord() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Parts parts_;
  const Options options_;

  Mutex mutex_;
  const std::unique_ptr<projections::ProofIndex> index_ ABSL_PT_GUARDED_BY(mutex_);
  Checkpoints notes_ ABSL_GUARDED_BY(mutex_);
  // Until the history is checked.
  std::optional<HistoryCheck> unchecked_ ABSL_GUARDED_BY(mutex_);
  // When this process last signed.
  absl::Time signed_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  // Where the map's root was last recorded, and when; where it never was, when the first event was.
  Position recorded_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Time> recorded_at_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::proofs
