// Concerns about staff: in no history, and in no file, of whom they name or who has no right to
// them.
#include "services/query/safeguarding.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mlup/cases/v1/casework_events.pb.h"
#include "services/query/audit_world.h"

namespace mlup::query {
namespace {

using testing::ElementsAre;

constexpr unsigned kIncident = 20;

class SafeguardingTest : public AuditWorld {
 protected:
  SafeguardingTest() {
    Register(kChild, "Sok Dara");     // 1
    Register(kSibling, "Sok Vanna");  // 2
  }

  // About a member of staff, who is named in the part of one of the children only.
  void Concern(const std::string& staff) {
    cases::v1::SafeguardingConcernReported concern;
    concern.add_children()->set_person_id(TestId(kChild));
    concern.mutable_children(0)->set_action("talked with the manager");
    concern.add_children()->set_person_id(TestId(kSibling));
    concern.mutable_children(1)->set_about_staff_id(staff);
    Sensitive(concern);
  }
  void Sensitive(const google::protobuf::Message& event) {
    log_.envelope().set_sensitivity(log::v1::SENSITIVITY_SAFEGUARDING);
    log_.Append(kStream, event);
    log_.envelope().set_sensitivity(log::v1::SENSITIVITY_NORMAL);
  }
  std::vector<std::uint64_t> Seen(const std::string& actor, const std::string& role) {
    const GetCaseHistoryResponse response = Read(Request(kChild, actor, role));
    EXPECT_EQ(response.total(), static_cast<std::uint32_t>(response.entries_size()));
    return Positions(response);
  }

  const std::string kStream = "incident/" + TestId(kIncident);
};

TEST_F(SafeguardingTest, WhoHasTheRightSeesThemUnlessTheyNameTheReader) {
  Concern("staff-cm-2");  // 3
  EXPECT_THAT(Seen("staff-cm-1", "case_manager"), ElementsAre(1, 3));
  EXPECT_THAT(Seen("staff-cm-2", "case_manager"), ElementsAre(1));
  EXPECT_THAT(Seen("staff-dir-1", "director"), ElementsAre(1)) << "without the right";
}

TEST_F(SafeguardingTest, AllThatFollowsOnTheStreamIsAsTheConcern) {
  Concern("staff-cm-2");  // 3
  common::v1::DocumentAttached document;
  document.set_doc_type("photo");
  Sensitive(document);  // 4
  log_.envelope().set_sensitivity(log::v1::SENSITIVITY_SAFEGUARDING);
  Void(kStream, {4});  // 5
  EXPECT_THAT(Seen("staff-cm-1", "case_manager"), ElementsAre(1, 3, 4, 5));
  EXPECT_THAT(Seen("staff-cm-2", "case_manager"), ElementsAre(1));
  EXPECT_THAT(Seen("staff-dir-1", "director"), ElementsAre(1));
}

TEST_F(SafeguardingTest, WhoWasNamedUntilACorrectionAndWhoIsSinceDoNotSeeThem) {
  Concern("staff-dir-1");  // 3
  common::v1::DetailsCorrected correction;
  correction.set_corrects_event_id(log_.id_of({3}));
  correction.set_reason("misheard");
  auto& changes = *correction.add_persons();
  changes.set_person_id(TestId(kSibling));
  auto& change = *changes.add_personal_changes();
  change.set_field("children[1].about_staff_id");
  change.set_old_value("\"staff-dir-1\"");
  change.set_new_value("\"staff-cm-2\"");
  Sensitive(correction);  // 4
  EXPECT_THAT(Seen("staff-cm-1", "case_manager"), ElementsAre(1, 3, 4));
  EXPECT_THAT(Seen("staff-cm-2", "case_manager"), ElementsAre(1));
}

TEST_F(SafeguardingTest, TheWholeRecordLeavesOnlyWithWhoMaySeeAllOfIt) {
  EXPECT_TRUE(service_->ExportBundle(ExportRequest(kChild, "staff-cm-2")).ok());
  Concern("staff-cm-2");
  EXPECT_TRUE(service_->ExportBundle(ExportRequest(kChild, "staff-cm-1")).ok());
  for (const auto& [actor, role] :
       {std::pair("staff-cm-2", "case_manager"), std::pair("staff-dir-1", "director")}) {
    const auto bundle = service_->ExportBundle(ExportRequest(kChild, actor, role));
    EXPECT_EQ(ErrorReason(bundle.status()), "EXPORT_RESTRICTED") << actor;
    EXPECT_EQ(Accesses(kChild).back().result(), audit::v1::ACCESS_RESULT_REFUSED);
  }
  EXPECT_EQ(Exports(kChild).size(), 2U);
}

}  // namespace
}  // namespace mlup::query
