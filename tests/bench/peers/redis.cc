// Redis streams in two forms. `plain`: each event is added to one stream `log`, and no revision is
// checked. `lua`: a script checks the revision, adds the event to its own stream and a reference to
// it to `log`.
#include <algorithm>
#include <array>
#include <deque>
#include <set>
#include <span>

#include "absl/strings/str_cat.h"
#include <hiredis/hiredis.h>
#include <poll.h>

#include "tests/bench/peers/store.h"

namespace mlup::bench {
namespace {

constexpr char kScript[] = R"(
local at = 1
while at <= #ARGV do
  if redis.call('XLEN', 's:' .. ARGV[at]) ~= tonumber(ARGV[at + 1]) then
    return redis.error_reply('wrong expected revision')
  end
  at = at + 3 + tonumber(ARGV[at + 2])
end
at = 1
while at <= #ARGV do
  local stream, revision = ARGV[at], tonumber(ARGV[at + 1])
  local count = tonumber(ARGV[at + 2])
  for i = 1, count do
    revision = revision + 1
    redis.call('XADD', 's:' .. stream, revision .. '-0', 'e', ARGV[at + 2 + i])
    redis.call('XADD', 'log', '*', 's', stream, 'r', revision)
  end
  at = at + 3 + count
end
return 1)";

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};
using Context = std::unique_ptr<redisContext, FreeContext>;

// A connection and the slots whose answers it owes, in order, each with its number of replies.
struct Connection {
  struct Owed {
    std::size_t slot = 0;
    std::size_t replies = 0;
  };

  Context context;
  std::deque<Owed> owed;
};

void Send(redisContext& context, std::span<const std::string_view> words) {
  constexpr std::size_t kWordsMax = 512;
  std::array<const char*, kWordsMax> starts;
  std::array<std::size_t, kWordsMax> sizes;
  CHECK(words.size() <= kWordsMax);
  for (std::size_t i = 0; i < words.size(); ++i) {
    starts[i] = words[i].data();
    sizes[i] = words[i].size();
  }
  CHECK(redisAppendCommandArgv(&context, static_cast<int>(words.size()), starts.data(),
                               sizes.data()) == REDIS_OK);
}

void Send(redisContext& context, std::initializer_list<std::string_view> words) {
  Send(context, std::span(words.begin(), words.size()));
}

Reply Receive(redisContext& context) {
  void* reply = nullptr;
  CHECK(redisGetReply(&context, &reply) == REDIS_OK);
  return Reply(static_cast<redisReply*>(reply));
}

Reply Ask(redisContext& context, std::initializer_list<std::string_view> words) {
  Send(context, words);
  return Receive(context);
}

std::string Text(const redisReply& reply) {
  return {reply.str, static_cast<std::size_t>(reply.len)};
}

// The value of a field of an entry of a stream.
const redisReply& Value(const redisReply& entry, std::size_t field) {
  return *entry.element[1]->element[2 * field + 1];
}

class Redis final : public Store {
 public:
  explicit Redis(const StoreOptions& options) : path_(options.server), lua_(options.form == "lua") {
    for (std::size_t i = 0; i < std::min(options.connections, options.in_flight); ++i) {
      connections_.push_back({Open(), {}});
    }
    if (connected() && lua_) {
      const Reply loaded = Ask(*connections_[0].context, {"SCRIPT", "LOAD", kScript});
      if (loaded->type == REDIS_REPLY_STRING) script_ = Text(*loaded);
    }
  }

  // Not while it reads its file.
  bool connected() const {
    if (connections_[0].context == nullptr) return false;
    return Ask(*connections_[0].context, {"PING"})->type == REDIS_REPLY_STATUS;
  }

  void Start(std::size_t slot, const Append& append) override {
    Connection& connection = connections_[slot % connections_.size()];
    const std::size_t replies =
        lua_ ? SendScript(*connection.context, append) : SendPlain(*connection.context, append);
    connection.owed.push_back({slot, replies});
  }

  void Wait(std::vector<Answer>& answers) override {
    if (connections_.size() == 1) {
      Flush(*connections_[0].context);
      CHECK(redisBufferRead(connections_[0].context.get()) == REDIS_OK);
      return Take(connections_[0], answers);
    }
    std::vector<pollfd> wanted;
    for (Connection& connection : connections_) {
      Flush(*connection.context);
      wanted.push_back({connection.context->fd, POLLIN, 0});
    }
    CHECK(poll(wanted.data(), wanted.size(), 10'000) > 0);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (wanted[i].revents == 0) continue;
      CHECK(redisBufferRead(connections_[i].context.get()) == REDIS_OK);
      Take(connections_[i], answers);
    }
  }

  void Replay(const std::string& /*way*/, Decoder& decoder) override {
    std::set<std::string> streams;
    std::string from = "-";
    while (true) {
      const Reply page = Ask(first(), {"XRANGE", "log", from, "+", "COUNT", "1000"});
      for (std::size_t i = 0; i < page->elements; ++i) {
        const redisReply& entry = *page->element[i];
        if (lua_) {
          streams.insert(Text(Value(entry, 0)));
        } else {
          decoder.Bytes(Value(entry, 1).str, static_cast<std::size_t>(Value(entry, 1).len));
        }
      }
      if (page->elements < 1000) break;
      from = absl::StrCat("(", Text(*page->element[page->elements - 1]->element[0]));
    }
    for (const std::string& stream : streams) ReadStream(stream, decoder);
  }

  // Plain, where no stream stands by itself, reads as much of the whole.
  void ReadStream(const std::string& stream, Decoder& decoder) override {
    const Reply events = lua_ ? Ask(first(), {"XRANGE", "s:" + stream, "-", "+"})
                              : Ask(first(), {"XRANGE", "log", "-", "+", "COUNT", "50"});
    for (std::size_t i = 0; i < events->elements; ++i) {
      const redisReply& event = Value(*events->element[i], lua_ ? 0 : 1);
      decoder.Bytes(event.str, static_cast<std::size_t>(event.len));
    }
  }

  void Follow() override {
    follower_ = Open();
    const Reply last = Ask(first(), {"XREVRANGE", "log", "+", "-", "COUNT", "1"});
    SendFollow(last->elements == 0 ? "0" : Text(*last->element[0]->element[0]));
  }

  void NextDelivery(Decoder& decoder) override {
    Flush(first());
    const Reply reply = Receive(*follower_);
    const redisReply& entries = *reply->element[0]->element[1];
    for (std::size_t i = 0; i < entries.elements; ++i) {
      const redisReply& event = Value(*entries.element[i], 1);
      decoder.Bytes(event.str, static_cast<std::size_t>(event.len));
    }
    SendFollow(Text(*entries.element[entries.elements - 1]->element[0]));
  }

 private:
  redisContext& first() const { return *connections_[0].context; }

  Context Open() const {
    Context context(redisConnectUnix(path_.c_str()));
    return context == nullptr || context->err != 0 ? nullptr : std::move(context);
  }

  static void Flush(redisContext& context) {
    int done = 0;
    while (done == 0) CHECK(redisBufferWrite(&context, &done) == REDIS_OK);
  }

  static std::size_t SendPlain(redisContext& context, const Append& append) {
    const bool many = append.events.size() > 1;
    if (many) Send(context, {"MULTI"});
    std::string event;
    std::size_t at = 0;
    for (const Piece& piece : append.pieces) {
      for (std::size_t i = 0; i < piece.events; ++i) {
        CHECK(append.events[at++].SerializeToString(&event));
        Send(context, {"XADD", "log", "*", "s", piece.stream, "e", event});
      }
    }
    if (many) Send(context, {"EXEC"});
    return append.events.size() + (many ? 2 : 0);
  }

  std::size_t SendScript(redisContext& context, const Append& append) {
    numbers_.clear();
    events_.resize(append.events.size());
    words_ = {"EVALSHA", script_, "0"};
    std::size_t at = 0;
    for (const Piece& piece : append.pieces) {
      words_.push_back(piece.stream);
      words_.push_back(numbers_.emplace_back(std::to_string(piece.revision)));
      words_.push_back(numbers_.emplace_back(std::to_string(piece.events)));
      for (std::size_t i = 0; i < piece.events; ++i, ++at) {
        CHECK(append.events[at].SerializeToString(&events_[at]));
        words_.push_back(events_[at]);
      }
    }
    Send(context, words_);
    return 1;
  }

  // What has been answered wholly.
  static void Take(Connection& connection, std::vector<Answer>& answers) {
    while (!connection.owed.empty()) {
      void* raw = nullptr;
      CHECK(redisGetReplyFromReader(connection.context.get(), &raw) == REDIS_OK);
      if (raw == nullptr) return;
      const Reply reply(static_cast<redisReply*>(raw));
      Connection::Owed& owed = connection.owed.front();
      if (--owed.replies > 0) continue;
      answers.push_back({owed.slot, reply->type != REDIS_REPLY_ERROR});
      connection.owed.pop_front();
    }
  }

  void SendFollow(const std::string& after) {
    Send(*follower_, {"XREAD", "BLOCK", "0", "STREAMS", "log", after});
    Flush(*follower_);
  }

  const std::string path_;
  const bool lua_;
  std::vector<Connection> connections_;
  std::string script_;
  // What the words of a script point to, kept for the next.
  std::vector<std::string_view> words_;
  std::deque<std::string> numbers_;
  std::vector<std::string> events_;
  Context follower_;
};

}  // namespace

std::unique_ptr<Store> Connect(const StoreOptions& options) {
  auto store = std::make_unique<Redis>(options);
  return store->connected() ? std::move(store) : nullptr;
}

}  // namespace mlup::bench
