#include "services/mlup/input_file.h"

#include <fcntl.h>
#include <unistd.h>

namespace mlup::cli {

int ReadInput(const Session& session, const std::string& file,
              const std::function<int(int descriptor)>& read) {
  if (file == "-") return read(STDIN_FILENO);
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    session.err << "mlup: cannot read " << file << "\n";
    return kExitUsage;
  }
  const int code = read(descriptor);
  close(descriptor);
  return code;
}

}  // namespace mlup::cli
