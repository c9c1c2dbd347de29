// What became of the lines of an import, for people or for programs.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"

#include "mlup/command/v1/command.pb.h"
#include "services/mlup/import_line.h"
#include "services/mlup/progress.h"
#include "services/mlup/session.h"

namespace mlup::cli {

// Prints and counts. One thread; borrows its arguments.
class ImportResults {
 public:
  // `unit`: what the numbers count, `line` or `row`; a literal.
  ImportResults(const Session& session, Progress& progress, const char* unit)
      : session_(session), progress_(progress), unit_(unit) {}

  void Recorded(std::uint64_t number, const ImportLine& line,
                const command::v1::RecordResult& result);
  // Of a dry run.
  void Valid(std::uint64_t number, const ImportLine& line);
  // `line` is null for one that cannot be read.
  void Refused(std::uint64_t number, const ImportLine* line, const absl::Status& why);

  // The counts, after `lines` lines.
  void Summarise(std::uint64_t lines, bool dry_run) const;

  std::uint64_t refused() const { return refused_; }

 private:
  const Session& session_;
  Progress& progress_;
  const char* const unit_;
  std::uint64_t recorded_ = 0;
  std::uint64_t replayed_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t valid_ = 0;
};

}  // namespace mlup::cli
