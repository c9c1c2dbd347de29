// Cuts a record down to what may leave.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "mlup/log/v1/event_store.pb.h"
#include "services/sharing/field_paths.h"

namespace mlup::sharing {

struct Cut {
  // Clear fields that stay.
  FieldPaths fields;
  // Fields that a change in a correction may name; null where changes are not looked at. Where one
  // of the functions below is empty, everything stays.
  const FieldPaths* changes = nullptr;
  // Whether this person's part stays.
  std::function<bool(std::string_view person_id)> keeps_person;
  // Whether a text that is an id may stay.
  std::function<bool(std::string_view id)> keeps_id;
  // Whether a text of the envelope that may hold ids may stay: correlation, cause, id at its
  // source.
  std::function<bool(std::string_view text)> keeps_text;
};

// The record with what `cut` leaves, without sealed parts and salts, and with the role and the
// organisation as all that is told of who acted. Parts that are empty then are gone. The event's
// type is known.
log::v1::Record Redact(const log::v1::Record& record, const Cut& cut);

// Only which event or persons the record is about.
log::v1::Record Reference(const log::v1::Record& record);

}  // namespace mlup::sharing
