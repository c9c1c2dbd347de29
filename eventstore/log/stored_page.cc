#include "eventstore/log/stored_page.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "eventstore/journal/block.h"
#include "eventstore/log/read_rules.h"
#include "eventstore/log/record_view.h"

namespace mlup::log {
namespace {

using v1::ReadAllResponse;
using v1::ReadStreamResponse;

constexpr std::uint32_t kRecordTag = wire::Tag(ReadAllResponse::kRecordsFieldNumber, wire::kBytes);
constexpr std::uint32_t kNextTag =
    wire::Tag(ReadAllResponse::kNextPositionFieldNumber, wire::kVarint);
constexpr std::uint32_t kHeadTag = wire::Tag(ReadAllResponse::kHeadFieldNumber, wire::kVarint);
constexpr std::uint32_t kBatchTag =
    wire::Tag(v1::SubscribeResponse::kBatchFieldNumber, wire::kBytes);
// Its tag and the size that follows.
constexpr std::size_t kBatchHeadMax = 11;
constexpr std::uint32_t kLastRevisionTag =
    wire::Tag(ReadStreamResponse::kLastRevisionFieldNumber, wire::kVarint);

static_assert(int{ReadAllResponse::kRecordsFieldNumber} ==
              int{ReadStreamResponse::kRecordsFieldNumber});

// A field that has its default is not written.
void AddNumber(std::uint32_t tag, std::uint64_t number, std::string& to) {
  if (number == 0) return;
  wire::AddVarint(tag, to);
  wire::AddVarint(number, to);
}

}  // namespace

void StoredRecords::Add(Position position, std::string_view record) {
  journal::AddRecordField(record, records);
  last = position;
  last_bytes = record.size();
  ++count;
}

void StoredRecords::AddAll(const LoadedBlock& block) {
  records += block.block().wire;
  last = block.last();
  last_bytes = block.record(last).size();
  count += block.block().records.size();
}

std::optional<std::string_view> RecordWalk::Next() {
  if (reader_.NextTag() != kRecordTag) return std::nullopt;
  return reader_.Bytes();
}

std::string BytesAfterRecords(const StoredPage& page) {
  std::string bytes;
  AddNumber(kNextTag, page.next.value, bytes);
  AddNumber(kHeadTag, page.head.value, bytes);
  return bytes;
}

std::string BytesAfterRecords(const StoredStream& page) {
  std::string bytes;
  AddNumber(kLastRevisionTag, page.last_revision.value, bytes);
  return bytes;
}

std::optional<StoredPage> ParsePage(std::string response, bool with_system) {
  StoredPage page;
  // What is kept moves to the front; mostly it stands there already.
  std::size_t kept = 0;
  wire::Reader reader(response);
  while (true) {
    const char* const field = reader.place();
    const std::uint32_t tag = reader.NextTag();
    if (tag == 0) break;
    if (tag == kNextTag) {
      page.next = {reader.Varint()};
    } else if (tag == kHeadTag) {
      page.head = {reader.Varint()};
    } else if (tag == kRecordTag) {
      const std::string_view bytes = reader.Bytes();
      if (!with_system && IsSystem(StreamOf(bytes))) continue;
      page.last_bytes = bytes.size();
      ++page.count;
      const auto size = static_cast<std::size_t>(reader.place() - field);
      std::memmove(response.data() + kept, field, size);
      kept += size;
    } else {
      reader.Skip(tag);
    }
  }
  if (reader.failed()) return std::nullopt;
  if (page.count > 0) {
    // It has moved to the end of what is kept.
    const auto last = std::string_view(response).substr(kept - page.last_bytes, page.last_bytes);
    const std::optional<RecordView> view = ViewRecord(last);
    if (!view.has_value()) return std::nullopt;
    page.last = view->position;
  }
  response.resize(kept);
  page.records = std::move(response);
  return page;
}

bool ParseDelivery(std::span<const std::string_view> pieces, StoredDelivery& delivery) {
  StoredRecords& batch = delivery.batch;
  std::string& bytes = batch.records;
  bytes.clear();
  batch.count = 0;
  // What stands before the records is not copied, so that they need not be moved.
  // They may be in several pieces: those are what the network made of the message.
  std::string beginning;
  for (const std::string_view piece : pieces) {
    if (beginning.size() == kBatchHeadMax) break;
    beginning += piece.substr(0, kBatchHeadMax - beginning.size());
  }
  wire::Reader before(beginning);
  const bool has_batch = before.NextTag() == kBatchTag;
  const std::size_t size = has_batch ? before.Varint() : 0;
  if (before.failed()) return false;
  std::size_t skipped = has_batch ? static_cast<std::size_t>(before.place() - beginning.data()) : 0;
  for (const std::string_view piece : pieces) {
    const std::size_t taken = std::min(skipped, piece.size());
    bytes += piece.substr(taken);
    skipped -= taken;
  }
  if (bytes.size() < size) return false;
  const std::string_view others = std::string_view(bytes).substr(size);
  if (!delivery.message.ParseFromArray(others.data(), static_cast<int>(others.size()))) {
    return false;
  }
  bytes.resize(size);
  // Nobody sends records in two places, or behind the rest.
  if (delivery.message.has_batch()) return false;

  std::string_view last;
  for (wire::Reader reader(bytes); const std::uint32_t tag = reader.NextTag();) {
    last = reader.Bytes();
    if (tag != kRecordTag || reader.failed()) return false;
    ++batch.count;
  }
  if (batch.count == 0) return true;
  const std::optional<RecordView> view = ViewRecord(last);
  if (!view.has_value()) return false;
  batch.last = view->position;
  batch.last_bytes = last.size();
  return true;
}

bool ParseInto(const StoredPage& page, v1::ReadAllResponse& response) {
  if (!response.ParseFromString(page.records)) return false;
  response.set_next_position(page.next.value);
  response.set_head(page.head.value);
  return true;
}

bool ParseInto(const StoredStream& page, v1::ReadStreamResponse& response) {
  if (!response.ParseFromString(page.records)) return false;
  response.set_last_revision(page.last_revision.value);
  return true;
}

}  // namespace mlup::log
