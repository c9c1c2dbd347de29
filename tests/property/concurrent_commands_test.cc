// Many threads write to one stream: every command takes effect once, none is lost, revisions have
// no gap.
#include <set>
#include <thread>

#include "gtest/gtest.h"

#include "services/cases/case_service.h"
#include "services/command/test_world.h"

namespace mlup::property {
namespace {

namespace pb = ::mlup::cases::v1;
using command::ContextText;
using command::FromText;

constexpr char kSok[] = "018f3c6e-0000-7000-8000-000000000001";
constexpr int kThreads = 4;
constexpr int kCommands = 25;

TEST(ConcurrentCommandsTest, EveryCommandTakesEffectOnce) {
  command::TestWorld world;
  cases::CaseService service(world.commands());
  const std::string stream = absl::StrCat("person/", kSok);
  ASSERT_TRUE(service
                  .Record(FromText<pb::RecordRequest>(
                      absl::StrCat("context { ", ContextText("register"), " } stream: '", stream,
                                   "' person_registered { person { person_id: '", kSok,
                                   "' sex: SEX_MALE residence_province_code: '02' } }")))
                  .ok());
  const auto send = [&](int thread) {
    for (int i = 0; i < kCommands; ++i) {
      const auto note = FromText<pb::RecordRequest>(absl::StrCat(
          "context { ", ContextText(absl::StrCat("r-", thread, "-", i)), " } stream: '", stream,
          "' note_recorded { kind: NOTE_KIND_NOTE person { person_id: '", kSok,
          "' text: 'words' } }"));
      // The handler gives up after some tries; a caller sends the same command again, as here.
      auto result = service.Record(note);
      while (absl::IsAborted(result.status())) result = service.Record(note);
      EXPECT_TRUE(result.ok()) << result.status();
    }
  };
  {
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int t = 0; t < kThreads; ++t) threads.emplace_back(send, t);
  }
  std::set<std::string> requests;
  std::uint64_t revision = 0;
  for (const auto& record : world.Records()) {
    EXPECT_EQ(record.revision(), ++revision);
    EXPECT_TRUE(requests.insert(record.event().request_id()).second);
  }
  EXPECT_EQ(requests.size(), 1u + kThreads * kCommands);
}

}  // namespace
}  // namespace mlup::property
