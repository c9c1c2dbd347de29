// Pages of the log as they are stored, and as they go over the wire.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "eventstore/base/types.h"
#include "eventstore/base/wire.h"
#include "eventstore/log/stored_block.h"
#include "mlup/log/v1/event_store.pb.h"

// Values and pure functions; any thread may call them.
namespace mlup::log {

// Records for whoever passes them on or reads them in place.
struct StoredRecords {
  // Field 1 of the messages that have records: a key, a length and the stored bytes for each.
  std::string records;
  std::size_t count = 0;
  // Position of the last of them, and how many of the bytes above are its own.
  Position last;
  std::size_t last_bytes = 0;

  void Add(Position position, std::string_view record);
  // All records of the block.
  void AddAll(const LoadedBlock& block);
  // The stored bytes of the last record; there must be one.
  std::string_view last_record() const {
    return std::string_view(records).substr(records.size() - last_bytes);
  }
};

// Of the whole log.
struct StoredPage : StoredRecords {
  // As of v1::ReadAllResponse.
  Position next;
  Position head;
};

// Of one stream.
struct StoredStream : StoredRecords {
  // As of v1::ReadStreamResponse.
  Revision last_revision;
};

// Of a subscription: a message whose events, if there are any, do not stand in `message`.
struct StoredDelivery {
  v1::SubscribeResponse message;
  StoredRecords batch = {};

  bool has_batch() const { return batch.count > 0; }
  // Neither events nor anything else.
  bool is_silent() const {
    return !has_batch() && message.kind_case() == v1::SubscribeResponse::KIND_NOT_SET;
  }
};

// Takes the records off their field, one by one; the bytes must outlive it. To have each as a
// message, parse it into one that is reused.
class RecordWalk {
 public:
  explicit RecordWalk(std::string_view records) : reader_(records) {}

  // The stored bytes of the next record; nothing at the end.
  std::optional<std::string_view> Next();

 private:
  wire::Reader reader_;
};

// What follows the records in a serialised v1::ReadAllResponse and v1::ReadStreamResponse.
std::string BytesAfterRecords(const StoredPage& page);
std::string BytesAfterRecords(const StoredStream& page);

// The page of a serialised v1::ReadAllResponse, without the log's own events unless `with_system`.
// Nothing when the bytes are none; what stands in the records' events is not looked at.
std::optional<StoredPage> ParsePage(std::string response, bool with_system);

// The delivery of a serialised v1::SubscribeResponse, which comes in pieces, in the memory of an
// earlier one. False when the bytes are none.
bool ParseDelivery(std::span<const std::string_view> pieces, StoredDelivery& delivery);

// The page as a message. False when a record is none.
bool ParseInto(const StoredPage& page, v1::ReadAllResponse& response);
bool ParseInto(const StoredStream& page, v1::ReadStreamResponse& response);

}  // namespace mlup::log
