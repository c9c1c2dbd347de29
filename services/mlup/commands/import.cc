// `mlup import`: records what the lines of a file say and tells what became of each.
//
// In the order of the file: a line may need what the line before it recorded. A line that is
// refused does not stop the others. Lines can be sent again without harm because each has a
// request_id.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "eventstore/base/clock.h"
#include "eventstore/base/limits.h"
#include "mlup/installation/v1/installation_service.pb.h"
#include "services/command/checked_request.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/import_batch.h"
#include "services/mlup/import_line.h"
#include "services/mlup/import_results.h"
#include "services/mlup/input_file.h"
#include "services/mlup/line_reader.h"
#include "services/mlup/progress.h"
#include "services/mlup/server_rpc.h"

namespace mlup::cli {
namespace {

// A line that a person types; empty where nobody can. Standard input may be the file.
std::string AskTerminal() {
  std::ifstream terminal("/dev/tty");
  std::string line;
  std::getline(terminal, line);
  return line;
}

// One run over one file. One thread; borrows its arguments.
class Importer {
 public:
  Importer(const Session& session, const ImportOptions& options, std::uint64_t total)
      : session_(session),
        options_(options),
        progress_(session.err, clock_, total, session.terminal),
        results_(session, progress_),
        batch_(session, clock_, {results_, progress_}, options.batch) {}

  int Run(int descriptor) {
    const absl::Status status = ImportAll(descriptor);
    progress_.Clear();
    if (!status.ok()) return Stop(status);
    results_.Summarise(number_, options_.dry_run);
    return results_.refused() > 0 ? kExitRefused : kExitOk;
  }

 private:
  absl::Status ImportAll(int descriptor) {
    LineReader lines(descriptor, kJsonBytesMax);
    while (true) {
      // Whoever writes line by line waits for the answers to what was written.
      if (!batch_.empty() && !lines.Ready()) RETURN_IF_ERROR(batch_.Send());
      ASSIGN_OR_RETURN(const auto text, lines.Next());
      if (!text.has_value()) return batch_.Send();
      ++number_;
      if (text->find_first_not_of(" \t\r") == std::string::npos) continue;
      absl::StatusOr<ImportLine> line = ParseImportLine(*text);
      if (options_.dry_run) {
        Check(line);
      } else {
        if (!announced_) RETURN_IF_ERROR(Announce());
        RETURN_IF_ERROR(batch_.Add(number_, std::move(line)));
      }
    }
  }

  // Says which daemon is written to, and how much it holds, before anything is: the usual address
  // may be another one's. One that is not there is told at once.
  absl::Status Announce() {
    announced_ = true;
    const auto about = CallOnce<installation::v1::DescribeResponse>(
        session_.server, "mlup.installation.v1.InstallationService/Describe",
        installation::v1::DescribeRequest());
    RETURN_IF_ERROR(about.status());
    session_.err << "mlup: importing into " << about->name() << " (" << session_.server
                 << "), which is at position " << about->head()
                 << (about->holds_real_data() ? " and holds data of real people" : "") << "\n";
    if (!about->holds_real_data() || options_.yes || !session_.terminal) return absl::OkStatus();
    session_.err << "Import into it? yes or no: " << std::flush;
    if (AskTerminal() == "yes") return absl::OkStatus();
    return Error(absl::StatusCode::kFailedPrecondition, "NOT_CONFIRMED",
                 "nothing was recorded: only `yes` begins the import");
  }

  void Check(const absl::StatusOr<ImportLine>& line) {
    const absl::Status status =
        line.ok() ? command::CheckFields(line->record(), clock_.Now()) : line.status();
    if (status.ok()) {
      results_.Valid(number_, *line);
    } else {
      results_.Refused(number_, line.ok() ? &*line : nullptr, status);
    }
    progress_.Show(number_);
  }

  int Stop(const absl::Status& status) {
    const std::uint64_t at = batch_.empty() ? number_ + 1 : batch_.first_line();
    results_.Summarise(at, options_.dry_run);
    session_.err << "mlup: stopped at line " << at << "; send the file again to go on\n";
    return Fail(session_, status);
  }

  const Session& session_;
  const ImportOptions& options_;
  SystemClock clock_;
  Progress progress_;
  ImportResults results_;
  ImportBatch batch_;
  std::uint64_t number_ = 0;
  bool announced_ = false;
};

std::uint64_t CountLines(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return static_cast<std::uint64_t>(
      std::count(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>(), '\n'));
}

}  // namespace

int RunImport(const Session& session, const ImportOptions& options) {
  const bool counts = session.terminal && options.file != "-";
  return ReadInput(session, options.file, [&](int descriptor) {
    return Importer(session, options, counts ? CountLines(options.file) : 0).Run(descriptor);
  });
}

}  // namespace mlup::cli
