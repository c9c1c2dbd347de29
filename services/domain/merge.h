// What merging two records asks for, the same for persons and for households.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "services/domain/aggregate.h"
#include "services/domain/approvals.h"

namespace mlup::domain {

// Part of the state of a record that may end in another one.
struct MergeState {
  bool registered = false;
  // The merge that ended the record; empty while it lives.
  std::string merge_event_id;
  std::set<std::string> used_approvals;

  void Merge(const EventInfo& info, const std::string& approval_id) {
    merge_event_id = info.event_id;
    used_approvals.insert(approval_id);
  }
};

// What a fact says that merges records.
struct Merging {
  // The stream of the record that goes on.
  std::string survivor;
  std::string approval_id;
  // Of the fact, that names the survivor.
  std::string_view survivor_field = ".survivor_id";
};

// ALREADY_MERGED, SURVIVOR_UNKNOWN, APPROVAL_MISSING.
inline absl::Status MayMerge(const MergeState& ending, const MergeState& lasting,
                             const Merging& merging, const RuleContext& context) {
  if (!ending.merge_event_id.empty()) {
    return Refuse("ALREADY_MERGED", "the record is merged already",
                  "merge the record that it went into");
  }
  if (merging.survivor == context.stream || !lasting.registered ||
      !lasting.merge_event_id.empty()) {
    return Refuse("SURVIVOR_UNKNOWN", "the record that goes on must be another one that lives",
                  "name a registered record that is not merged", merging.survivor_field);
  }
  if (!ending.used_approvals.contains(merging.approval_id) &&
      context.Of(Approvals(), context.stream)
          .Granted(merging.approval_id, common::v1::APPROVAL_SUBJECT_MERGE)) {
    return absl::OkStatus();
  }
  return Refuse("APPROVAL_MISSING", "a merge needs an approval granted on the record that ends",
                "ask for it there with approval_requested", ".approval_id");
}

// NOT_MERGED.
inline absl::Status MayUnmerge(const MergeState& state, const std::string& merge_event_id) {
  if (state.merge_event_id == merge_event_id) return absl::OkStatus();
  return Refuse("NOT_MERGED", "no merge with this event id is in force",
                "name the event of the merge that ended this record", ".merge_event_id");
}

}  // namespace mlup::domain
