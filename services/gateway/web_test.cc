// The web application's listener: whose requests they become, what Connect says, what is refused.
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/files.h"
#include "eventstore/base/status.h"
#include "eventstore/log/error_pb.h"
#include "mlup/audit/v1/audit.pb.h"
#include "mlup/cases/v1/case_service.pb.h"
#include "mlup/relay/v1/relay_service.pb.h"
#include "mlup/reports/v1/report_service.pb.h"
#include "services/gateway/web_server.h"

namespace mlup::gateway {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr char kRoles[] = R"(
    roles { name: "director" label: "Director" calls: "mlup.sharing.v1.SharingService/*" }
    roles { name: "auditor" label: "Auditor" }
    actors { actor_id: "dir-1" label: "Director 1" organisation_id: "mro" roles: "director" roles: "auditor" }
    actors { actor_id: "aud-1" label: "Auditor 1" organisation_id: "mro" roles: "auditor" }
)";
constexpr char kGetReport[] = "/mlup.reports.v1.ReportService/GetReport";
constexpr char kExportBundle[] = "/mlup.audit.v1.AuditService/ExportBundle";

// Answers what it is told to, and remembers what it was asked.
class FakeCalls final : public RpcCalls {
 public:
  absl::StatusOr<std::string> Call(const std::string& method, const std::string& request,
                                   absl::Duration patience) override {
    asked = {method, request};
    waited = patience;
    return answer;
  }
  std::unique_ptr<RpcStream> Open(const std::string& method, const std::string& request,
                                  absl::Duration patience) override {
    asked = {method, request};
    waited = patience;
    return std::make_unique<Stream>(*this);
  }

  std::pair<std::string, std::string> asked;
  absl::Duration waited;
  absl::StatusOr<std::string> answer = "";
  // Of a call with many answers, before it ends with that of `answer`.
  std::vector<std::string> answers;

 private:
  class Stream final : public RpcStream {
   public:
    explicit Stream(const FakeCalls& calls) : calls_(calls) {}
    Step Next(absl::Duration) override {
      if (next_ == calls_.answers.size()) return {std::nullopt, calls_.answer.status()};
      return {calls_.answers[next_++], std::nullopt};
    }

   private:
    const FakeCalls& calls_;
    std::size_t next_ = 0;
  };
};

class WebTest : public testing::Test {
 protected:
  static std::unique_ptr<WebServer> Serve(FakeCalls& calls, const std::vector<std::string>& actors,
                                          std::string_view pack = "") {
    static const auto& policy = *new identity::Policy(*identity::Policy::Parse(kRoles));
    return *WebServer::Start({"127.0.0.1:0", pack},
                             {calls, SystemFiles(), policy, *WebCallers::From(actors, policy)});
  }

  static HttpRequest Post(const std::string& path, const std::string& body,
                          const std::string& type = "application/json") {
    HttpRequest request;
    request.method = "POST";
    request.path = path;
    request.headers = {{"host", "127.0.0.1:7481"}, {"content-type", type}};
    request.body = body;
    return request;
  }
  static HttpRequest Get(const std::string& path) {
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    request.headers = {{"host", "localhost:7481"}};
    return request;
  }

  HttpResponse Ask(const HttpRequest& request) const { return web_->Handle(request); }
  json AskError(const HttpRequest& request) const { return json::parse(Ask(request).body); }
  template <typename Message>
  Message Asked() const {
    Message message;
    EXPECT_TRUE(message.ParseFromString(calls_.asked.second));
    return message;
  }

  FakeCalls calls_;
  std::unique_ptr<WebServer> web_ = Serve(calls_, {"dir-1", "aud-1"});
};

std::string ReasonOf(const json& error) { return error["details"][0]["debug"]["reason"]; }

std::string HeaderOf(const HttpResponse& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

TEST_F(WebTest, JsonBecomesTheCallOfWhoIsSignedInAndItsAnswerJson) {
  reports::v1::GetReportResponse report;
  report.set_first_day("2021-01-01");
  report.set_position(7);
  calls_.answer = report.SerializeAsString();
  const HttpResponse answer =
      Ask(Post(kGetReport, R"({"scope":{"period":"2021-Q1","as_known_at":"2021-04-22"}})"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"firstDay":"2021-01-01","position":"7"})");
  EXPECT_EQ(HeaderOf(answer, "Content-Type"), "application/json");
  EXPECT_EQ(calls_.asked.first, kGetReport);
  EXPECT_EQ(calls_.waited, absl::Seconds(30));
  const auto asked = Asked<reports::v1::GetReportRequest>();
  EXPECT_EQ(asked.reader().actor_id(), "dir-1");
  EXPECT_EQ(asked.reader().role(), "director");
  EXPECT_EQ(asked.reader().organisation_id(), "mro");
  EXPECT_EQ(asked.scope().as_known_at(), "2021-04-22");
}

TEST_F(WebTest, BinaryIsAnsweredInBinaryAndATimeIsKept) {
  reports::v1::GetReportResponse report;
  report.set_position(7);
  calls_.answer = report.SerializeAsString();
  HttpRequest request = Post(kGetReport, "", "application/proto");
  request.headers["connect-timeout-ms"] = "250";
  request.headers["connect-protocol-version"] = "1";
  EXPECT_EQ(Ask(request).body, report.SerializeAsString());
  EXPECT_EQ(calls_.waited, absl::Milliseconds(250));
  request.headers["connect-timeout-ms"] = "soon";
  EXPECT_EQ(ReasonOf(AskError(request)), "TIMEOUT_INVALID");
}

TEST_F(WebTest, WhoeverIsNamedInAnyWayIsWhoIsSignedIn) {
  Ask(Post(kExportBundle, std::string("\0\0\0\0\2{}", 7), "application/connect+json"));
  EXPECT_EQ(Asked<audit::v1::ExportBundleRequest>().actor_id(), "dir-1");
  Ask(Post("/mlup.relay.v1.RelayService/Ping", R"({"subscriber_id":"x"})"));
  EXPECT_EQ(Asked<relay::v1::PingRequest>().actor().role(), "director");
  Ask(Post("/mlup.cases.v1.CaseService/Record", "{}"));
  EXPECT_EQ(Asked<cases::v1::RecordRequest>().context().actor_id(), "dir-1");
}

TEST_F(WebTest, NobodySpeaksForAnother) {
  const json error = AskError(Post(kGetReport, R"({"reader":{"actorId":"aud-1"}})"));
  EXPECT_EQ(error["code"], "permission_denied");
  EXPECT_EQ(ReasonOf(error), "ACTOR_NOT_SIGNED_IN");
  EXPECT_EQ(error["details"][0]["debug"]["field"], "reader.actor_id");
  EXPECT_EQ(calls_.asked.first, "");
}

TEST_F(WebTest, WhatNamesNobodyIsForRolesThatAreGrantedIt) {
  EXPECT_EQ(Ask(Post("/mlup.sharing.v1.SharingService/ListSubscribers", "{}")).status, 200);
  calls_.asked = {};
  for (const char* call : {"/mlup.log.v1.EventStore/ReadAll", "/mlup.log.v1.EventStore/Append",
                           "/mlup.record.v1.RecordService/RecordEach"}) {
    EXPECT_EQ(ReasonOf(AskError(Post(call, "{}"))), "CALL_NOT_GRANTED") << call;
  }
  EXPECT_THAT(Ask(Post("/mlup.log.v1.ProofService/BuildBundle", std::string("\0\0\0\0\2{}", 7),
                       "application/connect+json"))
                  .body,
              HasSubstr("CALL_NOT_GRANTED"));
  EXPECT_EQ(calls_.asked.first, "");
}

TEST_F(WebTest, WithoutActorsNoCallIsAnswered) {
  const std::unique_ptr<WebServer> web = Serve(calls_, {});
  const HttpResponse refused = web->Handle(Post(kGetReport, "{}"));
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(ReasonOf(json::parse(refused.body)), "NOBODY_SIGNED_IN");
  EXPECT_EQ(web->Handle(Get("/session")).status, 401);
}

TEST_F(WebTest, ThePageChoosesAmongTheActorsItWasGiven) {
  const json session = json::parse(Ask(Get("/session")).body);
  EXPECT_EQ(session["actor"]["actor_id"], "dir-1");
  EXPECT_EQ(session["choices"].size(), 3u);
  const HttpResponse chosen = Ask(Post("/session", R"({"actor_id":"aud-1","role":"auditor"})"));
  const std::string cookie = HeaderOf(chosen, "Set-Cookie");
  EXPECT_EQ(cookie, "mlup_demonstration=aud-1/auditor; Path=/; HttpOnly; SameSite=Strict");
  HttpRequest next = Post(kGetReport, "{}");
  next.headers["cookie"] = "other=1; mlup_demonstration=aud-1/auditor";
  Ask(next);
  EXPECT_EQ(Asked<reports::v1::GetReportRequest>().reader().actor_id(), "aud-1");
  EXPECT_EQ(Ask(Post("/session", R"({"actor_id":"aud-1","role":"director"})")).status, 404);
  EXPECT_EQ(Ask(Post("/session", R"({"actor_id":7})")).status, 400);
}

TEST_F(WebTest, ErrorsAreConnectsWithReasonAndField) {
  calls_.answer = FieldError(absl::StatusCode::kFailedPrecondition, "NOT_ADDITIVE", "codes", "no");
  const HttpResponse refused = Ask(Post(kGetReport, "{}"));
  EXPECT_EQ(refused.status, 400);
  const json error = json::parse(refused.body);
  EXPECT_EQ(error["code"], "failed_precondition");
  EXPECT_EQ(error["message"], "no");
  EXPECT_EQ(error["details"][0]["type"], "mlup.log.v1.ErrorInfo");
  EXPECT_EQ(error["details"][0]["debug"],
            json::parse(R"({"reason":"NOT_ADDITIVE","field":"codes"})"));
  EXPECT_THAT(std::string(error["details"][0]["value"]), Not(HasSubstr("=")));
}

TEST_F(WebTest, ManyAnswersComeInEnvelopesAndTheEndSaysHowItWent) {
  audit::v1::ExportBundleResponse piece;
  piece.set_data("ab");
  calls_.answers = {piece.SerializeAsString()};
  HttpResponse answer =
      Ask(Post(kExportBundle, std::string("\0\0\0\0\0", 5), "application/connect+proto"));
  ASSERT_NE(answer.stream, nullptr);
  EXPECT_EQ(answer.stream->Next().bytes, std::string("\0\0\0\0\4", 5) + piece.SerializeAsString());
  const HttpStream::Step end = answer.stream->Next();
  EXPECT_TRUE(end.ended);
  EXPECT_EQ(end.bytes, std::string("\2\0\0\0\2{}", 7));
  calls_.answers = {};
  calls_.answer = Error(absl::StatusCode::kNotFound, "SUBJECT_UNKNOWN", "nobody");
  answer = Ask(Post(kExportBundle, std::string("\0\0\0\0\2{}", 7), "application/connect+json"));
  EXPECT_THAT(answer.stream->Next().bytes, HasSubstr(R"({"error":{"code":"not_found")"));
}

TEST_F(WebTest, WhatIsNoCallIsRefused) {
  const std::map<std::string, HttpRequest> requests = {
      {"METHOD_UNKNOWN", Post("/mlup.reports.v1.ReportService/Nothing", "{}")},
      {"STREAM_NOT_SERVED", Post("/mlup.log.v1.EventStore/AppendSession",
                                 std::string("\0\0\0\0\2{}", 7), "application/connect+json")},
      {"FIELD_UNKNOWN", Post(kGetReport, R"({"nothing":1})")},
      {"JSON_INVALID", Post(kGetReport, "{")},
      {"MESSAGE_INVALID", Post(kGetReport, "\xff", "application/proto")},
  };
  for (const auto& [reason, request] : requests) {
    const HttpResponse answer = Ask(request);
    EXPECT_THAT(answer.body, HasSubstr(reason));
  }
  EXPECT_EQ(Ask(Post("/mlup.reports.v1.ReportService/Nothing", "{}")).status, 501);
  EXPECT_EQ(Ask(Post(kGetReport, "{}", "text/plain")).status, 415);
  EXPECT_EQ(Ask(Get(kGetReport)).status, 405);
  EXPECT_EQ(calls_.asked.first, "");
}

TEST_F(WebTest, PagesOfOthersAndNamesThatOnlyPointHereAreRefused) {
  const std::vector<std::map<std::string, std::string>> foreign = {
      {{"host", "mlup.example:7481"}},
      {{"host", "127.0.0.1.example"}},
      {{"host", ""}},
      {{"origin", "http://127.0.0.1:7400"}},
      {{"origin", "https://127.0.0.1:7481"}},
      {{"origin", "null"}},
      {{"sec-fetch-site", "same-site"}},
      {{"sec-fetch-site", "cross-site"}},
  };
  for (const auto& headers : foreign) {
    HttpRequest request = Post(kGetReport, "{}");
    for (const auto& [name, value] : headers) request.headers[name] = value;
    EXPECT_EQ(Ask(request).status, 403) << headers.begin()->first << headers.begin()->second;
  }
  EXPECT_EQ(calls_.asked.first, "");
  HttpRequest own = Post(kGetReport, "{}");
  own.headers["origin"] = "http://127.0.0.1:7481";
  own.headers["sec-fetch-site"] = "same-origin";
  EXPECT_EQ(Ask(own).status, 200);
}

TEST_F(WebTest, FilesAreServedWithNothingInlineAndPagesAreTheApplication) {
  const std::string pack =
      "mlup-web 1\n/index.html 4 identity text/html; charset=utf-8\n"
      "/assets/a.1.js 2 identity text/javascript\n/assets/a.1.js 1 br text/javascript\n\n<p/>jsb";
  const std::unique_ptr<WebServer> web = Serve(calls_, {"dir-1"}, pack);
  for (const char* path : {"/", "/reports/2021-Q1", "/reports/a.b"}) {
    const HttpResponse page = web->Handle(Get(path));
    EXPECT_EQ(page.body, "<p/>");
    EXPECT_EQ(HeaderOf(page, "Cache-Control"), "no-cache");
    EXPECT_THAT(HeaderOf(page, "Content-Security-Policy"), HasSubstr("default-src 'none'"));
    EXPECT_THAT(HeaderOf(page, "Content-Security-Policy"), Not(HasSubstr("unsafe")));
  }
  HttpRequest script = Get("/assets/a.1.js");
  EXPECT_EQ(web->Handle(script).body, "js");
  script.headers["accept-encoding"] = "gzip, br";
  EXPECT_EQ(web->Handle(script).body, "b");
  EXPECT_EQ(HeaderOf(web->Handle(script), "Content-Encoding"), "br");
  EXPECT_THAT(HeaderOf(web->Handle(script), "Cache-Control"), HasSubstr("immutable"));
  EXPECT_EQ(web->Handle(Get("/assets/b.js")).status, 404);
  EXPECT_EQ(web->Handle(Post("/index.html", "")).status, 405);
}

TEST_F(WebTest, ADaemonBuiltWithoutTheApplicationSaysSo) {
  EXPECT_THAT(Ask(Get("/")).body, HasSubstr("built without the web application"));
  for (const char* pack : {"x", "mlup-web 1\n/a 9 br t\n\nshort", "mlup-web 1\n/a 1 gzip t\n\nb",
                           "mlup-web 1\n/a 1 br t\n\nlonger", "mlup-web 1\n/a br\n\n"}) {
    EXPECT_EQ(ErrorReason(WebFiles::Parse(pack).status()), "WEB_PACK_INVALID") << pack;
  }
}

}  // namespace
}  // namespace mlup::gateway
