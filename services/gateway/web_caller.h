// Who calls through the web application's listener, and requests made theirs.
#pragma once

#include <string>
#include <vector>

#include <google/protobuf/message.h>

#include "eventstore/base/status.h"
#include "services/gateway/http_message.h"
#include "services/identity/policy.h"

namespace mlup::gateway {

struct WebCaller {
  std::string actor_id;
  std::string role;
  std::string organisation_id;
  // What a person reads.
  std::string label;
  std::string role_label;
};

// Makes `request` one of `caller`: wherever it says who acts (a message with the fields actor_id,
// role and organisation_id), what is empty is filled in; at its top that is added where it is
// missing. PERMISSION_DENIED ACTOR_NOT_SIGNED_IN with the field where it names somebody else; that
// the named role is held is for the policy to decide. Pure.
absl::Status ActAs(const WebCaller& caller, google::protobuf::Message& request);

// Whether requests of the type say at their top who acts, so that the service asks the policy.
bool SaysWhoActs(const google::protobuf::Descriptor& request);

// The callers that a daemon was started with, for a demonstration on this machine: whoever opens
// the page is one of them, the first unless the page chose another. Immutable: any thread.
class WebCallers {
 public:
  // INVALID_ARGUMENT ACTOR_UNKNOWN for an id that the policy does not know.
  static absl::StatusOr<WebCallers> From(const std::vector<std::string>& actor_ids,
                                         const identity::Policy& policy);

  // Who sends the request. UNAUTHENTICATED NOBODY_SIGNED_IN where there are no callers.
  absl::StatusOr<WebCaller> Who(const HttpRequest& request) const;

  // One for each role that each holds, in the order given.
  const std::vector<WebCaller>& all() const { return callers_; }

  // The value of Set-Cookie that makes later requests those of this caller. NOT_FOUND ACTOR_UNKNOWN
  // where it is none of them.
  absl::StatusOr<std::string> Choose(const std::string& actor_id, const std::string& role) const;

 private:
  explicit WebCallers(std::vector<WebCaller> callers) : callers_(std::move(callers)) {}

  const WebCaller* Find(const std::string& actor_id, const std::string& role) const;

  std::vector<WebCaller> callers_;
};

}  // namespace mlup::gateway
