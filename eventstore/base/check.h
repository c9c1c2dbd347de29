// CHECK: what must be true if our own code is right. Never for input from outside.
#pragma once

namespace mlup {

// Prints the place and the condition, then aborts the process.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition);

}  // namespace mlup

#define CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::mlup::CheckFailed(__FILE__, __LINE__, #condition))
