// The built-in dashboards, for tests.
#pragma once

#include <fstream>
#include <sstream>
#include <string>

#include "projections/counting/counting_test_log.h"
#include "projections/counting/dashboards.h"

namespace mlup::counting {

inline std::string ReadFile(const char* path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << path;
  return text.str();
}

inline const Definitions& Builtin() {
  static const Definitions& definitions = *[] {
    auto parsed =
        Definitions::Parse(ReadFile(MLUP_INDICATORS_FILE), ReadFile(MLUP_DASHBOARDS_FILE));
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    return new Definitions(*std::move(parsed));
  }();
  return definitions;
}

}  // namespace mlup::counting
