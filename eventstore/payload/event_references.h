// What an event says about other events and records, as the options of its fields mark it.
//
// The marks are those of proto/mlup/event/v1/event_options.proto. All functions are pure and may be
// called from any thread; what they return about types lives as long as the program.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/message.h>

#include "mlup/event/v1/event_options.pb.h"

namespace mlup::payload {

// A field of a type, at any depth: the fields that lead to it, the outermost first. Some of them
// may be lists.
struct MarkedField {
  std::vector<const google::protobuf::FieldDescriptor*> path;
  event::v1::Reference refers = event::v1::REFERENCE_UNSPECIFIED;
  event::v1::Concern concerns = event::v1::CONCERN_UNSPECIFIED;

  // `person.person_id`.
  std::string Path() const;
  const google::protobuf::FieldDescriptor& field() const { return *path.back(); }
};

// The fields of a type that name another event, or whose record the event concerns.
struct EventMarks {
  // Texts that hold the id of an event; `refers` is set.
  std::vector<MarkedField> references;
  // Texts that hold the id of a record; `concerns` is set, where the sub-message around it has it.
  std::vector<MarkedField> concerns;
  // Without a person's part it concerns somebody or something else, never everybody.
  bool is_never_common = false;
  // Whether it tells something about an event or a record that was told before, so that whoever
  // received that receives it too: it voids, corrects or reverses it, joins records or parts them.
  bool follows_others = false;

  bool Refers(event::v1::Reference reference) const;
  bool Concerns(event::v1::Concern concern) const;
};

// The marks of an event type, one of EventTypes().
const EventMarks& MarksOf(const google::protobuf::Descriptor& type);

// Whether the event belongs to the history of the other one.
bool IsAbout(event::v1::Reference reference);

// Whether the other event has no effect from here on.
bool IsUndoing(event::v1::Reference reference);

// Whether figures differ by it.
bool IsCounting(event::v1::Reference reference);

// One reference of one event.
struct EventReference {
  event::v1::Reference refers = event::v1::REFERENCE_UNSPECIFIED;
  std::string event_id;
};

// The events that this one refers to; empty ids are left out.
std::vector<EventReference> ReferencesOf(const google::protobuf::Message& event);

// The id of the one that it refers to in this way; empty where there is none.
std::string ReferenceOf(const google::protobuf::Message& event, event::v1::Reference refers);

// One record that an event concerns.
struct ConcernedRecord {
  event::v1::Concern concern = event::v1::CONCERN_UNSPECIFIED;
  // The category, or the first of those that it may have.
  std::string category;
  std::string id;

  // `<category>/<id>`.
  std::string Stream() const { return category + "/" + id; }
};

// The records that an event concerns besides its own stream and the persons of its parts. Those
// whose id is empty, or whose kind names no category, are left out.
std::vector<ConcernedRecord> ConcernedBy(const google::protobuf::Message& event);

// The ids of those it concerns in this way.
std::vector<ConcernedRecord> ConcernedBy(const google::protobuf::Message& event,
                                         event::v1::Concern concern);

// The categories of the record that an id field of `message` names, in the order in which they are
// tried; empty where it names none, or the kind that it follows from is not there.
std::vector<std::string_view> CategoriesNamed(const google::protobuf::Message& message,
                                              const google::protobuf::FieldDescriptor& field);

// A record that a field of an event names.
struct NamedRecord {
  // `person.person_id`, `children[1].person_id`.
  std::string path;
  std::string id;
  // The categories that it may have.
  std::vector<std::string> categories;
};

// Every record that the event names, in the order of its fields; empty ids, and those whose kind
// names no category, are left out.
std::vector<NamedRecord> RecordsNamed(const google::protobuf::Message& event);

// Whether a text field holds an id, of whatever kind.
bool IsIdField(const google::protobuf::FieldDescriptor& field);

}  // namespace mlup::payload
