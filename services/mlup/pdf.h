// Pages as PDF, made by WeasyPrint.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace mlup::cli {

// UNAVAILABLE PDF_MAKER_MISSING, naming what to install, where there is no `weasyprint` in PATH.
absl::Status CheckPdfMaker();

// Hands the page to WeasyPrint and takes the PDF from it, through pipes: nothing of it is written
// to a file. UNAVAILABLE PDF_MAKER_MISSING; INTERNAL PDF_NOT_MADE.
absl::StatusOr<std::string> MakePdf(const std::string& html);

}  // namespace mlup::cli
