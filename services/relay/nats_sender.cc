// libnats, with the answers of JetStream read from an inbox of our own.
#include "services/relay/nats_sender.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include <nats/nats.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/check.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/loopback.h"
#include "eventstore/base/status.h"
#include "eventstore/json/json_text.h"

namespace mlup::relay {
namespace {

constexpr absl::Duration kAnswerTimeout = absl::Seconds(5);
constexpr absl::Duration kReconnectPause = absl::Milliseconds(500);
// More than the headers of a message take.
constexpr std::size_t kHeaderBytes = 512;
constexpr std::int64_t kConnectMilliseconds = 2000;
constexpr std::int64_t kDuplicatesNanoseconds = 24LL * 60 * 60 * 1'000'000'000;

absl::Status Failed(natsStatus status, std::string_view what) {
  return Error(absl::StatusCode::kUnavailable, "NATS_UNAVAILABLE",
               absl::StrCat(ToAbsl(what), ": ", natsStatus_GetText(status)));
}

// `nats://user:secret@host:port/` as `host`.
std::string_view HostOf(std::string_view url) {
  url.remove_prefix(std::min(url.find("://") + 3, url.size()));
  url = url.substr(0, url.find('/'));
  if (const std::size_t at = url.rfind('@'); at != std::string_view::npos)
    url.remove_prefix(at + 1);
  if (url.starts_with('[')) return url.substr(0, url.find(']') + 1);
  return url.substr(0, url.find(':'));
}

bool IsWord(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

bool IsPrefix(std::string_view text) {
  for (std::size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.')) {
    if (!IsWord(text.substr(0, dot))) return false;
    text.remove_prefix(dot + 1);
  }
  return IsWord(text);
}

// What JetStream answered: nothing when it has stored the event, else why not.
std::optional<std::string> RefusalIn(natsMsg* answer) {
  if (natsMsg_IsNoResponders(answer)) return "no stream of the server stores this subject";
  const auto json = strict::ParseJson(
      {natsMsg_GetData(answer), static_cast<std::size_t>(natsMsg_GetDataLength(answer))});
  if (!json.ok() || !json->is_object()) return "the server's answer is not JetStream's";
  if (json->contains("seq") && !json->contains("error")) return std::nullopt;
  const nlohmann::json::json_pointer place("/error/err_code");
  const bool has_code = json->contains(place) && (*json)[place].is_number_unsigned();
  return absl::StrCat("the stream refused it, JetStream error ",
                      has_code ? (*json)[place].get<std::uint64_t>() : 0);
}

}  // namespace

absl::Status CheckNats(const std::string& url, const std::string& stream,
                       const std::string& prefix) {
  const std::string_view host = HostOf(url);
  const bool is_local = IsLoopback(host);
  const std::string_view text = url;
  if (host.empty() || !(text.starts_with("tls://") || (text.starts_with("nats://") && is_local))) {
    return FieldError(absl::StatusCode::kInvalidArgument, "NATS_URL_INVALID", "nats.url",
                      "must be tls://..., or nats:// to 127.0.0.1, [::1] or localhost");
  }
  if (!IsWord(stream) || !IsPrefix(prefix)) {
    return FieldError(absl::StatusCode::kInvalidArgument, "NATS_SUBJECT_INVALID",
                      IsWord(stream) ? "nats.prefix" : "nats.stream",
                      "must be letters, digits, _ and -; in a prefix also . between them");
  }
  return absl::OkStatus();
}

// One connection with its inbox. One thread.
class NatsSender::Connection {
 public:
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const Options& options) {
    std::unique_ptr<Connection> connection(new Connection);
    RETURN_IF_ERROR(connection->Connect(options.url));
    RETURN_IF_ERROR(connection->MakeStream(options));
    return connection;
  }

  ~Connection() {
    natsSubscription_Destroy(answers_);
    natsInbox_Destroy(inbox_);
    natsConnection_Destroy(connection_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  absl::Status Publish(const std::string& subject, Position position, const std::string& id,
                       const std::string& body) {
    const std::string reply = absl::StrCat(inbox_, ".", position.value);
    natsMsg* message = nullptr;
    natsStatus status = natsMsg_Create(&message, subject.c_str(), reply.c_str(), body.data(),
                                       static_cast<int>(body.size()));
    if (status == NATS_OK) status = natsMsgHeader_Set(message, "Nats-Msg-Id", id.c_str());
    if (status == NATS_OK) {
      status = natsMsgHeader_Set(message, "Content-Type",
                                 std::string(cloudevents::kStructuredType).c_str());
    }
    if (status == NATS_OK) status = natsConnection_PublishMsg(connection_, message);
    natsMsg_Destroy(message);
    return status == NATS_OK ? absl::OkStatus() : Failed(status, "cannot publish");
  }

  // Bytes of a message that the server takes.
  std::size_t payload_max() const {
    return static_cast<std::size_t>(
        std::max<std::int64_t>(natsConnection_GetMaxPayload(connection_), 0));
  }

  struct Answer {
    Position position;
    std::optional<std::string> refusal;
  };
  // The next answer; nothing when none comes in time.
  absl::StatusOr<std::optional<Answer>> Next(absl::Duration timeout) {
    natsMsg* message = nullptr;
    const natsStatus status =
        natsSubscription_NextMsg(&message, answers_, absl::ToInt64Milliseconds(timeout));
    if (status == NATS_TIMEOUT) return std::optional<Answer>();
    if (status != NATS_OK) return Failed(status, "the connection to the server ended");
    Answer answer;
    const std::string_view subject = natsMsg_GetSubject(message);
    const bool is_ours =
        absl::SimpleAtoi(ToAbsl(subject.substr(subject.rfind('.') + 1)), &answer.position.value);
    answer.refusal = RefusalIn(message);
    natsMsg_Destroy(message);
    return is_ours ? std::optional<Answer>(std::move(answer)) : std::nullopt;
  }

 private:
  Connection() = default;

  absl::Status Connect(const std::string& url) {
    natsOptions* options = nullptr;
    natsStatus status = natsOptions_Create(&options);
    if (status == NATS_OK) status = natsOptions_SetURL(options, url.c_str());
    if (status == NATS_OK) status = natsOptions_SetTimeout(options, kConnectMilliseconds);
    if (status == NATS_OK) status = natsOptions_SetAllowReconnect(options, false);
    if (status == NATS_OK) status = natsOptions_SetName(options, "mlup");
    if (status == NATS_OK) status = natsOptions_SetPingInterval(options, 5000);
    if (status == NATS_OK && url.starts_with("tls://"))
      status = natsOptions_SetSecure(options, true);
    if (status == NATS_OK) status = natsConnection_Connect(&connection_, options);
    natsOptions_Destroy(options);
    if (status == NATS_OK) status = natsInbox_Create(&inbox_);
    if (status == NATS_OK) {
      status =
          natsConnection_SubscribeSync(&answers_, connection_, absl::StrCat(inbox_, ".*").c_str());
    }
    return status == NATS_OK ? absl::OkStatus() : Failed(status, "cannot connect");
  }

  absl::Status MakeStream(const Options& wanted) {
    jsCtx* context = nullptr;
    jsStreamInfo* info = nullptr;
    jsErrCode code{};
    natsStatus status = natsConnection_JetStream(&context, connection_, nullptr);
    if (status == NATS_OK)
      status = js_GetStreamInfo(&info, context, wanted.stream.c_str(), nullptr, &code);
    if (status == NATS_NOT_FOUND) {
      const std::string subjects = wanted.prefix + ".>";
      const char* subject = subjects.c_str();
      jsStreamConfig config;
      jsStreamConfig_Init(&config);
      config.Name = wanted.stream.c_str();
      config.Subjects = &subject;
      config.SubjectsLen = 1;
      config.Storage = js_FileStorage;
      config.Duplicates = kDuplicatesNanoseconds;
      status = js_AddStream(&info, context, &config, nullptr, &code);
    }
    jsStreamInfo_Destroy(info);
    jsCtx_Destroy(context);
    return status == NATS_OK ? absl::OkStatus() : Failed(status, "no JetStream stream");
  }

  natsConnection* connection_ = nullptr;
  natsInbox* inbox_ = nullptr;
  natsSubscription* answers_ = nullptr;
};

NatsSender::NatsSender(Options options, const Clock& clock)
    : options_(std::move(options)), clock_(clock) {
  CHECK(nats_Open(-1) == NATS_OK);
}

NatsSender::~NatsSender() = default;

std::size_t NatsSender::capacity() const { return kNatsPublishesMax; }

// Not more often than every half second.
absl::Status NatsSender::Connect(absl::Time now) {
  if (connection_ != nullptr) return absl::OkStatus();
  if (now < connect_next_)
    return Error(absl::StatusCode::kUnavailable, "NATS_UNAVAILABLE", connect_failure_);
  absl::StatusOr<std::unique_ptr<Connection>> connection = Connection::Open(options_);
  if (connection.ok()) {
    connection_ = *std::move(connection);
    return absl::OkStatus();
  }
  connect_next_ = clock_.Now() + kReconnectPause;
  connect_failure_ = std::string(connection.status().message());
  return connection.status();
}

void NatsSender::Start(Parcel parcel) {
  const absl::Time now = clock_.Now();
  if (const absl::Status status = Connect(now); !status.ok()) {
    return Fail(parcel.position, ToStd(status.message()));
  }
  const std::string name = parcel.type.substr(parcel.type.rfind('.') + 1);
  const std::string subject = absl::StrCat(options_.prefix, ".", parcel.category, ".", name);
  const std::string body = cloudevents::ToStructuredJson(parcel.event);
  if (body.size() + kHeaderBytes > connection_->payload_max()) {
    outcomes_.push_back({.position = parcel.position,
                         .kind = Outcome::Kind::kRefused,
                         .retry_after = {},
                         .because = absl::StrCat("the event takes ", body.size(),
                                                 " bytes; max_payload of the server is ",
                                                 connection_->payload_max(), ": raise it")});
    return;
  }
  in_flight_[parcel.position.value] = now + kAnswerTimeout;
  const absl::Status status = connection_->Publish(subject, parcel.position, parcel.event.id, body);
  if (!status.ok()) GiveUp(ToStd(status.message()));
}

std::vector<Outcome> NatsSender::Wait(absl::Duration timeout) {
  if (!outcomes_.empty()) timeout = absl::ZeroDuration();
  if (connection_ != nullptr && !in_flight_.empty()) {
    TakeAnswers(timeout);
    FailLate(clock_.Now());
  } else if (timeout > absl::ZeroDuration()) {
    MutexLock lock(mutex_);
    if (!wake_) woken_.WaitFor(mutex_, absl::ToChronoMilliseconds(timeout));
    wake_ = false;
  }
  return std::exchange(outcomes_, {});
}

void NatsSender::TakeAnswers(absl::Duration timeout) {
  while (true) {
    absl::StatusOr<std::optional<Connection::Answer>> next = connection_->Next(timeout);
    if (!next.ok()) return GiveUp(ToStd(next.status().message()));
    if (!next->has_value()) return;
    const Connection::Answer& answer = **next;
    // A late answer to an earlier try is an answer too.
    if (in_flight_.erase(answer.position.value) > 0) {
      outcomes_.push_back({.position = answer.position,
                           .kind = answer.refusal.has_value() ? Outcome::Kind::kUnavailable
                                                              : Outcome::Kind::kDelivered,
                           .retry_after = {},
                           .because = answer.refusal.value_or("")});
    }
    timeout = absl::ZeroDuration();
  }
}

void NatsSender::FailLate(absl::Time now) {
  for (auto entry = in_flight_.begin(); entry != in_flight_.end();) {
    if (entry->second > now) {
      ++entry;
      continue;
    }
    Fail({entry->first}, absl::StrCat("no answer within ", absl::FormatDuration(kAnswerTimeout)));
    entry = in_flight_.erase(entry);
  }
}

void NatsSender::Fail(Position position, std::string_view because) {
  outcomes_.push_back({.position = position,
                       .kind = Outcome::Kind::kUnavailable,
                       .retry_after = {},
                       .because = std::string(because)});
}

void NatsSender::GiveUp(std::string_view because) {
  for (const auto& [position, deadline] : in_flight_) Fail({position}, because);
  in_flight_.clear();
  connection_.reset();
}

void NatsSender::Wake() {
  MutexLock lock(mutex_);
  wake_ = true;
  woken_.NotifyOne();
}

Outcome NatsSender::Ping(const std::string&) {
  const absl::Status status = Connection::Open(options_).status();
  return {.position = {},
          .kind = status.ok() ? Outcome::Kind::kDelivered : Outcome::Kind::kUnavailable,
          .retry_after = {},
          .because = status.ok() ? absl::StrCat("the stream ", options_.stream, " is there")
                                 : std::string(status.message())};
}

}  // namespace mlup::relay
