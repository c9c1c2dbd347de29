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
using google::protobuf::DynamicCastToGenerated;
using reports::v1::QualityFinding;

QualityFinding FindingOf(const Event& event) {
  QualityFinding finding;
  finding.set_position(event.fact().position.value);
  finding.set_type(event.fact().type);
  finding.set_stream(event.fact().stream);
  finding.set_source_system(event.fact().source_system);
  *finding.mutable_recorded_at() = log::ToTimestamp(event.fact().recorded_at);
  return finding;
}

bool IsThere(const FactTable& table, const payload::NamedRecord& named) {
  return std::ranges::any_of(named.categories, [&](const std::string& category) {
    return table.FindStream(absl::StrCat(category, "/", named.id)).has_value();
  });
}

}  // namespace

std::vector<QualityFinding> FindUnregistered(const FactTable& table, const World& world) {
  std::set<std::pair<std::string, std::uint32_t>> kits;
  for (const Event* event : world.OfType(KitDefined::descriptor())) {
    const auto& kit = static_cast<const KitDefined&>(*event->message);
    kits.emplace(kit.kit_code(), kit.version());
  }
  std::vector<QualityFinding> findings;
  for (std::size_t i = 0; i < table.rows().size(); ++i) {
    const Event* event = world.AtRow(i);
    if (event == nullptr || !event->living) continue;
    for (const payload::NamedRecord& named : payload::RecordsNamed(*event->message)) {
      if (std::ranges::none_of(named.categories, IsNamedOnceBegun) || IsThere(table, named)) {
        continue;
      }
      QualityFinding& finding = findings.emplace_back(FindingOf(*event));
      finding.set_kind(reports::v1::QUALITY_KIND_RECORD_UNKNOWN);
      finding.set_field(named.path);
      *finding.mutable_categories() = {named.categories.begin(), named.categories.end()};
      finding.set_names(named.id);
    }
    const auto* items = DynamicCastToGenerated<ItemsDistributed>(event->message);
    if (items == nullptr || items->kit_code().empty() ||
        kits.contains({items->kit_code(), items->kit_version()})) {
      continue;
    }
    QualityFinding& finding = findings.emplace_back(FindingOf(*event));
    finding.set_kind(reports::v1::QUALITY_KIND_KIT_UNKNOWN);
    finding.set_field("kit_version");
    finding.set_names(absl::StrCat(items->kit_code(), " version ", items->kit_version()));
  }
  return findings;
}

}  // namespace mlup::counting
