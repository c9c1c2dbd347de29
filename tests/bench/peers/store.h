// One system of the peer bench, as its best client sees it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "eventstore/base/check.h"
#include "tests/bench/peers/work.h"

namespace mlup::bench {

struct StoreOptions {
  // Address, connection string or folder, as the system wants it.
  std::string server;
  // Which way of using the system; each file names its own.
  std::string form;
  // Most appends without an answer, and most connections for them.
  std::size_t in_flight = 1;
  std::size_t connections = 1;
};

struct Answer {
  std::size_t slot = 0;
  // False where the system refused; a failure of another kind ends the program.
  bool taken = false;
};

// A connected system; implementations fail a CHECK where the system fails. One thread, but for
// AppendNow() and AppendLater().
class Store {
 public:
  virtual ~Store() = default;

  // Makes what an empty server needs.
  virtual void Create() {}

  // Sends an append of a slot that waits for no answer.
  virtual void Start(std::size_t slot, const Append& append) = 0;

  // Waits until `answers`, empty before, holds at least one.
  virtual void Wait(std::vector<Answer>& answers) = 0;

  // Appends and waits, from any thread.
  virtual bool AppendNow(const Append& /*append*/) { Missing(); }

  // Appends for a slot that waits for no answer, and tells whether it was taken, from any thread
  // and on any.
  virtual void AppendLater(std::size_t /*slot*/, const Append& /*append*/,
                           std::function<void(bool)> /*done*/) {
    Missing();
  }

  // Reads all events back, the way named.
  virtual void Replay(const std::string& way, Decoder& decoder) = 0;

  // Reads one stream from its beginning.
  virtual void ReadStream(const std::string& /*stream*/, Decoder& /*decoder*/) { Missing(); }

  // Follows what is appended from now on, over a connection of its own; NextDelivery() waits for an
  // event.
  virtual void Follow() { Missing(); }
  virtual void NextDelivery(Decoder& /*decoder*/) { Missing(); }

 protected:
  [[noreturn]] static void Missing() { CheckFailed(__FILE__, __LINE__, "not in this form"); }
};

// Connects; null while there is no server. Each program has the one of its system.
std::unique_ptr<Store> Connect(const StoreOptions& options);

}  // namespace mlup::bench
