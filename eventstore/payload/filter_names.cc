#include "eventstore/payload/filter_names.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/nearest.h"
#include "eventstore/base/status.h"
#include "eventstore/payload/event_types.h"
#include "mlup/log/v1/proof_service.pb.h"

namespace mlup::payload {
namespace {

const std::vector<std::string>& CategoryNames() {
  static const auto& names = *[] {
    auto* all = new std::vector<std::string>;
    for (const Category& category : Categories()) all->emplace_back(category.name);
    return all;
  }();
  return names;
}

// With the one that the log itself writes.
const std::vector<std::string>& TypeNames() {
  static const auto& names = *[] {
    auto* all = new std::vector<std::string>;
    all->reserve(EventTypes().size());
    for (const auto* type : EventTypes()) all->push_back(type->full_name());
    all->push_back(log::v1::MapRootRecorded::descriptor()->full_name());
    return all;
  }();
  return names;
}

std::string_view ShortName(const std::string& type) {
  return std::string_view(type).substr(type.rfind('.') + 1);
}

// The full type that was meant, whether or not its package stands before it.
std::string NearestType(std::string_view word) {
  std::vector<std::string> short_names;
  for (const std::string& type : TypeNames()) short_names.emplace_back(ShortName(type));
  const std::string nearest = Nearest(ShortName(std::string(word)), short_names);
  if (nearest.empty()) return "";
  const auto found = std::ranges::find(short_names, nearest);
  return TypeNames()[static_cast<std::size_t>(found - short_names.begin())];
}

bool BeginsOne(const std::vector<std::string>& names, std::string_view prefix) {
  return std::ranges::any_of(
      names, [prefix](const std::string& name) { return name.starts_with(prefix); });
}

}  // namespace

std::string NoSuchCategory(std::string_view category) {
  if (IsKnownCategory(category)) return "";
  return absl::StrCat("no record here is of this category: ", absl::StrJoin(CategoryNames(), ", "),
                      DidYouMean(category, CategoryNames()));
}

std::string NoSuchType(std::string_view type) {
  if (std::ranges::find(TypeNames(), type) != TypeNames().end()) return "";
  const std::string nearest = NearestType(type);
  return absl::StrCat("no event here has this type; ",
                      nearest.empty() ? "`mlup schema examples` shows each"
                                      : absl::StrCat("did you mean ", nearest, "?"));
}

std::string NoSuchTypes(std::string_view prefix) {
  if (BeginsOne(TypeNames(), prefix)) return "";
  return "no event here has a type that begins so; `mlup schema examples` shows each";
}

std::string NoSuchStreams(std::string_view prefix) {
  if (absl::StrContains(ToAbsl(prefix), '/')) return NoSuchCategory(CategoryOf(prefix));
  return BeginsOne(CategoryNames(), prefix) ? "" : NoSuchCategory(prefix);
}

}  // namespace mlup::payload
