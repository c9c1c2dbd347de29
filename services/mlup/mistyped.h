// What was meant by a word of the command line that names nothing.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace mlup::cli {

// What to say of the first of the words that names no command or option of `app`, with the name
// that was probably meant and all that there are; empty where all do. Pure.
std::string Mistyped(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace mlup::cli
