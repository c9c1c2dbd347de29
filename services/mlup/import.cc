// `mlup import`: sends the commands of a file one after the other and tells what became of each
// line.
//
// Strictly in the order of the file: a line may need what the line before it recorded. A line that
// is refused does not stop the others. Lines can be sent again without harm because each has a
// request_id.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/clock.h"
#include "eventstore/base/days.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/passing.h"
#include "mlup/command/v1/command.pb.h"
#include "services/command/occurred.h"
#include "services/command/validator.h"
#include "services/mlup/catalogue.h"
#include "services/mlup/commands.h"
#include "services/mlup/import_line.h"
#include "services/mlup/progress.h"
#include "services/mlup/server_rpc.h"

namespace mlup::cli {
namespace {

// How long a daemon that restarts is waited for, at one line.
constexpr absl::Duration kRetryFor = absl::Seconds(30);
constexpr absl::Duration kRetryDelayMin = absl::Milliseconds(50);
constexpr absl::Duration kRetryDelayMax = absl::Seconds(2);

struct Counts {
  std::uint64_t recorded = 0;
  std::uint64_t replayed = 0;
  std::uint64_t refused = 0;
  std::uint64_t valid = 0;
};

// One run over one file. One thread; borrows the session.
class Importer {
 public:
  Importer(const Session& session, bool dry_run, std::uint64_t total)
      : session_(session),
        dry_run_(dry_run),
        server_(session.server),
        progress_(session.err, clock_, total, session.terminal) {}

  int Run(std::istream& lines) {
    std::string text;
    while (std::getline(lines, text)) {
      ++number_;
      if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
      const absl::Status status = ImportLineText(text);
      if (IsPassing(status)) return Stop(status);
      progress_.Show(number_);
    }
    progress_.Clear();
    PrintSummary();
    return counts_.refused > 0 ? kExitRefused : kExitOk;
  }

 private:
  // Not OK only when the import cannot go on.
  absl::Status ImportLineText(std::string_view text) {
    absl::StatusOr<ImportLine> line = ParseImportLine(text);
    if (!line.ok()) {
      PrintRefused("", line.status());
      return absl::OkStatus();
    }
    const std::string call = CallName(*line->method);
    if (dry_run_) {
      const absl::Status status = Check(*line->request);
      if (status.ok()) {
        PrintValid(call);
      } else {
        PrintRefused(call, status);
      }
      return absl::OkStatus();
    }
    command::v1::CommandResult result;
    absl::Status status = CallWithRetry(call, *line->request, result);
    if (IsPassing(status)) return status;
    if (status.ok()) {
      PrintDone(call, result);
    } else {
      PrintRefused(call, status);
    }
    return absl::OkStatus();
  }

  // What can be checked without knowing what is recorded.
  absl::Status Check(const google::protobuf::Message& request) const {
    RETURN_IF_ERROR(command::Validate(request));
    const auto& context =
        static_cast<const command::v1::CommandContext&>(request.GetReflection()->GetMessage(
            request, request.GetDescriptor()->FindFieldByName("context")));
    const absl::Time now = clock_.Now();
    ASSIGN_OR_RETURN(
        const log::v1::Occurred occurred,
        command::NormaliseOccurred(context.occurred(), DayOf(now), "context.occurred"));
    return command::CheckSourceRecordedAt(context, command::DaysOf(occurred), now);
  }

  absl::Status CallWithRetry(const std::string& call, const google::protobuf::Message& request,
                             command::v1::CommandResult& result) {
    const absl::Time give_up = clock_.Now() + kRetryFor;
    absl::Duration delay = kRetryDelayMin;
    while (true) {
      // A daemon that ends cancels what is under way: whether it was recorded, the next try tells.
      absl::Status status = server_.Call(call, request, result);
      if (!IsPassing(status) || clock_.Now() >= give_up) return status;
      if (delay == kRetryDelayMin) {
        progress_.Clear();
        session_.err << "mlup: line " << number_ << " waits up to "
                     << absl::ToInt64Seconds(kRetryFor) << " s: " << status.message() << std::endl;
      }
      Pause(std::min(delay, give_up - clock_.Now()));
      server_.WaitUntilConnected(give_up - clock_.Now());
      delay = std::min(delay * 2, kRetryDelayMax);
    }
  }

  void Pause(absl::Duration duration) {
    MutexLock lock(mutex_);
    never_.WaitFor(mutex_, absl::ToChronoMicroseconds(duration));
  }

  nlohmann::ordered_json LineJson(const std::string& call, const char* outcome) const {
    nlohmann::ordered_json line;
    line["line"] = number_;
    line["call"] = call.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(call);
    line["outcome"] = outcome;
    return line;
  }

  // At once: a program that reads the results knows what was recorded even when the import is
  // killed.
  void PrintJson(const nlohmann::ordered_json& line) { session_.out << line.dump() << std::endl; }

  void PrintDone(const std::string& call, const command::v1::CommandResult& result) {
    ++(result.replayed() ? counts_.replayed : counts_.recorded);
    if (!session_.json) return;
    nlohmann::ordered_json line = LineJson(call, result.replayed() ? "replayed" : "recorded");
    line["position"] = result.first_position();
    PrintJson(line);
  }

  void PrintValid(const std::string& call) {
    ++counts_.valid;
    if (session_.json) PrintJson(LineJson(call, "valid"));
  }

  void PrintRefused(const std::string& call, const absl::Status& status) {
    ++counts_.refused;
    const std::string code = absl::StatusCodeToString(status.code());
    const std::string reason = ErrorReason(status);
    const std::string field = ErrorField(status);
    if (session_.json) {
      nlohmann::ordered_json line = LineJson(call, "refused");
      line["error"] = {{"code", code},
                       {"reason", reason},
                       {"field", field},
                       {"message", std::string(status.message())}};
      PrintJson(line);
      return;
    }
    progress_.Clear();
    session_.out << "line " << number_ << (call.empty() ? "" : " ") << call << ": refused, "
                 << code;
    if (!reason.empty()) session_.out << " " << reason;
    if (!field.empty()) session_.out << ", field " << field;
    session_.out << ": " << status.message() << "\n";
  }

  void PrintSummary() {
    if (session_.json) {
      const nlohmann::ordered_json counts = {{"lines", number_},
                                             {"recorded", counts_.recorded},
                                             {"replayed", counts_.replayed},
                                             {"refused", counts_.refused},
                                             {"valid", counts_.valid}};
      session_.out << nlohmann::ordered_json{{"summary", counts}}.dump() << "\n";
      return;
    }
    if (dry_run_) {
      session_.out << counts_.valid << " valid, " << counts_.refused
                   << " refused, nothing written\n";
      return;
    }
    session_.out << counts_.recorded << " recorded, " << counts_.replayed << " replayed, "
                 << counts_.refused << " refused\n";
  }

  int Stop(const absl::Status& status) {
    progress_.Clear();
    PrintSummary();
    session_.err << "mlup: stopped at line " << number_ << "; send the file again to go on\n";
    return Fail(session_, status);
  }

  const Session& session_;
  const bool dry_run_;
  SystemClock clock_;
  Server server_;
  Progress progress_;
  Counts counts_;
  std::uint64_t number_ = 0;
  Mutex mutex_;
  Condition never_;
};

std::uint64_t CountLines(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return static_cast<std::uint64_t>(
      std::count(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>(), '\n'));
}

}  // namespace

int RunImport(const Session& session, const ImportOptions& options) {
  if (options.file == "-") return Importer(session, options.dry_run, 0).Run(std::cin);
  std::ifstream file(options.file, std::ios::binary);
  if (!file) {
    session.err << "mlup: cannot read " << options.file << "\n";
    return kExitUsage;
  }
  const std::uint64_t total = session.terminal ? CountLines(options.file) : 0;
  return Importer(session, options.dry_run, total).Run(file);
}

}  // namespace mlup::cli
