// Reads credentials and asks who has them.
#include "services/esdb/callers.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "services/esdb/faults.h"

namespace mlup::esdb {
namespace {

constexpr std::size_t kUserMax = 64;

struct Credentials {
  std::string user;
  // Empty when there is none.
  std::string token;
};

// A name as it stands in lists for people; empty for what would not be read there as one name.
std::string UserOf(std::string_view text) {
  const bool is_name = text.size() <= kUserMax && std::all_of(text.begin(), text.end(), [](char c) {
                         return absl::ascii_isgraph(static_cast<unsigned char>(c));
                       });
  return is_name ? std::string(text) : "";
}

Credentials CredentialsIn(std::string_view authorization) {
  const std::size_t space = authorization.find(' ');
  if (space == std::string_view::npos) return {};
  const absl::string_view scheme = ToAbsl(authorization.substr(0, space));
  const absl::string_view value = ToAbsl(authorization.substr(space + 1));
  if (absl::EqualsIgnoreCase(scheme, "bearer")) return {"", std::string(value)};
  std::string pair;
  if (!absl::EqualsIgnoreCase(scheme, "basic") || !absl::Base64Unescape(value, &pair)) return {};
  const std::size_t colon = pair.find(':');
  if (colon == std::string::npos) return {};
  return {UserOf(std::string_view(pair).substr(0, colon)), pair.substr(colon + 1)};
}

}  // namespace

absl::Status Caller::CheckAppends() const {
  RETURN_IF_ERROR(holds());
  if (may_append) return absl::OkStatus();
  return AccessDenied(absl::StrCat("the subscribers file lets ", author.subscriber_id,
                                   " read and not append: `may_append: true` lets it"));
}

absl::StatusOr<Caller> Callers::Identify(std::string_view authorization) const {
  if (authorization.empty() && anonymous_.empty()) {
    return AccessDenied(
        "credentials are missing: send the subscriber's token as the password of any user, or as a "
        "bearer token");
  }
  std::string id = anonymous_;
  const Credentials credentials = CredentialsIn(authorization);
  if (!authorization.empty()) {
    const absl::StatusOr<std::string> known = feeds_.Authenticate(credentials.token);
    if (!known.ok()) return AccessDenied("no subscriber has this token");
    id = *known;
  }
  const auto subscriber = feeds_.Find(id);
  if (!subscriber.ok()) {
    return AccessDenied(
        absl::StrCat("there is no subscriber ", id, " in the subscribers file of the server"));
  }
  Caller caller;
  caller.author.subscriber_id = id;
  caller.user = credentials.user.empty() ? id : credentials.user;
  caller.author.organisation_id = subscriber->organisation_id();
  caller.author.source_system =
      subscriber->source_system().empty() ? id : subscriber->source_system();
  const auto add = [](const sharing::v1::Subscriber& from, std::vector<std::string>& to) {
    to.insert(to.end(), from.append_categories().begin(), from.append_categories().end());
  };
  add(*subscriber, caller.author.categories);
  if (subscriber->may_append() && caller.author.categories.empty()) {
    for (const auto& other : feeds_.All()) add(other, caller.author.closed_categories);
  }
  caller.label = subscriber->label();
  caller.may_append = subscriber->may_append();
  caller.holds = [&feeds = feeds_, known = *subscriber] {
    const absl::Status same = feeds.Holds(known);
    return same.ok() ? absl::OkStatus() : AccessDenied(ToStd(same.message()));
  };
  caller.admit = [&feeds = feeds_, id, holds = caller.holds](
                     std::vector<log::pb::Record> records,
                     log::pb::Direction direction) -> absl::StatusOr<std::vector<log::pb::Record>> {
    RETURN_IF_ERROR(holds());
    return feeds.Filter(id, std::move(records), direction);
  };
  return caller;
}

}  // namespace mlup::esdb
