// `mlup case history`: all that is known to have happened to one child, in order; or what belongs
// together, of several.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "eventstore/base/bytes.h"
#include "eventstore/base/files.h"
#include "eventstore/base/status.h"
#include "eventstore/proof/note.h"
#include "mlup/audit/v1/audit.pb.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/history_page.h"
#include "services/mlup/history_text.h"
#include "services/mlup/output_file.h"
#include "services/mlup/page_language.h"
#include "services/mlup/pdf.h"
#include "services/mlup/proof_calls.h"
#include "services/mlup/proto_json.h"
#include "services/mlup/server_rpc.h"
#include "services/mlup/words.h"

namespace mlup::cli {
namespace {

using audit::v1::GetCaseHistoryRequest;
using audit::v1::GetCaseHistoryResponse;
using audit::v1::HistoryEntry;

constexpr std::size_t kFormBytesMax = std::size_t{1} << 20;

// The request that the options make.
GetCaseHistoryRequest RequestOf(const Reader& reader, const HistoryOptions& options) {
  GetCaseHistoryRequest request;
  SetAsker(reader, request);
  request.set_id(options.id);
  request.set_household_id(options.household);
  request.set_correlation_id(options.correlation);
  // The daemon says what is missing where there is no slash.
  const std::pair<std::string, std::string> source =
      absl::StrSplit(options.source, absl::MaxSplits('/', 1));
  request.set_source_system(source.first);
  request.set_source_id(source.second);
  request.set_purpose(options.purpose);
  request.set_reveal_special(options.reveal);
  request.set_as_of_position(options.position);
  request.set_as_known_at(options.as_known_at);
  request.set_as_occurred_at(options.as_occurred_at);
  request.set_with_readings(options.readings);
  // A form may say what holds now.
  request.set_with_states(options.steps || !options.form.empty());
  return request;
}

// What can be wrong with the file is found before anything is read of the child.
absl::Status CheckOutput(const HistoryOptions& options) {
  ASSIGN_OR_RETURN(const bool exists, SystemFiles().Exists(options.file));
  if (exists) {
    return FieldError(absl::StatusCode::kInvalidArgument, "OUTPUT_EXISTS", "-o",
                      absl::StrCat(options.file, " is there already: remove it, or name another"));
  }
  return options.format == "pdf" ? CheckPdfMaker() : absl::OkStatus();
}

absl::StatusOr<std::string> ReadForm(const std::string& path) {
  if (path.empty()) return "";
  ASSIGN_OR_RETURN(std::string form, SystemFiles().ReadAll(path));
  if (form.empty() || form.size() > kFormBytesMax) {
    return FieldError(absl::StatusCode::kInvalidArgument, "FORM_DAMAGED", "--form",
                      absl::StrCat("must have 1 to ", kFormBytesMax, " bytes"));
  }
  return form;
}

absl::StatusOr<std::string> FileOf(const Session& session, const GetCaseHistoryResponse& history,
                                   const HistoryOptions& options, const std::string& form) {
  Server server(session.server);
  // Taken after the reading, so that its tree holds the record of the reading too.
  ASSIGN_OR_RETURN(const ShownLog shown, AskCheckpoint(server));
  ASSIGN_OR_RETURN(const proof::OpenedCheckpoint opened, proof::OpenCheckpoint(shown.note, {}));
  const PageFacts facts{opened.checkpoint.size,
                        absl::BytesToHexString(ToAbsl(AsText(opened.checkpoint.root))),
                        shown.note,
                        options.purpose,
                        options.as_known_at,
                        options.as_occurred_at,
                        options.steps,
                        options.tree};
  const PageLanguage language(options.language == "km");
  ASSIGN_OR_RETURN(std::string page, HistoryPage(history, facts, language, form));
  if (options.format == "html") return page;
  return MakePdf(page);
}

std::string HeadingOf(const GetCaseHistoryResponse& history, const HistoryOptions& options) {
  if (!options.household.empty()) return absl::StrCat("Household ", options.household);
  if (!options.correlation.empty()) return absl::StrCat("Piece of work ", options.correlation);
  if (!options.source.empty()) return absl::StrCat("From ", options.source);
  return absl::StrCat("History of ", history.subject().empty() ? "one child" : history.subject());
}

int WriteHistory(const Session& session, const GetCaseHistoryResponse& history,
                 const HistoryOptions& options, const std::string& form) {
  const auto bytes = FileOf(session, history, options, form);
  if (!bytes.ok()) return Fail(session, bytes.status());
  const auto written = WriteOutput(options.file, [&](const TakePiece& take) {
    // WriteOutput() says what was wrong where it was not taken.
    take(*bytes);
    return absl::OkStatus();
  });
  if (!written.ok()) return Fail(session, written.status());
  session.out << "Written   " << options.file << ", " << written->size() << " bytes, "
              << history.total() << " entries up to position " << history.position()
              << "; this reading is recorded at position " << history.access_position() << "\n";
  return kExitOk;
}

}  // namespace

int RunHistory(const Session& session, const Reader& reader, const HistoryOptions& options) {
  if (!options.file.empty()) {
    if (const absl::Status fits = CheckOutput(options); !fits.ok()) return FailUsage(session, fits);
  }
  const auto form = ReadForm(options.form);
  if (!form.ok()) return FailUsage(session, form.status());
  const auto history = CallAllPages<GetCaseHistoryResponse>(
      session.server, "mlup.audit.v1.AuditService/GetCaseHistory", RequestOf(reader, options),
      [](GetCaseHistoryResponse& whole) {
        whole.clear_persons();
        whole.clear_unreadable();
      });
  if (!history.ok()) return Fail(session, history.status());
  if (!options.file.empty()) return WriteHistory(session, *history, options, *form);
  if (session.json) {
    session.out << ToJson(*history) << "\n";
    return kExitOk;
  }
  session.out << HeadingOf(*history, options) << ": " << history->total()
              << " entries, complete up to position " << history->position() << " of "
              << TimeWords(history->position_recorded_at())
              << "; this reading is recorded at position " << history->access_position() << "\n";
  const std::string_view persons_are = options.id.empty()
                                           ? "Records of persons of whom something is told:\n"
                                           : "Records that were merged into one child's:\n";
  for (int i = 0; i < history->persons_size(); ++i) {
    session.out << (i == 0 ? persons_are : "") << "  record " << i + 1 << "  "
                << history->persons(i) << "\n";
  }
  session.out << "\n";
  const auto print = options.steps ? PrintSteps : options.tree ? PrintTree : PrintHistory;
  print(session.out, *history);
  if (history->earlier_readings() > 0) {
    session.out << "Not shown: " << history->earlier_readings()
                << " earlier readings; `mlup audit accesses` lists them\n";
  }
  if (!history->unreadable().empty()) {
    session.out << "Not shown: events that this program cannot read, at position "
                << absl::StrJoin(history->unreadable(), ", ") << "\n";
  }
  return kExitOk;
}

}  // namespace mlup::cli
