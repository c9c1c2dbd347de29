// What the tests of this folder share: a log in memory, feeds that show everything or little, and a
// few words for appends and reads.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/uuid.h"
#include "eventstore/json/json_text.h"
#include "eventstore/log/memory_event_log.h"
#include "services/esdb/esdb_log.h"
#include "services/esdb/links.h"
#include "services/esdb/reader.h"
#include "services/esdb/sources.h"
#include "services/sharing/feed.h"

namespace mlup::esdb {

// Knows the subscriber `esdb` with the token `secret`, and shows it what `admits` allows.
class TestFeeds final : public sharing::FeedSource {
 public:
  absl::StatusOr<std::string> Authenticate(std::string_view token) const override {
    if (token == "secret") return std::string("esdb");
    return Error(absl::StatusCode::kUnauthenticated, "TOKEN_UNKNOWN", "unknown");
  }
  absl::StatusOr<sharing::v1::Subscriber> Find(std::string_view subscriber_id) const override {
    if (subscriber_id != "esdb") {
      return Error(absl::StatusCode::kNotFound, "SUBSCRIBER_UNKNOWN", "unknown");
    }
    sharing::v1::Subscriber subscriber;
    subscriber.set_subscriber_id("esdb");
    subscriber.set_organisation_id("mro");
    subscriber.set_may_append(may_append);
    return subscriber;
  }
  std::vector<sharing::v1::Subscriber> All() const override { return {}; }
  absl::Status Holds(const sharing::v1::Subscriber&) const override {
    if (!changed) return absl::OkStatus();
    return Error(absl::StatusCode::kFailedPrecondition, "SUBSCRIBER_CHANGED", "changed");
  }
  absl::StatusOr<std::unique_ptr<sharing::Feed>> Open(std::string_view /*subscriber_id*/,
                                                      log::v1::SubscribeRequest) override {
    return absl::UnimplementedError("not used here");
  }
  absl::StatusOr<std::vector<log::v1::Record>> Filter(std::string_view /*subscriber_id*/,
                                                      std::vector<log::v1::Record> records,
                                                      log::v1::Direction direction) override {
    asked = direction;
    std::erase_if(records, [this](const log::v1::Record& record) { return !admits(record); });
    return records;
  }

  bool may_append = true;
  // Its token or agreement is another one than when it called.
  std::atomic<bool> changed = false;
  std::function<bool(const log::v1::Record&)> admits = [](const auto&) { return true; };
  // Which way the subscriber read last.
  log::v1::Direction asked = log::v1::DIRECTION_UNSPECIFIED;
};

class EsdbTest : public testing::Test {
 protected:
  using Result = EsdbLog::Result;
  using Message = Reader::Message;

  static Name NameOf(std::string_view client) { return *ParseName(client); }
  static Expected At(std::uint64_t revision) { return {Expected::Kind::kRevision, revision}; }

  std::string NewId() { return NewUuid(clock_, random_); }

  // Of JSON where the data is.
  log::pb::Event MakeEvent(std::string_view type, std::string_view data, std::string id = "") {
    pb::streams::AppendReq::ProposedMessage message;
    (*message.mutable_metadata())["type"] = std::string(type);
    (*message.mutable_metadata())["content-type"] =
        strict::ParseJson(data).ok() ? "application/json" : "application/octet-stream";
    message.set_data(std::string(data));
    message.mutable_id()->set_string(id.empty() ? NewId() : std::move(id));
    return *ToEvent(message, author_);
  }
  std::vector<log::pb::Event> MakeEvents(int count) {
    std::vector<log::pb::Event> events;
    events.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) events.push_back(MakeEvent("Tested", absl::StrCat(i)));
    return events;
  }

  // By turns as one call that waits and as one of a batch: nothing depends on it.
  absl::StatusOr<Result> Append(std::string_view stream, std::vector<log::pb::Event> events,
                                Expected expected = {}) {
    later_ = !later_;
    if (!later_) return esdb_log_.Append(author_, NameOf(stream), expected, std::move(events));
    absl::StatusOr<Result> told = absl::UnknownError("nothing told");
    {
      // Its end waits for what it runs.
      Executor executor({.thread_name = "esdb-later", .threads = 1});
      esdb_log_.AppendLater({author_, NameOf(stream), expected, std::move(events)}, executor,
                            [&told](absl::StatusOr<Result> result) { told = std::move(result); });
    }
    return told;
  }

  static pb::streams::ReadReq ReadStream(std::string_view stream) {
    pb::streams::ReadReq request;
    auto& options = *request.mutable_options();
    options.mutable_stream()->mutable_stream_identifier()->set_stream_name(std::string(stream));
    options.mutable_stream()->mutable_start();
    options.set_count(1 << 20);
    return request;
  }
  static pb::streams::ReadReq ReadAll() {
    pb::streams::ReadReq request;
    request.mutable_options()->mutable_all()->mutable_start();
    request.mutable_options()->set_count(1 << 20);
    return request;
  }
  static pb::streams::ReadReq Following(pb::streams::ReadReq request) {
    request.mutable_options()->mutable_subscription();
    return request;
  }

  std::unique_ptr<Reader> Open(const pb::streams::ReadReq& request) {
    auto reader = Reader::Open(
        parts_, request,
        [this](std::vector<log::pb::Record> records, log::pb::Direction direction) {
          return feeds_.Filter("esdb", std::move(records), direction);
        },
        "s-1");
    EXPECT_TRUE(reader.ok()) << reader.status();
    return *std::move(reader);
  }

  // Everything up to the end, or up to where a subscription waits.
  static absl::StatusOr<std::vector<Message>> Drain(Reader& reader) {
    std::vector<Message> all;
    while (!reader.finished()) {
      ASSIGN_OR_RETURN(std::vector<Message> page, reader.Next());
      if (page.empty()) break;
      std::move(page.begin(), page.end(), std::back_inserter(all));
    }
    return all;
  }

  // One word a message: an event's data, a link as `number>data`, or what else it is.
  static std::string Word(const Message& message) {
    switch (message.content_case()) {
      case Message::kEvent: {
        const auto& event = message.event();
        const std::string data = event.has_event() ? event.event().data() : "-";
        return event.has_link() ? absl::StrCat(event.link().stream_revision(), ">", data) : data;
      }
      case Message::kConfirmation:
        return "confirmed";
      case Message::kCheckpoint:
        return absl::StrCat("checkpoint@", message.checkpoint().commit_position());
      case Message::kStreamNotFound:
        return "not-found";
      case Message::kCaughtUp:
        return "caught-up";
      case Message::kFellBehind:
        return "fell-behind";
      default:
        return "?";
    }
  }
  static std::vector<std::string> Words(const absl::StatusOr<std::vector<Message>>& messages) {
    if (!messages.ok()) return {ExceptionOf(messages.status())};
    std::vector<std::string> words;
    words.reserve(messages->size());
    for (const Message& message : *messages) words.push_back(Word(message));
    return words;
  }
  std::vector<std::string> Read(const pb::streams::ReadReq& request) {
    return Words(Drain(*Open(request)));
  }

  ManualClock clock_{absl::FromUnixSeconds(1'600'000'000)};
  SeededRandom random_{1};
  log::MemoryEventLog log_{clock_};
  bool later_ = false;
  EsdbLog esdb_log_{log_, clock_, random_};
  LinkNumbers links_{log_};
  const ReadParts parts_{log_, esdb_log_, links_, clock_};
  TestFeeds feeds_;
  const Author author_{"esdb", "mro", "esdb"};
};

}  // namespace mlup::esdb
