// The one decision: whether a subscriber may see a record, and what of it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/message.h>

#include "eventstore/base/types.h"
#include "mlup/log/v1/event_store.pb.h"
#include "mlup/sharing/v1/sharing.pb.h"

namespace mlup::sharing {

// Kept in the ledger: numbers never change.
enum class Outcome : std::uint8_t {
  kUndecided = 0,
  // Delivered: with everybody in it, or with some people left out.
  kDelivered = 1,
  kDeliveredInPart = 2,
  // Only which event or person a correction is about.
  kReference = 3,
  // Not delivered, and why.
  kNotCovered = 4,
  kEcho = 5,
  kConsentMissing = 6,
  kTooSensitive = 7,
  kNotReceivedBefore = 8,
  kTypeUnknown = 9,
  kOwnWork = 10,
};
inline constexpr std::size_t kOutcomes = 11;

// `DELIVERED`, `ECHO`, `CONSENT_MISSING`, ...: for status, metrics and the operator.
std::string_view OutcomeWord(Outcome outcome);

inline bool IsDelivered(Outcome outcome) {
  return outcome == Outcome::kDelivered || outcome == Outcome::kDeliveredInPart ||
         outcome == Outcome::kReference;
}

// What must be known besides the record.
struct Knowledge {
  // Persons whose consent for the agreement's purpose is in force.
  std::set<std::string, std::less<>> consenting;
  // Persons that the record's stream belongs to, as known.
  std::vector<std::string> owners;
  // Ids among the record's clear fields that lead to persons, with those persons.
  std::map<std::string, std::vector<std::string>, std::less<>> mentions;
  // The subscriber received what this record voids, corrects, merges, unmerges or erases.
  bool follows = false;
  // The subscriber reads backward, and that is among what it may see and comes next.
  bool precedes = false;
  // Type of the event that is voided or corrected; empty where it is not known.
  std::string concerned_type;
  // Persons of whom that event tells, whoever the stream belongs to.
  std::vector<std::string> concerned_persons;
  // This program knows the type and can read the clear fields, or it is an erasure, which is known
  // by its stream.
  bool readable = true;
  // Ids in texts of the envelope that are events which it neither received nor may see.
  std::set<std::string, std::less<>> unseen;
};

struct Decision {
  Outcome outcome = Outcome::kUndecided;
  // As the subscriber may see it; empty unless delivered.
  std::optional<log::v1::Record> record;
  // What the subscriber now knows something about: `person/<id>`, `household/<id>`. Also for an
  // echo, for it knew before we did.
  std::vector<std::string> entities;
};

// The persons a record names in its parts or by its stream: those whose consent Decide() asks for,
// besides the owners and mentions.
std::vector<std::string> PersonsOf(const log::v1::Record& record);

// Texts of the message that are ids.
std::set<std::string> IdsIn(const google::protobuf::Message& message);

// UUIDs anywhere in a text, also in upper case or without dashes, as they are in lower case.
std::set<std::string> IdsInText(std::string_view text);

// Whether streams like this one belong to persons.
bool BelongsToPersons(std::string_view stream);

// Pure. The agreement has not expired.
Decision Decide(const v1::Subscriber& subscriber, const log::v1::Record& record,
                const Knowledge& knowledge);

}  // namespace mlup::sharing
