// What tests of related histories share.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "eventstore/base/categories.h"
#include "mlup/cases/v1/casework_events.pb.h"
#include "services/domain/account.h"
#include "services/query/audit_world.h"
#include "services/query/related.h"

namespace mlup::query::related_tests {

inline constexpr unsigned kHousehold = 20;
inline constexpr unsigned kIncident = 30;

class RelatedHistoryTest : public AuditWorld {
 protected:
  // What the following events belong to.
  void Work(const std::string& id) { log_.envelope().set_correlation_id(id); }
  void From(const std::string& system, const std::string& id) {
    log_.envelope().set_source_system(system);
    log_.envelope().set_source_id(id);
  }
  Position NoteOf(unsigned case_id, unsigned child, const std::string& text) {
    cases::v1::NoteRecorded event;
    event.mutable_person()->set_person_id(TestId(child));
    event.mutable_person()->set_text(text);
    event.set_kind(cases::v1::NOTE_KIND_NOTE);
    return log_.Append("case/" + TestId(case_id), event);
  }
  Position OpenCaseOf(unsigned case_id, unsigned child) {
    cases::v1::CaseOpened event;
    event.mutable_child()->set_person_id(TestId(child));
    return log_.Append("case/" + TestId(case_id), event);
  }
  Position Join(unsigned child) {
    cases::v1::HouseholdMemberAdded event;
    event.mutable_member()->set_person_id(TestId(child));
    return log_.Append("household/" + TestId(kHousehold), event);
  }
  // About a member of staff, who is named in the part of the sibling only.
  Position Concern(const std::string& staff) {
    cases::v1::SafeguardingConcernReported concern;
    concern.add_children()->set_person_id(TestId(kSibling));
    concern.mutable_children(0)->set_about_staff_id(staff);
    log_.envelope().set_sensitivity(log::v1::SENSITIVITY_SAFEGUARDING);
    const Position position = log_.Append("incident/" + TestId(kIncident), concern);
    log_.envelope().set_sensitivity(log::v1::SENSITIVITY_NORMAL);
    return position;
  }

  static GetCaseHistoryRequest Asking(const std::string& actor = "staff-cm-1",
                                      const std::string& role = "case_manager") {
    GetCaseHistoryRequest request = Request(kChild, actor, role);
    request.clear_id();
    return request;
  }
  static GetCaseHistoryRequest OfWork(const std::string& id,
                                      const std::string& actor = "staff-cm-1",
                                      const std::string& role = "case_manager") {
    GetCaseHistoryRequest request = Asking(actor, role);
    request.set_correlation_id(id);
    return request;
  }
  std::string Refusal(const GetCaseHistoryRequest& request) {
    return ErrorReason(service_->GetCaseHistory(request).status());
  }
  // The readings that stand on the reader's own account.
  std::vector<audit::v1::RecordAccessed> Questions(const std::string& actor) {
    log::v1::ReadStreamRequest request;
    request.set_stream("access/" + std::string(RecordIdOf(domain::AccountStream(actor))));
    std::vector<audit::v1::RecordAccessed> questions;
    const auto page = log_.log().ReadStream(request);
    for (const log::v1::Record& record : page->records()) {
      audit::v1::RecordAccessed accessed;
      if (record.event().type() != accessed.GetTypeName()) continue;
      EXPECT_TRUE(accessed.ParseFromString(record.event().common()));
      questions.push_back(std::move(accessed));
    }
    return questions;
  }
};

}  // namespace mlup::query::related_tests
