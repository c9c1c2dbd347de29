#include "services/sharing/webhook_url.h"

#include <initializer_list>

#include "gmock/gmock.h"

namespace mlup::sharing {
namespace {

using testing::HasSubstr;

v1::Webhook To(const std::string& url, std::initializer_list<const char*> allowed = {}) {
  v1::Webhook webhook;
  webhook.set_url(url);
  for (const char* network : allowed) webhook.add_allowed_networks(network);
  return webhook;
}

TEST(WebhookUrlTest, PlaintextStaysOnThisMachine) {
  for (const char* url : {"https://partner.example/hook", "http://127.0.0.1:8080/",
                          "http://[::1]:1/x", "http://localhost:9/"}) {
    EXPECT_EQ(CheckWebhook(To(url, {"127.0.0.0/8", "::1"})).words, "") << url;
  }
  for (const char* url :
       {"", "partner.example", "http://partner.example/", "ftp://127.0.0.1/", "file:///etc/passwd",
        "http://127.0.0.1@partner.example/", "http://127.0.0.1.partner.example/",
        "http://localhost.partner.example/", "https://"}) {
    const WebhookFault fault = CheckWebhook(To(url, {"127.0.0.0/8"}));
    EXPECT_EQ(fault.field, "url") << url;
    EXPECT_THAT(fault.words, HasSubstr("https://...")) << url;
  }
}

TEST(WebhookUrlTest, AnAddressInsideIsNamedByWhoMeansIt) {
  EXPECT_EQ(CheckWebhook(To("https://8.8.8.8/")).words, "");
  // As libcurl reads them, all but the first three are the same address.
  for (const char* url : {"https://10.0.0.1/", "https://169.254.169.254/", "https://[fd00::1]/",
                          "http://127.0.0.1:80/", "https://127.1/", "https://0x7f000001/",
                          "https://2130706433/", "https://[::ffff:127.0.0.1]/"}) {
    const WebhookFault fault = CheckWebhook(To(url));
    EXPECT_EQ(fault.field, "url") << url;
    EXPECT_THAT(fault.words, HasSubstr("allowed_networks")) << url;
    EXPECT_EQ(CheckWebhook(To(url, {"0.0.0.0/0", "::/0"})).words, "") << url;
  }
}

TEST(WebhookUrlTest, WhatIsAllowedIsANetwork) {
  const WebhookFault fault = CheckWebhook(To("https://partner.example/", {"10.0.0.1/8"}));
  EXPECT_EQ(fault.field, "allowed_networks");
  EXPECT_THAT(fault.words, HasSubstr("10.0.0.1/8"));
}

}  // namespace
}  // namespace mlup::sharing
