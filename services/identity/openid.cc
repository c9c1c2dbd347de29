// What is signed is checked by cjose; what it says is checked here.
#include "services/identity/openid.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include <cjose/cjose.h>
#include <google/protobuf/text_format.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/code.h"
#include "eventstore/base/loopback.h"
#include "eventstore/base/private_file.h"
#include "eventstore/base/status.h"
#include "eventstore/json/json_text.h"
#include "eventstore/payload/first_error.h"
#include "services/identity/secrets.h"

namespace mlup::identity {
namespace {

using nlohmann::json;

constexpr absl::Duration kKept = absl::Hours(1);
constexpr absl::Duration kKeptWithoutAnswer = absl::Hours(24);
constexpr absl::Duration kAskedAgainAfter = absl::Minutes(1);
// Clocks of two machines.
constexpr absl::Duration kApart = absl::Minutes(2);
constexpr std::string_view kCallback = "/session/openid/callback";

absl::Status Invalid(std::string_view field, std::string_view words) {
  return FieldError(absl::StatusCode::kInvalidArgument, "OPENID_FILE_INVALID", field, words);
}

absl::Status Refused(std::string_view words) {
  return Error(absl::StatusCode::kUnauthenticated, "OPENID_REFUSED",
               absl::StrCat("the OpenID provider's answer is not taken: ", ToAbsl(words)));
}

absl::Status Unfit(std::string_view words) {
  return Error(absl::StatusCode::kUnavailable, "OPENID_PROVIDER_UNFIT",
               absl::StrCat("the OpenID provider is not as its file says: ", ToAbsl(words)));
}

// Without a path; empty for another kind of address.
std::string_view AuthorityOf(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return "";
  const std::string_view rest = url.substr(scheme + 3);
  return rest.substr(0, rest.find_first_of("/?#"));
}

std::string_view HostOf(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  const bool has_port = colon != std::string_view::npos && authority.back() != ']';
  return has_port ? authority.substr(0, colon) : authority;
}

// https, or http to this machine: what proves who somebody is leaves it in no other way.
bool IsSafe(std::string_view url) {
  const std::string_view authority = AuthorityOf(url);
  if (authority.empty() || authority.find('@') != std::string_view::npos) return false;
  if (absl::StartsWith(ToAbsl(url), "https://")) return true;
  return absl::StartsWith(ToAbsl(url), "http://") && IsLoopback(HostOf(authority));
}

bool IsOrigin(std::string_view text) {
  return IsSafe(text) && absl::EndsWith(ToAbsl(text), ToAbsl(AuthorityOf(text)));
}

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(letter)) || letter == '-' || letter == '_' ||
        letter == '.' || letter == '~') {
      out.push_back(letter);
    } else {
      absl::StrAppend(&out, "%", absl::Hex(static_cast<unsigned char>(letter), absl::kZeroPad2));
    }
  }
  return out;
}

std::string FormOf(const std::vector<std::pair<std::string, std::string>>& fields) {
  return absl::StrJoin(fields, "&", [](std::string* out, const auto& field) {
    absl::StrAppend(out, field.first, "=", Escaped(field.second));
  });
}

// Empty where it is none.
std::string TextIn(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

absl::StatusOr<json> ObjectIn(std::string_view text) {
  absl::StatusOr<json> read = strict::ParseJson(text);
  if (read.ok() && read->is_object()) return read;
  return Unfit("it does not answer with a JSON object");
}

const char* NameOf(v1::SigningAlgorithm algorithm) {
  return algorithm == v1::SIGNING_ALGORITHM_ES256 ? "ES256" : "RS256";
}

// cjose ends the process at a text that base64url never makes.
bool IsBase64Url(std::string_view text) {
  return !text.empty() && text.size() % 4 != 1 && std::ranges::all_of(text, [](char letter) {
    return absl::ascii_isalnum(static_cast<unsigned char>(letter)) || letter == '-' ||
           letter == '_';
  });
}

bool IsCompactJws(std::string_view token) {
  const std::vector<absl::string_view> parts = absl::StrSplit(ToAbsl(token), '.');
  return parts.size() == 3 && std::ranges::all_of(parts, [](absl::string_view part) {
           return IsBase64Url({part.data(), part.size()});
         });
}

// What verifies by it, and no more of it; nothing where that is not whole.
std::optional<std::string> PublicKeyOf(const json& key, v1::SigningAlgorithm algorithm) {
  const bool is_curve = algorithm == v1::SIGNING_ALGORITHM_ES256;
  json part = {{"kty", is_curve ? "EC" : "RSA"}};
  if (is_curve) part["crv"] = TextIn(key, "crv");
  for (const char* const name : is_curve ? std::array{"x", "y"} : std::array{"n", "e"}) {
    if (!IsBase64Url(TextIn(key, name))) return std::nullopt;
    part[name] = TextIn(key, name);
  }
  return part.dump();
}

template <auto kRelease>
struct Releasing {
  template <typename T>
  void operator()(T* object) const {
    kRelease(object);
  }
};
using Jwk = std::unique_ptr<cjose_jwk_t, Releasing<cjose_jwk_release>>;
using Jws = std::unique_ptr<cjose_jws_t, Releasing<cjose_jws_release>>;

}  // namespace

// What the provider said of itself.
struct OpenId::Known {
  std::string authorization;
  std::string token;
  // Those that may have signed, by their id; the ids may be empty.
  std::multimap<std::string, std::string> keys;
  absl::Time read_at;
};

absl::StatusOr<v1::OpenIdProvider> ParseOpenIdFile(std::string_view text) {
  v1::OpenIdProvider provider;
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  if (!parser.ParseFromString(std::string(text), &provider)) return Invalid("", error.text());
  if (!IsSafe(provider.issuer())) {
    return Invalid("issuer", "must be an https address, or http on this machine");
  }
  if (provider.label().empty()) return Invalid("label", "must be given");
  if (provider.client_id().empty()) return Invalid("client_id", "must be given");
  if (provider.actor_claim().empty()) return Invalid("actor_claim", "must be given");
  if (provider.algorithm() == v1::SIGNING_ALGORITHM_UNSPECIFIED) {
    return Invalid("algorithm", "must be SIGNING_ALGORITHM_RS256 or SIGNING_ALGORITHM_ES256");
  }
  const auto& origins = provider.origins();
  if (origins.empty() || !std::all_of(origins.begin(), origins.end(), IsOrigin)) {
    return Invalid("origins",
                   "must be https://HOST[:PORT], or http on this machine, without a path");
  }
  return provider;
}

absl::StatusOr<std::unique_ptr<OpenId>> OpenId::Open(v1::OpenIdProvider provider, Files& files,
                                                     const Clock& clock, OpenIdFetch fetch) {
  std::string secret;
  if (const std::string& file = provider.client_secret_file(); !file.empty()) {
    ASSIGN_OR_RETURN(const std::string text, files.ReadAll(file));
    RETURN_IF_ERROR(CheckPrivate(file, "OPENID_SECRET_MODE"));
    secret = text.substr(0, text.find('\n'));
  }
  return std::unique_ptr<OpenId>(
      new OpenId(std::move(provider), std::move(secret), clock, std::move(fetch)));
}

bool OpenId::Serves(std::string_view origin) const {
  const auto& origins = provider_.origins();
  return std::find(origins.begin(), origins.end(), origin) != origins.end();
}

absl::StatusOr<std::shared_ptr<const OpenId::Known>> OpenId::Read() const {
  const std::string& issuer = provider_.issuer();
  const std::string_view base =
      absl::EndsWith(issuer, "/") ? std::string_view(issuer).substr(0, issuer.size() - 1) : issuer;
  ASSIGN_OR_RETURN(const std::string text,
                   fetch_({absl::StrCat(ToAbsl(base), "/.well-known/openid-configuration")}));
  ASSIGN_OR_RETURN(const json about, ObjectIn(text));
  if (TextIn(about, "issuer") != issuer) return Unfit("it names another issuer");
  auto known = std::make_shared<Known>();
  known->authorization = TextIn(about, "authorization_endpoint");
  known->token = TextIn(about, "token_endpoint");
  const std::string keys_at = TextIn(about, "jwks_uri");
  if (!IsSafe(known->authorization) || !IsSafe(known->token) || !IsSafe(keys_at)) {
    return Unfit("an address of it is neither https nor on this machine");
  }
  ASSIGN_OR_RETURN(const std::string keys_text, fetch_({keys_at}));
  ASSIGN_OR_RETURN(const json keys, ObjectIn(keys_text));
  const std::string kind = provider_.algorithm() == v1::SIGNING_ALGORITHM_ES256 ? "EC" : "RSA";
  if (const auto list = keys.find("keys"); list != keys.end() && list->is_array()) {
    for (const json& key : *list) {
      if (!key.is_object() || TextIn(key, "kty") != kind) continue;
      const std::string use = TextIn(key, "use");
      const std::string algorithm = TextIn(key, "alg");
      if (!use.empty() && use != "sig") continue;
      if (!algorithm.empty() && algorithm != NameOf(provider_.algorithm())) continue;
      if (auto part = PublicKeyOf(key, provider_.algorithm())) {
        known->keys.emplace(TextIn(key, "kid"), *std::move(part));
      }
    }
  }
  if (known->keys.empty()) {
    return Unfit(absl::StrCat("it has no key for ", NameOf(provider_.algorithm())));
  }
  known->read_at = clock_.Now();
  return std::shared_ptr<const Known>(std::move(known));
}

absl::StatusOr<std::shared_ptr<const OpenId::Known>> OpenId::Look(bool anew) {
  const absl::Time now = clock_.Now();
  std::shared_ptr<const Known> kept;
  {
    MutexLock lock(mutex_);
    kept = known_;
    const bool fresh = kept != nullptr && now - kept->read_at < kKept && !anew;
    const bool asked = kept != nullptr && now - asked_at_ < kAskedAgainAfter;
    if (fresh || asked) return kept;
    asked_at_ = now;
  }
  absl::StatusOr<std::shared_ptr<const Known>> read = Read();
  if (!read.ok()) {
    const bool holds = kept != nullptr && now - kept->read_at < kKeptWithoutAnswer;
    return holds ? absl::StatusOr<std::shared_ptr<const Known>>(kept) : read.status();
  }
  MutexLock lock(mutex_);
  known_ = *read;
  return read;
}

absl::StatusOr<std::string> OpenId::AuthorizationUrl(const Begun& begun) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const Known> known, Look(false));
  const std::string asked =
      FormOf({{"response_type", "code"},
              {"client_id", provider_.client_id()},
              {"redirect_uri", absl::StrCat(begun.origin, ToAbsl(kCallback))},
              {"scope", "openid profile"},
              {"state", begun.state},
              {"nonce", begun.nonce},
              {"code_challenge_method", "S256"},
              {"code_challenge", absl::WebSafeBase64Escape(Sha256(begun.verifier))}});
  return absl::StrCat(known->authorization,
                      absl::StrContains(known->authorization, "?") ? "&" : "?", asked);
}

absl::StatusOr<std::string> OpenId::CheckedClaims(const std::string& id_token) {
  if (!IsCompactJws(id_token)) return Refused("the token is no JWS");
  cjose_err error = {};
  const Jws jws(cjose_jws_import(id_token.data(), id_token.size(), &error));
  if (jws == nullptr) return Refused("the token is no JWS");
  cjose_header_t* const header = cjose_jws_get_protected(jws.get());
  const char* const algorithm = cjose_header_get(header, CJOSE_HDR_ALG, &error);
  const char* const kid = cjose_header_get(header, CJOSE_HDR_KID, &error);
  // Never what the token says of itself.
  if (algorithm == nullptr || std::string_view(algorithm) != NameOf(provider_.algorithm())) {
    return Refused("the token is signed in another way");
  }
  const std::string id = kid == nullptr ? "" : kid;
  for (const bool anew : {false, true}) {
    ASSIGN_OR_RETURN(const std::shared_ptr<const Known> known, Look(anew));
    for (const auto& [key_id, text] : known->keys) {
      if (!id.empty() && key_id != id) continue;
      const Jwk key(cjose_jwk_import(text.data(), text.size(), &error));
      if (key == nullptr || !cjose_jws_verify(jws.get(), key.get(), &error)) continue;
      std::uint8_t* claims = nullptr;
      std::size_t size = 0;
      if (!cjose_jws_get_plaintext(jws.get(), &claims, &size, &error)) break;
      return std::string(reinterpret_cast<const char*>(claims), size);
    }
  }
  return Refused("no key of the provider signed the token");
}

absl::StatusOr<std::string> OpenId::ActorIn(std::string_view text, std::string_view nonce) const {
  const absl::StatusOr<json> read = strict::ParseJson(text);
  if (!read.ok() || !read->is_object()) return Refused("the token holds no JSON object");
  const json& claims = *read;
  if (TextIn(claims, "iss") != provider_.issuer()) return Refused("it is of another issuer");
  const auto audience = claims.find("aud");
  const bool is_list = audience != claims.end() && audience->is_array();
  const bool meant = is_list ? std::find(audience->begin(), audience->end(),
                                         provider_.client_id()) != audience->end()
                             : TextIn(claims, "aud") == provider_.client_id();
  if (!meant) return Refused("it is for another client");
  const std::string party = TextIn(claims, "azp");
  if ((is_list && audience->size() > 1 && party.empty()) ||
      (!party.empty() && party != provider_.client_id())) {
    return Refused("it was given to another client");
  }
  const auto instant = [&](const char* name) -> std::optional<absl::Time> {
    const auto found = claims.find(name);
    if (found == claims.end() || !found->is_number_integer()) return std::nullopt;
    return absl::FromUnixSeconds(found->get<std::int64_t>());
  };
  const absl::Time now = clock_.Now();
  const auto ends = instant("exp");
  const auto made = instant("iat");
  if (!ends.has_value() || *ends + kApart <= now) return Refused("it is over");
  if (!made.has_value() || *made - kApart > now) return Refused("it is of the future");
  if (!IsSame(TextIn(claims, "nonce"), nonce)) return Refused("it answers another question");
  const std::string actor = TextIn(claims, provider_.actor_claim().c_str());
  if (!IsCode(actor)) {
    return Refused(absl::StrCat("its claim ", provider_.actor_claim(), " is no actor id"));
  }
  return actor;
}

absl::StatusOr<std::string> OpenId::ActorOf(const Begun& begun, std::string_view code) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const Known> known, Look(false));
  OpenIdCall call{known->token,
                  FormOf({{"grant_type", "authorization_code"},
                          {"code", std::string(code)},
                          {"redirect_uri", absl::StrCat(begun.origin, ToAbsl(kCallback))},
                          {"client_id", provider_.client_id()},
                          {"code_verifier", begun.verifier}})};
  if (!secret_.empty()) {
    call.credentials = absl::StrCat(Escaped(provider_.client_id()), ":", Escaped(secret_));
  }
  const absl::StatusOr<std::string> text = fetch_(call);
  if (absl::IsPermissionDenied(text.status())) return Refused("it does not know the code");
  RETURN_IF_ERROR(text.status());
  ASSIGN_OR_RETURN(const json answer, ObjectIn(*text));
  ASSIGN_OR_RETURN(const std::string claims, CheckedClaims(TextIn(answer, "id_token")));
  return ActorIn(claims, begun.nonce);
}

}  // namespace mlup::identity
