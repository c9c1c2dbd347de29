// Every fact by itself: filled by the rules of its fields it is accepted where nothing else
// decides, and refused where what must be given is not.
#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "eventstore/base/kept_example.h"
#include "eventstore/payload/event_references.h"
#include "eventstore/payload/event_types.h"
#include "eventstore/payload/payload.h"
#include "mlup/command/v1/command.pb.h"
#include "services/command/checked_request.h"
#include "services/domain/fact_table.h"
#include "services/domain/life.h"
#include "services/domain/rule_test.h"
#include "services/fields/from_text.h"
#include "tests/property/fill.h"

namespace mlup::property::every_fact_test {
namespace {

using domain::FactType;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// 2021-04-22 12:00 in Phnom Penh.
const absl::Time kNow = absl::FromUnixSeconds(1619067600);

std::string StreamFor(std::string_view category) {
  return absl::StrCat(ToAbsl(category), "/", kPersonId);
}

// A request of one filled fact.
class OneFact {
 public:
  explicit OneFact(const FactType& type)
      : type_(type),
        request_(google::protobuf::MessageFactory::generated_factory()
                     ->GetPrototype(type.service->request)
                     ->New()),
        fact_(request_->GetReflection()->AddMessage(request_.get(), type.service->facts)) {
    request_->GetReflection()
        ->MutableMessage(request_.get(), type.service->request->FindFieldByName("context"))
        ->CopyFrom(FromText<command::v1::CommandContext>(ContextText("r")));
    fact_->GetReflection()->SetString(fact_, fact_->GetDescriptor()->FindFieldByName("stream"),
                                      stream());
    Fill(event());
  }

  std::string stream() const { return StreamFor(type_.categories().front()); }
  Message& event() { return *fact_->GetReflection()->MutableMessage(fact_, type_.field); }
  std::string text() {
    return absl::StrCat(type_.field->name(), " { ", event().ShortDebugString(), " }");
  }
  absl::Status CheckFields() const { return command::CheckFields(*request_, kNow); }

 private:
  const FactType& type_;
  const std::unique_ptr<Message> request_;
  Message* fact_;
};

// It names an event of its own record, which decides about it.
bool IsAboutAnEntry(const Descriptor& event) {
  const payload::EventMarks& marks = payload::MarksOf(event);
  return marks.Refers(event::v1::REFERENCE_VOIDS) || marks.Refers(event::v1::REFERENCE_CORRECTS) ||
         marks.Refers(event::v1::REFERENCE_DETACHES);
}

// Clears the first field that must be given, and says which; empty where there is none.
std::string ClearRequired(Message& message) {
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    const auto& rule = field->options().GetExtension(command::v1::rule);
    if (!rule.required() && rule.min_items() == 0) continue;
    message.GetReflection()->ClearField(&message, field);
    return field->name();
  }
  return "";
}

TEST(EveryFactTest, IsAcceptedWhereItsFieldsAreAllThereIsToCheck) {
  int tried = 0;
  for (const FactType& type : domain::FactTable::Get().facts()) {
    if (type.aggregate != nullptr || IsAboutAnEntry(type.event())) continue;
    ++tried;
    OneFact fact(type);
    EXPECT_TRUE(fact.CheckFields().ok()) << type.permission << ": " << fact.CheckFields();
    auto records = domain::Given(fact.stream());
    if (type.needs_existing()) records.And({"document_attached { }"});
    EXPECT_EQ(records.Refusal(fact.text()), "") << type.permission;
    if (type.needs_existing()) {
      EXPECT_EQ(domain::Given(fact.stream()).Refusal(fact.text()), "STREAM_UNKNOWN");
    }
  }
  EXPECT_GT(tried, 40);
}

TEST(EveryFactTest, IsRefusedWithoutWhatMustBeGiven) {
  for (const FactType& type : domain::FactTable::Get().facts()) {
    OneFact fact(type);
    const std::string missing = ClearRequired(fact.event());
    if (missing.empty()) continue;
    const absl::Status refused = fact.CheckFields();
    EXPECT_THAT(ErrorReason(refused), testing::AnyOf("FIELD_REQUIRED", "TOO_FEW_ITEMS"))
        << type.permission;
    EXPECT_EQ(ErrorField(refused), absl::StrCat("facts[0].", type.field->name(), ".", missing));
    KeepExample(type.field->name(), absl::StrCat(ErrorReason(refused), " at ", missing),
                absl::StrCat(fact.stream(), ": ", fact.text()));
  }
}

TEST(EveryFactTest, IsRefusedOnARecordOfAnotherKind) {
  for (const FactType& type : domain::FactTable::Get().facts()) {
    const std::string other = StreamFor(type.service->name == "identity" ? "report" : "account");
    EXPECT_EQ(domain::Given(other).Refusal(OneFact(type).text()), "STREAM_CATEGORY at stream")
        << type.permission;
  }
}

// What the program records of itself.
TEST(EveryFactTest, WhatNoServiceRecordsStandsOnItsOwnStreamsAlone) {
  int tried = 0;
  for (const Descriptor* type : payload::EventTypes()) {
    const auto& facts = domain::FactTable::Get().facts();
    const bool recorded = std::any_of(
        facts.begin(), facts.end(), [type](const FactType& fact) { return &fact.event() == type; });
    const auto& categories = type->options().GetExtension(command::v1::event).categories();
    // Events of others stand where they say.
    if (recorded || categories.empty()) continue;
    ++tried;
    const std::unique_ptr<Message> message(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
    Fill(*message);
    log::v1::Event event;
    event.set_type(type->full_name());
    event.set_common(message->SerializeAsString());
    const std::string own = StreamFor(categories[0]);
    EXPECT_TRUE(payload::CheckReadable(event, own).ok()) << payload::CheckReadable(event, own);
    KeepExample(domain::FactName(*type), "", own);
    const absl::Status refused = payload::CheckReadable(event, StreamFor("case"));
    EXPECT_EQ(ErrorReason(refused), "STREAM_CATEGORY") << type->full_name();
    KeepExample(domain::FactName(*type), ErrorReason(refused), StreamFor("case"));
  }
  EXPECT_GE(tried, 3);
}

}  // namespace
}  // namespace mlup::property::every_fact_test
