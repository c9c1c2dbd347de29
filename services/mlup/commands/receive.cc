// `mlup receive`: takes rows of another system as it sends them, and records what a map makes of
// them.
#include <csignal>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/files.h"
#include "eventstore/base/private_file.h"
#include "services/gateway/http_server.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/exchange/receiver.h"
#include "services/mlup/kept_session.h"
#include "services/mlup/server_rpc.h"

namespace mlup::cli {
namespace {

constexpr char kCall[] = "mlup.record.v1.RecordService/RecordEach";
constexpr std::size_t kTokenCharactersMin = 24;

absl::StatusOr<std::string> ReadToken(const std::string& file) {
  RETURN_IF_ERROR(CheckPrivate(file, "TOKEN_FILE_MODE"));
  ASSIGN_OR_RETURN(const std::string text, SystemFiles().ReadAll(file));
  std::string token(absl::StripAsciiWhitespace(text));
  if (token.size() >= kTokenCharactersMin) return token;
  return Error(absl::StatusCode::kInvalidArgument, "TOKEN_SHORT",
               absl::StrCat("the token in ", file, " has fewer than ", kTokenCharactersMin,
                            " characters: make one with `openssl rand -hex 24`"));
}

// Ends by the signals that end a program, which no thread takes before they are waited for.
class Ending {
 public:
  Ending() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    signal(SIGPIPE, SIG_IGN);
  }
  void Wait() const {
    int signal = 0;
    sigwait(&signals_, &signal);
  }

 private:
  sigset_t signals_ = {};
};

// Records as who is signed in, also where somebody signs in anew meanwhile. One thread.
class Recorder {
 public:
  explicit Recorder(const Session& session) : session_(session) { Connect(); }

  // FAILED_PRECONDITION RECEIVER_SIGNED_OUT where whoever is signed in here may not record. Where
  // nobody answers that shows later.
  absl::Status CheckSignedIn() {
    record::v1::RecordEachResponse nothing;
    const absl::Status status = server_->Call(kCall, record::v1::RecordEachRequest(), nothing);
    if (!MayNot(status)) return absl::OkStatus();
    return Error(absl::StatusCode::kFailedPrecondition, "RECEIVER_SIGNED_OUT",
                 absl::StrCat("sign in with `mlup login` as the account that rows are to be "
                              "recorded by, then start again: ",
                              ErrorReason(status), ", ", status.message()));
  }

  absl::StatusOr<record::v1::RecordEachResponse> Record(
      const record::v1::RecordEachRequest& request) {
    record::v1::RecordEachResponse response;
    absl::Status status = server_->Call(kCall, request, response);
    if (MayNot(status) && token_ != KeptToken(SystemFiles(), session_.server)) {
      Connect();
      status = server_->Call(kCall, request, response);
    }
    Tell(status);
    RETURN_IF_ERROR(status);
    return response;
  }

 private:
  static bool MayNot(const absl::Status& status) {
    return absl::IsUnauthenticated(status) || absl::IsPermissionDenied(status);
  }

  void Connect() {
    token_ = KeptToken(SystemFiles(), session_.server);
    server_.emplace(session_.server, token_);
  }

  // Once when it ends, and once when it is well again.
  void Tell(const absl::Status& status) {
    if (MayNot(status) && !std::exchange(is_told_, true)) {
      session_.err << "mlup: NOTHING IS RECORDED, senders are told 503: " << ErrorReason(status)
                   << ", " << status.message() << ". Run `mlup --server " << session_.server
                   << " login` as this user; this goes on by itself then." << std::endl;
    } else if (status.ok() && std::exchange(is_told_, false)) {
      session_.err << "mlup: rows are recorded again" << std::endl;
    }
  }

  const Session& session_;
  std::string token_;
  std::optional<Server> server_;
  bool is_told_ = false;
};

absl::Status Receive(const Session& session, const ReceiveOptions& options) {
  const Ending ending;
  const SystemClock clock;
  ASSIGN_OR_RETURN(const exchange::ExchangeMap map, exchange::ReadMap(options.map, options.from));
  ASSIGN_OR_RETURN(const std::string token, ReadToken(options.token_file));
  Recorder recorder(session);
  RETURN_IF_ERROR(recorder.CheckSignedIn());
  const exchange::Receiver receiver({map, clock,
                                     [&recorder](const record::v1::RecordEachRequest& request) {
                                       return recorder.Record(request);
                                     }},
                                    token);
  // One thread: rows are recorded in the order in which they come.
  ASSIGN_OR_RETURN(const std::unique_ptr<gateway::HttpServer> http,
                   gateway::HttpServer::Start({.address = options.listen, .threads = 1},
                                              [&receiver](const gateway::HttpRequest& request) {
                                                return receiver.Handle(request);
                                              }));
  session.out << "{\"receiving\":\"" << http->address() << "\"}" << std::endl;
  ending.Wait();
  return absl::OkStatus();
}

}  // namespace

int RunReceive(const Session& session, const ReceiveOptions& options) {
  const absl::Status status = Receive(session, options);
  return status.ok() ? kExitOk : FailUsage(session, status);
}

}  // namespace mlup::cli
