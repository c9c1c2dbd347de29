#include "eventstore/base/categories.h"

#include <algorithm>
#include <array>

namespace mlup {
namespace {

constexpr Category Of(std::string_view home, std::string_view name, Consent consent,
                      InHistory history, bool may_be_about_person = true) {
  return {name, home, Appender::kCommands, consent, history, may_be_about_person, true, false};
}

constexpr std::array<Category, 24> kCategories = {{
    Of("cases", "person", Consent::kThePersons, InHistory::kOwn),
    Of("cases", "household", Consent::kItsPeoples, InHistory::kHome),
    Of("cases", "case", Consent::kTheOwners, InHistory::kOwn),
    Of("cases", "case_group", Consent::kItsMembers, InHistory::kShared),
    Of("cases", "incident", Consent::kItsPeoples, InHistory::kShared),
    Of("training", "activity", Consent::kNobodys, InHistory::kShared),
    Of("training", "course", Consent::kNobodys, InHistory::kNever, false),
    Of("training", "mentorship", Consent::kItsPeoples, InHistory::kShared),
    Of("donations", "donor", Consent::kNobodys, InHistory::kNever),
    Of("donations", "donation", Consent::kNobodys, InHistory::kBehind),
    Of("donations", "store", Consent::kNobodys, InHistory::kNever, false),
    Of("donations", "distribution", Consent::kNobodys, InHistory::kShared),
    Of("network", "organisation", Consent::kNobodys, InHistory::kNever),
    Of("network", "club", Consent::kNobodys, InHistory::kNever),
    Of("network", "community_group", Consent::kNobodys, InHistory::kNever),
    Of("network", "indicator", Consent::kNobodys, InHistory::kNever, false),
    Of("network", "report", Consent::kNobodys, InHistory::kNever),
    {"account", "identity", Appender::kCommands, Consent::kClosed, InHistory::kNever, true, false,
     false},
    {"import", "network", Appender::kCommands, Consent::kClosed, InHistory::kNever, false, true,
     false},
    {"ext", "", Appender::kOutside, Consent::kNobodys, InHistory::kNever, false, false, true},
    {"access", "", Appender::kReads, Consent::kClosed, InHistory::kNever, false, false, false},
    {"device", "", Appender::kSync, Consent::kClosed, InHistory::kNever, false, false, false},
    {"erasure", "cases", Appender::kErasure, Consent::kNobodys, InHistory::kNever, false, false,
     false},
    {"system", "", Appender::kLog, Consent::kClosed, InHistory::kNever, false, false, true},
}};

constexpr Category kClosedCategory = {};

const Category* Find(std::string_view category) {
  const auto* found =
      std::find_if(kCategories.begin(), kCategories.end(),
                   [category](const Category& one) { return one.name == category; });
  return found == kCategories.end() ? nullptr : found;
}

}  // namespace

std::span<const Category> Categories() { return kCategories; }

const Category& CategoryFor(std::string_view stream_or_category) {
  const Category* found = Find(CategoryOf(stream_or_category));
  return found == nullptr ? kClosedCategory : *found;
}

bool IsKnownCategory(std::string_view category) { return Find(category) != nullptr; }

bool IsNamedOnceBegun(std::string_view category) {
  return CategoryFor(category).appender == Appender::kCommands && category != "report";
}

std::string_view CategoryOf(std::string_view stream) {
  return stream.substr(0, std::min(stream.find('/'), stream.size()));
}

std::string_view RecordIdOf(std::string_view stream) {
  const std::size_t slash = stream.find('/');
  return slash == std::string_view::npos ? std::string_view() : stream.substr(slash + 1);
}

std::string PersonStream(std::string_view person_id) {
  return std::string("person/").append(person_id);
}

bool IsPersonStream(std::string_view stream) { return CategoryOf(stream) == "person"; }

bool IsErasureStream(std::string_view stream) { return CategoryOf(stream) == "erasure"; }

}  // namespace mlup
