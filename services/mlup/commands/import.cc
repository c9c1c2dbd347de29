// `mlup import`: records what the lines of a file say and tells what became of each.
//
// In the order of the file: a line may need what the line before it recorded. A line that is
// refused does not stop the others. Lines can be sent again without harm because each has a
// request_id.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>

#include "eventstore/base/clock.h"
#include "eventstore/base/limits.h"
#include "mlup/installation/v1/installation_service.pb.h"
#include "services/command/checked_request.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/exchange/map.h"
#include "services/mlup/exchange/row_source.h"
#include "services/mlup/exchange/rows.h"
#include "services/mlup/import_batch.h"
#include "services/mlup/import_line.h"
#include "services/mlup/import_results.h"
#include "services/mlup/import_source.h"
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

// The lines of a file of requests.
class LineSource final : public ImportSource {
 public:
  explicit LineSource(int descriptor) : lines_(descriptor, kJsonBytesMax) {}

  const char* unit() const override { return "line"; }
  bool Ready() override { return lines_.Ready(); }
  absl::StatusOr<std::optional<Item>> Next() override {
    while (true) {
      ASSIGN_OR_RETURN(const auto text, lines_.Next());
      if (!text.has_value()) return std::optional<Item>();
      ++number_;
      if (text->find_first_not_of(" \t\r") == std::string::npos) continue;
      return std::optional(Item{number_, ParseImportLine(*text)});
    }
  }

 private:
  LineReader lines_;
  std::uint64_t number_ = 0;
};

// One run over one file. One thread; borrows its arguments.
class Importer {
 public:
  Importer(const Session& session, const ImportOptions& options, ImportSource& source,
           std::uint64_t total)
      : session_(session),
        options_(options),
        source_(source),
        progress_(session.err, clock_, total, session.terminal),
        results_(session, progress_, source.unit()),
        batch_(session, clock_, {results_, progress_}, options.batch) {}

  int Run() {
    const absl::Status status = ImportAll();
    progress_.Clear();
    if (!status.ok()) return Stop(status);
    if (!session_.json) source_.Tell(session_.out);
    results_.Summarise(number_, options_.dry_run);
    return results_.refused() > 0 ? kExitRefused : kExitOk;
  }

 private:
  absl::Status ImportAll() {
    while (true) {
      // Whoever writes line by line waits for the answers to what was written.
      if (!batch_.empty() && !source_.Ready()) RETURN_IF_ERROR(batch_.Send());
      ASSIGN_OR_RETURN(std::optional<ImportSource::Item> item, source_.Next());
      if (!item.has_value()) return batch_.Send();
      number_ = item->number;
      if (options_.dry_run) {
        Check(item->line);
      } else {
        if (!announced_) RETURN_IF_ERROR(Announce());
        RETURN_IF_ERROR(batch_.Add(number_, std::move(item->line)));
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
    session_.err << "mlup: stopped at " << source_.unit() << " " << at
                 << "; send the file again to go on\n";
    return Fail(session_, status);
  }

  const Session& session_;
  const ImportOptions& options_;
  ImportSource& source_;
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

// Of another system, as the map says.
int ImportRows(const Session& session, const ImportOptions& options, int descriptor) {
  const SystemClock clock;
  const auto map = exchange::ReadMap(options.map, options.from);
  if (!map.ok()) return FailUsage(session, map.status());
  auto rows = exchange::OpenRows(descriptor, map->form());
  if (!rows.ok()) return FailUsage(session, rows.status());
  exchange::RowSource source(*map, clock, *std::move(rows));
  return Importer(session, options, source, 0).Run();
}

}  // namespace

int RunImport(const Session& session, const ImportOptions& options) {
  const bool counts = session.terminal && options.file != "-";
  return ReadInput(session, options.file, [&](int descriptor) {
    if (!options.from.empty()) return ImportRows(session, options, descriptor);
    LineSource source(descriptor);
    return Importer(session, options, source, counts ? CountLines(options.file) : 0).Run();
  });
}

}  // namespace mlup::cli
