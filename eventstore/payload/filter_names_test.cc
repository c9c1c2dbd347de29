// A mistyped name in a filter is told, with the one that was meant.
#include "eventstore/payload/filter_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlup::payload {
namespace {

using testing::HasSubstr;

TEST(FilterNamesTest, WhatEventsMayHaveIsLetThrough) {
  for (const char* category : {"case", "ext", "system", "community_group"}) {
    EXPECT_EQ(NoSuchCategory(category), "") << category;
  }
  for (const char* type : {"mlup.cases.v1.CaseOpened", "mlup.ext.v1.ExternalEvent",
                           "mlup.audit.v1.RecordAccessed", "mlup.log.v1.MapRootRecorded"}) {
    EXPECT_EQ(NoSuchType(type), "") << type;
  }
  for (const char* prefix : {"", "mlup.", "mlup.cases.v1.Case"}) {
    EXPECT_EQ(NoSuchTypes(prefix), "") << prefix;
  }
  for (const char* prefix : {"", "cas", "case", "case/", "case/018f", "ext/whatever they like"}) {
    EXPECT_EQ(NoSuchStreams(prefix), "") << prefix;
  }
}

TEST(FilterNamesTest, AMistypedNameIsToldWithTheOneThatWasMeant) {
  EXPECT_THAT(NoSuchCategory("cases"), HasSubstr("; did you mean case?"));
  EXPECT_THAT(NoSuchCategory("nothere"), HasSubstr("person, household, case, "));
  for (const char* type :
       {"CaseOpened", "case_opened", "mlup.cases.v1.CaseOpend", "mlup.network.v1.CaseOpened"}) {
    EXPECT_THAT(NoSuchType(type), HasSubstr("did you mean mlup.cases.v1.CaseOpened?")) << type;
  }
  EXPECT_THAT(NoSuchType("order_placed"), HasSubstr("mlup schema examples"));
  EXPECT_NE(NoSuchTypes("mlup.case."), "");
  EXPECT_THAT(NoSuchStreams("cases/"), HasSubstr("; did you mean case?"));
  EXPECT_NE(NoSuchStreams("xyz"), "");
}

}  // namespace
}  // namespace mlup::payload
