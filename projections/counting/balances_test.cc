// Balances against sums made by hand, and of random logs against loops that know nothing of
// definitions.
#include <map>
#include <random>
#include <utility>

#include "projections/counting/dashboards_test.h"
#include "projections/counting/worklists.h"

namespace mlup::counting {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// `key key left` of each row of a balance, with `?` where it is not exact.
std::vector<std::string> Left(const TestLog& log, std::string_view code) {
  const Counted counted(log, Builtin());
  const auto reading = counted.facts().Read({UINT64_MAX});
  const auto world = counted.facts().WorldAt(**reading, {});
  const auto balance = Builtin().dashboards().BalanceNamed(code);
  EXPECT_TRUE(balance.ok()) << balance.status();
  std::vector<std::string> lines;
  for (const BalanceRow& row : ComputeBalance(**balance, *world, nullptr)) {
    std::string line;
    for (const std::string& key : row.keys) absl::StrAppend(&line, key.empty() ? "-" : key, " ");
    absl::StrAppend(&line, FormatDecimal(row.left), row.has_unknown ? "?" : "");
    if (row.counted_on) absl::StrAppend(&line, " counted ", FormatDay(*row.counted_on));
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string Lines(const std::string& item, const std::string& quantity) {
  return absl::StrCat("lines { item_code: '", item, "' unit: 'kg' quantity: '", quantity, "' } ");
}

TEST(BalancesTest, OfAStoreAreWhatCameInAndWentOut) {
  TestLog log;
  log.Add("donation/d1", "donations.v1.DonationReceived",
          "store_id: 's1' donor_id: 'n1' " + Lines("rice", "100"), "2021-01-01");
  log.Add("store/s1", "donations.v1.GoodsPurchased", Lines("rice", "10.5") + Lines("oil", "3"),
          "2021-01-02");
  log.Add("store/s1", "donations.v1.StockMoved",
          "direction: STOCK_DIRECTION_OUT " + Lines("rice", "20"), "2021-01-03");
  log.Add("store/s2", "donations.v1.StockMoved",
          "direction: STOCK_DIRECTION_IN " + Lines("rice", "20"), "2021-01-03");
  log.Add("distribution/x1", "donations.v1.DistributionHeld", "store_id: 's1'", "2021-01-04");
  const std::string given =
      log.Add("distribution/x1", "donations.v1.ItemsDistributed",
              "given_by: GIVEN_BY_OWN donation_id: 'd1' " + Lines("rice", "30"), "2021-01-04");
  log.Add("distribution/x1", "donations.v1.ItemsDistributed",
          "given_by: GIVEN_BY_ROLE_MODEL " + Lines("rice", "5"), "2021-01-04");
  log.Add("distribution/x1", "donations.v1.DistributionReversed",
          "reverses_event_id: 'e6' " + Lines("rice", "2"), "2021-01-05");
  log.Add("store/s1", "donations.v1.StockWrittenOff", Lines("oil", "4"), "2021-01-06");
  EXPECT_THAT(Left(log, "stock"), ElementsAre("s1 oil kg -1", "s1 rice kg 62.5", "s2 rice kg 20"));
  EXPECT_THAT(Left(log, "donated_goods"), ElementsAre("d1 n1 rice kg 70"));
  log.Void("distribution/x1", given);
  log.Correct("store/s1", "e2", "changes { field: 'lines[0].quantity' new_value: '\"10\"' }");
  EXPECT_THAT(Left(log, "stock"), ElementsAre("s1 oil kg -1", "s1 rice kg 92", "s2 rice kg 20"));
}

TEST(BalancesTest, ACountIsWhatIsThereAndKnowsOfWhatIsEnteredLate) {
  TestLog log;
  log.Add("store/s1", "donations.v1.GoodsPurchased", Lines("rice", "10"), "2021-01-02");
  log.Add("store/s1", "donations.v1.GoodsPurchased", "lines { item_code: 'rice' unit: 'kg' }",
          "2021-01-03");
  EXPECT_THAT(Left(log, "stock"), ElementsAre("s1 rice kg 10?"));
  log.Add("store/s1", "donations.v1.StockCounted", Lines("rice", "14"), "2021-02-01");
  EXPECT_THAT(Left(log, "stock"), ElementsAre("s1 rice kg 14 counted 2021-02-01"));
  log.Add("store/s1", "donations.v1.GoodsPurchased", Lines("rice", "50"), "2021-01-20");
  log.Add("store/s1", "donations.v1.GoodsPurchased", Lines("rice", "1"), "2021-02-02");
  EXPECT_THAT(Left(log, "stock"), ElementsAre("s1 rice kg 15 counted 2021-02-01"));
}

TEST(BalancesTest, AKitIsWhatItHolds) {
  TestLog log;
  log.Add("store/s1", "donations.v1.KitDefined",
          "kit_code: 'pack' version: 1 contents { item_code: 'rice' unit: 'kg' quantity: '5' }",
          "2021-01-01");
  log.Add("store/s1", "donations.v1.GoodsPurchased", Lines("rice", "50"), "2021-01-02");
  log.Add("store/s1", "donations.v1.KitAssembled", "kit_code: 'pack' version: 1 n: 4",
          "2021-01-02");
  log.Add("distribution/x1", "donations.v1.DistributionHeld", "store_id: 's1'", "2021-01-04");
  log.Add("distribution/x1", "donations.v1.ItemsDistributed",
          "given_by: GIVEN_BY_OWN kit_code: 'pack' kit_version: 1", "2021-01-04");
  EXPECT_THAT(Left(log, "stock"), ElementsAre("s1 rice kg 45"));
}

TEST(BalancesTest, OfFundsAreWhatIsAllocatedAndNotSpent) {
  TestLog log;
  log.Add("donation/d1", "donations.v1.DonationReceived",
          "donor_id: 'n1' restriction: 'school' cash { amount_minor: 10000 currency: 'USD' }",
          "2021-01-01");
  EXPECT_THAT(Left(log, "donated_money"), ElementsAre("d1 n1 school USD 10000"));
  EXPECT_THAT(Left(log, "funds"), IsEmpty());
  log.Add("donation/d1", "donations.v1.DonationAllocated", "fund: 'food'", "2021-01-02");
  log.Add("donation/d1", "donations.v1.DonationAllocated", "fund: 'school'", "2021-01-03");
  log.Add("distribution/x1", "donations.v1.CashAssistanceDisbursed",
          "fund: 'school' amount { amount_minor: 2500 currency: 'USD' }", "2021-01-04");
  log.Add("store/s1", "donations.v1.GoodsPurchased",
          "fund: 'school' cost { amount_minor: 500 currency: 'USD' } " + Lines("pen", "5"),
          "2021-01-04");
  log.Add("distribution/x1", "donations.v1.CashAssistanceDisbursed",
          "fund: 'other' amount { amount_minor: 1 currency: 'KHR' }", "2021-01-04");
  EXPECT_THAT(Left(log, "funds"), ElementsAre("other KHR -1", "school USD 7000"));
  EXPECT_THAT(Left(log, "donated_money"), ElementsAre("d1 n1 school USD 0"));
  log.Add("donation/d1", "donations.v1.DonationReversed",
          "cash { amount_minor: 1000 currency: 'USD' }", "2021-01-05");
  EXPECT_THAT(Left(log, "funds"), ElementsAre("other KHR -1", "school USD 6000"));
  EXPECT_THAT(Left(log, "donated_money"), ElementsAre("d1 n1 school USD 0"));
}

TEST(BalancesTest, OfRandomStoresAreWhatSimpleLoopsFind) {
  std::mt19937 random(7);
  const auto draw = [&random](unsigned below) { return static_cast<unsigned>(random() % below); };
  std::size_t counts = 0;
  for (int round = 0; round < 40; ++round) {
    SCOPED_TRACE(round);
    struct Moved {
      std::string day, store, item, id;
      int amount;
      bool counts;
      bool living = true;
    };
    TestLog log;
    std::vector<Moved> all;
    for (int i = 0; i < 60; ++i) {
      Moved one{absl::StrCat("2021-0", 1 + draw(9), "-1", draw(10)),
                absl::StrCat("s", draw(2)),
                draw(2) == 0 ? "rice" : "oil",
                "",
                static_cast<int>(1 + draw(50)),
                false};
      const std::string lines = Lines(one.item, absl::StrCat(one.amount));
      const std::string stream = "store/" + one.store;
      switch (draw(6)) {
        case 0:
          one.id = log.Add(stream, "donations.v1.StockCounted", lines, one.day);
          one.counts = true;
          ++counts;
          break;
        case 1:
          one.id = log.Add(stream, "donations.v1.StockWrittenOff", lines, one.day);
          one.amount = -one.amount;
          break;
        case 2: {
          if (all.empty()) continue;
          Moved& other = all[draw(static_cast<unsigned>(all.size()))];
          log.Void("store/" + other.store, other.id);
          other.living = false;
          continue;
        }
        case 3: {
          if (all.empty()) continue;
          Moved& other = all[draw(static_cast<unsigned>(all.size()))];
          const int sign = other.amount < 0 ? -1 : 1;
          log.Correct("store/" + other.store, other.id,
                      absl::StrCat("changes { field: 'lines[0].quantity' new_value: '\"",
                                   one.amount, "\"' }"));
          other.amount = sign * one.amount;
          continue;
        }
        default:
          one.id = log.Add(stream, "donations.v1.GoodsPurchased", lines, one.day);
      }
      all.push_back(std::move(one));
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const Moved& a, const Moved& b) { return a.day < b.day; });
    std::map<std::string, std::pair<int, std::string>> left;
    for (const Moved& one : all) {
      if (!one.living) continue;
      auto& [sum, counted] = left[one.store + " " + one.item + " kg "];
      sum = one.counts ? one.amount : sum + one.amount;
      if (one.counts) counted = " counted " + one.day;
    }
    std::vector<std::string> lines;
    lines.reserve(left.size());
    for (const auto& [key, row] : left) lines.push_back(absl::StrCat(key, row.first, row.second));
    EXPECT_EQ(Left(log, "stock"), lines);
  }
  EXPECT_GT(counts, 50u);
}

}  // namespace
}  // namespace mlup::counting
