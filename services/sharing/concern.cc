// What follows the data is what the marks of event types say of other events and records.
#include "services/sharing/concern.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/status.h"
#include "eventstore/payload/event_references.h"
#include "eventstore/payload/event_types.h"
#include "mlup/command/v1/command.pb.h"

namespace mlup::sharing {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;

// The erasure is known by its stream, so that it is told whatever it holds.
Concern Erasure(const log::v1::Record& record) {
  Concern concern;
  concern.entities.push_back(PersonStream(RecordIdOf(record.stream())));
  for (const log::v1::SubjectPart& part : record.event().subjects()) {
    concern.entities.push_back(PersonStream(part.subject_id()));
  }
  return concern;
}

const auto& CategoriesOf(const Descriptor& type) {
  return type.options().GetExtension(command::v1::event).categories();
}

bool IsErasureType(const Descriptor& type) {
  return std::ranges::any_of(CategoriesOf(type), IsErasureStream);
}

// Whether it joins records or parts them.
bool ChangesRecords(const payload::EventMarks& marks) {
  return marks.Concerns(event::v1::CONCERN_SURVIVOR) || marks.Refers(event::v1::REFERENCE_UNDOES);
}

// The types that follow the data, and the categories where records are joined, parted or erased.
struct Followers {
  std::vector<const Descriptor*> types;
  std::set<std::string> categories;
};

const Followers& AllFollowers() {
  static const auto& all = *[] {
    auto* followers = new Followers;
    for (const Descriptor* type : payload::EventTypes()) {
      const payload::EventMarks& marks = payload::MarksOf(*type);
      if (marks.follows_others || IsErasureType(*type)) followers->types.push_back(type);
      if (!ChangesRecords(marks) && !IsErasureType(*type)) continue;
      followers->categories.insert(CategoriesOf(*type).begin(), CategoriesOf(*type).end());
    }
    return followers;
  }();
  return all;
}

void AddOnce(google::protobuf::RepeatedPtrField<std::string>* list, std::string_view text) {
  if (std::find(list->begin(), list->end(), text) == list->end()) *list->Add() = std::string(text);
}

}  // namespace

std::optional<Concern> ConcernOf(const log::v1::Record& record, const Message* message) {
  if (IsErasureStream(record.stream())) return Erasure(record);
  if (message == nullptr) return std::nullopt;
  const payload::EventMarks& marks = payload::MarksOf(*message->GetDescriptor());
  if (!marks.follows_others) return std::nullopt;
  Concern concern;
  for (payload::EventReference& reference : payload::ReferencesOf(*message)) {
    if (payload::IsAbout(reference.refers)) concern.event_id = std::move(reference.event_id);
  }
  if (ChangesRecords(marks)) concern.entities.push_back(record.stream());
  for (auto& survivor : payload::ConcernedBy(*message, event::v1::CONCERN_SURVIVOR)) {
    if (IsPersonStream(survivor.category)) {
      concern.survivor_id = std::move(survivor.id);
    } else {
      concern.entities.push_back(survivor.Stream());
    }
  }
  return concern;
}

bool FollowsData(std::string_view type) {
  const Descriptor* known = payload::FindEventType(type);
  return known != nullptr && payload::MarksOf(*known).follows_others;
}

bool MergesPersons(const log::v1::Record& record) {
  const Descriptor* known = payload::FindEventType(record.event().type());
  return known != nullptr && IsPersonStream(record.stream()) &&
         payload::MarksOf(*known).Concerns(event::v1::CONCERN_SURVIVOR);
}

FieldPaths ReferenceFields(std::string_view type) {
  FieldPaths paths;
  const Descriptor* known = payload::FindEventType(type);
  if (known == nullptr) return paths;
  const payload::EventMarks& marks = payload::MarksOf(*known);
  if (!marks.follows_others) return paths;
  for (const payload::MarkedField& reference : marks.references) {
    if (payload::IsAbout(reference.refers)) paths.Add(reference.Path());
  }
  for (const payload::MarkedField& concerned : marks.concerns) paths.Add(concerned.Path());
  return paths;
}

log::v1::Filter WithConcerns(const log::v1::Filter& covered) {
  log::v1::Filter wide = covered;
  // A void need not state the sector or place of what it voids, and is other work.
  wide.clear_sectors();
  wide.clear_places();
  wide.clear_correlation_ids();
  wide.clear_sources();
  for (const std::string& category : AllFollowers().categories) {
    if (!covered.categories().empty()) AddOnce(wide.mutable_categories(), category);
    if (!covered.stream_prefixes().empty()) {
      AddOnce(wide.mutable_stream_prefixes(), absl::StrCat(category, "/"));
    }
  }
  for (const Descriptor* type : AllFollowers().types) {
    if (!covered.types().empty()) AddOnce(wide.mutable_types(), type->full_name());
    if (!covered.type_prefixes().empty()) {
      AddOnce(wide.mutable_type_prefixes(), type->full_name());
    }
  }
  return wide;
}

}  // namespace mlup::sharing
