// A child's history as a page to print, or in a form that others want filled.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

#include "mlup/audit/v1/audit.pb.h"
#include "services/mlup/page_language.h"

namespace mlup::cli {

// What a page says besides the history.
struct PageFacts {
  // The tree of the log that holds the history, by its newest checkpoint.
  std::uint64_t tree_size = 0;
  std::string tree_root;
  // The checkpoint itself, signed by the log.
  std::string note;
  // Purpose of the reading, and the cut that was asked for; a day is empty where there is none.
  std::string purpose;
  std::string as_known_at;
  std::string as_occurred_at;
  // Which form stands on the page: with states after each entry in order of recording, as a tree of
  // causes, or neither.
  bool steps = false;
  bool tree = false;
};

// The page that `mlup` carries, or the one whose text is `form` (deploy/forms/README.md). Whatever
// stands in the record is escaped for the place in the page where it stands, in a form too.
// INVALID_ARGUMENT FORM_DAMAGED where the form is none.
absl::StatusOr<std::string> HistoryPage(const audit::v1::GetCaseHistoryResponse& history,
                                        const PageFacts& facts, const PageLanguage& language,
                                        const std::string& form = "");

}  // namespace mlup::cli
