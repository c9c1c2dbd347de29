#include "services/command/loaded_streams.h"

#include <memory>
#include <utility>

namespace mlup::command {

absl::Status LoadedStreams::Load(const std::string& stream, bool begins) {
  if (unit_.Holds(stream)) return absl::OkStatus();
  KnownStreams::History history = take_ == Take::kKnown ? known_->Find(stream) : nullptr;
  if (history == nullptr && take_ == Take::kKnown && begins) {
    history = std::make_shared<const domain::StreamHistory>(stream);
  }
  if (history != nullptr) {
    assumed_.insert(stream);
  } else {
    ASSIGN_OR_RETURN(history, known_->Read(stream));
    assumed_.erase(stream);
  }
  unit_.Put(std::move(history));
  return absl::OkStatus();
}

absl::StatusOr<bool> LoadedStreams::ReadAssumed(const std::vector<std::string>& streams) {
  // The next attempt may come to streams that this one did not.
  take_ = Take::kLatest;
  bool any = false;
  for (const std::string& stream : streams) {
    if (assumed_.count(stream) == 0) continue;
    if (unit_.Holds(stream) && unit_.Of(stream).added() > 0) continue;
    ASSIGN_OR_RETURN(KnownStreams::History history, known_->Read(stream));
    unit_.Put(std::move(history));
    assumed_.erase(stream);
    any = true;
  }
  return any;
}

void LoadedStreams::Recorded() {
  std::vector<domain::UnitOfWork::Change> changes = unit_.Changes();
  // Nobody reads them here any more: following them needs no copy.
  unit_ = {};
  assumed_.clear();
  for (domain::UnitOfWork::Change& change : changes) {
    known_->Follow(change.stream, change.before, std::move(change.added));
  }
}

}  // namespace mlup::command
