// Where a webhook may lead.
#pragma once

#include <string>
#include <string_view>

#include "eventstore/base/networks.h"
#include "mlup/sharing/v1/sharing.pb.h"

namespace mlup::sharing {

// What is wrong with the address of a webhook, and in which field; `field` is empty where nothing
// is. An address is https, or http to this machine: plaintext never leaves it. One that is written
// out must be reachable (see MayLeadTo()).
struct WebhookFault {
  std::string_view field;
  std::string words;
};
WebhookFault CheckWebhook(const v1::Webhook& webhook);

// Whether events may be sent to an address: a public one, or one that the webhook allows.
bool MayLeadTo(const IpAddress& address, const v1::Webhook& webhook);

}  // namespace mlup::sharing
