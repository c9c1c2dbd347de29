// Rows that come one by one: recorded before they are answered, or told why not.
#include "services/mlup/exchange/receiver.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "eventstore/log/error_pb.h"

namespace mlup::cli::exchange {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kToken[] = "a-token-of-more-than-24-characters";
constexpr char kChildren[] = R"({
  "system": "kobo", "namespace": "test-namespace-0001",
  "context": {"actor_id": "staff-sw-1", "role": "social_worker", "organisation_id": "mro",
              "occurred": {"precision": "PRECISION_DAY", "from": {"$day": "seen"}}},
  "codes": {"sex": {"girl": "SEX_FEMALE", "boy": "SEX_MALE"}},
  "requests": [{"name": "person", "facts": [
    {"stream": {"$record": ["person", "$_uuid"]},
     "person_registered": {"person": {"person_id": {"$id": ["person", "$_uuid"]},
       "sex": {"$code": "sex", "of": "sex"}, "residence_province_code": "02",
       "name_latin": "$name"}}}]}]
})";

class ReceiverTest : public testing::Test {
 protected:
  gateway::HttpResponse Post(const std::string& body, const std::string& token = kToken,
                             const std::string& method = "POST") {
    gateway::HttpRequest request;
    request.method = method;
    request.path = "/";
    request.headers["authorization"] = absl::StrCat("Bearer ", token);
    request.body = body;
    return receiver_.Handle(request);
  }
  static std::string Child(const std::string& uuid, const std::string& sex = "girl") {
    return absl::StrCat(R"({"_uuid": ")", uuid,
                        R"(", "name": "Sokha", "seen": "2021-03-01", "sex": ")", sex, R"("})");
  }
  absl::StatusOr<record::v1::RecordEachResponse> Record(
      const record::v1::RecordEachRequest& request) {
    calls_.push_back(request.requests_size());
    if (!away_.ok()) return away_;
    record::v1::RecordEachResponse response;
    for (int i = 0; i < request.requests_size(); ++i) {
      if (refusal_.ok()) {
        response.add_outcomes()->mutable_recorded()->set_replayed(replayed_);
      } else {
        *response.add_outcomes()->mutable_refused() = log::ToRefusal(refusal_);
      }
    }
    return response;
  }

  const ExchangeMap map_ = *ExchangeMap::Parse(kChildren, Systems()[2]);
  const ManualClock clock_{absl::FromUnixSeconds(1619067600)};
  std::vector<int> calls_;
  bool replayed_ = false;
  absl::Status refusal_;
  absl::Status away_;
  const Receiver receiver_{
      {map_, clock_,
       [this](const record::v1::RecordEachRequest& request) { return Record(request); }},
      kToken};
};

TEST_F(ReceiverTest, ARowIsRecordedBeforeItIsAnswered) {
  const gateway::HttpResponse answer = Post(Child("a"));
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.body, "{\"rows\":1,\"recorded\":1,\"repeated\":0,\"refused\":[]}\n");
  EXPECT_TRUE(answer.authenticated);
  EXPECT_THAT(calls_, testing::ElementsAre(1));
  replayed_ = true;
  EXPECT_THAT(Post(Child("a")).body, HasSubstr("\"recorded\":0,\"repeated\":1"));
}

TEST_F(ReceiverTest, OfAListOfRowsEachIsTakenByItself) {
  const gateway::HttpResponse answer =
      Post(absl::StrCat("[", Child("a"), ",", Child("b", "woman"), ",7,", Child("c"), "]"));
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(answer.body, HasSubstr("\"rows\":4,\"recorded\":2,"));
  EXPECT_THAT(answer.body, HasSubstr("{\"row\":2,\"reason\":\"CODE_UNKNOWN\",\"field\":\"sex\""));
  EXPECT_THAT(answer.body, HasSubstr("{\"row\":3,\"reason\":\"ROW_FORM\""));
  EXPECT_THAT(answer.body, Not(HasSubstr("Sokha")));
  std::string many = Child("0");
  for (int i = 1; i < 300; ++i) absl::StrAppend(&many, ",", Child(absl::StrCat(i)));
  calls_.clear();
  EXPECT_EQ(Post(absl::StrCat("[", many, "]")).status, 200);
  EXPECT_THAT(calls_, testing::ElementsAre(256, 44));
}

TEST_F(ReceiverTest, ARefusalOfTheDaemonNamesTheColumn) {
  refusal_ = FieldError(absl::StatusCode::kFailedPrecondition, "OTHER_PERSON",
                        "facts[0].person_registered.person.sex", "is another one");
  const gateway::HttpResponse answer = Post(Child("a"));
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(answer.body,
              HasSubstr("\"request\":\"person\",\"reason\":\"OTHER_PERSON\",\"field\":\"sex\""));
}

TEST_F(ReceiverTest, WhatMayBeRecordedLaterIsToComeAgain) {
  away_ = absl::UnavailableError("nobody listens");
  EXPECT_EQ(Post(Child("a")).status, 503);
  away_ = absl::OkStatus();
  refusal_ = Error(absl::StatusCode::kResourceExhausted, "DISK_FULL", "the disk is full");
  EXPECT_EQ(Post(Child("a")).status, 503);
}

TEST_F(ReceiverTest, WhereTheReceiverIsSignedOutTheSenderIsNotBlamed) {
  for (const absl::StatusCode code :
       {absl::StatusCode::kUnauthenticated, absl::StatusCode::kPermissionDenied}) {
    away_ = Error(code, "SESSION_ENDED", "sign in");
    const gateway::HttpResponse answer = Post(Child("a"));
    EXPECT_EQ(answer.status, 503);
    EXPECT_THAT(answer.body, HasSubstr("RECEIVER_SIGNED_OUT"));
  }
  away_ = absl::OkStatus();
  refusal_ = Error(absl::StatusCode::kUnauthenticated, "SESSION_ENDED", "sign in");
  EXPECT_EQ(Post(Child("a")).status, 503);
}

TEST_F(ReceiverTest, WhoHasNoTokenRecordsNothing) {
  for (const char* const token : {"", "another", "a-token-of-more-than-24-character"}) {
    const gateway::HttpResponse answer = Post(Child("a"), token);
    EXPECT_EQ(answer.status, 401) << token;
    EXPECT_FALSE(answer.authenticated);
  }
  EXPECT_EQ(Post("", kToken, "GET").status, 405);
  EXPECT_EQ(Post("{").status, 400);
  EXPECT_EQ(Post(std::string(100'000, '[')).status, 400);
  EXPECT_TRUE(calls_.empty());
}

}  // namespace
}  // namespace mlup::cli::exchange
