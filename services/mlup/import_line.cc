// Finds the service by the facts, then reads the record as that service's request.
#include "services/mlup/import_line.h"

#include <algorithm>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/nearest.h"
#include "eventstore/json/json_message.h"
#include "eventstore/json/json_text.h"

namespace mlup::cli {
namespace {

using domain::FactTable;
using domain::FactType;
using domain::Service;
using google::protobuf::Message;
using nlohmann::json;

absl::Status Refused(std::string_view reason, std::string_view field, std::string_view message) {
  return FieldError(absl::StatusCode::kInvalidArgument, reason, field, message);
}

// A field of every fact, such as its stream.
bool IsOfEveryFact(const std::string& key) {
  const Service& any = FactTable::Get().services().front();
  const auto* field = strict::FindField(*any.fact, key);
  return field != nullptr && field->real_containing_oneof() == nullptr;
}

// The name in the proto of a fact that is called `key` there or in JSON; `key` itself when no
// service has it.
std::string FactName(const std::string& key) {
  for (const Service& service : FactTable::Get().services()) {
    if (const auto* field = strict::FindField(*service.fact, key)) return field->name();
  }
  return key;
}

// The names that a key of a fact may have.
std::vector<std::string> FactNames() {
  std::set<std::string> names;
  for (const Service& service : FactTable::Get().services()) {
    for (int i = 0; i < service.fact->field_count(); ++i) {
      names.insert(service.fact->field(i)->name());
    }
  }
  return {names.begin(), names.end()};
}

std::string CategoryOf(const json& fact) {
  const auto stream = fact.find("stream");
  if (stream == fact.end() || !stream->is_string()) return "";
  const auto& name = stream->get_ref<const std::string&>();
  return name.substr(0, name.find('/'));
}

// The type of a fact; of the service of the facts before it where its stream does not tell.
absl::StatusOr<const FactType*> FindType(const json& fact, const std::string& path,
                                         const Service* before) {
  if (!fact.is_object()) return Refused("VALUE_INVALID", path, "must be an object");
  for (const auto& [key, value] : fact.items()) {
    if (IsOfEveryFact(key) || value.is_null()) continue;
    const std::string category = CategoryOf(fact);
    const FactType* type = FactTable::Get().Find(FactName(key), category);
    if (type == nullptr) {
      return Refused("FACT_UNKNOWN", strict::MemberPath(path, key),
                     absl::StrCat("there is no such fact or field; `mlup schema` lists the facts",
                                  DidYouMean(key, FactNames())));
    }
    const auto categories = type->categories();
    const bool stands =
        std::find(categories.begin(), categories.end(), category) != categories.end();
    const FactType* other =
        stands || before == nullptr ? nullptr : FactTable::Get().FindEvent(type->event(), *before);
    return other == nullptr ? type : other;
  }
  return Refused("FIELD_REQUIRED", absl::StrCat(path, ".fact"), "must be given");
}

absl::StatusOr<const Service*> FindService(const json& record) {
  const auto facts = record.find("facts");
  if (facts == record.end()) return Refused("FIELD_REQUIRED", "facts", "must be given");
  if (!facts->is_array()) return Refused("VALUE_INVALID", "facts", "must be a list");
  if (facts->empty()) return Refused("FIELD_REQUIRED", "facts", "must have at least one fact");
  const Service* service = nullptr;
  for (std::size_t i = 0; i < facts->size(); ++i) {
    const std::string path = absl::StrCat("facts[", i, "]");
    ASSIGN_OR_RETURN(const FactType* type, FindType((*facts)[i], path, service));
    if (service != nullptr && type->service != service) {
      return Refused(
          "SERVICES_MIXED", strict::MemberPath(path, type->field->name()),
          absl::StrCat("is of the service ", type->service->name, ", the facts before it of ",
                       service->name, ": give each service a line of its own"));
    }
    service = type->service;
  }
  return service;
}

bool HasRecord(const json& line) { return line.contains("record") && line["record"].is_object(); }

absl::StatusOr<ImportLine> ReadRecord(const json& record) {
  for (const char* const name : {"validate_only", "validateOnly"}) {
    if (record.contains(name))
      return Refused("FIELD_UNKNOWN", name, "is not for imports; --dry-run checks a file");
  }
  ImportLine result;
  ASSIGN_OR_RETURN(result.service, FindService(record));
  Message* request =
      result.request.GetReflection()->MutableMessage(&result.request, result.service->choice);
  RETURN_IF_ERROR(strict::ToMessage(record, *request));
  return result;
}

}  // namespace

std::string RowOrigin::ColumnOf(std::string_view field) const {
  for (std::string around(field); !around.empty();) {
    const auto found = columns.find(around);
    if (found != columns.end()) return found->second;
    const std::size_t end = around.find_last_of(".[");
    around.resize(end == std::string::npos ? 0 : end);
  }
  return "";
}

const Message& ImportLine::record() const {
  return request.GetReflection()->GetMessage(request, service->choice);
}

std::vector<std::string> ImportLine::facts() const {
  const Message& asked = record();
  const auto* reflection = asked.GetReflection();
  std::vector<std::string> names;
  for (int i = 0; i < reflection->FieldSize(asked, service->facts); ++i) {
    const Message& fact = reflection->GetRepeatedMessage(asked, service->facts, i);
    names.push_back(domain::TypeOf(fact).permission);
  }
  return names;
}

absl::StatusOr<ImportLine> ParseImportLine(std::string_view text) {
  ASSIGN_OR_RETURN(const json line, strict::ParseJson(text));
  if (!line.is_object() || line.size() != 1 || !HasRecord(line)) {
    return Error(absl::StatusCode::kInvalidArgument, "LINE_FORM",
                 R"(a line is {"record": {"context": {...}, "facts": [...]}} and nothing else)");
  }
  return ReadRecord(line["record"]);
}

absl::StatusOr<sync::v1::Item> ParseItem(std::string_view text) {
  ASSIGN_OR_RETURN(json line, strict::ParseJson(text));
  if (!line.is_object() || !HasRecord(line)) {
    return Error(absl::StatusCode::kInvalidArgument, "LINE_FORM",
                 R"(a line is {"sequence": 1, "made_at": "...", "record": {...}})");
  }
  ASSIGN_OR_RETURN(ImportLine record, ReadRecord(line["record"]));
  line.erase("record");
  sync::v1::Item item;
  RETURN_IF_ERROR(strict::ToMessage(line, item));
  *item.mutable_request() = std::move(record.request);
  return item;
}

}  // namespace mlup::cli
