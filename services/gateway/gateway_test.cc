// The HTTP face without a network: what calls answer, what streams say, what is taken from outside.
#include <array>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/limits.h"
#include "eventstore/base/random.h"
#include "services/gateway/api.h"
#include "services/gateway/error_body.h"
#include "services/gateway/query.h"
#include "services/sharing/sharing_test_world.h"

namespace mlup::gateway {
namespace {

using nlohmann::json;
using sharing::TestId;
using testing::ElementsAre;
using testing::HasSubstr;

// Tokens are `test` and `other`.
constexpr char kSubscribers[] = R"(
subscribers {
  subscriber_id: "partner" organisation_id: "partner" purpose: "referrals" source_system: "oscar"
  token_sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
  agreement { filter { type_prefixes: "mlup." } fields { type: "*" paths: "*" } }
  accepts { their_type: "org.oscar.HouseholdFound" type: "mlup.cases.v1.HouseholdRegistered"
            fields { path: "type" code_map: "households" } }
  accepts { their_type: "org.mluprussey.cases.PersonRegistered.v1" type: "mlup.cases.v1.PersonRegistered" }
  accepts { their_type: "org.mluprussey.common.EntryVoided.v1" type: "mlup.common.v1.EntryVoided" }
}
subscribers {
  subscriber_id: "reader" organisation_id: "mro" purpose: "reporting"
  token_sha256: "d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa"
  agreement { filter { type_prefixes: "mlup." } }
}
code_maps { name: "households" version: "1" enum_type: "mlup.cases.v1.HouseholdType"
  entries { ours: "HOUSEHOLD_TYPE_BIRTH_BOTH" theirs: "both" }
  entries { ours: "HOUSEHOLD_TYPE_BIRTH_MOTHER" theirs: "mother" }
  entries { ours: "HOUSEHOLD_TYPE_BIRTH_FATHER" theirs: "father" }
  entries { ours: "HOUSEHOLD_TYPE_KINSHIP" theirs: "kin" }
  entries { ours: "HOUSEHOLD_TYPE_FOSTER" theirs: "foster" }
  entries { ours: "HOUSEHOLD_TYPE_CHILD_HEADED" theirs: "child" }
  entries { ours: "HOUSEHOLD_TYPE_ADOPTIVE" theirs: "adoptive" }
  entries { ours: "HOUSEHOLD_TYPE_UNKNOWN" theirs: "unknown" } }
)";

class GatewayTest : public testing::Test {
 protected:
  HttpResponse Call(const std::string& method, const std::string& target,
                    const std::string& body = "",
                    const std::map<std::string, std::string, std::less<>>& headers = {}) {
    HttpRequest request;
    request.method = method;
    ParseTarget(target, request);
    request.headers = {{"authorization", "Bearer test"},
                       {"content-type", "application/cloudevents+json; charset=utf-8"}};
    for (const auto& [name, value] : headers) request.headers[name] = value;
    request.body = body;
    return operates_ ? api_.HandleOperator(request, {.open = 1, .evicted = 2})
                     : api_.Handle(request);
  }
  json Get(const std::string& target) { return json::parse(Call("GET", target).body); }
  std::string ReasonOf(const HttpResponse& response) {
    return json::parse(response.body)["error"]["reason"];
  }

  // A fact as another system sends it.
  json Household(const std::string& id) {
    return {{"specversion", "1.0"},
            {"id", id},
            {"source", "/oscar/families"},
            {"type", "org.oscar.HouseholdFound"},
            {"time", "2000-02-17T00:00:00+07:00"},
            {"precision", "day"},
            {"data", {{"type", "kin"}, {"residence_province_code", "02"}}}};
  }
  HttpResponse Post(const json& event) { return Call("POST", "/v1/events", event.dump()); }

  // Lines of the stream's next step.
  std::vector<std::string> Next(HttpStream& stream) {
    const HttpStream::Step step = stream.Next();
    EXPECT_FALSE(step.ended) << step.bytes;
    return absl::StrSplit(step.bytes, '\n', absl::SkipEmpty());
  }

  // Whether it asks where whoever runs the machine does.
  bool operates_ = false;
  sharing::TestWorld world_{kSubscribers};
  SeededRandom random_{1};
  const Inbound inbound_{{world_.sharing(), world_.log().log(), world_.log().clock(), random_}};
  const Health health_{{.sharing = world_.sharing(),
                        .log = world_.log().log(),
                        .clock = world_.log().clock(),
                        .reading_alarms = [] {
                          return std::map<std::string, std::uint64_t>{{"canary", 3}};
                        }}};
  Readers readers_{world_.sharing().board()};
  const Api api_{{world_.sharing().feeds(), inbound_, health_, readers_, world_.log().clock()}};
};

TEST_F(GatewayTest, APageGivesCloudEventsAndWhereToGoOn) {
  for (unsigned person = 1; person <= 3; ++person) world_.Register(person);
  const json first = Get("/v1/events?limit=2");
  ASSERT_EQ(first["events"].size(), 2u);
  EXPECT_EQ(first["events"][0]["type"], "org.mluprussey.cases.PersonRegistered.v1");
  EXPECT_EQ(first["caught_up"], false);
  const json second = Get(absl::StrCat("/v1/events?from=", first["next"].get<std::string>()));
  ASSERT_EQ(second["events"].size(), 1u);
  EXPECT_EQ(second["caught_up"], true);
  EXPECT_EQ(
      Get(absl::StrCat("/v1/events?from=", second["next"].get<std::string>()))["events"].size(),
      0u);
}

TEST_F(GatewayTest, AFilterNarrows) {
  world_.Register(1);
  world_.OpenCase(11, 1);
  EXPECT_EQ(Get("/v1/events?filter=category:case")["events"].size(), 1u);
  EXPECT_EQ(
      Get("/v1/events?filter=type:org.mluprussey.cases.CaseOpened.v1,place:02")["events"].size(),
      0u);
  EXPECT_EQ(Get("/v1/events?filter=stream%3Aperson%2F")["events"].size(), 1u);
  world_.log().envelope().set_correlation_id("visit-7");
  world_.log().envelope().set_source_system("primero");
  world_.log().envelope().set_source_id("12");
  const Position opened = world_.OpenCase(12, 1);
  for (const char* const one : {"correlation:visit-7", "source:primero", "source:primero/12"}) {
    EXPECT_EQ(Get(absl::StrCat("/v1/events?filter=", one))["events"].size(), 1u) << one;
  }
  for (const char* const none : {"correlation:visit", "source:prim", "source:primero/1"}) {
    EXPECT_EQ(Get(absl::StrCat("/v1/events?filter=", none))["events"].size(), 0u) << none;
  }
  // What voids it is other work, and follows it.
  world_.log().envelope().clear_correlation_id();
  world_.Void("case/" + TestId(12), opened);
  const json both = Get("/v1/events?filter=correlation:visit-7")["events"];
  EXPECT_EQ(both.back()["type"], "org.mluprussey.common.EntryVoided.v1");
}

TEST_F(GatewayTest, ErrorsNameWhatIsWrong) {
  EXPECT_EQ(Call("GET", "/nowhere").status, 404);
  EXPECT_EQ(Call("PUT", "/v1/events").status, 405);
  EXPECT_EQ(Call("GET", "/v1/events", "", {{"authorization", "Bearer wrong"}}).status, 401);
  EXPECT_EQ(Call("GET", "/v1/events", "", {{"authorization", ""}}).status, 401);
  for (const auto& [target, reason] : std::vector<std::pair<std::string, std::string>>{
           {"/v1/events?limit=0", "LIMIT_INVALID"},
           {"/v1/events?limit=1025", "LIMIT_INVALID"},
           {"/v1/events?from=yesterday", "FROM_INVALID"},
           {"/v1/events?filter=case", "FILTER_INVALID"},
           {"/v1/events?filter=color:red", "FILTER_INVALID"},
           {"/v1/events?filter=category:nothere", "FILTER_INVALID"},
           {"/v1/events?filter=type:CaseOpened", "FILTER_INVALID"},
           {"/v1/events?filter=type_prefix:mlup.case.", "FILTER_INVALID"},
           {"/v1/events?filter=stream:cases/", "FILTER_INVALID"},
           {"/v1/events?filter=sector:sea", "FILTER_INVALID"},
           {"/v1/events?filter=place:2", "FILTER_INVALID"},
           {"/v1/events?form=7", "PARAMETER_UNKNOWN"},
           {"/v1/events?filter=category:a%00b", "TEXT_INVALID"},
           {"/v1/events?filter=stream:%0a", "TEXT_INVALID"},
           {"/v1/events?filter=place:%C2%9F", "TEXT_INVALID"},
           {"/v1/events?filter=type:%C3%28", "TEXT_INVALID"},
           {"/v1/events?from=%00", "TEXT_INVALID"},
           {"/v1/events?limit=%31%7f", "TEXT_INVALID"},
           {"/v1/events?%ff=1", "TEXT_INVALID"}}) {
    const HttpResponse response = Call("GET", target);
    EXPECT_EQ(response.status, 400) << target;
    EXPECT_EQ(ReasonOf(response), reason) << target;
  }
}

TEST_F(GatewayTest, BadHeadersAreNamed) {
  for (const auto& [name, value, reason] :
       std::vector<std::array<std::string, 3>>{{"last-event-id", "7-7", "FROM_INVALID"},
                                               {"last-event-id", "7\xff", "TEXT_INVALID"},
                                               {"last-event-id", "7\t", "TEXT_INVALID"},
                                               {"accept", "\xc3(", "TEXT_INVALID"}}) {
    const HttpResponse response = Call("GET", "/v1/events", "", {{name, value}});
    EXPECT_EQ(response.status, 400) << name;
    EXPECT_EQ(ReasonOf(response), reason) << name;
    EXPECT_EQ(json::parse(response.body)["error"]["field"], name);
  }
}

TEST_F(GatewayTest, WhatTheCallerDoesWrongIsNeverOurs) {
  json event = Household("f-1");
  event["specversion"] = "9.9";
  const HttpResponse response = Post(event);
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(ReasonOf(response), "SPECVERSION_UNKNOWN");
  EXPECT_EQ(json::parse(response.body)["error"]["field"], "specversion");
  EXPECT_EQ(Post(Household(std::string("f\0", 2))).status, 400);
  EXPECT_EQ(Post(Household(std::string(100'000, 'f'))).status, 400);
  using Code = absl::StatusCode;
  for (const Code code : {Code::kInvalidArgument, Code::kOutOfRange, Code::kUnauthenticated,
                          Code::kPermissionDenied, Code::kNotFound, Code::kAlreadyExists,
                          Code::kAborted, Code::kFailedPrecondition, Code::kResourceExhausted}) {
    const int status = ErrorResponse(Error(code, "REASON", "words")).status;
    EXPECT_TRUE(status >= 400 && status < 500) << absl::StatusCodeToString(code);
  }
  const absl::Status full = Error(Code::kResourceExhausted, "DISK_FULL", "words");
  EXPECT_EQ(ErrorResponse(full).status, 503);
}

TEST_F(GatewayTest, OnlyWhoShowsATokenKeepsItsConnection) {
  EXPECT_TRUE(Call("GET", "/v1/events").authenticated);
  EXPECT_TRUE(Call("GET", "/v1/events?limit=0").authenticated);
  EXPECT_FALSE(Call("GET", "/v1/events", "", {{"authorization", "Bearer wrong"}}).authenticated);
  EXPECT_FALSE(Call("GET", "/metrics").authenticated);
}

TEST_F(GatewayTest, APositionIsTheFirstThatIsReadAsAtTheCommandLine) {
  world_.Register(1);
  world_.Register(2);
  const json events = Get("/v1/events?from=2")["events"];
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0]["subject"], TestId(2));
  EXPECT_EQ(Get("/v1/events?from=0")["events"].size(), 2u);
  EXPECT_EQ(Get("/v1/events?from=3")["events"].size(), 0u) << "the next one to come";
}

TEST_F(GatewayTest, AnotherHistoryIsTold) {
  world_.Register(1);
  const HttpResponse response = Call("GET", "/v1/events?from=1-00000000000000aa");
  EXPECT_EQ(response.status, 412);
  EXPECT_EQ(ReasonOf(response), "ANOTHER_HISTORY");
  EXPECT_EQ(ReasonOf(Call("GET", "/v1/events?from=7")), "POSITION_PAST_HEAD");
}

TEST_F(GatewayTest, AStreamGoesOnAndResumes) {
  world_.Register(1);
  world_.Register(2);
  const std::map<std::string, std::string, std::less<>> wants = {{"accept", "text/event-stream"}};
  HttpResponse response = Call("GET", "/v1/events", "", wants);
  ASSERT_NE(response.stream, nullptr);
  const std::vector<std::string> lines = Next(*response.stream);
  ASSERT_EQ(lines.size(), 9u);
  EXPECT_EQ(lines[1], "event: cloudevent");
  EXPECT_EQ(json::parse(lines[2].substr(6))["subject"], TestId(1));
  EXPECT_EQ(lines[7], "event: caught-up");
  EXPECT_THAT(Next(*response.stream), ElementsAre());
  world_.log().clock().Advance(absl::Seconds(15));
  EXPECT_THAT(Next(*response.stream), ElementsAre(": heartbeat"));
  world_.Register(3);
  EXPECT_THAT(Next(*response.stream)[0], HasSubstr("id: 3-"));

  // The first event's id leads to the second.
  auto resumes = wants;
  resumes["last-event-id"] = lines[0].substr(4);
  response = Call("GET", "/v1/events?from=end", "", resumes);
  EXPECT_THAT(Next(*response.stream)[0], HasSubstr("id: 2-"));
}

TEST_F(GatewayTest, AnIdleFilteredStreamSaysHowFarItLooked) {
  HttpResponse response =
      Call("GET", "/v1/events?filter=category:case", "", {{"accept", "text/event-stream"}});
  EXPECT_THAT(Next(*response.stream)[1], "event: caught-up");
  world_.log().Append("activity/" + TestId(1), [] {
    cases::v1::ServiceProvided event;
    return event;
  }());
  world_.log().clock().Advance(absl::Seconds(15));
  const std::vector<std::string> lines = Next(*response.stream);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[1], "event: checkpoint");
  EXPECT_EQ(lines[2], "data: {\"position\":1}");
}

TEST_F(GatewayTest, AStreamThatCannotGoOnSaysWhyAndEnds) {
  HttpResponse response = Call("GET", "/v1/events?from=9", "", {{"accept", "text/event-stream"}});
  const HttpStream::Step step = response.stream->Next();
  EXPECT_TRUE(step.ended);
  EXPECT_THAT(step.bytes, HasSubstr("POSITION_PAST_HEAD"));
}

TEST_F(GatewayTest, AFactFromOutsideIsRecordedOnceAndNotEchoed) {
  const HttpResponse first = Post(Household("f-1"));
  ASSERT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(Post(Household("f-1")).status, 200);
  EXPECT_EQ(json::parse(Post(Household("f-1")).body)["replayed"], true);
  json other = Household("f-1");
  other["data"]["type"] = "foster";
  EXPECT_EQ(Post(other).status, 409);

  log::v1::ReadStreamRequest request;
  request.set_stream("ext/oscar");
  const auto page = *world_.log().log().ReadStream(request);
  ASSERT_EQ(page.records_size(), 1);
  const log::v1::Event& event = page.records(0).event();
  EXPECT_EQ(event.type(), "mlup.cases.v1.HouseholdRegistered");
  EXPECT_EQ(event.source_system(), "oscar");
  EXPECT_EQ(event.source_id(), "f-1");
  EXPECT_EQ(event.occurred().from(), "2000-02-17");
  cases::v1::HouseholdRegistered fact;
  ASSERT_TRUE(fact.ParseFromString(event.common()));
  EXPECT_EQ(fact.type(), cases::v1::HOUSEHOLD_TYPE_KINSHIP);

  EXPECT_EQ(Get("/v1/events")["events"].size(), 0u);
  const json others =
      json::parse(Call("GET", "/v1/events", "", {{"authorization", "Bearer other"}}).body);
  EXPECT_EQ(others["events"].size(), 1u);
  EXPECT_EQ(others["events"][0]["sourcesystem"], "oscar");
}

TEST_F(GatewayTest, HowExactlyATimeIsKnownIsNeverInvented) {
  const auto stored = [this](json event, const std::string& precision, const std::string& last) {
    static int number = 0;
    event["id"] = absl::StrCat("x-", ++number);
    event["precision"] = precision;
    if (precision.empty()) event.erase("precision");
    if (!last.empty()) event["occurredto"] = last;
    const HttpResponse response = Post(event);
    if (response.status >= 300) {
      const json error = json::parse(response.body)["error"];
      return absl::StrCat(error["reason"].get<std::string>(), " ",
                          error.value("field", std::string()));
    }
    log::v1::ReadStreamRequest request;
    request.set_stream("ext/oscar");
    const auto page = *world_.log().log().ReadStream(request);
    const log::v1::Event& told = page.records(page.records_size() - 1).event();
    return absl::StrCat(log::v1::Precision_Name(told.occurred().precision()), " ",
                        told.occurred().from(), " ", told.occurred().to());
  };
  const json day = Household("day");
  json month = day;
  month["time"] = "2000-02-01T00:00:00+07:00";
  json untimed = day;
  untimed.erase("time");
  EXPECT_EQ(stored(day, "day", ""), "PRECISION_DAY 2000-02-17 2000-02-17");
  EXPECT_EQ(stored(day, "unknown", ""), "PRECISION_UNKNOWN  ");
  EXPECT_EQ(stored(day, "", ""), "PRECISION_INSTANT 2000-02-17 2000-02-17");
  EXPECT_EQ(stored(month, "month", "2000-02-29"), "PRECISION_MONTH 2000-02-01 2000-02-29");
  EXPECT_EQ(stored(day, "interval", "2000-03-01"), "PRECISION_INTERVAL 2000-02-17 2000-03-01");
  EXPECT_EQ(stored(untimed, "", ""), "PRECISION_UNKNOWN  ");
  EXPECT_EQ(stored(day, "exactly", ""), "WORD_UNKNOWN precision");
  EXPECT_EQ(stored(untimed, "day", ""), "OCCURRED_INVALID time");
  EXPECT_EQ(stored(day, "interval", ""), "OCCURRED_INVALID time.to");
  json word = day;
  word["sensitivity"] = "top_secret";
  EXPECT_EQ(stored(word, "day", ""), "WORD_UNKNOWN sensitivity");
}

TEST_F(GatewayTest, AVoidMayComeWithNothingButWhatItVoids) {
  json voided = Household("v-1");
  voided["type"] = "org.mluprussey.common.EntryVoided.v1";
  voided["data"] = {{"voids_event_id", TestId(7)}};
  EXPECT_EQ(Post(voided).status, 201);
  voided["id"] = "v-2";
  voided["data"] = {{"voids_event_id", "a text"}};
  EXPECT_EQ(ReasonOf(Post(voided)), "FORMAT_UUID");
}

TEST_F(GatewayTest, WhatLeftHereAndComesBackIsRecognised) {
  world_.OpenCase(11, 1);
  const json ours = Get("/v1/events?filter=category:case")["events"][0];
  const HttpResponse response = Post(ours);
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(json::parse(response.body)["recorded"], false);
  EXPECT_EQ(json::parse(response.body)["position"], 1);
}

TEST_F(GatewayTest, WhatIsNotAgreedIsRefused) {
  json unknown = Household("f-2");
  unknown["type"] = "org.oscar.Other";
  EXPECT_EQ(ReasonOf(Post(unknown)), "TYPE_NOT_ACCEPTED");
  EXPECT_EQ(ReasonOf(Call("POST", "/v1/events", Household("f-2").dump(),
                          {{"authorization", "Bearer other"}})),
            "NOTHING_ACCEPTED");
  EXPECT_EQ(ReasonOf(Call("POST", "/v1/events", "{}", {{"content-type", "text/plain"}})),
            "CONTENT_TYPE_UNKNOWN");
  for (const char* const type :
       {"", "text/plain", "application/json", "application/cloudevents+jsonx",
        "application/cloudevents+json; charset=utf-16", "application/cloudevents-batch+json"}) {
    EXPECT_EQ(Call("POST", "/v1/events", "{}", {{"content-type", type}}).status, 415) << type;
  }
  json word = Household("f-2");
  word["data"]["type"] = "tent";
  EXPECT_EQ(ReasonOf(Post(word)), "CODE_UNKNOWN");
  json field = Household("f-2");
  field["data"]["colour"] = "red";
  EXPECT_EQ(ReasonOf(Post(field)), "DATA_INVALID");
  json deep = Household("f-2");
  deep.erase("data");
  deep["data_base64"] = absl::Base64Escape(std::string(94'000, '['));
  EXPECT_EQ(ReasonOf(Post(deep)), "CLOUD_EVENT_MALFORMED");
  deep["datacontenttype"] = "text/plain";
  EXPECT_EQ(ReasonOf(Post(deep)), "DATA_INVALID");
  json twice = Household("f-2");
  twice["data"]["residenceProvinceCode"] = "02";
  EXPECT_EQ(ReasonOf(Post(twice)), "DATA_INVALID");
  json missing = Household("f-2");
  missing["data"].erase("residence_province_code");
  EXPECT_EQ(ReasonOf(Post(missing)), "FIELD_REQUIRED");
  json future = Household("f-2");
  future["time"] = "2999-01-01T00:00:00Z";
  EXPECT_EQ(ReasonOf(Post(future)), "OCCURRED_IN_FUTURE");
}

TEST_F(GatewayTest, PersonalFieldsAreRefused) {
  json person = Household("p-1");
  person["type"] = "org.mluprussey.cases.PersonRegistered.v1";
  person["data"] = {{"person",
                     {{"person_id", TestId(1)},
                      {"sex", "SEX_FEMALE"},
                      {"residence_province_code", "02"},
                      {"name_latin", "Canary Name"}}}};
  const HttpResponse response = Post(person);
  EXPECT_EQ(ReasonOf(response), "FIELD_IS_PERSONAL");
  EXPECT_EQ(json::parse(response.body)["error"]["field"], "data.person.name_latin");
  EXPECT_FALSE(absl::StrContains(response.body, "Canary"));
}

TEST_F(GatewayTest, ASubscriberHasSoManyStreams) {
  std::vector<HttpResponse> streams;
  for (std::size_t i = 0; i < kHttpStreamsOfOneMax; ++i) {
    streams.push_back(Call("GET", "/v1/events", "", {{"accept", "text/event-stream"}}));
    EXPECT_EQ(streams.back().status, 200);
  }
  const HttpResponse full = Call("GET", "/v1/events", "", {{"accept", "text/event-stream"}});
  EXPECT_EQ(full.status, 429);
  EXPECT_EQ(ReasonOf(full), "STREAMS_FULL");
  EXPECT_EQ(Call("GET", "/v1/events").status, 200);
  streams.pop_back();
  EXPECT_EQ(Call("GET", "/v1/events", "", {{"accept", "text/event-stream"}}).status, 200);
}

TEST_F(GatewayTest, HealthNamesWhatDoesNotMove) {
  readers_.Expect("partner", {});
  EXPECT_EQ(Call("GET", "/v1/health").body, "{\"status\":\"ok\"}\n");
  world_.Register(1);
  // Strangers learn of nobody.
  EXPECT_EQ(Call("GET", "/v1/health").body, "{\"status\":\"attention\"}\n");
  EXPECT_EQ(Call("GET", "/metrics").status, 404);
  operates_ = true;
  const json health = Get("/v1/health");
  EXPECT_EQ(health["status"], "attention");
  EXPECT_EQ(health["not_moving"][0]["name"], "partner");
  operates_ = false;
  Get("/v1/events");
  EXPECT_EQ(Get("/v1/health")["status"], "ok");
  EXPECT_EQ(Call("HEAD", "/v1/health").status, 200);
  operates_ = true;
  EXPECT_EQ(Call("GET", "/v1/events").status, 404);
  const std::string metrics = Call("GET", "/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("mlup_log_head 1\n"));
  EXPECT_THAT(metrics, HasSubstr("mlup_reading_alarms_total{kind=\"canary\"} 3\n"));
  EXPECT_THAT(metrics, HasSubstr("mlup_http_connections 1\n"));
  EXPECT_THAT(metrics, HasSubstr("mlup_http_evicted_connections_total 2\n"));
  EXPECT_THAT(metrics, HasSubstr("mlup_lag_events{kind=\"http\",name=\"partner\"} 0\n"));
}

TEST(QueryTest, ATimeMayHaveAPlus) {
  HttpRequest request;
  ParseTarget("/v1/events?from=2021-02-17T09:30:00+07:00", request);
  const auto subscription = ParseSubscription(request);
  ASSERT_TRUE(subscription.ok()) << subscription.status();
  EXPECT_EQ(subscription->from_time().seconds(), 1613529000);
}

}  // namespace
}  // namespace mlup::gateway
