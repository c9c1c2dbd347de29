// Looks subscribers up; the file is read in subscribers_file.cc.
#include "services/sharing/subscribers.h"

#include <algorithm>
#include <optional>

#include <sodium.h>

#include "eventstore/base/bytes.h"
#include "eventstore/base/days.h"

namespace mlup::sharing {

const v1::Subscriber* Subscribers::Find(std::string_view subscriber_id) const {
  const auto found =
      std::find_if(subscribers_.begin(), subscribers_.end(), [&](const v1::Subscriber& subscriber) {
        return subscriber.subscriber_id() == subscriber_id;
      });
  return found == subscribers_.end() ? nullptr : &*found;
}

const v1::Subscriber* Subscribers::FindByToken(std::string_view token) const {
  Digest digest;
  crypto_hash_sha256(digest.data(), AsBytes(token), token.size());
  // All are compared, so that the time tells nothing.
  const v1::Subscriber* found = nullptr;
  for (std::size_t i = 0; i < subscribers_.size(); ++i) {
    const bool same = sodium_memcmp(digest.data(), token_digests_[i].data(), digest.size()) == 0;
    found = same ? &subscribers_[i] : found;
  }
  return found;
}

const v1::CodeMap* Subscribers::FindCodeMap(std::string_view name) const {
  const auto found = code_maps_.find(name);
  return found == code_maps_.end() ? nullptr : &found->second;
}

FieldPaths CoveredFields(const v1::Agreement& agreement, std::string_view type) {
  FieldPaths paths;
  for (const v1::SharedFields& shared : agreement.fields()) {
    const bool named = shared.type() == "*" || shared.type() == type ||
                       (shared.type().ends_with('.') && type.starts_with(shared.type()));
    if (!named) continue;
    for (const std::string& path : shared.paths()) paths.Add(path);
  }
  return paths;
}

bool IsExpired(const v1::Agreement& agreement, Day today) {
  if (agreement.expires_on().empty()) return false;
  const std::optional<Day> last = ParseDay(agreement.expires_on());
  return !last.has_value() || *last < today;
}

}  // namespace mlup::sharing
