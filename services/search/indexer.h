// The index of persons, kept up with the log.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "projections/follower.h"
#include "projections/following.h"
#include "projections/shared_reader.h"
#include "services/privacy/keyring.h"
#include "services/search/person_index.h"

namespace mlup::search {

// Reads the log from its first event on, behind callers, and of each person of whom something was
// recorded the whole record, which it opens, folds to tokens and lets go. An erasure takes a person
// out for good; a person whose key is destroyed does not come in. Nothing is written: a start
// begins anew, and there is nothing to be damaged.
//
// Owns its thread, from construction to destruction, and the index, which nobody else writes.
// Borrows the rest, which must outlive it. Any thread may call the other methods.
class Indexer final : public projections::Following {
 public:
  // `key`: see Tokens.
  Indexer(projections::SharedReader& reader, const privacy::Keyring& keyring, std::string key);

  const PersonIndex& index() const { return index_; }

  State state() const override;
  std::string_view name() const override { return "search"; }

  // Returns when the index has what was recorded up to `position`. UNAVAILABLE SEARCH_BEHIND when
  // `timeout` passed first; INTERNAL SEARCH_STOPPED when it will not come.
  absl::Status WaitUntil(Position position, absl::Duration timeout) const;

 private:
  absl::StatusOr<projections::Follower::Step> Work();
  // Whose record the event may change goes into `changed`, with the event's place on its stream.
  void Note(const log::v1::Record& record, std::set<std::string>& changed);
  absl::Status Refresh(const std::string& person_id);
  void StopWith(const absl::Status& why);

  log::EventLog& log_;
  const privacy::Keyring& keyring_;
  PersonIndex index_;

  mutable Mutex mutex_;
  mutable Condition changed_;
  State state_ ABSL_GUARDED_BY(mutex_);

  // Follower's thread only.
  projections::SharedReader::Reader reader_;
  Position at_;

  // Last: it uses all the others.
  mutable projections::Follower follower_;
};

}  // namespace mlup::search
