#include "services/mlup/http_post.h"

#include <algorithm>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include <curl/curl.h>

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"

namespace mlup::cli {
namespace {

constexpr long kTimeoutSeconds = 120;

// Tells the address without what stands behind `?`.
absl::Status Failed(const std::string& url, std::string_view why) {
  return Error(absl::StatusCode::kUnavailable, "HTTP_FAILED",
               absl::StrCat("cannot send to ", url.substr(0, url.find('?')), ": ", ToAbsl(why)));
}

std::size_t Append(char* data, std::size_t size, std::size_t count, void* body) {
  auto& text = *static_cast<std::string*>(body);
  // Less than was given ends the transfer.
  if (text.size() + size * count > kJsonBytesMax) return 0;
  text.append(data, size * count);
  return size * count;
}

// Names of this machine that no resolver is asked for.
bool IsHere(const std::string& url) {
  for (const char* const host : {"http://127.0.0.1", "http://[::1]", "http://localhost"}) {
    if (!absl::StartsWith(url, host)) continue;
    const std::string rest = url.substr(std::string_view(host).size());
    if (rest.empty() || rest.front() == ':' || rest.front() == '/') return true;
  }
  return false;
}

}  // namespace

absl::Status CheckUrl(const std::string& url) {
  const bool is_plain = std::ranges::all_of(
      url, [](char c) { return absl::ascii_isgraph(static_cast<unsigned char>(c)); });
  const bool is_safe = absl::StartsWith(url, "https://") || IsHere(url);
  if (is_plain && is_safe && url.find_first_of("@?#") == std::string::npos) {
    return absl::OkStatus();
  }
  return FieldError(absl::StatusCode::kInvalidArgument, "URL_NOT_SAFE", "--url",
                    "must begin with https:// (http:// on this machine only) and hold no user, "
                    "blank, `?` or `#`");
}

absl::StatusOr<HttpAnswer> PostJson(const std::string& url, const std::string& authorization,
                                    const std::string& body) {
  RETURN_IF_ERROR(CheckUrl(url.substr(0, url.find('?'))));
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, void (*)(CURL*)> easy(curl_easy_init(), curl_easy_cleanup);
  if (initialised != CURLE_OK || easy == nullptr) return Failed(url, "libcurl cannot be used");
  curl_slist* list = curl_slist_append(nullptr, "Content-Type: application/json");
  if (!authorization.empty()) {
    list = curl_slist_append(list, absl::StrCat("Authorization: ", authorization).c_str());
  }
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(list, curl_slist_free_all);
  HttpAnswer answer;
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT, kTimeoutSeconds);
  curl_easy_setopt(easy.get(), CURLOPT_USERAGENT, "mlup/" MLUP_VERSION);
  curl_easy_setopt(easy.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &Append);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &answer.body);
  const CURLcode result = curl_easy_perform(easy.get());
  if (result != CURLE_OK) return Failed(url, curl_easy_strerror(result));
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  return answer;
}

}  // namespace mlup::cli
