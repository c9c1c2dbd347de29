// Prints one line for each line that has something to tell.
#include "services/mlup/import_results.h"

#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/status.h"

namespace mlup::cli {
namespace {

using Json = nlohmann::ordered_json;

Json LineJson(const char* unit, std::uint64_t number, const ImportLine* line, const char* outcome) {
  Json facts = Json::array();
  if (line != nullptr) facts = line->facts();
  Json json = {{unit, number}};
  if (line != nullptr && line->origin != nullptr) json["request"] = line->origin->request;
  json["facts"] = std::move(facts);
  json["outcome"] = outcome;
  return json;
}

// The column that the field comes from; empty for a line of a file of requests.
std::string ColumnOf(const ImportLine* line, const std::string& field) {
  return line == nullptr || line->origin == nullptr ? "" : line->origin->ColumnOf(field);
}

// At once: a program that reads the results knows what was recorded even when the import is killed.
void Print(const Session& session, const Json& line) { session.out << line.dump() << std::endl; }

// ` cases/case_opened`, with ` and 2 more` for a line of several facts.
std::string Name(const ImportLine& line) {
  const std::vector<std::string> facts = line.facts();
  return absl::StrCat(" ", facts.front(),
                      facts.size() > 1 ? absl::StrCat(" and ", facts.size() - 1, " more") : "");
}

}  // namespace

void ImportResults::Recorded(std::uint64_t number, const ImportLine& line,
                             const command::v1::RecordResult& result) {
  ++(result.replayed() ? replayed_ : recorded_);
  if (!session_.json) return;
  Json json = LineJson(unit_, number, &line, result.replayed() ? "replayed" : "recorded");
  json["position"] = result.first_position();
  Print(session_, json);
}

void ImportResults::Valid(std::uint64_t number, const ImportLine& line) {
  ++valid_;
  if (session_.json) return Print(session_, LineJson(unit_, number, &line, "valid"));
  if (line.origin == nullptr) return;
  progress_.Clear();
  session_.out << unit_ << " " << number << " " << line.origin->request << ": "
               << absl::StrJoin(line.facts(), ", ") << "\n";
}

void ImportResults::Refused(std::uint64_t number, const ImportLine* line, const absl::Status& why) {
  ++refused_;
  const std::string code = absl::StatusCodeToString(why.code());
  const std::string reason = ErrorReason(why);
  const std::string field = ErrorField(why);
  if (session_.json) {
    Json json = LineJson(unit_, number, line, "refused");
    json["error"] = {{"code", code},
                     {"reason", reason},
                     {"field", field},
                     {"message", std::string(why.message())}};
    const std::string column = ColumnOf(line, field);
    if (!column.empty()) json["error"]["column"] = column;
    Print(session_, json);
    return;
  }
  progress_.Clear();
  session_.out << unit_ << " " << number << (line == nullptr ? "" : Name(*line)) << ": refused, "
               << code;
  if (!reason.empty()) session_.out << " " << reason;
  const std::string column = ColumnOf(line, field);
  if (!column.empty()) session_.out << ", column " << column;
  // What is made of no row has a column in the place of its field.
  const bool of_row = line == nullptr && std::string_view(unit_) == "row";
  if (!field.empty()) session_.out << (of_row ? ", column " : ", field ") << field;
  session_.out << ": " << why.message() << "\n";
}

void ImportResults::Summarise(std::uint64_t lines, bool dry_run) const {
  if (session_.json) {
    const Json counts = {{"lines", lines},
                         {"recorded", recorded_},
                         {"replayed", replayed_},
                         {"refused", refused_},
                         {"valid", valid_}};
    session_.out << Json{{"summary", counts}}.dump() << "\n";
    return;
  }
  if (dry_run) {
    session_.out
        << valid_ << " valid, " << refused_
        << " refused, nothing written; permissions and the rules of records are not checked\n";
    return;
  }
  session_.out << recorded_ << " recorded, " << replayed_ << " replayed, " << refused_
               << " refused\n";
}

}  // namespace mlup::cli
