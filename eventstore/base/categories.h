// The categories of streams, and what each may be used for: the one table that all others ask.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mlup {

// Who may append to streams of a category.
enum class Appender {
  kNobody,
  // The domain services, at the command of an actor.
  kCommands,
  // The process that holds the log.
  kLog,
  // Whoever reads a person's record on behalf of an actor, to say that it was read.
  kReads,
  // The domain services, when a person's key is destroyed.
  kErasure,
  // Whoever receives what was made on a device.
  kSync,
  // Other systems.
  kOutside,
};

// Whether a record may be shared, and whose consent it needs where an agreement rests on consents,
// besides that of the persons in the parts of an event.
enum class Consent {
  // Never shared.
  kClosed,
  kNobodys,
  // The person's whose id the stream's name holds.
  kThePersons,
  // The owner's: the child of a case.
  kTheOwners,
  // Of all who were ever named there.
  kItsPeoples,
  // Of all who were ever named there, and of the owners of the records that are its members.
  kItsMembers,
};

// How a record becomes part of a person's history.
enum class InHistory {
  kNever,
  // The person's own: every event of it.
  kOwn,
  // The home of persons: what concerns everybody or the home itself, from the day a person is named
  // there.
  kHome,
  // Shared by persons who are named there: what concerns everybody.
  kShared,
  // As kShared, where something that a person received leads to it.
  kBehind,
};

struct Category {
  std::string_view name;
  // The service whose commands are at home there; empty for none.
  std::string_view home;
  Appender appender = Appender::kNobody;
  Consent consent = Consent::kClosed;
  InHistory history = InHistory::kNever;
  // Whether an event may hold a part about a person, or stand in a person's history.
  bool may_be_about_person = false;
  // Whether indicators may be counted from it.
  bool is_counted = false;
  // Whether names below it are chosen by others and need not be UUIDs.
  bool has_free_names = false;
};

// All functions are pure and may be called from any thread.

// Ordered as in documentation.
std::span<const Category> Categories();

// The category of a stream's name, or of a category's own name. One that is not in the table is
// closed: appended to by nobody, shared with nobody, in nobody's history, not counted.
const Category& CategoryFor(std::string_view stream_or_category);

// Whether it is in the table.
bool IsKnownCategory(std::string_view category);

// Whether what names a record of this category must find one that has begun. Not so for reports: a
// publication names what it publishes.
bool IsNamedOnceBegun(std::string_view category);

// The text before the slash.
std::string_view CategoryOf(std::string_view stream);

// The text behind the slash; empty where there is none.
std::string_view RecordIdOf(std::string_view stream);

// `person/<id>`: how the record of a person is named.
std::string PersonStream(std::string_view person_id);

// Whether the record is that of a person, and not one that belongs to a person.
bool IsPersonStream(std::string_view stream);

// Whether the record says that what is held about the person of this id is erased.
bool IsErasureStream(std::string_view stream);

}  // namespace mlup
