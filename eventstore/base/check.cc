#include "eventstore/base/check.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"

#include "eventstore/base/diagnostics.h"

namespace mlup {

void CheckFailed(const char* file, int line, const char* condition) {
  Tell(absl::StrCat(file, ":", line, ": CHECK failed: ", condition));
  std::abort();
}

}  // namespace mlup
