// Ages that are recorded with an event because only the sealed day of birth tells them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include <google/protobuf/message.h>

#include "eventstore/base/days.h"
#include "eventstore/base/status.h"
#include "eventstore/log/event_log.h"
#include "services/command/known_streams.h"
#include "services/privacy/keyring.h"

namespace mlup::command {

// What is known of births, for one call: days of birth stay in memory no longer than it lasts.
//
// One thread. Borrows what it is built from.
class Births {
 public:
  Births(KnownStreams& known, log::EventLog& log, const privacy::Keyring& keyring)
      : known_(&known), log_(&log), keyring_(&keyring) {}

  // An event of this call, recorded or about to be; it may tell or change a birth.
  void Learn(const std::string& stream, const google::protobuf::Message& event);

  // A copy of the event with the ages of those whose month of birth in clear leaves more than one
  // on the days of the event, and whose sealed day of birth leaves one; null where there are none.
  // What cannot be opened, as after an erasure, tells no age. Errors of EventLog::ReadStream().
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> WithAges(
      const google::protobuf::Message& event, const std::optional<DayRange>& occurred);

 private:
  struct Birth {
    // The month or year in clear.
    std::optional<DayRange> clear;
    std::optional<Day> day;
  };

  // The age in years, where it is to be recorded.
  absl::StatusOr<std::optional<int>> AgeOf(const std::string& person_id, const DayRange& occurred);
  // The month or year of birth in clear, as known.
  absl::StatusOr<std::optional<DayRange>> ClearBirth(const std::string& stream) const;
  // The day of birth, opened.
  absl::StatusOr<std::optional<Day>> OpenedBirth(const std::string& stream) const;

  KnownStreams* known_;
  log::EventLog* log_;
  const privacy::Keyring* keyring_;
  // What the events of this call tell, by person.
  std::map<std::string, Birth> births_;
};

}  // namespace mlup::command
