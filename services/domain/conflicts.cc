#include "services/domain/conflicts.h"

#include <optional>
#include <string>
#include <string_view>

#include "mlup/common/v1/common.pb.h"
#include "services/domain/fact_field.h"

namespace mlup::domain {
namespace {

using common::v1::ConflictDetected;
using common::v1::ConflictResolved;

std::set<std::string> RequestsOf(const ConflictDetected& detected) {
  std::set<std::string> ids;
  for (const auto& entry : detected.entries()) ids.insert(entry.request_id());
  return ids;
}

void On(ConflictState& state, const ConflictDetected& detected, const EventInfo& info) {
  state.open[info.event_id] = RequestsOf(detected);
}

void On(ConflictState& state, const ConflictResolved& resolved, const EventInfo&) {
  state.open.erase(resolved.conflict_event_id());
}

absl::Status WrongConflict(std::string_view reason, std::string_view field,
                           std::string_view message) {
  return FieldError(absl::StatusCode::kInvalidArgument, reason, field, message);
}

absl::Status May(const ConflictState&, const ConflictDetected& detected, const RuleContext&) {
  const std::optional<FactField> field = FindFactField(detected.field());
  if (!field) {
    return WrongConflict("FIELD_UNKNOWN", "conflict_detected.field",
                         "must be a fact and the path of its field, as `mlup schema` prints them");
  }
  const int entries = detected.entries_size();
  if (static_cast<int>(RequestsOf(detected).size()) != entries) {
    return WrongConflict("ENTRY_TWICE", "conflict_detected.entries", "must hold each request once");
  }
  const bool in_part = field->in_persons_part();
  if (in_part ? !detected.values().empty() : detected.has_person()) {
    return WrongConflict(
        "VALUE_PLACE", in_part ? "conflict_detected.values" : "conflict_detected.person",
        in_part ? "must be empty: values from a person's part belong to person.values"
                : "must be empty: the field is in nobody's part");
  }
  const std::string place =
      in_part ? "conflict_detected.person.values" : "conflict_detected.values";
  const auto& values = in_part ? detected.person().values() : detected.values();
  if (values.size() != entries) {
    return WrongConflict("VALUES_MISSING", place,
                         "must hold a value for each entry, in their order");
  }
  for (int i = 0; i < values.size(); ++i) {
    RETURN_IF_ERROR(field->CheckValue(values[i], absl::StrCat(place, "[", i, "]")));
  }
  return absl::OkStatus();
}

absl::Status May(const ConflictState& state, const ConflictResolved& resolved, const RuleContext&) {
  const auto conflict = state.open.find(resolved.conflict_event_id());
  if (conflict == state.open.end()) {
    return Refuse("CONFLICT_NOT_OPEN", "no conflict of this record with this event id is open",
                  "name a conflict_detected that is neither voided nor resolved",
                  ".conflict_event_id");
  }
  const std::string& chosen = resolved.chosen_request_id();
  if (chosen.empty() || conflict->second.contains(chosen)) return absl::OkStatus();
  return Refuse("ENTRY_UNKNOWN", "the conflict has no entry with this request id",
                "name one of its entries, or none where no value holds", ".chosen_request_id");
}

}  // namespace

const Aggregate<ConflictState>& Conflicts() {
  static const auto& rules = Aggregate<ConflictState>::Make("conflicts")
                                 .On<ConflictDetected>(On)
                                 .On<ConflictResolved>(On)
                                 .May<ConflictDetected>(May)
                                 .May<ConflictResolved>(May);
  return rules;
}

}  // namespace mlup::domain
