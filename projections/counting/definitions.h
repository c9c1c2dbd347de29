// The definitions of indicators: read from protobuf text, checked, and compiled.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eventstore/base/status.h"
#include "mlup/reports/v1/indicators.pb.h"
#include "projections/counting/paths.h"
#include "projections/counting/uses.h"

namespace mlup::counting {

namespace pb = ::mlup::reports::v1;

struct Condition {
  Path path;
  std::set<std::string> in;
  std::set<std::string> not_in;
  bool present = false;
  // One of them stands in the list that the path leads to.
  std::set<std::string> contains;

  // Whether it does not hold by what the event itself first told.
  bool FailsAsTold(const FactTable& table, RowId event) const;
};

// What ends a begin or a membership.
struct Ending {
  const Descriptor* event = nullptr;
  // The field that must be equal in both events; nothing where all match.
  std::optional<Path> begin_match;
  std::optional<Path> end_match;
  // All must hold for the event that ends it.
  std::vector<Condition> where = {};
  // Where it names by its id what it ends.
  std::optional<Path> names = {};
  // What ends holds while none of these stands behind it.
  std::vector<const Descriptor*> taken_back_by = {};
};

struct Expansion {
  Path via;
  std::string category;
  const Descriptor* event = nullptr;
  std::optional<Ending> ended;
};

// The other event of a pair.
struct Pairing {
  const Descriptor* event = nullptr;
  std::vector<Condition> where;
  // Of the item, and of the other event.
  std::vector<std::pair<Path, Path>> match;
  std::optional<Path> sum;
};

// How the events of one select are told apart by one dimension; no path where the dimension takes
// the latest of several event types, or the parts.
struct Split {
  std::optional<Path> path;
  std::optional<Path> with;
};

struct Select {
  const Descriptor* event = nullptr;
  bool latest_on_stream = false;
  bool negative = false;
  // The list of which every element is looked at.
  std::optional<int> each;
  // The event's own field `uncounted`, where it has one.
  std::optional<Slot> uncounted;
  std::vector<const Descriptor*> uncounted_unless;
  // Types of which the stream holds none.
  std::vector<const Descriptor*> without;
  std::string part;
  std::vector<Condition> where;
  std::optional<Expansion> expand;
  std::optional<Pairing> pair;
  std::optional<Path> distinct;
  std::optional<Path> sum;
  std::optional<Path> person;
  // Whom a number is about: the first that is set.
  std::vector<Path> about;
  // Whichever comes first.
  std::vector<Ending> endings;
  std::optional<Path> ends_on;
  // One for each dimension of the indicator.
  std::vector<Split> splits;
};

// The member for what every part found.
inline constexpr std::string_view kEveryPart = "every_part";

struct Dimension {
  std::string name;
  // Whether it is by age band, which needs the person's first event.
  bool by_age = false;
  // Whether the select's part is the member.
  bool parts = false;
  bool count_members = false;
  std::map<const Descriptor*, std::string> latest;
};

// One indicator ready to be evaluated. Borrows its definition.
struct Indicator {
  const pb::Indicator* definition = nullptr;
  std::vector<Select> selects;
  std::vector<Select> headcounts;
  std::vector<Dimension> dimensions;
  Uses uses;

  // Whether an event is none that is counted, by what it itself first told.
  bool PassesOver(const FactTable& table, RowId event) const;
  // Whether it counts people, each once.
  bool OfPeople() const { return definition->unit() == pb::UNIT_UNIQUE_PERSONS; }
  // Whether ids are counted, each once.
  bool Unique() const;
  // All members that a dimension may have; none where any text may be one.
  std::set<std::string> MembersOf(std::size_t dimension) const;
  // Whether a total would add units of measure or currencies.
  bool WithoutTotal() const {
    return definition->unit() == pb::UNIT_ITEMS || definition->unit() == pb::UNIT_MONEY;
  }
};

// What is wrong with a file of definitions.
struct Problem {
  // From 1.
  int line = 1;
  std::string message;
};

class Dashboards;

// All indicators of a file of definitions, and what dashboards show.
//
// Immutable: any thread. Owns the definitions.
class Definitions {
 public:
  // Reads protobuf text (mlup.reports.v1.IndicatorFile) and checks it whole. INVALID_ARGUMENT
  // DEFINITIONS_INVALID; the message names the line, the indicator and what is wrong.
  // `dashboards` is a mlup.dashboards.v1.DashboardFile; a message about it begins with
  // `dashboards`.
  static absl::StatusOr<Definitions> Parse(std::string_view text, std::string_view dashboards = "");

  // All that is wrong with such a text, in the order of its lines; nothing where it can be used.
  static std::vector<Problem> Check(std::string_view text, std::string_view dashboards = "");

  const pb::IndicatorFile& file() const { return *file_; }
  const Dashboards& dashboards() const { return *dashboards_; }
  // What they read of each event. The same as long as this or what it is moved to lives.
  const Columns& columns() const { return *columns_; }
  // In the order of the file.
  const std::vector<Indicator>& indicators() const { return indicators_; }
  // Null for a code that is not there.
  const Indicator* Find(std::string_view code) const;
  // NOT_FOUND INDICATOR_UNKNOWN, with the code that was meant.
  absl::StatusOr<const Indicator*> Named(std::string_view code) const;

 private:
  Definitions() = default;

  static Definitions Read(std::string_view text, std::string_view dashboards,
                          std::vector<Problem>& problems);

  // On the heap because indicators point into it.
  std::unique_ptr<const pb::IndicatorFile> file_;
  std::unique_ptr<Columns> columns_ = std::make_unique<Columns>();
  std::vector<Indicator> indicators_;
  std::map<std::string, std::size_t, std::less<>> by_code_;
  std::shared_ptr<const Dashboards> dashboards_;
};

}  // namespace mlup::counting
