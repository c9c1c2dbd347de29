// Facts read once, kept while more come, and taken anew where the history is another one.
#include "projections/counting/counting_test_log.h"

namespace mlup::counting::fact_table_test {
namespace {

constexpr char kClosures[] = R"(unit: UNIT_CLOSURES select { event: "mlup.cases.v1.CaseClosed" }
    dimensions { name: "reason" field: "reason" })";

// A source that tells how many facts were read from it.
class CountingSource final : public projections::FactSource {
 public:
  absl::Status ForEach(Position from, Position up_to, const Visit& visit) const override {
    return facts_.ForEach(from, up_to, [this, &visit](const Fact& fact) {
      ++read_;
      return visit(fact);
    });
  }

  std::uint64_t replaced() const override { return replaced_; }

  void Set(const TestLog& log) { facts_ = log.facts(); }
  void Replace(const TestLog& log) {
    Set(log);
    ++replaced_;
  }
  int read() const { return read_; }

 private:
  projections::FactList facts_;
  mutable int read_ = 0;
  std::uint64_t replaced_ = 0;
};

std::string Close(TestLog& log, const std::string& stream, const std::string& more = "") {
  return log.Add(stream, "cases.v1.CaseClosed", "reason: CLOSE_REASON_GOALS_MET " + more,
                 "2021-02-17");
}

std::string Total(const CountedFacts& facts, Position up_to) {
  Scope scope = At("2021-Q1");
  scope.cut.position = up_to;
  const auto report = ComputeReport(facts, scope);
  EXPECT_TRUE(report.ok()) << report.status();
  return Told(report->rows(0));
}

TEST(CountedFactsTest, ReadEachFactOnce) {
  const auto x = Define(kClosures);
  TestLog log;
  CountingSource source;
  for (int i = 0; i < 5; ++i) Close(log, "case/c");
  source.Set(log);
  const CountedFacts facts(source, x);
  EXPECT_EQ(Total(facts, {5}), "5");
  const int read = source.read();
  EXPECT_EQ(Total(facts, {3}), "3") << "an earlier cut needs nothing new";
  for (int i = 0; i < 2; ++i) Close(log, "case/c");
  source.Set(log);
  EXPECT_EQ(Total(facts, {7}), "7");
  // For each report the last of its cut is asked when it was recorded; the fifth is compared.
  EXPECT_LE(source.read() - read, 2 + 2 + 1);
}

TEST(CountedFactsTest, TakeAnotherHistoryAnew) {
  const auto x = Define(kClosures);
  TestLog first;
  for (int i = 0; i < 3; ++i) Close(first, "case/c");
  TestLog other;
  for (int i = 0; i < 2; ++i) Close(other, "case/d");
  other.Add("case/d", "cases.v1.CaseReopened", "", "2021-02-18");
  other.Add("case/d", "cases.v1.CaseReopened", "", "2021-02-18");
  CountingSource source;
  source.Set(first);
  const CountedFacts facts(source, x);
  EXPECT_EQ(Total(facts, {3}), "3");
  source.Set(other);
  EXPECT_EQ(Total(facts, {4}), "2");
}

TEST(CountedFactsTest, TakeAllAnewWhereEarlierFactsWereReplaced) {
  const auto x = Define(kClosures);
  TestLog altered;
  altered.Add("case/c", "cases.v1.CaseReopened", "", "2021-02-17");
  for (int i = 0; i < 2; ++i) Close(altered, "case/c");
  TestLog right;
  for (int i = 0; i < 3; ++i) Close(right, "case/c");
  CountingSource source;
  source.Set(altered);
  const CountedFacts facts(source, x);
  EXPECT_EQ(Total(facts, {3}), "2");
  source.Replace(right);
  EXPECT_EQ(Total(facts, {3}), "3");
  EXPECT_EQ(facts.Advance({3}, 1)->value, 3u) << "nothing is left to read";
  source.Replace(altered);
  EXPECT_EQ(facts.Advance({3}, 1)->value, 1u) << "in small steps";
  EXPECT_EQ(facts.Advance({3}, 1)->value, 2u);
  EXPECT_EQ(Total(facts, {3}), "2");
}

TEST(CountedFactsTest, ActOnWhatWasReadLongBefore) {
  const auto x = Define(kClosures);
  TestLog log;
  const std::string closed = Close(log, "case/c");
  CountingSource source;
  source.Set(log);
  const CountedFacts facts(source, x);
  EXPECT_EQ(Total(facts, {1}), "1");
  log.Correct("case/c", closed,
              R"(changes { field: "reason" old_value: '"x"' new_value: '"CLOSE_REASON_DIED"' })");
  source.Set(log);
  const auto report = ComputeReport(facts, {*ParsePeriod("2021-Q1"), {{2}, std::nullopt}});
  EXPECT_EQ(report->rows(1).cell().member(), "died");
  log.Void("case/c", closed);
  source.Set(log);
  EXPECT_EQ(Total(facts, {3}), "WHY_NONE_NOTHING_RECORDED");
  EXPECT_EQ(Total(facts, {2}), "1") << "as it was known then";
}

TEST(CountedFactsTest, KeepTheWorldOfACutUntilTheyGrow) {
  const auto x = Define(kClosures);
  TestLog log;
  for (int i = 0; i < 2; ++i) Close(log, "case/c");
  CountingSource source;
  source.Set(log);
  const CountedFacts facts(source, x);
  const auto world_at = [&facts](Position up_to, const Cut& cut) {
    const auto reading = facts.Read(up_to);
    return facts.WorldAt(**reading, cut);
  };
  const Cut both{{2}, std::nullopt};
  const auto world = world_at({2}, both);
  EXPECT_EQ(world_at({2}, both), world);
  EXPECT_NE(world_at({2}, {{1}, std::nullopt}), world);
  EXPECT_EQ(world_at({2}, both), world);
  for (std::uint64_t i = 0; i < kWorldsKept; ++i) world_at({2}, {{1}, Day{static_cast<int>(i)}});
  EXPECT_NE(world_at({2}, both), world) << "others were asked for since";
  const auto again = world_at({2}, both);
  Close(log, "case/c");
  source.Set(log);
  EXPECT_NE(world_at({3}, both), again) << "it has no place for the third";
}

TEST(CountedFactsTest, SayWhatTheSourceSays) {
  const auto x = Define(kClosures);
  TestLog log;
  Close(log, "case/c");
  log.last().event_bytes = "\xff\xff";
  EXPECT_EQ(ErrorReason(ComputeReport(Counted(log, x).facts(), At("2021-Q1")).status()),
            "FACT_DAMAGED");
}

TEST(WordsTest, AreTheSameForTheSameText) {
  Words words;
  EXPECT_EQ(words.Of(""), kNoWord);
  const Word rice = words.Of("rice");
  EXPECT_EQ(words.Of(std::string("ri") + "ce"), rice);
  EXPECT_EQ(words.Find("oil"), std::nullopt);
  std::vector<Word> many;
  many.reserve(5000);
  for (int i = 0; i < 5000; ++i) many.push_back(words.Of(absl::StrCat("a text of many ", i)));
  words.Of(std::string(100'000, 'x'));
  EXPECT_EQ(words.Text(many[4321]), "a text of many 4321");
  EXPECT_EQ(words.Text(rice), "rice");
}

}  // namespace
}  // namespace mlup::counting::fact_table_test
