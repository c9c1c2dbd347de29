// The work that every system of the peer bench is given: appends of events of 288 serialised bytes,
// and the tally by which what was read back is compared with what was acknowledged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "mlup/log/v1/envelope.pb.h"

namespace mlup::bench {

inline constexpr std::size_t kEventBytes = 288;

// How many events there are, and a sum over their ids that does not depend on their order.
struct Tally {
  std::uint64_t events = 0;
  std::uint64_t digest = 0;

  void Add(std::string_view event_id) {
    ++events;
    digest += std::hash<std::string_view>()(event_id);
  }
};

// Counts events that a system gives back, each decoded. Bytes() decodes into one message that is
// reused.
class Decoder {
 public:
  void Bytes(const void* data, std::size_t size);
  void Event(const log::v1::Event& event) { tally_.Add(event.event_id()); }
  const Tally& tally() const { return tally_; }

 private:
  log::v1::Event event_;
  Tally tally_;
};

// Consecutive events of one stream, and the revision that the stream is expected to have before
// them.
struct Piece {
  std::string stream;
  std::uint64_t revision = 0;
  std::size_t events = 0;
};

// All or nothing.
struct Append {
  std::vector<Piece> pieces;
  // Those of all pieces, in order.
  std::vector<log::v1::Event> events;
};

// How the work is cut. A slot is a caller that waits for its answer before it sends again; its
// streams are its own.
struct Shape {
  std::size_t slots = 1;
  std::size_t streams_a_slot = 1;
  // Of one append.
  std::size_t events = 1;
  std::size_t pieces = 1;
  std::uint64_t seed = 1;
};

// Makes the appends of all slots, the same for the same seed. One slot is used by one thread at a
// time.
class Work {
 public:
  explicit Work(const Shape& shape);

  // The next append of a slot, as if all before it were taken; it stands until the slot's next.
  const Append& Next(std::size_t slot);

  // Of all that Next() returned.
  Tally tally() const;

  // The name of a stream of the work with this seed.
  static std::string Stream(std::uint64_t seed, std::size_t slot, std::size_t index);

 private:
  struct Slot {
    std::mt19937_64 random;
    std::vector<std::uint64_t> revisions;
    Append append;
    std::size_t next = 0;
    Tally tally;
  };

  static void Renew(Slot& slot, std::uint64_t millis, log::v1::Event& event);

  const Shape shape_;
  std::vector<Slot> slots_;
};

}  // namespace mlup::bench
