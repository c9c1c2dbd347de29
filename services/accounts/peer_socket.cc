// Boost.Asio's Unix sockets; who the peer is, Linux says.
#include "services/accounts/peer_socket.h"

#include <array>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <pthread.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "eventstore/base/code.h"
#include "eventstore/base/status.h"
#include "eventstore/base/unix_socket.h"

namespace mlup::accounts {
namespace {

namespace asio = boost::asio;
using Socket = asio::local::stream_protocol::socket;

constexpr std::size_t kLineBytesMax = 512;
// Without descriptors, connections wait until there are some.
constexpr std::chrono::milliseconds kAgainAfter(100);

absl::Status Failed(const std::string& path, std::string_view words) {
  return Error(absl::StatusCode::kUnavailable, "PEER_SOCKET_FAILED",
               absl::StrCat(path, ": ", ToAbsl(words)));
}

// The number of a user; nothing for one that is not there.
std::optional<unsigned> NumberOf(const std::string& user) {
  passwd entry = {};
  passwd* found = nullptr;
  std::array<char, 4096> room = {};
  if (getpwnam_r(user.c_str(), &entry, room.data(), room.size(), &found) != 0) return std::nullopt;
  if (found == nullptr) return std::nullopt;
  return found->pw_uid;
}

}  // namespace

absl::StatusOr<LocalAccounts> ParseLocalAccounts(std::string_view text) {
  LocalAccounts accounts;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(ToAbsl(text), '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line.front() == '#') continue;
    const auto bad = [number](std::string_view words) {
      return FieldError(absl::StatusCode::kInvalidArgument, "LOCAL_ACCOUNTS_INVALID",
                        absl::StrCat("line ", number), words);
    };
    const std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (words.size() != 2 || !IsCode(words[1])) {
      return bad("must be a user of this machine and an actor id, with a blank between");
    }
    const std::optional<unsigned> user = NumberOf(words[0]);
    if (!user.has_value()) return bad("names a user whom this machine does not know");
    if (!accounts.emplace(*user, words[1]).second) return bad("names a user a second time");
  }
  return accounts;
}

struct PeerSocket::State {
  State(std::string at, LocalAccounts known, Ticket tell)
      : path(std::move(at)), accounts(std::move(known)), ticket(std::move(tell)) {}

  void Accept() {
    acceptor.async_accept([this](const boost::system::error_code& error, Socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error) {
        Tell(std::move(socket));
        return Accept();
      }
      again.expires_after(kAgainAfter);
      again.async_wait([this](const boost::system::error_code& stopped) {
        if (!stopped) Accept();
      });
    });
  }

  // A line fits the socket's buffer, so that nobody is waited for.
  void Tell(Socket socket) {
    ucred peer = {};
    socklen_t size = sizeof(peer);
    std::string line = "\n";
    if (getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0) {
      const auto account = accounts.find(peer.uid);
      if (account != accounts.end()) line = ticket(account->second) + "\n";
    }
    boost::system::error_code error;
    socket.non_blocking(true, error);
    socket.write_some(asio::buffer(line), error);
  }

  const std::string path;
  const LocalAccounts accounts;
  const Ticket ticket;
  asio::io_context io{1};
  asio::local::stream_protocol::acceptor acceptor{io};
  asio::steady_timer again{io};
};

PeerSocket::PeerSocket(std::unique_ptr<State> state) : state_(std::move(state)) {
  state_->Accept();
  thread_ = std::jthread([this] {
    pthread_setname_np(pthread_self(), "mlup-peers");
    state_->io.run();
  });
}

PeerSocket::~PeerSocket() {
  state_->io.stop();
  thread_.join();
  RemoveSocket(state_->path);
}

absl::StatusOr<std::unique_ptr<PeerSocket>> PeerSocket::Open(const std::string& path,
                                                             LocalAccounts accounts,
                                                             Ticket ticket) {
  auto state = std::make_unique<State>(path, std::move(accounts), std::move(ticket));
  // Who comes is told apart by the system, not by the mode.
  const absl::StatusOr<int> listening = ListenAtPath(path, 0666);
  if (!listening.ok()) return Failed(path, ToStd(listening.status().message()));
  boost::system::error_code error;
  state->acceptor.assign(asio::local::stream_protocol(), *listening, error);
  if (error) return Failed(path, error.message());
  return std::unique_ptr<PeerSocket>(new PeerSocket(std::move(state)));
}

absl::StatusOr<std::string> AskPeerSocket(const std::string& path) {
  asio::io_context io;
  Socket socket(io);
  boost::system::error_code error;
  if (path.size() >= sizeof(sockaddr_un::sun_path)) return Failed(path, "the path is too long");
  socket.connect(path, error);
  if (error) return Failed(path, error.message());
  std::string line(kLineBytesMax, '\0');
  line.resize(asio::read(socket, asio::buffer(line), error));
  if (error && error != asio::error::eof) return Failed(path, error.message());
  line.resize(line.find_last_not_of('\n') + 1);
  if (!line.empty()) return line;
  return Error(absl::StatusCode::kNotFound, "NO_LOCAL_ACCOUNT",
               absl::StrCat("the user that runs this has no account by ", path,
                            ": the file of mlupd --peer-accounts names who has"));
}

}  // namespace mlup::accounts
