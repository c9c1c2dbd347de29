#include "projections/postgres/conninfo.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include <libpq-fe.h>

#include "eventstore/base/loopback.h"
#include "eventstore/base/private_file.h"

namespace mlup::postgres {
namespace {

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

absl::Status Bad(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason, message);
}

// A folder of sockets, an abstract socket, or this machine.
bool StaysHere(std::string_view host) {
  return host.starts_with('/') || host.starts_with('@') || IsLoopback(host);
}

}  // namespace

absl::Status CheckConninfo(const std::string& conninfo) {
  const std::unique_ptr<PQconninfoOption, FreeOptions> options(
      PQconninfoParse(conninfo.c_str(), nullptr));
  if (options == nullptr) {
    return Bad("POSTGRES_FILE_INVALID",
               "the file of --postgres must hold one connection string of libpq, such as "
               "`host=/run/postgresql dbname=mlup user=mlup`");
  }
  std::map<std::string, std::string> given;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) given[option->keyword] = option->val;
  }
  std::vector<std::string> hosts;
  for (const char* key : {"host", "hostaddr"}) {
    if (!given.contains(key)) continue;
    const std::vector<std::string> named = absl::StrSplit(given[key], ',');
    hosts.insert(hosts.end(), named.begin(), named.end());
  }
  if (hosts.empty() || given.contains("service")) {
    return Bad("POSTGRES_HOST_MISSING",
               "the connection string of --postgres must name its host itself, by host= or "
               "hostaddr=, and no service=");
  }
  if (!std::ranges::all_of(hosts, StaysHere) && given["sslmode"] != "verify-full") {
    return Bad("POSTGRES_WITHOUT_TLS",
               "the connection string of --postgres leaves this machine: add sslmode=verify-full "
               "and sslrootcert=FILE, or name a folder of sockets or 127.0.0.1");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadConninfo(const std::string& path, Files& files) {
  RETURN_IF_ERROR(CheckPrivate(path, "POSTGRES_FILE_MODE"));
  ASSIGN_OR_RETURN(const std::string text, files.ReadAll(path));
  std::string conninfo(absl::StripAsciiWhitespace(text));
  RETURN_IF_ERROR(CheckConninfo(conninfo));
  return conninfo;
}

}  // namespace mlup::postgres
