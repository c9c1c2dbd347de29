// A history that follows another one sees it and does not change it.
#include "services/domain/stream_history.h"

#include "gtest/gtest.h"

#include "mlup/cases/v1/case_events.pb.h"
#include "services/domain/rule_test.h"

namespace mlup::domain::stream_history_test {
namespace {

constexpr char kCase[] = "case/c";

// Counts facts, and says which it saw.
struct Seen {
  std::vector<std::string> ids;
};
void On(Seen& seen, const cases::v1::TaskCreated&, const EventInfo& info) {
  seen.ids.push_back(info.event_id);
}
const Aggregate<Seen>& Counting() {
  static const auto& rules = Aggregate<Seen>::Make("counting").On<cases::v1::TaskCreated>(On);
  return rules;
}

std::string SeenBy(const StreamHistory& history) {
  return absl::StrJoin(static_cast<const Seen*>(history.StateOf(Counting()))->ids, " ");
}

LiveEvent Event(const std::string& id, const std::string& text) {
  const auto fact = FactFromText("case", text);
  LiveEvent event;
  event.info = {id, kCase, "staff-sw-1", {}};
  event.type = EventOf(*fact).GetTypeName();
  event.message = payload::ClearCopy(EventOf(*fact));
  return event;
}
LiveEvent Task(const std::string& id) { return Event(id, "task_created { }"); }
LiveEvent Void(const std::string& id, const std::string& what) {
  return Event(id, absl::StrCat("entry_voided { voids_event_id: '", what, "' }"));
}
LiveEvent Unknown(const std::string& id) {
  LiveEvent event;
  event.info.event_id = id;
  return event;
}

std::shared_ptr<StreamHistory> Three() {
  auto history = std::make_shared<StreamHistory>(kCase);
  for (const char* const id : {"a", "b", "c"}) history->Add(Task(id));
  return history;
}

TEST(StreamHistoryTest, WhatFollowsSeesItsBaseAndLeavesIt) {
  const auto base = Three();
  StreamHistory next(base);
  EXPECT_EQ(SeenBy(next), "a b c");
  next.Add(Task("d"));
  EXPECT_EQ(SeenBy(next), "a b c d");
  next.Add(Void("v", "b"));
  next.Add(Task("e"));
  EXPECT_EQ(SeenBy(next), "a c d e");
  EXPECT_EQ(next.revision(), (Revision{6}));
  EXPECT_TRUE(next.Find("b")->voided);
  EXPECT_EQ(next.At(1).info.event_id, "b");

  EXPECT_EQ(SeenBy(*base), "a b c");
  EXPECT_FALSE(base->Find("b")->voided);
  EXPECT_EQ(base->Find("d"), nullptr);
}

TEST(StreamHistoryTest, WhatIsCutBackIsGone) {
  const auto base = Three();
  StreamHistory next(base);
  next.Add(Task("d"));
  EXPECT_EQ(SeenBy(next), "a b c d");
  next.Add(Void("v", "d"));
  next.Add(Void("w", "a"));
  next.Add(Task("e"));
  EXPECT_EQ(SeenBy(next), "b c e");
  next.CutBack(1);
  EXPECT_EQ(SeenBy(next), "a b c d");
  EXPECT_EQ(next.Find("e"), nullptr);
  next.Add(Task("e"));
  EXPECT_EQ(SeenBy(next), "a b c d e");
  next.CutBack(0);
  EXPECT_EQ(SeenBy(next), "a b c");
}

TEST(StreamHistoryTest, ACopyIsIndependent) {
  const auto one = Three();
  one->Add(Void("v", "a"));
  EXPECT_EQ(SeenBy(*one), "b c");
  const auto other = one->Copy();
  other->Add(Task("d"));
  other->Add(Void("w", "b"));
  EXPECT_EQ(SeenBy(*other), "c d");
  EXPECT_EQ(SeenBy(*one), "b c");
  EXPECT_EQ(one->bytes() < other->bytes(), true);
}

TEST(StreamHistoryTest, TheFirstEventOfAnUnknownTypeIsFoundUntilItIsVoided) {
  const auto base = Three();
  base->Add(Unknown("u"));
  StreamHistory next(base);
  next.Add(Unknown("x"));
  EXPECT_EQ(next.FirstUnknown(), 3u);
  next.Add(Void("v", "u"));
  EXPECT_EQ(next.FirstUnknown(), 4u);
  next.Add(Void("w", "x"));
  EXPECT_EQ(next.FirstUnknown(), std::nullopt);
  EXPECT_EQ(base->FirstUnknown(), 3u);
  next.CutBack(0);
  EXPECT_EQ(next.FirstUnknown(), 3u);
}

TEST(StreamHistoryTest, StatesFollowWhateverWasAskedBefore) {
  const auto history = Three();
  EXPECT_EQ(SeenBy(*history), "a b c");
  history->Add(Task("d"));
  history->Add(Void("v", "a"));
  history->Add(Task("e"));
  EXPECT_EQ(SeenBy(*history), "b c d e");
}

}  // namespace
}  // namespace mlup::domain::stream_history_test
