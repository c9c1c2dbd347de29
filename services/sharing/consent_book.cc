// Reads few rows a question; what is doubtful counts as refused.
#include "services/sharing/consent_book.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/bytes.h"
#include "eventstore/base/categories.h"
#include "eventstore/base/days.h"
#include "eventstore/payload/patch.h"
#include "mlup/common/v1/common.pb.h"
#include "services/sharing/consent_keys.h"

namespace mlup::sharing {
namespace {

// Records merged into one; more are a mistake, and nobody consents for them.
constexpr std::size_t kMergedMax = 64;
constexpr std::size_t kUuidLength = 36;
// Answers of each kind that are remembered: about a megabyte for one feed.
constexpr std::size_t kRememberedMax = 4096;

bool IsConsent(const cases::v1::ConsentRecorded& consent, Day today) {
  if (consent.person().decision() != cases::v1::CONSENT_DECISION_GIVEN) return false;
  if (consent.person().valid_until().empty()) return true;
  const std::optional<Day> last = ParseDay(consent.person().valid_until());
  return last.has_value() && today <= *last;
}

}  // namespace

absl::StatusOr<bool> ConsentBook::IsInForce(const std::string& person_id) {
  const auto known = in_force_.find(person_id);
  if (known != in_force_.end()) return known->second;
  ASSIGN_OR_RETURN(const bool in_force, Compute(person_id));
  if (in_force_.size() >= kRememberedMax) in_force_.clear();
  in_force_.emplace(person_id, in_force);
  return in_force;
}

absl::StatusOr<bool> ConsentBook::Compute(const std::string& person_id) const {
  ASSIGN_OR_RETURN(const std::string survivor, SurvivorOf(person_id));
  if (survivor.empty()) return false;
  ASSIGN_OR_RETURN(const Decided of_survivor, DecidedOn(survivor));
  if (of_survivor.answer != Answer::kYes) return false;
  ASSIGN_OR_RETURN(const auto merged, MergedInto(survivor));
  if (merged.size() > kMergedMax) return false;
  for (const auto& [other, merged_at] : merged) {
    ASSIGN_OR_RETURN(const Decided of_other, DecidedOn(other));
    const bool superseded =
        of_survivor.position > merged_at && of_survivor.position > of_other.position;
    if (of_other.answer == Answer::kNo && !superseded) return false;
  }
  return true;
}

absl::StatusOr<ConsentBook::Decided> ConsentBook::DecidedOn(const std::string& person_id) const {
  Decided latest;
  RETURN_IF_ERROR(
      rows_->ForEach(KeyPrefix('c', person_id), [&](std::string_view key, std::string_view value) {
        return Take(value, projections::PositionOfKey(key), latest);
      }));
  return latest;
}

absl::Status ConsentBook::Take(std::string_view row, Position position, Decided& latest) const {
  const std::size_t first = row.find('\0');
  const std::size_t second = row.find('\0', first + 1);
  const std::string event(row.substr(0, second));
  ASSIGN_OR_RETURN(const auto voided, rows_->Get(KeyPrefix('v', event)));
  if (voided.has_value()) return absl::OkStatus();
  cases::v1::ConsentRecorded consent;
  bool readable = second != std::string_view::npos &&
                  consent.ParseFromString(std::string(row.substr(second + 1)));
  RETURN_IF_ERROR(Correct(event, consent, readable));
  if (readable && consent.person().purpose() != purpose_) return absl::OkStatus();
  latest = {readable && IsConsent(consent, today_) ? Answer::kYes : Answer::kNo, position};
  return absl::OkStatus();
}

absl::Status ConsentBook::Correct(const std::string& event, cases::v1::ConsentRecorded& consent,
                                  bool& readable) const {
  return rows_->ForEach(KeyPrefix('x', event), [&](std::string_view, std::string_view value) {
    common::v1::DetailsCorrected correction;
    readable = readable && correction.ParseFromString(std::string(value));
    for (const auto& person : correction.persons()) {
      for (const common::v1::FieldChange& change : person.changes()) {
        readable =
            payload::WriteField(consent, change.field(), change.new_value()).ok() && readable;
      }
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<ConsentBook::Merge> ConsentBook::MergeOf(const std::string& person_id) const {
  Merge latest;
  const std::string stream = PersonStream(person_id);
  RETURN_IF_ERROR(rows_->ForEach(
      KeyPrefix('m', person_id), [&](std::string_view key, std::string_view value) -> absl::Status {
        const std::string event_id(value.substr(0, kUuidLength));
        ASSIGN_OR_RETURN(const auto voided,
                         rows_->Get(KeyPrefix('v', EventKeyPart(stream, event_id))));
        if (!voided.has_value()) {
          latest = {std::string(value.substr(event_id.size())), projections::PositionOfKey(key)};
        }
        return absl::OkStatus();
      }));
  return latest;
}

absl::StatusOr<std::string> ConsentBook::SurvivorOf(const std::string& person_id) const {
  std::string survivor = person_id;
  for (std::size_t i = 0; i < kMergedMax; ++i) {
    ASSIGN_OR_RETURN(Merge merge, MergeOf(survivor));
    if (merge.survivor.empty()) return survivor;
    survivor = std::move(merge.survivor);
  }
  return std::string();
}

absl::StatusOr<std::map<std::string, Position>> ConsentBook::MergedInto(
    const std::string& survivor) const {
  std::map<std::string, Position> merged;
  std::vector<std::string> pending = {survivor};
  while (!pending.empty() && merged.size() <= kMergedMax) {
    const std::string into = std::move(pending.back());
    pending.pop_back();
    ASSIGN_OR_RETURN(const std::vector<std::string> candidates, Names('s', into));
    for (const std::string& candidate : candidates) {
      ASSIGN_OR_RETURN(const Merge merge, MergeOf(candidate));
      if (merge.survivor != into || merged.contains(candidate)) continue;
      merged.emplace(candidate, merge.position);
      pending.push_back(candidate);
    }
  }
  return merged;
}

absl::StatusOr<std::vector<std::string>> ConsentBook::Names(char kind,
                                                            const std::string& id) const {
  std::vector<std::string> names;
  const std::string prefix = KeyPrefix(kind, id);
  RETURN_IF_ERROR(rows_->ForEach(prefix, [&](std::string_view key, std::string_view) {
    names.emplace_back(key.substr(prefix.size()));
    return absl::OkStatus();
  }));
  return names;
}

absl::StatusOr<std::vector<std::string>> ConsentBook::OwnersOf(const std::string& id) {
  const auto known = owners_.find(id);
  if (known != owners_.end()) return known->second;
  ASSIGN_OR_RETURN(std::vector<std::string> owners, Names('o', id));
  if (owners_.size() >= kRememberedMax) owners_.clear();
  owners_.emplace(id, owners);
  return owners;
}

absl::StatusOr<std::vector<std::string>> ConsentBook::ChildrenOfGroup(const std::string& id) {
  std::vector<std::string> children;
  ASSIGN_OR_RETURN(const std::vector<std::string> cases, Names('g', id));
  for (const std::string& one : cases) {
    ASSIGN_OR_RETURN(const std::vector<std::string> found, OwnersOf(one));
    children.insert(children.end(), found.begin(), found.end());
    // Nobody knows whose case it is: nobody can have consented.
    if (found.empty()) children.emplace_back();
  }
  return children;
}

absl::StatusOr<std::optional<EventPlace>> ConsentBook::FindEvent(std::string_view stream,
                                                                 std::string_view event_id) const {
  ASSIGN_OR_RETURN(const auto value, rows_->Get(KeyPrefix('i', EventKeyPart(stream, event_id))));
  if (!value.has_value() || value->size() < 8) return std::optional<EventPlace>();
  return std::optional<EventPlace>(
      {{FromBigEndian(std::string_view(*value).substr(0, 8))}, value->substr(8)});
}

absl::StatusOr<std::optional<Position>> ConsentBook::FindEvent(std::string_view event_id) const {
  ASSIGN_OR_RETURN(const auto value, rows_->Get(KeyPrefix('e', event_id)));
  if (!value.has_value() || value->size() != 8) return std::optional<Position>();
  return std::optional<Position>(Position{FromBigEndian(*value)});
}

}  // namespace mlup::sharing
