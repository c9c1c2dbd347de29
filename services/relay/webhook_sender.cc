// libcurl's multi interface.
#include "services/relay/webhook_sender.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include <curl/curl.h>
#include <sys/socket.h>

#include "eventstore/base/check.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/local_time.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/networks.h"
#include "eventstore/base/private_file.h"
#include "eventstore/base/status.h"
#include "services/relay/pacing.h"
#include "services/relay/signature.h"
#include "services/sharing/webhook_url.h"

namespace mlup::relay {
namespace {

constexpr absl::Duration kSecretsAge = absl::Seconds(10);
constexpr absl::Duration kConnectTimeoutMax = absl::Seconds(5);

void InitialiseCurl() {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  CHECK(initialised == CURLE_OK);
}

}  // namespace

// The secrets as the file has them, or had them when it could last be read. Any thread.
class WebhookSender::Secrets {
 public:
  Secrets(std::string file, Files& files) : file_(std::move(file)), files_(files) {}

  absl::StatusOr<Signer> Get(absl::Time now) {
    MutexLock lock(mutex_);
    if (signer_.ok() && now - read_at_ < kSecretsAge) return signer_;
    read_at_ = now;
    absl::StatusOr<Signer> read = Read();
    // A file that is being replaced does not stop deliveries.
    if (read.ok() || !signer_.ok()) signer_ = std::move(read);
    return signer_;
  }

 private:
  absl::StatusOr<Signer> Read() const {
    ASSIGN_OR_RETURN(const std::string content, files_.ReadAll(file_));
    RETURN_IF_ERROR(CheckPrivate(file_, "SECRET_FILE_MODE"));
    return Signer::Parse(content);
  }

  const std::string file_;
  Files& files_;

  Mutex mutex_;
  absl::StatusOr<Signer> signer_ ABSL_GUARDED_BY(mutex_) =
      Error(absl::StatusCode::kUnavailable, "SECRET_UNREAD", "the secret file was not read yet");
  absl::Time read_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

// One request with all that must live as long as libcurl works on it.
struct WebhookSender::Request {
  Request(Position at, const sharing::v1::Webhook& to)
      : position(at), webhook(to), easy(curl_easy_init()) {
    CHECK(easy != nullptr);
  }
  ~Request() {
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
  }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  void Sign(const Signer& signer, const std::string& id, absl::Time now) {
    const std::int64_t timestamp = absl::ToUnixSeconds(now);
    AddHeader(absl::StrCat("webhook-id: ", id));
    AddHeader(absl::StrCat("webhook-timestamp: ", timestamp));
    AddHeader(absl::StrCat("webhook-signature: ", signer.Sign(id, timestamp, body)));
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  }

  void AddHeader(const std::string& line) { headers = curl_slist_append(headers, line.c_str()); }

  // What the receiver answers is read and forgotten.
  static std::size_t Discard(char*, std::size_t size, std::size_t count, void*) {
    return size * count;
  }

  static std::size_t ReadHeader(char* data, std::size_t size, std::size_t count, void* request) {
    absl::string_view line(data, size * count);
    if (absl::StartsWithIgnoreCase(line, "retry-after:")) {
      line.remove_prefix(std::string_view("retry-after:").size());
      static_cast<Request*>(request)->retry_after = std::string(absl::StripAsciiWhitespace(line));
    }
    return size * count;
  }

  // Where the name of the URL leads is looked at here, when it is certain.
  static curl_socket_t OpenSocket(void* request, curlsocktype, curl_sockaddr* address) {
    auto& self = *static_cast<Request*>(request);
    const std::optional<IpAddress> to = AddressOf(address->addr);
    if (to.has_value() && sharing::MayLeadTo(*to, self.webhook)) {
      return socket(address->family, address->socktype, address->protocol);
    }
    self.inside = to.has_value() ? ToString(*to) : "no address of the Internet";
    return CURL_SOCKET_BAD;
  }

  const Position position;
  const sharing::v1::Webhook& webhook;
  CURL* const easy;
  // The last address that the webhook may not lead to.
  std::string inside;
  curl_slist* headers = nullptr;
  std::string body;
  std::string retry_after;
};

WebhookSender::WebhookSender(sharing::v1::Webhook webhook, absl::Duration timeout, Files& files,
                             const Clock& clock)
    : webhook_(std::move(webhook)),
      timeout_(timeout),
      clock_(clock),
      secrets_(std::make_unique<Secrets>(webhook_.secret_file(), files)),
      multi_((InitialiseCurl(), curl_multi_init())) {
  CHECK(multi_ != nullptr);
}

WebhookSender::~WebhookSender() {
  for (const auto& [easy, request] : requests_) curl_multi_remove_handle(multi_, easy);
  requests_.clear();
  curl_multi_cleanup(multi_);
}

std::size_t WebhookSender::capacity() const { return kWebhookRequestsMax; }

std::unique_ptr<WebhookSender::Request> WebhookSender::MakeRequest(
    Position position, const cloudevents::CloudEvent& event) {
  auto request = std::make_unique<Request>(position, webhook_);
  request->body = cloudevents::ToStructuredJson(event);
  request->AddHeader(
      absl::StrCat("Content-Type: ", ToAbsl(cloudevents::kStructuredType), "; charset=utf-8"));
  // No wait for a permission to send the body.
  request->AddHeader("Expect:");
  CURL* const easy = request->easy;
  const auto timeout = absl::ToInt64Milliseconds(timeout_);
  const auto connect = absl::ToInt64Milliseconds(std::min(timeout_, kConnectTimeoutMax));
  curl_easy_setopt(easy, CURLOPT_URL, webhook_.url().c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect));
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "mlup/" MLUP_VERSION);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(request->body.size()));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Request::Discard);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Request::ReadHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, request.get());
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &Request::OpenSocket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, request.get());
  return request;
}

void WebhookSender::Start(Parcel parcel) {
  const absl::Time now = clock_.Now();
  const absl::StatusOr<Signer> signer = secrets_->Get(now);
  if (!signer.ok()) {
    failed_.push_back({.position = parcel.position,
                       .kind = Outcome::Kind::kUnavailable,
                       .retry_after = {},
                       .because = std::string(signer.status().message())});
    return;
  }
  auto request = MakeRequest(parcel.position, parcel.event);
  request->Sign(*signer, parcel.event.id, now);
  CHECK(curl_multi_add_handle(multi_, request->easy) == CURLM_OK);
  void* const easy = request->easy;
  requests_[easy] = std::move(request);
}

std::vector<Outcome> WebhookSender::Wait(absl::Duration timeout) {
  std::vector<Outcome> outcomes = std::exchange(failed_, {});
  int running = 0;
  CHECK(curl_multi_perform(multi_, &running) == CURLM_OK);
  const bool has_news = !outcomes.empty() || running < static_cast<int>(requests_.size());
  if (!has_news) {
    const auto milliseconds = static_cast<int>(absl::ToInt64Milliseconds(timeout));
    CHECK(curl_multi_poll(multi_, nullptr, 0, milliseconds, nullptr) == CURLM_OK);
    CHECK(curl_multi_perform(multi_, &running) == CURLM_OK);
  }
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    void* const easy = message->easy_handle;
    const auto found = requests_.find(easy);
    CHECK(found != requests_.end());
    outcomes.push_back(OutcomeOf(*found->second, message->data.result));
    curl_multi_remove_handle(multi_, easy);
    requests_.erase(found);
  }
  return outcomes;
}

void WebhookSender::Wake() { curl_multi_wakeup(multi_); }

Outcome WebhookSender::OutcomeOf(const Request& request, int result) const {
  Outcome outcome{.position = request.position, .kind = {}, .retry_after = {}, .because = {}};
  if (result != CURLE_OK) {
    outcome.kind = Outcome::Kind::kUnavailable;
    if (!request.inside.empty()) {
      outcome.because = absl::StrCat("leads to ", request.inside,
                                     ", which is inside: name it in webhook.allowed_networks if "
                                     "it is meant");
      return outcome;
    }
    outcome.because = result == CURLE_OPERATION_TIMEDOUT
                          ? absl::StrCat("no answer within ", absl::FormatDuration(timeout_))
                          : std::string(curl_easy_strerror(static_cast<CURLcode>(result)));
    return outcome;
  }
  long code = 0;
  curl_easy_getinfo(request.easy, CURLINFO_RESPONSE_CODE, &code);
  outcome.because = absl::StrCat("answered ", code);
  outcome.retry_after = ParseRetryAfter(request.retry_after, clock_.Now());
  if (code >= 200 && code < 300) {
    outcome.kind = Outcome::Kind::kDelivered;
  } else if (code == 410) {
    outcome.kind = Outcome::Kind::kGone;
    outcome.because = "answered 410 Gone: it wants no more events; `mlup webhooks ping` resumes";
  } else if (code == 408 || code == 425 || code == 429 || (code >= 502 && code <= 504)) {
    outcome.kind = Outcome::Kind::kUnavailable;
  } else {
    outcome.kind = code >= 500 ? Outcome::Kind::kFailing : Outcome::Kind::kRefused;
  }
  return outcome;
}

Outcome WebhookSender::Ping(const std::string& event_id) {
  const absl::Time now = clock_.Now();
  cloudevents::CloudEvent event;
  event.id = event_id;
  event.source = "/mro/webhooks";
  event.type = "org.mluprussey.webhooks.Ping.v1";
  event.time = absl::FormatTime(absl::RFC3339_full, now, PhnomPenh());
  event.datacontenttype = "application/json";
  event.data = R"({"message":"A test: nothing happened."})";
  const absl::StatusOr<Signer> signer = secrets_->Get(now);
  if (!signer.ok()) {
    return {.position = {},
            .kind = Outcome::Kind::kUnavailable,
            .retry_after = {},
            .because = std::string(signer.status().message())};
  }
  const auto request = MakeRequest({}, event);
  request->Sign(*signer, event.id, now);
  return OutcomeOf(*request, curl_easy_perform(request->easy));
}

}  // namespace mlup::relay
