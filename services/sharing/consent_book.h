// Questions about consents, answered from the read model `consents`.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "projections/store/read_model_store.h"

namespace mlup::sharing {

// Where an event stands.
struct EventPlace {
  Position position;
  std::string type;
};

// One state of the read model, for one purpose on one day. Remembers what it was asked last, some
// thousand answers at most.
//
// One thread. Must not outlive the store. Errors are those of reading the rows.
class ConsentBook {
 public:
  ConsentBook(std::unique_ptr<projections::Snapshot> rows, cases::v1::ConsentPurpose purpose,
              Day today)
      : rows_(std::move(rows)), purpose_(purpose), today_(today) {}

  // Whether it tells the same as `rows` on this day.
  bool IsAsOf(const projections::Snapshot& rows, Day today) const {
    return rows_->checkpoint() == rows.checkpoint() && today_ == today;
  }

  // Whether the person's consent is in force: the latest decision for the purpose that is not
  // voided, as corrected, is GIVEN and still valid. Records that are merged are one person: what
  // was decided on the surviving record after the merge counts for all; until then the surviving
  // record must have consented and no other may have refused.
  absl::StatusOr<bool> IsInForce(const std::string& person_id);

  // The persons to whom a record belongs: a person, the child of a case, the people of a household
  // or incident, those named in a group of cases. Empty for another id.
  absl::StatusOr<std::vector<std::string>> OwnersOf(const std::string& id);

  // The children of the cases of a group; an empty id for a case whose child is not known.
  absl::StatusOr<std::vector<std::string>> ChildrenOfGroup(const std::string& id);

  absl::StatusOr<std::optional<EventPlace>> FindEvent(std::string_view stream,
                                                      std::string_view event_id) const;

  // The latest event with this id, on whatever stream.
  absl::StatusOr<std::optional<Position>> FindEvent(std::string_view event_id) const;

 private:
  enum class Answer { kNone, kYes, kNo };
  // What one record says by itself, and where.
  struct Decided {
    Answer answer = Answer::kNone;
    Position position;
  };
  // Into which record one was merged, and where; empty while it lives.
  struct Merge {
    std::string survivor;
    Position position;
  };

  absl::StatusOr<Decided> DecidedOn(const std::string& person_id) const;
  // Applies the decision of one row; leaves `latest` alone where it is voided or of another
  // purpose.
  absl::Status Take(std::string_view row, Position position, Decided& latest) const;
  absl::Status Correct(const std::string& event, cases::v1::ConsentRecorded& consent,
                       bool& readable) const;
  absl::StatusOr<Merge> MergeOf(const std::string& person_id) const;
  absl::StatusOr<bool> Compute(const std::string& person_id) const;
  // The record that goes on after all merges; empty where there is none to be found.
  absl::StatusOr<std::string> SurvivorOf(const std::string& person_id) const;
  // All records merged into `survivor`, with the place of each one's own merge.
  absl::StatusOr<std::map<std::string, Position>> MergedInto(const std::string& survivor) const;
  absl::StatusOr<std::vector<std::string>> Names(char kind, const std::string& id) const;

  std::unique_ptr<projections::Snapshot> rows_;
  const cases::v1::ConsentPurpose purpose_;
  const Day today_;
  std::map<std::string, bool> in_force_;
  std::map<std::string, std::vector<std::string>> owners_;
};

}  // namespace mlup::sharing
