// NetworkService on a log in memory: what the handler adds to the rules.
#include "services/network/network_service.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "eventstore/base/uuid.h"
#include "services/command/test_world.h"

namespace mlup::network {
namespace {

class NetworkServiceTest : public ::testing::Test {
 protected:
  // A request with a request id of its own.
  template <typename Request>
  Request Make(const std::string& stream, const std::string& fact,
               const std::string& actor = "staff-sw-1") {
    const std::string context =
        command::ContextText(absl::StrCat("r-", ++requests_), "2021-02-17", actor);
    return command::FromText<Request>(
        absl::StrCat("context { ", context, "} stream: '", stream, "' ", fact));
  }
  std::string Id() { return NewUuid(world_.clock(), random_); }

  absl::StatusOr<command::CommandResult> Record(const std::string& stream,
                                                const std::string& fact) {
    return service_.Record(Make<pb::RecordRequest>(stream, fact));
  }

  command::TestWorld world_;
  SeededRandom random_{2};
  int requests_ = 0;
  NetworkService service_{world_.commands()};
};

TEST_F(NetworkServiceTest, APersonJoinsAClubAndLeavesIt) {
  const std::string club = "club/" + Id();
  const std::string member = "member { person_id: '" + Id() + "' }";
  const auto join = [&] {
    return service_.JoinGroup(
        Make<pb::JoinGroupRequest>(club, "group_member_joined { " + member + " }"));
  };
  const auto leave = [&] {
    return service_.LeaveGroup(
        Make<pb::LeaveGroupRequest>(club, "group_member_left { reason: 'moved' " + member + " }"));
  };
  EXPECT_EQ(ErrorReason(join().status()), "GROUP_UNKNOWN");
  ASSERT_TRUE(Record(club, "group_formed { kind: GROUP_KIND_YOUTH_CLUB }").ok());
  EXPECT_EQ(ErrorReason(leave().status()), "NOT_MEMBER");
  EXPECT_TRUE(join().ok());
  EXPECT_EQ(ErrorReason(join().status()), "ALREADY_MEMBER");
  const auto left = leave();
  ASSERT_TRUE(left.ok()) << left.status();
  ASSERT_TRUE(service_
                  .VoidEntry(Make<pb::VoidEntryRequest>(
                      club, "entry_voided { reason: 'wrong_person' voids_event_id: '" +
                                left->event_ids(0) + "' }"))
                  .ok());
  EXPECT_EQ(ErrorReason(join().status()), "ALREADY_MEMBER");
}

TEST_F(NetworkServiceTest, APartnershipStandsOnARegisteredOrganisation) {
  const std::string rci = "organisation/" + Id();
  const std::string agreed = "partnership_agreed { kind: PARTNERSHIP_KIND_RCI_PARTNER }";
  const std::string registered =
      "organisation_registered { names: 'Example Centre' kind: ORGANISATION_KIND_RCI "
      "province_code: '02' }";
  EXPECT_EQ(ErrorReason(Record(rci, agreed).status()), "STREAM_UNKNOWN");
  ASSERT_TRUE(Record(rci, registered).ok());
  EXPECT_EQ(ErrorReason(Record(rci, registered).status()), "STREAM_EXISTS");
  ASSERT_TRUE(Record(rci, agreed).ok());
  const auto end = [&] {
    return service_.EndPartnership(Make<pb::EndPartnershipRequest>(
        rci, "partnership_ended { kind: PARTNERSHIP_KIND_RCI_PARTNER reason: 'agreement_over' }"));
  };
  EXPECT_TRUE(end().ok());
  EXPECT_EQ(ErrorReason(end().status()), "NOT_PARTNER");
}

TEST_F(NetworkServiceTest, AReportIsPublishedOnceItsPeriodIsClosed) {
  const std::string report = "report/" + Id();
  const auto publish = [&] {
    return service_.PublishReport(Make<pb::PublishReportRequest>(
        report,
        "report_published { period: '2021-Q1' position: 1 as_known_at: '2021-04-22' "
        "report_id: '" +
            Id() + "' }"));
  };
  EXPECT_EQ(ErrorReason(publish().status()), "PERIOD_NOT_CLOSED");
  ASSERT_TRUE(Record(report, "report_period_closed { period: '2021-Q1' }").ok());
  const auto published = publish();
  EXPECT_TRUE(published.ok()) << published.status();
}

}  // namespace
}  // namespace mlup::network
