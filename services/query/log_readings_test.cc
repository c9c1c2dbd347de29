// Who reads the log as it is stored is on record, once for a reading.
#include "services/query/log_readings.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/base/categories.h"
#include "services/domain/account.h"
#include "services/query/audit_world.h"

namespace mlup::query {
namespace {

using identity::Caller;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kReadAll = "mlup.log.v1.EventStore/ReadAll";

class LogReadingsTest : public AuditWorld {
 protected:
  std::vector<audit::v1::LogRead> Of(const std::string& actor) {
    log::v1::ReadStreamRequest request;
    request.set_stream("access/" + std::string(RecordIdOf(domain::AccountStream(actor))));
    std::vector<audit::v1::LogRead> readings;
    const auto page = log_.log().ReadStream(request);
    for (const log::v1::Record& record : page->records()) {
      EXPECT_EQ(record.event().actor().actor_id(), actor);
      EXPECT_TRUE(readings.emplace_back().ParseFromString(record.event().common()));
    }
    return readings;
  }

  LogReadings readings_{broken_, *keyring_, log_.clock(), log_.random()};
  log::pb::Filter cases_ = [] {
    log::pb::Filter filter;
    filter.add_categories("case");
    return filter;
  }();
  const Caller one_{Caller::Kind::kAccount, "staff-op-1", "session-1"};
};

TEST_F(LogReadingsTest, OneReadingIsOneRecordHoweverManyPages) {
  for (int page = 0; page < 3; ++page) {
    EXPECT_TRUE(readings_.Record(&one_, {kReadAll, "", cases_}).ok());
  }
  const auto recorded = Of("staff-op-1");
  ASSERT_THAT(recorded, SizeIs(1));
  EXPECT_EQ(recorded[0].call(), kReadAll);
  EXPECT_THAT(recorded[0].streams(), ElementsAre("case"));
  EXPECT_TRUE(readings_.Record(&one_, {kReadAll, "", {}}).ok());
  EXPECT_THAT(Of("staff-op-1"), SizeIs(2)) << "another question";
  const Caller other{Caller::Kind::kAccount, "staff-op-1", "session-2"};
  EXPECT_TRUE(readings_.Record(&other, {kReadAll, "", cases_}).ok());
  EXPECT_THAT(Of("staff-op-1"), SizeIs(3)) << "another session";
  log_.clock().Advance(absl::Minutes(61));
  EXPECT_TRUE(readings_.Record(&one_, {kReadAll, "", cases_}).ok());
  EXPECT_THAT(Of("staff-op-1"), SizeIs(4)) << "an hour later";
}

TEST_F(LogReadingsTest, OnlyAccountsAreOnRecord) {
  for (const Caller::Kind kind : {Caller::Kind::kAnybody, Caller::Kind::kInstallation}) {
    const Caller caller{kind, "", ""};
    EXPECT_TRUE(readings_.Record(&caller, {kReadAll, "", cases_}).ok());
  }
  EXPECT_TRUE(readings_.Record(nullptr, {kReadAll, "", cases_}).ok());
  EXPECT_EQ(log_.log().Head()->value, 0U);
}

TEST_F(LogReadingsTest, WithoutARecordNothingIsRead) {
  broken_.broken = true;
  EXPECT_EQ(ErrorReason(readings_.Record(&one_, {kReadAll, "", cases_})), "DISK_GONE");
  broken_.broken = false;
  EXPECT_TRUE(readings_.Record(&one_, {kReadAll, "", cases_}).ok());
  EXPECT_THAT(Of("staff-op-1"), SizeIs(1));
}

// They stand among the readings of records.
TEST_F(LogReadingsTest, AReaderIsFoundByThem) {
  EXPECT_TRUE(readings_.Record(&one_, {kReadAll, "", cases_}).ok());
  audit::v1::ListAccessesRequest request;
  request.set_actor_id("staff-cm-1");
  request.set_role("case_manager");
  request.set_organisation_id("mro");
  request.set_reader_id("staff-op-1");
  const auto found = service_->ListAccesses(request);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->accesses_size(), 1);
  EXPECT_EQ(found->accesses(0).log_call(), kReadAll);
  EXPECT_EQ(found->accesses(0).person_id(), "");
}

}  // namespace
}  // namespace mlup::query
