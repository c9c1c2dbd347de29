// Facts of cases and persons as protobuf text, and requests of them.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "mlup/cases/v1/case_service.pb.h"
#include "services/fields/from_text.h"

namespace mlup::command {

namespace pb = ::mlup::cases::v1;

inline constexpr char kSok[] = "018f3c6e-0000-7000-8000-000000000001";
inline constexpr char kDara[] = "018f3c6e-0000-7000-8000-000000000002";

inline std::string Person(const std::string& id) { return "person/" + id; }
// The case of a child has the child's id.
inline std::string Case(const std::string& id) { return "case/" + id; }

// A request of these facts by `staff-sw-1`.
inline pb::RecordRequest CaseRequest(const std::string& id, const std::vector<std::string>& facts) {
  std::string text = absl::StrCat("context { ", ContextText(id), " }");
  for (const std::string& fact : facts) absl::StrAppend(&text, " facts { ", fact, " }");
  return FromText<pb::RecordRequest>(text);
}

inline std::string OnPerson(const std::string& id, const std::string& fact) {
  return absl::StrCat("stream: '", Person(id), "' ", fact);
}
inline std::string OnCase(const std::string& id, const std::string& fact) {
  return absl::StrCat("stream: '", Case(id), "' ", fact);
}

inline std::string Registered(const std::string& id) {
  return OnPerson(id, absl::StrCat("person_registered { person { person_id: '", id,
                                   "' sex: SEX_FEMALE residence_province_code: '02' name_latin: "
                                   "'Sokha' } }"));
}
inline std::string Note(const std::string& id, const std::string& text = "words") {
  return OnPerson(id, absl::StrCat("note_recorded { kind: NOTE_KIND_NOTE person { person_id: '", id,
                                   "' text: '", text, "' } }"));
}
inline std::string Voided(const std::string& id, const std::string& event_id) {
  return OnPerson(id, absl::StrCat("entry_voided { voids_event_id: '", event_id,
                                   "' reason: 'duplicate_entry' }"));
}
inline std::string Corrected(const std::string& id, const std::string& event_id,
                             const std::string& changes) {
  return OnPerson(id, absl::StrCat("details_corrected { corrects_event_id: '", event_id,
                                   "' reason: 'typo' ", changes, " }"));
}
inline std::string Consented(const std::string& id, const std::string& decision,
                             const std::string& event_id = "") {
  return OnPerson(
      id, absl::StrCat("event_id: '", event_id, "' consent_recorded { person { person_id: '", id,
                       "' decision: CONSENT_DECISION_", decision,
                       " purpose: CONSENT_PURPOSE_SHARE_WITH_NGO given_by: 'mother' } "
                       "wording_version: '2020-1' }"));
}
inline std::string Opened(const std::string& child) {
  return OnCase(child,
                absl::StrCat("case_opened { child { person_id: '", child,
                             "' } case_type: CASE_TYPE_CARELEAVER owner_org_id: '", kDara, "' }"));
}
inline std::string Closed(const std::string& child, const std::string& approval) {
  return OnCase(child,
                absl::StrCat("case_closed { child { person_id: '", child, "' } approval_id: '",
                             approval, "' reason: CLOSE_REASON_OTHER }"));
}
inline std::string Placed(const std::string& child, const std::string& placement,
                          const std::string& how = "care_type: CARE_TYPE_KINSHIP") {
  return OnCase(child, absl::StrCat("placement_started { placement_id: '", placement,
                                    "' child { person_id: '", child, "' } ", how, " }"));
}
inline std::string PlacementEnded(const std::string& child, const std::string& placement) {
  return OnCase(
      child, absl::StrCat("placement_ended { placement_id: '", placement, "' child { person_id: '",
                          child, "' } reason: PLACEMENT_END_REASON_REUNIFIED }"));
}
inline std::string Referred(const std::string& child, const std::string& consent,
                            const std::string& referral = kDara) {
  return OnCase(child, absl::StrCat("referral_made { referral_id: '", referral,
                                    "' person { person_id: '", child, "' } to_org_id: '", kDara,
                                    "' consent_event_id: '", consent, "' }"));
}
inline std::string Asked(const std::string& stream, const std::string& approval,
                         const std::string& subject = "MERGE") {
  return absl::StrCat("stream: '", stream, "' approval_requested { approval_id: '", approval,
                      "' subject: APPROVAL_SUBJECT_", subject, " }");
}
inline std::string Granted(const std::string& stream, const std::string& approval) {
  return absl::StrCat("stream: '", stream, "' approval_granted { approval_id: '", approval, "' }");
}

}  // namespace mlup::command
