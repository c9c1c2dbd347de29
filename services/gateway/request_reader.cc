// The parser of Beast, which is compiled here only.
#include "services/gateway/request_reader.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "eventstore/base/limits.h"
#include "services/gateway/error_body.h"
#include "services/gateway/query.h"

namespace mlup::gateway {

// Why a head is not taken.
struct RequestReader::Fault {
  int status;
  const char* reason;
  const char* field;
  const char* message;
};

namespace {

namespace http = boost::beast::http;

constexpr std::size_t kReadBytes = 4 << 10;

using Message = http::request<http::string_body>;

}  // namespace

struct RequestReader::Parser {
  boost::beast::flat_buffer bytes;
  std::optional<http::request_parser<http::string_body>> request;
  boost::system::error_code error;
  std::optional<Fault> fault;

  static std::optional<Fault> FaultOf(const Message& message);
};

// What may be read in two ways, by us and by whoever stands before us, is not read at all.
std::optional<RequestReader::Fault> RequestReader::Parser::FaultOf(const Message& message) {
  const auto count = [&message](http::field field) { return message.count(field); };
  if (message.version() != 11 && message.version() != 10) {
    return Fault{505, "HTTP_VERSION_UNKNOWN", "", "use HTTP/1.1"};
  }
  for (const auto& [field, name] :
       {std::pair(http::field::host, "host"),
        std::pair(http::field::authorization, "authorization"),
        std::pair(http::field::content_type, "content-type"),
        std::pair(http::field::content_length, "content-length"),
        std::pair(http::field::transfer_encoding, "transfer-encoding")}) {
    if (count(field) > 1) return Fault{400, "HTTP_MALFORMED", name, "the header stands twice"};
  }
  if (message.version() == 11 && count(http::field::host) == 0) {
    return Fault{400, "HTTP_MALFORMED", "host", "HTTP/1.1 needs this header"};
  }
  if (count(http::field::transfer_encoding) > 0) {
    if (message.version() == 10 || count(http::field::content_length) > 0) {
      return Fault{400, "HTTP_MALFORMED", "transfer-encoding",
                   "is of HTTP/1.1, and instead of a length"};
    }
    if (!boost::beast::iequals(message[http::field::transfer_encoding], "chunked")) {
      return Fault{501, "TRANSFER_ENCODING_UNKNOWN", "transfer-encoding", "only chunked is known"};
    }
  }
  if (count(http::field::content_encoding) > 0 &&
      !boost::beast::iequals(message[http::field::content_encoding], "identity")) {
    return Fault{415, "CONTENT_ENCODING_UNKNOWN", "content-encoding", "send the body as it is"};
  }
  if (count(http::field::expect) > 0) {
    return Fault{417, "EXPECTATION_UNKNOWN", "expect", "send the body at once, without Expect"};
  }
  return std::nullopt;
}

RequestReader::RequestReader(std::size_t body_bytes_max)
    : body_bytes_max_(body_bytes_max), parser_(std::make_unique<Parser>()) {
  Begin();
}

RequestReader::~RequestReader() = default;

void RequestReader::Begin() {
  auto& request = parser_->request.emplace();
  request.header_limit(kHttpHeaderBytesMax);
  request.body_limit(body_bytes_max_);
  request.eager(true);
}

boost::asio::mutable_buffer RequestReader::Space() { return parser_->bytes.prepare(kReadBytes); }

RequestReader::State RequestReader::Read(std::size_t size) {
  auto& [bytes, request, error, fault] = *parser_;
  bytes.commit(size);
  error = {};
  while (bytes.size() > 0 && !error && !request->is_done()) {
    bytes.consume(request->put(bytes.data(), error));
  }
  // Beast bounds the head, and not what may stand before a chunk.
  if (error == http::error::need_more) {
    error = bytes.size() > kHttpHeaderBytesMax ? http::make_error_code(http::error::header_limit)
                                               : boost::system::error_code();
  }
  if (request->is_header_done()) fault = Parser::FaultOf(request->get());
  if (error || fault) return State::kRefused;
  if (request->is_done()) return State::kComplete;
  return request->is_header_done() ? State::kBody : State::kHead;
}

bool RequestReader::begun() const { return parser_->request->got_some(); }

RequestReader::State RequestReader::End() {
  if (!begun()) return State::kHead;
  parser_->error = http::error::partial_message;
  return State::kRefused;
}

HttpRequest RequestReader::Take() {
  http::request<http::string_body> message = parser_->request->release();
  HttpRequest request;
  request.method = std::string(message.method_string());
  ParseTarget(std::string(message.target()), request);
  for (const auto& field : message) {
    std::string& value = request.headers[absl::AsciiStrToLower(std::string(field.name_string()))];
    absl::StrAppend(&value, value.empty() ? "" : ", ", std::string(field.value()));
  }
  request.body = std::move(message.body());
  request.keep_alive = message.keep_alive();
  Begin();
  return request;
}

HttpResponse RequestReader::Refusal() const {
  if (const std::optional<Fault>& fault = parser_->fault; fault) {
    return ErrorResponse(fault->status, fault->reason, fault->field, fault->message);
  }
  if (parser_->error == http::error::body_limit) {
    return ErrorResponse(413, "BODY_TOO_LARGE", "body",
                         absl::StrCat("at most ", body_bytes_max_, " bytes"));
  }
  if (parser_->error == http::error::header_limit) {
    return ErrorResponse(431, "HEADER_TOO_LARGE", "",
                         absl::StrCat("at most ", kHttpHeaderBytesMax, " bytes"));
  }
  return ErrorResponse(400, "HTTP_MALFORMED", "", "not an HTTP/1.1 request");
}

}  // namespace mlup::gateway
