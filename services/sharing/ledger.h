// What each subscriber received, and what was withheld from it and why.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/log/event_log.h"
#include "projections/store/read_model_store.h"
#include "services/sharing/decide.h"

namespace mlup::sharing {

// Rows of its store, where subscriber is an id and numbers are 8 bytes:
//
// | key                              | value                                                     |
// |----------------------------------|-----------------------------------------------------------|
// | `d` subscriber 00 position / 1024 | 1024 bytes, one a position: the latest Outcome, and the bit
// 80 once it was received | | `e` subscriber 00 entity         | nothing: it received something
// about `person/<id>` or `household/<id>` | | `t` subscriber                   | last position
// decided, then how many positions have each Outcome, then how many were received |
//
// Any thread. Borrows the store, of which it is the only writer. In memory: one total a subscriber.
class Ledger {
 public:
  struct Totals {
    // The last position decided.
    Position position;
    // Positions by their latest outcome; kNotCovered ones are not kept.
    std::array<std::uint64_t, kOutcomes> latest{};
    // Positions received at some time.
    std::uint64_t received = 0;
  };

  struct Entry {
    Position position;
    Outcome outcome = Outcome::kUndecided;
    // What the subscriber knows something about from now on.
    std::vector<std::string> entities;
  };

  // Reads what is there; a ledger of another history is emptied. Errors are those of the log and
  // the store.
  static absl::StatusOr<std::unique_ptr<Ledger>> Open(projections::ReadModelStore& store,
                                                      log::EventLog& log);

  // Keeps decisions; `at` is the record of the last one, or up to where nothing was to be decided.
  // Survives the end of the process; a power cut may lose the last seconds, which Judge::Recall()
  // finds again.
  absl::Status Keep(std::string_view subscriber_id, const std::vector<Entry>& entries,
                    const log::v1::Record& at);

  Totals totals(std::string_view subscriber_id) const;

  // One state of what a subscriber received. One thread; must not outlive the store.
  class Received {
   public:
    Received(std::unique_ptr<projections::Snapshot> rows, std::string_view subscriber_id)
        : rows_(std::move(rows)), subscriber_id_(subscriber_id) {}

    absl::StatusOr<bool> Has(Position position) const;
    absl::StatusOr<bool> HasAnythingAbout(std::string_view entity) const;
    // The latest decision.
    absl::StatusOr<Outcome> OutcomeAt(Position position) const;

   private:
    absl::StatusOr<unsigned char> ByteAt(Position position) const;

    std::unique_ptr<projections::Snapshot> rows_;
    const std::string subscriber_id_;
  };
  Received ReceivedBy(std::string_view subscriber_id) const {
    return {store_.TakeSnapshot(), subscriber_id};
  }

 private:
  explicit Ledger(projections::ReadModelStore& store) : store_(store) {}

  absl::Status ReadTotals();

  projections::ReadModelStore& store_;

  // Held over reading and writing of rows: decisions come a batch at a time.
  mutable Mutex mutex_;
  std::map<std::string, Totals, std::less<>> totals_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::sharing
