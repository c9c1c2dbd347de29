// libpq without its waiting functions.
#include "projections/postgres/connection.h"

#include <algorithm>
#include <cerrno>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include <libpq-fe.h>
#include <poll.h>

namespace mlup::postgres {
namespace {

constexpr int kLookMs = 100;
constexpr int kConnectMs = 10'000;
constexpr int kAnswerMs = 120'000;
constexpr std::size_t kCopyBytes = 64 << 10;

absl::Status Unavailable(std::string_view why) {
  return Error(absl::StatusCode::kUnavailable, "POSTGRES_UNAVAILABLE", why);
}

// Of a refused statement. The words of errors about data (classes 22 and 23) hold values of rows.
absl::Status Refused(const PGresult* result) {
  const auto field = [result](int code) -> std::string {
    const char* text = PQresultErrorField(result, code);
    return text == nullptr ? "" : text;
  };
  const std::string state = field(PG_DIAG_SQLSTATE);
  const std::string table = field(PG_DIAG_TABLE_NAME);
  std::string why = absl::StrCat("PostgreSQL refused a statement, SQLSTATE ", state);
  if (!table.empty()) absl::StrAppend(&why, ", table ", table);
  if (!absl::StartsWith(state, "22") && !absl::StartsWith(state, "23")) {
    absl::StrAppend(&why, ": ", field(PG_DIAG_MESSAGE_PRIMARY));
  }
  return Unavailable(why);
}

Table RowsOf(const PGresult* result) {
  Table rows(static_cast<std::size_t>(PQntuples(result)));
  for (int row = 0; row < PQntuples(result); ++row) {
    for (int column = 0; column < PQnfields(result); ++column) {
      auto& cell = rows[static_cast<std::size_t>(row)].emplace_back();
      if (PQgetisnull(result, row, column) == 0) cell = PQgetvalue(result, row, column);
    }
  }
  return rows;
}

}  // namespace

void Connection::Free::operator()(pg_result* result) const { PQclear(result); }

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const std::string& conninfo,
                                                             const std::atomic<bool>& stop) {
  pg_conn* const begun = PQconnectStart(conninfo.c_str());
  if (begun == nullptr) return Unavailable("out of memory");
  std::unique_ptr<Connection> connection(new Connection(begun, stop));
  RETURN_IF_ERROR(connection->Connect());
  return connection;
}

Connection::~Connection() { PQfinish(connection_); }

absl::Status Connection::Connect() {
  int left_ms = kConnectMs;
  PostgresPollingStatusType want = PGRES_POLLING_WRITING;
  if (PQstatus(connection_) == CONNECTION_BAD) return Lost();
  while (want != PGRES_POLLING_OK) {
    RETURN_IF_ERROR(Wait(want == PGRES_POLLING_WRITING, left_ms));
    want = PQconnectPoll(connection_);
    if (want == PGRES_POLLING_FAILED) return Lost();
  }
  // Notices would go to standard error.
  PQsetNoticeReceiver(
      connection_, [](void*, const PGresult*) {}, nullptr);
  if (PQsetnonblocking(connection_, 1) != 0) return Lost();
  return Run("SET client_min_messages = error; SET timezone = 'Asia/Phnom_Penh'");
}

absl::Status Connection::Lost() const {
  // The first line says where and why; none of it is of a row, and libpq leaves passwords out.
  const std::vector<std::string> lines =
      absl::StrSplit(PQerrorMessage(connection_), absl::MaxSplits('\n', 1));
  return Unavailable(
      absl::StrCat("no connection to PostgreSQL: ", absl::StripAsciiWhitespace(lines.front())));
}

absl::Status Connection::Wait(bool to_write, int& left_ms) const {
  const short events = to_write ? POLLIN | POLLOUT : POLLIN;
  while (left_ms > 0) {
    if (stop_.load(std::memory_order_relaxed)) {
      return Error(absl::StatusCode::kCancelled, "POSTGRES_STOPPING", "the daemon is to end");
    }
    pollfd ready = {PQsocket(connection_), events, 0};
    const int found = poll(&ready, 1, kLookMs);
    if (found > 0) return absl::OkStatus();
    if (found < 0 && errno != EINTR) return Lost();
    left_ms -= kLookMs;
  }
  return Unavailable("PostgreSQL did not answer in time");
}

absl::Status Connection::Flush() {
  int left_ms = kAnswerMs;
  while (true) {
    const int left = PQflush(connection_);
    if (left == 0) return absl::OkStatus();
    if (left < 0) return Lost();
    RETURN_IF_ERROR(Wait(true, left_ms));
    if (PQconsumeInput(connection_) == 0) return Lost();
  }
}

absl::StatusOr<Connection::Result> Connection::Next() {
  int left_ms = kAnswerMs;
  while (PQisBusy(connection_) != 0) {
    RETURN_IF_ERROR(Wait(false, left_ms));
    if (PQconsumeInput(connection_) == 0) return Lost();
  }
  return Result(PQgetResult(connection_));
}

absl::StatusOr<Table> Connection::Finish() {
  Table rows;
  while (true) {
    ASSIGN_OR_RETURN(const Result result, Next());
    if (result == nullptr) return rows;
    switch (PQresultStatus(result.get())) {
      case PGRES_TUPLES_OK:
        rows = RowsOf(result.get());
        break;
      case PGRES_COMMAND_OK:
        break;
      default:
        return PQstatus(connection_) == CONNECTION_BAD ? Lost() : Refused(result.get());
    }
  }
}

absl::Status Connection::Run(const std::string& statements) {
  if (PQsendQuery(connection_, statements.c_str()) == 0) return Lost();
  RETURN_IF_ERROR(Flush());
  return Finish().status();
}

absl::StatusOr<Table> Connection::Query(const std::string& statement,
                                        const std::vector<std::string>& values) {
  std::vector<const char*> texts;
  texts.reserve(values.size());
  for (const std::string& value : values) texts.push_back(value.c_str());
  if (PQsendQueryParams(connection_, statement.c_str(), static_cast<int>(texts.size()), nullptr,
                        texts.data(), nullptr, nullptr, 0) == 0) {
    return Lost();
  }
  RETURN_IF_ERROR(Flush());
  return Finish();
}

absl::Status Connection::Copy(const std::string& table, std::string_view rows) {
  if (rows.empty()) return absl::OkStatus();
  if (PQsendQuery(connection_, absl::StrCat("COPY ", table, " FROM STDIN").c_str()) == 0) {
    return Lost();
  }
  RETURN_IF_ERROR(Flush());
  ASSIGN_OR_RETURN(const Result ready, Next());
  if (PQresultStatus(ready.get()) != PGRES_COPY_IN) {
    return PQstatus(connection_) == CONNECTION_BAD ? Lost() : Refused(ready.get());
  }
  for (std::size_t at = 0; at < rows.size(); at += kCopyBytes) {
    const std::string_view part = rows.substr(at, kCopyBytes);
    if (PQputCopyData(connection_, part.data(), static_cast<int>(part.size())) != 1) return Lost();
    RETURN_IF_ERROR(Flush());
  }
  if (PQputCopyEnd(connection_, nullptr) != 1) return Lost();
  RETURN_IF_ERROR(Flush());
  return Finish().status();
}

}  // namespace mlup::postgres
