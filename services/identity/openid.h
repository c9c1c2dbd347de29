// A system elsewhere that says who somebody is: OpenID Connect Core 1.0, authorisation code with
// PKCE.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/files.h"
#include "eventstore/base/mutex.h"
#include "mlup/identity/v1/openid.pb.h"
#include "services/identity/credential_key.h"

namespace mlup::identity {

// What is asked of the provider.
struct OpenIdCall {
  std::string url;
  // Sent as a form; a GET where it is empty.
  std::string form = {};
  // `name:secret` for HTTP Basic; empty for none.
  std::string credentials = {};
};
// The body of a 2xx answer. UNAVAILABLE OPENID_PROVIDER_UNREACHABLE for no answer or a 5xx;
// PERMISSION_DENIED OPENID_REFUSED for another status.
using OpenIdFetch = std::function<absl::StatusOr<std::string>(const OpenIdCall&)>;

// Over libcurl: https, or http to this machine; ten seconds, 1 MiB, no redirects, no proxy. Any
// thread.
absl::StatusOr<std::string> FetchOpenId(const OpenIdCall& call);

// The content of the file, checked. INVALID_ARGUMENT OPENID_FILE_INVALID with the field.
absl::StatusOr<v1::OpenIdProvider> ParseOpenIdFile(std::string_view text);

// The provider of one file. What it says of its addresses and keys is read when it is first needed
// and kept for an hour, and where it does not answer then for a day; a key that is not known is
// asked for at once, but once a minute.
//
// Any thread; what asks the provider takes up to some seconds. Borrows what it is built from.
class OpenId {
 public:
  // FAILED_PRECONDITION where others may read the file of the secret; what the disk says.
  static absl::StatusOr<std::unique_ptr<OpenId>> Open(v1::OpenIdProvider provider, Files& files,
                                                      const Clock& clock, OpenIdFetch fetch);

  const std::string& label() const { return provider_.label(); }
  bool Serves(std::string_view origin) const;

  // Where a browser is sent; `state` is what it must come back with, and names `verifier` and
  // `nonce` to nobody else.
  struct Begun {
    std::string origin = {};
    std::string state = {};
    std::string verifier = {};
    std::string nonce = {};
  };
  absl::StatusOr<std::string> AuthorizationUrl(const Begun& begun);

  // The actor id that the provider gives for a code. UNAUTHENTICATED OPENID_REFUSED, which says
  // what does not fit.
  absl::StatusOr<std::string> ActorOf(const Begun& begun, std::string_view code);

 private:
  struct Known;

  OpenId(v1::OpenIdProvider provider, std::string secret, const Clock& clock, OpenIdFetch fetch)
      : provider_(std::move(provider)),
        secret_(std::move(secret)),
        clock_(clock),
        fetch_(std::move(fetch)) {}

  absl::StatusOr<std::shared_ptr<const Known>> Look(bool anew);
  absl::StatusOr<std::shared_ptr<const Known>> Read() const;
  absl::StatusOr<std::string> CheckedClaims(const std::string& id_token);
  absl::StatusOr<std::string> ActorIn(std::string_view claims, std::string_view nonce) const;

  const v1::OpenIdProvider provider_;
  const std::string secret_;
  const Clock& clock_;
  const OpenIdFetch fetch_;

  Mutex mutex_;
  std::shared_ptr<const Known> known_ ABSL_GUARDED_BY(mutex_);
  absl::Time asked_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace mlup::identity
