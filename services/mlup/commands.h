// The commands of the command line. Each prints to the session's streams and returns the exit code.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/mlup/session.h"

namespace mlup::cli {

struct ImportOptions {
  // Path of the file; `-` is standard input.
  std::string file;
  bool dry_run = false;
};
int RunImport(const Session& session, const ImportOptions& options);

// `name`: a call, a method or a fact; empty for the list.
int RunSchema(const Session& session, const std::string& name);

// `code`: one indicator; empty for the list.
int RunIndicators(const Session& session, const Reader& reader, const std::string& code);

struct ReportOptions {
  std::string period;
  std::string as_known_at;
  std::uint64_t position = 0;
  // `CODE` or `CODE{dimension=member}` whose events are listed instead of the report.
  std::string evidence;
  // Whether the parts of each figure (by sex, age, province ...) are printed too.
  bool parts = false;
};
int RunReport(const Session& session, const Reader& reader, const ReportOptions& options);
int RunSum(const Session& session, const Reader& reader, const ReportOptions& options,
           const std::vector<std::string>& codes);

struct HistoryOptions {
  std::string id;
  std::string purpose;
};
int RunHistory(const Session& session, const Reader& reader, const HistoryOptions& options);

struct TailOptions {
  // First position; 0 for the last few events.
  std::uint64_t from = 0;
  bool follow = false;
};
int RunTail(const Session& session, const TailOptions& options);

struct DoctorOptions {
  // The daemon's data folder, and its journal if that is elsewhere.
  std::string data;
  std::string journal;
};
int RunDoctor(const Session& session, const DoctorOptions& options);

int RunStatus(const Session& session);

}  // namespace mlup::cli
