// The streams that one call decides on.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "eventstore/base/status.h"
#include "services/command/known_streams.h"
#include "services/domain/unit_of_work.h"

namespace mlup::command {

// Streams are first taken as they are known: an append checks their revisions, so that a fact that
// is recorded was decided on what is there. What is refused, or answered without an append, rests
// on streams that were read since the call began: see ReadAssumed().
//
// One call, one thread. Borrows `known`.
class LoadedStreams {
 public:
  enum class Take { kKnown, kLatest };

  LoadedStreams(KnownStreams& known, Take take) : known_(&known), take_(take) {}

  domain::UnitOfWork& unit() { return unit_; }

  // Puts the stream into the unit, if it is not there. One that is about to begin, and of which
  // nothing is known, is taken to be empty.
  absl::Status Load(const std::string& stream, bool begins);

  // Reads those of `streams` that were not read yet; true when there were any. One to which the
  // call itself is about to append stays as it is: if it has moved, so has what rests on it. What
  // is loaded from then on is read too.
  absl::StatusOr<bool> ReadAssumed(const std::vector<std::string>& streams);

  // The log has appended what was added to the unit; the streams are to be loaded again.
  void Recorded();

 private:
  KnownStreams* known_;
  Take take_;
  domain::UnitOfWork unit_;
  // In the unit, and not read since the call began.
  std::set<std::string> assumed_;
};

}  // namespace mlup::command
