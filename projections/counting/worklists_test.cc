// Worklists of random logs against a recomputation that knows nothing of definitions:
// voids, corrections and merges included.
#include "projections/counting/worklists.h"

#include <map>
#include <random>
#include <set>

#include "mlup/cases/v1/casework_events.pb.h"
#include "projections/counting/dashboards_test.h"
#include "projections/counting/ties.h"

namespace mlup::counting {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// `stream position due column…` of each item of a worklist.
std::vector<std::string> Open(const TestLog& log, std::string_view code) {
  const Counted counted(log, Builtin());
  const auto reading = counted.facts().Read({UINT64_MAX});
  const auto world = counted.facts().WorldAt(**reading, {});
  const auto worklist = Builtin().dashboards().WorklistNamed(code);
  EXPECT_TRUE(worklist.ok()) << worklist.status();
  std::vector<std::string> lines;
  for (const OpenItem& item : FindOpen(**worklist, *world, nullptr)) {
    const FactTable& table = world->table();
    std::string line = absl::StrCat(ToAbsl(world->Text(table.IdOf(table.StreamOf(item.event)))),
                                    " ", table.PositionOf(item.event).value, " ",
                                    item.due ? FormatDay(*item.due) : "-");
    for (const std::string& text : ColumnsOf(**worklist, *world, item)) {
      absl::StrAppend(&line, " ", text.empty() ? "-" : text);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

constexpr char kFollowUp[] = "kind: TASK_KIND_FOLLOW_UP ";

TEST(WorklistsTest, StandUntilWhatEndsThemInOrderOfTheirDays) {
  TestLog log;
  log.Add("case/c1", "cases.v1.TaskCreated",
          absl::StrCat(kFollowUp, "task_id: 'a' due_on: '2021-03-09'"), "2021-01-05");
  log.Add("case/c1", "cases.v1.TaskCreated", absl::StrCat(kFollowUp, "task_id: 'b'"), "2021-01-05");
  log.Add("case/c2", "cases.v1.TaskCreated",
          absl::StrCat(kFollowUp, "task_id: 'c' due_on: '2021-02-01'"), "unknown");
  log.Add("case/c2", "cases.v1.TaskCreated",
          "kind: TASK_KIND_SERVICE task_id: 'd' service_code: 'legal'", "2021-01-05");
  EXPECT_THAT(Open(log, "follow_ups_due"),
              ElementsAre("c2 3 2021-02-01 c", "c1 1 2021-03-09 a", "c1 2 - b"));
  EXPECT_THAT(Open(log, "tasks"), ElementsAre("c2 4 - service legal d"));
  const std::string ended = log.Add("case/c1", "cases.v1.TaskEnded", "task_id: 'a'", "unknown");
  log.Add("case/c2", "cases.v1.TaskEnded", "task_id: 'a'", "2021-01-09");
  EXPECT_THAT(Open(log, "follow_ups_due"), ElementsAre("c2 3 2021-02-01 c", "c1 2 - b"))
      << "an id of another record ends nothing";
  log.Void("case/c1", ended);
  log.Correct("case/c1", "e1", "changes { field: 'due_on' new_value: '\"2021-01-31\"' }");
  EXPECT_THAT(Open(log, "follow_ups_due"),
              ElementsAre("c1 1 2021-01-31 a", "c2 3 2021-02-01 c", "c1 2 - b"));
}

TEST(WorklistsTest, AConflictStandsUntilItIsNamed) {
  TestLog log;
  const std::string first =
      log.Add("case/c1", "common.v1.ConflictDetected", "field: 'x.y'", "2021-01-05");
  log.Add("case/c1", "common.v1.ConflictDetected", "field: 'x.z'", "2021-01-05");
  log.Add("case/c1", "common.v1.ConflictResolved", "conflict_event_id: '" + first + "'",
          "2021-01-05");
  EXPECT_THAT(Open(log, "conflicts_open"), ElementsAre("c1 2 - x.z"));
}

TEST(WorklistsTest, AnEventOnlyThatIsForEverybodyMayBeHeldBack) {
  TestLog log;
  log.Add("case/c1", "cases.v1.TaskCreated", absl::StrCat(kFollowUp, "task_id: 'a'"), "2021-01-05");
  const Counted counted(log, Builtin());
  const auto reading = counted.facts().Read({UINT64_MAX});
  const auto world = counted.facts().WorldAt(**reading, {});
  const auto worklist = Builtin().dashboards().WorklistNamed("follow_ups_due");
  EXPECT_THAT(FindOpen(**worklist, *world, [](RowId) { return false; }), IsEmpty());
  EXPECT_EQ(ErrorReason(Builtin().dashboards().WorklistNamed("followups").status()),
            "WORKLIST_UNKNOWN");
  EXPECT_EQ(ErrorReason(Builtin().dashboards().PanelNamed("x").status()), "PANEL_UNKNOWN");
  EXPECT_EQ(ErrorReason(Builtin().dashboards().BalanceNamed("x").status()), "BALANCE_UNKNOWN");
}

// A log of events on few records, made by chance, and what it comes to by simple loops.
class RandomCases {
 public:
  explicit RandomCases(unsigned seed) : random_(seed) {
    for (int i = 0; i < 160; ++i) Step();
  }

  const TestLog& log() const { return log_; }

  std::vector<std::string> FollowUps() const {
    return Gather([&](const Event& e) -> std::optional<std::string> {
      if (e.kind != "task") return std::nullopt;
      if (AnyAfter(e, [&](const Event& o) { return o.kind == "task_ended" && o.id == e.id; }))
        return std::nullopt;
      return e.id;
    });
  }

  std::vector<std::string> Approvals() const {
    return Gather([&](const Event& e) -> std::optional<std::string> {
      if (e.kind != "asked") return std::nullopt;
      if (AnyAfter(e, [&](const Event& o) {
            return (o.kind == "granted" || o.kind == "rejected") && o.id == e.id;
          }))
        return std::nullopt;
      return "closure - " + e.id;
    });
  }

  std::vector<std::string> Referrals() const {
    return Gather([&](const Event& e) -> std::optional<std::string> {
      if (e.kind == "referral") {
        if (AnyAfter(e, [&](const Event& o) {
              return (o.kind == "accepted" || o.kind == "refused") && o.id == e.id;
            }))
          return std::nullopt;
        return "- legal_aid - - " + e.id;
      }
      if (e.kind != "accepted") return std::nullopt;
      if (AnyAfter(e, [&](const Event& o) { return o.kind == "completed" && o.id == e.id; }))
        return std::nullopt;
      return "- - - accepted " + e.id;
    });
  }

  // Of cases and not of placements.
  std::vector<std::string> Reviews() const {
    return Gather([&](const Event& e) -> std::optional<std::string> {
      if (e.kind != "review" || e.due.empty() || IsOver(e)) return std::nullopt;
      if (AnyAfter(e, [&](const Event& o) { return o.kind == "review"; })) return std::nullopt;
      return "- -";
    });
  }

  std::vector<std::string> Active() const {
    return Gather([&](const Event& e) -> std::optional<std::string> {
      if (e.kind != "opened" || IsOver(e)) return std::nullopt;
      return "reintegration -";
    });
  }

  // `case: worker worker`
  std::vector<std::string> Workers() const {
    std::vector<std::string> lines;
    for (const std::string& stream : streams_) {
      std::set<std::string> workers;
      bool any = false;
      for (const Event& e : events_) {
        if (e.stream != stream || !IsLiving(e)) continue;
        any = any || e.kind == "assigned";
        if (e.kind == "assigned") workers.insert(e.id);
        if (e.kind == "unassigned") workers.erase(e.id);
      }
      std::string line = stream.substr(5) + ":";
      if (!any) workers = {"-"};
      for (const std::string& worker : workers) line += " " + worker;
      if (HasEvents(stream)) lines.push_back(line);
    }
    return lines;
  }

 private:
  struct Event {
    std::size_t position;
    std::string stream;
    std::string kind;
    // Of the task, approval, referral or worker; of a void, what it voids.
    std::string id;
    std::string due = {};
  };

  bool HasEvents(const std::string& stream) const {
    return std::ranges::any_of(events_, [&](const Event& e) { return e.stream == stream; });
  }

  bool IsLiving(const Event& e) const {
    return std::ranges::none_of(events_, [&](const Event& o) {
      return o.kind == "void" && o.position > e.position && o.stream == e.stream &&
             o.id == absl::StrCat("e", e.position) && IsLiving(o);
    });
  }

  template <typename Is>
  bool AnyAfter(const Event& e, const Is& is) const {
    return std::ranges::any_of(events_, [&](const Event& o) {
      return o.position > e.position && o.stream == e.stream && IsLiving(o) && is(o);
    });
  }

  // Closed and not reopened since, or transferred, or merged and not unmerged since.
  bool IsOver(const Event& e) const {
    return AnyAfter(e, [&](const Event& o) {
      if (o.kind == "transferred") return true;
      if (o.kind == "closed")
        return !AnyAfter(o, [](const Event& p) { return p.kind == "reopened"; });
      return o.kind == "merged" &&
             !AnyAfter(o, [](const Event& p) { return p.kind == "unmerged"; });
    });
  }

  template <typename Columns>
  std::vector<std::string> Gather(const Columns& columns) const {
    std::map<std::tuple<bool, std::string, std::size_t>, std::string> lines;
    for (const Event& e : events_) {
      if (!IsLiving(e)) continue;
      const auto text = columns(e);
      if (!text) continue;
      std::string due = e.due;
      for (const Event& o : events_) {
        if (o.kind == "corrected" && o.id == absl::StrCat("e", e.position) &&
            o.stream == e.stream && IsLiving(o))
          due = o.due;
      }
      lines[{due.empty(), due, e.position}] = absl::StrCat(e.stream.substr(5), " ", e.position, " ",
                                                           due.empty() ? "-" : due, " ", *text);
    }
    std::vector<std::string> sorted;
    sorted.reserve(lines.size());
    for (auto& [key, line] : lines) sorted.push_back(line);
    return sorted;
  }

  unsigned Draw(unsigned below) { return static_cast<unsigned>(random_() % below); }

  void Add(Event event, const std::string& type, const std::string& text) {
    const std::string occurred = Draw(4) == 0 ? "unknown" : absl::StrCat("2021-0", 1 + Draw(9));
    log_.Add(event.stream, type, text, occurred);
    event.position = events_.size() + 1;
    events_.push_back(std::move(event));
  }

  std::string Due() {
    return Draw(3) == 0 ? "" : absl::StrCat("2021-0", 1 + Draw(9), "-1", Draw(10));
  }

  void Step() {
    const std::string stream = streams_[Draw(static_cast<unsigned>(streams_.size()))];
    const std::string id(1, static_cast<char>('a' + Draw(4)));
    const std::string due = Due();
    const std::string due_on = due.empty() ? "" : " due_on: '" + due + "'";
    const auto add = [&](const std::string& kind, const std::string& type, const std::string& text,
                         const std::string& when = "") {
      Add({0, stream, kind, id, when}, type, text);
    };
    switch (Draw(20)) {
      case 0:
        return add("task", "cases.v1.TaskCreated", kFollowUp + ("task_id: '" + id + "'") + due_on,
                   due);
      case 1:
        return add("task_ended", "cases.v1.TaskEnded", "task_id: '" + id + "'");
      case 2:
        return add("asked", "common.v1.ApprovalRequested",
                   "subject: APPROVAL_SUBJECT_CLOSURE approval_id: '" + id + "'");
      case 3:
        return add("granted", "common.v1.ApprovalGranted", "approval_id: '" + id + "'");
      case 4:
        return add("rejected", "common.v1.ApprovalRejected", "approval_id: '" + id + "'");
      case 5:
        return add("referral", "cases.v1.ReferralMade",
                   "to_sector: 'legal_aid' referral_id: '" + id + "'");
      case 6:
        return add("accepted", "cases.v1.ReferralAnswered",
                   "answer: HANDSHAKE_ANSWER_ACCEPTED referral_id: '" + id + "'");
      case 7:
        return add("refused", "cases.v1.ReferralAnswered",
                   "answer: HANDSHAKE_ANSWER_REJECTED referral_id: '" + id + "'");
      case 8:
        return add("completed", "cases.v1.ReferralCompleted", "referral_id: '" + id + "'");
      case 9:
        return add("review", "cases.v1.CaseReviewed",
                   due.empty() ? "" : "next_review_on: '" + due + "'", due);
      case 10:
        return add("opened", "cases.v1.CaseOpened", "case_type: CASE_TYPE_REINTEGRATION");
      case 11:
        return add("closed", "cases.v1.CaseClosed", "");
      case 12:
        return add("reopened", "cases.v1.CaseReopened", "");
      case 13:
        if (Draw(3) > 0)
          return add("stays", "cases.v1.TransferAnswered", "answer: HANDSHAKE_ANSWER_REJECTED");
        return add("transferred", "cases.v1.TransferAnswered", "answer: HANDSHAKE_ANSWER_ACCEPTED");
      case 14:
        return add("merged", "cases.v1.CasesMerged", "survivor_id: 'c9'");
      case 15:
        return add("unmerged", "cases.v1.CasesUnmerged", "");
      case 16:
        return add("assigned", "cases.v1.CaseWorkerAssigned", "worker_id: '" + id + "'");
      case 17:
        return add("unassigned", "cases.v1.CaseWorkerUnassigned", "worker_id: '" + id + "'");
      case 18:
        return Correct();
      default:
        return Void();
    }
  }

  void Void() {
    if (events_.empty()) return;
    const Event target = events_[Draw(static_cast<unsigned>(events_.size()))];
    const std::string id = absl::StrCat("e", target.position);
    log_.Void(target.stream, id);
    events_.push_back({events_.size() + 1, target.stream, "void", id});
  }

  void Correct() {
    for (int tries = 0; tries < 20 && !events_.empty(); ++tries) {
      const Event target = events_[Draw(static_cast<unsigned>(events_.size()))];
      if (target.kind != "task") continue;
      const std::string id = absl::StrCat("e", target.position);
      const std::string due = absl::StrCat("2022-0", 1 + Draw(9), "-11");
      log_.Correct(target.stream, id, "changes { field: 'due_on' new_value: '\"" + due + "\"' }");
      events_.push_back({events_.size() + 1, target.stream, "corrected", id, due});
      return;
    }
  }

  const std::vector<std::string> streams_ = {"case/c1", "case/c2", "case/c3"};
  std::mt19937 random_;
  TestLog log_;
  std::vector<Event> events_;
};

TEST(WorklistsTest, OfRandomLogsAreWhatSimpleLoopsFind) {
  std::size_t seen = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    const RandomCases cases(seed);
    EXPECT_EQ(Open(cases.log(), "follow_ups_due"), cases.FollowUps());
    EXPECT_EQ(Open(cases.log(), "approvals_waiting"), cases.Approvals());
    EXPECT_EQ(Open(cases.log(), "referrals_open"), cases.Referrals());
    EXPECT_EQ(Open(cases.log(), "reviews_due"), cases.Reviews());
    EXPECT_EQ(Open(cases.log(), "active_cases"), cases.Active());
    seen += cases.FollowUps().size() + cases.Reviews().size() + cases.Active().size();
  }
  EXPECT_GT(seen, 200u) << "the logs say too little";
}

TEST(TiesTest, OfRandomLogsAreWhoIsAssignedNow) {
  for (unsigned seed = 100; seed < 160; ++seed) {
    SCOPED_TRACE(seed);
    const RandomCases cases(seed);
    const Counted counted(cases.log(), Builtin());
    const auto reading = counted.facts().Read({UINT64_MAX});
    const auto world = counted.facts().WorldAt(**reading, {});
    std::vector<std::string> lines;
    for (const char* id : {"c1", "c2", "c3"}) {
      const auto stream =
          world->table().FindStream(world->words().Of("case"), world->words().Of(id));
      if (!stream) continue;
      std::set<std::string> workers;
      for (const auto& [worker, team] : TiesOf(*world, *stream).workers) {
        workers.insert(worker == kNoWord ? "-" : std::string(world->Text(worker)));
      }
      std::string line = absl::StrCat(id, ":");
      for (const std::string& worker : workers) absl::StrAppend(&line, " ", worker);
      lines.push_back(line);
    }
    EXPECT_EQ(lines, cases.Workers());
  }
}

}  // namespace
}  // namespace mlup::counting
