// On every call a stream that may not be seen is answered like one that is not there, to the byte.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <google/protobuf/message.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <unistd.h>

#include "event_store/client/persistent_subscriptions_service.grpc.pb.h"
#include "event_store/client/streams_service.grpc.pb.h"
#include "eventstore/base/files.h"
#include "eventstore/bus/group_host.h"
#include "kurrentdb/protocol/v2/streams/streams_service.grpc.pb.h"
#include "services/esdb/esdb_test_world.h"
#include "services/esdb/server_rpc.h"

namespace mlup::esdb {
namespace {

namespace groups = ::event_store::client::persistent_subscriptions;
namespace v2 = ::kurrentdb::protocol::v2::streams;
using pb::streams::Streams;

constexpr char kHiddenId[] = "018f3c6e00007000800000000000000a";
constexpr char kAbsentId[] = "018f3c6e00007000800000000000000b";

class HiddenRpcTest : public EsdbTest {
 protected:
  // Everything that one call told.
  struct Told {
    std::string text;

    void Add(const google::protobuf::Message& message) {
      absl::StrAppend(&text, message.DebugString(), message.SerializeAsString().size(), "\n");
    }
    void Add(const grpc::Status& status, const grpc::ClientContext& context) {
      absl::StrAppend(&text, status.error_code(), " ", status.error_message(), " ",
                      status.error_details(), "\n");
      for (const auto& [name, value] : context.GetServerTrailingMetadata()) {
        absl::StrAppend(&text, std::string(name.data(), name.size()), "=",
                        std::string(value.data(), value.size()), "\n");
      }
    }
  };
  using Ask = std::function<void(const std::string&, Told&)>;

  HiddenRpcTest() {
    feeds_.admits = [](const log::v1::Record& record) { return record.stream() == "ext/seen-1"; };
    EXPECT_TRUE(Append("seen-1", MakeEvents(3)).ok());
    for (const char* const category : {"person", "case"}) Domain(category, 300);
    EXPECT_TRUE(Append("order-7", MakeEvents(5)).ok());
    EXPECT_TRUE(Append("$$order-7", {MakeEvent("$metadata", R"({"$maxCount":2})")}).ok());
    EXPECT_TRUE(Append("order-closed", MakeEvents(4)).ok());
    EXPECT_TRUE(esdb_log_.Tombstone(author_, NameOf("order-closed"), {}).ok());
    auto host = log::GroupHost::Open({log_, SystemFiles(), system_clock_}, {.folder = folder_});
    EXPECT_TRUE(host.ok()) << host.status();
    host_ = *std::move(host);
    auto server = EsdbServer::Start({log_, feeds_, *host_, system_clock_, random_},
                                    {.address = "127.0.0.1:0"});
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    const auto channel =
        grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
    streams_ = Streams::NewStub(channel);
    groups_ = groups::PersistentSubscriptions::NewStub(channel);
    several_ = v2::StreamsService::NewStub(channel);
  }
  ~HiddenRpcTest() override {
    server_.reset();
    host_.reset();
    SystemFiles().RemoveTree(folder_).IgnoreError();
  }

  void Domain(std::string_view category, int count) {
    log::pb::AppendRequest request;
    request.mutable_key()->set_organisation_id("mro");
    request.mutable_key()->set_request_id(NewId());
    request.set_request_digest(std::string(32, 'd'));
    log::pb::StreamWrite& write = *request.add_writes();
    write.set_stream(absl::StrCat(std::string(category), "/", WithHyphens(kHiddenId)));
    for (int i = 0; i < count; ++i) {
      log::pb::Event& event = *write.add_events();
      event.set_event_id(NewId());
      event.set_type("mlup.cases.v1.NoteRecorded");
      event.set_schema_version(1);
    }
    EXPECT_TRUE(log_.Append(request).ok());
  }

  // Whether a call says a sentence of its own each time.
  static std::string WithoutRandom(std::string text) {
    const std::string mark = "subscription_id: \"";
    const std::size_t at = text.find(mark);
    if (at == std::string::npos) return text;
    return text.replace(at + mark.size(), 36, "ID");
  }

  std::string Tell(const Ask& ask, const std::string& stream) {
    Told told;
    ask(stream, told);
    return absl::StrReplaceAll(WithoutRandom(told.text), {{stream, "STREAM"}});
  }

  Ask Read(std::uint64_t revision, bool backward, bool follows) {
    return [=, this](const std::string& stream, Told& told) {
      pb::streams::ReadReq request = follows ? Following(ReadStream(stream)) : ReadStream(stream);
      if (revision > 0) request.mutable_options()->mutable_stream()->set_revision(revision);
      if (backward) {
        request.mutable_options()->set_read_direction(pb::streams::ReadReq::Options::Backwards);
      }
      grpc::ClientContext context;
      const auto reader = streams_->Read(&context);
      reader->Write(request);
      reader->WritesDone();
      pb::streams::ReadResp message;
      while (reader->Read(&message)) {
        // Times are of the clock.
        if (message.has_caught_up()) message.mutable_caught_up()->clear_timestamp();
        told.Add(message);
        if (message.has_caught_up()) context.TryCancel();
      }
      told.Add(reader->Finish(), context);
    };
  }

  template <typename Request, typename Response>
  Ask Unary(grpc::Status (Streams::Stub::*method)(grpc::ClientContext*, const Request&,
                                                  Response*)) {
    return [=, this](const std::string& stream, Told& told) {
      Request request;
      request.mutable_options()->mutable_stream_identifier()->set_stream_name(stream);
      request.mutable_options()->set_revision(2);
      Response response;
      grpc::ClientContext context;
      told.Add((streams_.get()->*method)(&context, request, &response), context);
      told.Add(response);
    };
  }

  Ask OneAppend() {
    return [this](const std::string& stream, Told& told) {
      grpc::ClientContext context;
      pb::streams::AppendResp response;
      const auto writer = streams_->Append(&context, &response);
      pb::streams::AppendReq request;
      request.mutable_options()->mutable_stream_identifier()->set_stream_name(stream);
      request.mutable_options()->set_revision(2);
      writer->Write(request);
      writer->WritesDone();
      told.Add(writer->Finish(), context);
      told.Add(response);
    };
  }

  Ask BatchAppend() {
    return [this](const std::string& stream, Told& told) {
      grpc::ClientContext context;
      const auto call = streams_->BatchAppend(&context);
      pb::streams::BatchAppendReq request;
      request.mutable_options()->mutable_stream_identifier()->set_stream_name(stream);
      request.mutable_options()->mutable_no_stream();
      request.set_is_final(true);
      call->Write(request);
      pb::streams::BatchAppendResp response;
      EXPECT_TRUE(call->Read(&response));
      told.Add(response);
      call->WritesDone();
      told.Add(call->Finish(), context);
    };
  }

  Ask Session() {
    return [this](const std::string& stream, Told& told) {
      grpc::ClientContext context;
      v2::AppendSessionResponse response;
      const auto writer = several_->AppendSession(&context, &response);
      v2::AppendRequest request;
      request.set_stream(stream);
      request.set_expected_revision(2);
      request.add_records()->mutable_schema()->set_name("T");
      writer->Write(request);
      writer->WritesDone();
      told.Add(writer->Finish(), context);
      told.Add(response);
    };
  }

  Ask Check() {
    return [this](const std::string& stream, Told& told) {
      v2::AppendRecordsRequest request;
      request.add_records()->mutable_schema()->set_name("T");
      request.mutable_records(0)->set_stream("mine-1");
      request.add_checks()->mutable_stream_state()->set_stream(stream);
      request.mutable_checks(0)->mutable_stream_state()->set_expected_state(-1);
      v2::AppendRecordsResponse response;
      grpc::ClientContext context;
      told.Add(several_->AppendRecords(&context, request, &response), context);
    };
  }

  // All that can be done with a group on the stream, one after the other.
  Ask Group() {
    return [this](const std::string& stream, Told& told) {
      const auto call = [&](auto method, auto request, auto response) {
        request.mutable_options()->mutable_stream_identifier()->set_stream_name(stream);
        request.mutable_options()->set_group_name("g");
        grpc::ClientContext context;
        told.Add((groups_.get()->*method)(&context, request, &response), context);
        told.Add(response);
      };
      using Stub = groups::PersistentSubscriptions::Stub;
      call(&Stub::GetInfo, groups::GetInfoReq(), groups::GetInfoResp());
      call(&Stub::Create, groups::CreateReq(), groups::CreateResp());
      call(&Stub::Update, groups::UpdateReq(), groups::UpdateResp());
      call(&Stub::GetInfo, groups::GetInfoReq(), groups::GetInfoResp());
      call(&Stub::ReplayParked, groups::ReplayParkedReq(), groups::ReplayParkedResp());
      groups::ListReq list;
      list.mutable_options()->mutable_list_for_stream()->mutable_stream()->set_stream_name(stream);
      groups::ListResp listed;
      grpc::ClientContext context;
      told.Add(groups_->List(&context, list, &listed), context);
      told.Add(listed);
      call(&Stub::Delete, groups::DeleteReq(), groups::DeleteResp());
    };
  }

  std::map<std::string, Ask> Reads() {
    std::map<std::string, Ask> asks;
    for (const std::uint64_t revision : {0U, 1U, 4U, 250U}) {
      asks[absl::StrCat("read ", revision)] = Read(revision, false, false);
      asks[absl::StrCat("read back ", revision)] = Read(revision, true, false);
      asks[absl::StrCat("follow ", revision)] = Read(revision, false, true);
    }
    asks["group"] = Group();
    return asks;
  }
  std::map<std::string, Ask> Writes() {
    return {{"append", OneAppend()},
            {"batch append", BatchAppend()},
            {"delete", Unary(&Streams::Stub::Delete)},
            {"tombstone", Unary(&Streams::Stub::Tombstone)},
            {"session", Session()},
            {"check", Check()}};
  }

  void Compare(const std::map<std::string, Ask>& asks, const std::string& hidden,
               const std::string& absent) {
    for (const auto& [name, ask] : asks) {
      EXPECT_EQ(Tell(ask, hidden), Tell(ask, absent)) << name << " of " << hidden;
    }
  }

  const std::string folder_ = absl::StrCat(testing::TempDir(), "/esdb-hidden-", getpid());
  SystemClock system_clock_;
  std::unique_ptr<log::GroupHost> host_;
  std::unique_ptr<EsdbServer> server_;
  std::unique_ptr<Streams::Stub> streams_;
  std::unique_ptr<groups::PersistentSubscriptions::Stub> groups_;
  std::unique_ptr<v2::StreamsService::Stub> several_;
};

TEST_F(HiddenRpcTest, RecordsOfTheServicesAreAnsweredAlikeOnEveryCall) {
  for (const std::string category : {"person-", "case-"}) {
    Compare(Reads(), category + kHiddenId, category + kAbsentId);
    Compare(Writes(), category + kHiddenId, category + kAbsentId);
  }
}

TEST_F(HiddenRpcTest, VirtualStreamsAreAnsweredAlikeOnEveryCall) {
  Compare(Reads(), "$ce-person", "$ce-nobody");
  Compare(Writes(), "$ce-person", "$ce-nobody");
  Compare(Reads(), "$et-mlup.cases.v1.NoteRecorded", "$et-mlup.cases.v1.NeverTouched");
  Compare(Reads(), "$category-case", "$category-none");
}

TEST_F(HiddenRpcTest, StreamsOfOthersAreReadAlike) {
  for (const std::string name : {"-7", "-closed"}) {
    Compare(Reads(), "order" + name, "other" + name);
    Compare(Reads(), "$$order" + name, "$$other" + name);
  }
}

TEST_F(HiddenRpcTest, AConsumerWhoseTokenIsTakenBackGetsNothingMore) {
  feeds_.admits = [](const auto&) { return true; };
  groups::CreateReq create;
  auto& from = *create.mutable_options()->mutable_stream();
  from.mutable_stream_identifier()->set_stream_name("seen-1");
  from.mutable_end();
  create.mutable_options()->set_group_name("g");
  create.mutable_options()->mutable_settings();
  groups::CreateResp created;
  grpc::ClientContext once;
  ASSERT_TRUE(groups_->Create(&once, create, &created).ok());
  grpc::ClientContext context;
  const auto consumer = groups_->Read(&context);
  groups::ReadReq request;
  request.mutable_options()->mutable_stream_identifier()->set_stream_name("seen-1");
  request.mutable_options()->set_group_name("g");
  request.mutable_options()->set_buffer_size(10);
  request.mutable_options()->mutable_uuid_option()->mutable_string();
  ASSERT_TRUE(consumer->Write(request));
  groups::ReadResp response;
  ASSERT_TRUE(consumer->Read(&response));
  EXPECT_TRUE(response.has_subscription_confirmation());
  feeds_.changed = true;
  ASSERT_TRUE(Append("seen-1", MakeEvents(1)).ok());
  EXPECT_FALSE(consumer->Read(&response)) << response.ShortDebugString();
  const grpc::Status ended = consumer->Finish();
  EXPECT_EQ(ended.error_code(), grpc::StatusCode::PERMISSION_DENIED) << ended.error_message();
  EXPECT_NE(ended.error_message().find("changed"), std::string::npos);
}

}  // namespace
}  // namespace mlup::esdb
