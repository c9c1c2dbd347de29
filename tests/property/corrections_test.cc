// Fields inside messages that are absent: whatever the event, reading, correcting and taking back a
// field touches this event alone.
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "eventstore/payload/event_types.h"
#include "eventstore/payload/patch.h"
#include "tests/property/fill.h"

namespace mlup::property {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kSeeds = 8;
constexpr int kDepthMax = 4;

const Message& DefaultOf(const Descriptor& type) {
  return *google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type);
}

// Every field that is one value, as a path from the event; of lists only what is inside their first
// item.
void Walk(const Descriptor& type, const std::string& prefix, int depth,
          std::vector<std::pair<std::string, const FieldDescriptor*>>& paths) {
  for (int i = 0; depth < kDepthMax && i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const std::string path =
        absl::StrCat(prefix, std::string(field.name()), field.is_repeated() ? "[0]" : "");
    if (field.message_type() != nullptr) {
      Walk(*field.message_type(), path + ".", depth + 1, paths);
    } else if (!field.is_repeated()) {
      paths.emplace_back(path, &field);
    }
  }
}

std::string SomeValue(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES ? "\"KHQ=\"" : "\"KHR\"";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true";
    case FieldDescriptor::CPPTYPE_ENUM:
      return absl::StrCat("\"", std::string(field.enum_type()->value(1)->name()), "\"");
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT64:
      return "\"186500\"";
    default:
      return "7";
  }
}

// Leaves out about every other field, and of those that stay what is inside them.
void Thin(Message& message, std::mt19937& random) {
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (random() % 2 == 0) {
      reflection->ClearField(&message, field);
    } else if (field->message_type() != nullptr && !field->is_repeated()) {
      Thin(*reflection->MutableMessage(&message, field), random);
    }
  }
}

// The types of an event and of all that can stand in it hold nothing of anybody.
void ExpectDefaultsEmpty(const Descriptor& type, int depth, const std::string& after) {
  ASSERT_EQ(DefaultOf(type).ByteSizeLong(), 0U) << type.full_name() << " after " << after;
  for (int i = 0; depth < kDepthMax && i < type.field_count(); ++i) {
    if (const Descriptor* inner = type.field(i)->message_type()) {
      ExpectDefaultsEmpty(*inner, depth + 1, after);
    }
  }
}

TEST(CorrectionsPropertyTest, AFieldOfAnAbsentMessageIsWrittenToThisEventAlone) {
  std::mt19937 random(1);
  std::size_t absent = 0;
  for (const Descriptor* const type : payload::EventTypes()) {
    std::vector<std::pair<std::string, const FieldDescriptor*>> paths;
    Walk(*type, "", 0, paths);
    for (int seed = 0; seed < kSeeds; ++seed) {
      const std::unique_ptr<Message> event(DefaultOf(*type).New());
      Fill(*event);
      Thin(*event, random);
      for (const auto& [path, field] : paths) {
        const std::string where = absl::StrCat(std::string(type->full_name()), " ", path);
        const absl::StatusOr<std::string> before = payload::ReadField(*event, path);
        // An item of a list that is not there, or a part of a time.
        if (!before.ok()) continue;
        const bool is_unset = *before == "null";
        if (is_unset) ++absent;
        const std::unique_ptr<Message> corrected(event->New());
        corrected->CopyFrom(*event);
        const std::string value = SomeValue(*field);
        ASSERT_TRUE(payload::WriteField(*corrected, path, value).ok()) << where;
        EXPECT_EQ(*payload::ReadField(*corrected, path), value) << where;
        EXPECT_EQ(payload::ParseValue(*type, path, value)->json, value) << where;
        EXPECT_EQ(*payload::ReadField(*event, path), *before) << where;
        // Taking it back leaves the event as it was.
        ASSERT_TRUE(payload::WriteField(*corrected, path, *before).ok()) << where;
        EXPECT_EQ(*payload::ReadField(*corrected, path), *before) << where;
        ExpectDefaultsEmpty(*type, 0, where);
      }
    }
  }
  EXPECT_GT(absent, 1000U);
}

}  // namespace
}  // namespace mlup::property
