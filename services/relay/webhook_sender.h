// Sends events to a URL: CloudEvents in structured JSON, signed in the Standard Webhooks form.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/files.h"
#include "services/relay/sender.h"

namespace mlup::relay {

// INVALID_ARGUMENT WEBHOOK_URL_INVALID unless `url` is https, or http to this machine: plaintext
// never leaves it.
absl::Status CheckWebhookUrl(const std::string& url);

// One webhook over libcurl; up to kWebhookRequestsMax requests at a time, redirects are not
// followed, and what the receiver answers is not kept. 2xx is delivered; 408, 425, 429, 502, 503,
// 504 and no answer mean "not now"; 410 means never; other 5xx mean that it fails, and all else
// refuses the event.
//
// Borrows `files` and `clock`. The secret file is read again every ten seconds.
class WebhookSender final : public Sender {
 public:
  struct Options {
    std::string url;
    std::string secret_file;
    absl::Duration timeout = absl::Seconds(10);
  };

  WebhookSender(Options options, Files& files, const Clock& clock);
  ~WebhookSender() override;

  std::string_view path() const override { return "webhook"; }
  std::size_t capacity() const override;
  void Start(Parcel parcel) override;
  std::vector<Outcome> Wait(absl::Duration timeout) override;
  void Wake() override;
  Outcome Ping(const std::string& event_id) override;

 private:
  struct Request;
  class Secrets;

  std::unique_ptr<Request> MakeRequest(Position position, const cloudevents::CloudEvent& event);
  Outcome OutcomeOf(const Request& request, int result) const;

  const Options options_;
  const Clock& clock_;
  const std::unique_ptr<Secrets> secrets_;
  // A CURLM.
  void* const multi_;
  std::map<void*, std::unique_ptr<Request>> requests_;
  // Of parcels that could not even begin.
  std::vector<Outcome> failed_;
};

}  // namespace mlup::relay
