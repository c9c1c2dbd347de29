// The command line: its words, options and help.
#pragma once

#include <ostream>

namespace mlup::cli {

// Parses the arguments, runs the command and returns the exit code.
int RunCommandLine(int argc, const char* const* argv, std::ostream& out, std::ostream& err);

}  // namespace mlup::cli
