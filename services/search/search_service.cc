#include "services/search/search_service.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/days.h"
#include "eventstore/base/limits.h"
#include "services/fields/validator.h"
#include "services/query/reach.h"
#include "services/query/safeguarding.h"
#include "services/search/person_facts.h"
#include "services/search/query.h"
#include "services/search/reasons.h"

namespace mlup::search {
namespace {

using v1::Candidate;
using v1::SearchPersonsRequest;
using v1::SearchPersonsResponse;

constexpr std::string_view kSearchCall = "mlup.search.v1.SearchService/SearchPersons";
constexpr absl::Duration kSearchWait = absl::Seconds(5);
constexpr std::uint32_t kCandidatesDefault = 10;

// The search that a request asks for: refused until it is granted. The same question has the same
// digest, whoever asks it.
query::Search SearchOf(const SearchPersonsRequest& request, const privacy::Keyring& keyring) {
  query::Search search;
  search.actor.set_actor_id(request.actor_id());
  search.actor.set_role(request.role());
  search.actor.set_organisation_id(request.organisation_id());
  search.purpose = request.purpose();
  search.result = audit::v1::ACCESS_RESULT_REFUSED;
  SearchPersonsRequest asked = request;
  asked.clear_actor_id();
  asked.clear_role();
  asked.clear_organisation_id();
  asked.clear_purpose();
  asked.clear_limit();
  search.digest = absl::BytesToHexString(
      keyring.Digest(absl::StrCat("search for persons\n", asked.SerializeAsString())));
  return search;
}

void FillFacts(const PersonFacts& facts, bool may_open, Candidate& candidate) {
  if (may_open) candidate.mutable_names()->Add(facts.names.begin(), facts.names.end());
  candidate.set_sex(facts.sex);
  candidate.set_birth_month(facts.birth_month);
  candidate.set_birth_estimated(facts.birth_estimated);
  candidate.set_residence_province_code(facts.province);
  candidate.set_merged_into(facts.merged_into);
  for (const std::string& id : facts.possible_duplicates) candidate.add_possible_duplicates(id);
  for (const std::string& id : facts.dismissed_duplicates) candidate.add_dismissed_duplicates(id);
}

// What stands on one record holds for the other one too; others than the candidates are left out.
void JoinDuplicates(SearchPersonsResponse& response) {
  std::map<std::string, std::set<std::string>> possible;
  std::map<std::string, std::set<std::string>> dismissed;
  for (const Candidate& candidate : response.candidates()) {
    for (const std::string& other : candidate.possible_duplicates()) {
      possible[candidate.person_id()].insert(other);
      possible[other].insert(candidate.person_id());
    }
    for (const std::string& other : candidate.dismissed_duplicates()) {
      dismissed[candidate.person_id()].insert(other);
      dismissed[other].insert(candidate.person_id());
    }
  }
  for (Candidate& candidate : *response.mutable_candidates()) {
    candidate.clear_possible_duplicates();
    candidate.clear_dismissed_duplicates();
    if (!candidate.may_read()) continue;
    for (const Candidate& other : response.candidates()) {
      const std::string& id = other.person_id();
      if (possible[candidate.person_id()].contains(id)) candidate.add_possible_duplicates(id);
      if (dismissed[candidate.person_id()].contains(id)) candidate.add_dismissed_duplicates(id);
    }
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<projections::Snapshot>> SearchService::TakeHistories() const {
  ASSIGN_OR_RETURN(const Position head, parts_.log.Head());
  RETURN_IF_ERROR(parts_.indexer.WaitUntil(head, kSearchWait));
  RETURN_IF_ERROR(parts_.worker.WaitUntil(head, kSearchWait));
  if (parts_.indexer.index().is_full()) {
    return Error(absl::StatusCode::kResourceExhausted, "SEARCH_FULL",
                 absl::StrCat("more than ", kSearchedPersonsMax,
                              " persons are on record: whoever came last would not be found"));
  }
  return parts_.case_history.TakeSnapshot();
}

absl::StatusOr<std::optional<Candidate>> SearchService::Show(
    const Match& match, query::Search& search, const projections::Snapshot& case_history) {
  ASSIGN_OR_RETURN(const std::vector<log::v1::Record> records,
                   ReadStream(parts_.log, PersonStream(match.person_id)));
  const identity::Policy& policy = parts_.policy;
  const bool reads_safeguarding =
      policy.Authorise(search.actor, identity::ReadingSafeguarding()).ok();
  const bool is_withheld =
      !query::StreamsWithheld(records, {search.actor.actor_id(), reads_safeguarding},
                              parts_.keyring)
           .empty();
  const std::optional<PersonFacts> facts = FactsOf(records, parts_.keyring);
  if (is_withheld || !facts) return std::optional<Candidate>();

  query::Access access{search.actor, match.person_id, search.purpose};
  const absl::Status reached =
      query::CheckReach(access, identity::kHistoryCall, policy, parts_.log, case_history);
  if (!reached.ok() && !absl::IsPermissionDenied(reached)) return reached;
  search.found.push_back({match.person_id, reached.ok(), access.emergency_access_id});
  Candidate candidate;
  candidate.set_person_id(match.person_id);
  candidate.set_score(match.agreed.score);
  for (const v1::Agreement agreement : match.agreed.agreements) {
    candidate.add_agreements(agreement);
    candidate.add_reasons(std::string(ReasonOf(agreement)));
  }
  candidate.set_may_read(reached.ok());
  candidate.set_ask_organisation_id(facts->organisation_id);
  if (reached.ok()) {
    FillFacts(*facts, policy.Authorise(search.actor, identity::OpeningPersonal()).ok(), candidate);
  }
  return std::optional<Candidate>(std::move(candidate));
}

absl::StatusOr<SearchPersonsResponse> SearchService::SearchPersons(
    const SearchPersonsRequest& request) {
  RETURN_IF_ERROR(fields::Validate(request));
  ASSIGN_OR_RETURN(const Query query,
                   QueryOf(request, parts_.indexer.index().tokens(), DayOf(parts_.clock.Now())));
  query::Search search = SearchOf(request, parts_.keyring);
  if (const absl::Status may =
          parts_.policy.Authorise(search.actor, identity::Calling(kSearchCall));
      !may.ok()) {
    // The answer is no, whether or not that could be recorded.
    parts_.disclosure.DiscloseSearch(search).status().IgnoreError();
    return may;
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<projections::Snapshot> histories, TakeHistories());
  const std::uint32_t limit = request.limit() == 0 ? kCandidatesDefault : request.limit();
  // Those that are not told of make room for others.
  const Matches matches = parts_.indexer.index().Find(query, 2 * kCandidatesMax);
  SearchPersonsResponse response;
  std::size_t untold = 0;
  for (const Match& match : matches.best) {
    if (response.candidates_size() == static_cast<int>(limit)) break;
    ASSIGN_OR_RETURN(std::optional<Candidate> candidate, Show(match, search, *histories));
    if (candidate) {
      *response.add_candidates() = *std::move(candidate);
    } else {
      ++untold;
    }
  }
  JoinDuplicates(response);
  search.result =
      search.found.empty() ? audit::v1::ACCESS_RESULT_UNKNOWN : audit::v1::ACCESS_RESULT_SERVED;
  ASSIGN_OR_RETURN(const Position recorded, parts_.disclosure.DiscloseSearch(search));
  response.set_left_out(static_cast<std::uint32_t>(matches.all - untold) -
                        static_cast<std::uint32_t>(response.candidates_size()));
  response.set_position(histories->checkpoint().position.value);
  response.set_access_position(recorded.value);
  return response;
}

}  // namespace mlup::search
