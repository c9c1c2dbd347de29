#include "projections/postgres/schema.h"

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/blake2b.h"
#include "projections/facts/fact_projection.h"

extern "C" const char mlup_postgres_schema_begin[];
extern "C" const char mlup_postgres_schema_end[];

namespace mlup::postgres {
namespace {

// Raised when the same facts give other rows of the same tables.
constexpr int kRowsVersion = 1;

absl::StatusOr<bool> IsThere(Connection& connection, const std::string& condition) {
  ASSIGN_OR_RETURN(const Table found, connection.Query(absl::StrCat("SELECT 1 WHERE ", condition)));
  return !found.empty();
}

}  // namespace

std::string_view SchemaText() {
  return {mlup_postgres_schema_begin,
          static_cast<std::size_t>(mlup_postgres_schema_end - mlup_postgres_schema_begin)};
}

std::string SchemaVersion() {
  return absl::BytesToHexString(
      Blake2b(absl::StrCat(kRowsVersion, ".", projections::FactProjection().version(), ".",
                           ToAbsl(SchemaText())),
              16));
}

absl::StatusOr<std::optional<projections::Checkpoint>> ReadCheckpoint(Connection& connection) {
  ASSIGN_OR_RETURN(const bool is_ours,
                   IsThere(connection, "to_regclass('mlup.checkpoint') IS NOT NULL"));
  if (!is_ours) {
    ASSIGN_OR_RETURN(
        const bool is_foreign,
        IsThere(connection,
                "EXISTS (SELECT FROM pg_namespace WHERE nspname IN ('mlup', 'mlup_public'))"));
    if (!is_foreign) return std::nullopt;
    return Error(absl::StatusCode::kUnavailable, "POSTGRES_SCHEMA_FOREIGN",
                 "the database has a schema mlup or mlup_public that mlup did not make: name "
                 "another database in the file of --postgres");
  }
  ASSIGN_OR_RETURN(const Table rows,
                   connection.Query("SELECT position, history FROM mlup.checkpoint WHERE "
                                    "schema_version = $1",
                                    {SchemaVersion()}));
  projections::Checkpoint at;
  if (rows.size() != 1 || !absl::SimpleAtoi(rows[0][0].value_or(""), &at.position.value) ||
      !absl::SimpleAtoi(rows[0][1].value_or(""), &at.history)) {
    return std::nullopt;
  }
  return at;
}

absl::Status MakeAnew(Connection& connection) {
  return connection.Run(absl::StrCat(
      "BEGIN; DROP SCHEMA IF EXISTS mlup_public CASCADE; DROP SCHEMA IF EXISTS mlup CASCADE;\n",
      ToAbsl(SchemaText()), "\nINSERT INTO mlup.checkpoint VALUES ('", SchemaVersion(),
      "', 0, 0, 0); INSERT INTO mlup.writer SELECT pid, backend_start FROM pg_stat_activity "
      "WHERE pid = pg_backend_pid(); COMMIT;"));
}

absl::Status BecomeWriter(Connection& connection) {
  ASSIGN_OR_RETURN(const bool is_there,
                   IsThere(connection, "to_regclass('mlup.writer') IS NOT NULL"));
  if (!is_there) return absl::OkStatus();
  // One after the other, so that each sees the sessions of those before it.
  RETURN_IF_ERROR(connection.Run("BEGIN; LOCK TABLE mlup.writer IN EXCLUSIVE MODE"));
  ASSIGN_OR_RETURN(
      const Table taken,
      connection.Query(
          "UPDATE mlup.writer w SET pid = a.pid, session_start = a.backend_start FROM "
          "pg_stat_activity a WHERE a.pid = pg_backend_pid() AND NOT EXISTS (SELECT FROM "
          "pg_stat_activity o WHERE o.pid = w.pid AND o.backend_start = w.session_start) "
          "RETURNING 1"));
  if (taken.empty()) {
    return Error(absl::StatusCode::kUnavailable, "POSTGRES_IN_USE",
                 "another daemon writes to this database");
  }
  return connection.Run("COMMIT");
}

absl::Status ForgetErased(Connection& connection, Position after) {
  return connection
      .Query(
          "UPDATE mlup.fact_event f SET payload = '{}' FROM mlup.person_erased e WHERE f.stream = "
          "'person/' || e.person_id AND f.payload <> '{}' AND (f.position > $1 OR e.position > "
          "$1)",
          {absl::StrCat(after.value)})
      .status();
}

absl::Status MoveCheckpoint(Connection& connection, const projections::Checkpoint& from,
                            const projections::Checkpoint& to) {
  ASSIGN_OR_RETURN(
      const Table moved,
      connection.Query("UPDATE mlup.checkpoint SET position = $1, history = $2 WHERE position = $3 "
                       "AND history = $4 RETURNING 1",
                       {absl::StrCat(to.position.value), absl::StrCat(to.history),
                        absl::StrCat(from.position.value), absl::StrCat(from.history)}));
  if (moved.size() == 1) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, "POSTGRES_MOVED",
               "another process wrote to the tables meanwhile");
}

}  // namespace mlup::postgres
