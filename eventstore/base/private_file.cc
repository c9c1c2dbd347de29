// The mode says who may.
#include "eventstore/base/private_file.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_format.h"

#include "eventstore/base/status.h"

namespace mlup {

absl::Status CheckPrivate(const std::string& path, std::string_view reason) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::file_status found = fs::status(path, error);
  constexpr fs::perms kOthers = fs::perms::group_all | fs::perms::others_all;
  if (!fs::is_regular_file(found) || (found.permissions() & kOthers) == fs::perms::none) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kFailedPrecondition, reason,
               absl::StrFormat("others than its owner may use %s (mode %04o): chmod 600 it", path,
                               static_cast<unsigned>(found.permissions())));
}

absl::Status CheckOwnFolder(const std::string& path, std::string_view reason) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::file_status found = fs::status(path, error);
  constexpr fs::perms kOthers = fs::perms::group_write | fs::perms::others_write;
  if (!fs::is_directory(found) || (found.permissions() & kOthers) == fs::perms::none) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kFailedPrecondition, reason,
               absl::StrFormat("others than its owner may change %s (mode %04o): chmod 700 it",
                               path, static_cast<unsigned>(found.permissions())));
}

}  // namespace mlup
