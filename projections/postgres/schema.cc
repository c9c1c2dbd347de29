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
      "', 0, 0, 0); COMMIT;"));
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
