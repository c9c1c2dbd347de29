// Listens to the first words of connections, and passes each on to who speaks its protocol.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include "services/gateway/first_words.h"

namespace mlup::gateway {

// Network thread only. Nothing is read from a connection: what it said is still there for who
// takes it. Whoever says too little within 10 seconds is let go, and of too many who have said
// nothing yet the first.
class Doorway {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;
  struct Ways {
    bool tls = false;
    std::function<void(Socket)> http1;
    // Owns the descriptor, which does not block.
    std::function<void(int)> http2;
  };

  Doorway(boost::asio::io_context& io, Ways ways);
  ~Doorway();
  Doorway(const Doorway&) = delete;
  Doorway& operator=(const Doorway&) = delete;

  void Enter(Socket socket);

 private:
  struct Guest;
  using Guests = std::list<std::shared_ptr<Guest>>;

  void Listen(Guests::iterator guest, std::size_t bytes);
  void Heard(Guests::iterator guest);
  void Dismiss(Guests::iterator guest);
  void PassOn(Guests::iterator guest, Spoken spoken);

  boost::asio::io_context& io_;
  const Ways ways_;
  Guests guests_;
};

}  // namespace mlup::gateway
