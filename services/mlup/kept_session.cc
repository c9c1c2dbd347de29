#include "services/mlup/kept_session.h"

#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/private_file.h"
#include "eventstore/base/status.h"

namespace mlup::cli {
namespace {

// Empty where the environment names no home.
std::string Folder() {
  // NOLINTBEGIN(concurrency-mt-unsafe): nothing here changes the environment.
  const char* const state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state == '/') return absl::StrCat(state, "/mlup");
  const char* const home = std::getenv("HOME");
  // NOLINTEND(concurrency-mt-unsafe)
  if (home != nullptr && *home == '/') return absl::StrCat(home, "/.local/state/mlup");
  return "";
}

std::string PathFor(const std::string& server) {
  const std::string folder = Folder();
  return folder.empty() ? ""
                        : absl::StrCat(folder, "/", absl::WebSafeBase64Escape(server), ".session");
}

}  // namespace

std::string KeptToken(Files& files, const std::string& server) {
  const std::string path = PathFor(server);
  if (path.empty() || !CheckPrivate(path, "SESSION_FILE_MODE").ok()) return "";
  const absl::StatusOr<std::string> token = files.ReadAll(path);
  return token.ok() ? std::string(absl::StripAsciiWhitespace(*token)) : "";
}

absl::Status KeepToken(Files& files, const std::string& server, const std::string& token) {
  const std::string path = PathFor(server);
  if (path.empty()) {
    return Error(absl::StatusCode::kFailedPrecondition, "HOME_UNKNOWN",
                 "neither XDG_STATE_HOME nor HOME names a folder to keep the session in");
  }
  RETURN_IF_ERROR(files.MakeFolder(Folder()));
  return files.Replace(path, token + "\n");
}

absl::Status ForgetToken(Files& files, const std::string& server) {
  const std::string path = PathFor(server);
  if (path.empty()) return absl::OkStatus();
  const absl::Status removed = files.Remove(path);
  return absl::IsNotFound(removed) ? absl::OkStatus() : removed;
}

}  // namespace mlup::cli
