#include "services/installation/inspection.h"

#include <algorithm>

#include "services/installation/inspector.h"

namespace mlup::installation {

absl::Status Inspection::verdict() const {
  const auto refused = std::find_if(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.kind == Finding::Kind::kRefused;
  });
  return refused == findings.end() ? absl::OkStatus() : refused->status;
}

Inspection Inspect(Files& files, const Places& places) { return Inspector(files, places).Run(); }

}  // namespace mlup::installation
