// Adding indicators, where that has a meaning.
#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "projections/counting/book.h"
#include "projections/counting/report.h"

namespace mlup::counting {
namespace {

absl::Status Refuse(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kFailedPrecondition, reason, message);
}

bool CountsHappenings(pb::Unit unit) {
  switch (unit) {
    case pb::UNIT_ATTENDANCES:
    case pb::UNIT_HEADCOUNT:
    case pb::UNIT_CLOSURES:
    case pb::UNIT_ACTIVITIES:
    case pb::UNIT_DISTRIBUTIONS:
    case pb::UNIT_FACTS:
      return true;
    default:
      return false;
  }
}

std::set<Word> IdsOf(const Figures& figures) {
  std::set<Word> ids;
  for (const Item& item : figures.items) {
    if (item.counted) ids.insert(item.id);
  }
  return ids;
}

// What a unit that counts each thing once calls several of them; empty for other units.
std::string_view ThingsOf(pb::Unit unit) {
  switch (unit) {
    case pb::UNIT_UNIQUE_PERSONS:
      return "people";
    case pb::UNIT_HOUSEHOLDS:
      return "households";
    case pb::UNIT_CASES:
      return "cases";
    case pb::UNIT_ORGANISATIONS:
      return "organisations";
    case pb::UNIT_GROUPS:
      return "groups";
    case pb::UNIT_PROVINCES:
      return "provinces";
    case pb::UNIT_TOPICS:
      return "topics";
    default:
      return {};
  }
}

// Whether all count things of one kind, each once: then a sum would count some of them twice.
bool AllCountOnce(const std::vector<const Indicator*>& indicators) {
  const pb::Unit unit = indicators.front()->definition->unit();
  return !ThingsOf(unit).empty() &&
         std::all_of(indicators.begin(), indicators.end(),
                     [unit](const Indicator* i) { return i->definition->unit() == unit; });
}

// Names each pair of indicators that shares things, and how many.
absl::Status RefuseShared(const std::vector<Figures>& all) {
  const pb::Unit unit = all.front().indicator->definition->unit();
  const absl::string_view things = ToAbsl(ThingsOf(unit));
  std::vector<std::string> pairs;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::set<Word> ids = IdsOf(all[i]);
    for (std::size_t j = i + 1; j < all.size(); ++j) {
      std::size_t shared = 0;
      for (const Word id : IdsOf(all[j])) shared += ids.count(id);
      if (shared == 0) continue;
      pairs.push_back(absl::StrCat(all[i].indicator->definition->code(), " and ",
                                   all[j].indicator->definition->code(), " share ", shared, " ",
                                   things));
    }
  }
  return Refuse(unit == pb::UNIT_UNIQUE_PERSONS ? "OVERLAPPING_PEOPLE" : "NOT_ADDITIVE",
                absl::StrCat("indicators of ", things, " are never added: ",
                             pairs.empty() ? "these share none in this period, and may in another"
                                           : absl::StrJoin(pairs, "; ")));
}

// Whether what the definitions say lets the indicators be added.
absl::Status CheckAdditive(const std::vector<const Indicator*>& indicators) {
  std::set<std::string> codes;
  for (const Indicator* indicator : indicators) {
    const pb::Indicator& definition = *indicator->definition;
    if (definition.unit() != indicators.front()->definition->unit()) {
      return Refuse("UNITS_DIFFER", absl::StrCat(indicators.front()->definition->code(), " and ",
                                                 definition.code(), " count different things"));
    }
    codes.insert(definition.code());
  }
  if (codes.size() != indicators.size()) return Refuse("NOT_ADDITIVE", "a code stands twice");
  for (const Indicator* indicator : indicators) {
    const pb::Indicator& definition = *indicator->definition;
    const bool counted =
        definition.nature() == pb::NATURE_UNSPECIFIED || definition.nature() == pb::NATURE_COUNTED;
    if (!counted || !CountsHappenings(definition.unit())) {
      return Refuse("NOT_ADDITIVE", absl::StrCat(definition.code(), " is never added"));
    }
    for (const std::string& other : definition.overlaps()) {
      if (!codes.contains(other)) continue;
      return Refuse("NOT_ADDITIVE", absl::StrCat(definition.code(), " overlaps ", other));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<reports::v1::SumIndicatorsResponse> SumIndicators(
    const CountedFacts& facts, const Scope& scope, const std::vector<std::string>& codes) {
  std::vector<const Indicator*> indicators;
  for (const std::string& code : codes) {
    ASSIGN_OR_RETURN(const Indicator* indicator, facts.definitions().Named(code));
    indicators.push_back(indicator);
  }
  const bool refused = AllCountOnce(indicators);
  if (!refused) RETURN_IF_ERROR(CheckAdditive(indicators));
  ASSIGN_OR_RETURN(const std::unique_ptr<Book> book, Book::Open(facts, scope));
  std::vector<Figures> all;
  all.reserve(indicators.size());
  for (const Indicator* indicator : indicators) {
    all.push_back(book->Read(*indicator));
  }
  if (refused) return RefuseShared(all);
  reports::v1::SumIndicatorsResponse response;
  std::optional<Decimal> sum;
  for (const Figures& figures : all) {
    std::vector<reports::v1::Row> rows = book->Rows(figures);
    const std::string& value = figures.cells.front().value;
    if (!value.empty()) {
      ASSIGN_OR_RETURN(const Decimal number, ParseDecimal(value));
      ASSIGN_OR_RETURN(sum, Add(sum.value_or(Decimal()), number));
    }
    *response.add_rows() = std::move(rows.front());
  }
  if (sum) response.set_value(FormatDecimal(*sum));
  return response;
}

}  // namespace mlup::counting
