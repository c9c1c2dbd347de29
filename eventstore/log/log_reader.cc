#include "eventstore/log/log_reader.h"

#include <algorithm>
#include <utility>

#include "eventstore/base/status.h"
#include "eventstore/log/keys.h"
#include "eventstore/log/read_rules.h"
#include "eventstore/log/record_view.h"

namespace mlup::log {
namespace {

// Who read the whole log at the same time and get their place back.
constexpr std::size_t kPlacesMax = 4;
// From so many records on a page goes past what is worth keeping in RocksDB's cache.
constexpr std::size_t kScanPageRecords = 64;

}  // namespace

// Finds records by position, in either place. One thread at a time.
class LogReader::Blocks {
 public:
  Blocks(const Backlog& backlog, const RocksStore& store,
         BlockCursor::Use use = BlockCursor::Use::kLookUp)
      : backlog_(backlog), store_(store), use_(use) {}

  // The block that has the record. Valid until the next call.
  absl::StatusOr<const LoadedBlock*> BlockOf(Position position) {
    if (block_ == nullptr || !block_->Has(position)) RETURN_IF_ERROR(Load(position));
    return block_.get();
  }
  // Valid until the next call.
  absl::StatusOr<std::string_view> Record(Position position) {
    ASSIGN_OR_RETURN(const LoadedBlock* const block, BlockOf(position));
    last_ = position;
    return block->record(position);
  }
  // Whether the last block was read from RocksDB, where the next one is likely to follow it.
  bool stored() const { return stored_; }
  // The key of the append that begins with the last record.
  std::string_view Key() const {
    return block_->KeysByRecord()[last_.value - block_->first().value];
  }

 private:
  absl::Status Load(Position position) {
    block_ = backlog_.BlockAt(position);
    stored_ = block_ == nullptr;
    if (!stored_) return absl::OkStatus();
    // What has left memory since the cursor was made is seen by a new one.
    for (const bool again : {false, true}) {
      if (!cursor_.has_value() || again) cursor_.emplace(store_, use_);
      ASSIGN_OR_RETURN(block_, cursor_->BlockAt(position));
      if (block_ != nullptr) return absl::OkStatus();
    }
    return RecordDamaged(position);
  }

  const Backlog& backlog_;
  const RocksStore& store_;
  const BlockCursor::Use use_;
  std::optional<BlockCursor> cursor_;
  std::shared_ptr<const LoadedBlock> block_;
  bool stored_ = false;
  Position last_;
};

LogReader::LogReader(const Backlog& backlog, const RocksStore& store)
    : backlog_(backlog), store_(store) {}

LogReader::~LogReader() = default;

IndexedGroups::Run LogReader::Recent(std::string_view stream, Position upto) const {
  IndexedGroups::Run recent = backlog_.Run(stream);
  while (!recent.positions.empty() && recent.positions.back() > upto) recent.positions.pop_back();
  return recent;
}

absl::StatusOr<Revision> LogReader::StreamHead(std::string_view stream,
                                               const IndexedGroups::Run& recent,
                                               Position upto) const {
  if (recent.first.value > 0) return Revision{recent.first.value + recent.positions.size() - 1};
  // Looked for after memory, so that nothing is missed on its way.
  return store_.StreamHead(stream, upto);
}

absl::StatusOr<Revision> LogReader::StreamHead(std::string_view stream, Position upto) const {
  return StreamHead(stream, Recent(stream, upto), upto);
}

absl::StatusOr<std::optional<v1::AppendResponse>> LogReader::FindAppend(const v1::RequestKey& key,
                                                                        std::string_view digest,
                                                                        Position upto) const {
  const std::string bytes = RequestKeyBytes(key);
  const std::string index_key = RequestIndexKey(bytes);
  Position first = backlog_.FindRequest(index_key);
  if (first.value == 0) {
    ASSIGN_OR_RETURN(first, store_.FindRequest(index_key));
  }
  if (first.value == 0 || first > upto) return std::nullopt;
  Blocks blocks(backlog_, store_);
  std::vector<std::string> records;
  std::uint64_t count = 1;
  for (Position at = first; records.size() < count; at = Next(at)) {
    ASSIGN_OR_RETURN(const std::string_view record, blocks.Record(at));
    const auto view = ViewRecord(record);
    if (!view.has_value() || view->position != at || view->append_first != first ||
        (at == first && blocks.Key() != bytes)) {
      return RecordDamaged(at);
    }
    count = view->append_events;
    records.emplace_back(record);
  }
  std::vector<RecordView> views;
  views.reserve(records.size());
  for (const std::string& record : records) views.push_back(*ViewRecord(record));
  return ReplayOf(views, digest);
}

absl::StatusOr<std::vector<absl::uint128>> LogReader::TakenIds(
    const std::vector<absl::uint128>& ids) const {
  // In this order: what leaves the backlog is in the store.
  std::vector<absl::uint128> taken = backlog_.TakenIds(ids);
  ASSIGN_OR_RETURN(const std::vector<absl::uint128> stored, store_.TakenIds(ids));
  taken.insert(taken.end(), stored.begin(), stored.end());
  return taken;
}

absl::StatusOr<std::vector<Position>> LogReader::Positions(std::string_view stream,
                                                           const IndexedGroups::Run& recent,
                                                           Revision first, Revision last) const {
  std::vector<Position> positions;
  const Revision stored_last =
      recent.positions.empty() ? last : std::min(last, Revision{recent.first.value - 1});
  if (first <= stored_last) {
    ASSIGN_OR_RETURN(positions, store_.StreamPositions(stream, first, stored_last));
  }
  for (Revision next = {first.value + positions.size()}; next <= last; next = Next(next)) {
    if (recent.positions.empty() || next < recent.first || next > recent.last()) {
      return Error(absl::StatusCode::kDataLoss, "STORE_DAMAGED", "an entry of the log is missing");
    }
    positions.push_back(recent.positions[next.value - recent.first.value]);
  }
  return positions;
}

absl::StatusOr<StoredStream> LogReader::ReadStream(const v1::ReadStreamRequest& request,
                                                   Position upto) const {
  const IndexedGroups::Run recent = Recent(request.stream(), upto);
  ASSIGN_OR_RETURN(const Revision head, StreamHead(request.stream(), recent, upto));
  StoredStream page;
  page.last_revision = head;
  Walk walk = PlanWalk(request.from_revision(), request.direction(), head.value);
  walk.count = std::min<std::uint64_t>(walk.count, PageRecords(request.limit()));
  if (walk.count == 0) return page;
  const std::uint64_t end = walk.At(walk.count - 1);
  const Revision first = {std::min(walk.first, end)};
  ASSIGN_OR_RETURN(const std::vector<Position> positions,
                   Positions(request.stream(), recent, first, {std::max(walk.first, end)}));
  Budget room = PageBudget(request.limit());
  Blocks blocks(backlog_, store_);
  for (std::uint64_t i = 0; i < walk.count; ++i) {
    const Position position = positions[walk.At(i) - first.value];
    ASSIGN_OR_RETURN(const std::string_view bytes, blocks.Record(position));
    const auto record = ViewRecord(bytes);
    if (!record.has_value() || record->position != position || record->stream != request.stream() ||
        record->revision.value != walk.At(i)) {
      return RecordDamaged(position);
    }
    if (!room.Take(bytes.size())) break;
    page.Add(position, bytes);
  }
  return page;
}

absl::StatusOr<StoredPage> LogReader::ReadAll(const v1::ReadAllRequest& request, bool with_system,
                                              Position upto) const {
  const bool forward = request.direction() != v1::DIRECTION_BACKWARD;
  auto blocks = TakePlace({forward ? request.from_position() : 0}, PageRecords(request.limit()));
  ASSIGN_OR_RETURN(StoredPage page, ReadPage(request, with_system, upto, *blocks));
  if (forward && page.next.value != 0 && blocks->stored()) KeepPlace(page.next, std::move(blocks));
  return page;
}

absl::StatusOr<StoredPage> LogReader::ReadPage(const v1::ReadAllRequest& request, bool with_system,
                                               Position upto, Blocks& blocks) const {
  StoredPage page;
  page.head = upto;
  Budget room = PageBudget(request.limit());
  Budget scan = ScanBudget();
  const bool matches_all = MatchesAll(request.filter());
  const Walk walk = PlanWalk(request.from_position(), request.direction(), upto.value);
  for (std::uint64_t i = 0; i < walk.count; ++i) {
    const Position position = {walk.At(i)};
    page.next = position;
    if (!room.HasRoom()) return page;
    ASSIGN_OR_RETURN(const LoadedBlock* const block, blocks.BlockOf(position));
    const std::size_t records = block->block().records.size();
    if (matches_all && !walk.backward && position == block->first() && records <= walk.count - i &&
        (with_system || !block->HasSystem()) && room.Fits(records, block->record_bytes()) &&
        scan.Fits(records, block->record_bytes())) {
      room.TakeAll(records, block->record_bytes());
      scan.TakeAll(records, block->record_bytes());
      page.AddAll(*block);
      i += records - 1;
      continue;
    }
    const std::string_view bytes = block->record(position);
    if (!scan.Take(bytes.size())) return page;
    if (!with_system && IsSystem(StreamOf(bytes))) continue;
    if (!matches_all) {
      const auto record = ViewRecord(bytes);
      if (!record.has_value() || record->position != position) return RecordDamaged(position);
      if (!MatchesFilter(request.filter(), *record)) continue;
    }
    if (!room.Take(bytes.size())) return page;
    page.Add(position, bytes);
  }
  page.next = {0};
  return page;
}

std::unique_ptr<LogReader::Blocks> LogReader::TakePlace(Position from, std::size_t records) const {
  {
    MutexLock lock(mutex_);
    const auto kept = std::find_if(places_.begin(), places_.end(),
                                   [&](const Place& place) { return place.next == from; });
    if (kept != places_.end()) {
      auto blocks = std::move(kept->blocks);
      places_.erase(kept);
      return blocks;
    }
  }
  const auto use = records < kScanPageRecords ? BlockCursor::Use::kLookUp : BlockCursor::Use::kScan;
  return std::make_unique<Blocks>(backlog_, store_, use);
}

void LogReader::KeepPlace(Position next, std::unique_ptr<Blocks> blocks) const {
  Place given_up;  // without the lock
  MutexLock lock(mutex_);
  if (places_.size() == kPlacesMax) {
    given_up = std::move(places_.front());
    places_.erase(places_.begin());
  }
  places_.push_back({next, std::move(blocks)});
}

void LogReader::ForgetPlaces() const {
  std::vector<Place> given_up;  // without the lock
  MutexLock lock(mutex_);
  given_up.swap(places_);
}

absl::StatusOr<std::string> LogReader::ReadBytes(Position position) const {
  Blocks blocks(backlog_, store_);
  ASSIGN_OR_RETURN(const std::string_view bytes, blocks.Record(position));
  return std::string(bytes);
}

}  // namespace mlup::log
