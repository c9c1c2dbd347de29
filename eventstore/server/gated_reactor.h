// A unary call of gRPC's callback interface that comes through a gate.
#pragma once

#include <grpcpp/support/server_callback.h>

#include "eventstore/server/call_gate.h"

namespace mlup::log {

// Deletes itself when gRPC is done with it, and has its pass until then.
class GatedUnaryReactor final : public grpc::ServerUnaryReactor {
 public:
  explicit GatedUnaryReactor(CallGate& gate) : pass_(gate) {}

  bool admitted() const { return pass_.admitted(); }
  void OnDone() override { delete this; }

 private:
  const CallGate::Pass pass_;
};

}  // namespace mlup::log
