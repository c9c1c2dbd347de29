// Who may have a read model made anew, and what the log says of it.
#include "services/query/projection_service.h"

#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/reports/v1/projection_events.pb.h"
#include "projections/facts/fact_projection.h"
#include "projections/test_log.h"
#include "services/query/rebuilt_event.h"

namespace mlup::query {
namespace projection_service_test {

using projections::TestId;
using testing::HasSubstr;

constexpr char kRolesText[] = R"(
  roles { name: "operator" label: "Operator" calls: "mlup.reports.v1.ProjectionService/*" }
  roles { name: "social_worker" label: "Social worker" calls: "mlup.reports.v1.ReportService/*" }
  actors { actor_id: "staff-op-1" label: "Operator 1" organisation_id: "mro" roles: "operator" }
  actors { actor_id: "staff-sw-1" label: "Social worker 1" organisation_id: "mro" roles: "social_worker" }
)";

class ProjectionServiceTest : public testing::Test {
 protected:
  ProjectionServiceTest()
      : folder_(testing::TempDir() + absl::StrCat("projection_service.", ::getpid())) {
    std::filesystem::remove_all(folder_);
    cases::v1::CaseOpened opened;
    opened.mutable_child()->set_person_id(TestId(1));
    log_.Append("case/" + TestId(2), opened);
    models_ = *projections::ReadModels::Open(folder_, log_.reader(), [this](const auto& done) {
      return RecordRebuilt(log_.log(), log_.clock(), done);
    });
  }
  ~ProjectionServiceTest() override {
    models_.reset();
    std::filesystem::remove_all(folder_);
  }

  ProjectionService Service(bool holds_log = true) {
    return ProjectionService({*models_, policy_, log_.clock(), log_.random(), holds_log});
  }
  static reports::v1::RebuildProjectionRequest Request() {
    reports::v1::RebuildProjectionRequest request;
    request.mutable_actor()->set_actor_id("staff-op-1");
    request.mutable_actor()->set_role("operator");
    request.mutable_actor()->set_organisation_id("mro");
    request.set_name("indicator_facts");
    request.set_reason("figures_doubted");
    return request;
  }
  reports::v1::RebuildStatus WaitUntilOver(const std::string& id) {
    const auto& model = models_->Of("indicator_facts");
    for (int looks = 0; looks < 3000; ++looks) {
      const auto status = model.rebuilding();
      if (status && status->rebuild_id() == id &&
          status->phase() >= reports::v1::REBUILD_PHASE_DONE) {
        return *status;
      }
      model.worker().WaitUntil({UINT64_MAX}, absl::Milliseconds(10)).IgnoreError();
    }
    ADD_FAILURE() << "it does not end";
    return {};
  }
  log::v1::ReadStreamResponse Recorded() {
    log::v1::ReadStreamRequest request;
    request.set_stream("system/projections");
    return *log_.log().ReadStream(request);
  }

  const std::string folder_;
  projections::TestLog log_;
  const identity::Policy policy_ = *identity::Policy::Parse(kRolesText);
  std::unique_ptr<projections::ReadModels> models_;
};

TEST_F(ProjectionServiceTest, TheLogSaysWhoHadItMadeAnewAndWhyWithBothDigests) {
  ProjectionService service = Service();
  const auto begun = service.RebuildProjection(Request());
  ASSERT_TRUE(begun.ok()) << begun.status();
  const auto status = WaitUntilOver(begun->rebuild_id());
  EXPECT_EQ(status.phase(), reports::v1::REBUILD_PHASE_DONE) << status.because();
  EXPECT_EQ(status.actor_id(), "staff-op-1");
  const auto recorded = Recorded();
  ASSERT_EQ(recorded.records_size(), 1);
  const log::v1::Event& event = recorded.records(0).event();
  EXPECT_EQ(event.event_id(), begun->rebuild_id());
  EXPECT_EQ(event.type(), "mlup.reports.v1.ProjectionRebuilt");
  EXPECT_EQ(event.actor().actor_id(), "staff-op-1");
  EXPECT_EQ(event.actor().role(), "operator");
  EXPECT_EQ(event.reason(), "figures_doubted");
  reports::v1::ProjectionRebuilt rebuilt;
  ASSERT_TRUE(rebuilt.ParseFromString(event.common()));
  EXPECT_EQ(rebuilt.name(), "indicator_facts");
  EXPECT_EQ(rebuilt.version(), projections::FactProjection().version());
  EXPECT_EQ(rebuilt.from(), 1u);
  EXPECT_EQ(rebuilt.to(), 2u);
  EXPECT_EQ(rebuilt.digest_from().size(), 64u);
  EXPECT_EQ(rebuilt.digest_from(), rebuilt.digest_to());
  // What the log says of itself stops no projection.
  const auto& model = models_->Of("indicator_facts");
  EXPECT_EQ(model.worker().WaitUntil({2}, absl::Seconds(30)), absl::OkStatus());
  EXPECT_EQ(model.state().passed_over, 0u);
}

TEST_F(ProjectionServiceTest, TheSameRebuildIsRecordedOnce) {
  reports::v1::AskedRebuild done;
  done.set_rebuild_id(TestId(5));
  done.mutable_actor()->set_actor_id("staff-op-1");
  done.set_reason("figures_doubted");
  done.mutable_done()->set_name("indicator_facts");
  EXPECT_EQ(RecordRebuilt(log_.log(), log_.clock(), done), absl::OkStatus());
  log_.clock().Advance(absl::Hours(30));
  EXPECT_EQ(RecordRebuilt(log_.log(), log_.clock(), done), absl::OkStatus());
  EXPECT_EQ(Recorded().records_size(), 1);
}

TEST_F(ProjectionServiceTest, AComparisonIsNoEvent) {
  auto request = Request();
  request.set_compare_only(true);
  ProjectionService service = Service(/*holds_log=*/false);
  const auto begun = service.RebuildProjection(request);
  ASSERT_TRUE(begun.ok()) << begun.status();
  const auto status = WaitUntilOver(begun->rebuild_id());
  EXPECT_EQ(status.digest_served(), status.digest_made());
  EXPECT_EQ(Recorded().records_size(), 0);
}

TEST_F(ProjectionServiceTest, WhatIsRefusedIsNamed) {
  ProjectionService service = Service();
  const auto reason_of = [&service](const auto& request) {
    return ErrorReason(service.RebuildProjection(request).status());
  };
  auto request = Request();
  request.set_reason("Because I say so");
  EXPECT_EQ(ErrorField(service.RebuildProjection(request).status()), "reason");
  request = Request();
  request.clear_reason();
  EXPECT_EQ(ErrorField(service.RebuildProjection(request).status()), "reason");
  request = Request();
  request.mutable_actor()->set_actor_id("staff-sw-1");
  request.mutable_actor()->set_role("social_worker");
  EXPECT_TRUE(absl::IsPermissionDenied(service.RebuildProjection(request).status()));
  reports::v1::CancelRebuildRequest cancel;
  *cancel.mutable_actor() = request.actor();
  cancel.set_name("indicator_facts");
  EXPECT_TRUE(absl::IsPermissionDenied(service.CancelRebuild(cancel).status()));
  *cancel.mutable_actor() = Request().actor();
  EXPECT_EQ(ErrorReason(service.CancelRebuild(cancel).status()), "REBUILD_NOT_RUNNING");
  request = Request();
  request.set_name("proofs");
  EXPECT_EQ(reason_of(request), "PROJECTION_UNKNOWN");
  EXPECT_THAT(std::string(service.RebuildProjection(request).status().message()),
              HasSubstr("indicator_facts, case_history"));
  ProjectionService elsewhere = Service(/*holds_log=*/false);
  EXPECT_EQ(ErrorReason(elsewhere.RebuildProjection(Request()).status()), "LOG_ELSEWHERE");
  EXPECT_EQ(Recorded().records_size(), 0);
}

}  // namespace projection_service_test
}  // namespace mlup::query
