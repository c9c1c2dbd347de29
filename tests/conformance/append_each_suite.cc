// One append over streams that are named again, and many appends in one go, for every EventLog.
#include <vector>

#include "gmock/gmock.h"

#include "eventstore/base/status.h"
#include "tests/conformance/event_log_suite.h"

namespace mlup::log {
namespace {

using testing::ElementsAre;

std::vector<std::pair<std::string, std::uint64_t>> PlacesIn(EventLog& log) {
  std::vector<std::pair<std::string, std::uint64_t>> places;
  const auto page = log.ReadAll({});
  EXPECT_TRUE(page.ok()) << page.status();
  for (const pb::Record& record : page->records()) {
    EXPECT_EQ(record.position(), places.size() + 1);
    places.emplace_back(record.stream(), record.revision());
  }
  return places;
}

using Place = std::pair<std::string, std::uint64_t>;

TEST_P(EventLogSuite, AStreamThatIsNamedAgainGoesOnWhereItsLastWriteEnded) {
  const std::string a = appends_.Stream();
  const std::string b = appends_.Stream("person");
  ASSERT_TRUE(log().Append(appends_.To(a)).ok());
  pb::AppendRequest request = appends_.Empty();
  appends_.Add(request, a, 2).set_revision(1);
  appends_.Add(request, b, 1).set_no_stream(true);
  appends_.Add(request, a, 1);
  appends_.Add(request, b, 1);
  for (int i = 2; i < 4; ++i) request.mutable_writes(i)->clear_expected();
  const auto response = log().Append(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->first_position(), 2u);
  EXPECT_EQ(response->last_position(), 6u);
  ASSERT_EQ(response->streams_size(), 2);
  EXPECT_EQ(response->streams(0).stream(), a);
  EXPECT_EQ(response->streams(0).first_revision(), 2u);
  EXPECT_EQ(response->streams(0).last_revision(), 4u);
  EXPECT_EQ(response->streams(1).first_revision(), 1u);
  EXPECT_EQ(response->streams(1).last_revision(), 2u);
  EXPECT_THAT(PlacesIn(log()), ElementsAre(Place(a, 1), Place(a, 2), Place(a, 3), Place(b, 1),
                                           Place(a, 4), Place(b, 2)));
  // The stream goes on from there.
  pb::AppendRequest next = appends_.Empty();
  appends_.Add(next, a, 1).set_revision(4);
  EXPECT_TRUE(log().Append(next).ok());
  EXPECT_TRUE(log().Append(request)->replayed());
}

TEST_P(EventLogSuite, WhatAStreamExpectsIsItsRevisionBeforeTheAppend) {
  const std::string a = appends_.Stream();
  pb::AppendRequest request = appends_.Empty();
  appends_.Add(request, a, 1).set_revision(1);
  appends_.Add(request, a, 1);
  request.mutable_writes(1)->clear_expected();
  const auto refused = log().Append(request);
  EXPECT_EQ(ErrorReason(refused.status()), "VERSION_MISMATCH");
  EXPECT_EQ(ErrorField(refused.status()), "writes[0].expected");
}

TEST_P(EventLogSuite, ManyAppendsAreAsThoseOneAfterTheOther) {
  const std::string a = appends_.Stream();
  const std::string b = appends_.Stream();
  std::vector<pb::AppendRequest> requests;
  const auto to = [&](const std::string& stream, std::uint64_t revision) -> pb::AppendRequest& {
    requests.push_back(appends_.Empty());
    appends_.Add(requests.back(), stream, 1).set_revision(revision);
    return requests.back();
  };
  to(a, 0).mutable_writes(0)->mutable_expected()->set_no_stream(true);
  to(a, 1);
  to(b, 0).mutable_writes(0)->mutable_expected()->set_no_stream(true);
  requests.push_back(requests[1]);
  to(b, 7);
  to(a, 2);
  requests.push_back(requests[0]);
  requests.back().set_request_digest(std::string(32, 'e'));
  to(a, 3).clear_key();

  const auto responses = log().AppendEach(requests);
  ASSERT_EQ(responses.size(), 8u);
  std::vector<std::string> answers;
  answers.reserve(responses.size());
  for (const auto& response : responses) {
    answers.push_back(!response.ok()         ? ErrorReason(response.status())
                      : response->replayed() ? "replayed"
                                             : std::to_string(response->first_position()));
  }
  EXPECT_THAT(answers, ElementsAre("1", "2", "3", "replayed", "VERSION_MISMATCH", "4",
                                   "REQUEST_ID_REUSED", "REQUEST_KEY_INVALID"));
  EXPECT_THAT(PlacesIn(log()), ElementsAre(Place(a, 1), Place(a, 2), Place(b, 1), Place(a, 3)));
  EXPECT_TRUE(log().AppendEach({}).empty());
}

// Whoever asks for many decided each on those before it: what rested on one that failed is not
// taken for something else.
TEST_P(EventLogSuite, WhatFollowsAFailedAppendOnItsStreamsFailsToo) {
  const std::string a = appends_.Stream();
  const std::string b = appends_.Stream();
  const std::string c = appends_.Stream();
  ASSERT_TRUE(log().Append(appends_.To(a)).ok());
  std::vector<pb::AppendRequest> requests;
  const auto add = [&](const std::string& stream) -> pb::Expected& {
    requests.push_back(appends_.Empty());
    return appends_.Add(requests.back(), stream, 1);
  };
  // The first expects that nothing stands on a; the second goes on from there, and the stream is
  // there by another's append.
  add(a).set_no_stream(true);
  add(a).set_revision(1);
  add(b).set_no_stream(true);
  // Only read there: rests on the failed one too, and so does what is written with it.
  add(c).set_no_stream(true);
  appends_.Add(requests.back(), a, 0).set_revision(1);
  add(c).set_no_stream(true);
  add(b).set_revision(1);
  const auto responses = log().AppendEach(requests);
  ASSERT_EQ(responses.size(), 6u);
  std::vector<std::string> answers;
  answers.reserve(responses.size());
  for (const auto& response : responses) answers.push_back(ErrorReason(response.status()));
  EXPECT_THAT(answers, ElementsAre("VERSION_MISMATCH", "VERSION_MISMATCH", "", "VERSION_MISMATCH",
                                   "VERSION_MISMATCH", ""));
  EXPECT_EQ(ErrorField(responses[1].status()), "writes[0].expected");
  EXPECT_EQ(ErrorField(responses[3].status()), "writes[1].expected");
  EXPECT_EQ(responses[1].status().code(), absl::StatusCode::kAborted);
  // Asked for by itself it is judged by what stands there.
  EXPECT_TRUE(log().Append(requests[1]).ok());
}

TEST_P(EventLogSuite, ARepetitionIsRecognisedBehindAFailedAppend) {
  const std::string a = appends_.Stream();
  const pb::AppendRequest recorded = appends_.To(a);
  ASSERT_TRUE(log().Append(recorded).ok());
  pb::AppendRequest failing = appends_.Empty();
  appends_.Add(failing, a, 1).set_no_stream(true);
  const auto responses = log().AppendEach({failing, recorded});
  EXPECT_EQ(ErrorReason(responses[0].status()), "VERSION_MISMATCH");
  ASSERT_TRUE(responses[1].ok()) << responses[1].status();
  EXPECT_TRUE(responses[1]->replayed());
}

}  // namespace
}  // namespace mlup::log
