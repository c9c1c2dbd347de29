// The types that follow the data, each with the fields that say what it is about.
#include "services/sharing/concern.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"

#include "eventstore/log/append_rules.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/common/v1/common.pb.h"
#include "mlup/donations/v1/donation_events.pb.h"

namespace mlup::sharing {
namespace {

using google::protobuf::DynamicCastToGenerated;
using google::protobuf::Message;

constexpr std::string_view kErasure = "erasure";

struct Reference {
  std::string_view type;
  // Empty ones name nothing.
  std::array<std::string_view, 2> paths = {};
};

// The erasure is known by its stream, so that it is told whatever it holds.
constexpr std::array<Reference, 8> kReferences = {{
    {"mlup.common.v1.EntryVoided", {"voids_event_id"}},
    {"mlup.common.v1.DetailsCorrected", {"corrects_event_id"}},
    {"mlup.donations.v1.DistributionReversed", {"reverses_event_id"}},
    {"mlup.cases.v1.PersonsMerged", {"person.person_id", "survivor.person_id"}},
    {"mlup.cases.v1.PersonsUnmerged", {"person.person_id", "merge_event_id"}},
    {"mlup.cases.v1.HouseholdsMerged", {"survivor_id"}},
    {"mlup.cases.v1.HouseholdsUnmerged", {"merge_event_id"}},
    {"mlup.privacy.v1.PersonDataErased", {}},
}};

Concern About(const std::string& event_id) { return {event_id, {}, {}}; }

Concern Erasure(const log::v1::Record& record) {
  Concern concern;
  concern.entities.push_back(absl::StrCat("person", record.stream().substr(kErasure.size())));
  for (const log::v1::SubjectPart& part : record.event().subjects()) {
    concern.entities.push_back("person/" + part.subject_id());
  }
  return concern;
}

void AddOnce(google::protobuf::RepeatedPtrField<std::string>* list, std::string_view text) {
  if (std::find(list->begin(), list->end(), text) == list->end()) *list->Add() = std::string(text);
}

}  // namespace

std::optional<Concern> ConcernOf(const log::v1::Record& record, const Message* message) {
  if (log::CategoryOf(record.stream()) == kErasure) return Erasure(record);
  if (message == nullptr) return std::nullopt;
  if (const auto* voided = DynamicCastToGenerated<common::v1::EntryVoided>(message)) {
    return About(voided->voids_event_id());
  }
  if (const auto* changed = DynamicCastToGenerated<common::v1::DetailsCorrected>(message)) {
    return About(changed->corrects_event_id());
  }
  if (const auto* back = DynamicCastToGenerated<donations::v1::DistributionReversed>(message)) {
    return About(back->reverses_event_id());
  }
  if (const auto* merged = DynamicCastToGenerated<cases::v1::PersonsMerged>(message)) {
    return Concern{{}, {"person/" + merged->person().person_id()}, merged->survivor().person_id()};
  }
  if (const auto* unmerged = DynamicCastToGenerated<cases::v1::PersonsUnmerged>(message)) {
    return Concern{unmerged->merge_event_id(), {"person/" + unmerged->person().person_id()}, {}};
  }
  if (const auto* merged = DynamicCastToGenerated<cases::v1::HouseholdsMerged>(message)) {
    return Concern{{}, {record.stream(), "household/" + merged->survivor_id()}, {}};
  }
  if (const auto* unmerged = DynamicCastToGenerated<cases::v1::HouseholdsUnmerged>(message)) {
    return Concern{unmerged->merge_event_id(), {record.stream()}, {}};
  }
  return std::nullopt;
}

FieldPaths ReferenceFields(std::string_view type) {
  FieldPaths paths;
  for (const Reference& reference : kReferences) {
    if (reference.type != type) continue;
    for (const std::string_view path : reference.paths) {
      if (!path.empty()) paths.Add(path);
    }
  }
  return paths;
}

log::v1::Filter WithConcerns(const log::v1::Filter& covered) {
  log::v1::Filter wide = covered;
  // A void need not state the sector or place of what it voids.
  wide.clear_sectors();
  wide.clear_places();
  for (const std::string_view category :
       {std::string_view("person"), std::string_view("household"), kErasure}) {
    if (!covered.categories().empty()) AddOnce(wide.mutable_categories(), category);
    if (!covered.stream_prefixes().empty()) {
      AddOnce(wide.mutable_stream_prefixes(), absl::StrCat(ToAbsl(category), "/"));
    }
  }
  for (const Reference& reference : kReferences) {
    if (!covered.types().empty()) AddOnce(wide.mutable_types(), reference.type);
    if (!covered.type_prefixes().empty()) AddOnce(wide.mutable_type_prefixes(), reference.type);
  }
  return wide;
}

}  // namespace mlup::sharing
