// Channels whose calls say who makes them.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <grpcpp/channel.h>
#include <grpcpp/support/channel_arguments.h>

namespace mlup::log {

// A channel of plaintext to a server on this machine. Every call has the metadata
// `authorization: Bearer TOKEN` with what `token` says at that time; none where it is empty.
// `token` is called from any thread.
std::shared_ptr<grpc::Channel> ConnectAs(const std::string& address,
                                         const grpc::ChannelArguments& arguments,
                                         std::function<std::string()> token);

}  // namespace mlup::log
