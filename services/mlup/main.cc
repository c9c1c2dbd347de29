// The program mlup.
#include <iostream>

#include "services/mlup/command_line.h"

int main(int argc, char** argv) {
  return mlup::cli::RunCommandLine(argc, argv, std::cout, std::cerr);
}
