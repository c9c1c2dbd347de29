// The one door to a child's record: every read is recorded before a byte leaves.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/message.h>

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/log/event_log.h"
#include "mlup/audit/v1/audit.pb.h"
#include "mlup/log/v1/envelope.pb.h"
#include "services/privacy/keyring.h"
#include "services/query/access_event.h"
#include "services/query/reading_watch.h"

namespace mlup::query {

// Who reads whose record, and why.
struct Access {
  log::v1::Actor actor;
  // The person whose record is read; where it is refused, the id that was asked for.
  std::string person_id;
  std::string purpose;
  audit::v1::AccessResult result = audit::v1::ACCESS_RESULT_UNSPECIFIED;
  bool reveals_special = false;
  // No role of the reader reaches the record.
  bool out_of_scope = false;
  // Without which it would be refused; empty where a role reaches the record.
  std::string emergency_access_id = {};
};

// A search for persons.
struct Search {
  log::v1::Actor actor;
  std::string purpose;
  // Keyed digest of what was asked for.
  std::string digest;
  audit::v1::AccessResult result = audit::v1::ACCESS_RESULT_UNSPECIFIED;
  struct Found {
    std::string person_id;
    // Whether more is told of the person than whom to ask.
    bool is_shown = false;
    // Without which that would not be.
    std::string emergency_access_id = {};
  };
  std::vector<Found> found = {};
};

// Appends RecordAccessed and DataExported to `access/<person id>`, and the alarms that a reading
// raises to `access/<id of the reader's account>`, durable when it returns. Whoever
// reads calls this first and returns its error instead of the record. Any thread.
class Disclosure {
 public:
  Disclosure(log::EventLog& log, const privacy::Keyring& keyring, const Clock& clock,
             Random& random, ReadingWatch& watch)
      : log_(log), keyring_(keyring), clock_(clock), random_(random), watch_(watch) {}

  // The position of RecordAccessed.
  absl::StatusOr<Position> Disclose(const Access& access);
  // The events behind a figure, in which these persons stand by their ids, are given to the actor.
  absl::Status DiscloseFigure(const log::v1::Actor& actor, std::string_view figure,
                              const std::vector<std::string>& person_ids);
  // What belongs together is given to who asks, of these persons, each access granted; of nobody
  // where there are none, or where it is refused. `asked` names no person. The position of the
  // reading that is the question; the others stand in the same append.
  absl::StatusOr<Position> DiscloseRelated(const Access& asked, const std::string& through,
                                           const std::vector<Access>& persons);
  // Who searches is given these persons, or nobody. The position of the reading that is the search.
  absl::StatusOr<Position> DiscloseSearch(const Search& search);
  // `file` is given to who was let in. What is said of it, all but its size and digest, stands on
  // `access/<id>`. The position of DataExported.
  absl::StatusOr<Position> Export(const log::v1::Actor& actor, std::string_view id,
                                  audit::v1::DataExported exported, std::string_view file);

 private:
  AccessEvents EventsBy(const log::v1::Actor& actor, std::string_view purpose) const {
    return AccessEvents(actor, purpose, keyring_, clock_, random_);
  }
  // The alarms that the reading raises go with it.
  void Watch(const WatchedReading& reading, AccessEvents& events);

  log::EventLog& log_;
  const privacy::Keyring& keyring_;
  const Clock& clock_;
  Random& random_;
  ReadingWatch& watch_;
};

}  // namespace mlup::query
