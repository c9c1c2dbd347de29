// Users of the machine, as the system knows them: a Unix socket that tells its peer a ticket.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/statusor.h"

namespace mlup::accounts {

// Which user of the system has which account: by the user's number.
using LocalAccounts = std::map<unsigned, std::string>;

// One user and one actor id a line, with a blank between; lines that begin with # say nothing.
// INVALID_ARGUMENT LOCAL_ACCOUNTS_INVALID with the line; a user that the system does not know is
// one.
absl::StatusOr<LocalAccounts> ParseLocalAccounts(std::string_view text);

// Whoever connects is told one line and let go: a ticket for the account of the user that the
// system says it is (SO_PEERCRED), or an empty one. Everybody on the machine may connect.
//
// Serves in a thread of its own until it is destroyed. Any thread. `ticket` is called from that
// thread.
class PeerSocket {
 public:
  using Ticket = std::function<std::string(std::string_view actor_id)>;

  // FAILED_PRECONDITION PEER_SOCKET_FAILED with the system's words. A socket that an earlier
  // process left is replaced.
  static absl::StatusOr<std::unique_ptr<PeerSocket>> Open(const std::string& path,
                                                          LocalAccounts accounts, Ticket ticket);
  ~PeerSocket();
  PeerSocket(const PeerSocket&) = delete;
  PeerSocket& operator=(const PeerSocket&) = delete;

 private:
  struct State;
  explicit PeerSocket(std::unique_ptr<State> state);

  const std::unique_ptr<State> state_;
  // Last: it uses all the others.
  std::jthread thread_;
};

// The ticket that the socket tells this process. NOT_FOUND NO_LOCAL_ACCOUNT; UNAVAILABLE
// PEER_SOCKET_FAILED.
absl::StatusOr<std::string> AskPeerSocket(const std::string& path);

}  // namespace mlup::accounts
