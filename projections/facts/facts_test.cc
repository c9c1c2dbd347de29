// Facts: what they keep of a record, and that a row gives them back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mlup/audit/v1/audit.pb.h"
#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "projections/facts/fact.h"
#include "projections/facts/fact_projection.h"
#include "projections/test_log.h"
#include "projections/worker.h"

namespace mlup::projections {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

cases::v1::PersonRegistered Registered(unsigned person) {
  cases::v1::PersonRegistered event;
  event.mutable_person()->set_person_id(TestId(person));
  event.mutable_person()->set_sex(cases::v1::SEX_FEMALE);
  event.mutable_person()->set_residence_province_code("02");
  event.mutable_person()->set_name_latin("Canary Name");
  return event;
}

class FactsTest : public testing::Test {
 protected:
  log::v1::Record RecordAt(Position position) {
    log::v1::ReadAllRequest request;
    request.set_from_position(position.value);
    request.set_limit(1);
    return log_.log().ReadAll(request)->records(0);
  }

  TestLog log_;
};

TEST_F(FactsTest, AFactKeepsTheEnvelopeAndTheClearFields) {
  log_.envelope().set_place("02");
  log_.envelope().set_reason("planned_visit");
  log_.Occurred("2021-01-01", "2021-01-31");
  log_.Append("person/" + TestId(1), Registered(1));
  const auto fact = MakeFact(RecordAt({1}));
  ASSERT_TRUE(fact.ok()) << fact.status();
  EXPECT_EQ(fact->position, Position{1});
  EXPECT_EQ(fact->type, "mlup.cases.v1.PersonRegistered");
  EXPECT_EQ(fact->stream, "person/" + TestId(1));
  EXPECT_EQ(FormatDay(fact->occurred->first), "2021-01-01");
  EXPECT_EQ(FormatDay(fact->occurred->last), "2021-01-31");
  EXPECT_EQ(fact->place, "02");
  EXPECT_EQ(fact->known_at, log_.clock().Now());
  cases::v1::PersonRegistered clear;
  ASSERT_TRUE(clear.ParseFromString(fact->event_bytes));
  EXPECT_EQ(clear.person().sex(), cases::v1::SEX_FEMALE);
  EXPECT_THAT(EncodeFact(*fact), Not(HasSubstr("Canary")));
}

TEST_F(FactsTest, AnImportIsKnownWhenItsSourceRecordedIt) {
  log_.envelope().mutable_source_recorded_at()->set_seconds(1'610'000'000);
  log_.Append("person/" + TestId(1), Registered(1));
  EXPECT_EQ(MakeFact(RecordAt({1}))->known_at, absl::FromUnixSeconds(1'610'000'000));
}

TEST_F(FactsTest, AnUnknownTimeHasNoDays) {
  log_.envelope().mutable_occurred()->Clear();
  log_.envelope().mutable_occurred()->set_precision(log::v1::PRECISION_UNKNOWN);
  log_.Append("person/" + TestId(1), Registered(1));
  EXPECT_EQ(MakeFact(RecordAt({1}))->occurred, std::nullopt);
}

TEST_F(FactsTest, ARowGivesTheFactBack) {
  log_.envelope().mutable_occurred()->set_precision(log::v1::PRECISION_INSTANT);
  log_.envelope().mutable_occurred()->mutable_instant()->set_seconds(1'613'550'000);
  log_.envelope().mutable_occurred()->mutable_instant()->set_nanos(123'456'789);
  log_.envelope().set_sensitivity(log::v1::SENSITIVITY_RESTRICTED);
  log_.Append("person/" + TestId(1), Registered(1));
  const Fact fact = *MakeFact(RecordAt({1}));
  EXPECT_FALSE(fact.is_normal);
  EXPECT_EQ(*DecodeFact(EncodeFact(fact)), fact);
  EXPECT_EQ(ErrorReason(DecodeFact("\xff\xff").status()), "FACT_DAMAGED");
}

TEST_F(FactsTest, TheReadModelHoldsEveryFactButThoseOfTheSystem) {
  audit::v1::RecordAccessed accessed;
  accessed.set_scope("person/" + TestId(1));
  log_.Append("person/" + TestId(1), Registered(1));
  log_.Append("access/" + TestId(1), accessed);
  log_.Append("person/" + TestId(2), Registered(2));
  log_.Append("person/" + TestId(3), Registered(3));
  const FactProjection projection;
  MemoryReadModelStore store;
  const Worker worker(log_.reader(), projection, store);
  ASSERT_TRUE(worker.WaitUntil(log_.head(), absl::Seconds(20)).ok());

  const FactStore facts(store);
  FactList list;
  std::vector<std::uint64_t> positions;
  ASSERT_TRUE(facts
                  .ForEach({1}, {3},
                           [&](const Fact& fact) {
                             positions.push_back(fact.position.value);
                             list.Add(fact);
                             return absl::OkStatus();
                           })
                  .ok());
  EXPECT_THAT(positions, ElementsAre(1, 3));
  positions.clear();
  ASSERT_TRUE(list.ForEach({1}, {2},
                           [&](const Fact& fact) {
                             positions.push_back(fact.position.value);
                             return absl::OkStatus();
                           })
                  .ok());
  EXPECT_THAT(positions, ElementsAre(1));
  for (const FactSource* source :
       {static_cast<const FactSource*>(&facts), static_cast<const FactSource*>(&list)}) {
    EXPECT_EQ(source->Get({3})->stream, "person/" + TestId(2));
    EXPECT_EQ(ErrorReason(source->Get({2}).status()), "FACT_UNKNOWN") << "no fact stands there";
  }
  EXPECT_TRUE(absl::IsAborted(
      facts.ForEach({1}, {9}, [](const Fact&) { return absl::AbortedError("enough"); })));
}

}  // namespace
}  // namespace mlup::projections
