#include "services/command/registered.h"

#include "eventstore/base/limits.h"

namespace mlup::command {

absl::StatusOr<bool> RegisteredRecords::Has(const std::string& stream) {
  {
    MutexLock lock(mutex_);
    if (streams_.contains(stream)) return true;
  }
  log::pb::ReadStreamRequest request;
  request.set_stream(stream);
  request.set_from_revision(1);
  request.set_limit(1);
  ASSIGN_OR_RETURN(const log::pb::ReadStreamResponse page, log_.ReadStream(request));
  if (page.last_revision() == 0) return false;
  MutexLock lock(mutex_);
  // Begun anew rather than kept in order: what is forgotten costs one more reading.
  if (streams_.size() >= kRegisteredMax) streams_.clear();
  streams_.insert(stream);
  return true;
}

}  // namespace mlup::command
