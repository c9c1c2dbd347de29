// What only the server promises: who may call, and what clients find in trailers.
#include "services/esdb/server_rpc.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <unistd.h>

#include "event_store/client/gossip_service.grpc.pb.h"
#include "event_store/client/server_features_service.grpc.pb.h"
#include "event_store/client/streams_service.grpc.pb.h"
#include "eventstore/base/files.h"
#include "eventstore/base/limits.h"
#include "services/esdb/esdb_test_world.h"
#include "services/tls/test_pem.h"

namespace mlup::esdb {
namespace {

using pb::streams::Streams;

class ServerTest : public EsdbTest {
 protected:
  ServerTest() {
    auto host = log::GroupHost::Open({log_, SystemFiles(), system_clock_}, {.folder = folder_});
    EXPECT_TRUE(host.ok()) << host.status();
    host_ = *std::move(host);
    auto server = EsdbServer::Start({log_, feeds_, *host_, system_clock_, random_},
                                    {.address = "127.0.0.1:0"});
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channel_ = grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
    streams_ = Streams::NewStub(channel_);
  }
  ~ServerTest() override {
    server_.reset();
    host_.reset();
    SystemFiles().RemoveTree(folder_).IgnoreError();
  }

  static std::string Trailer(const grpc::ClientContext& context, const char* name) {
    const auto& trailers = context.GetServerTrailingMetadata();
    const auto found = trailers.find(name);
    return found == trailers.end() ? "" : std::string(found->second.data(), found->second.size());
  }
  grpc::Status Tombstone(grpc::ClientContext& context, const std::string& stream) {
    pb::streams::TombstoneReq request;
    request.mutable_options()->mutable_stream_identifier()->set_stream_name(stream);
    request.mutable_options()->mutable_any();
    pb::streams::TombstoneResp response;
    return streams_->Tombstone(&context, request, &response);
  }

  std::unique_ptr<EsdbServer> StartTls(const tls::Pem& pem, const std::string& address,
                                       const std::string& client_ca = "") {
    auto server = EsdbServer::Start({log_, feeds_, *host_, system_clock_, random_},
                                    {.address = address,
                                     .subscriber = "",
                                     .tls = tls::TlsIdentity{pem.certificate, pem.key, client_ca}});
    EXPECT_TRUE(server.ok()) << server.status();
    return *std::move(server);
  }
  // Credentials of a client that trusts `server`, and shows its own where it has some.
  static std::shared_ptr<grpc::ChannelCredentials> Trusting(const tls::Pem& server,
                                                            const tls::Pem& own = {}) {
    return grpc::SslCredentials({server.certificate, own.key, own.certificate});
  }
  // What a call with `token` ends with: `ok`, `unavailable`, or the exception's name.
  std::string TombstoneAs(const std::string& token, const std::string& address,
                          const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
    const auto stub = Streams::NewStub(grpc::CreateChannel(address, credentials));
    grpc::ClientContext context;
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    pb::streams::TombstoneReq request;
    request.mutable_options()->mutable_stream_identifier()->set_stream_name(NewId());
    request.mutable_options()->mutable_any();
    pb::streams::TombstoneResp response;
    const grpc::Status status = stub->Tombstone(&context, request, &response);
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE) return "unavailable";
    return status.ok() ? "ok" : Trailer(context, "exception");
  }

  const std::string folder_ = absl::StrCat(testing::TempDir(), "/esdb-server-", getpid());
  SystemClock system_clock_;
  std::unique_ptr<log::GroupHost> host_;
  std::unique_ptr<EsdbServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<Streams::Stub> streams_;
};

TEST_F(ServerTest, PlaintextDoesNotLeaveTheMachine) {
  const auto reason = [this](const char* address) {
    return ErrorReason(
        EsdbServer::Start({log_, feeds_, *host_, system_clock_, random_}, {.address = address})
            .status());
  };
  for (const char* address : {"0.0.0.0:0", "192.0.2.1:2113"}) {
    EXPECT_EQ(reason(address), "ADDRESS_NOT_LOCAL") << address;
  }
  for (const char* address : {"localhost", "127.0.0.1:x", ":2113"}) {
    EXPECT_EQ(reason(address), "ADDRESS_INVALID") << address;
  }
  const auto taken = EsdbServer::Start({log_, feeds_, *host_, system_clock_, random_},
                                       {.address = server_->address()});
  EXPECT_EQ(ErrorReason(taken.status()), "ADDRESS_IN_USE");
}

TEST_F(ServerTest, WithTlsAnyAddressIsServedAndPlaintextIsNot) {
  const tls::Pem pem = tls::MakePem(system_clock_.Now());
  const auto server = StartTls(pem, "127.0.0.1:0");
  EXPECT_EQ(TombstoneAs("secret", server->address(), Trusting(pem)), "ok");
  EXPECT_EQ(TombstoneAs("secret", server->address(), grpc::InsecureChannelCredentials()),
            "unavailable");
  const tls::Pem other = tls::MakePem(system_clock_.Now());
  EXPECT_EQ(TombstoneAs("secret", server->address(), Trusting(other)), "unavailable");
  // An address of no machine: what fails is the listening.
  const auto elsewhere = EsdbServer::Start({log_, feeds_, *host_, system_clock_, random_},
                                           {.address = "192.0.2.1:0",
                                            .subscriber = "",
                                            .tls = tls::TlsIdentity{pem.certificate, pem.key, ""}});
  EXPECT_EQ(ErrorReason(elsewhere.status()), "ADDRESS_IN_USE");
}

TEST_F(ServerTest, WithTlsNobodyIsAnybodyWithoutAToken) {
  const tls::Pem pem = tls::MakePem(system_clock_.Now());
  const auto server = StartTls(pem, "127.0.0.1:0");
  EXPECT_EQ(TombstoneAs("", server->address(), Trusting(pem)), "access-denied");
  EXPECT_EQ(TombstoneAs("wrong", server->address(), Trusting(pem)), "access-denied");
  EXPECT_EQ(TombstoneAs("secret", server->address(), Trusting(pem)), "ok");
}

TEST_F(ServerTest, WhereClientCertificatesAreAskedForATokenAloneIsNotEnough) {
  const tls::Pem pem = tls::MakePem(system_clock_.Now());
  const tls::Pem client = tls::MakePem(system_clock_.Now());
  const auto server = StartTls(pem, "127.0.0.1:0", client.certificate);
  EXPECT_EQ(TombstoneAs("secret", server->address(), Trusting(pem)), "unavailable");
  EXPECT_EQ(TombstoneAs("secret", server->address(), Trusting(pem, pem)), "unavailable");
  EXPECT_EQ(TombstoneAs("secret", server->address(), Trusting(pem, client)), "ok");
  EXPECT_EQ(TombstoneAs("", server->address(), Trusting(pem, client)), "access-denied");
}

TEST_F(ServerTest, TrailersAreAsciiWhateverTheStreamIsCalled) {
  grpc::ClientContext first;
  EXPECT_TRUE(Tombstone(first, "កុមារ-១").ok());
  grpc::ClientContext again;
  const grpc::Status status = Tombstone(again, "កុមារ-១");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(Trailer(again, "exception"), "stream-deleted");
  EXPECT_THAT(Trailer(again, "stream-name"), testing::StartsWith("%E1%9E%80"));
}

TEST_F(ServerTest, ATokenNamesTheSubscriber) {
  const auto with = [this](const std::string& authorization) {
    grpc::ClientContext context;
    if (!authorization.empty()) context.AddMetadata("authorization", authorization);
    const grpc::Status status = Tombstone(context, NewId());
    return status.ok() ? "ok" : Trailer(context, "exception");
  };
  EXPECT_EQ(with(""), "ok");
  EXPECT_EQ(with("Bearer secret"), "ok");
  EXPECT_EQ(with("Basic " + absl::Base64Escape("anybody:secret")), "ok");
  EXPECT_EQ(with("Bearer wrong"), "access-denied");
  EXPECT_EQ(with("Basic " + absl::Base64Escape("secret")), "access-denied");
  EXPECT_EQ(with("Basic ***"), "access-denied");
  EXPECT_EQ(with("secret"), "access-denied");
}

TEST_F(ServerTest, WhoIsNotASubscriberSeesNothing) {
  auto server = EsdbServer::Start({log_, feeds_, *host_, system_clock_, random_},
                                  {.address = "127.0.0.1:0", .subscriber = "nobody"});
  ASSERT_TRUE(server.ok());
  const auto stub = Streams::NewStub(
      grpc::CreateChannel((*server)->address(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  const auto reader = stub->Read(&context);
  EXPECT_TRUE(reader->Write(ReadAll()));
  EXPECT_TRUE(reader->WritesDone());
  pb::streams::ReadResp message;
  EXPECT_FALSE(reader->Read(&message));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(Trailer(context, "exception"), "access-denied");
}

TEST_F(ServerTest, AHalfSentAppendIsNotRecorded) {
  grpc::ClientContext context;
  pb::streams::AppendResp response;
  const auto writer = streams_->Append(&context, &response);
  pb::streams::AppendReq request;
  request.mutable_options()->mutable_stream_identifier()->set_stream_name("half");
  EXPECT_TRUE(writer->Write(request));
  auto& message = *request.mutable_proposed_message();
  message.mutable_id()->set_string(NewId());
  (*message.mutable_metadata())["type"] = "T";
  (*message.mutable_metadata())["content-type"] = "application/json";
  EXPECT_TRUE(writer->Write(request));
  context.TryCancel();
  EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::CANCELLED);
  server_.reset();
  EXPECT_EQ(log_.Head()->value, 0u);
}

TEST_F(ServerTest, Http1HasTheSamePort) {
  const auto ask = [this](const std::string& words) {
    namespace asio = boost::asio;
    asio::io_context io;
    asio::ip::tcp::socket socket(io);
    const std::string& address = server_->address();
    const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    socket.connect({asio::ip::make_address("127.0.0.1"), port});
    // In pieces, as a slow caller sends it.
    for (const char c : words) socket.send(asio::buffer(&c, 1));
    std::string told;
    boost::system::error_code error;
    asio::read(socket, asio::dynamic_buffer(told), error);
    return told;
  };
  const std::string end = " HTTP/1.1\r\nHost: localhost:2113\r\nConnection: close\r\n\r\n";
  EXPECT_THAT(ask("GET /info" + end), testing::HasSubstr("\"state\":\"leader\""));
  EXPECT_THAT(ask("GET /ping" + end), testing::StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(ask("GET /health/live" + end), testing::StartsWith("HTTP/1.1 204"));
  EXPECT_THAT(ask("GET /gossip" + end), testing::HasSubstr("\"httpEndPointPort\":2113"));
  EXPECT_THAT(ask("PUT /info" + end), testing::StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(ask("GET /streams/a" + end), testing::StartsWith("HTTP/1.1 404"));
  EXPECT_TRUE(Append("a", MakeEvents(1)).ok());
  grpc::ClientContext context;
  EXPECT_TRUE(Tombstone(context, "a").ok()) << "and gRPC still is there";
}

TEST_F(ServerTest, WhoSaysNothingKeepsNobodyOut) {
  namespace asio = boost::asio;
  asio::io_context io;
  const std::string& address = server_->address();
  const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  std::vector<asio::ip::tcp::socket> silent;
  silent.reserve(kEsdbNewConnectionsMax + 16);
  for (std::size_t i = 0; i < kEsdbNewConnectionsMax + 16; ++i) {
    silent.emplace_back(io).connect({asio::ip::make_address("127.0.0.1"), port});
    // Half of them begin to say something.
    if (i % 2 == 0) silent.back().send(asio::buffer("PRI", 3));
  }
  grpc::ClientContext context;
  EXPECT_TRUE(Tombstone(context, "a").ok());
  // The first had to go.
  boost::system::error_code error;
  char byte = 0;
  silent.front().receive(asio::buffer(&byte, 1), 0, error);
  EXPECT_TRUE(error == asio::error::eof || error == asio::error::connection_reset) << error;
}

TEST_F(ServerTest, HealthAndReflectionAnswer) {
  const auto health = grpc::GenericStub(channel_);
  const auto call = [&health](const std::string& method, const std::string& request) {
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    grpc::Slice slice(request);
    const grpc::ByteBuffer bytes(&slice, 1);
    const auto reader =
        const_cast<grpc::GenericStub&>(health).PrepareUnaryCall(&context, method, bytes, &queue);
    reader->StartCall();
    grpc::ByteBuffer answer;
    grpc::Status status;
    reader->Finish(&answer, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    grpc::Slice told;
    if (!status.ok() || !answer.DumpToSingleSlice(&told).ok()) {
      return absl::StrCat("error ", status.error_code());
    }
    return std::string(reinterpret_cast<const char*>(told.begin()), told.size());
  };
  // SERVING, in field 1.
  EXPECT_EQ(call("/grpc.health.v1.Health/Check", ""), std::string("\x08\x01", 2));
  // A request for the list of services in field 7.
  for (const char* const version : {"v1", "v1alpha"}) {
    const std::string method =
        absl::StrCat("/grpc.reflection.", version, ".ServerReflection/ServerReflectionInfo");
    EXPECT_THAT(call(method, std::string("\x3a\x00", 2)),
                testing::HasSubstr("event_store.client.streams.Streams"));
    // The file of a symbol, in field 4; what is not of this face is not told.
    EXPECT_THAT(call(method, std::string("\x22\x22") + "event_store.client.streams.Streams"),
                testing::HasSubstr("BatchAppend"));
    EXPECT_THAT(call(method, std::string("\x22\x11") + "mlup.log.v1.Event"),
                testing::Not(testing::HasSubstr("source_system")));
  }
}

TEST_F(ServerTest, AReadEndsWhenTheClientHasSentAll) {
  ASSERT_TRUE(Append("a", MakeEvents(2)).ok());
  grpc::ClientContext context;
  const auto reader = streams_->Read(&context);
  EXPECT_TRUE(reader->Write(ReadStream("a")));
  pb::streams::ReadResp message;
  EXPECT_TRUE(reader->Read(&message));
  EXPECT_TRUE(reader->Read(&message));
  EXPECT_TRUE(reader->WritesDone());
  EXPECT_FALSE(reader->Read(&message));
  EXPECT_TRUE(reader->Finish().ok());
}

TEST_F(ServerTest, StoppingEndsSubscriptions) {
  grpc::ClientContext context;
  const auto reader = streams_->Read(&context);
  EXPECT_TRUE(reader->Write(Following(ReadAll())));
  EXPECT_TRUE(reader->WritesDone());
  pb::streams::ReadResp message;
  EXPECT_TRUE(reader->Read(&message));
  EXPECT_TRUE(message.has_confirmation());
  EXPECT_TRUE(reader->Read(&message));
  EXPECT_TRUE(message.has_caught_up());
  server_.reset();
  EXPECT_FALSE(reader->Read(&message));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ServerTest, StoppingAnswersWhatIsUnderWayAndRefusesTheRestInWords) {
  std::atomic<int> recorded = 0;
  std::atomic<int> others = 0;
  {
    std::vector<std::jthread> clients;
    clients.reserve(4);
    for (int i = 0; i < 4; ++i) {
      clients.emplace_back([&, i](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          grpc::ClientContext context;
          const grpc::Status status = Tombstone(context, absl::StrCat("t", i, "-", recorded++));
          const bool fits = status.ok() || status.error_code() == grpc::StatusCode::UNAVAILABLE;
          if (!fits) ++others;
        }
      });
    }
    while (recorded < 200) std::this_thread::yield();
    server_.reset();
  }
  EXPECT_EQ(others, 0);
}

// Batches and consumers go on for as long as the client likes.
TEST_F(ServerTest, StoppingEndsBatches) {
  grpc::ClientContext context;
  const auto batches = streams_->BatchAppend(&context);
  pb::streams::BatchAppendReq request;
  request.mutable_correlation_id()->set_string(NewId());
  request.mutable_options()->mutable_stream_identifier()->set_stream_name("a");
  request.mutable_options()->mutable_any();
  request.set_is_final(true);
  EXPECT_TRUE(batches->Write(request));
  pb::streams::BatchAppendResp answer;
  EXPECT_TRUE(batches->Read(&answer));
  server_.reset();
  EXPECT_FALSE(batches->Read(&answer));
  EXPECT_EQ(batches->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ServerTest, ClientsFindTheServerAndWhatItCan) {
  pb::Empty empty;
  grpc::ClientContext gossip_context;
  pb::gossip::ClusterInfo cluster;
  EXPECT_TRUE(pb::gossip::Gossip::NewStub(channel_)->Read(&gossip_context, empty, &cluster).ok());
  ASSERT_EQ(cluster.members_size(), 1);
  EXPECT_EQ(cluster.members(0).state(), pb::gossip::MemberInfo::Leader);
  EXPECT_EQ(absl::StrCat(cluster.members(0).http_end_point().address(), ":",
                         cluster.members(0).http_end_point().port()),
            server_->address());

  grpc::ClientContext context;
  pb::server_features::SupportedMethods methods;
  const auto features = pb::server_features::ServerFeatures::NewStub(channel_);
  const auto question = features->GetSupportedMethods(&context, &methods);
  EXPECT_TRUE(question->Write(empty));
  EXPECT_TRUE(question->WritesDone());
  EXPECT_TRUE(question->Finish().ok());
  bool batch = false;
  for (const auto& method : methods.methods()) batch |= method.method_name() == "batchappend";
  EXPECT_TRUE(batch);
}

}  // namespace
}  // namespace mlup::esdb
