// The streams that one call decides on.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "eventstore/base/status.h"
#include "services/command/births.h"
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

  LoadedStreams(KnownStreams& known, Take take, Births births)
      : known_(&known), take_(take), births_(std::move(births)) {}

  domain::UnitOfWork& unit() { return unit_; }
  Births& births() { return births_; }

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
  Births births_;
  // In the unit, and not read since the call began.
  std::set<std::string> assumed_;
};

}  // namespace mlup::command
