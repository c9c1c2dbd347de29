#include "services/query/disclose.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/check.h"
#include "eventstore/base/limits.h"
#include "eventstore/proof/merkle.h"
#include "services/domain/account.h"

namespace mlup::query {
namespace {

constexpr char kFigurePurpose[] = "figure_evidence";
// In one append, well below the size that it may have.
constexpr std::size_t kPersonsAtOnce = 512;

audit::v1::RecordAccessed AccessedBy(const Access& access) {
  audit::v1::RecordAccessed accessed;
  accessed.set_scope(PersonStream(access.person_id));
  accessed.set_purpose(access.purpose);
  accessed.set_result(access.result);
  accessed.set_reveals_special(access.reveals_special);
  accessed.set_emergency_access_id(access.emergency_access_id);
  return accessed;
}

}  // namespace

absl::StatusOr<Position> Disclosure::Disclose(const Access& access) {
  const audit::v1::RecordAccessed accessed = AccessedBy(access);
  AccessEvents events = EventsBy(access.actor, access.purpose);
  events.Add(access.person_id, accessed);
  Watch({access.actor.actor_id(), access.person_id, access.result, access.out_of_scope}, events);
  ASSIGN_OR_RETURN(const log::v1::AppendResponse response, log_.Append(events.request()));
  return Position{response.first_position()};
}

absl::Status Disclosure::DiscloseFigure(const log::v1::Actor& actor, std::string_view figure,
                                        const std::vector<std::string>& person_ids) {
  audit::v1::RecordAccessed accessed;
  accessed.set_purpose(kFigurePurpose);
  accessed.set_result(audit::v1::ACCESS_RESULT_SERVED);
  accessed.set_figure(std::string(figure));
  for (std::size_t begin = 0; begin < person_ids.size(); begin += kPersonsAtOnce) {
    AccessEvents events = EventsBy(actor, kFigurePurpose);
    const std::size_t end = std::min(begin + kPersonsAtOnce, person_ids.size());
    for (std::size_t i = begin; i < end; ++i) {
      accessed.set_scope(absl::StrCat("person/", person_ids[i]));
      events.Add(person_ids[i], accessed);
      Watch({actor.actor_id(), person_ids[i], accessed.result(), false, /*of_record=*/false},
            events);
    }
    RETURN_IF_ERROR(log_.Append(events.request()).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<Position> Disclosure::DiscloseRelated(const Access& asked,
                                                     const std::string& through,
                                                     const std::vector<Access>& persons) {
  CHECK(persons.size() <= kPersonsAtOnce);
  AccessEvents events = EventsBy(asked.actor, asked.purpose);
  audit::v1::RecordAccessed question = AccessedBy(asked);
  question.clear_scope();
  question.set_through(through);
  events.Add(RecordIdOf(domain::AccountStream(asked.actor.actor_id())), question);
  for (const Access& access : persons) {
    audit::v1::RecordAccessed accessed = AccessedBy(access);
    accessed.set_through(through);
    events.Add(access.person_id, accessed);
    Watch({access.actor.actor_id(), access.person_id, access.result, access.out_of_scope}, events);
  }
  ASSIGN_OR_RETURN(const log::v1::AppendResponse response, log_.Append(events.request()));
  return Position{response.first_position()};
}

absl::StatusOr<Position> Disclosure::DiscloseSearch(const Search& search) {
  CHECK(search.found.size() <= kCandidatesMax);
  audit::v1::RecordAccessed accessed;
  accessed.set_purpose(search.purpose);
  accessed.set_result(search.result);
  accessed.set_search_digest(search.digest);
  AccessEvents events = EventsBy(search.actor, search.purpose);
  events.Add(RecordIdOf(domain::AccountStream(search.actor.actor_id())), accessed);
  for (const Search::Found& one : search.found) {
    accessed.set_scope(PersonStream(one.person_id));
    accessed.set_emergency_access_id(one.emergency_access_id);
    events.Add(one.person_id, accessed);
    Watch({search.actor.actor_id(), one.person_id, search.result, false, one.is_shown}, events);
  }
  ASSIGN_OR_RETURN(const log::v1::AppendResponse response, log_.Append(events.request()));
  return Position{response.first_position()};
}

absl::StatusOr<Position> Disclosure::Export(const log::v1::Actor& actor, std::string_view id,
                                            audit::v1::DataExported exported,
                                            std::string_view file) {
  const proof::Hash digest = proof::Sha256(file);
  exported.set_bytes(file.size());
  exported.set_sha256(absl::BytesToHexString(std::string(digest.begin(), digest.end())));
  AccessEvents events = EventsBy(actor, exported.purpose());
  events.Add(id, exported);
  ASSIGN_OR_RETURN(const log::v1::AppendResponse response, log_.Append(events.request()));
  return Position{response.first_position()};
}

void Disclosure::Watch(const WatchedReading& reading, AccessEvents& events) {
  for (const audit::v1::ReadingAlarmRaised& alarm : watch_.Note(reading)) {
    events.Add(RecordIdOf(domain::AccountStream(reading.actor_id)), alarm);
  }
}

}  // namespace mlup::query
