#include "services/gateway/web_files.h"

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "services/gateway/error_body.h"

namespace mlup::gateway {
namespace {

constexpr std::string_view kHead = "mlup-web 1\n";
constexpr std::string_view kIndex = "/index.html";

absl::Status Invalid(std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "WEB_PACK_INVALID", message);
}

// Whatever is below has its content's hash in its name.
constexpr std::string_view kAssets = "/assets/";

}  // namespace

absl::StatusOr<WebFiles> WebFiles::Parse(std::string pack) {
  WebFiles files;
  files.pack_ = std::make_shared<const std::string>(std::move(pack));
  const std::string_view text = *files.pack_;
  if (text.empty()) return files;
  const std::size_t end = text.find("\n\n");
  if (!text.starts_with(kHead) || end == std::string_view::npos) {
    return Invalid("not a pack of the web application");
  }
  const std::string_view lines = text.substr(kHead.size(), end - kHead.size());
  std::string_view bytes = text.substr(end + 2);
  for (const absl::string_view line : absl::StrSplit(ToAbsl(lines), '\n')) {
    RETURN_IF_ERROR(files.ReadLine(ToStd(line), bytes));
  }
  if (!bytes.empty()) return Invalid("holds more bytes than its head says");
  return files;
}

absl::Status WebFiles::ReadLine(std::string_view line, std::string_view& bytes) {
  const std::vector<std::string> words = absl::StrSplit(ToAbsl(line), absl::MaxSplits(' ', 3));
  std::size_t size = 0;
  if (words.size() != 4 || !absl::SimpleAtoi(words[1], &size) || size > bytes.size() ||
      (words[2] != "identity" && words[2] != "br")) {
    return Invalid(absl::StrCat("line not understood: ", ToAbsl(line)));
  }
  File& file = files_[words[0]];
  file.type = words[3];
  (words[2] == "br" ? file.brotli : file.identity) = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return absl::OkStatus();
}

HttpResponse WebFiles::Answer(const HttpRequest& request) const {
  if (files_.empty()) {
    return ErrorResponse(404, "WEB_NOT_BUILT", "",
                         "this daemon was built without the web application: build it where npm is "
                         "installed");
  }
  auto found = files_.find(request.path);
  if (found == files_.end() && !absl::StartsWith(request.path, ToAbsl(kAssets)))
    found = files_.find(kIndex);
  if (found == files_.end()) return ErrorResponse(404, "PATH_UNKNOWN", "", "there is no such file");
  const File& file = found->second;
  const bool brotli =
      !file.brotli.empty() && absl::StrContains(ToAbsl(request.Header("accept-encoding")), "br");
  HttpResponse response;
  response.body = std::string(brotli ? file.brotli : file.identity);
  response.headers = {{"Content-Type", file.type}, {"Vary", "Accept-Encoding"}};
  if (brotli) response.headers.emplace_back("Content-Encoding", "br");
  response.headers.emplace_back("Cache-Control", absl::StartsWith(found->first, ToAbsl(kAssets))
                                                     ? "public, max-age=31536000, immutable"
                                                     : "no-cache");
  return response;
}

}  // namespace mlup::gateway
