#include "services/sharing/webhook_url.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include <curl/curl.h>

#include "eventstore/base/loopback.h"

namespace mlup::sharing {
namespace {

constexpr int kNetworksMax = 16;

// One part of a URL as libcurl itself understands it; empty when it is none.
std::string UrlPart(const std::string& url, CURLUPart part) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  char* text = nullptr;
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      curl_url_get(parsed.get(), part, &text, 0) != CURLUE_OK) {
    return "";
  }
  std::string value = text;
  curl_free(text);
  return value;
}

}  // namespace

WebhookFault CheckWebhook(const v1::Webhook& webhook) {
  if (webhook.allowed_networks_size() > kNetworksMax) {
    return {"allowed_networks", absl::StrCat("at most ", kNetworksMax, " networks")};
  }
  for (const std::string& text : webhook.allowed_networks()) {
    if (!Network::Parse(text).has_value()) {
      return {"allowed_networks",
              absl::StrCat("`", text, "` is no address and no network such as 10.20.0.0/16")};
    }
  }
  const std::string scheme = UrlPart(webhook.url(), CURLUPART_SCHEME);
  const std::string host = UrlPart(webhook.url(), CURLUPART_HOST);
  if (host.empty() || !(scheme == "https" || (scheme == "http" && IsLoopback(host)))) {
    return {"url",
            "must be https://..., or http:// to 127.0.0.1, [::1] or localhost: plaintext never "
            "leaves this machine"};
  }
  const std::optional<IpAddress> address = ParseAddress(host);
  if (address.has_value() && !MayLeadTo(*address, webhook)) {
    return {"url", absl::StrCat("leads to ", ToString(*address),
                                ", which is inside: name it in allowed_networks if it is meant")};
  }
  return {};
}

bool MayLeadTo(const IpAddress& address, const v1::Webhook& webhook) {
  const auto& allowed = webhook.allowed_networks();
  return IsPublic(address) ||
         std::any_of(allowed.begin(), allowed.end(), [&](const std::string& text) {
           const std::optional<Network> network = Network::Parse(text);
           return network.has_value() && network->Has(address);
         });
}

}  // namespace mlup::sharing
