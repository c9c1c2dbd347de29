// RecordEach over random requests: the same as recording them one by one, and never something that
// rests on what is not there.
#include <filesystem>

#include "gtest/gtest.h"
#include <google/protobuf/util/message_differencer.h>

#include "eventstore/payload/payload.h"
#include "services/command/test_requests.h"
#include "services/command/test_world.h"
#include "services/domain/unit_of_work.h"
#include "tests/property/random_requests.h"
#include "tests/property/words.h"

namespace mlup::property::record_each_test {
namespace {

using command::TestWorld;
using google::protobuf::Message;

constexpr int kRequests = 200;

struct Call {
  std::vector<std::unique_ptr<Message>> requests;

  std::vector<const Message*> Pointers() const {
    std::vector<const Message*> pointers;
    for (const auto& request : requests) pointers.push_back(request.get());
    return pointers;
  }
};

// Calls of 1 to 40 requests; some requests only validate.
std::vector<Call> RandomCalls(RandomRequests& random) {
  std::vector<Call> calls;
  for (int made = 0; made < kRequests;) {
    Call& call = calls.emplace_back();
    for (int size = 1 + random.Below(40); size > 0 && made < kRequests; --size, ++made) {
      call.requests.push_back(random.Next());
      if (random.Below(15) > 0) continue;
      Message& request = *call.requests.back();
      request.GetReflection()->SetBool(
          &request, request.GetDescriptor()->FindFieldByName("validate_only"), true);
    }
  }
  return calls;
}

class RecordEachTest : public testing::TestWithParam<unsigned> {};

TEST_P(RecordEachTest, IsTheSameAsRecordingOneByOne) {
  TestWorld together;
  TestWorld apart;
  RandomRequests random(GetParam());
  int number = 0;
  for (const Call& call : RandomCalls(random)) {
    const std::vector<Result> results = together.commands().RecordEach(call.Pointers());
    ASSERT_EQ(results.size(), call.requests.size());
    for (std::size_t i = 0; i < results.size(); ++i, ++number) {
      ASSERT_EQ(Words(results[i]), Words(apart.commands().Record(*call.requests[i])))
          << "seed " << GetParam() << " request " << number << "\n"
          << call.requests[i]->DebugString();
    }
  }
  const auto records = together.Records();
  const auto expected = apart.Records();
  ASSERT_EQ(records.size(), expected.size());
  EXPECT_GT(records.size(), kRequests / 10u);
  for (std::size_t i = 0; i < records.size(); ++i) {
    ASSERT_EQ(Words(records[i]), Words(expected[i])) << "seed " << GetParam();
  }
  EXPECT_EQ(together.KeyringBytes(), apart.KeyringBytes()) << "as many keys";
}

// Every fact of the log might have been recorded after those before it, by its rule.
void ExpectEachFactAllowed(TestWorld& world, unsigned seed) {
  domain::UnitOfWork unit;
  for (const log::pb::Record& record : world.Records()) {
    const absl::StatusOr<domain::LiveEvent> live = domain::ReadEvent(record);
    ASSERT_TRUE(live.ok()) << live.status();
    const std::string category = record.stream().substr(0, record.stream().find('/'));
    const domain::FactType* type = nullptr;
    for (const domain::FactType& fact : domain::FactTable::Get().facts()) {
      const auto categories = fact.categories();
      if (fact.event().full_name() == record.event().type() &&
          std::find(categories.begin(), categories.end(), category) != categories.end()) {
        type = &fact;
      }
    }
    ASSERT_NE(type, nullptr) << record.event().type();
    for (const std::string& stream :
         domain::UnitOfWork::StreamsOf(*type, *live->message, record.stream())) {
      if (!unit.Holds(stream)) {
        unit.Put(std::make_shared<const domain::StreamHistory>(stream));
      }
    }
    const auto added = unit.Add(*type, *live->message,
                                {.stream = record.stream(),
                                 .event_id = record.event().event_id(),
                                 .actor_id = record.event().actor().actor_id(),
                                 .on_behalf_of = record.event().actor().on_behalf_of(),
                                 .occurred = live->info.occurred,
                                 .known_at = live->known_at,
                                 .today = DayOf(world.clock().Now())});
    ASSERT_TRUE(added.ok()) << "seed " << seed << " position " << record.position() << ": "
                            << added.status() << "\n"
                            << record.DebugString();
  }
}

TEST_P(RecordEachTest, WithOthersInBetweenEachFactIsAllowedAndEachAnswerTrue) {
  TestWorld world;
  RandomRequests random(GetParam());
  RandomRequests others(GetParam() + 1000);
  std::mt19937 engine(GetParam());
  int number = 0;
  world.log().before_append = [&](int) {
    const int chance = std::uniform_int_distribution<int>(0, 11)(engine);
    if (chance == 0) return Error(absl::StatusCode::kUnavailable, "DISK_TIRED", "try later");
    if (chance > 2) return absl::OkStatus();
    for (int i = 0; i < chance; ++i) {
      const std::unique_ptr<Message> other = others.Next();
      const auto* field = other->GetDescriptor()->FindFieldByName("context");
      auto& context = static_cast<command::v1::CommandContext&>(
          *other->GetReflection()->MutableMessage(other.get(), field));
      context.set_request_id(absl::StrCat("other-", ++number));
      // Of this process or of another one.
      (number % 2 == 0 ? world.commands() : world.others()).Record(*other).IgnoreError();
    }
    return absl::OkStatus();
  };
  std::map<std::uint64_t, std::string> recorded;
  for (const Call& call : RandomCalls(random)) {
    for (const Result& result : world.commands().RecordEach(call.Pointers())) {
      if (!result.ok() || result->first_position() == 0) continue;
      for (int i = 0; i < result->event_ids_size(); ++i) {
        recorded[result->first_position() + static_cast<std::uint64_t>(i)] = result->event_ids(i);
      }
    }
  }
  std::set<std::string> answered;
  for (const log::pb::Record& record : world.Records()) {
    const auto found = recorded.find(record.position());
    if (record.event().request_id().starts_with("other-")) continue;
    ASSERT_NE(found, recorded.end()) << "seed " << GetParam() << ": recorded and not answered";
    EXPECT_EQ(found->second, record.event().event_id());
  }
  ExpectEachFactAllowed(world, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Seeds, RecordEachTest, testing::Range(1u, 21u));

}  // namespace
}  // namespace mlup::property::record_each_test
