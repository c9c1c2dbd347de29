// Who may open the past, for which records and how long.
#include "services/domain/import_windows.h"

#include "services/domain/rule_test.h"

namespace mlup::domain {
namespace {

const std::string kStream(kImportStream);

std::string Requested(const std::string& id, const std::string& more = "") {
  return "import_window_requested { window_id: '" + id +
         "' source_system: 'paper' first_day: '2021-04-20' last_day: '2021-04-30' periods: "
         "'2020-Q4' periods: '2021' " +
         more + "}";
}
std::string Approved(const std::string& id) {
  return "import_window_approved { window_id: '" + id + "' }";
}
std::string Closed(const std::string& id) {
  return "import_window_closed { window_id: '" + id + "' reason: 'finished' }";
}

TEST(ImportWindowsTest, SomebodyElseOpensIt) {
  const Records asked = Given(kStream, {Requested("w")});
  EXPECT_EQ(Given(kStream).Refusal(Requested("w")), "");
  EXPECT_EQ(asked.Refusal(kStream, Approved("w")), "SAME_PERSON_ASKED");
  EXPECT_EQ(asked.Refusal(kStream, Approved("w"),
                          {.actor_id = "staff-dir-1", .on_behalf_of = "staff-sw-1"}),
            "SAME_PERSON_ASKED");
  EXPECT_EQ(asked.Refusal(kStream, Approved("w"), {.actor_id = "staff-dir-1"}), "");
  EXPECT_EQ(asked.Refusal(kStream, Approved("x"), {.actor_id = "staff-dir-1"}),
            "WINDOW_NOT_PENDING");
  EXPECT_EQ(asked.Refusal(Requested("w")), "WINDOW_ID_USED");
  EXPECT_EQ(asked.Refusal(Closed("x")), "WINDOW_NOT_OPEN");
  EXPECT_EQ(asked.Refusal(Closed("w")), "");
  const Records closed = Given(kStream, {Requested("w"), Closed("w")});
  EXPECT_EQ(closed.Refusal(kStream, Approved("w"), {.actor_id = "staff-dir-1"}),
            "WINDOW_NOT_PENDING");
  EXPECT_EQ(closed.Refusal(Closed("w")), "WINDOW_NOT_OPEN");
}

TEST(ImportWindowsTest, AllStandOnOneStream) {
  EXPECT_EQ(Given("import/018f0000-0000-7000-8000-000000000001").Refusal(Requested("w")),
            "IMPORT_STREAM at stream");
}

class PastTest : public testing::Test {
 protected:
  // What is said on a day to a fact of the past.
  static std::string Said(const std::vector<std::string>& facts, const PastFact& fact,
                          const std::string& today = "2021-04-22") {
    const Records records = Given(kStream, facts);
    const auto history = records.Of(kStream);
    const auto* state = static_cast<const ImportWindowsState*>(history->StateOf(ImportWindows()));
    return ErrorReason(MayEnterPast(*state, fact, *ParseDay(today)));
  }
  static PastFact Of(const std::string& period, const std::string& source = "paper") {
    static std::string kept;
    kept = source;
    return {kept, period.empty() ? std::nullopt : ParsePeriod(period), *ParseDay("2021-01-08")};
  }

  const std::vector<std::string> open_ = {Requested("w"), Approved("w")};
};

TEST_F(PastTest, AnOpenWindowLetsInWhatItNames) {
  EXPECT_EQ(Said(open_, Of("2021-02-03")), "");
  EXPECT_EQ(Said(open_, Of("2020-Q4")), "");
  EXPECT_EQ(Said(open_, Of("")), "") << "not datable: recorded in a period";
}

TEST_F(PastTest, EverythingElseStaysOut) {
  constexpr char kClosed[] = "IMPORT_WINDOW_CLOSED";
  EXPECT_EQ(Said({}, Of("2021-02-03")), kClosed);
  EXPECT_EQ(Said({Requested("w")}, Of("2021-02-03")), kClosed) << "not approved";
  EXPECT_EQ(Said({Requested("w"), Approved("w"), Closed("w")}, Of("2021-02-03")), kClosed);
  EXPECT_EQ(Said(open_, Of("2021-02-03", "another")), kClosed);
  EXPECT_EQ(Said(open_, Of("2021-02-03", "")), kClosed);
  EXPECT_EQ(Said(open_, Of("2020-Q3")), kClosed);
  EXPECT_EQ(Said(open_, Of("2020")), kClosed) << "it may have happened before";
  EXPECT_EQ(Said(open_, Of("2021-02-03"), "2021-04-19"), kClosed);
  EXPECT_EQ(Said(open_, Of("2021-02-03"), "2021-05-01"), kClosed);
}

}  // namespace
}  // namespace mlup::domain
