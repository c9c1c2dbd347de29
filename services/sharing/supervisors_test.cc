// What supervisors are told of streams that are otherwise the installation's own.
#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/payload/payload.h"
#include "mlup/audit/v1/audit.pb.h"
#include "mlup/identity/v1/account_events.pb.h"
#include "services/sharing/sharing_test_world.h"

namespace mlup::sharing {
namespace {

using testing::IsEmpty;

TEST(SupervisorsTest, AreToldOfEmergenciesAndAlarmsByTheTypesName) {
  TestWorld world(absl::StrCat(kTwoSubscribers, R"(
subscribers {
  subscriber_id: "on-call" organisation_id: "mro" purpose: "supervision"
  agreement {
    filter {
      types: "mlup.identity.v1.EmergencyAccessBegun" types: "mlup.identity.v1.SignedIn"
      types: "mlup.audit.v1.ReadingAlarmRaised"
    }
    fields { type: "*" paths: "*" }
  }
}
subscribers {
  subscriber_id: "elsewhere" organisation_id: "ministry" purpose: "supervision"
  agreement {
    filter { types: "mlup.identity.v1.EmergencyAccessBegun" }
    fields { type: "*" paths: "*" }
    consent: CONSENT_PURPOSE_SHARE_WITH_GOVERNMENT
  }
})"));
  identity::v1::EmergencyAccessBegun begun;
  begun.set_access_id(TestId(70));
  begun.set_case_id(TestId(11));
  begun.set_minutes(60);
  begun.set_reason("child_in_danger");
  const Position told = world.log().Append("account/" + TestId(7), begun);
  identity::v1::SignedIn signed_in;
  world.log().Append("account/" + TestId(7), signed_in);
  audit::v1::ReadingAlarmRaised raised;
  raised.set_count(40);
  const Position alarm = world.log().Append("access/" + TestId(7), raised);
  const auto seen = world.Drain(*world.Open("on-call"));
  ASSERT_EQ(seen.size(), 2u) << "nothing else of an account is ever shared";
  EXPECT_EQ(seen[0].position(), told.value);
  EXPECT_EQ(seen[1].position(), alarm.value);
  const auto joined = *payload::JoinClear(seen[0].event());
  EXPECT_EQ(dynamic_cast<const identity::v1::EmergencyAccessBegun&>(*joined).case_id(), TestId(11));
  for (const char* other : {"own", "elsewhere"}) {
    EXPECT_THAT(world.Drain(*world.Open(other)), IsEmpty()) << other;
  }
}

}  // namespace
}  // namespace mlup::sharing
