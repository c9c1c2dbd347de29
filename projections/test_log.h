// A log in memory that tests fill with one line an event.
#pragma once

#include <functional>
#include <string>

#include <google/protobuf/message.h>

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/types.h"
#include "eventstore/log/memory_event_log.h"
#include "mlup/log/v1/envelope.pb.h"
#include "projections/shared_reader.h"

namespace mlup::projections {

// For tests only: CHECKs where production code returns an error. One thread.
class TestLog {
 public:
  // Seals one subject's personal fields.
  using Sealer =
      std::function<std::string(const log::v1::Event& event, const std::string& stream,
                                const std::string& subject_id, const std::string& personal)>;

  TestLog();

  // What the following events carry besides their payload: 2021-02-17, a social worker of `mro`,
  // channel tablet, sector case management.
  log::v1::Event& envelope() { return envelope_; }

  // Days of the following events; `to` is `from` where empty.
  void Occurred(const std::string& from, const std::string& to = "");

  // Without a sealer, sealed parts are the word `sealed`.
  void SealWith(Sealer sealer) { sealer_ = std::move(sealer); }

  // Appends one event and returns its position. Event ids are those of `id_of`.
  Position Append(const std::string& stream, const google::protobuf::Message& event);

  // Appends an event of a type that nobody knows.
  Position AppendUnknown(const std::string& stream);

  // Appends the event with a common part that cannot be parsed.
  Position AppendDamaged(const std::string& stream, const google::protobuf::Message& event);

  std::string id_of(Position position) const;
  Position head() const { return head_; }

  log::MemoryEventLog& log() { return log_; }
  // What workers read it with.
  SharedReader& reader() { return reader_; }
  ManualClock& clock() { return clock_; }
  Random& random() { return random_; }

 private:
  log::v1::Event Stored(const std::string& stream, const google::protobuf::Message& event) const;
  Position AppendEvent(const std::string& stream, log::v1::Event event);

  ManualClock clock_;
  SeededRandom random_;
  log::MemoryEventLog log_;
  SharedReader reader_{log_};
  log::v1::Event envelope_;
  Sealer sealer_;
  Position head_;
};

// A UUID that reads as its number: `00000000-0000-7000-8000-000000000007`.
std::string TestId(unsigned number);

}  // namespace mlup::projections
