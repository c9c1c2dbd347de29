// The file that a command reads, as the user names it.
#pragma once

#include <functional>
#include <string>

#include "services/mlup/session.h"

namespace mlup::cli {

// Runs `read` on the file's descriptor, or on standard input where it is called `-`; what it
// returns is the exit code. One that cannot be read is a usage error.
int ReadInput(const Session& session, const std::string& file,
              const std::function<int(int descriptor)>& read);

}  // namespace mlup::cli
