// Facts from records, and their bytes in the read model.
#include "projections/facts/fact.h"

#include <algorithm>
#include <utility>

#include "eventstore/payload/event_types.h"
#include "mlup/reports/v1/fact.pb.h"

namespace mlup::projections {
namespace {

// In whole microseconds, so that a stored fact equals a fresh one.
absl::Time ToTime(const google::protobuf::Timestamp& stamp) {
  return absl::FromUnixMicros(stamp.seconds() * 1'000'000 + stamp.nanos() / 1000);
}

}  // namespace

absl::StatusOr<std::optional<DayRange>> OccurredDays(const log::v1::Occurred& occurred) {
  if (occurred.from().empty() && occurred.to().empty()) return std::optional<DayRange>();
  const std::optional<Day> first = ParseDay(occurred.from());
  const std::optional<Day> last = ParseDay(occurred.to());
  if (!first || !last || *last < *first) {
    return Error(absl::StatusCode::kDataLoss, "OCCURRED_DAMAGED", "an event's days cannot be read");
  }
  return std::optional<DayRange>(DayRange{*first, *last});
}

absl::Time KnownAt(const log::v1::Record& record) {
  return ToTime(record.event().has_source_recorded_at() ? record.event().source_recorded_at()
                                                        : record.recorded_at());
}

absl::StatusOr<Fact> MakeFact(const log::v1::Record& record) {
  google::protobuf::Arena arena;
  return MakeFact(SharedEvent(record, arena));
}

absl::StatusOr<Fact> MakeFact(const SharedEvent& shared) {
  const log::v1::Record& record = shared.record();
  const log::v1::Event& event = record.event();
  Fact fact;
  RETURN_IF_ERROR(shared.clear().status());
  ASSIGN_OR_RETURN(fact.occurred, OccurredDays(event.occurred()));
  fact.position = {record.position()};
  fact.event_id = event.event_id();
  fact.type = event.type();
  fact.stream = record.stream();
  fact.revision = {record.revision()};
  fact.precision = event.occurred().precision();
  if (event.occurred().has_instant()) fact.instant = ToTime(event.occurred().instant());
  fact.known_at = KnownAt(record);
  fact.recorded_at = ToTime(record.recorded_at());
  fact.actor_id = event.actor().actor_id();
  fact.role = event.actor().role();
  fact.organisation_id = event.actor().organisation_id();
  fact.place = event.place();
  fact.reason = event.reason();
  fact.sector = event.sector();
  fact.channel = event.channel();
  fact.source_system = event.source_system();
  fact.event_bytes = (*shared.clear())->SerializeAsString();
  fact.append_first_position = record.append_first_position();
  fact.is_normal = event.sensitivity() <= log::v1::SENSITIVITY_NORMAL;
  return fact;
}

std::string EncodeFact(Fact fact) {
  reports::v1::StoredFact row;
  row.set_position(fact.position.value);
  row.set_event_id(std::move(fact.event_id));
  row.set_type(std::move(fact.type));
  row.set_stream(std::move(fact.stream));
  row.set_revision(fact.revision.value);
  if (fact.occurred) {
    row.set_first_day(fact.occurred->first.value);
    row.set_last_day(fact.occurred->last.value);
  }
  row.set_precision(fact.precision);
  if (fact.instant) row.set_instant_micros(absl::ToUnixMicros(*fact.instant));
  row.set_known_at_micros(absl::ToUnixMicros(fact.known_at));
  row.set_recorded_at_micros(absl::ToUnixMicros(fact.recorded_at));
  row.set_actor_id(std::move(fact.actor_id));
  row.set_role(std::move(fact.role));
  row.set_organisation_id(std::move(fact.organisation_id));
  row.set_place(std::move(fact.place));
  row.set_reason(std::move(fact.reason));
  row.set_sector(fact.sector);
  row.set_channel(fact.channel);
  row.set_source_system(std::move(fact.source_system));
  row.set_event_bytes(std::move(fact.event_bytes));
  row.set_append_first_position(fact.append_first_position);
  row.set_is_normal(fact.is_normal);
  return row.SerializeAsString();
}

absl::StatusOr<Fact> DecodeFact(std::string_view bytes) {
  reports::v1::StoredFact row;
  if (!row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Error(absl::StatusCode::kDataLoss, "FACT_DAMAGED", "a fact cannot be read");
  }
  Fact fact;
  fact.position = {row.position()};
  fact.event_id = std::move(*row.mutable_event_id());
  fact.type = std::move(*row.mutable_type());
  fact.stream = std::move(*row.mutable_stream());
  fact.revision = {row.revision()};
  if (row.has_first_day()) fact.occurred = DayRange{{row.first_day()}, {row.last_day()}};
  fact.precision = row.precision();
  if (row.has_instant_micros()) fact.instant = absl::FromUnixMicros(row.instant_micros());
  fact.known_at = absl::FromUnixMicros(row.known_at_micros());
  fact.recorded_at = absl::FromUnixMicros(row.recorded_at_micros());
  fact.actor_id = std::move(*row.mutable_actor_id());
  fact.role = std::move(*row.mutable_role());
  fact.organisation_id = std::move(*row.mutable_organisation_id());
  fact.place = std::move(*row.mutable_place());
  fact.reason = std::move(*row.mutable_reason());
  fact.sector = row.sector();
  fact.channel = row.channel();
  fact.source_system = std::move(*row.mutable_source_system());
  fact.event_bytes = std::move(*row.mutable_event_bytes());
  fact.append_first_position = row.append_first_position();
  fact.is_normal = row.is_normal();
  return fact;
}

absl::StatusOr<std::unique_ptr<google::protobuf::Message>> MessageOf(const Fact& fact) {
  const google::protobuf::Descriptor* type = payload::FindEventType(fact.type);
  if (type == nullptr) {
    return Error(absl::StatusCode::kInternal, "EVENT_TYPE_UNKNOWN", fact.type);
  }
  std::unique_ptr<google::protobuf::Message> message(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  if (!message->ParseFromString(fact.event_bytes)) {
    return Error(absl::StatusCode::kDataLoss, "FACT_DAMAGED", "a fact's message cannot be read");
  }
  return message;
}

absl::StatusOr<Fact> FactSource::Get(Position position) const {
  std::optional<Fact> found;
  RETURN_IF_ERROR(ForEach(position, position, [&found](const Fact& fact) {
    found = fact;
    return absl::OkStatus();
  }));
  if (found) return *std::move(found);
  return Error(absl::StatusCode::kNotFound, "FACT_UNKNOWN", "there is no fact at this position");
}

absl::Status FactList::ForEach(Position from, Position up_to, const Visit& visit) const {
  auto fact = std::ranges::lower_bound(facts_, from, {}, &Fact::position);
  for (; fact != facts_.end() && fact->position <= up_to; ++fact) {
    RETURN_IF_ERROR(visit(*fact));
  }
  return absl::OkStatus();
}

}  // namespace mlup::projections
