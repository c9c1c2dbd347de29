#include "projections/postgres/derived_table.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "eventstore/base/blake2b.h"
#include "eventstore/base/bytes.h"
#include "eventstore/base/check.h"
#include "projections/postgres/copy_text.h"

namespace mlup::postgres {
namespace {

constexpr std::size_t kPendingBytes = 4 << 20;
constexpr std::size_t kPendingKeys = 10'000;

}  // namespace

absl::Status DerivedTable::Begin(Connection& connection) {
  next_.clear();
  changed_.clear();
  deleted_.clear();
  for (std::string& text : pending_) text.clear();
  pending_bytes_ = 0;
  if (is_known_) return absl::OkStatus();
  return connection.Run(absl::StrCat("DELETE FROM ", place_.table));
}

absl::Status DerivedTable::Put(Connection& connection, const std::string& key,
                               const std::vector<std::string>& rows) {
  CHECK(rows.size() == pending_.size());
  const std::uint64_t digest = FromBigEndian(Blake2b(absl::StrJoin(rows, "\n"), 16).substr(0, 8));
  next_[key] = digest;
  if (is_known_) {
    const auto before = known_.find(key);
    if (before != known_.end() && before->second == digest) return absl::OkStatus();
    if (before != known_.end()) deleted_.push_back(key);
  }
  changed_.push_back(key);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    pending_[i] += rows[i];
    pending_bytes_ += rows[i].size();
  }
  if (pending_bytes_ < kPendingBytes && deleted_.size() < kPendingKeys) return absl::OkStatus();
  return Flush(connection);
}

absl::Status DerivedTable::End(Connection& connection) {
  if (is_known_) {
    for (const auto& [key, digest] : known_) {
      if (next_.contains(key)) continue;
      changed_.push_back(key);
      deleted_.push_back(key);
    }
  }
  return Flush(connection);
}

absl::Status DerivedTable::Flush(Connection& connection) {
  if (!deleted_.empty()) {
    RETURN_IF_ERROR(connection
                        .Query(absl::StrCat("DELETE FROM ", place_.table, " WHERE ", place_.key,
                                            " = ANY($1::", place_.key_type, "[])"),
                               {ArrayText(deleted_)})
                        .status());
    deleted_.clear();
  }
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    RETURN_IF_ERROR(connection.Copy(place_.targets[i], pending_[i]));
    pending_[i].clear();
  }
  pending_bytes_ = 0;
  return absl::OkStatus();
}

void DerivedTable::Committed() {
  known_ = std::exchange(next_, {});
  is_known_ = true;
}

void DerivedTable::Forget() {
  known_.clear();
  next_.clear();
  is_known_ = false;
}

}  // namespace mlup::postgres
