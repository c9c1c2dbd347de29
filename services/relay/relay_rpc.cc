#include "services/relay/relay_rpc.h"

namespace mlup::relay {

RelayRpc::RelayRpc(RelayService& service, rpc::Executor& executor)
    : Service("mlup.relay.v1.RelayService", executor) {
  Serve("Ping", service, &RelayService::Ping);
  Serve("ListDeadLetters", service, &RelayService::ListDeadLetters);
  Serve("ReplayDeadLetters", service, &RelayService::ReplayDeadLetters);
  Serve("SkipDeadLetter", service, &RelayService::SkipDeadLetter);
  Serve("ReplayFrom", service, &RelayService::ReplayFrom);
}

}  // namespace mlup::relay
