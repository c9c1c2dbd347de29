// Reports through the service: who may read, as of when, and evidence in words.
#include "services/query/report_service.h"

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "mlup/audit/v1/audit.pb.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/common/v1/common.pb.h"
#include "mlup/donations/v1/donation_events.pb.h"
#include "projections/facts/fact_projection.h"
#include "projections/test_log.h"

namespace mlup::query {
namespace {

using projections::TestId;
using reports::v1::Evidence;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr char kRoles[] = R"(
  roles { name: "mel_officer" label: "MEL officer" calls: "mlup.reports.v1.ReportService/*" }
  roles { name: "social_worker" label: "Social worker" }
  actors { actor_id: "staff-mel-1" label: "MEL officer 1" organisation_id: "mro" roles: "mel_officer" }
  actors { actor_id: "staff-sw-1" label: "Social worker 1" organisation_id: "mro" roles: "social_worker" }
)";

constexpr char kDefinitions[] = R"(
  indicators {
    code: "distributions" version: 1 name: "Distributions" name_km: "ការចែកចាយ" unit: UNIT_DISTRIBUTIONS
    population: "Goods given to one recipient" nature: NATURE_COUNTED
    period_rule: PERIOD_RULE_OCCURRED_WITHIN section: "CASE_MGMT"
    select { event: "mlup.donations.v1.ItemsDistributed" }
  }
)";

class ReportServiceTest : public testing::Test {
 protected:
  ReportServiceTest() {
    worker_.emplace(log_.reader(), projection_, store_);
    service_.emplace(ReportService::Parts{log_.log(),
                                          policy_,
                                          definitions_,
                                          facts_,
                                          *worker_,
                                          {&*worker_},
                                          disclosure_,
                                          log_.clock()});
  }

  ~ReportServiceTest() override { std::remove(keyring_path_.c_str()); }

  static std::string TemporaryPath() {
    std::string path = absl::StrCat(testing::TempDir(), "report_service_test.", ::getpid(), ".",
                                    testing::UnitTest::GetInstance()->current_test_info()->name());
    std::remove(path.c_str());
    return path;
  }
  // What the log says of who was told of the person behind which figure.
  std::vector<std::string> DisclosedOf(unsigned person) {
    log::v1::ReadStreamRequest request;
    request.set_stream("access/" + TestId(person));
    std::vector<std::string> disclosed;
    const auto page = log_.log().ReadStream(request);
    for (const log::v1::Record& record : page->records()) {
      audit::v1::RecordAccessed accessed;
      EXPECT_TRUE(accessed.ParseFromString(record.event().common()));
      EXPECT_EQ(accessed.scope(), "person/" + TestId(person));
      EXPECT_EQ(accessed.result(), audit::v1::ACCESS_RESULT_SERVED);
      disclosed.push_back(absl::StrCat(record.event().actor().actor_id(), " ", accessed.figure()));
    }
    return disclosed;
  }

  // Goods for household 20 and a person.
  Position Distribute() {
    donations::v1::ItemsDistributed event;
    event.set_recipient_kind(common::v1::RECIPIENT_KIND_HOUSEHOLD);
    event.set_recipient_id(TestId(20));
    event.add_beneficiaries()->set_person_id(TestId(1));
    auto& line = *event.add_lines();
    line.set_item_code("rice");
    line.set_quantity("25");
    line.set_unit("kg");
    return log_.Append("distribution/" + TestId(30), event);
  }
  void RegisterHousehold() {
    cases::v1::HouseholdRegistered event;
    event.set_type(cases::v1::HOUSEHOLD_TYPE_KINSHIP);
    event.set_residence_province_code("02");
    log_.Append("household/" + TestId(20), event);
  }

  template <typename Request>
  static Request Make(const std::string& actor = "staff-mel-1",
                      const std::string& role = "mel_officer") {
    Request request;
    request.mutable_reader()->set_actor_id(actor);
    request.mutable_reader()->set_role(role);
    request.mutable_reader()->set_organisation_id("mro");
    return request;
  }
  template <typename Request>
  static Request Scoped() {
    Request request = Make<Request>();
    request.mutable_scope()->set_period("2021-Q1");
    return request;
  }
  static reports::v1::ListEvidenceRequest EvidenceRequest() {
    auto request = Scoped<reports::v1::ListEvidenceRequest>();
    request.mutable_cell()->set_code("distributions");
    return request;
  }
  static std::string DetailsOf(const Evidence& evidence) {
    std::string text;
    for (const auto& detail : evidence.details()) {
      absl::StrAppend(&text, detail.label(), ": ", detail.value(), "\n");
    }
    return text;
  }

  projections::TestLog log_;
  const identity::Policy policy_ = *identity::Policy::Parse(kRoles);
  const counting::Definitions definitions_ = *counting::Definitions::Parse(kDefinitions);
  const projections::FactProjection projection_;
  projections::MemoryReadModelStore store_;
  const projections::FactStore facts_{store_};
  const std::string keyring_path_ = TemporaryPath();
  const std::unique_ptr<privacy::Keyring> keyring_ = *privacy::Keyring::Open(keyring_path_);
  ReadingWatch watch_{log_.clock()};
  Disclosure disclosure_{log_.log(), *keyring_, log_.clock(), log_.random(), watch_};
  std::optional<projections::Worker> worker_;
  std::optional<ReportService> service_;
};

TEST_F(ReportServiceTest, AReportHoldsAllThatWasRecordedBeforeTheCall) {
  for (int i = 0; i < 300; ++i) Distribute();
  const auto report = service_->GetReport(Scoped<reports::v1::GetReportRequest>());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->position(), 300u);
  ASSERT_GE(report->rows_size(), 1);
  EXPECT_EQ(report->rows(0).value(), "300");
}

TEST_F(ReportServiceTest, WhoHasNoRightGetsNothing) {
  auto request = Make<reports::v1::GetReportRequest>("staff-sw-1", "social_worker");
  request.mutable_scope()->set_period("2021-Q1");
  EXPECT_TRUE(absl::IsPermissionDenied(service_->GetReport(request).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(
      service_
          ->ListIndicators(Make<reports::v1::ListIndicatorsRequest>("staff-sw-1", "social_worker"))
          .status()));
}

TEST_F(ReportServiceTest, BadFieldsAreNamed) {
  auto request = Scoped<reports::v1::GetReportRequest>();
  request.mutable_scope()->set_period("2021-Q9");
  EXPECT_EQ(ErrorReason(service_->GetReport(request).status()), "PERIOD_INVALID");
  request.mutable_reader()->clear_actor_id();
  EXPECT_EQ(ErrorField(service_->GetReport(request).status()), "reader.actor_id");
}

TEST_F(ReportServiceTest, ADifferenceHoldsOnlyWhatIsAnotherFigureThanThen) {
  const Position first = Distribute();
  auto request = Scoped<reports::v1::GetReportRequest>();
  request.mutable_compared_with()->set_position(first.value);
  EXPECT_EQ(service_->GetReport(request)->rows_size(), 0);
  const Position second = Distribute();
  const auto report = service_->GetReport(request);
  ASSERT_EQ(report->rows_size(), 1);
  EXPECT_EQ(report->rows(0).published_value(), "1");
  EXPECT_EQ(report->rows(0).value(), "2");
  EXPECT_THAT(report->rows(0).restated_by(), ElementsAre(second.value));
  request.mutable_compared_with()->set_as_known_at("2021-02-31");
  EXPECT_EQ(ErrorField(service_->GetReport(request).status()), "compared_with.as_known_at");
}

TEST_F(ReportServiceTest, WhatIsComparedWithKnowsNoMoreThanTheReport) {
  const Position first = Distribute();
  Distribute();
  auto request = Scoped<reports::v1::GetReportRequest>();
  const auto asked = [&](const std::string& then, const std::string& now) {
    request.mutable_compared_with()->set_as_known_at(then);
    request.mutable_scope()->set_as_known_at(now);
    return ErrorReason(service_->GetReport(request).status());
  };
  EXPECT_EQ(asked("2021-03-10", "2021-03-11"), "");
  EXPECT_EQ(asked("2021-03-11", "2021-03-11"), "");
  EXPECT_EQ(asked("2021-03-12", "2021-03-11"), "COMPARED_BACKWARDS");
  EXPECT_EQ(asked("", "2021-03-11"), "COMPARED_BACKWARDS");
  request.mutable_scope()->set_position(first.value);
  request.mutable_compared_with()->set_position(first.value + 1);
  EXPECT_EQ(asked("", ""), "") << "a position past that of the report is that of the report";
}

TEST_F(ReportServiceTest, EvidenceIsInWordsAndNamesNobody) {
  RegisterHousehold();
  log_.envelope().set_place("02");
  Distribute();
  const auto response = service_->ListEvidence(EvidenceRequest());
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->evidence_size(), 1);
  const Evidence& evidence = response->evidence(0);
  EXPECT_EQ(evidence.position(), 2u);
  EXPECT_EQ(evidence.actor(), "Social worker 1");
  EXPECT_EQ(evidence.role(), "Social worker");
  EXPECT_EQ(evidence.contributes(), "1");
  EXPECT_EQ(evidence.occurred().from(), "2021-02-17");
  EXPECT_THAT(DetailsOf(evidence),
              HasSubstr("Recipient: Kinship household, Battambang, registered 2021-02-17"));
  EXPECT_THAT(DetailsOf(evidence), HasSubstr("Lines: Rice 25 kg"));
  EXPECT_THAT(DetailsOf(evidence), HasSubstr("Beneficiaries: one person"));
  EXPECT_THAT(DetailsOf(evidence), HasSubstr("Place: Battambang"));
  EXPECT_THAT(DetailsOf(evidence), Not(HasSubstr("0000-7000")));
}

TEST_F(ReportServiceTest, WhoIsToldOfThePersonsBehindAFigureIsOnRecordOnce) {
  for (int i = 0; i < 3; ++i) Distribute();
  auto request = EvidenceRequest();
  request.set_page_size(2);
  EXPECT_THAT(DisclosedOf(1), IsEmpty());
  ASSERT_TRUE(service_->GetReport(Scoped<reports::v1::GetReportRequest>()).ok());
  EXPECT_THAT(DisclosedOf(1), IsEmpty()) << "a figure tells of nobody";
  const auto first = service_->ListEvidence(request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_THAT(DisclosedOf(1), ElementsAre("staff-mel-1 distributions"));
  request.set_page_token(first->next_page_token());
  ASSERT_TRUE(service_->ListEvidence(request).ok());
  EXPECT_THAT(DisclosedOf(1), SizeIs(1)) << "the next page is of the same reading";
  Distribute();
  request.clear_page_token();
  ASSERT_TRUE(service_->ListEvidence(request).ok());
  EXPECT_THAT(DisclosedOf(1), SizeIs(2)) << "another reading: there is more now";
}

TEST_F(ReportServiceTest, OfWhatOnlyFewMayKnowEvidenceTellsWhereItStandsAndNoMore) {
  for (const auto sensitivity : {log::v1::SENSITIVITY_SAFEGUARDING, log::v1::SENSITIVITY_RESTRICTED,
                                 log::v1::SENSITIVITY_NORMAL}) {
    log_.envelope().set_sensitivity(sensitivity);
    Distribute();
  }
  const auto found = service_->ListEvidence(EvidenceRequest());
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_THAT(found->evidence(), SizeIs(3)) << "the figure counts them";
  for (int i = 0; i < 2; ++i) {
    Evidence told = found->evidence(i);
    EXPECT_EQ(told.position(), static_cast<std::uint64_t>(i + 1));
    EXPECT_EQ(told.contributes(), "1");
    EXPECT_TRUE(told.for_few());
    told.clear_position();
    told.clear_contributes();
    told.clear_for_few();
    EXPECT_EQ(told.ByteSizeLong(), 0u) << told.ShortDebugString();
  }
  EXPECT_FALSE(found->evidence(2).for_few());
  EXPECT_THAT(DisclosedOf(1), SizeIs(1)) << "of the one that is told";
}

TEST_F(ReportServiceTest, PagesOfEvidenceAreOfOneState) {
  for (int i = 0; i < 5; ++i) Distribute();
  auto request = EvidenceRequest();
  request.set_page_size(2);
  std::vector<std::uint64_t> positions;
  do {
    const auto page = service_->ListEvidence(request);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->total(), 5u);
    for (const Evidence& evidence : page->evidence()) positions.push_back(evidence.position());
    request.set_page_token(page->next_page_token());
    Distribute();
  } while (!request.page_token().empty());
  EXPECT_THAT(positions, ElementsAre(1, 2, 3, 4, 5));
  request.set_page_token(service_->ListEvidence(request)->next_page_token());
  request.mutable_scope()->set_as_known_at("2021-12-31");
  EXPECT_EQ(ErrorReason(service_->ListEvidence(request).status()), "PAGE_TOKEN_INVALID")
      << "another cut";
  request.set_page_token("9");
  EXPECT_EQ(ErrorReason(service_->ListEvidence(request).status()), "PAGE_TOKEN_INVALID");
}

TEST_F(ReportServiceTest, WhatCannotBeReadIsNotCountedAndIsSaid) {
  Distribute();
  log_.AppendUnknown("case/" + TestId(1));
  log_.AppendDamaged("distribution/" + TestId(30), donations::v1::ItemsDistributed());
  log_.Occurred("sometime");
  Distribute();
  log_.Occurred("2021-02-17");
  Distribute();
  const auto evidence = service_->ListEvidence(EvidenceRequest());
  ASSERT_TRUE(evidence.ok()) << evidence.status();
  EXPECT_EQ(evidence->total(), 2u);
  ASSERT_TRUE(service_->GetReport(Scoped<reports::v1::GetReportRequest>()).ok())
      << "waits for what the reading recorded";
  const auto status = service_->GetProjectionStatus({});
  ASSERT_TRUE(status.ok());
  ASSERT_EQ(status->projections_size(), 1);
  EXPECT_EQ(status->projections(0).name(), "indicator_facts");
  EXPECT_EQ(status->projections(0).position(), 6u);
  EXPECT_EQ(status->projections(0).head(), 6u);
  EXPECT_EQ(status->projections(0).stopped_because(), "");
  EXPECT_EQ(status->projections(0).passed_over(), 3u);
}

TEST_F(ReportServiceTest, DefinitionsAreListed) {
  const auto list = service_->ListIndicators(Make<reports::v1::ListIndicatorsRequest>());
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_EQ(list->indicators_size(), 1);
  EXPECT_EQ(list->indicators(0).code(), "distributions");
}

}  // namespace
}  // namespace mlup::query
