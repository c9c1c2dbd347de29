// What every RocksDB of ours needs: its messages on standard error instead of in files of the data
// folder, and a look at the folder before it is opened.
#pragma once

#include <memory>
#include <string>

#include <rocksdb/env.h>

#include "eventstore/base/files.h"

namespace mlup::log {

// A logger that passes on errors only and cannot fail. RocksDB's default writes a file beside the
// data, and Debian's build ends the process when that write meets a full disk. Any thread.
std::shared_ptr<rocksdb::Logger> MakeRocksInfoLog();

// The name of a file in a RocksDB's folder at whose number RocksDB aborts, which it never makes;
// empty where there is none.
std::string StrayFileIn(Files& files, const std::string& folder);

}  // namespace mlup::log
