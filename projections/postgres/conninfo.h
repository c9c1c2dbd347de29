// The file that says where PostgreSQL is and who the daemon is there.
#pragma once

#include <string>

#include "eventstore/base/files.h"
#include "eventstore/base/status.h"

namespace mlup::postgres {

// Reads a file that holds one connection string of libpq, `host=/run/postgresql dbname=mlup`.
//
// FAILED_PRECONDITION POSTGRES_FILE_MODE where others may use the file; INVALID_ARGUMENT
// POSTGRES_FILE_INVALID for what is no connection string, POSTGRES_HOST_MISSING where it names no
// host or a service, POSTGRES_WITHOUT_TLS where it leaves this machine without
// `sslmode=verify-full`. No message holds anything of the file but names of its keys.
absl::StatusOr<std::string> ReadConninfo(const std::string& path, Files& files);

// The same of its text.
absl::Status CheckConninfo(const std::string& conninfo);

}  // namespace mlup::postgres
