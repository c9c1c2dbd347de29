// The HTTP server on sockets: who is let in, who goes for others, and TLS.
#include <array>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/status.h"
#include "eventstore/base/unix_socket.h"
#include "services/gateway/gateway.h"
#include "services/sharing/sharing_test_world.h"
#include "services/tls/test_pem.h"

namespace mlup::gateway {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr char kHealth[] = "GET /v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
constexpr char kFollow[] =
    "GET /v1/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n"
    "Authorization: Bearer test\r\n\r\n";

tcp::endpoint EndpointOf(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  return {asio::ip::make_address(address.substr(0, colon)),
          static_cast<unsigned short>(std::stoi(address.substr(colon + 1)))};
}

// Until `text` stands there, or all until the other side ends.
template <typename Stream>
std::string ReadUntil(Stream& stream, const std::string& text, boost::system::error_code& error) {
  std::string found;
  std::array<char, 1024> bytes;
  while (!error && (text.empty() || !absl::StrContains(found, text))) {
    found.append(bytes.data(), stream.read_some(asio::buffer(bytes), error));
  }
  return found;
}

// Who calls without TLS.
class Caller {
 public:
  explicit Caller(const std::string& address) { socket_.connect(EndpointOf(address)); }

  void Say(const std::string& request) { asio::write(socket_, asio::buffer(request)); }
  std::string Ask(const std::string& request, const std::string& text = "") {
    Say(request);
    return ReadUntil(socket_, text, error_);
  }
  // Waits for the other side to end.
  std::string Rest() { return ReadUntil(socket_, "", error_); }

 private:
  asio::io_context io_;
  tcp::socket socket_{io_};
  boost::system::error_code error_;
};

// Who calls with TLS and trusts `server`.
class TlsCaller {
 public:
  TlsCaller(const std::string& address, const tls::Pem& server,
            const std::optional<tls::Pem>& own = std::nullopt) {
    context_.add_certificate_authority(asio::buffer(server.certificate));
    context_.set_verify_mode(asio::ssl::verify_peer);
    if (own.has_value()) {
      context_.use_certificate(asio::buffer(own->certificate), asio::ssl::context::pem);
      context_.use_private_key(asio::buffer(own->key), asio::ssl::context::pem);
    }
    stream_.emplace(io_, context_);
    stream_->next_layer().connect(EndpointOf(address));
  }

  // Empty where the two do not agree. The server's last word on a client's certificate comes with
  // the first answer.
  std::string Ask(const std::string& request, const std::string& text = "") {
    stream_->handshake(asio::ssl::stream_base::client, error_);
    if (!error_) asio::write(*stream_, asio::buffer(request), error_);
    return ReadUntil(*stream_, text, error_);
  }
  std::string Rest(const std::string& text = "") { return ReadUntil(*stream_, text, error_); }
  // How it ended: `eof` when the other side said so.
  const boost::system::error_code& error() const { return error_; }
  SSL* native() { return stream_->native_handle(); }

 private:
  asio::io_context io_;
  asio::ssl::context context_{asio::ssl::context::tls_client};
  std::optional<asio::ssl::stream<tcp::socket>> stream_;
  boost::system::error_code error_;
};

// The whole face; the token is `test`.
class TlsTest : public testing::Test {
 protected:
  void Start(const std::string& client_ca = "") {
    gateway_ = *Gateway::Start(
        {"127.0.0.1:0", tls::TlsIdentity{server_.certificate, server_.key, client_ca}},
        {world_.sharing(), world_.log().log(), world_.log().clock(), random_});
  }
  const std::string& address() const { return gateway_->address(); }

  static tls::Pem NewPem() { return tls::MakePem(SystemClock().Now() - absl::Hours(1)); }

  const tls::Pem server_ = NewPem();
  sharing::TestWorld world_{R"(subscribers {
    subscriber_id: "own" organisation_id: "mro" purpose: "reporting"
    token_sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    agreement { filter { type_prefixes: "mlup." } } })"};
  SeededRandom random_{1};
  std::unique_ptr<Gateway> gateway_;
};

TEST_F(TlsTest, AnswersAndEndsInOrder) {
  Start();
  TlsCaller caller(address(), server_);
  EXPECT_THAT(caller.Ask(kHealth), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(caller.error(), asio::error::eof);
}

TEST_F(TlsTest, ManyRequestsGoOverOneConnection) {
  Start();
  TlsCaller caller(address(), server_);
  const std::string two = std::string("GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n") + kHealth;
  const std::string answers = caller.Ask(two);
  EXPECT_THAT(answers, HasSubstr("Connection: keep-alive"));
  EXPECT_THAT(answers, HasSubstr("Connection: close"));
}

TEST_F(TlsTest, StreamsGoOnAndEndWithTheServer) {
  Start();
  TlsCaller caller(address(), server_);
  EXPECT_THAT(caller.Ask(kFollow, "event: caught-up"), StartsWith("HTTP/1.1 200 OK\r\n"));
  world_.Register(1);
  EXPECT_THAT(caller.Rest("\n\n"), HasSubstr("event: cloudevent"));
  gateway_.reset();
  caller.Rest();
  EXPECT_EQ(caller.error(), asio::error::eof);
}

TEST_F(TlsTest, NothingIsToldInTheClear) {
  Start();
  EXPECT_THAT(Caller(address()).Ask(kHealth), Not(HasSubstr("HTTP")));
}

TEST_F(TlsTest, OldVersionsAreRefused) {
  Start();
  TlsCaller caller(address(), server_);
  SSL_set_security_level(caller.native(), 0);
  SSL_set_max_proto_version(caller.native(), TLS1_1_VERSION);
  EXPECT_EQ(caller.Ask(kHealth), "");
}

TEST_F(TlsTest, CallersShowACertificateWhereOneIsAsked) {
  const tls::Pem known = NewPem();
  Start(known.certificate);
  EXPECT_THAT(TlsCaller(address(), server_, known).Ask(kHealth), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(TlsCaller(address(), server_).Ask(kHealth), "");
  EXPECT_EQ(TlsCaller(address(), server_, NewPem()).Ask(kHealth), "");
}

TEST_F(TlsTest, AnIdentityThatIsNoneIsNamed) {
  const auto error_field = [&](tls::TlsIdentity identity) {
    return ErrorField(HttpServer::Start({"127.0.0.1:0", std::move(identity)}, {}).status());
  };
  EXPECT_EQ(error_field({"no PEM", server_.key, ""}), "certificate_chain");
  EXPECT_EQ(error_field({server_.certificate, NewPem().key, ""}), "private_key");
  EXPECT_EQ(error_field({server_.certificate, server_.key, "no PEM"}), "client_ca");
}

TEST(HttpServerTest, PlaintextStaysOnThisMachine) {
  const auto refused = HttpServer::Start({.address = "0.0.0.0:0"}, {});
  EXPECT_EQ(ErrorReason(refused.status()), "ADDRESS_NOT_LOCAL");
  EXPECT_EQ(ErrorReason(HttpServer::Start({.address = "127.0.0.1:x"}, {}).status()),
            "ADDRESS_INVALID");
}

TEST(HttpServerTest, AUnixSocketIsForTheSameUserAndGoesWithTheServer) {
  const std::string path = absl::StrCat(testing::TempDir(), "http.", getpid());
  const auto say = [](const HttpRequest& request) {
    HttpResponse response;
    response.body = request.path;
    return response;
  };
  // One that a process left which did not end by itself.
  close(*ListenAtPath(path, 0666));
  auto server = HttpServer::Start({.address = "unix:" + path}, say);
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ((*server)->address(), "unix:" + path);
  struct stat there = {};
  ASSERT_EQ(lstat(path.c_str(), &there), 0);
  EXPECT_EQ(there.st_mode, S_IFSOCK | 0600u);
  asio::io_context io;
  asio::local::stream_protocol::socket caller(io);
  caller.connect(path);
  asio::write(caller, asio::buffer(kHealth, sizeof(kHealth) - 1));
  boost::system::error_code error;
  EXPECT_THAT(ReadUntil(caller, "", error), HasSubstr("/v1/health"));
  server->reset();
  EXPECT_NE(lstat(path.c_str(), &there), 0);
  EXPECT_EQ(ErrorReason(HttpServer::Start({.address = "unix:/no/such/folder"}, say).status()),
            "SOCKET_FAILED");
}

// Answers with what was read, and who is told no.
class ReadingTest : public testing::Test {
 protected:
  std::string Ask(const std::string& request) { return Caller(server_->address()).Ask(request); }

  const std::unique_ptr<HttpServer> server_ =
      *HttpServer::Start({.address = "127.0.0.1:0"}, [](const HttpRequest& request) {
        HttpResponse response;
        response.body = absl::StrCat(request.method, " ", request.body, " ",
                                     std::string(request.Header("accept")), "\n");
        return response;
      });
};

TEST_F(ReadingTest, WhatCanBeReadInTwoWaysIsNotReadAtAll) {
  const std::string next = "GET /next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  const auto post = [&](const std::string& version, const std::string& headers,
                        const std::string& body) {
    return Ask(absl::StrCat("POST / HTTP/", version, "\r\n", headers, "\r\n", body, next));
  };
  const std::string host = "Host: x\r\n";
  const std::string chunks = "4\r\nbody\r\n0\r\n\r\n";
  struct Case {
    std::string version;
    std::string headers;
    std::string body;
    int status;
  };
  for (const Case& one : std::vector<Case>{
           {"1.1", "", "", 400},
           {"1.1", host + host, "", 400},
           {"1.1", host + "Host: y\r\n", "", 400},
           {"1.0", "Host: x\r\nHost: y\r\n", "", 400},
           {"1.1", host + "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n", "", 400},
           {"1.1", host + "authorization: Bearer a\r\nAUTHORIZATION: Bearer a\r\n", "", 400},
           {"1.1", host + "Content-Type: a\r\nContent-Type: b\r\n", "", 400},
           {"1.1", host + "Content-Length: 4\r\nContent-Length: 5\r\n", "body", 400},
           {"1.1", host + "Transfer-Encoding: gzip\r\n", chunks, 501},
           {"1.1", host + "Transfer-Encoding: gzip, chunked\r\n", chunks, 501},
           {"1.1", host + "Transfer-Encoding: chunked, chunked\r\n", chunks, 501},
           {"1.1", host + "Transfer-Encoding: xchunked\r\n", chunks, 501},
           {"1.1", host + "Transfer-Encoding: identity\r\n", chunks, 501},
           {"1.1", host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n", chunks, 400},
           {"1.1", host + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", chunks, 400},
           {"1.1", host + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", chunks, 400},
           {"1.0", host + "Transfer-Encoding: chunked\r\n", chunks, 400},
           {"1.1", host + "Content-Encoding: gzip\r\nContent-Length: 4\r\n", "body", 415},
           {"1.1", host + "Expect: 100-continue\r\nContent-Length: 4\r\n", "body", 417},
           {"1.1", host + "Expect: tea\r\n", "", 417},
           {"1.2", host, "", 505},
           {"2.0", host, "", 505},
       }) {
    const std::string answer = post(one.version, one.headers, one.body);
    const std::string begin = absl::StrCat("HTTP/1.1 ", one.status, " ");
    // Beast itself refuses some of them.
    EXPECT_TRUE(absl::StartsWith(answer, begin) ||
                (one.status != 417 && one.status != 415 && one.status != 501 &&
                 absl::StartsWith(answer, "HTTP/1.1 400 ")))
        << one.version << one.headers << answer;
    // What follows was not read as another request.
    EXPECT_EQ(answer.find("/next"), std::string::npos);
    EXPECT_EQ(answer.find("GET "), std::string::npos) << answer;
    EXPECT_THAT(answer, HasSubstr("Connection: close"));
  }
}

TEST_F(ReadingTest, TheRestIsRead) {
  EXPECT_THAT(Ask("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: "
                  "Chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"),
              HasSubstr("POST body "));
  EXPECT_THAT(Ask("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: a\r\n"
                  "Accept: b\r\nContent-Encoding: identity\r\n\r\n"),
              HasSubstr("a, b"));
  EXPECT_THAT(Ask("GET / HTTP/1.0\r\n\r\n"), HasSubstr("200 OK"));
  const std::string head = Ask("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(head, StartsWith("HTTP/1.1 200 OK"));
  EXPECT_THAT(head, testing::EndsWith("\r\n\r\n"));
}

// Answers everybody; who asks for /stream has shown a token, and gets nothing more.
class RoomTest : public testing::Test {
 protected:
  class Silence final : public HttpStream {
   public:
    Step Next() override { return {}; }
  };

  HttpResponse Answer(const HttpRequest& request) const {
    HttpResponse response;
    const HttpCounts counts = server_->counts();
    response.body = absl::StrCat("evicted ", counts.evicted, " refused ", counts.refused);
    if (request.path != "/stream") return response;
    response.stream = std::make_unique<Silence>();
    response.authenticated = true;
    return response;
  }

  const std::unique_ptr<HttpServer> server_ =
      *HttpServer::Start({.address = "127.0.0.1:0", .connections_max = 2},
                         [this](const HttpRequest& request) { return Answer(request); });
};

TEST(EndingTest, WhatWasAskedIsAnsweredBeforeTheServerEnds) {
  std::latch asked(1);
  std::latch go_on(1);
  std::unique_ptr<HttpServer> server =
      *HttpServer::Start({.address = "127.0.0.1:0"}, [&](const HttpRequest& request) {
        if (request.path == "/slow") {
          asked.count_down();
          go_on.wait();
        }
        HttpResponse response;
        response.body = "here it is";
        return response;
      });
  Caller slow(server->address());
  Caller half(server->address());
  Caller idle(server->address());
  EXPECT_THAT(idle.Ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "here it is"), HasSubstr("200 OK"));
  half.Say("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{");
  slow.Say("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  asked.wait();
  std::jthread ending([&server] { server.reset(); });
  EXPECT_EQ(idle.Rest(), "") << "who waits for nothing is let go first";
  half.Say("}");
  EXPECT_THAT(half.Rest(), HasSubstr("here it is"));
  go_on.count_down();
  const std::string answer = slow.Rest();
  EXPECT_THAT(answer, HasSubstr("here it is"));
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
}

TEST_F(RoomTest, WhoSaysNothingGoesForTheNext) {
  Caller first(server_->address());
  Caller second(server_->address());
  EXPECT_THAT(Caller(server_->address()).Ask(kHealth), HasSubstr("evicted 1 refused 0"));
  EXPECT_EQ(first.Rest(), "");
  // The second was younger than the first and is still there.
  EXPECT_THAT(second.Ask(kHealth), HasSubstr("evicted 1"));
}

TEST_F(RoomTest, WhoKeepsAConnectionWithoutATokenGoesToo) {
  Caller answered(server_->address());
  answered.Ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "evicted 0");
  Caller sending(server_->address());
  sending.Say("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n1234");
  const Caller third(server_->address());
  EXPECT_EQ(answered.Rest(), "");
  const Caller fourth(server_->address());
  EXPECT_EQ(sending.Rest(), "");
}

TEST_F(RoomTest, StreamsStay) {
  const std::string follow = "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n";
  Caller first(server_->address());
  first.Ask(follow, "\r\n\r\n");
  {
    Caller second(server_->address());
    second.Ask(follow, "\r\n\r\n");
    EXPECT_THAT(Caller(server_->address()).Rest(), HasSubstr("503 Service Unavailable"));
  }
  // The room of the second is noticed by who comes.
  std::string answer;
  while (!absl::StrContains(answer, "evicted 0")) answer = Caller(server_->address()).Ask(kHealth);
}

}  // namespace
}  // namespace mlup::gateway
