#include "tests/proof/set_matrix.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/proof/bundle_set.h"
#include "eventstore/proof/bundle_test_log.h"

namespace mlup::proof {
namespace {

constexpr int kPeople = 5;

// A log in which persons are joined and parted, and who is whom in it.
class Family {
 public:
  explicit Family(Dice& dice) : dice_(dice) {
    log_.AddStory();
    log_.Witness();
    const std::uint64_t steps = dice_.Between(2, 7);
    for (std::uint64_t i = 0; i < steps; ++i) Step();
    person_ = dice_.Of(log_.people());
  }

  const std::string& person() const { return person_; }
  BundleTestLog& log() { return log_; }

  Trust Auditor() const {
    Trust trust = log_.Auditor();
    trust.subject_id = person_;
    return trust;
  }

  // Whose records are the person's: what joins them, followed until nothing is added.
  std::set<std::string> Joined() const {
    std::set<std::string> joined = {person_};
    for (std::size_t before = 0; before != joined.size();) {
      before = joined.size();
      for (const Merge& merge : merges_) {
        if (merge.undone || !(joined.contains(merge.ended) || joined.contains(merge.survivor))) {
          continue;
        }
        joined.insert({merge.ended, merge.survivor});
      }
    }
    return joined;
  }

  std::vector<std::string> Others() const {
    const std::set<std::string> joined = Joined();
    std::vector<std::string> others;
    std::ranges::copy_if(log_.people(), std::back_inserter(others),
                         [&joined](const std::string& id) { return !joined.contains(id); });
    return others;
  }

 private:
  struct Merge {
    std::string ended;
    std::string survivor;
    std::string event_id;
    bool undone = false;
  };

  std::string Add(const std::string& person, const std::vector<std::string>& subjects,
                  std::string_view type, const std::string& common) {
    const Position position = log_.AddWith("person/" + person, subjects, type, common);
    return log_.records()[position.value - 1].event().event_id();
  }

  // Joins two records, or parts some that were joined, or says to no avail that a parting was
  // wrong.
  void Step() {
    if (merges_.empty() || !dice_.OneIn(3)) {
      Merge merge{dice_.Of(log_.people()), dice_.Of(log_.people()), "", false};
      if (merge.ended == merge.survivor) return;
      merge.event_id = Add(merge.ended, {merge.ended, merge.survivor}, kMergedType, "merged");
      merges_.push_back(std::move(merge));
      return;
    }
    Merge& merge = dice_.Of(merges_);
    merge.undone = true;
    std::string undoing;
    if (dice_.OneIn(2)) {
      undoing = Add(merge.ended, {}, kVoidedType, absl::StrCat("\n\x24", merge.event_id));
    } else {
      undoing = Add(merge.ended, {merge.ended}, kUnmergedType,
                    absl::StrCat("\x12\x24", merge.event_id, "\x1a\x01x"));
    }
    if (dice_.OneIn(3)) Add(merge.ended, {}, kVoidedType, absl::StrCat("\n\x24", undoing));
  }

  Dice& dice_;
  BundleTestLog log_{kPeople};
  std::vector<Merge> merges_;
  std::string person_;
};

// Changes an honest file as it stands; false where there is nothing to change.
struct SetChange {
  std::string name;
  std::vector<std::string_view> errors;
  std::function<bool(BundleSet&, Dice&)> apply;
};

bool DropUndoing(BundleSet& set, Dice& dice) {
  if (set.undoings.empty()) return false;
  set.undoings.erase(set.undoings.begin() +
                     static_cast<std::ptrdiff_t>(dice.Below(set.undoings.size())));
  return true;
}

std::vector<SetChange> RecordsChanged() {
  return {{"record-left-out",
           {"MERGE_INCOMPLETE", "RECORD_UNRELATED", "UNDOING_WRONG"},
           [](BundleSet& set, Dice& dice) {
             if (set.bundles.size() < 2) return false;
             set.bundles.erase(set.bundles.begin() + static_cast<std::ptrdiff_t>(
                                                         dice.Between(1, set.bundles.size() - 1)));
             return true;
           }},
          {"record-twice",
           {"SET_INCONSISTENT"},
           [](BundleSet& set, Dice& dice) {
             set.bundles.push_back(dice.Of(set.bundles));
             return true;
           }},
          {"another-first", {"SUBJECT_WRONG"}, [](BundleSet& set, Dice&) {
             if (set.bundles.size() < 2) return false;
             std::rotate(set.bundles.begin(), set.bundles.begin() + 1, set.bundles.end());
             return true;
           }}};
}

std::vector<SetChange> UndoingsChanged() {
  return {{"undoing-left-out", {"UNDOING_WRONG", "MERGE_INCOMPLETE"}, DropUndoing},
          {"undoings-left-out",
           {"MERGE_INCOMPLETE"},
           [](BundleSet& set, Dice&) {
             const bool any = !set.undoings.empty();
             set.undoings.clear();
             set.inclusion.clear();
             return any;
           }},
          {"undoing-twice",
           {"UNDOING_WRONG"},
           [](BundleSet& set, Dice& dice) {
             if (set.undoings.empty()) return false;
             set.undoings.push_back(dice.Of(set.undoings));
             return true;
           }},
          {"undoing-common",
           {"UNDOING_WRONG"},
           [](BundleSet& set, Dice& dice) {
             if (set.undoings.empty()) return false;
             Flip(dice.Of(set.undoings).common, dice);
             return true;
           }},
          {"undoing-header",
           {"UNDOING_WRONG", "HEADER_MALFORMED"},
           [](BundleSet& set, Dice& dice) {
             if (set.undoings.empty()) return false;
             Flip(dice.Of(set.undoings).header, dice);
             return true;
           }},
          {"undoings-inclusion", {"UNDOING_WRONG"}, [](BundleSet& set, Dice& dice) {
             if (set.inclusion.empty()) {
               set.inclusion.emplace_back();
             } else {
               dice.Of(dice.Of(set.inclusion)) ^= 1;
             }
             return true;
           }}};
}

class Forger {
 public:
  explicit Forger(Dice& dice) : dice_(dice), family_(dice) {}

  std::vector<SetCase> Run() {
    merged_ = Merged();
    honest_ = family_.log().MakeFileOf(merged_);
    const std::set<std::string> joined = family_.Joined();
    cases_.push_back({"set:clean", honest_, family_.Auditor(), {}, {joined.begin(), joined.end()}});
    for (const auto& changes : {RecordsChanged(), UndoingsChanged()}) {
      for (const SetChange& change : changes) Change(change);
    }
    AddStranger();
    ListNoUndoing();
    MixStates();
    ChangeBytes();
    return std::move(cases_);
  }

 private:
  MergedRecords Merged() {
    auto merged = FindMerged(family_.log(), family_.person(), family_.log().size());
    CHECK(merged.ok());
    return *std::move(merged);
  }

  // A file of one bundle and no undoings has no form of its own: it can only be changed as a
  // bundle.
  bool IsSet() const { return ParseBundleSet(honest_).ok() && !ParseBundle(honest_).ok(); }

  void Judge(std::string name, std::string bytes, std::vector<std::string_view> errors) {
    if (bytes == honest_) return;
    cases_.push_back(
        {"set:" + std::move(name), std::move(bytes), family_.Auditor(), std::move(errors), {}});
  }

  void Change(const SetChange& change) {
    BundleSet set = *ParseBundleSet(honest_);
    if (change.apply(set, dice_)) Judge(change.name, EncodeBundleSet(set), change.errors);
  }

  // A record that is another person's, from the same state of the log.
  void AddStranger() {
    const std::vector<std::string> others = family_.Others();
    if (others.empty()) return;
    MergedRecords more = merged_;
    more.ids.push_back(others[dice_.Below(others.size())]);
    Judge("stranger", family_.log().MakeFileOf(more), {"RECORD_UNRELATED", "MERGE_INCOMPLETE"});
  }

  // An event of the log that undoes nothing is listed as if it did.
  void ListNoUndoing() {
    MergedRecords more = merged_;
    const auto& records = family_.log().records();
    const auto is_none = [](const log::v1::Record& record) {
      return record.event().type() != kUnmergedType && record.event().type() != kVoidedType;
    };
    const auto& record = records[dice_.Below(records.size())];
    if (!is_none(record)) return;
    more.undoings.push_back({record.position()});
    std::ranges::sort(more.undoings);
    Judge("no-undoing", family_.log().MakeFileOf(more), {"UNDOING_WRONG"});
  }

  // A bundle of a later state, in which something may have been left out of it.
  void MixStates() {
    BundleSet set = *ParseBundleSet(honest_);
    if (set.bundles.size() < 2) return;
    const BundleSet later = *ParseBundleSet(family_.log().MakeFileOf(merged_));
    const std::size_t at = dice_.Below(set.bundles.size());
    set.bundles[at] = later.bundles[at];
    Judge("states-mixed", EncodeBundleSet(set), {"SET_INCONSISTENT"});
  }

  void ChangeBytes() {
    if (!IsSet()) return;
    Judge("cut", honest_.substr(0, dice_.Below(honest_.size())),
          {"BUNDLE_MALFORMED", "BUNDLE_VERSION_UNKNOWN"});
    Judge("longer", honest_ + dice_.Bytes(dice_.Between(1, 9)), {"BUNDLE_MALFORMED"});
  }

  Dice& dice_;
  Family family_;
  MergedRecords merged_;
  std::string honest_;
  std::vector<SetCase> cases_;
};

}  // namespace

std::vector<SetCase> TamperWithSet(Dice& dice) { return Forger(dice).Run(); }

}  // namespace mlup::proof
