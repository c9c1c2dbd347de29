// The built-in files (see embed.cmake).
#include "services/mlupd/builtin.h"

#include "eventstore/base/files.h"

extern "C" const char mlup_roles_begin[];
extern "C" const char mlup_roles_end[];
extern "C" const char mlup_indicators_begin[];
extern "C" const char mlup_indicators_end[];
extern "C" const char mlup_dashboards_begin[];
extern "C" const char mlup_dashboards_end[];

extern "C" const char mlup_web_begin[];
extern "C" const char mlup_web_end[];

namespace mlup::daemon {

std::string_view BuiltinRoles() {
  return {mlup_roles_begin, static_cast<std::size_t>(mlup_roles_end - mlup_roles_begin)};
}

std::string_view BuiltinIndicators() {
  return {mlup_indicators_begin,
          static_cast<std::size_t>(mlup_indicators_end - mlup_indicators_begin)};
}

std::string_view BuiltinDashboards() {
  return {mlup_dashboards_begin,
          static_cast<std::size_t>(mlup_dashboards_end - mlup_dashboards_begin)};
}

std::string_view BuiltinWeb() {
  return {mlup_web_begin, static_cast<std::size_t>(mlup_web_end - mlup_web_begin)};
}

absl::StatusOr<std::string> ReadOr(const std::string& path, std::string_view builtin) {
  if (path.empty()) return std::string(builtin);
  return SystemFiles().ReadAll(path);
}

}  // namespace mlup::daemon
