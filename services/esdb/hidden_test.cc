// A stream that may not be seen answers like one that is not there.
#include <cstdint>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "eventstore/base/simulated_files.h"
#include "eventstore/bus/group_host.h"
#include "services/esdb/callers.h"
#include "services/esdb/esdb_test_world.h"
#include "services/esdb/groups.h"

namespace mlup::esdb {
namespace {

using Options = pb::streams::ReadReq::Options;
using Request = pb::streams::ReadReq;

constexpr char kRecord[] = "018f3c6e00007000800000000000000a";
constexpr char kAbsent[] = "018f3c6e00007000800000000000000b";

// The same stream, hidden and absent.
struct StreamPair {
  std::string hidden;
  std::string absent;
};

class HiddenTest : public EsdbTest {
 protected:
  HiddenTest() {
    feeds_.admits = [this](const log::v1::Record& record) {
      return visible_.contains(record.stream());
    };
    EXPECT_TRUE(Append("seen-1", MakeEvents(3)).ok());
    visible_ = {"ext/seen-1"};
    Domain("person", 700);
    Domain("case", 3);
    EXPECT_TRUE(Append("order-7", MakeEvents(5)).ok());
    EXPECT_TRUE(Append("order-long", MakeEvents(600)).ok());
    EXPECT_TRUE(Append("order-cut", MakeEvents(4)).ok());
    EXPECT_TRUE(Append("$$order-cut", {MakeEvent("$metadata", R"({"$tb":9})")}).ok());
    EXPECT_TRUE(Append("order-old", MakeEvents(4)).ok());
    EXPECT_TRUE(Append("$$order-old", {MakeEvent("$metadata", R"({"$maxAge":1})")}).ok());
    EXPECT_TRUE(Append("order-gone", MakeEvents(4)).ok());
    EXPECT_TRUE(esdb_log_.Delete(author_, NameOf("order-gone"), {}).ok());
    EXPECT_TRUE(Append("order-closed", MakeEvents(4)).ok());
    EXPECT_TRUE(esdb_log_.Tombstone(author_, NameOf("order-closed"), {}).ok());
    clock_.Advance(absl::Hours(1));
  }

  void Domain(std::string_view category, int count) {
    log::pb::AppendRequest request;
    request.mutable_key()->set_organisation_id("mro");
    for (int i = 0; i < count; ++i) {
      request.clear_writes();
      request.mutable_key()->set_request_id(NewId());
      request.set_request_digest(std::string(32, 'd'));
      log::pb::StreamWrite& write = *request.add_writes();
      write.set_stream(absl::StrCat(std::string(category), "/", WithHyphens(kRecord)));
      log::pb::Event& event = *write.add_events();
      event.set_event_id(NewId());
      event.set_type("mlup.cases.v1.NoteRecorded");
      event.set_schema_version(1);
      event.set_correlation_id("hidden-work");
      ASSERT_TRUE(log_.Append(request).ok());
    }
  }

  std::vector<StreamPair> Pairs() const {
    std::vector<StreamPair> pairs = {
        {absl::StrCat("case-", kRecord), absl::StrCat("case-", kAbsent)},
        {absl::StrCat("person-", kRecord), absl::StrCat("person-", kAbsent)},
        {"$ce-person", "$ce-nobody"},
        {"$ce-case", "$ce-nothing"},
        {"$et-mlup.cases.v1.NoteRecorded", "$et-mlup.cases.v1.NeverRecorded"},
        {"$bc-hidden-work", "$bc-no-such-work"},
        {"$category-person", "$category-nobody"},
        {"$category-case", "$category-nothing"},
    };
    for (const char* const name : {"7", "long", "cut", "old", "gone", "closed"}) {
      pairs.push_back({absl::StrCat("order-", name), absl::StrCat("other-", name)});
      pairs.push_back({absl::StrCat("$$order-", name), absl::StrCat("$$other-", name)});
    }
    return pairs;
  }

  // Everything that a client is told, as bytes, with the name of the stream made one.
  std::string Told(const std::string& stream, const Request& asked) {
    Request request = asked;
    request.mutable_options()->mutable_stream()->mutable_stream_identifier()->set_stream_name(
        stream);
    const auto reader = Open(request);
    std::string told;
    const auto messages = DrainAll(*reader);
    if (!messages.ok()) return absl::StrCat(messages.status().ToString());
    for (const Message& message : *messages) absl::StrAppend(&told, message.DebugString(), "\n");
    absl::StrAppend(&told, reader->finished() ? "finished" : "waits");
    return absl::StrReplaceAll(told, {{stream, "STREAM"}});
  }

  // As a call does, which reads on until it has seen the whole log.
  absl::StatusOr<std::vector<Message>> DrainAll(Reader& reader) {
    std::vector<Message> all;
    do {
      ASSIGN_OR_RETURN(std::vector<Message> some, Drain(reader));
      std::move(some.begin(), some.end(), std::back_inserter(all));
    } while (!reader.finished() && reader.position() < *log_.Head());
    return all;
  }

  static std::map<std::string, Request> Questions() {
    std::map<std::string, Request> questions;
    for (const bool follows : {false, true}) {
      for (const bool backward : {false, true}) {
        for (const bool resolves : {false, true}) {
          for (const char* const from :
               {"start", "end", "0", "1", "2", "5", "300", "99999", "max"}) {
            for (const std::uint64_t count : {0u, 1u, 4u, 100'000u}) {
              if (follows && (backward || count > 0)) continue;
              Request request;
              Options& options = *request.mutable_options();
              const std::string place = from;
              if (place == "start") options.mutable_stream()->mutable_start();
              if (place == "end") options.mutable_stream()->mutable_end();
              if (place == "max") options.mutable_stream()->set_revision(~std::uint64_t{0});
              if (!options.has_stream()) options.mutable_stream()->set_revision(std::stoull(place));
              if (backward) options.set_read_direction(Options::Backwards);
              options.set_resolve_links(resolves);
              if (follows) {
                options.mutable_subscription();
              } else {
                options.set_count(count);
              }
              questions[absl::StrCat(follows ? "follow " : "read ", backward ? "backward " : "",
                                     resolves ? "resolving " : "", "from ", from, " count ",
                                     count)] = request;
            }
          }
        }
      }
    }
    return questions;
  }

  std::set<std::string> visible_;
};

TEST_F(HiddenTest, EveryReadAndSubscriptionTellsTheSame) {
  for (const auto& [question, request] : Questions()) {
    for (const StreamPair& pair : Pairs()) {
      EXPECT_EQ(Told(pair.hidden, request), Told(pair.absent, request))
          << question << " of " << pair.hidden;
    }
  }
}

TEST_F(HiddenTest, WhatIsRecordedThereLaterIsNotHeardOf) {
  Request request;
  request.mutable_options()->mutable_subscription();
  for (const char* const name : {"case-", "person-"}) {
    request.mutable_options()->mutable_stream()->mutable_start();
    request.mutable_options()->mutable_stream()->mutable_stream_identifier()->set_stream_name(
        absl::StrCat(name, kRecord));
    const auto reader = Open(request);
    EXPECT_EQ(Words(DrainAll(*reader)), (std::vector<std::string>{"confirmed", "caught-up"}));
    Domain("case", 600);
    Domain("person", 600);
    EXPECT_EQ(Words(DrainAll(*reader)), std::vector<std::string>{});
  }
}

// Waiting for the log, it would be shown when something else is recorded.
TEST_F(HiddenTest, WhatMayBeSeenBehindWhatMayNotIsNotWaitedFor) {
  Domain("case", 700);
  const std::uint64_t last = log_.Head()->value;
  feeds_.admits = [last](const log::v1::Record& record) { return record.position() == last; };
  const auto reader = Open(Following(ReadStream(absl::StrCat("case-", kRecord))));
  EXPECT_EQ(DrainAll(*reader)->size(), 3u);
}

TEST_F(HiddenTest, WhatMayBeSeenIsReadAsBefore) {
  EXPECT_EQ(Read(ReadStream("seen-1")), (std::vector<std::string>{"0", "1", "2"}));
  auto past = ReadStream("seen-1");
  past.mutable_options()->mutable_stream()->set_revision(3);
  EXPECT_EQ(Read(past), std::vector<std::string>{});
  ASSERT_TRUE(esdb_log_.Tombstone(author_, NameOf("seen-1"), {}).ok());
  EXPECT_EQ(Read(ReadStream("seen-1")), std::vector<std::string>{"not-found"});
  visible_.insert("ext/$$seen-1");
  EXPECT_EQ(Read(ReadStream("seen-1")), std::vector<std::string>{"stream-deleted"});
}

TEST_F(HiddenTest, GroupsTellTheSame) {
  SimulatedFiles files;
  auto host = log::GroupHost::Open({log_, files, clock_}, {.folder = "groups", .threads = false});
  ASSERT_TRUE(host.ok()) << host.status();
  Groups groups(**host, parts_);
  const auto told = [&groups](const std::string& stream) {
    persistent::CreateReq::Options options;
    options.set_group_name("g");
    options.mutable_stream()->mutable_stream_identifier()->set_stream_name(stream);
    options.mutable_stream()->mutable_start();
    const absl::Status created = groups.Create("esdb", options);
    const auto info = groups.Info("esdb", {stream, "g"});
    const auto all = groups.List("esdb", stream);
    std::string text = absl::StrCat(
        created.ToString(), "\n", info.ok() ? info->DebugString() : info.status().ToString(), "\n",
        all.ok() ? absl::StrCat(all->size()) : all.status().ToString(), "\n",
        groups.ReplayParked("esdb", {stream, "g"}, 0).ToString(), "\n");
    absl::StrAppend(&text, groups.Delete("esdb", {stream, "g"}).ToString());
    return absl::StrReplaceAll(text, {{stream, "STREAM"}});
  };
  for (const StreamPair& pair : Pairs()) EXPECT_EQ(told(pair.hidden), told(pair.absent));
}

// Nothing but that a name is taken: the revision of another's stream is told to nobody.
TEST_F(HiddenTest, AnothersStreamIsClosedToWrites) {
  const Author other{"other", "ngo", "other"};
  const std::string denied = "access-denied";
  for (const Expected& expected :
       {Expected{}, Expected{Expected::Kind::kNoStream, 0},
        Expected{Expected::Kind::kStreamExists, 0}, At(0), At(4), At(77)}) {
    for (const char* const name : {"order-7", "order-cut", "order-gone", "$$order-7"}) {
      for (const int count : {0, 1}) {
        EXPECT_EQ(ExceptionOf(
                      esdb_log_.Append(other, NameOf(name), expected, MakeEvents(count)).status()),
                  denied)
            << name;
      }
    }
    EXPECT_EQ(ExceptionOf(esdb_log_.Delete(other, NameOf("order-7"), expected).status()), denied);
    EXPECT_EQ(ExceptionOf(esdb_log_.Tombstone(other, NameOf("order-7"), expected).status()),
              denied);
    for (const StreamPair& pair : Pairs()) {
      const Name hidden = NameOf(pair.hidden);
      const Name absent = NameOf(pair.absent);
      if (hidden.IsExternal() || hidden.kind == NameKind::kMetadata) continue;
      const auto hidden_told = esdb_log_.Append(other, hidden, expected, MakeEvents(1)).status();
      const auto absent_told = esdb_log_.Append(other, absent, expected, MakeEvents(1)).status();
      EXPECT_EQ(hidden_told, absent_told);
      EXPECT_EQ(ExceptionOf(hidden_told), denied);
    }
  }
  std::vector<log::pb::Event> mine = MakeEvents(1);
  mine[0].mutable_actor()->set_actor_id("other");
  EXPECT_TRUE(esdb_log_.Append(other, NameOf("order-mine"), {}, std::move(mine)).ok());
  EXPECT_EQ(ExceptionOf(Append("order-mine", MakeEvents(1)).status()), denied);
  EXPECT_TRUE(Append("order-7", MakeEvents(1)).ok());
}

// Where the subscribers file says who appends where, not even that a name is taken is told.
TEST_F(HiddenTest, ANameThatIsTakenIsAnsweredLikeOneThatIsNot) {
  const Author other{"other", "ngo", "other", {"sale"}};
  const Author third{"third", "ngo", "third", {}, {"order", "other", "sale"}};
  for (const Author& author : {other, third}) {
    for (const Expected& expected :
         {Expected{}, Expected{Expected::Kind::kNoStream, 0}, At(0), At(4)}) {
      for (const char* const name : {"7", "cut", "gone", "closed"}) {
        for (const char* const prefix : {"", "$$"}) {
          const Name hidden = NameOf(absl::StrCat(prefix, "order-", name));
          const Name absent = NameOf(absl::StrCat(prefix, "other-", name));
          const auto told = esdb_log_.Append(author, hidden, expected, MakeEvents(1)).status();
          EXPECT_EQ(told, esdb_log_.Append(author, absent, expected, MakeEvents(1)).status());
          EXPECT_EQ(ExceptionOf(told), "access-denied");
          EXPECT_EQ(esdb_log_.Delete(author, hidden, expected).status(),
                    esdb_log_.Delete(author, absent, expected).status());
          EXPECT_EQ(esdb_log_.Tombstone(author, hidden, expected).status(),
                    esdb_log_.Tombstone(author, absent, expected).status());
        }
      }
    }
  }
  EXPECT_TRUE(esdb_log_.Append(other, NameOf("sale-1"), {}, MakeEvents(1)).ok());
  EXPECT_TRUE(esdb_log_.Append(third, NameOf("free-1"), {}, MakeEvents(1)).ok());
}

TEST_F(HiddenTest, WhoMayOnlyReadCanOnlyRead) {
  const Callers callers(feeds_, "esdb");
  EXPECT_TRUE(callers.Identify("")->CheckAppends().ok());
  feeds_.may_append = false;
  EXPECT_EQ(ExceptionOf(callers.Identify("")->CheckAppends()), "access-denied");
  EXPECT_EQ(ExceptionOf(callers.Identify("Bearer secret")->CheckAppends()), "access-denied");
}

TEST_F(HiddenTest, WhoseTokenIsTakenBackNeitherReadsNorAppendsInACallThatGoesOn) {
  const Caller caller = *Callers(feeds_, "").Identify("Bearer secret");
  EXPECT_TRUE(caller.CheckAppends().ok());
  EXPECT_TRUE(caller.admit({}, log::pb::DIRECTION_FORWARD).ok());
  feeds_.changed = true;
  EXPECT_EQ(ExceptionOf(caller.CheckAppends()), "access-denied");
  EXPECT_EQ(ExceptionOf(caller.admit({}, log::pb::DIRECTION_FORWARD).status()), "access-denied");
}

}  // namespace
}  // namespace mlup::esdb
