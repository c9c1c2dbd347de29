// The built-in files (see embed.cmake).
#include "services/mlupd/builtin.h"

#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"

#include "eventstore/base/status.h"

extern "C" const char mlup_roles_begin[];
extern "C" const char mlup_roles_end[];
extern "C" const char mlup_indicators_begin[];
extern "C" const char mlup_indicators_end[];

namespace mlup::daemon {

std::string_view BuiltinRoles() {
  return {mlup_roles_begin, static_cast<std::size_t>(mlup_roles_end - mlup_roles_begin)};
}

std::string_view BuiltinIndicators() {
  return {mlup_indicators_begin,
          static_cast<std::size_t>(mlup_indicators_end - mlup_indicators_begin)};
}

absl::StatusOr<std::string> ReadOr(const std::string& path, std::string_view builtin) {
  if (path.empty()) return std::string(builtin);
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return Error(absl::StatusCode::kNotFound, "FILE_MISSING", absl::StrCat("cannot read ", path));
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

}  // namespace mlup::daemon
