// Connections of the HTTP server, one request after the other.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "eventstore/base/executor.h"
#include "services/gateway/http_server.h"
#include "services/gateway/http_transport.h"
#include "services/gateway/request_reader.h"

namespace mlup::gateway {

class HttpSession;

// What the connections of one server share: the network, the workers, the handler, and who is
// there. Network thread only, but for Handle() and counts().
class HttpSessions {
 public:
  HttpSessions(const HttpServer::Options& options, HttpServer::Handler handler);

  boost::asio::io_context& io() { return io_; }
  std::size_t body_bytes_max() const { return body_bytes_max_; }
  // Grows from connection to connection and from request to request; never 0.
  std::uint64_t NextTurn() { return ++turn_; }

  HttpResponse Handle(const HttpRequest& request) const { return handler_(request); }
  // Bounded by the connections: each has one piece of work at most.
  void Run(std::function<void()> work) { executor_.Run(std::move(work)); }
  HttpCounts counts() const;

  void Add(HttpSession& session);
  void Remove(HttpSession& session);
  void CountOverdue() { ++overdue_; }

  // Whether one more may come. Who has said the least for the longest time goes for it: among those
  // that are not worked for and have shown no token, the one whose turn is the oldest.
  bool MakeRoom();
  void WakeAll();
  // Ends the connections once they have their answers, and then the network; those that last longer
  // than `patience` are closed.
  void EndAll(std::chrono::seconds patience);
  bool ending() const { return ending_; }

 private:
  const HttpServer::Handler handler_;
  const std::size_t connections_max_;
  const std::size_t body_bytes_max_;
  // Outlives the context, with which the last connections go.
  std::set<HttpSession*> sessions_;
  bool ending_ = false;
  std::uint64_t turn_ = 0;
  // Written by the network thread.
  std::atomic<std::size_t> open_ = 0;
  std::atomic<std::uint64_t> evicted_ = 0;
  std::atomic<std::uint64_t> refused_ = 0;
  std::atomic<std::uint64_t> overdue_ = 0;
  boost::asio::io_context io_;
  boost::asio::steady_timer patience_{io_};
  // Gone before the context, to which its work comes back.
  Executor executor_;
};

// One connection. Everything but the handler and the streams runs on the network thread. Shared by
// what is under way for it; the last that ends destroys it.
class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(std::unique_ptr<HttpTransport> transport, HttpSessions& sessions);
  ~HttpSession();
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  void Start();
  // A stream that waits is asked for its next step.
  void Wake();
  // Closes once what was asked is answered; a stream ends with what it has now.
  void End();
  void Close();

  // When it began to be waited for; 0 where it must not go for another.
  std::uint64_t turn() const { return works_ || authenticated_ ? 0 : turn_; }

 private:
  void Read();
  void OnRead(RequestReader::State state);
  void Dispatch(HttpRequest request);
  // Runs `work` on a worker, and what it returns on the network thread.
  void Work(std::function<std::function<void()>()> work);
  void Answer(HttpResponse answer);
  void OnAnswered();
  void OnStreamBegun();
  void Watch();
  void Step();
  void OnStep(const HttpStream::Step& step);
  void Wait();
  void Finish();
  // Calls `then` when all is sent; closes when that takes longer than `time`.
  void Send(std::string bytes, std::chrono::seconds time, void (HttpSession::*then)());
  // Closes unless there is another call in this time.
  void Limit(std::chrono::seconds time);
  void Unlimit();

  const std::unique_ptr<HttpTransport> transport_;
  HttpSessions& sessions_;
  RequestReader reader_;
  std::unique_ptr<HttpStream> events_;
  // What a reader of a stream says, which is nothing to us.
  std::array<char, 256> said_{};
  boost::asio::steady_timer poll_;
  boost::asio::steady_timer deadline_;
  // Which Limit() holds: one that has been replaced may still be on its way.
  std::uint64_t limit_ = 0;
  std::uint64_t turn_ = 0;
  bool has_head_ = false;
  bool works_ = false;
  bool writes_ = false;
  bool waits_ = false;
  bool keeps_ = false;
  bool without_body_ = false;
  bool authenticated_ = false;
  bool closed_ = false;
};

}  // namespace mlup::gateway
