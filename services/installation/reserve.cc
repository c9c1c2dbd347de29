#include "services/installation/reserve.h"

#include <memory>

#include "absl/strings/str_cat.h"

#include "eventstore/base/diagnostics.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"

namespace mlup::installation {
namespace {

// So much more than the reserve must be free before it is taken.
constexpr std::uint64_t kPlenty = 8 * kLowRoomBytes;

std::string PathIn(const std::string& data) { return data + "/reserve"; }

}  // namespace

absl::Status ReleaseReserve(Files& files, const std::string& data) {
  const std::uint64_t room = files.Room(data);
  if (room >= kLowRoomBytes) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool exists, files.Exists(PathIn(data)));
  if (exists) RETURN_IF_ERROR(files.Remove(PathIn(data)));
  Tell(absl::StrCat("mlupd: warning: DISK_FULL: ", room >> 20, " MB are left on the disk of ", data,
                    ": what is there can be read, and nothing is recorded until there are ",
                    kLowRoomBytes >> 20, " MB: make room"));
  return absl::OkStatus();
}

absl::Status TakeReserve(Files& files, const std::string& data) {
  ASSIGN_OR_RETURN(const bool exists, files.Exists(PathIn(data)));
  if (exists || files.Room(data) < kPlenty) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                   files.Open(PathIn(data), Files::Mode::kCreate));
  return file->Occupy(kLowRoomBytes);
}

}  // namespace mlup::installation
