// One byte a position, in rows of 1024.
#include "services/sharing/ledger.h"

#include <utility>

#include "eventstore/base/bytes.h"
#include "eventstore/log/history.h"
#include "services/sharing/consent_keys.h"

namespace mlup::sharing {
namespace {

constexpr std::uint64_t kRowPositions = 1024;
constexpr unsigned char kReceivedBit = 0x80;
// A position that is received and yet has no outcome cannot be.
static_assert(kOutcomes < kReceivedBit);

std::string RowKey(std::string_view subscriber_id, std::uint64_t row) {
  return Key('d', subscriber_id, Position{row});
}

// What the subscriber sent itself it has.
bool IsHeld(Outcome outcome) { return IsDelivered(outcome) || outcome == Outcome::kEcho; }

std::string EncodeTotals(const Ledger::Totals& totals) {
  std::string bytes = BigEndian(totals.position.value);
  for (const std::uint64_t count : totals.latest) bytes += BigEndian(count);
  return bytes + BigEndian(totals.received);
}

std::optional<Ledger::Totals> DecodeTotals(std::string_view bytes) {
  if (bytes.size() != 8 * (kOutcomes + 2)) return std::nullopt;
  const auto number = [bytes](std::size_t i) { return FromBigEndian(bytes.substr(8 * i, 8)); };
  Ledger::Totals totals{{number(0)}, {}, number(kOutcomes + 1)};
  for (std::size_t i = 0; i < kOutcomes; ++i) totals.latest[i] = number(i + 1);
  return totals;
}

// The rows of one subscriber while decisions are written into them.
class Writing {
 public:
  Writing(const projections::Snapshot& before, std::string_view subscriber_id,
          Ledger::Totals& totals)
      : before_(before), subscriber_id_(subscriber_id), totals_(totals) {}

  absl::Status Set(const Ledger::Entry& entry) {
    ASSIGN_OR_RETURN(std::string* const row, RowOf(entry.position.value / kRowPositions));
    char& byte = (*row)[entry.position.value % kRowPositions];
    const auto old = static_cast<unsigned char>(byte);
    const bool had = (old & kReceivedBit) != 0;
    const bool has = had || IsHeld(entry.outcome);
    byte = static_cast<char>(static_cast<unsigned char>(entry.outcome) | (has ? kReceivedBit : 0));
    Count(old & ~kReceivedBit, -1);
    Count(static_cast<unsigned>(entry.outcome), 1);
    if (has && !had) ++totals_.received;
    return absl::OkStatus();
  }

  void AddTo(projections::Rows& rows) const {
    for (const auto& [number, row] : rows_) rows.Put(RowKey(subscriber_id_, number), row);
  }

 private:
  absl::StatusOr<std::string*> RowOf(std::uint64_t number) {
    const auto found = rows_.find(number);
    if (found != rows_.end()) return &found->second;
    ASSIGN_OR_RETURN(auto stored, before_.Get(RowKey(subscriber_id_, number)));
    std::string row = stored.has_value() ? *std::move(stored) : std::string();
    row.resize(kRowPositions);
    return &rows_.emplace(number, std::move(row)).first->second;
  }

  void Count(unsigned outcome, int step) {
    if (outcome == 0 || outcome >= kOutcomes) return;
    totals_.latest[outcome] += static_cast<std::uint64_t>(step);
  }

  const projections::Snapshot& before_;
  const std::string_view subscriber_id_;
  Ledger::Totals& totals_;
  std::map<std::uint64_t, std::string> rows_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Ledger>> Ledger::Open(projections::ReadModelStore& store,
                                                     log::EventLog& log) {
  const projections::Checkpoint at = store.TakeSnapshot()->checkpoint();
  if (at.position.value > 0) {
    log::pb::ReadAllRequest request;
    request.set_from_position(at.position.value);
    request.set_limit(1);
    ASSIGN_OR_RETURN(const log::pb::ReadAllResponse page, log.ReadAll(request));
    if (page.records().empty() || log::HistoryOf(page.records(0)) != at.history) {
      RETURN_IF_ERROR(store.Clear());
    }
  }
  std::unique_ptr<Ledger> ledger(new Ledger(store));
  RETURN_IF_ERROR(ledger->ReadTotals());
  return ledger;
}

absl::Status Ledger::ReadTotals() {
  std::map<std::string, Totals, std::less<>> found;
  RETURN_IF_ERROR(
      store_.TakeSnapshot()->ForEach("t", [&](std::string_view key, std::string_view value) {
        const std::optional<Totals> totals = DecodeTotals(value);
        if (totals.has_value()) found.insert({std::string(key.substr(1)), *totals});
        return absl::OkStatus();
      }));
  MutexLock lock(mutex_);
  totals_ = std::move(found);
  return absl::OkStatus();
}

absl::Status Ledger::Keep(std::string_view subscriber_id, const std::vector<Entry>& entries,
                          const log::v1::Record& at) {
  MutexLock lock(mutex_);
  const std::unique_ptr<projections::Snapshot> before = store_.TakeSnapshot();
  Totals totals = totals_[std::string(subscriber_id)];
  Writing writing(*before, subscriber_id, totals);
  projections::Rows rows;
  for (const Entry& entry : entries) {
    RETURN_IF_ERROR(writing.Set(entry));
    for (const std::string& entity : entry.entities) {
      const std::string key = Key('e', subscriber_id, entity);
      ASSIGN_OR_RETURN(const auto known, before->Get(key));
      if (!known.has_value()) rows.Put(key, "");
    }
  }
  if (totals.position.value < at.position()) totals.position = {at.position()};
  writing.AddTo(rows);
  rows.Put("t" + std::string(subscriber_id), EncodeTotals(totals));
  projections::Checkpoint checkpoint = before->checkpoint();
  if (checkpoint.position.value < at.position()) {
    checkpoint = {{at.position()}, log::HistoryOf(at)};
  }
  RETURN_IF_ERROR(store_.Commit(rows, checkpoint));
  totals_[std::string(subscriber_id)] = totals;
  return absl::OkStatus();
}

Ledger::Totals Ledger::totals(std::string_view subscriber_id) const {
  MutexLock lock(mutex_);
  const auto found = totals_.find(subscriber_id);
  return found == totals_.end() ? Totals() : found->second;
}

absl::StatusOr<unsigned char> Ledger::Received::ByteAt(Position position) const {
  ASSIGN_OR_RETURN(const auto row,
                   rows_->Get(RowKey(subscriber_id_, position.value / kRowPositions)));
  if (!row.has_value() || row->size() != kRowPositions) return static_cast<unsigned char>(0);
  return static_cast<unsigned char>((*row)[position.value % kRowPositions]);
}

absl::StatusOr<bool> Ledger::Received::Has(Position position) const {
  ASSIGN_OR_RETURN(const unsigned char byte, ByteAt(position));
  return (byte & kReceivedBit) != 0;
}

absl::StatusOr<Outcome> Ledger::Received::OutcomeAt(Position position) const {
  ASSIGN_OR_RETURN(const unsigned char byte, ByteAt(position));
  const auto number = static_cast<unsigned char>(byte & ~kReceivedBit);
  return number < kOutcomes ? static_cast<Outcome>(number) : Outcome::kUndecided;
}

absl::StatusOr<bool> Ledger::Received::HasAnythingAbout(std::string_view entity) const {
  ASSIGN_OR_RETURN(const auto row, rows_->Get(Key('e', subscriber_id_, entity)));
  return row.has_value();
}

}  // namespace mlup::sharing
