// One event as reports see it: the envelope's facts and the clear fields of its message.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include <google/protobuf/message.h>

#include "eventstore/base/days.h"
#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "mlup/log/v1/envelope.pb.h"
#include "projections/shared_event.h"

namespace mlup::projections {

// A plain value. It never holds a sealed field, opened or not.
struct Fact {
  Position position;
  std::string event_id;
  // Full type, for example `mlup.cases.v1.CaseClosed`.
  std::string type;
  // `<category>/<id>`.
  std::string stream;
  Revision revision;
  // The possible days; nothing when not known at all.
  std::optional<DayRange> occurred;
  log::v1::Precision precision = log::v1::PRECISION_UNSPECIFIED;
  // The moment itself, for PRECISION_INSTANT only.
  std::optional<absl::Time> instant;
  // `source_recorded_at` where an import states it, else `recorded_at`.
  absl::Time known_at;
  absl::Time recorded_at;
  std::string actor_id;
  std::string role;
  std::string organisation_id;
  std::string place;
  std::string reason;
  log::v1::Sector sector = log::v1::SECTOR_UNSPECIFIED;
  log::v1::Channel channel = log::v1::CHANNEL_UNSPECIFIED;
  // The system that first held the fact; empty where it is ours.
  std::string source_system;
  // The event message with its clear fields (payload::JoinClear), serialised. Parse it with the
  // descriptor that payload::FindEventType(type) gives.
  std::string event_bytes;
  // Position of the first event of the same append.
  std::uint64_t append_first_position = 0;
  // Whether its clear fields are for more than the few whom its sensitivity names.
  bool is_normal = true;

  friend bool operator==(const Fact&, const Fact&) = default;
};

// The fact that an event states. DATA_LOSS or INTERNAL where its payload cannot be read.
absl::StatusOr<Fact> MakeFact(const SharedEvent& event);
// The same for who shares it with nobody.
absl::StatusOr<Fact> MakeFact(const log::v1::Record& record);

// The bytes of a row of the read model, and back. DATA_LOSS FACT_DAMAGED.
std::string EncodeFact(Fact fact);
absl::StatusOr<Fact> DecodeFact(std::string_view bytes);

// Its message. DATA_LOSS FACT_DAMAGED; INTERNAL EVENT_TYPE_UNKNOWN.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> MessageOf(const Fact& fact);

// The days of an envelope; nothing for an unknown time. DATA_LOSS OCCURRED_DAMAGED.
absl::StatusOr<std::optional<DayRange>> OccurredDays(const log::v1::Occurred& occurred);

// When a record was known.
absl::Time KnownAt(const log::v1::Record& record);

// Facts in order of position. Two implementations: FactList, and FactStore over the read model.
//
// Any thread; what one call visits is one consistent state.
class FactSource {
 public:
  using Visit = std::function<absl::Status(const Fact&)>;

  virtual ~FactSource() = default;

  // Visits the facts from position `from` to `up_to`, oldest first. Stops at the first error and
  // returns it. Positions may have gaps: events that are no facts (`system/…`, `access/…`) are
  // passed over.
  virtual absl::Status ForEach(Position from, Position up_to, const Visit& visit) const = 0;

  // Raised when facts that were visited may be others now: whoever keeps them takes all anew.
  virtual std::uint64_t replaced() const { return 0; }

  // The fact at a position. NOT_FOUND FACT_UNKNOWN where there is none.
  absl::StatusOr<Fact> Get(Position position) const;
};

// Facts held in memory, for tests and small sets.
class FactList final : public FactSource {
 public:
  FactList() = default;
  explicit FactList(std::vector<Fact> facts) : facts_(std::move(facts)) {}

  // `fact` stands after all facts added before. Not while another thread reads.
  void Add(Fact fact) { facts_.push_back(std::move(fact)); }

  absl::Status ForEach(Position from, Position up_to, const Visit& visit) const override;

 private:
  std::vector<Fact> facts_;
};

}  // namespace mlup::projections
