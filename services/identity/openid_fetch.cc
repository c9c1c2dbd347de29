// libcurl's easy interface.
#include <cstddef>

#include "absl/strings/str_cat.h"
#include <curl/curl.h>

#include "eventstore/base/check.h"
#include "eventstore/base/status.h"
#include "services/identity/openid.h"

namespace mlup::identity {
namespace {

constexpr long kTimeoutMs = 10'000;
constexpr long kConnectTimeoutMs = 5'000;
constexpr std::size_t kBytesMax = 1 << 20;

absl::Status Unreachable(std::string_view words) {
  return Error(absl::StatusCode::kUnavailable, "OPENID_PROVIDER_UNREACHABLE",
               absl::StrCat("the OpenID provider does not answer: ", ToAbsl(words)));
}

std::size_t Take(char* data, std::size_t size, std::size_t count, void* body) {
  auto& text = *static_cast<std::string*>(body);
  if (text.size() + size * count > kBytesMax) return 0;
  text.append(data, size * count);
  return size * count;
}

}  // namespace

absl::StatusOr<std::string> FetchOpenId(const OpenIdCall& call) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  CHECK(initialised == CURLE_OK);
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy(curl_easy_init(),
                                                                 curl_easy_cleanup);
  CHECK(easy != nullptr);
  std::string body;
  CURL* const handle = easy.get();
  curl_easy_setopt(handle, CURLOPT_URL, call.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, kTimeoutMs);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "mlup/" MLUP_VERSION);
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &Take);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &body);
  if (!call.form.empty()) {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, call.form.data());
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(call.form.size()));
  }
  if (!call.credentials.empty()) {
    curl_easy_setopt(handle, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(handle, CURLOPT_USERPWD, call.credentials.c_str());
  }
  const CURLcode done = curl_easy_perform(handle);
  if (done != CURLE_OK) return Unreachable(curl_easy_strerror(done));
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  if (status >= 200 && status < 300) return body;
  if (status >= 500) return Unreachable(absl::StrCat("HTTP ", status));
  return Error(absl::StatusCode::kPermissionDenied, "OPENID_REFUSED",
               absl::StrCat("the OpenID provider answers with HTTP ", status));
}

}  // namespace mlup::identity
