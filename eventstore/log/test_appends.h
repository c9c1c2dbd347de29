// Builds appends for tests of the log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/uuid.h"
#include "mlup/log/v1/event_store.pb.h"

namespace mlup::log {

// Makes ids, streams and requests that are the same for the same seed. Any thread.
class Appends {
 public:
  explicit Appends(std::uint64_t seed) : random_(seed) {}

  std::string Id() { return NewUuid(clock_, random_); }
  std::string Stream(std::string_view category = "case") {
    return std::string(category) + "/" + Id();
  }

  v1::Event Event(std::string_view type = "mlup.test.v1.Noted", std::size_t bytes = 16) {
    v1::Event event;
    event.set_event_id(Id());
    event.set_type(std::string(type));
    event.set_schema_version(1);
    event.set_common(RandomBytes(random_, bytes));
    return event;
  }

  // A request with a key of its own and nothing to write.
  v1::AppendRequest Empty() {
    v1::AppendRequest request;
    request.mutable_key()->set_organisation_id("mro");
    request.mutable_key()->set_request_id(Id());
    request.set_request_digest(std::string(32, 'd'));
    return request;
  }

  // One write of `count` events of so many bytes that do not compress.
  v1::AppendRequest To(const std::string& stream, int count = 1, std::size_t bytes = 16) {
    v1::AppendRequest request = Empty();
    Add(request, stream, count, bytes);
    return request;
  }

  // Adds a write, and returns what it expects for the caller to set.
  v1::Expected& Add(v1::AppendRequest& request, const std::string& stream, int count = 1,
                    std::size_t bytes = 16) {
    v1::StreamWrite& write = *request.add_writes();
    write.set_stream(stream);
    for (int i = 0; i < count; ++i) *write.add_events() = Event("mlup.test.v1.Noted", bytes);
    return *write.mutable_expected();
  }

 private:
  ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  SeededRandom random_;
};

inline v1::LookupRequest LookupOf(const v1::AppendRequest& request) {
  v1::LookupRequest lookup;
  *lookup.mutable_key() = request.key();
  lookup.set_request_digest(request.request_digest());
  return lookup;
}

}  // namespace mlup::log
