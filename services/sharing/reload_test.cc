// The subscribers file read again while feeds are open.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/sharing/sharing_test_world.h"

namespace mlup::sharing {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ReloadTest : public testing::Test {
 protected:
  std::vector<std::uint64_t> Seen(Feed& feed) {
    std::vector<std::uint64_t> positions;
    for (const log::v1::Record& record : world_.Drain(feed)) positions.push_back(record.position());
    return positions;
  }
  std::vector<std::uint64_t> SeenBy(std::string_view subscriber) {
    return Seen(*world_.Open(subscriber));
  }

  TestWorld world_{kTwoSubscribers};
};

TEST_F(ReloadTest, WhoStandsInTheFileNoMoreIsLetGoWhileConnected) {
  world_.Register(1);
  world_.Consent(1);
  const auto ministry = world_.Open("ministry");
  const auto own = world_.Open("own");
  EXPECT_THAT(Seen(*ministry), ElementsAre(1, 2));
  EXPECT_THAT(Seen(*own), ElementsAre(1, 2));
  const std::string text = kTwoSubscribers;
  const std::size_t second = text.rfind("subscribers {");
  EXPECT_EQ(ErrorReason(world_.sharing().ReplaceSubscribers("subscribers {")),
            "SUBSCRIBERS_FILE_INVALID");
  EXPECT_TRUE(ministry->Next(absl::ZeroDuration()).ok()) << "a broken file changes nothing";
  ASSERT_EQ(world_.sharing().ReplaceSubscribers(text), absl::OkStatus());
  EXPECT_TRUE(ministry->Next(absl::ZeroDuration()).ok()) << "nor does the same one";
  ASSERT_EQ(world_.sharing().ReplaceSubscribers(text.substr(0, second)), absl::OkStatus());
  EXPECT_EQ(ErrorReason(own->Next(absl::ZeroDuration()).status()), "SUBSCRIBER_UNKNOWN");
  EXPECT_TRUE(ministry->Next(absl::ZeroDuration()).ok());
  std::string narrower = text;
  narrower.replace(narrower.find("mlup.cases.v1."), 14, "mlup.training.v1.");
  ASSERT_EQ(world_.sharing().ReplaceSubscribers(narrower), absl::OkStatus());
  EXPECT_EQ(ErrorReason(ministry->Next(absl::ZeroDuration()).status()), "SUBSCRIBER_CHANGED");
  EXPECT_THAT(SeenBy("ministry"), IsEmpty());
}

TEST_F(ReloadTest, WhoIsCalledElsewhereNeedsARestart) {
  std::string called = kTwoSubscribers;
  called.insert(called.rfind('}'), " nats { url: \"nats://127.0.0.1:4222\" stream: \"mlup\" } ");
  EXPECT_EQ(ErrorReason(world_.sharing().ReplaceSubscribers(called)), "RESTART_NEEDED");
}

}  // namespace
}  // namespace mlup::sharing
