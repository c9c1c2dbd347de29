#include "services/mlup/generate/book.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/uuid.h"

namespace mlup::cli::generate {
namespace {

// Phnom Penh is seven hours ahead, the whole year.
absl::Time Morning(Day day) { return absl::FromCivil(day, absl::UTCTimeZone()) + absl::Hours(1); }

}  // namespace

std::string Iso(Day day) {
  return absl::StrFormat("%04d-%02d-%02d", day.year(), day.month(), day.day());
}

std::string Book::NewId(Day day) { return NewUuid(ManualClock(Morning(day)), dice_); }

bool Book::Add(const Entry& entry, std::vector<Fact> facts) {
  if (entry.recorded > last_) return false;
  Json context = {{"request_id", absl::StrCat(name_, ".", requests_.size() + 1)},
                  {"actor_id", entry.author.actor_id},
                  {"role", entry.author.role},
                  {"organisation_id", "mro"},
                  {"channel", "CHANNEL_IMPORT"},
                  {"source_system", kSourceSystem},
                  {"occurred", {{"precision", "PRECISION_DAY"}, {"from", Iso(entry.occurred)}}}};
  if (*entry.sector != '\0') context["sector"] = absl::StrCat("SECTOR_", entry.sector);
  if (!entry.place.empty()) context["place"] = entry.place;
  Json list = Json::array();
  for (Fact& fact : facts) {
    Json one = {{"stream", std::move(fact.stream)}};
    if (!fact.event_id.empty()) one["event_id"] = std::move(fact.event_id);
    one[fact.name] = std::move(fact.body);
    list.push_back(std::move(one));
  }
  facts_ += facts.size();
  requests_.push_back(
      {entry.recorded, {{"context", std::move(context)}, {"facts", std::move(list)}}});
  return true;
}

void Book::Write(std::uint64_t before, std::ostream& out) {
  std::stable_sort(
      requests_.begin(), requests_.end(),
      [](const Request& one, const Request& other) { return one.recorded < other.recorded; });
  Day day;
  int of_day = 0;
  for (Request& request : requests_) {
    of_day = request.recorded == day ? of_day + 1 : 0;
    day = request.recorded;
    const absl::Time at = Morning(day) + absl::Seconds(5) * of_day;
    request.record["context"]["source_recorded_at"] =
        absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", at, absl::UTCTimeZone());
    for (Json& fact : request.record["facts"]) {
      const auto published = fact.find("report_published");
      if (published != fact.end() && (*published)["position"] == kFactsBefore) {
        (*published)["position"] = absl::StrCat(std::max(before, std::uint64_t{1}));
      }
      ++before;
    }
    out << Json{{"record", std::move(request.record)}}.dump() << "\n";
  }
  requests_.clear();
}

}  // namespace mlup::cli::generate
