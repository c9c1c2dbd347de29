// The files of the web application, as its build packs them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "eventstore/base/status.h"
#include "services/gateway/http_message.h"

namespace mlup::gateway {

// A pack is a head of lines, `mlup-web 1` and then `PATH SIZE CODING TYPE` of each file, an empty
// line, and the bytes of the files in that order. CODING is `identity` or `br`; a path may have
// both. What lies below /assets/ has its content's hash in its name and never changes.
//
// Immutable: any thread. Owns the bytes.
class WebFiles {
 public:
  // Without bytes there are no files. INVALID_ARGUMENT WEB_PACK_INVALID.
  static absl::StatusOr<WebFiles> Parse(std::string pack);

  // Answers GET and HEAD. A path that names no file, and lies not below /assets/, is a page of the
  // application: /index.html. 404 where there is no such file, and everywhere in a daemon that was
  // built without the application, which says so.
  HttpResponse Answer(const HttpRequest& request) const;

 private:
  struct File {
    std::string type;
    // Within pack_; empty where there is no such form.
    std::string_view identity;
    std::string_view brotli;
  };

  WebFiles() = default;

  absl::Status ReadLine(std::string_view line, std::string_view& bytes);

  // On the heap, as the files are views of it.
  std::shared_ptr<const std::string> pack_;
  std::map<std::string, File, std::less<>> files_;
};

}  // namespace mlup::gateway
