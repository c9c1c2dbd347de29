// What is written for PostgreSQL, and where it may be; what it makes of that stands in
// tests/e2e/postgres_*.py.
#include <atomic>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mlup/cases/v1/person_events.pb.h"
#include "projections/postgres/connection.h"
#include "projections/postgres/conninfo.h"
#include "projections/postgres/copy_text.h"
#include "projections/postgres/fact_rows.h"
#include "projections/postgres/schema.h"
#include "projections/test_log.h"

namespace mlup::postgres {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(CopyTextTest, WhateverATextHoldsItStaysOneValue) {
  CopyText rows;
  rows.Text("a\tb\nc\\N\rd").Text(std::string("x\0y", 3)).Text("").TextOrNull("").Number(7);
  rows.EndRow();
  rows.Bool(true).Null();
  rows.EndRow();
  EXPECT_EQ(rows.text(), "a\\tb\\nc\\\\N\\rd\tx\xEF\xBF\xBDy\t\t\\N\t7\nt\t\\N\n");
}

TEST(CopyTextTest, TimesThatNoCalendarHoldsAreWithoutEnd) {
  CopyText rows;
  rows.Days(DayRange{*ParseDay("2021-02-01"), *ParseDay("2021-02-28")})
      .Days(std::nullopt)
      .Time(absl::FromUnixMicros(1'613'550'000'123'456))
      .Time(absl::FromUnixMicros(INT64_MAX))
      .Time(absl::FromUnixMicros(INT64_MIN))
      .Time(std::nullopt);
  EXPECT_EQ(rows.text(),
            "2021-02-01\t2021-02-28\t\\N\t\\N\t2021-02-17 08:20:00.123456+00\tinfinity\t-infinity\t"
            "\\N");
}

TEST(CopyTextTest, AnArrayQuotesEachText) {
  EXPECT_EQ(ArrayText({}), "{}");
  EXPECT_EQ(ArrayText({"a,b", "\"}\\", std::string("\0", 1)}),
            "{\"a,b\",\"\\\"}\\\\\",\"\xEF\xBF\xBD\"}");
}

TEST(FactRowsTest, JsonHasNoCharacterThatJsonbRefuses) {
  EXPECT_EQ(WithoutNul(R"({"a":"x\u0000y"})"), R"({"a":"x\ufffdy"})");
  EXPECT_EQ(WithoutNul(R"({"a":"x\\u0000y"})"), R"({"a":"x\\u0000y"})") << "a backslash and text";
  EXPECT_EQ(WithoutNul(R"(\\\u0000\u0000)"), R"(\\\ufffd\ufffd)");
}

TEST(FactRowsTest, ARowHasTheClearFieldsAndNoSealedOne) {
  projections::TestLog log;
  cases::v1::PersonRegistered event;
  event.mutable_person()->set_person_id(projections::TestId(1));
  event.mutable_person()->set_sex(cases::v1::SEX_FEMALE);
  event.mutable_person()->set_name_latin("Canary Name");
  log.envelope().set_place("020305");
  log.Append("person/" + projections::TestId(1), event);
  log::v1::ReadAllRequest request;
  request.set_from_position(1);
  request.set_limit(1);
  const auto fact = projections::MakeFact(log.log().ReadAll(request)->records(0));
  ASSERT_TRUE(fact.ok()) << fact.status();
  CopyText rows;
  ASSERT_TRUE(AddFactRow(*fact, rows).ok());
  EXPECT_THAT(rows.text(), StartsWith("1\t"));
  EXPECT_THAT(rows.text(), HasSubstr("\tmlup.cases.v1.PersonRegistered\tperson\tperson/"));
  EXPECT_THAT(rows.text(), HasSubstr("\t020305\t02\t"));
  EXPECT_THAT(rows.text(), HasSubstr("SEX_FEMALE"));
  EXPECT_THAT(rows.text(), EndsWith("}\n"));
  EXPECT_THAT(rows.text(), Not(HasSubstr("Canary")));

  projections::Fact unknown = *fact;
  unknown.type = "mlup.cases.v1.Nothing";
  CopyText none;
  EXPECT_EQ(ErrorReason(AddFactRow(unknown, none)), "EVENT_TYPE_UNKNOWN");
  EXPECT_EQ(none.text(), "");
}

TEST(FactRowsTest, AProvinceIsOfTheGazetteerUnknownOrRemote) {
  EXPECT_EQ(ProvinceOf("02"), "02");
  EXPECT_EQ(ProvinceOf("02030501"), "02");
  EXPECT_EQ(ProvinceOf("unknown"), "unknown");
  EXPECT_EQ(ProvinceOf("remote"), "remote");
  EXPECT_EQ(ProvinceOf("99"), "");
  EXPECT_EQ(ProvinceOf(""), "");
}

TEST(ConninfoTest, PlaintextStaysOnThisMachine) {
  for (const char* good :
       {"host=/run/postgresql dbname=mlup", "host=127.0.0.1", "postgresql://localhost/mlup",
        "host=/run,127.0.0.1", "host=db.example sslmode=verify-full sslrootcert=/etc/ca.pem"}) {
    EXPECT_EQ(CheckConninfo(good), absl::OkStatus()) << good;
  }
  for (const char* elsewhere :
       {"host=db.example", "host=db.example sslmode=require", "host=/run,db.example",
        "host=localhost hostaddr=192.0.2.1", "host=127.0.0.1.example"}) {
    EXPECT_EQ(ErrorReason(CheckConninfo(elsewhere)), "POSTGRES_WITHOUT_TLS") << elsewhere;
  }
  EXPECT_EQ(ErrorReason(CheckConninfo("dbname=mlup")), "POSTGRES_HOST_MISSING");
  EXPECT_EQ(ErrorReason(CheckConninfo("host=/run service=mlup")), "POSTGRES_HOST_MISSING");
  const absl::Status bad = CheckConninfo("password='hidden words");
  EXPECT_EQ(ErrorReason(bad), "POSTGRES_FILE_INVALID");
  EXPECT_THAT(std::string(bad.message()), Not(HasSubstr("hidden")));
}

TEST(ConnectionTest, WhereNobodyAnswersThatIsSaidWithoutThePassword) {
  std::atomic<bool> stop = false;
  const auto nobody = Connection::Open("host=/nowhere dbname=mlup password=hidden", stop);
  EXPECT_EQ(ErrorReason(nobody.status()), "POSTGRES_UNAVAILABLE");
  EXPECT_THAT(std::string(nobody.status().message()), Not(HasSubstr("hidden")));
}

TEST(SchemaTest, TheProgramCarriesItAndEveryTextOfItIsOneVersion) {
  EXPECT_THAT(std::string(SchemaText()), HasSubstr("CREATE TABLE mlup.fact_event ("));
  EXPECT_THAT(std::string(SchemaText()), HasSubstr("CREATE SCHEMA mlup_public;"));
  EXPECT_EQ(SchemaVersion().size(), 32u);
}

}  // namespace
}  // namespace mlup::postgres
