// `validate_only` over random requests: it writes nothing, and says what the request itself then
// says.
#include "gtest/gtest.h"

#include "services/command/test_world.h"
#include "tests/property/random_requests.h"

namespace mlup::property::validate_only_test {
namespace {

using command::RecordResult;
using google::protobuf::Message;

constexpr int kRequests = 250;

std::unique_ptr<Message> AsTrial(const Message& request) {
  std::unique_ptr<Message> trial(request.New());
  trial->CopyFrom(request);
  trial->GetReflection()->SetBool(trial.get(),
                                  trial->GetDescriptor()->FindFieldByName("validate_only"), true);
  return trial;
}

// What is not known before it is recorded: positions, and ids that the author does not state.
RecordResult Foreseeable(RecordResult result, const RecordResult& trial) {
  if (result.replayed()) return result;
  result.clear_first_position();
  result.clear_last_position();
  for (int i = 0; i < result.event_ids_size(); ++i) {
    if (i < trial.event_ids_size() && trial.event_ids(i).empty()) result.set_event_ids(i, "");
  }
  return result;
}

class ValidateOnlyTest : public testing::TestWithParam<unsigned> {};

TEST_P(ValidateOnlyTest, WritesNothingAndAnswersAsTheRequestItself) {
  command::TestWorld world;
  RandomRequests random(GetParam());
  std::map<std::string, int> seen;
  for (int i = 0; i < kRequests; ++i) {
    const std::unique_ptr<Message> request = random.Next();
    const std::string named =
        absl::StrCat("seed ", GetParam(), " request ", i, "\n", request->DebugString());
    const std::uint64_t head = world.log().Head()->value;
    const auto keys = world.KeyringBytes();

    const auto trial = world.commands().Record(*AsTrial(*request));
    ASSERT_EQ(world.log().Head()->value, head) << named;
    ASSERT_EQ(world.KeyringBytes(), keys) << named;

    const auto real = world.commands().Record(*request);
    ASSERT_EQ(trial.status().code(), real.status().code())
        << named << trial.status() << real.status();
    ASSERT_EQ(ErrorReason(trial.status()), ErrorReason(real.status())) << named;
    ASSERT_EQ(ErrorField(trial.status()), ErrorField(real.status())) << named;
    ASSERT_EQ(trial.status().message(), real.status().message()) << named;
    if (real.ok()) {
      ASSERT_EQ(trial->ShortDebugString(), Foreseeable(*real, *trial).ShortDebugString()) << named;
    }
    ++seen[real.ok() ? real->replayed() ? "replayed" : "recorded" : ErrorReason(real.status())];
  }
  // The requests are worth asking: all kinds of answers come up.
  EXPECT_GT(seen["recorded"], kRequests / 10) << testing::PrintToString(seen);
  EXPECT_GT(seen["replayed"], 0);
  EXPECT_GT(seen.size(), 12u) << testing::PrintToString(seen);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ValidateOnlyTest, testing::Range(1u, 11u));

}  // namespace
}  // namespace mlup::property::validate_only_test
