// Writes Markdown; the same for the same protos.
#include "services/mlup/event_docs.h"

#include <algorithm>
#include <memory>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include <google/protobuf/message.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/categories.h"
#include "eventstore/base/check.h"
#include "eventstore/base/days.h"
#include "eventstore/payload/event_types.h"
#include "eventstore/payload/payload.h"
#include "mlup/command/v1/command.pb.h"
#include "services/cloudevents/cloud_event.h"
#include "services/mlup/catalogue.h"
#include "services/mlup/example.h"
#include "services/mlup/meaning.h"
#include "services/mlup/schema.h"
#include "services/mlup/table.h"
#include "services/sharing/redact.h"

namespace mlup::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;

constexpr std::size_t kWidth = 118;
constexpr std::uint32_t kSchemaVersion = 1;
constexpr char kGenerated[] =
    "<!-- Made by `mlup schema docs` from the protos; never edited by hand. -->\n\n";

const command::v1::EventRule& RuleOf(const Descriptor& event) {
  return event.options().GetExtension(command::v1::event);
}

// `mlup.cases.v1.CaseClosed` as `cases`.
std::string AreaOf(const Descriptor& event) {
  const std::vector<std::string> parts = absl::StrSplit(event.file()->package(), '.');
  CHECK(parts.size() > 1);
  return parts[1];
}

// A list item, wrapped; what follows its first line is indented below it.
std::string Item(const std::string& text) {
  std::string wrapped = Wrap(text, 2, kWidth);
  CHECK(absl::StartsWith(wrapped, "  "));
  wrapped[0] = '-';
  return wrapped;
}

std::string MeaningOf(const Descriptor& event, const FieldHelp& field) {
  if (!field.meaning.empty()) return field.meaning;
  const Descriptor* type = &event;
  const google::protobuf::FieldDescriptor* found = nullptr;
  for (const absl::string_view step : absl::StrSplit(field.path, '.')) {
    found = type->FindFieldByName(std::string(absl::StripSuffix(step, "[]")));
    CHECK(found != nullptr);
    type = found->message_type();
  }
  return Meaning(*found);
}

std::string FieldItem(const Descriptor& event, const FieldHelp& field) {
  std::vector<std::string> marks = {field.type};
  if (field.required) marks.push_back("always given");
  if (field.personal) marks.push_back("sealed: never leaves");
  const std::string rules = absl::StrJoin(field.rules, "; ");
  return Item(absl::StrCat("`", field.path, "` (", absl::StrJoin(marks, ", "),
                           "): ", Sentence(MeaningOf(event, field)),
                           rules.empty() ? "" : absl::StrCat(" Rule: ", Sentence(rules))));
}

void CollectEnums(const Descriptor& message, std::set<const EnumDescriptor*>& seen,
                  std::vector<const EnumDescriptor*>& enums) {
  for (int i = 0; i < message.field_count(); ++i) {
    const auto& field = *message.field(i);
    if (field.enum_type() != nullptr && seen.insert(field.enum_type()).second)
      enums.push_back(field.enum_type());
    if (field.message_type() != nullptr) CollectEnums(*field.message_type(), seen, enums);
  }
}

std::string EnumSection(const EnumDescriptor& type) {
  std::string text = absl::StrCat("### ", type.full_name(), "\n\n");
  for (int i = 0; i < type.value_count(); ++i) {
    const auto& value = *type.value(i);
    absl::StrAppend(&text, Item(absl::StrCat("`", value.name(), "`: ", Meaning(value))));
  }
  return text + "\n";
}

std::string EventSection(const Descriptor& event) {
  const std::string type = cloudevents::TypeName(event.full_name(), kSchemaVersion);
  std::string text = absl::StrCat("## ", event.name(), "\n\n");
  absl::StrAppend(&text, Wrap(Meaning(event), 0, kWidth), "\n");
  absl::StrAppend(&text, Item(absl::StrCat("type `", type, "`, schema version ", kSchemaVersion)),
                  Item(absl::StrCat("message `", event.full_name(),
                                    "`, in histories: ", RuleOf(event).label())),
                  Item(absl::StrJoin(DescribeEventRules(event), "; ")), "\n");
  for (const FieldHelp& field : DescribeFields(event))
    absl::StrAppend(&text, FieldItem(event, field));
  absl::StrAppend(&text, "\n```json\n",
                  nlohmann::ordered_json::parse(ExampleCloudEvent(event)).dump(2), "\n```\n\n");
  return text;
}

std::string Index(const std::vector<const Descriptor*>& events) {
  std::string text = absl::StrCat(
      "# Events, version " MLUP_VERSION "\n\n", kGenerated,
      Wrap(
          "Every event that another system can get, as CloudEvents 1.0. What an agreement does not "
          "cover is left out of an event; sealed fields never leave. A field that is absent is "
          "unset, 0, or not shared with you. Whole numbers of 64 bits are JSON texts. The envelope "
          "is described in ../../guide.md.",
          0, kWidth),
      "\n");
  for (const Descriptor* event : events) {
    absl::StrAppend(
        &text, Item(absl::StrCat("[`", cloudevents::TypeName(event->full_name(), kSchemaVersion),
                                 "`](", AreaOf(*event), ".md): ", RuleOf(*event).label(), ", on ",
                                 absl::StrJoin(RuleOf(*event).categories(), ", "))));
  }
  return text;
}

}  // namespace

std::vector<const Descriptor*> PublicEventTypes() {
  std::vector<const Descriptor*> events;
  for (const Descriptor* event : payload::EventTypes()) {
    const auto& categories = RuleOf(*event).categories();
    const bool is_closed = std::ranges::any_of(categories, [](const std::string& category) {
      return CategoryFor(category).consent == Consent::kClosed;
    });
    if (!is_closed) events.push_back(event);
  }
  return events;
}

std::string ExampleCloudEvent(const Descriptor& event) {
  log::v1::Record record;
  record.set_position(42);
  const auto& categories = RuleOf(event).categories();
  const std::string category = categories.empty() ? "case" : categories.Get(0);
  record.set_stream(absl::StrCat(category, "/", ExampleId(category + "_id")));
  record.set_revision(1);
  record.mutable_recorded_at()->set_seconds(1613552400);
  log::v1::Event& envelope = *record.mutable_event();
  envelope.set_event_id(ExampleId(event.full_name()));
  envelope.set_type(event.full_name());
  envelope.set_schema_version(kSchemaVersion);
  envelope.mutable_occurred()->set_precision(log::v1::PRECISION_DAY);
  envelope.mutable_occurred()->set_from("2021-02-17");
  envelope.mutable_occurred()->set_to("2021-02-17");
  envelope.mutable_actor()->set_role("social_worker");
  envelope.mutable_actor()->set_organisation_id("mro");
  envelope.set_channel(log::v1::CHANNEL_TABLET);
  envelope.set_sector(log::v1::SECTOR_CASE_MGMT);
  envelope.set_place("02");
  const auto parts = payload::Split(*ExampleEvent(event));
  CHECK(parts.ok());
  envelope.set_common(parts->common);
  for (const payload::Part& part : parts->parts) {
    log::v1::SubjectPart& subject = *envelope.add_subjects();
    subject.set_subject_id(part.subject_id);
    subject.set_clear(part.clear);
  }
  // As it leaves under an agreement over everything.
  sharing::Cut whole;
  whole.fields.Add("*");
  const auto made = cloudevents::FromRecord(sharing::Redact(record, whole));
  CHECK(made.ok());
  return cloudevents::ToStructuredJson(*made);
}

std::map<std::string, std::string> EventDocs() {
  const std::vector<const Descriptor*> events = PublicEventTypes();
  std::map<std::string, std::string> files = {{"README.md", Index(events)}};
  std::map<std::string, std::set<const EnumDescriptor*>> seen;
  std::map<std::string, std::vector<const EnumDescriptor*>> enums;
  for (const Descriptor* event : events) {
    const std::string area = AreaOf(*event);
    std::string& text = files[area + ".md"];
    if (text.empty()) text = absl::StrCat("# Events of `", area, "`\n\n", kGenerated);
    text += EventSection(*event);
    CollectEnums(*event, seen[area], enums[area]);
  }
  for (const auto& [area, types] : enums) {
    std::string& text = files[area + ".md"];
    if (!types.empty()) text += "## Values\n\n";
    for (const EnumDescriptor* type : types) text += EnumSection(*type);
    // One newline ends the file.
    while (absl::EndsWith(text, "\n\n")) text.pop_back();
  }
  return files;
}

}  // namespace mlup::cli
