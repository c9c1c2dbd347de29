// What the calls that read figures have in common: who asks, and the pages of one answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/blake2b.h"
#include "eventstore/base/status.h"
#include "mlup/log/v1/envelope.pb.h"
#include "mlup/reports/v1/report_service.pb.h"
#include "services/query/page_token.h"

namespace mlup::query {

inline log::v1::Actor ActorOf(const reports::v1::Reader& reader) {
  log::v1::Actor actor;
  actor.set_actor_id(reader.actor_id());
  actor.set_role(reader.role());
  actor.set_organisation_id(reader.organisation_id());
  return actor;
}

// The question that the pages answer. It is no secret: a token gives nothing that its bearer could
// not ask for.
template <typename Request>
PageMark MarkOf(const Request& request) {
  Request question = request;
  question.clear_page_token();
  question.clear_page_size();
  return [bound = question.SerializeAsString()](std::string_view text) {
    return absl::BytesToHexString(Blake2b(absl::StrCat(bound, "\n", ToAbsl(text)), 16));
  };
}

// The position for this page, `newest` for the first and that of the first for all others.
template <typename Request>
absl::StatusOr<PageToken> TokenOf(const Request& request, const PageMark& mark, Position newest) {
  if (request.page_token().empty()) return PageToken{.as_of = newest};
  const std::optional<PageToken> token = ParsePageToken(request.page_token(), mark);
  if (!token || token->as_of > newest) {
    return FieldError(absl::StatusCode::kInvalidArgument, "PAGE_TOKEN_INVALID", "page_token",
                      "must come from an earlier page of the same question by the same reader");
  }
  return *token;
}

// A page of this size, where 0 is the usual one.
inline std::size_t PageSize(std::uint32_t asked, std::size_t usual = kPageSizeDefault) {
  return asked == 0 ? usual : asked;
}

}  // namespace mlup::query
