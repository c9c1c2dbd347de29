#include "tests/bench/peers/work.h"

#include <string_view>

#include "absl/time/time.h"

#include "eventstore/base/check.h"
#include "eventstore/base/clock.h"

namespace mlup::bench {
namespace {

namespace pb = log::v1;

constexpr std::size_t kIdSize = 36;
// The tag of a text that no event has, and its length, which is still to be put in.
constexpr std::string_view kPayloadBegin("\xfa\x01\x80\x00", 4);

// Writes a lower-case UUID of version 7 with these bits into `text`.
void PutUuid(std::uint64_t high, std::uint64_t low, std::string& text, std::size_t at = 0) {
  static constexpr char kDigits[] = "0123456789abcdef";
  static constexpr std::string_view kForm = "00000000-0000-7000-8000-000000000000";
  for (std::size_t i = 0; i < kIdSize; ++i) {
    std::uint64_t& bits = i < 19 ? high : low;
    text[at + i] = kForm[i] == '0' ? kDigits[bits & 15] : kForm[i];
    bits >>= 4;
  }
}

// The first 48 bits of a UUID of version 7 are the time, as in those that the services make.
void PutTime(std::uint64_t millis, std::string& text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (std::size_t i = 13; i-- > 0;) {
    if (text[i] == '-') continue;
    text[i] = kDigits[millis & 15];
    millis >>= 4;
  }
}

// SplitMix64: neighbours in, strangers out.
std::uint64_t Mixed(std::uint64_t bits) {
  bits += 0x9e3779b97f4a7c15;
  bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
  return bits ^ bits >> 31;
}

pb::Event Pattern() {
  pb::Event event;
  event.set_event_id(std::string(kIdSize, '0'));
  event.set_type("mlup.cases.v1.ServiceProvided");
  event.set_schema_version(1);
  event.mutable_occurred()->set_precision(pb::PRECISION_DAY);
  event.mutable_occurred()->set_from("2021-02-17");
  event.mutable_occurred()->set_to("2021-02-17");
  event.mutable_actor()->set_actor_id("staff-sw-1");
  event.mutable_actor()->set_role("social_worker");
  event.mutable_actor()->set_organisation_id("mro");
  event.set_channel(pb::CHANNEL_TABLET);
  event.set_device("tablet-07");
  event.set_request_id(std::string(kIdSize, '0'));
  event.set_reason("planned");
  event.set_sensitivity(pb::SENSITIVITY_NORMAL);
  event.set_sector(pb::SECTOR_CASE_MGMT);
  event.set_place("020305");
  event.set_common(std::string(kPayloadBegin) + std::string(kIdSize, 'x'));
  CHECK(event.ByteSizeLong() <= kEventBytes);
  const std::size_t more = kEventBytes - event.ByteSizeLong();
  event.mutable_common()->append(more, 'x');
  const std::size_t length = kIdSize + more;
  CHECK(length < 0x4000);
  event.mutable_common()->at(2) = static_cast<char>(0x80 | (length & 0x7f));
  event.mutable_common()->at(3) = static_cast<char>(length >> 7);
  CHECK(event.ByteSizeLong() == kEventBytes);
  return event;
}

}  // namespace

void Decoder::Bytes(const void* data, std::size_t size) {
  CHECK(event_.ParseFromArray(data, static_cast<int>(size)));
  Event(event_);
}

Work::Work(const Shape& shape) : shape_(shape) {
  CHECK(shape.pieces <= shape.streams_a_slot && shape.events % shape.pieces == 0);
  const Piece piece = {"", 0, shape.events / shape.pieces};
  const Append append = {std::vector<Piece>(shape.pieces, piece),
                         std::vector<pb::Event>(shape.events, Pattern())};
  for (std::size_t i = 0; i < shape.slots; ++i) {
    slots_.push_back({std::mt19937_64(shape.seed * 1'000'003 + i),
                      std::vector<std::uint64_t>(shape.streams_a_slot, 0),
                      append,
                      0,
                      {}});
  }
}

std::string Work::Stream(std::uint64_t seed, std::size_t slot, std::size_t index) {
  const std::uint64_t high = Mixed(seed << 48 ^ slot << 32 ^ index);
  std::string id(kIdSize, '0');
  PutUuid(high, Mixed(high), id);
  return "case/" + id;
}

void Work::Renew(Slot& slot, std::uint64_t millis, pb::Event& event) {
  const std::uint64_t bits = slot.random();
  PutUuid(bits, slot.random(), *event.mutable_event_id());
  PutTime(millis, *event.mutable_event_id());
  PutUuid(slot.random(), bits, *event.mutable_request_id());
  PutUuid(slot.random(), slot.random(), *event.mutable_common(), kPayloadBegin.size());
  slot.tally.Add(event.event_id());
}

const Append& Work::Next(std::size_t number) {
  Slot& slot = slots_[number];
  for (Piece& piece : slot.append.pieces) {
    std::uint64_t& revision = slot.revisions[slot.next];
    piece.stream = Stream(shape_.seed, number, slot.next);
    piece.revision = revision;
    revision += piece.events;
    slot.next = (slot.next + 1) % shape_.streams_a_slot;
  }
  const auto millis = static_cast<std::uint64_t>(absl::ToUnixMillis(SystemClock().Now()));
  for (pb::Event& event : slot.append.events) Renew(slot, millis, event);
  return slot.append;
}

Tally Work::tally() const {
  Tally sum;
  for (const Slot& slot : slots_) {
    sum.events += slot.tally.events;
    sum.digest += slot.tally.digest;
  }
  return sum;
}

}  // namespace mlup::bench
