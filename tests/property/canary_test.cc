// No personal field of any event reaches the log in plaintext, and all of them can be opened again.
#include <set>

#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <google/protobuf/descriptor.h>

#include "eventstore/payload/event_types.h"
#include "eventstore/payload/payload.h"
#include "mlup/cases/v1/case_service.pb.h"
#include "mlup/donations/v1/donation_service.pb.h"
#include "mlup/network/v1/network_service.pb.h"
#include "mlup/training/v1/training_service.pb.h"
#include "services/command/test_world.h"
#include "services/privacy/sealing.h"
#include "tests/property/fill.h"

namespace mlup::property {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Requests of all services with all facts, one each.
std::vector<std::unique_ptr<Message>> AllRequests() {
  std::vector<std::unique_ptr<Message>> requests;
  const google::protobuf::FileDescriptor* const files[] = {
      cases::v1::RecordRequest::descriptor()->file(),
      training::v1::RecordRequest::descriptor()->file(),
      donations::v1::RecordRequest::descriptor()->file(),
      network::v1::RecordRequest::descriptor()->file()};
  for (const auto* file : files) {
    for (int m = 0; m < file->service(0)->method_count(); ++m) {
      const Descriptor* type = file->service(0)->method(m)->input_type();
      for (int f = 0; f < type->field_count(); ++f) {
        const FieldDescriptor* fact = type->field(f);
        if (fact->message_type() == nullptr || fact->name() == "context") continue;
        requests.emplace_back(
            google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
        Message& request = *requests.back();
        Fill(*request.GetReflection()->MutableMessage(&request, fact));
      }
    }
  }
  return requests;
}

const FieldDescriptor* FactField(const Message& request) {
  std::vector<const FieldDescriptor*> set;
  request.GetReflection()->ListFields(request, &set);
  return set.front();
}

class CanaryTest : public testing::Test {
 protected:
  // A stream of the category that holds an event already, or an empty one.
  std::string Stream(const std::string& category, bool holds_an_event) {
    std::string stream = absl::StrFormat("%s/018f3c6e-0000-7000-8000-%012d", category, ++streams_);
    if (!holds_an_event) return stream;
    log::pb::AppendRequest append;
    append.mutable_key()->set_organisation_id("mro");
    append.mutable_key()->set_request_id(absl::StrCat("first-", streams_));
    append.set_request_digest(std::string(32, 'x'));
    append.add_writes()->set_stream(stream);
    auto& event = *append.mutable_writes(0)->add_events();
    event.set_event_id(absl::StrFormat("018f3c6e-0000-7000-8000-%012d", 1000000 + streams_));
    event.set_type("mlup.common.v1.ApprovalRejected");
    event.set_schema_version(1);
    const auto appended = world_.log().Append(append);
    EXPECT_TRUE(appended.ok()) << appended.status();
    return stream;
  }

  void PutContext(Message& request, const std::string& stream) {
    const auto* descriptor = request.GetDescriptor();
    request.GetReflection()
        ->MutableMessage(&request, descriptor->FindFieldByName("context"))
        ->CopyFrom(command::FromText<command::v1::CommandContext>(
            command::ContextText(absl::StrCat("r-", streams_))));
    request.GetReflection()->SetString(&request, descriptor->FindFieldByName("stream"), stream);
  }

  int streams_ = 0;
  command::TestWorld world_;
};

TEST_F(CanaryTest, NoPersonalWordReachesTheLog) {
  std::set<std::string> expected;
  for (const Descriptor* type : payload::EventTypes()) {
    // Corrections name an earlier event and have a test of their own.
    if (HoldsPersonal(*type) && type->name() != "DetailsCorrected")
      expected.insert(type->full_name());
  }
  std::set<std::string> recorded;
  for (const auto& request : AllRequests()) {
    const FieldDescriptor* fact = FactField(*request);
    const std::string type = fact->message_type()->full_name();
    if (!expected.contains(type)) continue;
    const auto& rule = fact->message_type()->options().GetExtension(command::v1::event);
    const std::string stream = Stream(rule.categories(0), rule.needs_existing());
    PutContext(*request, stream);
    const auto result = world_.commands().Record(*request);
    EXPECT_TRUE(result.ok()) << type << ": " << result.status() << " "
                             << ErrorField(result.status());
    if (result.ok()) recorded.insert(type);
  }
  EXPECT_GT(expected.size(), 20u);
  EXPECT_EQ(recorded, expected);

  for (const log::pb::Record& record : world_.Records()) {
    const std::string bytes = record.SerializeAsString();
    for (const char* const canary : {kCanaryWord, kCanaryDay, kCanaryId}) {
      EXPECT_THAT(bytes, testing::Not(testing::HasSubstr(canary))) << record.event().type();
    }
    std::string opened;
    for (const auto& part : record.event().subjects()) {
      const auto personal = privacy::Open(world_.keyring(), record.event(), record.stream(), part);
      ASSERT_TRUE(personal.ok()) << personal.status();
      opened += *personal;
    }
    if (!record.event().subjects().empty()) {
      EXPECT_THAT(opened,
                  testing::AnyOf(testing::HasSubstr(kCanaryWord), testing::HasSubstr(kCanaryId)))
          << record.event().type();
    }
  }
}

TEST_F(CanaryTest, ErrorsNeverRepeatWhatWasGiven) {
  for (const auto& request : AllRequests()) {
    const FieldDescriptor* fact = FactField(*request);
    const bool correction = fact->message_type()->name() == "DetailsCorrected";
    if (correction || !HoldsPersonal(*fact->message_type())) continue;
    Spoil(*request->GetReflection()->MutableMessage(request.get(), fact));
    const auto& rule = fact->message_type()->options().GetExtension(command::v1::event);
    PutContext(*request, Stream(rule.categories(0), false));
    const auto result = world_.commands().Record(*request);
    EXPECT_EQ(ErrorReason(result.status()), "TEXT_INVALID") << fact->full_name();
    EXPECT_THAT(result.status().ToString(), testing::Not(testing::HasSubstr("canary")));
  }
}

}  // namespace
}  // namespace mlup::property
