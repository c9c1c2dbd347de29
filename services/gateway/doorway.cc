#include "services/gateway/doorway.h"

#include <array>
#include <chrono>
#include <iterator>
#include <string_view>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/socket.h>

#include "eventstore/base/limits.h"

namespace mlup::gateway {
namespace {

constexpr std::chrono::seconds kFirstWordsTime(10);

// The socket becomes readable with so many bytes.
void Wait(int socket, std::size_t bytes) {
  const int low = static_cast<int>(bytes);
  setsockopt(socket, SOL_SOCKET, SO_RCVLOWAT, &low, sizeof(low));
}

}  // namespace

struct Doorway::Guest {
  Guest(Socket given, boost::asio::io_context& io) : socket(std::move(given)), deadline(io) {}

  Socket socket;
  boost::asio::steady_timer deadline;
  bool gone = false;
};

Doorway::Doorway(boost::asio::io_context& io, Ways ways) : io_(io), ways_(std::move(ways)) {}

Doorway::~Doorway() {
  for (const auto& guest : guests_) guest->gone = true;
}

void Doorway::Enter(Socket socket) {
  if (guests_.size() >= kEsdbNewConnectionsMax) {
    Dismiss(guests_.begin());
  }
  guests_.push_back(std::make_shared<Guest>(std::move(socket), io_));
  const auto guest = std::prev(guests_.end());
  (*guest)->deadline.expires_after(kFirstWordsTime);
  (*guest)->deadline.async_wait([kept = *guest](boost::system::error_code error) {
    boost::system::error_code ignored;
    if (!error) kept->socket.close(ignored);
  });
  Listen(guest, 1);
}

void Doorway::Listen(Guests::iterator guest, std::size_t bytes) {
  Wait((*guest)->socket.native_handle(), bytes);
  (*guest)->socket.async_wait(Socket::wait_read,
                              [this, guest, kept = *guest](boost::system::error_code error) {
                                if (kept->gone) return;
                                if (!error) return Heard(guest);
                                Dismiss(guest);
                              });
}

void Doorway::Heard(Guests::iterator guest) {
  std::array<char, kFirstWordsMax> words;
  const int socket = (*guest)->socket.native_handle();
  const ssize_t count = recv(socket, words.data(), words.size(), MSG_PEEK | MSG_DONTWAIT);
  if (count <= 0) return Dismiss(guest);
  const std::string_view first(words.data(), static_cast<std::size_t>(count));
  const Spoken spoken = ways_.tls ? SpokenInTls(first) : SpokenInClear(first);
  if (spoken != Spoken::kNotKnownYet) return PassOn(guest, spoken);
  if (first.size() == words.size()) return Dismiss(guest);
  Listen(guest, first.size() + 1);
}

void Doorway::Dismiss(Guests::iterator guest) {
  boost::system::error_code ignored;
  (*guest)->gone = true;
  (*guest)->socket.close(ignored);
  (*guest)->deadline.cancel();
  guests_.erase(guest);
}

void Doorway::PassOn(Guests::iterator guest, Spoken spoken) {
  Socket socket = std::move((*guest)->socket);
  (*guest)->deadline.cancel();
  guests_.erase(guest);
  Wait(socket.native_handle(), 1);
  boost::system::error_code error;
  socket.set_option(boost::asio::ip::tcp::no_delay(true), error);
  if (spoken == Spoken::kHttp1) return ways_.http1(std::move(socket));
  const int descriptor = socket.release(error);
  if (!error) ways_.http2(descriptor);
}

}  // namespace mlup::gateway
