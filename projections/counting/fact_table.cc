// Loading facts and their messages.
#include "absl/strings/str_cat.h"
#include <google/protobuf/message.h>

#include "eventstore/payload/event_references.h"
#include "eventstore/payload/event_types.h"
#include "projections/counting/world.h"

namespace mlup::counting {

absl::StatusOr<FactTable> FactTable::Load(const projections::FactSource& source, Position up_to) {
  FactTable table;
  RETURN_IF_ERROR(source.ForEach(up_to, [&table](const Fact& fact) { return table.Add(fact); }));
  return table;
}

namespace {

// Events are named on their own stream: an author's id counts there only.
std::string KeyOf(std::string_view stream, std::string_view event_id) {
  return absl::StrCat(ToAbsl(stream), " ", ToAbsl(event_id));
}

}  // namespace

absl::Status FactTable::Add(const Fact& fact) {
  const Descriptor* type = payload::FindEventType(fact.type);
  // A newer program counted it; for this one it is closed.
  if (type == nullptr) return absl::OkStatus();
  Message* message =
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New(arena_.get());
  if (!message->ParseFromString(fact.event_bytes)) {
    return Error(absl::StatusCode::kDataLoss, "FACT_DAMAGED", "a fact cannot be read");
  }
  const auto stream =
      streams_.try_emplace(fact.stream, static_cast<std::uint32_t>(streams_.size())).first->second;
  events_.try_emplace(KeyOf(fact.stream, fact.event_id), rows_.size());
  rows_.push_back({fact, type, message, stream, &payload::MarksOf(*type)});
  return absl::OkStatus();
}

std::optional<std::size_t> FactTable::FindEvent(std::string_view stream,
                                                std::string_view event_id) const {
  const auto found = events_.find(KeyOf(stream, event_id));
  if (found == events_.end()) return std::nullopt;
  return found->second;
}

std::optional<std::uint32_t> FactTable::FindStream(std::string_view stream) const {
  const auto found = streams_.find(std::string(stream));
  if (found == streams_.end()) return std::nullopt;
  return found->second;
}

}  // namespace mlup::counting
