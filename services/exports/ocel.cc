#include "services/exports/ocel.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/categories.h"
#include "eventstore/base/days.h"
#include "projections/counting/enum_words.h"

namespace mlup::exports {
namespace {

using nlohmann::ordered_json;

constexpr char kWorker[] = "worker";
// What each event says of itself.
constexpr const char* kAttributes[] = {"precision", "role", "sector", "province"};

// `children.person_id` of `children[1].person_id`.
std::string WithoutNumbers(const std::string& path) {
  std::string plain;
  bool in_number = false;
  for (const char c : path) {
    in_number = c == '[' || (in_number && c != ']');
    if (!in_number && c != ']') plain.push_back(c);
  }
  return plain;
}

std::string TypeName(const std::string& type) { return type.substr(type.rfind('.') + 1); }

std::string ProvinceOf(const std::string& place) {
  return place.empty() || place == "unknown" || place == "remote" ? place : place.substr(0, 2);
}

class Writer {
 public:
  explicit Writer(const std::function<std::string(std::string_view)>& pseudonym)
      : pseudonym_(pseudonym) {}

  void Add(const CaseEvent& event) {
    const projections::Fact& fact = event.fact;
    ordered_json relationships = ordered_json::array();
    std::set<std::pair<std::string, std::string>> said;
    const auto relate = [&](std::string_view id, std::string_view type,
                            const std::string& qualifier) {
      const std::string other = ObjectOf(id, type);
      if (!said.insert({other, qualifier}).second) return;
      relationships.push_back({{"objectId", other}, {"qualifier", qualifier}});
    };
    const std::string category(CategoryOf(fact.stream));
    relate(RecordIdOf(fact.stream), category, category);
    relate(fact.actor_id, kWorker, "performer");
    for (const payload::NamedRecord& named : event.named) {
      relate(named.id, named.categories.front(), WithoutNumbers(named.path));
    }
    const std::string type = TypeName(fact.type);
    types_.insert(type);
    const absl::Time at = fact.instant.value_or(StartOf(fact.occurred->first));
    const auto sector = counting::EnumWord(log::v1::Sector_descriptor(), fact.sector);
    const std::string values[] = {
        counting::EnumWord(log::v1::Precision_descriptor(), fact.precision), fact.role, sector,
        ProvinceOf(fact.place)};
    ordered_json attributes = ordered_json::array();
    for (std::size_t i = 0; i < std::size(kAttributes); ++i) {
      if (!values[i].empty())
        attributes.push_back({{"name", kAttributes[i]}, {"value", values[i]}});
    }
    events_.push_back({{"id", pseudonym_(fact.event_id)},
                       {"type", type},
                       {"time", absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", at, absl::UTCTimeZone())},
                       {"attributes", std::move(attributes)},
                       {"relationships", std::move(relationships)}});
  }

  File Write() && {
    ordered_json attributes = ordered_json::array();
    for (const char* const name : kAttributes) {
      attributes.push_back({{"name", name}, {"type", "string"}});
    }
    ordered_json event_types = ordered_json::array();
    for (const std::string& type : types_) {
      event_types.push_back({{"name", type}, {"attributes", attributes}});
    }
    std::set<std::string> kinds;
    ordered_json objects = ordered_json::array();
    for (const auto& [id, type] : objects_) {
      kinds.insert(type);
      objects.push_back({{"id", id},
                         {"type", type},
                         {"attributes", ordered_json::array()},
                         {"relationships", ordered_json::array()}});
    }
    ordered_json object_types = ordered_json::array();
    for (const std::string& kind : kinds) {
      object_types.push_back({{"name", kind}, {"attributes", ordered_json::array()}});
    }
    File file;
    file.rows = events_.size();
    file.columns = {"event", "type", "time", "precision", "role", "sector", "province", "objects"};
    file.bytes = ordered_json{{"objectTypes", std::move(object_types)},
                              {"eventTypes", std::move(event_types)},
                              {"objects", std::move(objects)},
                              {"events", std::move(events_)}}
                     .dump(1) +
                 "\n";
    return file;
  }

 private:
  // An id stands for one object, whatever else names it: the kind that was told first.
  std::string ObjectOf(std::string_view id, std::string_view type) {
    std::string other = pseudonym_(id);
    objects_.try_emplace(other, type);
    return other;
  }

  const std::function<std::string(std::string_view)>& pseudonym_;
  std::map<std::string, std::string> objects_;
  std::set<std::string> types_;
  ordered_json events_ = ordered_json::array();
};

}  // namespace

File WriteOcel(const std::vector<CaseEvent>& events,
               const std::function<std::string(std::string_view id)>& pseudonym) {
  Writer writer(pseudonym);
  for (const CaseEvent& event : events) writer.Add(event);
  return std::move(writer).Write();
}

}  // namespace mlup::exports
