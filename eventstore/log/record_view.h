// Stored records, read in place and written without being made.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "eventstore/base/types.h"
#include "eventstore/log/record_times.h"
#include "mlup/log/v1/event_store.pb.h"

// All functions are pure and may be called from any thread.
namespace mlup::log {

// What the log itself needs of a record; views into its bytes. Everything else of it, and what a
// later version added, is passed over.
struct RecordView {
  Position position;
  std::string_view stream;
  Revision revision;
  Position append_first;
  std::uint32_t append_events = 0;
  std::string_view request_digest = {};
  // The event's own bytes; empty in the view of a message.
  std::string_view event = {};
  // Of the event.
  std::string_view event_id = {};
  std::string_view type = {};
  std::string_view place = {};
  int sector = 0;
  std::string_view correlation_id = {};
  std::string_view source_system = {};
  std::string_view source_id = {};
};

// Nothing when the bytes are not a message.
std::optional<RecordView> ViewRecord(std::string_view bytes);

// The same without a look into the event: nothing of it is told but its bytes.
std::optional<RecordView> ViewEnvelope(std::string_view bytes);

// The same of a message; views into it.
RecordView ViewOf(const v1::Record& record);

// The stream of the record alone, which stands near its beginning; empty when there is none.
std::string_view StreamOf(std::string_view bytes);

// The bytes of the record of this event, as its message would be serialised, in the place of those
// in `to`. What the view says of the event is not looked at.
void EncodeRecord(const RecordView& view, const RecordTimes& times, const v1::Event& event,
                  std::string& to);

}  // namespace mlup::log
