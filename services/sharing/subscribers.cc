// Looks subscribers up; the file is read in subscribers_file.cc.
#include "services/sharing/subscribers.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include <sodium.h>

#include "eventstore/base/bytes.h"
#include "eventstore/base/days.h"

namespace mlup::sharing {
namespace {

// Where somebody is called.
std::pair<std::string, std::string> WaysOf(const v1::Subscriber& subscriber) {
  return {subscriber.webhook().SerializeAsString(), subscriber.nats().SerializeAsString()};
}

}  // namespace

absl::StatusOr<Subscribers> Subscribers::Parse(std::string_view text) {
  Subscribers subscribers;
  ASSIGN_OR_RETURN(std::shared_ptr<const Book> book, Read(text));
  MutexLock lock(subscribers.held_->mutex);
  subscribers.held_->book = std::move(book);
  return subscribers;
}

std::shared_ptr<const Subscribers::Book> Subscribers::Now() const {
  MutexLock lock(held_->mutex);
  return held_->book;
}

absl::Status Subscribers::Replace(std::string_view text) {
  ASSIGN_OR_RETURN(std::shared_ptr<const Book> book, Read(text));
  for (const v1::Subscriber& subscriber : book->subscribers) {
    const std::shared_ptr<const v1::Subscriber> known = Find(subscriber.subscriber_id());
    const v1::Subscriber& then = known == nullptr ? v1::Subscriber::default_instance() : *known;
    if (WaysOf(then) == WaysOf(subscriber)) continue;
    return Error(absl::StatusCode::kFailedPrecondition, "RESTART_NEEDED",
                 absl::StrCat("subscribers file: ", subscriber.subscriber_id(),
                              ": webhook and nats are made at a start: restart mlupd"));
  }
  MutexLock lock(held_->mutex);
  held_->book = std::move(book);
  return absl::OkStatus();
}

std::shared_ptr<const v1::Subscriber> Subscribers::Find(std::string_view subscriber_id) const {
  const std::shared_ptr<const Book> book = Now();
  const auto& all = book->subscribers;
  const auto found = std::find_if(all.begin(), all.end(), [&](const v1::Subscriber& subscriber) {
    return subscriber.subscriber_id() == subscriber_id;
  });
  return found == all.end() ? nullptr : std::shared_ptr<const v1::Subscriber>(book, &*found);
}

std::shared_ptr<const v1::Subscriber> Subscribers::FindByToken(std::string_view token) const {
  Digest digest;
  crypto_hash_sha256(digest.data(), AsBytes(token), token.size());
  const std::shared_ptr<const Book> book = Now();
  // All are compared, so that the time tells nothing.
  const v1::Subscriber* found = nullptr;
  for (std::size_t i = 0; i < book->subscribers.size(); ++i) {
    const bool same =
        sodium_memcmp(digest.data(), book->token_digests[i].data(), digest.size()) == 0;
    found = same ? &book->subscribers[i] : found;
  }
  return found == nullptr ? nullptr : std::shared_ptr<const v1::Subscriber>(book, found);
}

std::shared_ptr<const v1::CodeMap> Subscribers::FindCodeMap(std::string_view name) const {
  const std::shared_ptr<const Book> book = Now();
  const auto found = book->code_maps.find(name);
  if (found == book->code_maps.end()) return nullptr;
  return {book, &found->second};
}

absl::Status Subscribers::Holds(const v1::Subscriber& before) const {
  const std::shared_ptr<const v1::Subscriber> now = Find(before.subscriber_id());
  if (now == nullptr) {
    return Error(absl::StatusCode::kNotFound, "SUBSCRIBER_UNKNOWN",
                 absl::StrCat("there is no subscriber ", before.subscriber_id(),
                              " in the subscribers file any more"));
  }
  if (now->SerializeAsString() == before.SerializeAsString()) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "SUBSCRIBER_CHANGED",
               absl::StrCat("what ", before.subscriber_id(),
                            " may see has changed: follow again from the last position"));
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
