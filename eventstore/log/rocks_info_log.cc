#include "eventstore/log/rocks_info_log.h"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "eventstore/base/diagnostics.h"

namespace mlup::log {
namespace {

class StandardErrorLog final : public rocksdb::Logger {
 public:
  StandardErrorLog() : Logger(rocksdb::InfoLogLevel::ERROR_LEVEL) {}

  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    std::array<char, 512> line{};
    std::vsnprintf(line.data(), line.size(), format, arguments);
    Tell(absl::StrCat("rocksdb: ", line.data()));
  }
};

}  // namespace

std::string StrayFileIn(Files& files, const std::string& folder) {
  const auto names = files.List(folder);
  for (const std::string& name : names.ok() ? *names : std::vector<std::string>()) {
    const std::size_t digits = name.find_first_not_of('0');
    if (digits == std::string::npos || digits == 0) continue;
    if (const std::string ending = name.substr(digits); ending == ".log" || ending == ".sst") {
      return name;
    }
  }
  return {};
}

std::shared_ptr<rocksdb::Logger> MakeRocksInfoLog() { return std::make_shared<StandardErrorLog>(); }

}  // namespace mlup::log
