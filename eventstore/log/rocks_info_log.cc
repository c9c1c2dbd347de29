#include "eventstore/log/rocks_info_log.h"

#include <array>
#include <cstdarg>
#include <cstdio>

namespace mlup::log {
namespace {

class StandardErrorLog final : public rocksdb::Logger {
 public:
  StandardErrorLog() : Logger(rocksdb::InfoLogLevel::ERROR_LEVEL) {}

  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    std::array<char, 512> line{};
    std::vsnprintf(line.data(), line.size(), format, arguments);
    std::fprintf(stderr, "rocksdb: %s\n", line.data());
  }
};

}  // namespace

std::shared_ptr<rocksdb::Logger> MakeRocksInfoLog() { return std::make_shared<StandardErrorLog>(); }

}  // namespace mlup::log
