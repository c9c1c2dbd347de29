// `mlup approvals`: what takes two persons; and `mlup people erase`, which rests on one.
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/uuid.h"
#include "mlup/common/v1/common.pb.h"
#include "mlup/privacy/v1/erasure_events.pb.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/proto_json.h"
#include "services/mlup/record_facts.h"

namespace mlup::cli {
namespace {

int Say(const Session& session, const absl::StatusOr<command::v1::RecordResult>& result,
        const std::string& words) {
  if (!result.ok()) return Fail(session, result.status());
  session.out << (session.json ? ToJson(*result) : words) << "\n";
  return kExitOk;
}

}  // namespace

int RunAskApproval(const Session& session, const Reader& who, const ApprovalOptions& options) {
  common::v1::ApprovalSubject subject = common::v1::APPROVAL_SUBJECT_UNSPECIFIED;
  if (!common::v1::ApprovalSubject_Parse(
          absl::StrCat("APPROVAL_SUBJECT_", absl::AsciiStrToUpper(options.subject)), &subject)) {
    return FailUsage(session,
                     FieldError(absl::StatusCode::kInvalidArgument, "WORD_UNKNOWN", "--subject",
                                absl::StrCat("there is no ", options.subject,
                                             ": see mlup approvals ask --help")));
  }
  const SystemClock clock;
  SystemRandom random;
  common::v1::ApprovalRequested requested;
  requested.set_approval_id(NewUuid(clock, random));
  requested.set_subject(subject);
  const auto result = RecordFact(session, who, options.stream, "approval_requested", requested);
  if (!result.ok()) return Fail(session, result.status());
  if (session.json) {
    session.out << ToJson(requested) << "\n";
  } else {
    session.out << "Asked for approval " << requested.approval_id()
                << ". Somebody else grants it: mlup approvals grant " << options.stream << " "
                << requested.approval_id() << "\n";
  }
  return kExitOk;
}

int RunGrantApproval(const Session& session, const Reader& who, const ApprovalOptions& options) {
  common::v1::ApprovalGranted granted;
  granted.set_approval_id(options.approval_id);
  return Say(session, RecordFact(session, who, options.stream, "approval_granted", granted),
             "Granted.");
}

int RunRejectApproval(const Session& session, const Reader& who, const ApprovalOptions& options) {
  common::v1::ApprovalRejected rejected;
  rejected.set_approval_id(options.approval_id);
  rejected.set_reason(options.reason);
  return Say(session, RecordFact(session, who, options.stream, "approval_rejected", rejected),
             "Rejected.");
}

int RunErase(const Session& session, const Reader& who, const EraseOptions& options) {
  privacy::v1::PersonDataErased erased;
  erased.set_approval_id(options.approval_id);
  erased.set_scope(options.scope);
  erased.set_legal_ground(options.ground);
  return Say(session,
             RecordFact(session, who, absl::StrCat("erasure/", options.person_id),
                        "person_data_erased", erased),
             "Erased: what was sealed about this person can be read by nobody any more. Every "
             "figure stays as it was.");
}

}  // namespace mlup::cli
