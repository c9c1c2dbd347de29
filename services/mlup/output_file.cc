#include "services/mlup/output_file.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

#include "eventstore/base/files.h"
#include "eventstore/base/status.h"

namespace mlup::cli {

absl::StatusOr<std::string> WriteOutput(
    const std::string& path, const std::function<absl::Status(const TakePiece& take)>& fetch) {
  Files& files = SystemFiles();
  std::error_code error;
  const auto found = std::filesystem::symlink_status(path, error);
  if (std::filesystem::exists(found) && !std::filesystem::is_regular_file(found)) {
    return FieldError(absl::StatusCode::kInvalidArgument, "OUTPUT_NOT_A_FILE", "-o",
                      absl::StrCat(path, " is a link, a folder or a device: name a file"));
  }
  const std::string part = path + ".part";
  std::string bytes;
  {
    ASSIGN_OR_RETURN(const auto file, files.Open(part, Files::Mode::kCreate));
    absl::Status written;
    const absl::Status fetched = fetch([&](const std::string& piece) {
      written = file->Write(bytes.size(), piece);
      bytes += piece;
      return written.ok();
    });
    absl::Status done = written.ok() ? fetched : written;
    if (done.ok()) done = file->Sync();
    if (!done.ok()) {
      files.Remove(part).IgnoreError();  // nothing of it is worth keeping
      return done;
    }
  }
  if (const absl::Status renamed = files.Rename(part, path); !renamed.ok()) {
    files.Remove(part).IgnoreError();
    return renamed;
  }
  RETURN_IF_ERROR(files.SyncFolder(FolderOf(path)));
  return bytes;
}

}  // namespace mlup::cli
