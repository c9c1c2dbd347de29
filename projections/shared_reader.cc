#include "projections/shared_reader.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"

namespace mlup::projections {
namespace {

constexpr std::uint32_t kRunEvents = 256;
// Near the log's end, where runs are short, nobody waits.
constexpr std::uint64_t kFarAhead = kRunEvents * kSharedRunsMax / 2;
// Of an event without its payload.
constexpr std::size_t kEnvelopeBytes = 400;

std::size_t AboutBytes(const log::v1::Record& record) {
  std::size_t bytes = kEnvelopeBytes + record.event().common().size();
  for (const log::v1::SubjectPart& part : record.event().subjects()) {
    bytes += part.clear().size() + part.sealed().size();
  }
  return bytes;
}

}  // namespace

absl::Status EventRun::Add(std::string_view record_bytes, Position expected) {
  auto& record = *google::protobuf::Arena::CreateMessage<log::v1::Record>(&arena_);
  if (!record.ParseFromArray(record_bytes.data(), static_cast<int>(record_bytes.size()))) {
    return Error(absl::StatusCode::kDataLoss, "RECORD_DAMAGED",
                 absl::StrCat("the record at position ", expected.value, " cannot be read"));
  }
  if (Position{record.position()} != expected) {
    return Error(absl::StatusCode::kDataLoss, "LOG_GAP",
                 absl::StrCat("the log gave ", record.position(), " for ", expected.value));
  }
  events_.emplace_back(record, arena_);
  return absl::OkStatus();
}

// Written by whoever reads it, until it is filled; then it changes no more.
struct SharedReader::Run {
  bool filled = false;
  absl::Status status;
  std::shared_ptr<const EventRun> events;
  Position head;
  std::size_t bytes = 0;
};

SharedReader::Reader::Reader(SharedReader& shared) : shared_(shared) {
  MutexLock lock(shared_.mutex_);
  shared_.readers_.insert(this);
}

SharedReader::Reader::~Reader() {
  MutexLock lock(shared_.mutex_);
  shared_.readers_.erase(this);
  shared_.DropWhatMay();
}

absl::StatusOr<Reading> SharedReader::Reader::After(Position position) {
  return shared_.After(*this, position);
}

absl::StatusOr<Reading> SharedReader::After(Reader& reader, Position position) {
  std::shared_ptr<Run> run;
  bool is_mine = false;
  {
    MutexLock lock(mutex_);
    reader.passed_ = position;
    DropWhatMay();
    run = Find(position);
    if (run == nullptr) {
      WaitForOthers(reader);
      run = Find(position);
    }
    is_mine = run == nullptr;
    if (is_mine) {
      run = std::make_shared<Run>();
      kept_.emplace(position, run);
    }
    while (!is_mine && !run->filled) changed_.Wait(mutex_);
  }
  if (is_mine) Fill(position, *run);
  RETURN_IF_ERROR(run->status);
  const std::uint64_t begin = run->events->empty() ? 0 : run->events->front().position().value;
  const std::size_t first = run->events->empty() ? 0 : position.value + 1 - begin;
  return Reading{run->events, first, run->head};
}

std::shared_ptr<SharedReader::Run> SharedReader::Find(Position position) const {
  const auto after = kept_.upper_bound(position);
  if (after == kept_.begin()) return nullptr;
  const auto& [before, run] = *std::prev(after);
  if (before == position) return run;
  const bool holds = run->filled && before.value + run->events->size() > position.value;
  return holds ? run : nullptr;
}

void SharedReader::Drop(std::map<Position, std::shared_ptr<Run>>::iterator run) {
  kept_bytes_ -= run->second->bytes;
  kept_.erase(run);
  changed_.NotifyAll();
}

void SharedReader::WaitForOthers(const Reader& reader) {
  while (IsAwaited(reader) && changed_.WaitFor(mutex_, others_wait_)) continue;
}

bool SharedReader::IsAwaited(const Reader& reader) const {
  if (kept_.size() < kSharedRunsMax && kept_bytes_ < kSharedBytesMax) return false;
  const Position begin = kept_.begin()->first;
  const Run& oldest = *kept_.begin()->second;
  if (!oldest.filled) return false;
  const Position end{begin.value + oldest.events->size()};
  return std::ranges::any_of(readers_, [&](const Reader* other) {
    const bool reads_it = begin <= other->passed_ && other->passed_ < end;
    return reads_it && other->passed_.value + kFarAhead <= reader.passed_.value;
  });
}

void SharedReader::DropWhatMay() {
  Position all_passed{UINT64_MAX};
  for (const Reader* reader : readers_) all_passed = std::min(all_passed, reader->passed_);
  while (!kept_.empty()) {
    const auto oldest = kept_.begin();
    if (!oldest->second->filled) break;
    const bool is_passed = oldest->first.value + oldest->second->events->size() <= all_passed.value;
    if (!is_passed && kept_.size() <= kSharedRunsMax && kept_bytes_ <= kSharedBytesMax) break;
    Drop(oldest);
  }
}

void SharedReader::Fill(Position position, Run& run) {
  log::v1::ReadAllRequest request;
  request.set_from_position(Next(position).value);
  request.set_limit(kRunEvents);
  const absl::StatusOr<log::StoredPage> page = log_.ReadStored(request, true);
  auto events = std::make_shared<EventRun>();
  std::size_t bytes = 0;
  absl::Status status = page.status();
  if (page.ok()) {
    Position expected = position;
    log::RecordWalk walk(page->records);
    while (const auto record_bytes = walk.Next()) {
      expected = Next(expected);
      status = events->Add(*record_bytes, expected);
      if (!status.ok()) break;
      bytes += AboutBytes(events->back().record());
    }
  }
  {
    MutexLock lock(mutex_);
    run.events = std::move(events);
    run.status = status;
    run.head = page.ok() ? page->head : Position{};
    run.bytes = bytes;
    run.filled = true;
    kept_bytes_ += bytes;
    // Nothing that could be found again: the next one who asks reads the log.
    if (!status.ok() || run.events->empty()) Drop(kept_.find(position));
    DropWhatMay();
  }
  changed_.NotifyAll();
}

}  // namespace mlup::projections
