#include "services/mlup/who_asks.h"

#include <algorithm>

#include "eventstore/base/files.h"
#include "eventstore/base/status.h"
#include "services/mlup/kept_session.h"

namespace mlup::cli {

using identity::v1::WhoAmIResponse;

absl::StatusOr<std::optional<WhoAmIResponse>> AskWhoAmI(const Session& session) {
  if (KeptToken(SystemFiles(), session.server).empty()) return std::optional<WhoAmIResponse>();
  auto answer = AskSignIn<WhoAmIResponse>(session, "WhoAmI", identity::v1::WhoAmIRequest());
  // Another process plays that role, or another installation stands there now, without accounts.
  if (absl::IsUnimplemented(answer.status()) || (answer.ok() && answer->signed_in_as().empty())) {
    return std::optional<WhoAmIResponse>();
  }
  if (!answer.ok()) return answer.status();
  return std::optional<WhoAmIResponse>(*std::move(answer));
}

Reader ReaderFor(const Session& session, const Reader& usual) {
  const auto who = AskWhoAmI(session);
  if (!who.ok() || !who->has_value()) return usual;
  const auto& roles = (*who)->roles();
  auto held = std::find_if(roles.begin(), roles.end(),
                           [&usual](const auto& grant) { return grant.role() == usual.role; });
  if (held == roles.end()) held = roles.begin();
  if (held == roles.end()) {
    return {(*who)->signed_in_as(), usual.role, usual.organisation_id};
  }
  return {(*who)->signed_in_as(), held->role(), held->organisation_id()};
}

}  // namespace mlup::cli
