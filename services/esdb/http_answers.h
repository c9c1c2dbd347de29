// What tools ask a server of this protocol over HTTP/1.1, on the port of its gRPC calls.
#pragma once

#include "services/gateway/http_message.h"

namespace mlup::esdb {

// `/info`, `/health/live`, `/ping` and `/gossip`, by GET and HEAD. Nothing that depends on who
// asks, nor on what is recorded: nobody has to say who it is. Pure.
gateway::HttpResponse AnswerHttp(const gateway::HttpRequest& request);

}  // namespace mlup::esdb
