#include "projections/counting/quality.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/days.h"
#include "eventstore/log/timestamp.h"
#include "eventstore/payload/event_references.h"
#include "mlup/donations/v1/donation_events.pb.h"

namespace mlup::counting {
namespace {

using donations::v1::ItemsDistributed;
using donations::v1::KitDefined;
using reports::v1::QualityFinding;

QualityFinding FindingOf(const Fact& fact) {
  QualityFinding finding;
  finding.set_position(fact.position.value);
  finding.set_type(fact.type);
  finding.set_stream(fact.stream);
  finding.set_source_system(fact.source_system);
  *finding.mutable_recorded_at() = log::ToTimestamp(fact.recorded_at);
  return finding;
}

// Looks at one event after another. For one thread and one use.
class Search {
 public:
  explicit Search(const World& world) : world_(world) {
    const Columns::Own& own = world.table().columns().own();
    world.ForEach(KitDefined::descriptor(), [&](RowId row) {
      kits_.emplace(world.Value(row, own.defined_kit), world.Value(row, own.defined_version));
    });
  }

  absl::Status Look(RowId row, const Fact& fact) {
    ASSIGN_OR_RETURN(const std::unique_ptr<Message> message, projections::MessageOf(fact));
    for (const payload::NamedRecord& named : payload::RecordsNamed(*message)) {
      if (std::ranges::none_of(named.categories, IsNamedOnceBegun) || IsThere(named)) continue;
      QualityFinding& finding = findings_.emplace_back(FindingOf(fact));
      finding.set_kind(reports::v1::QUALITY_KIND_RECORD_UNKNOWN);
      finding.set_field(named.path);
      *finding.mutable_categories() = {named.categories.begin(), named.categories.end()};
      finding.set_names(named.id);
    }
    if (message->GetDescriptor() == ItemsDistributed::descriptor()) LookAtKit(row, fact);
    return absl::OkStatus();
  }

  std::vector<QualityFinding> Take() { return std::move(findings_); }

 private:
  bool IsThere(const payload::NamedRecord& named) const {
    const auto id = world_.words().Find(named.id);
    return id && std::ranges::any_of(named.categories, [&](const std::string& category) {
             const auto word = world_.words().Find(category);
             return word && world_.table().FindStream(*word, *id).has_value();
           });
  }

  void LookAtKit(RowId row, const Fact& fact) {
    const Columns::Own& own = world_.table().columns().own();
    const std::pair kit{world_.Value(row, own.kit_code), world_.Value(row, own.kit_version)};
    if (kit.first == kNoWord || kits_.contains(kit)) return;
    const std::string_view version = world_.Text(kit.second);
    QualityFinding& finding = findings_.emplace_back(FindingOf(fact));
    finding.set_kind(reports::v1::QUALITY_KIND_KIT_UNKNOWN);
    finding.set_field("kit_version");
    finding.set_names(absl::StrCat(ToAbsl(world_.Text(kit.first)), " version ",
                                   version.empty() ? "0" : ToAbsl(version)));
  }

  const World& world_;
  std::set<std::pair<Word, Word>> kits_;
  std::vector<QualityFinding> findings_;
};

}  // namespace

absl::StatusOr<std::vector<QualityFinding>> FindUnregistered(const CountedFacts& facts,
                                                             Position up_to) {
  ASSIGN_OR_RETURN(const auto reading, facts.Read(up_to));
  const FactTable& table = reading->table();
  const std::shared_ptr<const World> world = facts.WorldAt(*reading, {up_to, std::nullopt});
  Search search(*world);
  RETURN_IF_ERROR(facts.source().ForEach({1}, up_to, [&](const Fact& fact) {
    const RowId row = table.LowerBound(fact.position);
    // Facts of an unknown type have no row.
    if (row == table.size() || table.PositionOf(row) != fact.position) return absl::OkStatus();
    return world->IsLiving(row) ? search.Look(row, world->Known(row, fact)) : absl::OkStatus();
  }));
  return search.Take();
}

}  // namespace mlup::counting
