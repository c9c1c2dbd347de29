#include "services/domain/consents.h"

#include <cstddef>
#include <string>

#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/cases/v1/person_record_events.pb.h"
#include "mlup/common/v1/common.pb.h"
#include "services/domain/approvals.h"

namespace mlup::domain {
namespace {

using cases::v1::ConsentRecorded;
using common::v1::DetailsCorrected;
using common::v1::EntryVoided;
using google::protobuf::Message;

template <typename Fact>
const Fact* As(const Message* message) {
  return dynamic_cast<const Fact*>(message);
}

// The consent that stands there; null for anything else, and for what was voided.
const ConsentRecorded* ConsentIn(const LiveEvent* event) {
  return event == nullptr || event->voided ? nullptr : As<ConsentRecorded>(event->message.get());
}

bool IsRefusal(const ConsentRecorded* consent) {
  return consent != nullptr && consent->person().decision() == cases::v1::CONSENT_DECISION_REFUSED;
}

// Voided, it would be a consent again.
bool IsWithdrawal(const LiveEvent* event) {
  return event != nullptr && !event->voided &&
         As<cases::v1::ConsentWithdrawn>(event->message.get()) != nullptr;
}

// The refusal that is the last decision for the purpose, or any refusal where none is named; null
// where there is none.
const LiveEvent* RefusalOf(const StreamHistory& history, cases::v1::ConsentPurpose purpose) {
  for (std::size_t i = history.size(); i > 0; --i) {
    const ConsentRecorded* consent = ConsentIn(&history.At(i - 1));
    if (consent == nullptr) continue;
    if (purpose == cases::v1::CONSENT_PURPOSE_UNSPECIFIED) {
      if (IsRefusal(consent)) return &history.At(i - 1);
    } else if (consent->person().purpose() == purpose) {
      return IsRefusal(consent) ? &history.At(i - 1) : nullptr;
    }
  }
  return nullptr;
}

// Whether one of those who record now is one of those who recorded the event.
bool IsBySame(const EventInfo& info, const std::string& actor_id, const std::string& on_behalf_of) {
  for (const std::string& who : {actor_id, on_behalf_of}) {
    if (!who.empty() && (who == info.actor_id || who == info.on_behalf_of)) return true;
  }
  return false;
}

// Where the person's part of a consent changes, any refusal may lose its effect.
bool Decides(const DetailsCorrected& correction) { return !correction.persons().empty(); }

bool IsApproval(const Message* message) {
  return As<common::v1::ApprovalRequested>(message) != nullptr ||
         As<common::v1::ApprovalGranted>(message) != nullptr ||
         As<common::v1::ApprovalRejected>(message) != nullptr;
}

// The approval that a fact names for a reversal; empty where it names none.
std::string ApprovalOf(const Message* fact) {
  if (const auto* entry = As<EntryVoided>(fact)) return entry->approval_id();
  if (const auto* entry = As<DetailsCorrected>(fact)) return entry->approval_id();
  if (const auto* consent = As<ConsentRecorded>(fact)) return consent->approval_id();
  return "";
}

absl::Status NeedApproval(const StreamHistory& history, const std::string& approval_id) {
  bool is_used = approval_id.empty();
  for (std::size_t i = 0; i < history.size() && !is_used; ++i) {
    is_used = ApprovalOf(history.At(i).message.get()) == approval_id;
  }
  const auto& approvals = *static_cast<const ApprovalState*>(history.StateOf(Approvals()));
  if (!is_used && approvals.Granted(approval_id, common::v1::APPROVAL_SUBJECT_CONSENT)) {
    return absl::OkStatus();
  }
  return Refuse("CONSENT_REFUSED", "consent was refused, which nobody reverses alone",
                "ask with approval_requested for APPROVAL_SUBJECT_CONSENT on this person, have it "
                "granted by somebody else, and name it as approval_id");
}

}  // namespace

absl::Status CheckConsent(const StreamHistory& history, const Message& fact,
                          const std::string& actor_id, const std::string& on_behalf_of) {
  if (const auto* entry = As<EntryVoided>(&fact)) {
    const LiveEvent* named = history.Find(entry->voids_event_id());
    if (!IsRefusal(ConsentIn(named)) && !IsWithdrawal(named)) return absl::OkStatus();
    return NeedApproval(history, entry->approval_id());
  }
  if (const auto* entry = As<DetailsCorrected>(&fact)) {
    const LiveEvent* named = history.Find(entry->corrects_event_id());
    if (named != nullptr && IsApproval(named->message.get())) {
      return Error(absl::StatusCode::kInvalidArgument, "APPROVAL_NOT_CORRECTABLE",
                   "an approval is not corrected: void it and ask anew");
    }
    const bool matters = Decides(*entry) &&
                         (IsWithdrawal(named) ||
                          (ConsentIn(named) != nullptr &&
                           RefusalOf(history, cases::v1::CONSENT_PURPOSE_UNSPECIFIED) != nullptr));
    return matters ? NeedApproval(history, entry->approval_id()) : absl::OkStatus();
  }
  const auto* consent = As<ConsentRecorded>(&fact);
  if (consent == nullptr || IsRefusal(consent)) return absl::OkStatus();
  const LiveEvent* refusal = RefusalOf(history, consent->person().purpose());
  if (refusal == nullptr || !IsBySame(refusal->info, actor_id, on_behalf_of)) {
    return absl::OkStatus();
  }
  return NeedApproval(history, consent->approval_id());
}

}  // namespace mlup::domain
