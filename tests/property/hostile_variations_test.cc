// Whoever enters something wrong is told exactly which rule it breaks and in which field, and
// nothing is written.
//
// An invented organisation is recorded. Then its requests come again, each with one thing wrong
// whose rule is known beforehand: by the rules of fields that the protos state, or by what the
// record holds already. No rule of fields may be left out: they are read from the descriptors.
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <google/protobuf/stubs/logging.h>
#include <unistd.h>

#include "eventstore/base/files.h"
#include "eventstore/log/memory_event_log.h"
#include "services/command/checked_request.h"
#include "services/command/command_handler.h"
#include "services/fields/from_text.h"
#include "services/mlup/generate/generate.h"
#include "services/mlup/import_line.h"
#include "tests/property/fill.h"
#include "tests/property/lives.h"
#include "tests/property/wrong_fields.h"
#include "tests/property/wrong_steps.h"

namespace mlup::property::hostile_variations_test {
namespace {

using domain::FactType;
using google::protobuf::Message;

constexpr std::size_t kVariations = 10'000;
constexpr std::size_t kMostOfOneStep = 40;
constexpr std::size_t kDifferencesShown = 20;

// 2026-11-30 12:00 in Phnom Penh.
const absl::Time kNow = absl::FromUnixSeconds(1796014800);

// An invented organisation that was recorded, and who may record in it.
class Organisation {
 public:
  Organisation() {
    std::remove(path_.c_str());
    keyring_ = *privacy::Keyring::Open(path_);
    handler_ = std::make_unique<command::CommandHandler>(log_, policy_, *keyring_, clock_, random_);
  }
  ~Organisation() { std::remove(path_.c_str()); }

  void Live(std::uint64_t children, std::uint64_t seed) {
    std::stringstream lines;
    cli::generate::Generate({.children = children, .seed = seed}, lines, [](std::uint64_t) {});
    for (std::string text; std::getline(lines, text);) {
      absl::StatusOr<cli::ImportLine> line = cli::ParseImportLine(text);
      ASSERT_TRUE(line.ok()) << line.status() << "\n" << text;
      const auto recorded = handler_->Record(line->record());
      ASSERT_TRUE(recorded.ok()) << recorded.status() << "\n" << text;
      lines_.push_back(*std::move(line));
    }
  }

  const std::vector<cli::ImportLine>& lines() const { return lines_; }
  command::CommandHandler& handler() { return *handler_; }
  std::uint64_t head() { return log_.Head()->value; }

 private:
  const std::string path_ = absl::StrCat(testing::TempDir(), "keyring.hostile.", getpid());
  ManualClock clock_{kNow};
  SeededRandom random_{1};
  log::MemoryEventLog log_{clock_};
  const identity::Policy policy_ =
      *identity::Policy::Parse(*SystemFiles().ReadAll(MLUP_DEPLOY_FOLDER "/roles.textproto"));
  std::unique_ptr<privacy::Keyring> keyring_;
  std::unique_ptr<command::CommandHandler> handler_;
  std::vector<cli::ImportLine> lines_;
};

// A request of one fact that no life holds, with as many fields as its rules allow.
std::unique_ptr<Message> Filled(const FactType& type, void (*fill)(Message&)) {
  std::unique_ptr<Message> request(google::protobuf::MessageFactory::generated_factory()
                                       ->GetPrototype(type.service->request)
                                       ->New());
  const auto* r = request->GetReflection();
  r->MutableMessage(request.get(), type.service->request->FindFieldByName("context"))
      ->CopyFrom(FromText<command::v1::CommandContext>(ContextText("filled")));
  Message& fact = *r->AddMessage(request.get(), type.service->facts);
  fact.GetReflection()->SetString(&fact, fact.GetDescriptor()->FindFieldByName("stream"),
                                  absl::StrCat(type.categories().front(), "/", kPersonId));
  fill(*fact.GetReflection()->MutableMessage(&fact, type.field));
  return request;
}

// Sends what is wrong and compares the answers with what was known beforehand.
class Judge {
 public:
  explicit Judge(Organisation& organisation)
      : organisation_(organisation), before_(organisation.head()) {}

  void Send(const Wrong& wrong) {
    // Without a context, or with a request id that is wrong itself, it stays so.
    if (wrong.field != "context" && wrong.field != "context.request_id") {
      ContextOf(*wrong.request).set_request_id(absl::StrCat("wrong.", sent_));
    }
    ++sent_;
    ++kinds_[wrong.kind];
    ++reasons_[wrong.reason];
    const absl::Status answer = organisation_.handler().Record(*wrong.request).status();
    if (ErrorReason(answer) == wrong.reason && ErrorField(answer) == wrong.field &&
        !answer.message().empty()) {
      return;
    }
    if (++differences_[wrong.kind] <= 2 && differences_.size() <= kDifferencesShown) {
      ADD_FAILURE() << wrong.kind << ": " << wrong.reason << " at `" << wrong.field
                    << "` was expected, not " << ErrorReason(answer) << " at `"
                    << ErrorField(answer) << "`: " << answer.message() << "\n"
                    << wrong.request->ShortDebugString().substr(0, 1'000);
    }
  }

  std::size_t sent() const { return sent_; }
  bool IsEnough() const { return sent_ >= kVariations; }
  std::size_t kinds() const { return kinds_.size(); }
  std::size_t reasons() const { return reasons_.size(); }
  // Those of the kinds that nothing was sent of.
  std::vector<std::string> Missing(const std::set<std::string>& wanted) const {
    std::vector<std::string> missing;
    for (const std::string& kind : wanted) {
      if (!kinds_.contains(kind)) missing.push_back(kind);
    }
    return missing;
  }
  const std::map<std::string, int>& differences() const { return differences_; }
  bool NothingWasWritten() { return organisation_.head() == before_; }

 private:
  Organisation& organisation_;
  const std::uint64_t before_;
  std::size_t sent_ = 0;
  std::map<std::string, int> kinds_;
  std::map<std::string, int> reasons_;
  std::map<std::string, int> differences_;
};

TEST(HostileVariationsTest, AreEachToldTheirRuleAndFieldAndWriteNothing) {
  // Texts that are no UTF-8 are among them; the protobuf library complains of each.
  const google::protobuf::LogSilencer quiet;
  Organisation organisation;
  // So many that the rare steps are among them.
  organisation.Live(120, 11);
  ASSERT_FALSE(testing::Test::HasFatalFailure());

  Lives lives;
  WrongFields fields(DayOf(kNow));
  for (const cli::ImportLine& line : organisation.lines()) {
    lives.Learn(line.record());
    fields.Learn(line.record());
  }
  std::vector<std::unique_ptr<Message>> filled;
  for (const FactType& type : domain::FactTable::Get().facts()) {
    for (const auto fill : {Fill, FillRequired}) {
      std::unique_ptr<Message> request = Filled(type, fill);
      if (!command::CheckFields(*request, kNow).ok()) continue;
      fields.Learn(*request);
      filled.push_back(std::move(request));
    }
  }

  Judge judge(organisation);
  ForEachWrongStep(lives, kMostOfOneStep, [&](const Wrong& wrong) { judge.Send(wrong); });
  fields.ForEach([&](const Wrong& wrong) {
    judge.Send(wrong);
    return !judge.IsEnough();
  });

  EXPECT_GE(judge.sent(), kVariations);
  EXPECT_TRUE(judge.differences().empty()) << testing::PrintToString(judge.differences());
  EXPECT_TRUE(judge.NothingWasWritten());
  EXPECT_THAT(judge.Missing(RulesInProtos()), testing::IsEmpty());
  EXPECT_THAT(judge.Missing(KindsOfSteps()), testing::IsEmpty());
  std::cout << judge.sent() << " variations of " << judge.kinds() << " kinds, with "
            << judge.reasons() << " reasons; " << fields.size() << " pairs of a rule and a field\n";
}

}  // namespace
}  // namespace mlup::property::hostile_variations_test
