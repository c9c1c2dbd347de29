#include "eventstore/log/stored_page.h"

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
  for (const char* field = reader.place(); const std::uint32_t tag = reader.NextTag();
       field = reader.place()) {
    if (tag == kNextTag) {
      page.next = {reader.Varint()};
    } else if (tag == kHeadTag) {
      page.head = {reader.Varint()};
    } else if (tag == kRecordTag) {
      const std::string_view bytes = reader.Bytes();
      const std::optional<RecordView> record = ViewRecord(bytes);
      if (!record.has_value()) return std::nullopt;
      if (!with_system && IsSystem(record->stream)) continue;
      page.last = record->position;
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
  response.resize(kept);
  page.records = std::move(response);
  return page;
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
