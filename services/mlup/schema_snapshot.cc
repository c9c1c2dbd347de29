// Walks from the events and the envelope to all that they hold.
#include "services/mlup/schema_snapshot.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include <google/protobuf/descriptor.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/json/json_text.h"
#include "eventstore/payload/event_types.h"
#include "mlup/command/v1/command.pb.h"
#include "mlup/log/v1/envelope.pb.h"
#include "mlup/privacy/v1/privacy.pb.h"

namespace mlup::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using nlohmann::json;

std::string TypeOf(const FieldDescriptor& field) {
  std::string type = field.type_name();
  if (field.message_type() != nullptr) type = field.message_type()->full_name();
  if (field.enum_type() != nullptr) type = field.enum_type()->full_name();
  if (field.is_repeated()) return "list of " + type;
  // A message can always be unset.
  const bool is_optional = field.has_optional_keyword();
  return is_optional ? "optional " + type : type;
}

// Collects into `schema`. Messages of google.protobuf are everybody's.
void Collect(const Descriptor& message, json& schema) {
  json& messages = schema["messages"];
  if (message.full_name().rfind("mlup.", 0) != 0 || messages.contains(message.full_name())) return;
  json& entry = messages[message.full_name()];
  entry["fields"] = json::object();
  for (const std::string& category :
       message.options().GetExtension(command::v1::event).categories()) {
    entry["categories"].push_back(category);
  }
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    const bool personal = field.options().GetExtension(privacy::v1::personal);
    const std::string& about = field.options().GetExtension(privacy::v1::about);
    std::string words = absl::StrCat(field.name(), ": ", TypeOf(field));
    if (personal) words += ", sealed";
    if (!about.empty()) absl::StrAppend(&words, ", about ", about);
    entry["fields"][std::to_string(field.number())] = words;
  }
  // `messages` may move while it grows, so that its parts are not held.
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (field.message_type() != nullptr) Collect(*field.message_type(), schema);
    if (field.enum_type() == nullptr) continue;
    json& values = schema["enums"][field.enum_type()->full_name()];
    for (int j = 0; j < field.enum_type()->value_count(); ++j) {
      const auto& value = *field.enum_type()->value(j);
      values[std::to_string(value.number())] = value.name();
    }
  }
}

absl::StatusOr<json> Parse(std::string_view snapshot) {
  absl::StatusOr<json> schema = strict::ParseJson(snapshot, {.bytes_max = kSchemaBytesMax});
  const auto holds = [&schema](const char* member) {
    const json entries = schema->value(member, json());
    return entries.is_object() && std::all_of(entries.begin(), entries.end(),
                                              [](const json& one) { return one.is_object(); });
  };
  if (schema.ok() && schema->is_object() && holds("messages") && holds("enums")) return schema;
  return Error(absl::StatusCode::kInvalidArgument, "SNAPSHOT_MALFORMED",
               "not a file that `mlup schema snapshot` has written");
}

// Compares the members of two objects, whose values are `what`.
class Comparison {
 public:
  explicit Comparison(std::vector<SchemaChange>& changes) : changes_(changes) {}

  void Members(const json& before, const json& after, const std::string& place,
               const std::string& what) {
    for (const auto& [key, value] : before.items()) {
      const std::string name = absl::StrCat(place, what, " ", key, " (", value.dump(), ")");
      if (!after.contains(key)) {
        Break(absl::StrCat(name, " is gone: what was stored with it cannot be read; put it back"));
      } else if (after[key] != value) {
        Break(absl::StrCat(name, " is ", after[key].dump(),
                           " now: make it new under a number of its own"));
      }
    }
    for (const auto& [key, value] : after.items()) {
      if (!before.contains(key))
        changes_.push_back(
            {false, absl::StrCat(place, "new ", what, " ", key, " (", value.dump(), ")")});
    }
  }

  void Categories(const json& before, const json& after, const std::string& place) {
    for (const json& category : before) {
      if (std::find(after.begin(), after.end(), category) == after.end())
        Break(absl::StrCat(place, "no longer stands on streams of category ", category.dump()));
    }
  }

  void Break(std::string words) { changes_.push_back({true, std::move(words)}); }
  void Add(std::string words) { changes_.push_back({false, std::move(words)}); }

 private:
  std::vector<SchemaChange>& changes_;
};

}  // namespace

std::string SchemaSnapshot() {
  json schema = {
      {"release", MLUP_VERSION}, {"messages", json::object()}, {"enums", json::object()}};
  Collect(*log::v1::Record::descriptor(), schema);
  Collect(*privacy::v1::Sealed::descriptor(), schema);
  for (const Descriptor* event : payload::EventTypes()) Collect(*event, schema);
  return schema.dump(1) + "\n";
}

absl::StatusOr<std::vector<SchemaChange>> CompareSchemas(std::string_view old_snapshot,
                                                         std::string_view new_snapshot) {
  ASSIGN_OR_RETURN(const json before, Parse(old_snapshot));
  ASSIGN_OR_RETURN(const json after, Parse(new_snapshot));
  std::vector<SchemaChange> changes;
  Comparison comparison(changes);
  for (const char* kind : {"messages", "enums"}) {
    for (const auto& [name, entry] : before[kind].items()) {
      const std::string place = name + ": ";
      if (!after[kind].contains(name)) {
        comparison.Break(place + "is gone: put it back");
        continue;
      }
      const json& now = after[kind][name];
      const bool is_enum = std::string_view(kind) == "enums";
      comparison.Members(is_enum ? entry : entry.value("fields", json::object()),
                         is_enum ? now : now.value("fields", json::object()), place,
                         is_enum ? "value" : "field");
      if (!is_enum) {
        comparison.Categories(entry.value("categories", json::array()),
                              now.value("categories", json::array()), place);
      }
    }
    for (const auto& [name, entry] : after[kind].items()) {
      if (!before[kind].contains(name)) comparison.Add(name + ": new");
    }
  }
  return changes;
}

}  // namespace mlup::cli
