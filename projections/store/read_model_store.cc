// Rows in memory, and the digest of rows.
#include "projections/store/read_model_store.h"

#include <algorithm>
#include <array>

#include "absl/strings/escaping.h"
#include <sodium.h>

#include "projections/store/keys.h"

namespace mlup::projections {
namespace {

class MemorySnapshot final : public Snapshot {
 public:
  MemorySnapshot(std::map<std::string, std::string, std::less<>> rows, Checkpoint checkpoint)
      : rows_(std::move(rows)), checkpoint_(checkpoint) {}

  Checkpoint checkpoint() const override { return checkpoint_; }

  absl::StatusOr<std::optional<std::string>> Get(std::string_view key) const override {
    const auto row = rows_.find(key);
    if (row == rows_.end()) return std::optional<std::string>();
    return std::optional<std::string>(row->second);
  }

  absl::Status ForEach(std::string_view prefix, const Visit& visit) const override {
    for (auto row = rows_.lower_bound(prefix); row != rows_.end(); ++row) {
      if (!std::string_view(row->first).starts_with(prefix)) break;
      RETURN_IF_ERROR(visit(row->first, row->second));
    }
    return absl::OkStatus();
  }

  absl::Status ForEachFrom(std::string_view first, const Visit& visit) const override {
    for (auto row = rows_.lower_bound(first); row != rows_.end(); ++row) {
      RETURN_IF_ERROR(visit(row->first, row->second));
    }
    return absl::OkStatus();
  }

 private:
  const std::map<std::string, std::string, std::less<>> rows_;
  const Checkpoint checkpoint_;
};

}  // namespace

std::vector<Rows::Write> Rows::InOrder() const {
  std::vector<Write> writes;
  writes.reserve(places_.size());
  const std::string_view bytes = bytes_;
  for (const Place& place : places_) {
    writes.push_back(
        {bytes.substr(place.at, place.key), bytes.substr(place.at + place.key, place.value)});
  }
  std::ranges::stable_sort(writes, {}, &Write::key);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < writes.size(); ++i) {
    if (i + 1 < writes.size() && writes[i].key == writes[i + 1].key) continue;
    writes[kept++] = writes[i];
  }
  writes.resize(kept);
  return writes;
}

void Rows::Truncate(std::size_t size) {
  if (size >= places_.size()) return;
  bytes_.resize(places_[size].at);
  places_.resize(size);
}

absl::Status MemoryReadModelStore::Commit(const Rows& rows, const Checkpoint& checkpoint) {
  MutexLock lock(mutex_);
  for (const Rows::Write& write : rows.InOrder()) {
    rows_.insert_or_assign(std::string(write.key), std::string(write.value));
  }
  checkpoint_ = checkpoint;
  return absl::OkStatus();
}

absl::Status MemoryReadModelStore::Clear() {
  MutexLock lock(mutex_);
  rows_.clear();
  checkpoint_ = {};
  return absl::OkStatus();
}

std::unique_ptr<Snapshot> MemoryReadModelStore::TakeSnapshot() const {
  MutexLock lock(mutex_);
  return std::make_unique<MemorySnapshot>(rows_, checkpoint_);
}

absl::StatusOr<std::string> DigestRows(const Snapshot& snapshot, const std::stop_token& stop) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, crypto_generichash_BYTES);
  // The length goes before the text, so that no two sets of rows give the same bytes.
  const auto add = [&state](std::string_view text) {
    const std::string length = BigEndian(text.size());
    for (const std::string_view bytes : {std::string_view(length), text}) {
      crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(bytes.data()),
                                bytes.size());
    }
  };
  RETURN_IF_ERROR(snapshot.ForEach("", [&](std::string_view key, std::string_view value) {
    add(key);
    add(value);
    return stop.stop_requested() ? absl::CancelledError() : absl::OkStatus();
  }));
  std::array<unsigned char, crypto_generichash_BYTES> digest;
  crypto_generichash_final(&state, digest.data(), digest.size());
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

absl::StatusOr<std::vector<std::string>> DifferingKeys(const Snapshot& one, const Snapshot& other,
                                                       std::size_t at_most,
                                                       const std::stop_token& stop) {
  std::vector<std::string> keys;
  // Rows of both are compared once.
  const auto look = [&](const Snapshot& rows, const Snapshot& in, bool both) {
    const absl::Status looked =
        rows.ForEach("", [&](std::string_view key, std::string_view value) -> absl::Status {
          if (stop.stop_requested()) return absl::CancelledError();
          ASSIGN_OR_RETURN(const std::optional<std::string> found, in.Get(key));
          if (!found || (both && *found != value)) keys.emplace_back(key);
          return keys.size() < at_most ? absl::OkStatus() : absl::OutOfRangeError("enough");
        });
    return absl::IsOutOfRange(looked) ? absl::OkStatus() : looked;
  };
  RETURN_IF_ERROR(look(one, other, true));
  if (keys.size() < at_most) RETURN_IF_ERROR(look(other, one, false));
  return keys;
}

}  // namespace mlup::projections
