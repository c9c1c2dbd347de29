// `mlup approvals`: what takes two persons; and `mlup people erase`, which rests on one.
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/uuid.h"
#include "mlup/cases/v1/case_service.pb.h"
#include "mlup/donations/v1/donation_service.pb.h"
#include "mlup/network/v1/network_service.pb.h"
#include "mlup/training/v1/training_service.pb.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/proto_json.h"
#include "services/mlup/record_facts.h"

namespace mlup::cli {
namespace {

using command::v1::RecordResult;

constexpr char kCases[] = "mlup.cases.v1.CaseService";

// Records the one fact that `fill` makes with the service that keeps such records.
template <typename Fill>
absl::StatusOr<RecordResult> RecordOn(const Session& session, const Reader& who,
                                      const std::string& stream, const Fill& fill) {
  const auto record = [&]<typename Request>(const std::string& service, Request request) {
    auto& fact = *request.add_facts();
    fact.set_stream(stream);
    fill(fact);
    return RecordNow(session, who, service, std::move(request));
  };
  const std::string_view category = CategoryOf(stream);
  if (category == "activity") {
    return record("mlup.training.v1.TrainingService", training::v1::RecordRequest());
  }
  if (category == "store") {
    return record("mlup.donations.v1.DonationService", donations::v1::RecordRequest());
  }
  if (category == "organisation") {
    return record("mlup.network.v1.NetworkService", network::v1::RecordRequest());
  }
  return record(kCases, cases::v1::RecordRequest());
}

int Say(const Session& session, const absl::StatusOr<RecordResult>& result,
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
  const auto result = RecordOn(session, who, options.stream,
                               [&](auto& fact) { *fact.mutable_approval_requested() = requested; });
  if (result.ok() && session.json) {
    session.out << ToJson(requested) << "\n";
    return kExitOk;
  }
  return Say(session, result,
             absl::StrCat("Asked for approval ", requested.approval_id(),
                          ". Somebody else grants it: mlup approvals grant ", options.stream, " ",
                          requested.approval_id()));
}

int RunGrantApproval(const Session& session, const Reader& who, const ApprovalOptions& options) {
  return Say(session,
             RecordOn(session, who, options.stream,
                      [&](auto& fact) {
                        fact.mutable_approval_granted()->set_approval_id(options.approval_id);
                      }),
             "Granted.");
}

int RunRejectApproval(const Session& session, const Reader& who, const ApprovalOptions& options) {
  return Say(session,
             RecordOn(session, who, options.stream,
                      [&](auto& fact) {
                        fact.mutable_approval_rejected()->set_approval_id(options.approval_id);
                        fact.mutable_approval_rejected()->set_reason(options.reason);
                      }),
             "Rejected.");
}

int RunErase(const Session& session, const Reader& who, const EraseOptions& options) {
  cases::v1::RecordRequest request;
  auto& fact = *request.add_facts();
  fact.set_stream(absl::StrCat("erasure/", options.person_id));
  auto& erased = *fact.mutable_person_data_erased();
  erased.set_approval_id(options.approval_id);
  erased.set_scope(options.scope);
  erased.set_legal_ground(options.ground);
  return Say(session, RecordNow(session, who, kCases, std::move(request)),
             "Erased: what was sealed about this person can be read by nobody any more. Every "
             "figure stays as it was.");
}

}  // namespace mlup::cli
