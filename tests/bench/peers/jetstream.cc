// NATS JetStream: one stream kept in files, a subject for each stream of ours, expected last
// sequence of the subject. Messages are published without waiting; acknowledgements arrive on one
// subscription, whose subjects tell slot and piece.
#include <algorithm>
#include <unordered_map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include <nats/nats.h>

#include "tests/bench/peers/store.h"

namespace mlup::bench {
namespace {

constexpr char kName[] = "EVENTS";
constexpr std::int64_t kWaitMs = 30'000;
// How many messages wait for a reader of ours at most.
constexpr int kPendingMax = 1 << 20;

struct Destroy {
  void operator()(natsConnection* connection) const { natsConnection_Destroy(connection); }
  void operator()(natsOptions* options) const { natsOptions_Destroy(options); }
  void operator()(natsSubscription* subscription) const { natsSubscription_Destroy(subscription); }
  void operator()(natsMsg* message) const { natsMsg_Destroy(message); }
  void operator()(jsCtx* js) const { jsCtx_Destroy(js); }
  void operator()(natsInbox* inbox) const { natsInbox_Destroy(inbox); }
};
template <typename T>
using Owned = std::unique_ptr<T, Destroy>;

// What a function of the client puts into its first argument.
template <typename T, typename Make>
Owned<T> Made(const Make& make) {
  T* made = nullptr;
  return make(&made) == NATS_OK ? Owned<T>(made) : nullptr;
}

std::string Subject(const std::string& stream) {
  std::string subject = stream;
  subject[subject.find('/')] = '.';
  return subject;
}

Owned<natsMsg> Next(natsSubscription& subscription) {
  return Made<natsMsg>(
      [&](natsMsg** message) { return natsSubscription_NextMsg(message, &subscription, kWaitMs); });
}

void Decode(natsMsg& message, Decoder& decoder) {
  decoder.Bytes(natsMsg_GetData(&message),
                static_cast<std::size_t>(natsMsg_GetDataLength(&message)));
}

// The number behind `"seq":` of an acknowledgement; 0 of a refusal.
std::uint64_t Sequence(natsMsg& message) {
  const std::string_view text(natsMsg_GetData(&message),
                              static_cast<std::size_t>(natsMsg_GetDataLength(&message)));
  constexpr std::string_view kMark = "\"seq\":";
  std::size_t at = text.find(kMark);
  if (at == std::string_view::npos || text.find("\"error\"") != std::string_view::npos) return 0;
  std::uint64_t number = 0;
  for (at += kMark.size(); at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    number = number * 10 + static_cast<std::uint64_t>(text[at] - '0');
  }
  return number;
}

class JetStream final : public Store {
 public:
  explicit JetStream(const StoreOptions& options) : options_(options), slots_(options.in_flight) {
    connection_ = Open();
    if (connection_ == nullptr) return;
    js_ = Made<jsCtx>(
        [&](jsCtx** js) { return natsConnection_JetStream(js, connection_.get(), nullptr); });
    inbox_ = Made<natsInbox>([](natsInbox** inbox) { return natsInbox_Create(inbox); });
    CHECK(js_ != nullptr && inbox_ != nullptr);
    answers_ = Made<natsSubscription>([&](natsSubscription** subscription) {
      return natsConnection_SubscribeSync(subscription, connection_.get(),
                                          absl::StrCat(inbox_.get(), ".>").c_str());
    });
    CHECK(answers_ != nullptr);
    CHECK(natsSubscription_SetPendingLimits(answers_.get(), -1, -1) == NATS_OK);
  }

  bool connected() const { return connection_ != nullptr; }

  void Create() override {
    jsStreamConfig config;
    CHECK(jsStreamConfig_Init(&config) == NATS_OK);
    const char* subjects = "case.>";
    config.Name = kName;
    config.Subjects = &subjects;
    config.SubjectsLen = 1;
    config.Storage = js_FileStorage;
    CHECK(js_AddStream(nullptr, js_.get(), &config, nullptr, nullptr) == NATS_OK);
  }

  void Start(std::size_t number, const Append& append) override {
    Slot& slot = slots_[number];
    slot.streams.clear();
    slot.missing = append.events.size();
    slot.taken = true;
    std::size_t at = 0;
    for (std::size_t piece = 0; piece < append.pieces.size(); ++piece) {
      const std::string& stream = append.pieces[piece].stream;
      slot.streams.push_back(stream);
      const std::string subject = Subject(stream);
      const std::string reply = absl::StrCat(inbox_.get(), ".", number, ".", piece);
      for (std::size_t i = 0; i < append.pieces[piece].events; ++i) {
        Publish(subject, reply, append.events[at++], i == 0 ? Expected(append.pieces[piece]) : "");
      }
    }
  }

  void Wait(std::vector<Answer>& answers) override {
    while (answers.empty()) {
      const Owned<natsMsg> message = Next(*answers_);
      CHECK(message != nullptr);
      Take(*message, answers);
    }
  }

  void Replay(const std::string& /*way*/, Decoder& decoder) override { Ordered("case.>", decoder); }

  void ReadStream(const std::string& stream, Decoder& decoder) override {
    Ordered(Subject(stream), decoder);
  }

  void Follow() override {
    follower_connection_ = Open();
    CHECK(follower_connection_ != nullptr);
    follower_js_ = Made<jsCtx>([&](jsCtx** js) {
      return natsConnection_JetStream(js, follower_connection_.get(), nullptr);
    });
    jsSubOptions wanted;
    CHECK(jsSubOptions_Init(&wanted) == NATS_OK);
    wanted.Ordered = true;
    wanted.Config.DeliverPolicy = js_DeliverNew;
    follower_ = Made<natsSubscription>([&](natsSubscription** subscription) {
      return js_SubscribeSync(subscription, follower_js_.get(), "case.>", nullptr, &wanted,
                              nullptr);
    });
    CHECK(follower_ != nullptr);
  }

  void NextDelivery(Decoder& decoder) override {
    const Owned<natsMsg> message = Next(*follower_);
    CHECK(message != nullptr);
    Decode(*message, decoder);
  }

 private:
  struct Slot {
    std::vector<std::string> streams;
    // Acknowledgements that have not come.
    std::size_t missing = 0;
    bool taken = true;
  };

  Owned<natsConnection> Open() const {
    const auto options =
        Made<natsOptions>([](natsOptions** made) { return natsOptions_Create(made); });
    CHECK(natsOptions_SetURL(options.get(), options_.server.c_str()) == NATS_OK);
    // What is written at once is quicker alone; many together are quicker gathered.
    CHECK(natsOptions_SetSendAsap(options.get(), options_.connections == 1) == NATS_OK);
    CHECK(natsOptions_SetMaxPendingMsgs(options.get(), kPendingMax) == NATS_OK);
    return Made<natsConnection>(
        [&](natsConnection** made) { return natsConnection_Connect(made, options.get()); });
  }

  // The sequence that the subject's last message has; what a wrong revision expects is wrong here
  // too.
  std::string Expected(const Piece& piece) const {
    const auto last = last_.find(piece.stream);
    return std::to_string(piece.revision == 0 || last == last_.end() ? 0 : last->second);
  }

  void Publish(const std::string& subject, const std::string& reply, const log::v1::Event& event,
               const std::string& expected) {
    const std::string bytes = event.SerializeAsString();
    const auto message = Made<natsMsg>([&](natsMsg** made) {
      return natsMsg_Create(made, subject.c_str(), reply.c_str(), bytes.data(),
                            static_cast<int>(bytes.size()));
    });
    CHECK(message != nullptr);
    if (!expected.empty()) {
      CHECK(natsMsgHeader_Set(message.get(), "Nats-Expected-Last-Subject-Sequence",
                              expected.c_str()) == NATS_OK);
    }
    CHECK(natsConnection_PublishMsg(connection_.get(), message.get()) == NATS_OK);
  }

  void Take(natsMsg& message, std::vector<Answer>& answers) {
    const std::string subject = natsMsg_GetSubject(&message);
    const std::pair<std::string, std::string> numbers =
        absl::StrSplit(subject.substr(std::string_view(inbox_.get()).size() + 1), '.');
    std::size_t number = 0;
    std::size_t piece = 0;
    CHECK(absl::SimpleAtoi(numbers.first, &number) && absl::SimpleAtoi(numbers.second, &piece));
    Slot& slot = slots_[number];
    const std::uint64_t sequence = Sequence(message);
    slot.taken = slot.taken && sequence != 0;
    if (sequence != 0) {
      std::uint64_t& last = last_[slot.streams[piece]];
      last = std::max(last, sequence);
    }
    if (--slot.missing == 0) answers.push_back({number, slot.taken});
  }

  // An ordered consumer made for this; each message tells how many are still to come.
  void Ordered(const std::string& subject, Decoder& decoder) {
    jsSubOptions wanted;
    CHECK(jsSubOptions_Init(&wanted) == NATS_OK);
    wanted.Ordered = true;
    const auto subscription = Made<natsSubscription>([&](natsSubscription** made) {
      return js_SubscribeSync(made, js_.get(), subject.c_str(), nullptr, &wanted, nullptr);
    });
    CHECK(subscription != nullptr);
    CHECK(natsSubscription_SetPendingLimits(subscription.get(), -1, -1) == NATS_OK);
    std::uint64_t pending = 1;
    while (pending > 0) {
      const Owned<natsMsg> message = Next(*subscription);
      CHECK(message != nullptr);
      Decode(*message, decoder);
      jsMsgMetaData* about = nullptr;
      CHECK(natsMsg_GetMetaData(&about, message.get()) == NATS_OK);
      pending = about->NumPending;
      jsMsgMetaData_Destroy(about);
    }
  }

  const StoreOptions options_;
  Owned<natsConnection> connection_;
  Owned<jsCtx> js_;
  Owned<natsInbox> inbox_;
  Owned<natsSubscription> answers_;
  std::vector<Slot> slots_;
  std::unordered_map<std::string, std::uint64_t> last_;
  Owned<natsConnection> follower_connection_;
  Owned<jsCtx> follower_js_;
  Owned<natsSubscription> follower_;
};

}  // namespace

std::unique_ptr<Store> Connect(const StoreOptions& options) {
  auto store = std::make_unique<JetStream>(options);
  return store->connected() ? std::move(store) : nullptr;
}

}  // namespace mlup::bench
