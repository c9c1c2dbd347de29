// `mlup people search`: who may be on record already.
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "eventstore/base/status.h"
#include "mlup/search/v1/search_service.pb.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/proto_json.h"
#include "services/mlup/server_rpc.h"
#include "services/mlup/table.h"
#include "services/mlup/words.h"

namespace mlup::cli {
namespace {

using search::v1::Candidate;
using search::v1::SearchPersonsRequest;
using search::v1::SearchPersonsResponse;

constexpr std::size_t kCandidateIndent = 9;
constexpr std::size_t kCandidateWidth = 110;

absl::Status NoSuchWord(std::string_view option, const std::string& word) {
  return FieldError(absl::StatusCode::kInvalidArgument, "WORD_UNKNOWN", option,
                    absl::StrCat("there is no ", word, ": see mlup people search --help"));
}

absl::StatusOr<SearchPersonsRequest> RequestOf(const Reader& who, const SearchOptions& options) {
  SearchPersonsRequest request;
  SetAsker(who, request);
  request.set_purpose(options.purpose);
  request.mutable_names()->Add(options.names.begin(), options.names.end());
  request.set_phone(options.phone);
  request.set_identifier(options.identifier);
  request.set_birth(options.born);
  if (options.age) request.set_age_years(*options.age);
  if (options.precision) request.set_age_precision_years(*options.precision);
  request.set_place(options.place);
  request.set_limit(options.limit);
  cases::v1::Sex sex = cases::v1::SEX_UNSPECIFIED;
  if (!options.sex.empty() &&
      !cases::v1::Sex_Parse(absl::StrCat("SEX_", absl::AsciiStrToUpper(options.sex)), &sex)) {
    return NoSuchWord("--sex", options.sex);
  }
  request.set_sex(sex);
  cases::v1::IdentifierScheme scheme = cases::v1::IDENTIFIER_SCHEME_UNSPECIFIED;
  if (!options.scheme.empty() &&
      !cases::v1::IdentifierScheme_Parse(
          absl::StrCat("IDENTIFIER_SCHEME_", absl::AsciiStrToUpper(options.scheme)), &scheme)) {
    return NoSuchWord("--register", options.scheme);
  }
  request.set_scheme(scheme);
  return request;
}

// What is on record of somebody whom the reader may read.
std::string KnownOf(const Candidate& candidate) {
  std::vector<std::string> known;
  if (candidate.names().empty()) {
    known.emplace_back("name not shown to this role");
  } else {
    known.push_back(absl::StrJoin(candidate.names(), " / "));
  }
  known.push_back(EnumWords(*cases::v1::Sex_descriptor(), candidate.sex()));
  if (!candidate.birth_month().empty()) {
    known.push_back(absl::StrCat("born ", candidate.birth_estimated() ? "about " : "",
                                 candidate.birth_month()));
  }
  known.push_back(absl::StrCat("province ", candidate.residence_province_code()));
  std::erase(known, "");
  return absl::StrJoin(known, ", ");
}

void PrintCandidate(const Session& session, const Candidate& candidate) {
  const auto say = [&](const std::string& text) {
    session.out << Wrap(text, kCandidateIndent, kCandidateWidth);
  };
  session.out << PadLeft(absl::StrCat(candidate.score()), 7) << "  " << candidate.person_id()
              << "\n";
  say(candidate.may_read() ? KnownOf(candidate)
                           : absl::StrCat("somebody may exist whom you may not read: ask ",
                                          candidate.ask_organisation_id()));
  say(absl::StrJoin(candidate.reasons(), ", "));
  if (!candidate.merged_into().empty()) {
    say(absl::StrCat("was merged into ", candidate.merged_into()));
  }
  if (!candidate.possible_duplicates().empty()) {
    say(absl::StrCat("possibly the same person as ",
                     absl::StrJoin(candidate.possible_duplicates(), ", ")));
  }
  if (!candidate.dismissed_duplicates().empty()) {
    say(absl::StrCat("not the same person as ",
                     absl::StrJoin(candidate.dismissed_duplicates(), ", "), ", somebody has said"));
  }
}

}  // namespace

int RunPeopleSearch(const Session& session, const Reader& who, const SearchOptions& options) {
  const auto request = RequestOf(who, options);
  if (!request.ok()) return FailUsage(session, request.status());
  const auto found = CallOnce<SearchPersonsResponse>(
      session.server, "mlup.search.v1.SearchService/SearchPersons", *request);
  if (!found.ok()) return Fail(session, found.status());
  if (session.json) {
    session.out << ToJson(*found) << "\n";
    return kExitOk;
  }
  for (const Candidate& candidate : found->candidates()) PrintCandidate(session, candidate);
  if (found->candidates().empty()) {
    session.out << "Nobody on record agrees with this.\n";
  } else {
    session.out << found->candidates_size() << " candidates, the best first, of "
                << found->candidates_size() + static_cast<int>(found->left_out()) << "\n";
  }
  session.out << "This search is recorded at position " << found->access_position() << "\n";
  return kExitOk;
}

}  // namespace mlup::cli
