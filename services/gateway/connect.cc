#include "services/gateway/connect.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/check.h"
#include "eventstore/base/status.h"
#include "eventstore/json/json_message.h"
#include "eventstore/json/json_text.h"
#include "eventstore/log/error_pb.h"

namespace mlup::gateway {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using nlohmann::ordered_json;

// What a call has where it does not say, as an answer of the server has.
constexpr absl::Duration kPatience = absl::Seconds(30);
// How long a thread waits for the first of many answers, and for the next, before it serves others.
constexpr absl::Duration kFirstWait = absl::Seconds(1);
constexpr absl::Duration kNextWait = absl::Milliseconds(20);
constexpr std::size_t kEnvelopeHead = 5;
constexpr char kEndOfStream = 2;

struct Content {
  bool json = false;
  // Of a call with many answers.
  bool stream = false;
};

struct Code {
  std::string_view name;
  int http;
};

// In the order of the codes' numbers.
constexpr std::array<Code, 17> kCodes = {{{"ok", 200},
                                          {"canceled", 499},
                                          {"unknown", 500},
                                          {"invalid_argument", 400},
                                          {"deadline_exceeded", 504},
                                          {"not_found", 404},
                                          {"already_exists", 409},
                                          {"permission_denied", 403},
                                          {"resource_exhausted", 429},
                                          {"failed_precondition", 400},
                                          {"aborted", 409},
                                          {"out_of_range", 400},
                                          {"unimplemented", 501},
                                          {"internal", 500},
                                          {"unavailable", 503},
                                          {"data_loss", 500},
                                          {"unauthenticated", 401}}};

Code CodeOf(const absl::Status& status) {
  const auto number = static_cast<std::size_t>(status.raw_code());
  return kCodes[number < kCodes.size() ? number : 2];
}

std::string Unpadded(const std::string& base64) {
  return std::string(absl::StripSuffix(absl::StripSuffix(base64, "="), "="));
}

ordered_json ErrorJson(const absl::Status& status) {
  const log::v1::ErrorInfo info = log::ToErrorInfo(status);
  ordered_json debug = {{"reason", info.reason()}};
  if (!info.field().empty()) debug["field"] = info.field();
  return {{"code", CodeOf(status).name},
          {"message", ToStd(status.message())},
          {"details",
           ordered_json::array({{{"type", info.GetDescriptor()->full_name()},
                                 {"value", Unpadded(absl::Base64Escape(info.SerializeAsString()))},
                                 {"debug", std::move(debug)}}})}};
}

std::string Dump(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string Envelope(char flags, std::string_view message) {
  const auto size = static_cast<std::uint32_t>(message.size());
  std::string bytes = {flags, static_cast<char>(size >> 24), static_cast<char>(size >> 16),
                       static_cast<char>(size >> 8), static_cast<char>(size)};
  return bytes.append(message);
}

// The one message of a call with many answers.
absl::StatusOr<std::string_view> Unwrapped(std::string_view body) {
  std::uint32_t size = 0;
  for (std::size_t i = 1; i < kEnvelopeHead && i < body.size(); ++i) {
    size = size << 8 | static_cast<unsigned char>(body[i]);
  }
  if (body.size() < kEnvelopeHead || body[0] != 0 || body.size() - kEnvelopeHead != size) {
    return Error(absl::StatusCode::kInvalidArgument, "ENVELOPE_INVALID",
                 "the body is one message in an envelope, not compressed");
  }
  return body.substr(kEnvelopeHead);
}

std::optional<Content> ContentOf(const HttpRequest& request) {
  const std::vector<absl::string_view> parts =
      absl::StrSplit(ToAbsl(request.Header("content-type")), ';');
  const std::string type = absl::AsciiStrToLower(absl::StripAsciiWhitespace(parts[0]));
  if (type == "application/json") return Content{true, false};
  if (type == "application/proto") return Content{false, false};
  if (type == "application/connect+json") return Content{true, true};
  if (type == "application/connect+proto") return Content{false, true};
  return std::nullopt;
}

std::string NameOf(const Content& content) {
  return absl::StrCat("application/", content.stream ? "connect+" : "",
                      content.json ? "json" : "proto");
}

const MethodDescriptor* FindMethod(const std::string& path) {
  std::string name = path.substr(1);
  const std::size_t slash = name.find('/');
  if (slash == std::string::npos || !absl::StartsWith(name, "mlup.")) return nullptr;
  name[slash] = '.';
  return google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
}

std::unique_ptr<Message> NewMessage(const google::protobuf::Descriptor& type) {
  const Message* prototype =
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type);
  return std::unique_ptr<Message>(prototype->New());
}

absl::StatusOr<std::string> RequestBytes(const MethodDescriptor& method, const Content& content,
                                         std::string_view body, const WebCaller& caller) {
  const std::unique_ptr<Message> message = NewMessage(*method.input_type());
  if (content.json) {
    ASSIGN_OR_RETURN(const nlohmann::json document, strict::ParseJson(body.empty() ? "{}" : body));
    RETURN_IF_ERROR(strict::ToMessage(document, *message));
  } else if (!message->ParseFromArray(body.data(), static_cast<int>(body.size()))) {
    return Error(absl::StatusCode::kInvalidArgument, "MESSAGE_INVALID",
                 absl::StrCat("not a message of type ", method.input_type()->full_name()));
  }
  ActAs(caller, *message);
  return message->SerializeAsString();
}

absl::StatusOr<std::string> AnswerText(const MethodDescriptor& method, const Content& content,
                                       std::string bytes) {
  if (!content.json) return bytes;
  const std::unique_ptr<Message> message = NewMessage(*method.output_type());
  std::string json;
  if (!message->ParseFromString(bytes) ||
      !google::protobuf::util::MessageToJsonString(*message, &json).ok()) {
    return Error(absl::StatusCode::kInternal, "ANSWER_INVALID", "the answer has no JSON form");
  }
  return json;
}

// Until when it is to be answered. INVALID_ARGUMENT TIMEOUT_INVALID.
absl::StatusOr<absl::Duration> PatienceOf(const HttpRequest& request, absl::Duration usual) {
  const std::string_view text = request.Header("connect-timeout-ms");
  if (text.empty()) return usual;
  std::int64_t ms = 0;
  if (text.size() > 10 || text.find_first_not_of("0123456789") != std::string_view::npos ||
      !absl::SimpleAtoi(ToAbsl(text), &ms)) {
    return FieldError(absl::StatusCode::kInvalidArgument, "TIMEOUT_INVALID", "connect-timeout-ms",
                      "must be milliseconds, at most 10 digits");
  }
  return absl::Milliseconds(ms);
}

// The answers of a call as they come, and how it ended.
class ConnectStream final : public HttpStream {
 public:
  ConnectStream(const MethodDescriptor& method, const Content& content,
                std::unique_ptr<RpcStream> answers)
      : method_(method), content_(content), answers_(std::move(answers)) {}

  // A call that was ended within the process is ended outside as soon.
  std::chrono::milliseconds patience() const override { return std::chrono::milliseconds(100); }

  Step Next() override {
    RpcStream::Step step = answers_->Next(std::exchange(patience_, kNextWait));
    if (step.ended.has_value()) return End(*step.ended);
    if (!step.message.has_value()) return {};
    absl::StatusOr<std::string> text = AnswerText(method_, content_, *std::move(step.message));
    if (!text.ok()) return End(text.status());
    return {.bytes = Envelope(0, *text), .more = true};
  }

 private:
  static Step End(const absl::Status& status) {
    const ordered_json end =
        status.ok() ? ordered_json::object() : ordered_json{{"error", ErrorJson(status)}};
    return {.bytes = Envelope(kEndOfStream, Dump(end)), .ended = true};
  }

  const MethodDescriptor& method_;
  const Content content_;
  const std::unique_ptr<RpcStream> answers_;
  absl::Duration patience_ = kFirstWait;
};

HttpResponse Answer(const Content& content) {
  HttpResponse response;
  response.headers = {{"Content-Type", NameOf(content)}, {"Cache-Control", "no-store"}};
  response.authenticated = true;
  return response;
}

// Of a call with many answers, errors come in the stream.
HttpResponse Failure(const Content& content, const absl::Status& status) {
  if (!content.stream) return ConnectError(status);
  HttpResponse response = Answer(content);
  response.body = Envelope(kEndOfStream, Dump({{"error", ErrorJson(status)}}));
  return response;
}

HttpResponse Refused(int status, const char* header, const char* value) {
  HttpResponse response;
  response.status = status;
  response.headers = {{header, value}};
  return response;
}

absl::Status Unserved(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kUnimplemented, reason, message);
}

}  // namespace

bool Connect::IsCall(const HttpRequest& request) {
  return absl::StartsWith(request.path, "/mlup.");
}

HttpResponse Connect::Handle(const HttpRequest& request,
                             const absl::StatusOr<WebCaller>& caller) const {
  if (request.method != "POST") return Refused(405, "Allow", "POST");
  const std::optional<Content> content = ContentOf(request);
  if (!content.has_value()) {
    return Refused(415, "Accept-Post",
                   "application/json, application/proto, application/connect+json, "
                   "application/connect+proto");
  }
  const std::string_view version = request.Header("connect-protocol-version");
  if (!version.empty() && version != "1") {
    return Failure(*content, FieldError(absl::StatusCode::kInvalidArgument, "PROTOCOL_UNKNOWN",
                                        "connect-protocol-version", "must be 1"));
  }
  if (!caller.ok()) return Failure(*content, caller.status());
  const MethodDescriptor* method = FindMethod(request.path);
  if (method == nullptr) {
    return Failure(*content, Unserved("METHOD_UNKNOWN", "there is no such method"));
  }
  if (method->client_streaming() || method->server_streaming() != content->stream) {
    return Failure(*content, Unserved("STREAM_NOT_SERVED",
                                      method->client_streaming()
                                          ? "calls with many requests are served over gRPC only"
                                          : "send the content type that fits the method"));
  }
  absl::StatusOr<HttpResponse> answer = Ask(*method, content->json, request, *caller);
  return answer.ok() ? *std::move(answer) : Failure(*content, answer.status());
}

absl::StatusOr<HttpResponse> Connect::Ask(const MethodDescriptor& method, bool json,
                                          const HttpRequest& request,
                                          const WebCaller& caller) const {
  const Content content{json, method.server_streaming()};
  std::string_view body = request.body;
  if (content.stream) {
    ASSIGN_OR_RETURN(body, Unwrapped(body));
  }
  const absl::Duration usual = content.stream ? absl::InfiniteDuration() : kPatience;
  ASSIGN_OR_RETURN(const absl::Duration patience, PatienceOf(request, usual));
  RpcRequest call{request.path, "", caller.token, patience};
  ASSIGN_OR_RETURN(call.message, RequestBytes(method, content, body, caller));
  HttpResponse response = Answer(content);
  if (content.stream) {
    response.stream = std::make_unique<ConnectStream>(method, content, calls_.Open(call));
    return response;
  }
  ASSIGN_OR_RETURN(std::string answer, calls_.Call(call));
  ASSIGN_OR_RETURN(response.body, AnswerText(method, content, std::move(answer)));
  return response;
}

HttpResponse ConnectError(const absl::Status& status) {
  HttpResponse response;
  response.status = CodeOf(status).http;
  response.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}};
  response.body = Dump(ErrorJson(status));
  return response;
}

}  // namespace mlup::gateway
