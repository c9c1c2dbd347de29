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
#include "mlup/sharing/v1/sharing.pb.h"
#include "services/relay/sender.h"

namespace mlup::relay {

// One webhook over libcurl; up to kWebhookRequestsMax requests at a time, redirects are not
// followed, and what the receiver answers is not kept. 2xx is delivered; 408, 425, 429, 502, 503,
// 504 and no answer mean "not now"; 410 means never; other 5xx mean that it fails, and all else
// refuses the event. Nothing is sent to an address that the webhook may not lead to
// (sharing::MayLeadTo()), which is looked at when connecting, and no proxy of the environment is
// used: where one leads cannot be looked at.
//
// Borrows `files` and `clock`. The secret file is read again every ten seconds.
class WebhookSender final : public Sender {
 public:
  // A checked webhook: sharing::CheckWebhook().
  WebhookSender(sharing::v1::Webhook webhook, absl::Duration timeout, Files& files,
                const Clock& clock);
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

  const sharing::v1::Webhook webhook_;
  const absl::Duration timeout_;
  const Clock& clock_;
  const std::unique_ptr<Secrets> secrets_;
  // A CURLM.
  void* const multi_;
  std::map<void*, std::unique_ptr<Request>> requests_;
  // Of parcels that could not even begin.
  std::vector<Outcome> failed_;
};

}  // namespace mlup::relay
