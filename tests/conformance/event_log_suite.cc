// Appending and reading, for every EventLog.
#include "tests/conformance/event_log_suite.h"

#include <set>
#include <vector>

#include "gmock/gmock.h"

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/log/timestamp.h"

namespace mlup::log {
namespace {

using testing::ElementsAre;

std::vector<std::uint64_t> PositionsOf(
    const google::protobuf::RepeatedPtrField<pb::Record>& records) {
  std::vector<std::uint64_t> positions;
  for (const pb::Record& record : records) positions.push_back(record.position());
  return positions;
}

pb::ReadStreamRequest ReadOf(const std::string& stream, std::uint64_t from, pb::Direction direction,
                             std::uint32_t limit) {
  pb::ReadStreamRequest request;
  request.set_stream(stream);
  request.set_from_revision(from);
  request.set_direction(direction);
  request.set_limit(limit);
  return request;
}

pb::ReadAllRequest ReadAllOf(std::uint64_t from, pb::Direction direction, std::uint32_t limit) {
  pb::ReadAllRequest request;
  request.set_from_position(from);
  request.set_direction(direction);
  request.set_limit(limit);
  return request;
}

TEST_P(EventLogSuite, AnEmptyLogHoldsNothing) {
  EXPECT_EQ(log().Head()->value, 0u);
  EXPECT_EQ(log().ReadAll({})->records_size(), 0);
  EXPECT_EQ(log().ReadAll({})->next_position(), 0u);
  const auto page = log().ReadStream(ReadOf(appends_.Stream(), 0, pb::DIRECTION_FORWARD, 0));
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->last_revision(), 0u);
}

TEST_P(EventLogSuite, AnAppendGetsPositionsAndRevisionsInOrder) {
  const std::string a = appends_.Stream();
  const std::string b = appends_.Stream("person");
  ASSERT_TRUE(log().Append(appends_.To(a, 2)).ok());
  pb::AppendRequest request = appends_.To(b, 1);
  appends_.Add(request, a, 2);
  const auto response = log().Append(request);
  ASSERT_TRUE(response.ok()) << response.status();

  EXPECT_EQ(response->first_position(), 3u);
  EXPECT_EQ(response->last_position(), 5u);
  EXPECT_FALSE(response->replayed());
  ASSERT_EQ(response->streams_size(), 2);
  EXPECT_EQ(response->streams(0).stream(), b);
  EXPECT_EQ(response->streams(0).last_revision(), 1u);
  EXPECT_EQ(response->streams(1).first_revision(), 3u);
  EXPECT_EQ(response->streams(1).last_revision(), 4u);
  EXPECT_THAT(response->event_ids(), ElementsAre(request.writes(0).events(0).event_id(),
                                                 request.writes(1).events(0).event_id(),
                                                 request.writes(1).events(1).event_id()));
  EXPECT_EQ(log().Head()->value, 5u);

  const auto page = log().ReadAll(ReadAllOf(5, pb::DIRECTION_FORWARD, 0));
  ASSERT_EQ(page->records_size(), 1);
  const pb::Record& record = page->records(0);
  EXPECT_EQ(record.stream(), a);
  EXPECT_EQ(record.revision(), 4u);
  EXPECT_EQ(record.append_first_position(), 3u);
  EXPECT_EQ(record.append_event_count(), 3u);
  EXPECT_EQ(record.request_digest(), request.request_digest());
  EXPECT_EQ(FromTimestamp(record.recorded_at()), clock_.Now());
  EXPECT_EQ(record.event().SerializeAsString(), request.writes(1).events(1).SerializeAsString());
}

// What is expected, against a stream with no event and one with three.
TEST_P(EventLogSuite, AStreamThatIsNotAsExpectedRefusesTheAppend) {
  struct Case {
    std::function<void(pb::Expected&)> set;
    bool ok_when_empty;
    bool ok_at_three;
    std::string described;
  };
  const std::vector<Case> cases = {
      {[](pb::Expected&) {}, true, true, ""},
      {[](pb::Expected& e) { e.set_any(true); }, true, true, ""},
      {[](pb::Expected& e) { e.set_no_stream(true); }, true, false, "no stream"},
      {[](pb::Expected& e) { e.set_stream_exists(true); }, false, true, "an existing stream"},
      {[](pb::Expected& e) { e.set_revision(3); }, false, true, "3"},
      {[](pb::Expected& e) { e.set_revision(2); }, false, false, "2"},
      {[](pb::Expected& e) { e.set_revision(4); }, false, false, "4"},
  };
  for (const Case& test : cases) {
    for (const int events : {0, 3}) {
      const std::string stream = appends_.Stream();
      if (events > 0) {
        ASSERT_TRUE(log().Append(appends_.To(stream, events)).ok());
      }
      pb::AppendRequest request = appends_.Empty();
      test.set(appends_.Add(request, stream));
      const auto response = log().Append(request);
      const bool ok = events == 0 ? test.ok_when_empty : test.ok_at_three;
      ASSERT_EQ(response.ok(), ok) << response.status() << " " << test.described;
      if (ok) continue;
      EXPECT_EQ(response.status().code(), absl::StatusCode::kAborted);
      EXPECT_EQ(ErrorReason(response.status()), "VERSION_MISMATCH");
      EXPECT_EQ(ErrorField(response.status()), "writes[0].expected");
      EXPECT_EQ(response.status().message(),
                "expected " + test.described + ", stream is at " + std::to_string(events));
    }
  }
}

TEST_P(EventLogSuite, AWriteWithoutEventsOnlyGuards) {
  const std::string guarded = appends_.Stream();
  pb::AppendRequest request = appends_.To(appends_.Stream());
  appends_.Add(request, guarded, 0).set_no_stream(true);
  const auto response = log().Append(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->streams_size(), 1);

  ASSERT_TRUE(log().Append(appends_.To(guarded)).ok());
  request = appends_.To(appends_.Stream());
  appends_.Add(request, guarded, 0).set_no_stream(true);
  const auto refused = log().Append(request);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ErrorField(refused.status()), "writes[1].expected");
}

TEST_P(EventLogSuite, AnAppendOverSeveralStreamsIsAllOrNothing) {
  const std::string a = appends_.Stream();
  pb::AppendRequest request = appends_.To(a, 2);
  appends_.Add(request, appends_.Stream(), 1).set_revision(7);
  ASSERT_FALSE(log().Append(request).ok());
  EXPECT_EQ(log().Head()->value, 0u);
  EXPECT_EQ(log().ReadStream(ReadOf(a, 0, pb::DIRECTION_FORWARD, 0))->last_revision(), 0u);
  EXPECT_FALSE(log().Lookup(LookupOf(request))->found());
}

TEST_P(EventLogSuite, ARepeatedRequestGetsTheFirstAnswerAndWritesNothing) {
  pb::AppendRequest request = appends_.Empty();
  appends_.Add(request, appends_.Stream(), 2).set_no_stream(true);
  appends_.Add(request, appends_.Stream(), 1).set_no_stream(true);
  EXPECT_FALSE(log().Lookup(LookupOf(request))->found());
  const auto first = log().Append(request);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(log().Append(appends_.To(request.writes(0).stream())).ok());

  // The streams have moved on, but a repetition is recognised before anything is expected of them.
  const auto again = log().Append(request);
  ASSERT_TRUE(again.ok()) << again.status();
  pb::AppendResponse expected = *first;
  expected.set_replayed(true);
  EXPECT_EQ(again->SerializeAsString(), expected.SerializeAsString());
  EXPECT_EQ(log().Head()->value, 4u);

  const auto found = log().Lookup(LookupOf(request));
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_TRUE(found->found());
  EXPECT_EQ(found->result().SerializeAsString(), expected.SerializeAsString());
}

TEST_P(EventLogSuite, ARequestIdBelongsToOneCommandOfOneOrganisation) {
  pb::AppendRequest request = appends_.To(appends_.Stream());
  ASSERT_TRUE(log().Append(request).ok());
  request.set_request_digest(std::string(32, 'e'));
  for (const absl::Status& status :
       {log().Append(request).status(), log().Lookup(LookupOf(request)).status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
    EXPECT_EQ(ErrorReason(status), "REQUEST_ID_REUSED");
  }
  request.mutable_key()->set_organisation_id("other");
  EXPECT_FALSE(log().Lookup(LookupOf(request))->found());
  request.mutable_writes(0)->mutable_events(0)->set_event_id(appends_.Id());
  const auto others = log().Append(request);
  ASSERT_TRUE(others.ok()) << others.status();
  EXPECT_FALSE(others->replayed());
}

TEST_P(EventLogSuite, EachLimitIsRefusedWithItsField) {
  struct Case {
    std::string field;
    std::string reason;
    std::function<void(pb::AppendRequest&)> spoil;
  };
  const auto event = [](pb::AppendRequest& r) { return r.mutable_writes(0)->mutable_events(0); };
  const std::vector<Case> cases = {
      {"key.organisation_id", "REQUEST_KEY_INVALID",
       [](auto& r) { r.mutable_key()->clear_organisation_id(); }},
      {"key.request_id", "REQUEST_KEY_INVALID",
       [](auto& r) { r.mutable_key()->clear_request_id(); }},
      {"key.request_id", "REQUEST_KEY_INVALID",
       [](auto& r) { r.mutable_key()->set_request_id(std::string(kRequestIdMax + 1, 'r')); }},
      {"request_digest", "REQUEST_DIGEST_INVALID", [](auto& r) { r.set_request_digest("short"); }},
      {"writes", "EVENTS_MISSING", [](auto& r) { r.clear_writes(); }},
      {"writes", "EVENTS_MISSING", [](auto& r) { r.mutable_writes(0)->clear_events(); }},
      {"writes", "STREAMS_TOO_MANY",
       [&](auto& r) {
         for (std::size_t i = 0; i < kAppendStreamsMax; ++i) appends_.Add(r, appends_.Stream());
       }},
      {"writes", "EVENTS_TOO_MANY",
       [&](auto& r) { appends_.Add(r, appends_.Stream(), static_cast<int>(kAppendEventsMax)); }},
      {"writes", "APPEND_TOO_LARGE",
       [&](auto& r) {
         constexpr std::size_t kEach = 900 << 10;
         for (std::size_t bytes = 0; bytes <= kAppendBytesMax; bytes += kEach) {
           *r.mutable_writes(0)->add_events() = appends_.Event("mlup.test.v1.Noted", kEach);
         }
       }},
      {"writes[1].expected", "STREAM_REPEATED",
       [&](auto& r) { appends_.Add(r, r.writes(0).stream(), 1).set_any(true); }},
      {"writes[2].expected", "STREAM_REPEATED",
       [&](auto& r) {
         appends_.Add(r, appends_.Stream());
         appends_.Add(r, r.writes(0).stream(), 1).set_revision(1);
       }},
      {"writes[0].stream", "STREAM_NAME_INVALID",
       [](auto& r) { r.mutable_writes(0)->set_stream("case"); }},
      {"writes[0].stream", "STREAM_NAME_INVALID",
       [&](auto& r) { r.mutable_writes(0)->set_stream("unheard_of/" + appends_.Id()); }},
      {"writes[0].stream", "STREAM_NAME_INVALID",
       [](auto& r) { r.mutable_writes(0)->set_stream("case/sok"); }},
      {"writes[0].stream", "STREAM_NAME_INVALID",
       [](auto& r) { r.mutable_writes(0)->set_stream("ext/" + std::string(kStreamNameMax, 'n')); }},
      {"writes[0].stream", "STREAM_NAME_INVALID",
       [](auto& r) { r.mutable_writes(0)->set_stream(std::string("ext/a\0b", 7)); }},
      {"writes[0].events[0].event_id", "EVENT_ID_INVALID",
       [&](auto& r) { event(r)->set_event_id("1"); }},
      {"writes[0].events[1].event_id", "EVENT_ID_REPEATED",
       [&](auto& r) { *r.mutable_writes(0)->add_events() = r.writes(0).events(0); }},
      {"writes[0].events[0].type", "EVENT_TYPE_MISSING", [&](auto& r) { event(r)->clear_type(); }},
      {"writes[0].events[0].subjects", "SUBJECTS_TOO_MANY",
       [&](auto& r) {
         for (std::size_t i = 0; i <= kSubjectsMax; ++i) event(r)->add_subjects();
       }},
      {"writes[0].events[0].subjects[1].subject_id", "SUBJECT_REPEATED",
       [&](auto& r) {
         for (int i = 0; i < 2; ++i) event(r)->add_subjects()->set_subject_id("sok");
       }},
      {"writes[0].events[0].subjects[0].salt", "SALT_INVALID",
       [&](auto& r) { event(r)->add_subjects()->set_salt("fifteen bytes.."); }},
      {"writes[0].events[0].source_id", "TEXT_TOO_LONG",
       [&](auto& r) { event(r)->set_source_id(std::string(kEnvelopeTextMax + 1, 's')); }},
      {"writes[0].events[0].actor.role", "TEXT_TOO_LONG",
       [&](auto& r) {
         event(r)->mutable_actor()->set_role(std::string(kEnvelopeTextMax + 1, 's'));
       }},
      {"writes[0].events[0].type", "TEXT_TOO_LONG",
       [&](auto& r) { event(r)->set_type(std::string(kEventTypeMax + 1, 't')); }},
      {"writes[0].events[0].sector", "VALUE_UNKNOWN",
       [&](auto& r) { event(r)->set_sector(static_cast<pb::Sector>(300)); }},
      {"writes[0].events[0].source_recorded_at", "TIME_INVALID",
       [&](auto& r) { event(r)->mutable_source_recorded_at()->set_nanos(-1); }},
      {"writes[0].events[0]", "UNKNOWN_FIELD",
       [&](auto& r) {
         auto& part = *event(r)->add_subjects();
         part.GetReflection()->MutableUnknownFields(&part)->AddVarint(99, 1);
       }},
      {"writes[0].events[0]", "EVENT_TOO_LARGE",
       [&](auto& r) { event(r)->set_common(std::string(kEventBytesMax, 'x')); }},
  };
  for (const Case& test : cases) {
    pb::AppendRequest request = appends_.To(appends_.Stream());
    test.spoil(request);
    const absl::Status status = log().Append(request).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << test.field << " " << status;
    EXPECT_EQ(ErrorReason(status), test.reason);
    EXPECT_EQ(ErrorField(status), test.field);
  }
  EXPECT_EQ(log().Head()->value, 0u);
}

// Each record repeats the name of its stream: a small request of this kind takes most room.
TEST_P(EventLogSuite, ManySmallEventsOfAStreamWithALongNameAreTaken) {
  const std::string stream = "ext/" + std::string(kStreamNameMax - 4, 'n');
  std::vector<pb::AppendRequest> requests;
  requests.reserve(4);
  for (int i = 0; i < 4; ++i) {
    pb::AppendRequest request = appends_.Empty();
    appends_.Add(request, stream, static_cast<int>(kAppendEventsMax));
    requests.push_back(std::move(request));
  }
  for (const auto& response : log().AppendEach(requests)) {
    ASSERT_TRUE(response.ok()) << response.status();
  }
  EXPECT_EQ(log().Head()->value, 4 * kAppendEventsMax);
  pb::ReadStreamRequest last;
  last.set_stream(stream);
  last.set_direction(pb::DIRECTION_BACKWARD);
  last.set_limit(1);
  EXPECT_EQ(log().ReadStream(last)->records(0).revision(), 4 * kAppendEventsMax);
}

// Searches for a way to get one id twice: other streams, later writes of one append, appends of one
// call, repetitions; after it each id stands once, and what was refused left nothing.
TEST_P(EventLogSuite, AnEventIdStandsOnceInTheWholeLog) {
  SeededRandom random(29);
  const auto below = [&random](std::size_t bound) { return random.Next() % bound; };
  std::vector<std::string> ids;
  ids.reserve(40);
  for (int i = 0; i < 40; ++i) ids.push_back(appends_.Id());
  std::vector<std::string> streams;
  streams.reserve(4);
  for (int i = 0; i < 4; ++i) streams.push_back(appends_.Stream());
  std::set<std::string> taken;
  std::vector<pb::AppendRequest> recorded;
  std::size_t refused = 0;
  for (int round = 0; round < 60; ++round) {
    std::vector<pb::AppendRequest> requests;
    for (std::uint64_t i = 0; i <= below(3); ++i) {
      if (!recorded.empty() && below(4) == 0) {
        requests.push_back(recorded[below(recorded.size())]);
        continue;
      }
      pb::AppendRequest request = appends_.Empty();
      std::set<std::string> own;
      for (std::uint64_t k = 0; k <= below(2); ++k) {
        appends_.Add(request, streams[below(streams.size())]);
        const std::string& id = below(2) == 0 ? ids[below(ids.size())] : appends_.Id();
        if (!own.insert(id).second) continue;
        request.mutable_writes(request.writes_size() - 1)->mutable_events(0)->set_event_id(id);
      }
      requests.push_back(request);
    }
    const auto results = log().AppendEach(requests);
    for (std::size_t i = 0; i < requests.size(); ++i) {
      bool is_free = true;
      for (const pb::StreamWrite& write : requests[i].writes()) {
        is_free = is_free && !taken.contains(write.events(0).event_id());
      }
      if (results[i].ok()) {
        EXPECT_EQ(is_free, !results[i]->replayed());
        if (results[i]->replayed()) continue;
        recorded.push_back(requests[i]);
        for (const pb::StreamWrite& write : requests[i].writes()) {
          taken.insert(write.events(0).event_id());
        }
      } else if (!absl::IsAborted(results[i].status())) {
        ++refused;
        EXPECT_FALSE(is_free);
        EXPECT_EQ(ErrorReason(results[i].status()), "EVENT_ID_TAKEN") << results[i].status();
        EXPECT_TRUE(absl::IsFailedPrecondition(results[i].status()));
      }
    }
  }
  EXPECT_GT(refused, 20u);
  std::set<std::string> stored;
  const auto page = log().ReadAll(ReadAllOf(0, pb::DIRECTION_FORWARD, kReadEventsMax));
  for (const pb::Record& record : page->records()) {
    EXPECT_TRUE(stored.insert(record.event().event_id()).second);
  }
  EXPECT_EQ(stored, taken);
}

TEST_P(EventLogSuite, WhatStandsExactlyAtALimitIsTaken) {
  pb::AppendRequest request = appends_.Empty();
  request.mutable_key()->set_request_id(std::string(kRequestIdMax, 'r'));
  for (std::size_t i = 0; i < kAppendStreamsMax; ++i) {
    appends_.Add(request, appends_.Stream(),
                 static_cast<int>(kAppendEventsMax / kAppendStreamsMax));
  }
  const auto response = log().Append(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->last_position(), kAppendEventsMax);
  EXPECT_EQ(log().ReadAll(ReadAllOf(0, pb::DIRECTION_FORWARD, kReadEventsMax))->records_size(),
            static_cast<int>(kReadEventsMax));
}

TEST_P(EventLogSuite, BadReadsAreRefusedWithTheirField) {
  const std::uint32_t too_many = kReadEventsMax + 1;
  const auto read = [&](const std::string& stream, std::uint32_t limit) {
    return log().ReadStream(ReadOf(stream, 0, pb::DIRECTION_FORWARD, limit)).status();
  };
  EXPECT_EQ(ErrorField(read("nothing", 0)), "stream");
  EXPECT_EQ(ErrorField(read(appends_.Stream(), too_many)), "limit");
  EXPECT_EQ(ErrorField(log().ReadAll(ReadAllOf(0, pb::DIRECTION_FORWARD, too_many)).status()),
            "limit");
  EXPECT_EQ(ErrorField(log().ReadAll(ReadAllOf(0, static_cast<pb::Direction>(9), 0)).status()),
            "direction");
  pb::ReadAllRequest request;
  for (std::size_t i = 0; i <= kRepeatedItemsMax; ++i) request.mutable_filter()->add_types("t");
  EXPECT_EQ(ErrorField(log().ReadAll(request).status()), "filter.types");
}

TEST_P(EventLogSuite, AStreamIsReadInPagesBothWays) {
  const std::string stream = appends_.Stream();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(log().Append(appends_.To(stream)).ok());
    ASSERT_TRUE(log().Append(appends_.To(appends_.Stream())).ok());
  }
  const auto read = [&](std::uint64_t from, pb::Direction direction, std::uint32_t limit) {
    const auto page = log().ReadStream(ReadOf(stream, from, direction, limit));
    EXPECT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->last_revision(), 5u);
    std::vector<std::uint64_t> revisions;
    for (const pb::Record& record : page->records()) {
      EXPECT_EQ(record.position(), record.revision() * 2 - 1);
      revisions.push_back(record.revision());
    }
    return revisions;
  };
  EXPECT_THAT(read(0, pb::DIRECTION_UNSPECIFIED, 0), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(read(0, pb::DIRECTION_FORWARD, 2), ElementsAre(1, 2));
  EXPECT_THAT(read(3, pb::DIRECTION_FORWARD, 2), ElementsAre(3, 4));
  EXPECT_THAT(read(6, pb::DIRECTION_FORWARD, 2), ElementsAre());
  EXPECT_THAT(read(0, pb::DIRECTION_BACKWARD, 2), ElementsAre(5, 4));
  EXPECT_THAT(read(3, pb::DIRECTION_BACKWARD, 0), ElementsAre(3, 2, 1));
  EXPECT_THAT(read(99, pb::DIRECTION_BACKWARD, 1), ElementsAre(5));
}

TEST_P(EventLogSuite, TheLogIsReadInPagesBothWays) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(log().Append(appends_.To(appends_.Stream())).ok());
  const auto read = [&](std::uint64_t from, pb::Direction direction, std::uint32_t limit,
                        std::uint64_t next) {
    const auto page = log().ReadAll(ReadAllOf(from, direction, limit));
    EXPECT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->head(), 5u);
    EXPECT_EQ(page->next_position(), next) << "from " << from << " limit " << limit;
    return PositionsOf(page->records());
  };
  EXPECT_THAT(read(0, pb::DIRECTION_FORWARD, 2, 3), ElementsAre(1, 2));
  EXPECT_THAT(read(3, pb::DIRECTION_FORWARD, 2, 5), ElementsAre(3, 4));
  EXPECT_THAT(read(5, pb::DIRECTION_FORWARD, 2, 0), ElementsAre(5));
  EXPECT_THAT(read(4, pb::DIRECTION_FORWARD, 2, 0), ElementsAre(4, 5));
  EXPECT_THAT(read(9, pb::DIRECTION_FORWARD, 2, 0), ElementsAre());
  EXPECT_THAT(read(0, pb::DIRECTION_BACKWARD, 2, 3), ElementsAre(5, 4));
  EXPECT_THAT(read(3, pb::DIRECTION_BACKWARD, 2, 1), ElementsAre(3, 2));
  EXPECT_THAT(read(1, pb::DIRECTION_BACKWARD, 2, 0), ElementsAre(1));
}

TEST_P(EventLogSuite, AFilterSelectsByCategoryAndType) {
  pb::AppendRequest request = appends_.To(appends_.Stream("case"), 3);
  appends_.Add(request, appends_.Stream("person"), 2);
  appends_.Add(request, appends_.Stream("case_group"), 1);
  request.mutable_writes(0)->mutable_events(1)->set_type("mlup.test.v1.Closed");
  request.mutable_writes(1)->mutable_events(1)->set_type("mlup.test.v1.Closed");
  ASSERT_TRUE(log().Append(request).ok());

  const auto read = [&](const std::vector<std::string>& categories,
                        const std::vector<std::string>& types, std::uint32_t limit,
                        std::uint64_t next) {
    pb::ReadAllRequest all = ReadAllOf(0, pb::DIRECTION_FORWARD, limit);
    for (const std::string& category : categories) all.mutable_filter()->add_categories(category);
    for (const std::string& type : types) all.mutable_filter()->add_types(type);
    const auto page = log().ReadAll(all);
    EXPECT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->next_position(), next);
    return PositionsOf(page->records());
  };
  EXPECT_THAT(read({"case"}, {}, 0, 0), ElementsAre(1, 2, 3));
  EXPECT_THAT(read({"case", "case_group"}, {}, 0, 0), ElementsAre(1, 2, 3, 6));
  EXPECT_THAT(read({}, {"mlup.test.v1.Closed"}, 0, 0), ElementsAre(2, 5));
  EXPECT_THAT(read({}, {"mlup.test.v1.Closed"}, 1, 3), ElementsAre(2));
  EXPECT_THAT(read({"person"}, {"mlup.test.v1.Closed"}, 0, 0), ElementsAre(5));
  EXPECT_THAT(read({"donor"}, {}, 0, 0), ElementsAre());
}

TEST_P(EventLogSuite, APageEndsAtItsBytes) {
  const std::string stream = appends_.Stream();
  for (int i = 0; i < 12; ++i) {
    pb::AppendRequest request = appends_.Empty();
    appends_.Add(request, stream, 0);
    *request.mutable_writes(0)->add_events() = appends_.Event("mlup.test.v1.Noted", 250 << 10);
    ASSERT_TRUE(log().Append(request).ok());
  }
  const auto page = log().ReadAll({});
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->records_size(), 8);
  EXPECT_EQ(page->next_position(), 9u);
  EXPECT_EQ(log().ReadStream(ReadOf(stream, 0, pb::DIRECTION_BACKWARD, 0))->records_size(), 8);
}

}  // namespace
}  // namespace mlup::log
