// A history that follows another one sees it and does not change it.
#include "services/domain/stream_history.h"

#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

#include "services/domain/approvals.h"
#include "services/domain/rule_test.h"

namespace mlup::domain::stream_history_test {
namespace {

constexpr char kCase[] = "case/c";

// The ids of the approvals that were asked for.
std::string Asked(const StreamHistory& history) {
  return absl::StrJoin(static_cast<const ApprovalState*>(history.StateOf(Approvals()))->ids, " ");
}

LiveEvent Event(const std::string& id, const std::string& text) {
  const auto fact = FactFromText("case", text);
  LiveEvent event;
  event.info = {id, kCase, "staff-sw-1", {}};
  event.type = EventOf(*fact).GetTypeName();
  event.message = payload::ClearCopy(EventOf(*fact));
  return event;
}
LiveEvent Ask(const std::string& id) {
  return Event(id, absl::StrCat("approval_requested { approval_id: '", id, "' }"));
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
  for (const char* const id : {"a", "b", "c"}) history->Add(Ask(id));
  return history;
}

TEST(StreamHistoryTest, WhatFollowsSeesItsBaseAndLeavesIt) {
  const auto base = Three();
  StreamHistory next(base);
  EXPECT_EQ(Asked(next), "a b c");
  next.Add(Ask("d"));
  EXPECT_EQ(Asked(next), "a b c d");
  next.Add(Void("v", "b"));
  next.Add(Ask("e"));
  EXPECT_EQ(Asked(next), "a c d e");
  EXPECT_EQ(next.revision(), (Revision{6}));
  EXPECT_TRUE(next.Find("b")->voided);
  EXPECT_EQ(next.At(1).info.event_id, "b");

  EXPECT_EQ(Asked(*base), "a b c");
  EXPECT_FALSE(base->Find("b")->voided);
  EXPECT_EQ(base->Find("d"), nullptr);
}

TEST(StreamHistoryTest, WhatIsCutBackIsGone) {
  const auto base = Three();
  StreamHistory next(base);
  next.Add(Ask("d"));
  EXPECT_EQ(Asked(next), "a b c d");
  next.Add(Void("v", "d"));
  next.Add(Void("w", "a"));
  next.Add(Ask("e"));
  EXPECT_EQ(Asked(next), "b c e");
  next.CutBack(1);
  EXPECT_EQ(Asked(next), "a b c d");
  EXPECT_EQ(next.Find("e"), nullptr);
  next.Add(Ask("e"));
  EXPECT_EQ(Asked(next), "a b c d e");
  next.CutBack(0);
  EXPECT_EQ(Asked(next), "a b c");
}

TEST(StreamHistoryTest, ACopyIsIndependent) {
  const auto one = Three();
  one->Add(Void("v", "a"));
  EXPECT_EQ(Asked(*one), "b c");
  const auto other = one->Copy();
  other->Add(Ask("d"));
  other->Add(Void("w", "b"));
  EXPECT_EQ(Asked(*other), "c d");
  EXPECT_EQ(Asked(*one), "b c");
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

TEST(StreamHistoryTest, StatesFollow) {
  const auto history = Three();
  history->Add(Task("t"));
  history->Add(Ask("d"));
  EXPECT_EQ(Asked(*history), "a b c d");
  history->Add(Void("v", "a"));
  history->Add(Void("w", "t"));
  history->Add(Ask("e"));
  EXPECT_EQ(Asked(*history), "b c d e");
  EXPECT_EQ(Asked(StreamHistory(kCase)), "");
}

}  // namespace
}  // namespace mlup::domain::stream_history_test
