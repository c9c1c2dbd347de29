// Three devices work on one child without a network, and come back in any order, over lines that
// break: nothing is lost, nothing doubled, and the record is the same in the end.
#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

#include "services/sync/sync_world.h"

namespace mlup::sync::sync_schedules_test {
namespace {

constexpr int kSchedules = 200;
constexpr int kOrders = 3;
constexpr int kItemsMax = 4;

using Dice = std::mt19937_64;

int Roll(Dice& dice, int below) {
  return static_cast<int>(dice() % static_cast<std::uint64_t>(below));
}
template <typename List>
const auto& Pick(Dice& dice, const List& list) {
  return list[dice() % list.size()];
}

std::string Uuid(int schedule, int order, int number) {
  const std::string digits = absl::StrCat(100000 + schedule, order, 10000 + number);
  return absl::StrCat("018f3c6e-0000-7000-8000-", digits);
}

// What is said, whoever the child is.
struct Word {
  enum class Kind { kSchool, kMoved, kSex, kProvince, kNote };
  Kind kind;
  std::string value;
  std::string old_value = {};
};

// What each device makes, in its order.
using Words = std::array<std::vector<Word>, 3>;

Word Say(Dice& dice, std::map<Word::Kind, std::string>& known) {
  static const std::vector<std::string> grades = {
      "grade: '3'", "grade: '4'", "grade: '4' school: 'Wat Damnak'", "school: 'Wat Bo'"};
  static const std::vector<std::string> provinces = {"02", "03", "04"};
  static const std::vector<std::string> sexes = {"\"SEX_MALE\"", "\"SEX_OTHER\""};
  Word word{static_cast<Word::Kind>(Roll(dice, 5)), ""};
  switch (word.kind) {
    case Word::Kind::kSchool:
      word.value = Pick(dice, grades);
      break;
    case Word::Kind::kMoved:
      word.value = Pick(dice, provinces);
      break;
    case Word::Kind::kSex:
      word.old_value = known.try_emplace(word.kind, "\"SEX_FEMALE\"").first->second;
      word.value = Pick(dice, sexes);
      break;
    case Word::Kind::kProvince:
      word.old_value = known.try_emplace(word.kind, "\"02\"").first->second;
      word.value = absl::StrCat("\"", Pick(dice, provinces), "\"");
      break;
    case Word::Kind::kNote:
      word.value = "words";
      break;
  }
  known[word.kind] = word.value;
  return word;
}

class Schedule {
 public:
  Schedule(SyncWorld& world, int number, int order)
      : world_(world), number_(number), order_(order), child_(Uuid(number, order, 0)) {
    world.Register(child_, Birth());
  }

  void Make(const Words& words) {
    int made = 1;
    for (std::size_t device = 0; device < words.size(); ++device) {
      for (const Word& word : words[device]) {
        ++made;
        const std::string fact = absl::StrCat("event_id: '", Uuid(number_, order_, made + 10), "' ",
                                              AsProto(Person(child_), FactOf(word), 1));
        const std::string request =
            absl::StrCat(Prefix(), made % 2, "-", device, "-", waiting_[device].size());
        requests_.insert(request);
        waiting_[device].push_back(world_.Make(devices_[device], request, {fact}));
      }
    }
  }

  // Until every device has the answers to all that it made.
  void Run(Dice& dice) {
    while (true) {
      std::vector<std::size_t> left;
      for (std::size_t i = 0; i < waiting_.size(); ++i) {
        if (!waiting_[i].empty()) left.push_back(i);
      }
      if (left.empty()) break;
      Send(Pick(dice, left), dice);
    }
    world_.world_.log().before_append = nullptr;
  }

  void Check() {
    std::map<std::string, std::set<std::uint64_t>> appends;
    for (const auto& record : world_.RecordsOf(Person(child_))) {
      appends[record.event().request_id()].insert(record.append_first_position());
    }
    for (const std::string& request : requests_) {
      EXPECT_EQ(appends[request].size(), 1u) << request << " is lost or doubled";
    }
  }

  // The record as it stands, whoever came first.
  std::string State() {
    const Said said = world_.Read(Person(child_));
    std::vector<std::string> lines;
    for (const auto& record : world_.RecordsOf(Person(child_))) {
      const auto* event = said.Event(record.event().event_id());
      const std::string& type = record.event().type();
      if (event == nullptr || type.starts_with("mlup.common.v1.")) continue;
      std::string line = absl::StrCat(Local(record.event().request_id()), " ", type);
      for (const SaidField& field : FieldsSaid(*event)) {
        absl::StrAppend(&line, " ", field.key.field, "=", field.value);
      }
      lines.push_back(line);
    }
    for (const auto& [id, conflict] : world_.Conflicts(Person(child_))) {
      std::string line = conflict.field();
      for (int i = 0; i < conflict.entries_size(); ++i) {
        absl::StrAppend(&line, " ", Local(conflict.entries(i).request_id()), "=",
                        conflict.person().values(i), "@", conflict.entries(i).actor_id(), "/",
                        conflict.entries(i).device());
      }
      lines.push_back(line);
    }
    std::ranges::sort(lines);
    return absl::StrJoin(lines, "\n");
  }

 private:
  static constexpr std::size_t kDevicesCount = 3;
  const std::array<Device, kDevicesCount> devices_ = {kFirst, kSecond, kThird};

  std::string Birth() const { return Uuid(number_, order_, 1); }
  std::string Prefix() const { return absl::StrCat("s", number_, "o", order_, "-"); }
  std::string Local(const std::string& request) const {
    return request.starts_with(Prefix()) ? request.substr(Prefix().size()) : "office";
  }

  std::string FactOf(const Word& word) const {
    switch (word.kind) {
      case Word::Kind::kSchool:
        return School(child_, word.value);
      case Word::Kind::kMoved:
        return Moved(child_, word.value);
      case Word::Kind::kSex:
        return Corrects(child_, Birth(), "sex", word.old_value, word.value);
      case Word::Kind::kProvince:
        return Corrects(child_, Birth(), "residence_province_code", word.old_value, word.value);
      case Word::Kind::kNote:
        return absl::StrCat("note_recorded { kind: NOTE_KIND_NOTE person { person_id: '", child_,
                            "' text: '", word.value, "' } }");
    }
    return "";
  }

  // Some of what is left, in some order, over a line that may break before or behind the log.
  void Send(std::size_t device, Dice& dice) {
    std::vector<v1::Item>& left = waiting_[device];
    std::vector<v1::Item> batch(left.begin(),
                                left.begin() + 1 + Roll(dice, static_cast<int>(left.size())));
    std::shuffle(batch.begin(), batch.end(), dice);
    if (Roll(dice, 5) == 0 && batch.size() > 1) batch.pop_back();
    int until_cut = Roll(dice, 4) == 0 ? 1 + Roll(dice, 4) : 0;
    world_.world_.log().before_append = [until_cut](int) mutable {
      return until_cut > 0 && --until_cut == 0
                 ? Error(absl::StatusCode::kUnavailable, "CUT", "the line broke")
                 : absl::OkStatus();
    };
    const auto response = world_.TryPush(devices_[device], batch);
    // The answer is lost as well.
    if (!response.ok() || Roll(dice, 4) == 0) return;
    for (const v1::ItemAnswer& answer : response->answers()) {
      EXPECT_FALSE(answer.has_refused()) << answer.ShortDebugString();
    }
    std::erase_if(
        left, [&](const v1::Item& item) { return item.sequence() < response->next_sequence(); });
  }

  SyncWorld& world_;
  const int number_;
  const int order_;
  const std::string child_;
  std::array<std::vector<v1::Item>, kDevicesCount> waiting_;
  std::set<std::string> requests_;
};

TEST(SyncSchedulesTest, NothingIsLostOrDoubledAndTheOrderMakesNoDifference) {
  SyncWorld world;
  int with_conflict = 0;
  for (int number = 0; number < kSchedules; ++number) {
    Dice making(static_cast<std::uint64_t>(number));
    Words words;
    for (std::vector<Word>& of_device : words) {
      std::map<Word::Kind, std::string> known;
      const int count = 1 + Roll(making, kItemsMax);
      for (int i = 0; i < count; ++i) of_device.push_back(Say(making, known));
    }
    std::vector<std::string> states;
    for (int order = 0; order < kOrders; ++order) {
      Schedule schedule(world, number, order);
      schedule.Make(words);
      Dice running(static_cast<std::uint64_t>(1000 * number + order));
      schedule.Run(running);
      schedule.Check();
      states.push_back(schedule.State());
    }
    for (const std::string& state : states) EXPECT_EQ(state, states[0]) << "schedule " << number;
    if (states[0].find('@') != std::string::npos) ++with_conflict;
    if (testing::Test::HasFailure()) break;
  }
  EXPECT_GT(with_conflict, kSchedules / 4);
}

}  // namespace
}  // namespace mlup::sync::sync_schedules_test
