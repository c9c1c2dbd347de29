#include "eventstore/proof/verify_log.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace mlup::proof {
namespace {

absl::Status Loss(std::string_view reason, std::string_view what) {
  return Error(absl::StatusCode::kDataLoss, reason, what);
}

template <typename Sized>
bool IsSmaller(const Sized& a, const Sized& b) {
  return a.size < b.size;
}

}  // namespace

LogVerifier::LogVerifier(std::vector<Checkpoint> checkpoints, std::vector<MapRecord> map_records)
    : checkpoints_(std::move(checkpoints)), map_records_(std::move(map_records)) {
  std::sort(checkpoints_.begin(), checkpoints_.end(), IsSmaller<Checkpoint>);
  std::sort(map_records_.begin(), map_records_.end(), IsSmaller<MapRecord>);
}

absl::Status LogVerifier::Take(const log::v1::Record& record) {
  // What is known of an empty log.
  if (fold_.size() == 0) RETURN_IF_ERROR(CompareHere());
  const absl::Time recorded_at = absl::FromUnixSeconds(record.recorded_at().seconds()) +
                                 absl::Nanoseconds(record.recorded_at().nanos());
  if (recorded_at < recorded_at_) {
    return Loss("TIME_BACKWARDS",
                absl::StrCat("event ", record.position(), " is older than the one before it"));
  }
  if (IsMapRecord(record)) RETURN_IF_ERROR(CheckMapRecord(record));
  RETURN_IF_ERROR(fold_.Append(record).status());
  recorded_at_ = recorded_at;
  return CompareHere();
}

absl::Status LogVerifier::CheckMapRecord(const log::v1::Record& record) const {
  const auto recorded = MapRecord::FromCommon(record.event().common());
  if (recorded.has_value() && record.event().subjects().empty() &&
      recorded->size < record.position()) {
    const auto same_size =
        std::equal_range(map_records_.begin(), map_records_.end(), *recorded, IsSmaller<MapRecord>);
    if (std::find(same_size.first, same_size.second, *recorded) != same_size.second) {
      return absl::OkStatus();
    }
  }
  return Loss("MAP_ROOT_WRONG", absl::StrCat("event ", record.position(),
                                             " is no record of an earlier map of this log"));
}

absl::Status LogVerifier::CompareHere() {
  for (; agreed_checkpoints_ < checkpoints_.size(); ++agreed_checkpoints_) {
    const Checkpoint& checkpoint = checkpoints_[agreed_checkpoints_];
    if (checkpoint.size != fold_.size()) break;
    if (checkpoint.root != fold_.Root()) {
      return Loss("CHECKPOINT_CONTRADICTED",
                  absl::StrCat("the log up to ", checkpoint.size,
                               " is not the one that its checkpoint was signed for"));
    }
  }
  for (; agreed_map_roots_ < map_records_.size(); ++agreed_map_roots_) {
    const MapRecord& record = map_records_[agreed_map_roots_];
    if (record.size != fold_.size()) break;
    if (record.root != fold_.MapRoot()) {
      return Loss("MAP_ROOT_WRONG", absl::StrCat("the recorded root of the map at ", record.size,
                                                 " is not the one derived from the log"));
    }
  }
  return absl::OkStatus();
}

absl::Status LogVerifier::Finish() const {
  const std::uint64_t wanted = checkpoints_.empty() ? 0 : checkpoints_.back().size;
  if (wanted <= fold_.size()) return absl::OkStatus();
  return Loss("LOG_TOO_SHORT", absl::StrCat("a checkpoint vouches for ", wanted,
                                            " events, the log holds ", fold_.size()));
}

}  // namespace mlup::proof
