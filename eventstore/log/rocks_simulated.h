// RocksDB on a disk in memory whose power can be cut; for tests.
#pragma once

#include <memory>

#include <rocksdb/env.h>

#include "eventstore/base/simulated_files.h"

namespace mlup::log {

// An environment whose files are those of `files`, which must outlive it; threads and time are the
// system's. Any thread.
std::unique_ptr<rocksdb::Env> SimulatedEnv(SimulatedFiles& files);

}  // namespace mlup::log
