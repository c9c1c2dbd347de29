// Channels whose calls say who makes them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <grpcpp/channel.h>
#include <grpcpp/support/channel_arguments.h>

namespace mlup::log {

// Before an address that is reached with TLS.
inline constexpr std::string_view kTlsPrefix = "tls:";

// A channel of plaintext to a server on this machine, or with TLS to `tls:HOST:PORT`, whose
// certificate is of an issuer that gRPC trusts: those of the machine, or of the file that
// GRPC_DEFAULT_SSL_ROOTS_FILE_PATH names. Every call has the metadata
// `authorization: Bearer TOKEN` with what `token` says at that time; none where it is empty.
// `token` is called from any thread.
std::shared_ptr<grpc::Channel> ConnectAs(const std::string& address,
                                         const grpc::ChannelArguments& arguments,
                                         std::function<std::string()> token);

}  // namespace mlup::log
