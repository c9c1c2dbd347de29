// One connection to PostgreSQL, of a thread that must be able to stop.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/status.h"

// libpq's own name for it.
struct pg_conn;
struct pg_result;

namespace mlup::postgres {

// What a query answered, in order of rows and columns; nothing for NULL.
using Table = std::vector<std::vector<std::optional<std::string>>>;

// Never waits for longer than a tenth of a second without looking whether it is to stop, nor for an
// answer longer than two minutes. One thread. After an error the connection is of no use any more.
//
// Errors: UNAVAILABLE POSTGRES_UNAVAILABLE, with the SQLSTATE of a refused statement and never a
// value of a row; CANCELLED POSTGRES_STOPPING.
class Connection {
 public:
  // Borrows `stop`.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& conninfo,
                                                          const std::atomic<bool>& stop);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // One or more statements whose rows nobody wants; several are one transaction where none is open.
  absl::Status Run(const std::string& statements);

  // One statement, with values for $1, $2 and so on.
  absl::StatusOr<Table> Query(const std::string& statement,
                              const std::vector<std::string>& values = {});

  // Adds rows in COPY's text format (copy_text.h) to a table, `mlup.fact_event`.
  absl::Status Copy(const std::string& table, std::string_view rows);

 private:
  struct Free {
    void operator()(pg_result* result) const;
  };
  using Result = std::unique_ptr<pg_result, Free>;

  Connection(pg_conn* connection, const std::atomic<bool>& stop)
      : connection_(connection), stop_(stop) {}

  absl::Status Connect();
  // Until the socket can be read, or with `to_write` written; takes what it waits from `left_ms`.
  absl::Status Wait(bool to_write, int& left_ms) const;
  // Hands all that is to be sent to the system.
  absl::Status Flush();
  // The next result of the statement that was sent; null at its end.
  absl::StatusOr<Result> Next();
  // All results; the rows of the last one.
  absl::StatusOr<Table> Finish();
  absl::Status Lost() const;

  pg_conn* const connection_;
  const std::atomic<bool>& stop_;
};

}  // namespace mlup::postgres
