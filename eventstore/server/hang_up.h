// The end of a gRPC server's connections.
#pragma once

#include <string>

namespace mlup::log {

// Ends the listening on `address` (HOST:PORT or unix:PATH) of this process, and says on every
// connection to it that nothing more will be sent; who connects again is refused. To be called when
// no call has an answer to come, and before grpc::Server::Shutdown(): that would answer CANCELLED
// to whoever calls before it hears of it; now it is UNAVAILABLE. Any thread.
void HangUp(const std::string& address);

}  // namespace mlup::log
