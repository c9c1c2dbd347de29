// The end of a gRPC server's connections.
#pragma once

#include <string>

namespace mlup::log {

// Says on every connection to `address` (HOST:PORT or unix:PATH), on which this process listens,
// that nothing more will be sent. To be called when no call has an answer to come, and before
// grpc::Server::Shutdown(): that would answer CANCELLED to whoever calls before it hears of it;
// now it is UNAVAILABLE. Any thread.
void HangUp(const std::string& address);

}  // namespace mlup::log
