// RocksDB's own messages, on standard error instead of in files of the data folder.
#pragma once

#include <memory>

#include <rocksdb/env.h>

namespace mlup::log {

// A logger that passes on errors only and cannot fail. RocksDB's default writes a file beside the
// data, and Debian's build ends the process when that write meets a full disk. Any thread.
std::shared_ptr<rocksdb::Logger> MakeRocksInfoLog();

}  // namespace mlup::log
