#include "services/mlup/exchange/receiver.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/blake2b.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/passing.h"
#include "eventstore/json/json_text.h"
#include "eventstore/log/error_pb.h"
#include "services/gateway/error_body.h"
#include "services/mlup/exchange/row_source.h"

namespace mlup::cli::exchange {
namespace {

using gateway::HttpRequest;
using gateway::HttpResponse;

constexpr std::size_t kDigestBytes = 32;

// What stands in the body of one call.
class BodyRows final : public Rows {
 public:
  explicit BodyRows(Json body) {
    if (body.is_array()) {
      for (Json& row : body) rows_.push_back(std::move(row));
    } else {
      rows_.push_back(std::move(body));
    }
  }

  absl::StatusOr<std::optional<Row>> Next() override {
    if (next_ == rows_.size()) return std::optional<Row>();
    Json& row = rows_[next_++];
    if (row.is_object()) return std::optional(Row{next_, std::move(row)});
    return std::optional(Row{
        next_, Error(absl::StatusCode::kInvalidArgument, "ROW_FORM", "a row is a JSON object")});
  }

 private:
  std::vector<Json> rows_;
  std::size_t next_ = 0;
};

// Whether it is this program, and not the sender, who may not come in.
bool IsSignedOut(const absl::Status& status) {
  return absl::IsUnauthenticated(status) || absl::IsPermissionDenied(status);
}

absl::Status SignedOut() {
  return Error(absl::StatusCode::kUnavailable, "RECEIVER_SIGNED_OUT",
               "whoever runs the receiver must sign in there: send it again later");
}

}  // namespace

// What became of the rows of one call.
struct Receiver::Answer {
  std::uint64_t recorded = 0;
  std::uint64_t repeated = 0;
  Json refused = Json::array();

  void Refuse(std::uint64_t row, const RowOrigin* origin, const absl::Status& status) {
    const absl::Status at = origin == nullptr ? status : AtColumn(status, *origin);
    Json one = {{"row", row}};
    if (origin != nullptr) one["request"] = origin->request;
    one["reason"] = ErrorReason(at);
    if (!ErrorField(at).empty()) one["field"] = ErrorField(at);
    one["message"] = ToStd(at.message());
    refused.push_back(std::move(one));
  }

  // Fails where it may be recorded later.
  absl::Status Settle(std::uint64_t row, const RowOrigin& origin,
                      const record::v1::Outcome& outcome) {
    if (!outcome.has_refused()) {
      ++(outcome.recorded().replayed() ? repeated : recorded);
      return absl::OkStatus();
    }
    absl::Status status = log::FromRefusal(outcome.refused());
    if (IsPassing(status)) return status;
    if (absl::IsUnauthenticated(status)) return SignedOut();
    Refuse(row, &origin, status);
    return absl::OkStatus();
  }
};

Receiver::Receiver(Parts parts, std::string_view token)
    : parts_(std::move(parts)), digest_(Blake2b(token, kDigestBytes)) {}

bool Receiver::HasToken(const HttpRequest& request) const {
  constexpr std::string_view kBearer = "Bearer ";
  const std::string_view header = request.Header("authorization");
  return absl::StartsWithIgnoreCase(ToAbsl(header), ToAbsl(kBearer)) &&
         Blake2b(header.substr(kBearer.size()), kDigestBytes) == digest_;
}

HttpResponse Receiver::Handle(const HttpRequest& request) const {
  if (!HasToken(request)) {
    return gateway::ErrorResponse(401, "TOKEN_WRONG", "",
                                  "send the header Authorization: Bearer TOKEN");
  }
  if (request.method != "POST") {
    return gateway::ErrorResponse(405, "METHOD_UNKNOWN", "", "rows come by POST");
  }
  absl::StatusOr<HttpResponse> response = Take(request.body);
  if (!response.ok()) response = gateway::ErrorResponse(response.status());
  response->authenticated = true;
  return *std::move(response);
}

absl::Status Receiver::Record(std::span<const ImportSource::Item> items, Answer& answer) const {
  record::v1::RecordEachRequest request;
  for (const ImportSource::Item& item : items) {
    if (item.line.ok()) *request.add_requests() = item.line->request;
  }
  record::v1::RecordEachResponse response;
  if (request.requests_size() > 0) {
    absl::StatusOr<record::v1::RecordEachResponse> answer_of_daemon = parts_.record(request);
    if (IsSignedOut(answer_of_daemon.status())) return SignedOut();
    ASSIGN_OR_RETURN(response, std::move(answer_of_daemon));
  }
  if (response.outcomes_size() != request.requests_size()) {
    return Error(absl::StatusCode::kInternal, "RESPONSE_INVALID",
                 "the daemon's answer is not one for each request");
  }
  int next = 0;
  for (const ImportSource::Item& item : items) {
    if (item.line.ok()) {
      RETURN_IF_ERROR(answer.Settle(item.number, *item.line->origin, response.outcomes(next++)));
    } else {
      answer.Refuse(item.number, nullptr, item.line.status());
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<HttpResponse> Receiver::Take(std::string_view body) const {
  ASSIGN_OR_RETURN(Json json, strict::ParseJsonInOrder(body));
  const std::size_t rows = json.is_array() ? json.size() : 1;
  RowSource source(parts_.map, parts_.clock, std::make_unique<BodyRows>(std::move(json)));
  std::vector<ImportSource::Item> items;
  while (true) {
    ASSIGN_OR_RETURN(std::optional<ImportSource::Item> item, source.Next());
    if (!item) break;
    items.push_back(*std::move(item));
  }
  Answer answer;
  for (std::span<const ImportSource::Item> rest(items); !rest.empty();) {
    const auto some = rest.first(std::min(rest.size(), kRecordEachMax));
    RETURN_IF_ERROR(Record(some, answer));
    rest = rest.subspan(some.size());
  }
  HttpResponse response;
  response.status = answer.refused.empty() ? 200 : 422;
  response.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}};
  response.body = Json{{"rows", rows},
                       {"recorded", answer.recorded},
                       {"repeated", answer.repeated},
                       {"refused", std::move(answer.refused)}}
                      .dump() +
                  "\n";
  return response;
}

}  // namespace mlup::cli::exchange
