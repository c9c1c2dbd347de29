// `mlup emergency`: reading what no role reaches, for one case and an hour, and its review.
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/uuid.h"
#include "mlup/identity/v1/sign_in_service.pb.h"
#include "services/domain/account.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/proto_json.h"
#include "services/mlup/record_facts.h"
#include "services/mlup/table.h"
#include "services/mlup/who_asks.h"
#include "services/mlup/words.h"

namespace mlup::cli {

namespace pb = ::mlup::identity::v1;

int RunBeginEmergency(const Session& session, const Reader& who, const EmergencyOptions& options) {
  const SystemClock clock;
  SystemRandom random;
  pb::IdentityFact fact;
  fact.set_stream(domain::AccountStream(who.actor_id));
  pb::EmergencyAccessBegun& begun = *fact.mutable_emergency_access_begun();
  begun.set_access_id(NewUuid(clock, random));
  begun.set_case_id(options.case_id);
  begun.set_minutes(options.minutes);
  begun.set_reason(options.reason);
  const absl::Status recorded = RecordFacts(session, who, {fact});
  if (!recorded.ok()) return Fail(session, recorded);
  if (session.json) {
    session.out << ToJson(begun) << "\n";
  } else {
    session.out << "You may read the history of this case for " << options.minutes
                << " minutes: mlup case history " << options.case_id
                << "\nWhoever supervises is to review it within 72 hours; before that there is no "
                   "other one.\n";
  }
  return kExitOk;
}

int RunListEmergencies(const Session& session) {
  const auto all = AskSignIn<pb::ListEmergencyAccessesResponse>(session, "ListEmergencyAccesses",
                                                                pb::ListEmergencyAccessesRequest());
  if (!all.ok()) return Fail(session, all.status());
  if (session.json) {
    session.out << ToJson(*all) << "\n";
    return kExitOk;
  }
  Table table;
  table.Add({"actor", "access", "case", "reason", "begun", "review due"});
  for (const pb::EmergencyAccess& access : all->accesses()) {
    table.Add({access.of(), access.begun().access_id(), access.begun().case_id(),
               access.begun().reason(), TimeWords(access.begun_at()),
               TimeWords(access.review_due_at())});
  }
  session.out << table.Render();
  return kExitOk;
}

int RunReviewEmergency(const Session& session, const Reader& who, const EmergencyOptions& options) {
  pb::IdentityFact fact;
  fact.set_stream(domain::AccountStream(options.actor));
  pb::EmergencyAccessReviewed& reviewed = *fact.mutable_emergency_access_reviewed();
  reviewed.set_access_id(options.access_id);
  pb::EmergencyReview outcome = pb::EMERGENCY_REVIEW_UNSPECIFIED;
  if (!pb::EmergencyReview_Parse(
          absl::StrCat("EMERGENCY_REVIEW_", absl::AsciiStrToUpper(options.outcome)), &outcome)) {
    return FailUsage(session, Error(absl::StatusCode::kInvalidArgument, "WORD_UNKNOWN",
                                    "--outcome knows justified and not_justified"));
  }
  reviewed.set_outcome(outcome);
  reviewed.set_reason(options.reason);
  const absl::Status recorded = RecordFacts(session, who, {fact});
  return recorded.ok() ? kExitOk : Fail(session, recorded);
}

}  // namespace mlup::cli
