// The order of things in a connection, and its times.
#include "services/gateway/http_session.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include <boost/asio/post.hpp>
#include <boost/beast/http/status.hpp>

#include "eventstore/base/status.h"

namespace mlup::gateway {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using State = RequestReader::State;

// A handshake and the head of a request together.
constexpr std::chrono::seconds kHeadTime(10);
// The rest of a request; an answer.
constexpr std::chrono::seconds kExchangeTime(30);
constexpr std::chrono::seconds kStreamWriteTime(600);
constexpr std::chrono::seconds kFarewellTime(2);

std::string Head(const HttpResponse& answer, std::string_view connection) {
  const http::status status = http::int_to_status(static_cast<unsigned>(answer.status));
  std::string head = absl::StrCat("HTTP/1.1 ", answer.status, " ",
                                  std::string(http::obsolete_reason(status)), "\r\n");
  for (const auto& [name, value] : answer.headers) {
    absl::StrAppend(&head, name, ": ", value, "\r\n");
  }
  return absl::StrCat(head, "Connection: ", ToAbsl(connection), "\r\n");
}

}  // namespace

HttpSessions::HttpSessions(const HttpServer::Options& options, HttpServer::Handler handler)
    : handler_(std::move(handler)),
      connections_max_(options.connections_max),
      body_bytes_max_(options.body_bytes_max),
      executor_({"mlup-http", options.threads, options.connections_max}) {}

HttpCounts HttpSessions::counts() const { return {open_, evicted_, refused_, overdue_}; }

void HttpSessions::Add(HttpSession& session) {
  sessions_.insert(&session);
  open_ = sessions_.size();
}

void HttpSessions::Remove(HttpSession& session) {
  sessions_.erase(&session);
  open_ = sessions_.size();
  if (ending_ && sessions_.empty()) io_.stop();
}

bool HttpSessions::MakeRoom() {
  if (sessions_.size() < connections_max_) return true;
  // What must stay is younger than everything.
  const auto age = [](const HttpSession* session) { return session->turn() - 1; };
  const auto oldest = std::min_element(sessions_.begin(), sessions_.end(),
                                       [&](auto* a, auto* b) { return age(a) < age(b); });
  if (oldest == sessions_.end() || (*oldest)->turn() == 0) {
    ++refused_;
    return false;
  }
  ++evicted_;
  HttpSession& session = **oldest;
  // Not when its last work is back, or the next to come would drive out one more.
  Remove(session);
  session.Close();
  return true;
}

void HttpSessions::WakeAll() {
  for (HttpSession* session : std::set<HttpSession*>(sessions_)) session->Wake();
}

void HttpSessions::EndAll(std::chrono::seconds patience) {
  ending_ = true;
  for (HttpSession* session : std::set<HttpSession*>(sessions_)) session->End();
  if (sessions_.empty()) return io_.stop();
  patience_.expires_after(patience);
  patience_.async_wait([this](error_code) { io_.stop(); });
}

HttpSession::HttpSession(std::unique_ptr<HttpTransport> transport, HttpSessions& sessions)
    : transport_(std::move(transport)),
      sessions_(sessions),
      reader_(sessions.body_bytes_max()),
      poll_(sessions.io()),
      deadline_(sessions.io()) {
  sessions_.Add(*this);
}

HttpSession::~HttpSession() { sessions_.Remove(*this); }

void HttpSession::Start() {
  turn_ = sessions_.NextTurn();
  Limit(kHeadTime);
  // Nothing but the handshake may be sent before it is done.
  writes_ = true;
  transport_->Handshake([self = shared_from_this()](error_code error) {
    self->writes_ = false;
    if (error || self->closed_ || self->sessions_.ending()) return self->Close();
    self->Read();
  });
}

void HttpSession::Close() {
  if (closed_) return;
  closed_ = true;
  transport_->Close();
  poll_.cancel();
  Unlimit();
}

void HttpSession::End() {
  keeps_ = false;
  if (waits_) return Step();
  const bool is_idle = !works_ && !writes_ && events_ == nullptr && !reader_.begun();
  if (!is_idle) return;
  Finish();
  Close();
}

void HttpSession::Limit(std::chrono::seconds time) {
  deadline_.expires_after(time);
  deadline_.async_wait([self = shared_from_this(), number = ++limit_](error_code error) {
    if (error || number != self->limit_) return;
    self->sessions_.CountOverdue();
    self->Close();
  });
}

void HttpSession::Unlimit() {
  ++limit_;
  deadline_.cancel();
}

void HttpSession::Read() {
  transport_->Read(reader_.Space(), [self = shared_from_this()](error_code error, std::size_t n) {
    const bool cut = error == asio::error::eof && self->reader_.End() == State::kRefused;
    if (self->closed_ || (error && !cut)) return self->Close();
    self->OnRead(cut ? State::kRefused : self->reader_.Read(n));
  });
}

void HttpSession::OnRead(State state) {
  switch (state) {
    case State::kComplete:
      return Dispatch(reader_.Take());
    case State::kRefused:
      keeps_ = false;
      return Answer(reader_.Refusal());
    case State::kBody:
      if (!std::exchange(has_head_, true)) Limit(kExchangeTime);
      return Read();
    case State::kHead:
      return Read();
  }
}

void HttpSession::Dispatch(HttpRequest request) {
  has_head_ = false;
  keeps_ = request.keep_alive && !sessions_.ending();
  without_body_ = request.method == "HEAD";
  Unlimit();
  Work([this, request = std::move(request)]() -> std::function<void()> {
    auto answer = std::make_shared<HttpResponse>(sessions_.Handle(request));
    return [this, answer] { Answer(std::move(*answer)); };
  });
}

void HttpSession::Work(std::function<std::function<void()>()> work) {
  works_ = true;
  sessions_.Run([self = shared_from_this(), work = std::move(work)]() mutable {
    asio::io_context& io = self->sessions_.io();
    std::function<void()> then = work();
    // Moved, as the last to hold a session must be the network's thread.
    asio::post(io, [self = std::move(self), then = std::move(then)] {
      self->works_ = false;
      then();
    });
  });
}

void HttpSession::Answer(HttpResponse answer) {
  if (closed_) return;
  authenticated_ = answer.authenticated;
  if (answer.stream != nullptr) {
    events_ = std::move(answer.stream);
    return Send(absl::StrCat(Head(answer, "close"), "Transfer-Encoding: chunked\r\n\r\n"),
                kExchangeTime, &HttpSession::OnStreamBegun);
  }
  std::string bytes = absl::StrCat(Head(answer, keeps_ ? "keep-alive" : "close"),
                                   "Content-Length: ", answer.body.size(), "\r\n\r\n");
  if (!without_body_) bytes += answer.body;
  Send(std::move(bytes), kExchangeTime, &HttpSession::OnAnswered);
}

void HttpSession::OnAnswered() {
  authenticated_ = false;
  if (!keeps_) return Finish();
  turn_ = sessions_.NextTurn();
  Limit(kHeadTime);
  // It may have come with the last one.
  OnRead(reader_.Read(0));
}

void HttpSession::Send(std::string bytes, std::chrono::seconds time, void (HttpSession::*then)()) {
  auto shared = std::make_shared<std::string>(std::move(bytes));
  Limit(time);
  writes_ = true;
  transport_->Write(asio::buffer(*shared),
                    [self = shared_from_this(), shared, then](error_code error) {
                      self->writes_ = false;
                      if (error || self->closed_) return self->Close();
                      ((*self).*then)();
                    });
}

void HttpSession::Finish() {
  authenticated_ = false;
  Limit(kFarewellTime);
  transport_->Finish([self = shared_from_this()](error_code) { self->Close(); });
}

void HttpSession::OnStreamBegun() {
  Watch();
  Step();
}

// Who leaves a stream is noticed at once, and not with the next thing that is to be sent.
void HttpSession::Watch() {
  transport_->Read(asio::buffer(said_), [self = shared_from_this()](error_code error, std::size_t) {
    if (error) return self->Close();
    self->Watch();
  });
}

void HttpSession::Step() {
  if (closed_) return;
  waits_ = false;
  poll_.cancel();
  Unlimit();
  Work([this]() -> std::function<void()> {
    return [this, step = events_->Next()] { OnStep(step); };
  });
}

void HttpSession::OnStep(const HttpStream::Step& step) {
  if (closed_) return;
  const bool ended = step.ended || sessions_.ending();
  if (step.bytes.empty() && !ended) return step.more ? Step() : Wait();
  std::string chunk;
  if (!step.bytes.empty()) {
    chunk = absl::StrCat(absl::Hex(step.bytes.size()), "\r\n", step.bytes, "\r\n");
  }
  if (ended) chunk += "0\r\n\r\n";
  Send(std::move(chunk), kStreamWriteTime, ended ? &HttpSession::Finish : &HttpSession::Step);
}

void HttpSession::Wait() {
  waits_ = true;
  poll_.expires_after(events_->patience());
  poll_.async_wait([self = shared_from_this()](error_code error) {
    if (!error && !self->closed_) self->Wake();
  });
}

void HttpSession::Wake() {
  if (waits_) Step();
}

}  // namespace mlup::gateway
