// Who calls through the web application's listener, and requests made theirs.
#pragma once

#include <string>

#include <google/protobuf/message.h>

namespace mlup::gateway {

struct WebCaller {
  std::string actor_id = {};
  std::string role = {};
  std::string organisation_id = {};
  // What a person reads.
  std::string label = {};
  std::string role_label = {};
  // Of the session.
  std::string token = {};
};

// Makes `request` one of `caller`: wherever it says who acts (a message with the fields actor_id,
// role and organisation_id), what is empty is filled in; at its top that is added where it is
// missing. Where it names somebody else, the door refuses it. Pure.
void ActAs(const WebCaller& caller, google::protobuf::Message& request);

}  // namespace mlup::gateway
