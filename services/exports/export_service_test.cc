// Exports through the service: who may, what is on record before, and what is withheld.
#include "services/exports/export_service.h"

#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "eventstore/base/categories.h"
#include "eventstore/base/days.h"
#include "eventstore/log/forwarding_event_log.h"
#include "eventstore/proof/merkle.h"
#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/common/v1/common.pb.h"
#include "mlup/donations/v1/donation_events.pb.h"
#include "mlup/privacy/v1/erasure_events.pb.h"
#include "projections/facts/fact_projection.h"
#include "projections/test_log.h"
#include "services/domain/account.h"

namespace mlup::exports::export_service_test {
namespace {

using projections::TestId;
using reports::v1::ExportRequest;
using reports::v1::ExportWholeRequest;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr char kRoles[] = R"(
  roles { name: "mel_officer" label: "MEL officer" calls: "mlup.reports.v1.ReportService/*"
          calls: "mlup.reports.v1.ExportService/Export" calls: "mlup.reports.v1.ExportService/ListExports" }
  roles { name: "director" label: "Director" calls: "mlup.reports.v1.ReportService/*"
          calls: "mlup.reports.v1.ExportService/*" }
  roles { name: "clerk" label: "Clerk" calls: "mlup.reports.v1.ExportService/*" }
  actors { actor_id: "staff-mel-1" label: "MEL officer 1" organisation_id: "mro" roles: "mel_officer" }
  actors { actor_id: "staff-dir-1" label: "Director 1" organisation_id: "mro" roles: "director" }
  actors { actor_id: "staff-clk-1" label: "Clerk 1" organisation_id: "mro" roles: "clerk" }
)";

constexpr char kDefinitions[] = R"(
  indicators {
    code: "distributions" version: 1 name: "Distributions" name_km: "ការចែកចាយ" unit: UNIT_DISTRIBUTIONS
    population: "Goods given to one recipient" nature: NATURE_COUNTED
    period_rule: PERIOD_RULE_OCCURRED_WITHIN section: "CASE_MGMT"
    select { event: "mlup.donations.v1.ItemsDistributed" }
    dimensions { name: "province" field: "@province" }
    dimensions { name: "household" field: "recipient_id" }
  }
)";

// A log that a full disk keeps from taking anything, once that is said.
class FullLog final : public log::ForwardingEventLog {
 public:
  using ForwardingEventLog::ForwardingEventLog;
  absl::StatusOr<log::v1::AppendResponse> Append(const log::v1::AppendRequest& request) override {
    if (is_full) return Error(absl::StatusCode::kResourceExhausted, "DISK_FULL", "no room");
    return ForwardingEventLog::Append(request);
  }
  bool is_full = false;
};

class ExportServiceTest : public testing::Test {
 protected:
  ExportServiceTest() {
    worker_.emplace(log_.reader(), projection_, store_);
    reports_.emplace(query::ReportService::Parts{full_log_,
                                                 policy_,
                                                 definitions_,
                                                 facts_,
                                                 *worker_,
                                                 {&*worker_},
                                                 disclosure_,
                                                 log_.clock()});
    service_.emplace(ExportService::Parts{full_log_, policy_, definitions_, *reports_, disclosure_,
                                          *keyring_, log_.clock()});
  }
  ~ExportServiceTest() override { std::remove(keyring_path_.c_str()); }

  static std::string TemporaryPath() {
    std::string path = absl::StrCat(testing::TempDir(), "export_service_test.", ::getpid(), ".",
                                    testing::UnitTest::GetInstance()->current_test_info()->name());
    std::remove(path.c_str());
    return path;
  }

  void Distribute(int times, const std::string& place, const std::string& day = "2021-02-17") {
    donations::v1::ItemsDistributed event;
    event.set_recipient_kind(common::v1::RECIPIENT_KIND_HOUSEHOLD);
    event.set_recipient_id(TestId(20));
    log_.envelope().set_place(place);
    log_.Occurred(day);
    for (int i = 0; i < times; ++i) log_.Append("distribution/" + TestId(30), event);
  }

  template <typename Request>
  static Request Make(const std::string& actor, const std::string& role,
                      const std::string& period = "2021-Q1") {
    Request request;
    request.mutable_reader()->set_actor_id(actor);
    request.mutable_reader()->set_role(role);
    request.mutable_reader()->set_organisation_id("mro");
    request.mutable_scope()->set_period(period);
    request.mutable_handover()->set_recipient("mosvy");
    request.mutable_handover()->set_expires("2099-12-31");
    request.set_format(reports::v1::EXPORT_FORMAT_CSV);
    return request;
  }
  static ExportRequest Mel(const std::string& period = "2021-Q1") {
    return Make<ExportRequest>("staff-mel-1", "mel_officer", period);
  }

  Position OpenCase(unsigned number, unsigned child = 1) {
    cases::v1::CaseOpened event;
    event.mutable_child()->set_person_id(TestId(child));
    event.set_owner_org_id(TestId(2));
    event.add_incident_ids(TestId(3));
    return log_.Append("case/" + TestId(number), event);
  }
  absl::StatusOr<std::string> CaseEvents(const std::string& recipient,
                                         const std::string& actor = "staff-dir-1",
                                         const std::string& role = "director") {
    reports::v1::ExportCaseEventsRequest request;
    const ExportRequest like = Make<ExportRequest>(actor, role);
    *request.mutable_reader() = like.reader();
    *request.mutable_scope() = like.scope();
    *request.mutable_handover() = like.handover();
    request.mutable_handover()->set_recipient(recipient);
    ASSIGN_OR_RETURN(const ExportService::Given given, service_->ExportCaseEvents(request));
    return given.bytes;
  }

  // What is on record of the files that somebody took.
  std::vector<audit::v1::DataExported> TakenBy(const std::string& actor) {
    log::v1::ReadStreamRequest request;
    request.set_stream(absl::StrCat("access/", ToAbsl(RecordIdOf(domain::AccountStream(actor)))));
    std::vector<audit::v1::DataExported> taken;
    const auto page = log_.log().ReadStream(request);
    if (!page.ok()) return taken;
    for (const log::v1::Record& record : page->records()) {
      EXPECT_EQ(record.event().actor().actor_id(), actor);
      EXPECT_TRUE(taken.emplace_back().ParseFromString(record.event().common()));
    }
    return taken;
  }

  projections::TestLog log_;
  FullLog full_log_{log_.log()};
  const identity::Policy policy_ = *identity::Policy::Parse(kRoles);
  const counting::Definitions definitions_ = *counting::Definitions::Parse(kDefinitions);
  const projections::FactProjection projection_;
  projections::MemoryReadModelStore store_;
  const projections::FactStore facts_{store_};
  const std::string keyring_path_ = TemporaryPath();
  const std::unique_ptr<privacy::Keyring> keyring_ = *privacy::Keyring::Open(keyring_path_);
  query::ReadingWatch watch_{log_.clock()};
  query::Disclosure disclosure_{full_log_, *keyring_, log_.clock(), log_.random(), watch_};
  std::optional<projections::Worker> worker_;
  std::optional<query::ReportService> reports_;
  std::optional<ExportService> service_;
};

TEST_F(ExportServiceTest, AFileIsOnRecordWithItsDigestBeforeItIsGiven) {
  Distribute(20, "02");
  const auto given = service_->Export(Mel());
  ASSERT_TRUE(given.ok()) << given.status();
  const proof::Hash hash = proof::Sha256(given->bytes);
  const std::string digest = absl::BytesToHexString(std::string(hash.begin(), hash.end()));
  const auto taken = TakenBy("staff-mel-1");
  ASSERT_THAT(taken, SizeIs(1));
  EXPECT_EQ(taken[0].sha256(), digest);
  EXPECT_EQ(given->summary.sha256(), digest);
  EXPECT_EQ(taken[0].bytes(), given->bytes.size());
  EXPECT_EQ(taken[0].format(), "csv");
  EXPECT_EQ(taken[0].scope(), "2021-Q1");
  EXPECT_EQ(taken[0].recipient(), "mosvy");
  EXPECT_EQ(taken[0].expires(), "2099-12-31");
  EXPECT_EQ(taken[0].as_of(), 20u);
  EXPECT_EQ(taken[0].row_count(), 2u);
  EXPECT_GT(taken[0].columns_size(), 5);
  EXPECT_TRUE(taken[0].suppressed());
  EXPECT_EQ(given->summary.access_position(), 21u);
}

TEST_F(ExportServiceTest, WhatCannotBeRecordedIsNotGiven) {
  Distribute(20, "02");
  full_log_.is_full = true;
  EXPECT_EQ(ErrorReason(service_->Export(Mel()).status()), "DISK_FULL");
  full_log_.is_full = false;
  EXPECT_THAT(TakenBy("staff-mel-1"), IsEmpty());
}

TEST_F(ExportServiceTest, TheSameReportIsTheSameFile) {
  Distribute(20, "02");
  for (const auto format : {reports::v1::EXPORT_FORMAT_CSV, reports::v1::EXPORT_FORMAT_XLSX,
                            reports::v1::EXPORT_FORMAT_JSON}) {
    auto request = Mel();
    request.set_format(format);
    request.mutable_scope()->set_position(20);
    const auto first = service_->Export(request);
    ASSERT_TRUE(first.ok()) << first.status();
    Distribute(1, "02");
    log_.clock().Advance(absl::Hours(30));
    EXPECT_EQ(service_->Export(request)->summary.sha256(), first->summary.sha256()) << format;
  }
}

TEST_F(ExportServiceTest, SmallNumbersAreWithheldButForThoseWhoMayHaveThem) {
  Distribute(20, "02");
  Distribute(3, "05");
  Distribute(9, "07");
  const auto given = service_->Export(Mel());
  ASSERT_TRUE(given.ok()) << given.status();
  EXPECT_EQ(given->summary.withheld(), 2u);
  EXPECT_THAT(given->bytes, HasSubstr(",province,02,KH02,distributions,20,"));
  EXPECT_THAT(given->bytes, HasSubstr(",province,05,KH05,distributions,,,,withheld,"));
  EXPECT_THAT(given->bytes, HasSubstr(",province,07,KH07,distributions,,,,withheld,"));
  const auto whole = service_->ExportWhole(Make<ExportWholeRequest>("staff-dir-1", "director"));
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_THAT(whole->bytes, HasSubstr(",province,05,KH05,distributions,3,"));
  EXPECT_FALSE(TakenBy("staff-dir-1").at(0).suppressed());
}

TEST_F(ExportServiceTest, AYearDoesNotTellAQuarter) {
  Distribute(20, "02", "2021-02-17");
  Distribute(3, "05", "2021-02-18");
  Distribute(9, "07", "2021-02-19");
  Distribute(30, "05", "2021-05-01");
  Distribute(40, "02", "2021-05-01");
  const auto year = service_->Export(Mel("2021"));
  ASSERT_TRUE(year.ok()) << year.status();
  EXPECT_THAT(year->bytes, HasSubstr(",distributions,102,"));
  EXPECT_THAT(year->bytes, Not(HasSubstr(",distributions,33,"))) << "33 - 30 = 3";
  EXPECT_THAT(year->bytes, Not(HasSubstr(",province,0")));
  EXPECT_EQ(year->summary.withheld(), 3u);
}

TEST_F(ExportServiceTest, NoIdOfARecordLeavesInAFigure) {
  Distribute(20, "02");
  for (const auto& given : {service_->Export(Mel()), service_->ExportWhole(Make<ExportWholeRequest>(
                                                         "staff-dir-1", "director"))}) {
    ASSERT_TRUE(given.ok()) << given.status();
    EXPECT_THAT(given->bytes, HasSubstr(",province,02,"));
    EXPECT_THAT(given->bytes, Not(HasSubstr(TestId(20))));
    EXPECT_THAT(given->bytes, Not(HasSubstr(",household,0")));
  }
}

TEST_F(ExportServiceTest, WhoMayNotGetsNothingAndNothingIsOnRecord) {
  Distribute(20, "02");
  EXPECT_TRUE(absl::IsPermissionDenied(
      service_->ExportWhole(Make<ExportWholeRequest>("staff-mel-1", "mel_officer")).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(
      service_->Export(Make<ExportRequest>("staff-clk-1", "clerk")).status()))
      << "may not read reports";
  EXPECT_THAT(TakenBy("staff-mel-1"), IsEmpty());
  EXPECT_THAT(TakenBy("staff-clk-1"), IsEmpty());
}

TEST_F(ExportServiceTest, BadRequestsAreRefusedWithTheField) {
  const auto refused = [this](const ExportRequest& request) {
    const absl::Status status = service_->Export(request).status();
    return absl::StrCat(ErrorReason(status), " ", ErrorField(status));
  };
  auto request = Mel();
  request.mutable_handover()->set_expires("2019-12-31");
  EXPECT_EQ(refused(request), "EXPORT_EXPIRED handover.expires");
  EXPECT_EQ(refused(Mel("2021-02-03..2021-03-31")), "EXPORT_PERIOD scope.period");
  request = Mel();
  request.mutable_scope()->set_as_known_at("2099-01-01");
  EXPECT_EQ(refused(request), "EXPORT_KNOWN_LATER scope.as_known_at");
  EXPECT_EQ(refused(Mel("2021-02")), "EXPORT_PERIOD scope.period");
  request = Mel();
  request.set_format(reports::v1::EXPORT_FORMAT_DHIS2);
  EXPECT_EQ(refused(request), "MAP_MISSING map");
  request.set_map("{");
  EXPECT_EQ(refused(request), "MAP_INVALID map");
  request = Mel();
  request.set_format(reports::v1::EXPORT_FORMAT_OCEL);
  EXPECT_EQ(refused(request), "EXPORT_FORMAT format");
  request = Mel();
  request.mutable_handover()->clear_recipient();
  EXPECT_EQ(ErrorField(service_->Export(request).status()), "handover.recipient");
  EXPECT_THAT(TakenBy("staff-mel-1"), IsEmpty());
}

TEST_F(ExportServiceTest, EventsOfCasesHaveIdsOfTheRecipientsOwn) {
  const Position opened = OpenCase(40);
  const std::string text = *CaseEvents("unicef");
  const nlohmann::json log = nlohmann::json::parse(text);
  ASSERT_EQ(log["events"].size(), 1u);
  const nlohmann::json& event = log["events"][0];
  EXPECT_EQ(event["type"], "CaseOpened");
  EXPECT_EQ(event["time"], "2021-02-16T17:00:00Z") << "the day begins in Phnom Penh";
  std::map<std::string, std::string> kinds;
  for (const auto& object : log["objects"]) kinds[object["id"]] = object["type"];
  std::vector<std::string> related;
  for (const auto& one : event["relationships"]) {
    related.push_back(absl::StrCat(one["qualifier"].get<std::string>(), " ",
                                   kinds.at(one["objectId"].get<std::string>())));
  }
  EXPECT_THAT(related, ElementsAre("case case", "performer worker", "child.person_id person",
                                   "owner_org_id organisation"))
      << "no incident";
  for (const std::string& id : {TestId(40), TestId(1), log_.id_of(opened), std::string("staff-")}) {
    EXPECT_THAT(text, Not(HasSubstr(id)));
  }
  EXPECT_EQ(*CaseEvents("unicef"), text) << "the same ids each time";
  const std::string pseudonym = log["objects"][0]["id"];
  EXPECT_THAT(*CaseEvents("university"), Not(HasSubstr(pseudonym)));
  const auto taken = TakenBy("staff-dir-1");
  ASSERT_THAT(taken, SizeIs(3));
  EXPECT_EQ(taken[0].format(), "ocel");
  EXPECT_EQ(taken[0].recipient(), "unicef");
  EXPECT_FALSE(taken[0].suppressed());
}

TEST_F(ExportServiceTest, WhatWasVoidedOrNobodyIsToKnowOfIsNoEventOfACase) {
  const Position voided = OpenCase(40);
  common::v1::EntryVoided entry;
  entry.set_voids_event_id(log_.id_of(voided));
  log_.Append("case/" + TestId(40), entry);
  log_.envelope().set_sensitivity(log::v1::SENSITIVITY_SAFEGUARDING);
  OpenCase(41);
  log_.envelope().set_sensitivity(log::v1::SENSITIVITY_RESTRICTED);
  OpenCase(43);
  log_.envelope().clear_sensitivity();
  log_.Occurred("2021-04-01");
  OpenCase(42);
  log_.Occurred("2021-02-17");
  Distribute(3, "02");
  const nlohmann::json log = nlohmann::json::parse(*CaseEvents("unicef"));
  ASSERT_EQ(log["events"].size(), 1u);
  EXPECT_EQ(log["events"][0]["type"], "EntryVoided");
}

TEST_F(ExportServiceTest, WhoWasErasedIsInNoFileMadeSince) {
  log_.Occurred("2020-11-03");
  OpenCase(40, 8);
  log_.Occurred("2021-02-17");
  OpenCase(41, 9);
  cases::v1::CaseReopened reopened;
  reopened.set_reason("came_back");
  log_.Append("case/" + TestId(40), reopened);
  const Position before = log_.Append("case/" + TestId(41), reopened);
  const auto events_of = [this] {
    std::vector<std::string> types;
    const nlohmann::json log = nlohmann::json::parse(*CaseEvents("unicef"));
    for (const auto& event : log["events"]) types.push_back(event["type"]);
    return types;
  };
  EXPECT_THAT(events_of(), ElementsAre("CaseOpened", "CaseReopened", "CaseReopened"));
  privacy::v1::PersonDataErased erased;
  erased.set_scope("all_personal");
  log_.Append("erasure/" + TestId(8), erased);
  EXPECT_THAT(events_of(), ElementsAre("CaseOpened", "CaseReopened"))
      << "the case was opened before the period, and its child was erased";
  log_.Append("erasure/" + TestId(9), erased);
  EXPECT_THAT(events_of(), IsEmpty());
  // As known then is told by who knows today.
  reports::v1::ExportCaseEventsRequest request;
  const ExportRequest like = Make<ExportRequest>("staff-dir-1", "director");
  *request.mutable_reader() = like.reader();
  *request.mutable_scope() = like.scope();
  *request.mutable_handover() = like.handover();
  request.mutable_scope()->set_position(before.value);
  EXPECT_EQ(service_->ExportCaseEvents(request)->summary.rows(), 0u);
}

TEST_F(ExportServiceTest, EventsOfCasesTakeAPermissionOfTheirOwn) {
  OpenCase(40);
  EXPECT_TRUE(
      absl::IsPermissionDenied(CaseEvents("unicef", "staff-mel-1", "mel_officer").status()));
  EXPECT_THAT(TakenBy("staff-mel-1"), IsEmpty());
}

TEST_F(ExportServiceTest, TheRegisterTellsWhatIsPastItsDay) {
  Distribute(20, "02");
  auto request = Mel();
  request.mutable_handover()->set_expires(FormatDay(DayOf(log_.clock().Now())));
  ASSERT_TRUE(service_->Export(request).ok());
  ASSERT_TRUE(service_->Export(Mel()).ok());
  log_.clock().Advance(absl::Hours(48));
  reports::v1::ListExportsRequest ask;
  *ask.mutable_reader() = request.reader();
  ask.set_page_size(1);
  std::vector<bool> expired;
  do {
    const auto page = service_->ListExports(ask);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const auto& one : page->exports()) {
      EXPECT_EQ(one.recipient(), "mosvy");
      EXPECT_EQ(one.sha256().size(), 64u);
      expired.push_back(one.is_expired());
    }
    ask.set_before_position(page->next_before_position());
  } while (ask.before_position() != 0);
  EXPECT_THAT(expired, ElementsAre(false, true));
}

}  // namespace
}  // namespace mlup::exports::export_service_test
