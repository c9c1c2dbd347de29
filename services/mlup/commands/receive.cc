// `mlup receive`: takes rows of another system as it sends them, and records what a map makes of
// them.
#include <csignal>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/files.h"
#include "eventstore/base/private_file.h"
#include "services/gateway/http_server.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/exchange/receiver.h"
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

absl::Status Receive(const Session& session, const ReceiveOptions& options) {
  const Ending ending;
  const SystemClock clock;
  ASSIGN_OR_RETURN(const exchange::ExchangeMap map, exchange::ReadMap(options.map, options.from));
  ASSIGN_OR_RETURN(const std::string token, ReadToken(options.token_file));
  Server server(session.server);
  const exchange::Receiver receiver({map, clock,
                                     [&server](const record::v1::RecordEachRequest& request)
                                         -> absl::StatusOr<record::v1::RecordEachResponse> {
                                       record::v1::RecordEachResponse response;
                                       RETURN_IF_ERROR(server.Call(kCall, request, response));
                                       return response;
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
