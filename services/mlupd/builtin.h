// Files that are part of the program, so that it runs from anywhere.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace mlup::daemon {

// deploy/roles.textproto as it was when the program was built.
std::string_view BuiltinRoles();

// The files of projections/indicators as they were when the program was built.
std::string_view BuiltinIndicators();

// The files of projections/dashboards, likewise.
std::string_view BuiltinDashboards();

// The pack of the web application (gateway::WebFiles); empty in a program built without it.
std::string_view BuiltinWeb();

// The content of `path`, or `builtin` where no path is given. Errors as Files::ReadAll().
absl::StatusOr<std::string> ReadOr(const std::string& path, std::string_view builtin);

}  // namespace mlup::daemon
