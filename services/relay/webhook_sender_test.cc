// The webhook sender against a server on this machine that answers as it is told.
#include "services/relay/webhook_sender.h"

#include <functional>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "eventstore/base/check.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/simulated_files.h"
#include "eventstore/base/status.h"
#include "services/relay/signature.h"

namespace mlup::relay {
namespace {

using Kind = Outcome::Kind;
using testing::HasSubstr;

constexpr char kSecret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

std::string Reply(int code, const std::string& headers = "") {
  return absl::StrCat("HTTP/1.1 ", code, " Words\r\n", headers, "Content-Length: 0\r\n\r\n");
}

// Takes one request a connection. An answer without a byte closes the connection; kHang keeps it
// open.
class Server {
 public:
  static constexpr char kHang[] = "hang";

  explicit Server(std::function<std::string(const std::string&)> answer)
      : answer_(std::move(answer)), listening_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const bare = reinterpret_cast<sockaddr*>(&address);
    CHECK(bind(listening_, bare, sizeof address) == 0 && listen(listening_, 16) == 0);
    socklen_t length = sizeof address;
    CHECK(getsockname(listening_, bare, &length) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~Server() {
    shutdown(listening_, SHUT_RDWR);
    thread_.join();
    close(listening_);
    for (const int connection : hanging_) close(connection);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string url() const { return absl::StrCat("http://127.0.0.1:", port_, "/events"); }
  std::vector<std::string> requests() const {
    MutexLock lock(mutex_);
    return requests_;
  }

 private:
  void Serve() {
    while (true) {
      const int connection = accept(listening_, nullptr, nullptr);
      if (connection < 0) return;
      const std::string request = Read(connection);
      const std::string answer = answer_(request);
      {
        MutexLock lock(mutex_);
        requests_.push_back(request);
      }
      if (answer == kHang) {
        hanging_.push_back(connection);
        continue;
      }
      CHECK(send(connection, answer.data(), answer.size(), MSG_NOSIGNAL) >= 0);
      close(connection);
    }
  }

  static std::string Read(int connection) {
    std::string request;
    std::size_t end = std::string::npos;
    std::size_t length = 0;
    char buffer[4096];
    while (end == std::string::npos || request.size() < end + 4 + length) {
      const ssize_t count = recv(connection, buffer, sizeof buffer, 0);
      if (count <= 0) break;
      request.append(buffer, static_cast<std::size_t>(count));
      end = request.find("\r\n\r\n");
      const std::size_t at = request.find("Content-Length: ");
      if (at != std::string::npos)
        CHECK(absl::SimpleAtoi(request.substr(at + 16, request.find('\r', at) - at - 16), &length));
    }
    return request;
  }

  const std::function<std::string(const std::string&)> answer_;
  const int listening_;
  int port_ = 0;
  std::vector<int> hanging_;

  mutable Mutex mutex_;
  std::vector<std::string> requests_ ABSL_GUARDED_BY(mutex_);

  std::thread thread_;
};

Parcel ParcelAt(std::uint64_t position) {
  Parcel parcel{
      .position = {position}, .category = "case", .type = "mlup.cases.v1.CaseClosed", .event = {}};
  parcel.event.id = absl::StrCat("event-", position);
  parcel.event.source = "/mro/case";
  parcel.event.type = "org.mluprussey.cases.CaseClosed.v1";
  parcel.event.datacontenttype = "application/json";
  parcel.event.data = R"({"note":"ឧទាហរណ៍"})";
  return parcel;
}

std::string HeaderOf(const std::string& request, const std::string& name) {
  const std::size_t at = request.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const std::size_t begin = at + name.size() + 4;
  return request.substr(begin, request.find('\r', begin) - begin);
}

class WebhookSenderTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(files_.MakeFolder("/etc").ok());
    ASSERT_TRUE(files_.Replace("/etc/secret", kSecret).ok());
  }

  static sharing::v1::Webhook WebhookTo(const std::string& url) {
    sharing::v1::Webhook webhook;
    webhook.set_url(url);
    webhook.set_secret_file("/etc/secret");
    webhook.add_allowed_networks("127.0.0.1");
    webhook.add_allowed_networks("::1");
    return webhook;
  }
  std::vector<Outcome> Send(const std::string& url, int count = 1,
                            absl::Duration timeout = absl::Seconds(10)) {
    return SendTo(WebhookTo(url), count, timeout);
  }
  std::vector<Outcome> SendTo(const sharing::v1::Webhook& webhook, int count = 1,
                              absl::Duration timeout = absl::Seconds(10)) {
    WebhookSender sender(webhook, timeout, files_, clock_);
    for (int i = 1; i <= count; ++i) sender.Start(ParcelAt(static_cast<std::uint64_t>(i)));
    std::vector<Outcome> all;
    for (int turn = 0; turn < 1000 && static_cast<int>(all.size()) < count; ++turn) {
      for (Outcome& outcome : sender.Wait(absl::Milliseconds(100)))
        all.push_back(std::move(outcome));
    }
    EXPECT_EQ(static_cast<int>(all.size()), count);
    return all;
  }

  SimulatedFiles files_;
  ManualClock clock_{absl::FromUnixSeconds(1'614'265'330)};
};

TEST_F(WebhookSenderTest, TheRequestIsASignedCloudEvent) {
  const Server server([](const std::string&) { return Reply(204); });
  EXPECT_EQ(Send(server.url())[0].kind, Kind::kDelivered);
  const std::string request = server.requests().at(0);
  EXPECT_TRUE(absl::StartsWith(request, "POST /events HTTP/1.1\r\n"));
  EXPECT_THAT(HeaderOf(request, "Content-Type"), HasSubstr("application/cloudevents+json"));
  EXPECT_EQ(HeaderOf(request, "webhook-id"), "event-1");
  EXPECT_EQ(HeaderOf(request, "webhook-timestamp"), "1614265330");
  const std::string body = request.substr(request.find("\r\n\r\n") + 4);
  EXPECT_EQ(HeaderOf(request, "webhook-signature"),
            Signer::Parse(kSecret)->Sign("event-1", 1'614'265'330, body));
  EXPECT_EQ(*cloudevents::ParseStructuredJson(body), ParcelAt(1).event);
}

TEST_F(WebhookSenderTest, EachAnswerHasItsMeaning) {
  for (const auto& [code, kind] : std::vector<std::pair<int, Kind>>{{200, Kind::kDelivered},
                                                                    {202, Kind::kDelivered},
                                                                    {301, Kind::kRefused},
                                                                    {400, Kind::kRefused},
                                                                    {404, Kind::kRefused},
                                                                    {408, Kind::kUnavailable},
                                                                    {410, Kind::kGone},
                                                                    {429, Kind::kUnavailable},
                                                                    {500, Kind::kFailing},
                                                                    {503, Kind::kUnavailable}}) {
    const Server server([code = code](const std::string&) {
      return Reply(code, "retry-after: 30\r\nLocation: http://127.0.0.1:1/\r\n");
    });
    const Outcome outcome = Send(server.url())[0];
    EXPECT_EQ(outcome.kind, kind) << code;
    EXPECT_EQ(outcome.retry_after, absl::Seconds(30));
    EXPECT_THAT(outcome.because, HasSubstr(std::to_string(code)));
    EXPECT_EQ(server.requests().size(), 1U) << "redirects are not followed";
  }
}

TEST_F(WebhookSenderTest, NoAnswerMeansNotNow) {
  const Server closing([](const std::string&) { return std::string(); });
  EXPECT_EQ(Send(closing.url())[0].kind, Kind::kUnavailable);
  const Server cut([](const std::string&) {
    return std::string("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfew");
  });
  EXPECT_EQ(Send(cut.url())[0].kind, Kind::kUnavailable);
  const Server hanging([](const std::string&) { return std::string(Server::kHang); });
  const Outcome late = Send(hanging.url(), 1, absl::Milliseconds(200))[0];
  EXPECT_EQ(late.kind, Kind::kUnavailable);
  EXPECT_EQ(late.because, "no answer within 200ms");
  std::string dead_url;
  {
    const Server dead([](const std::string&) { return Reply(200); });
    dead_url = dead.url();
  }
  EXPECT_EQ(Send(dead_url)[0].kind, Kind::kUnavailable);
}

TEST_F(WebhookSenderTest, SeveralAreUnderwayAtOnce) {
  const Server server([](const std::string&) { return Reply(200); });
  const std::vector<Outcome> outcomes = Send(server.url(), 8);
  for (const Outcome& outcome : outcomes) EXPECT_EQ(outcome.kind, Kind::kDelivered);
}

TEST_F(WebhookSenderTest, WithoutASecretNothingIsSent) {
  ASSERT_TRUE(files_.Replace("/etc/secret", "none").ok());
  const Server server([](const std::string&) { return Reply(200); });
  const Outcome outcome = Send(server.url())[0];
  EXPECT_EQ(outcome.kind, Kind::kUnavailable);
  EXPECT_THAT(outcome.because, HasSubstr("whsec_"));
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(WebhookSenderTest, ANewSecretIsUsedWithoutARestart) {
  const Server server([](const std::string&) { return Reply(200); });
  WebhookSender sender(WebhookTo(server.url()), absl::Seconds(10), files_, clock_);
  EXPECT_EQ(sender.Ping("ping-1").kind, Kind::kDelivered);
  const std::string both = std::string(kSecret) + "\nwhsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX\n";
  ASSERT_TRUE(files_.Replace("/etc/secret", both).ok());
  clock_.Advance(absl::Seconds(11));
  EXPECT_EQ(sender.Ping("ping-2").kind, Kind::kDelivered);
  EXPECT_THAT(HeaderOf(server.requests().at(1), "webhook-signature"), HasSubstr(" v1,"));
  EXPECT_THAT(server.requests().at(1), HasSubstr("org.mluprussey.webhooks.Ping.v1"));
}

TEST_F(WebhookSenderTest, AnAddressInsideIsCalledOnlyWhereItIsAllowed) {
  const Server server([](const std::string&) { return Reply(200); });
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    sharing::v1::Webhook webhook = WebhookTo(server.url());
    webhook.set_url(absl::StrReplaceAll(server.url(), {{"127.0.0.1", host}}));
    EXPECT_EQ(SendTo(webhook)[0].kind, Kind::kDelivered);
    webhook.clear_allowed_networks();
    webhook.add_allowed_networks("10.0.0.0/8");
    const Outcome refused = SendTo(webhook)[0];
    EXPECT_EQ(refused.kind, Kind::kUnavailable);
    EXPECT_THAT(refused.because, HasSubstr("leads to "));
    EXPECT_THAT(refused.because, HasSubstr("webhook.allowed_networks"));
  }
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST_F(WebhookSenderTest, NoProxyOfTheEnvironmentIsUsed) {
  const Server server([](const std::string&) { return Reply(200); });
  const Server proxy([](const std::string&) { return Reply(200); });
  // NOLINTBEGIN(concurrency-mt-unsafe): no other thread of this test reads the environment.
  ASSERT_EQ(setenv("http_proxy", proxy.url().c_str(), 1), 0);
  const Outcome outcome = Send(server.url())[0];
  ASSERT_EQ(unsetenv("http_proxy"), 0);
  // NOLINTEND(concurrency-mt-unsafe)
  EXPECT_EQ(outcome.kind, Kind::kDelivered);
  EXPECT_TRUE(proxy.requests().empty());
  EXPECT_EQ(server.requests().size(), 1U);
}

}  // namespace
}  // namespace mlup::relay
