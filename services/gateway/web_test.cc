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
#include "eventstore/server/call_door.h"
#include "mlup/audit/v1/audit.pb.h"
#include "mlup/cases/v1/case_service.pb.h"
#include "mlup/identity/v1/sign_in_service.pb.h"
#include "mlup/relay/v1/relay_service.pb.h"
#include "mlup/reports/v1/report_service.pb.h"
#include "services/gateway/web_server.h"
#include "services/identity/caller.h"
#include "services/identity/policy.h"

namespace mlup::gateway {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr char kRoles[] = R"(
    roles { name: "director" label: "Director" }
    roles { name: "auditor" label: "Auditor" }
    actors { actor_id: "dir-1" label: "Director 1" organisation_id: "mro" roles: "director" roles: "auditor" }
    actors { actor_id: "aud-1" label: "Auditor 1" organisation_id: "mro" roles: "auditor" }
)";
constexpr char kGetReport[] = "/mlup.reports.v1.ReportService/GetReport";
constexpr char kExportBundle[] = "/mlup.audit.v1.AuditService/ExportBundle";

// Answers what it is told to, and remembers what it was asked.
class FakeCalls final : public RpcCalls {
 public:
  absl::StatusOr<std::string> Call(const RpcRequest& request) override {
    asked = request;
    return answer;
  }
  std::unique_ptr<RpcStream> Open(const RpcRequest& request) override {
    asked = request;
    return std::make_unique<Stream>(*this);
  }

  RpcRequest asked;
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

// Where `Bearer token-of-ACTOR` is the session of ACTOR until it has ended.
class FakeDoor final : public log::CallDoor {
 public:
  absl::StatusOr<log::AdmissionPtr> Admit(std::string_view method,
                                          std::string_view authorization) override {
    EXPECT_EQ(method, "mlup.identity.v1.SignInService/WhoAmI");
    if (!has_accounts) return std::make_shared<Somebody>(*this, identity::Caller::Kind::kAnybody);
    if (ended) return Error(absl::StatusCode::kUnauthenticated, "SESSION_ENDED", "sign in");
    const std::string_view begin = "Bearer token-of-";
    if (!authorization.starts_with(begin)) {
      return Error(absl::StatusCode::kUnauthenticated, "SIGN_IN_REQUIRED", "sign in");
    }
    return std::make_shared<Somebody>(*this, identity::Caller::Kind::kAccount,
                                      std::string(authorization.substr(begin.size())));
  }

  bool has_accounts = true;
  bool ended = false;

 private:
  class Somebody final : public identity::Caller {
   public:
    Somebody(const FakeDoor& door, Kind kind, const std::string& actor_id = "")
        : Caller(kind, actor_id, "a session"), door_(door) {}
    absl::Status Holds() const override {
      return door_.ended ? absl::UnauthenticatedError("ended") : absl::OkStatus();
    }

   private:
    const FakeDoor& door_;
  };
};

class WebTest : public testing::Test {
 protected:
  std::unique_ptr<WebServer> Serve(std::string_view pack = "") {
    return *WebServer::Start({"127.0.0.1:0", pack}, {SystemFiles(), {calls_, door_, policy_}});
  }

  static HttpRequest Post(const std::string& path, const std::string& body,
                          const std::string& type = "application/json") {
    HttpRequest request;
    request.method = "POST";
    request.path = path;
    request.headers = {{"host", "127.0.0.1:7481"},
                       {"content-type", type},
                       {"cookie", "other=1; mlup_session=token-of-dir-1"}};
    request.body = body;
    return request;
  }
  static HttpRequest Get(const std::string& path) {
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    request.headers = {{"host", "localhost:7481"}, {"cookie", "mlup_session=token-of-dir-1"}};
    return request;
  }

  HttpResponse Ask(const HttpRequest& request) const { return web_->Handle(request); }
  json AskError(const HttpRequest& request) const { return json::parse(Ask(request).body); }
  template <typename Message>
  Message Asked() const {
    Message message;
    EXPECT_TRUE(message.ParseFromString(calls_.asked.message));
    return message;
  }

  FakeCalls calls_;
  FakeDoor door_;
  const identity::Policy policy_ = *identity::Policy::Parse(kRoles);
  std::unique_ptr<WebServer> web_ = Serve();
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
  EXPECT_EQ(HeaderOf(answer, "Cache-Control"), "no-store");
  EXPECT_EQ(HeaderOf(answer, "X-Content-Type-Options"), "nosniff");
  EXPECT_THAT(HeaderOf(answer, "Content-Security-Policy"), HasSubstr("frame-ancestors 'none'"));
  EXPECT_EQ(calls_.asked.method, kGetReport);
  EXPECT_EQ(calls_.asked.token, "token-of-dir-1");
  EXPECT_EQ(calls_.asked.patience, absl::Seconds(30));
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
  EXPECT_EQ(calls_.asked.patience, absl::Milliseconds(250));
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

TEST_F(WebTest, WhoIsNamedStaysForTheDoorToJudge) {
  Ask(Post(kGetReport, R"({"reader":{"actorId":"aud-1"}})"));
  EXPECT_EQ(Asked<reports::v1::GetReportRequest>().reader().actor_id(), "aud-1");
  EXPECT_EQ(calls_.asked.token, "token-of-dir-1");
}

TEST_F(WebTest, WhatTheDoorDoesNotKnowIsNotAnswered) {
  HttpRequest nobody = Post(kGetReport, "{}");
  nobody.headers.erase("cookie");
  EXPECT_EQ(Ask(nobody).status, 401);
  EXPECT_EQ(ReasonOf(AskError(nobody)), "SIGN_IN_REQUIRED");
  door_.ended = true;
  EXPECT_EQ(ReasonOf(AskError(Post(kGetReport, "{}"))), "SESSION_ENDED");
  EXPECT_EQ(Ask(Get("/session")).status, 401);
  EXPECT_EQ(Ask(Get("/session/watch")).status, 401);
  // As long as nobody has an account, the pages are nobody's.
  door_ = {};
  door_.has_accounts = false;
  EXPECT_EQ(ReasonOf(AskError(Post(kGetReport, "{}"))), "NO_ACCOUNTS");
  EXPECT_EQ(calls_.asked.method, "");
}

TEST_F(WebTest, SigningInSetsACookieThatNoScriptAndNoOtherSiteCanUse) {
  identity::v1::SignInResponse begun;
  begun.set_token("a-token");
  begun.set_must_change_password(true);
  calls_.answer = begun.SerializeAsString();
  HttpRequest request = Post("/session", R"({"name":"dir-1","password":"three words","code":"1"})");
  request.headers.erase("cookie");
  const HttpResponse answer = Ask(request);
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(HeaderOf(answer, "Set-Cookie"),
            "mlup_session=a-token; Path=/; HttpOnly; SameSite=Strict");
  EXPECT_THAT(answer.body, Not(HasSubstr("a-token")));
  EXPECT_EQ(json::parse(answer.body)["must_change_password"], true);
  EXPECT_EQ(calls_.asked.method, "/mlup.identity.v1.SignInService/SignIn");
  EXPECT_EQ(calls_.asked.token, "");
  EXPECT_EQ(Asked<identity::v1::SignInRequest>().code(), "1");
  // Whoever signs in where somebody is signed in ends that session.
  Ask(Post("/session", R"({"name":"aud-1","password":"three words"})"));
  EXPECT_EQ(calls_.asked.method, "/mlup.identity.v1.SignInService/SignOut");
  EXPECT_EQ(calls_.asked.token, "token-of-dir-1");
}

TEST_F(WebTest, ASignInThatIsRefusedSetsNoCookie) {
  calls_.answer = Error(absl::StatusCode::kUnauthenticated, "CODE_REQUIRED", "give its code");
  const HttpResponse refused = Ask(Post("/session", R"({"name":"dir-1","password":"x"})"));
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(ReasonOf(json::parse(refused.body)), "CODE_REQUIRED");
  EXPECT_EQ(HeaderOf(refused, "Set-Cookie"), "");
  EXPECT_EQ(Ask(Post("/session", R"({"name":7,"password":"x"})")).status, 400);
  EXPECT_EQ(ReasonOf(AskError(Post("/session", "name=dir-1", "text/plain"))),
            "CONTENT_TYPE_UNKNOWN");
}

TEST_F(WebTest, OneActsInOneOfTheRolesThatOneHolds) {
  const json session = json::parse(Ask(Get("/session")).body);
  EXPECT_EQ(session["actor"]["actor_id"], "dir-1");
  EXPECT_EQ(session["actor"]["role_label"], "Director");
  EXPECT_EQ(session["choices"].size(), 2u);
  HttpRequest choose = Post("/session", R"({"role":"auditor","organisation_id":"mro"})");
  choose.method = "PUT";
  EXPECT_EQ(HeaderOf(Ask(choose), "Set-Cookie"),
            "mlup_role=auditor/mro; Path=/; HttpOnly; SameSite=Strict");
  HttpRequest next = Post(kGetReport, "{}");
  next.headers["cookie"] = "mlup_session=token-of-dir-1; mlup_role=auditor/mro";
  Ask(next);
  EXPECT_EQ(Asked<reports::v1::GetReportRequest>().reader().role(), "auditor");
  // A role of somebody else's is none.
  next.headers["cookie"] = "mlup_session=token-of-aud-1; mlup_role=director/mro";
  Ask(next);
  EXPECT_EQ(Asked<reports::v1::GetReportRequest>().reader().role(), "auditor");
  choose.headers["cookie"] = "mlup_session=token-of-aud-1";
  choose.body = R"({"role":"director","organisation_id":"mro"})";
  EXPECT_EQ(ReasonOf(AskError(choose)), "ROLE_NOT_HELD");
}

TEST_F(WebTest, SigningOutEndsTheSessionAndTakesTheCookies) {
  HttpRequest request = Get("/session");
  request.method = "DELETE";
  const HttpResponse answer = Ask(request);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(calls_.asked.method, "/mlup.identity.v1.SignInService/SignOut");
  EXPECT_THAT(HeaderOf(answer, "Set-Cookie"), HasSubstr("mlup_session=; "));
  EXPECT_THAT(HeaderOf(answer, "Set-Cookie"), HasSubstr("Max-Age=0"));
  request.headers["sec-fetch-site"] = "cross-site";
  EXPECT_EQ(Ask(request).status, 403);
}

TEST_F(WebTest, ASessionThatEndsElsewhereIsTold) {
  HttpResponse answer = Ask(Get("/session/watch"));
  ASSERT_NE(answer.stream, nullptr);
  EXPECT_EQ(HeaderOf(answer, "Content-Type"), "text/event-stream");
  EXPECT_LT(answer.stream->patience(), std::chrono::milliseconds(500));
  EXPECT_EQ(answer.stream->Next().bytes, "");
  door_.ended = true;
  const HttpStream::Step last = answer.stream->Next();
  EXPECT_THAT(last.bytes, HasSubstr("event: ended\n"));
  EXPECT_TRUE(last.ended);
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
  EXPECT_EQ(calls_.asked.method, "");
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
  EXPECT_EQ(calls_.asked.method, "");
  HttpRequest own = Post(kGetReport, "{}");
  own.headers["origin"] = "http://127.0.0.1:7481";
  own.headers["sec-fetch-site"] = "same-origin";
  EXPECT_EQ(Ask(own).status, 200);
}

TEST_F(WebTest, FilesAreServedWithNothingInlineAndPagesAreTheApplication) {
  const std::string pack =
      "mlup-web 1\n/index.html 4 identity text/html; charset=utf-8\n"
      "/assets/a.1.js 2 identity text/javascript\n/assets/a.1.js 1 br text/javascript\n\n<p/>jsb";
  const std::unique_ptr<WebServer> web = Serve(pack);
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
