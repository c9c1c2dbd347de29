// The tables, and what makes them anew.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "projections/postgres/connection.h"
#include "projections/store/read_model_store.h"

namespace mlup::postgres {

// The files of schema/ as they were when the program was built.
std::string_view SchemaText();

// A digest of all that rows follow from besides the log.
std::string SchemaVersion();

// What the row of mlup.checkpoint says; nothing where the tables are missing or of another version.
// UNAVAILABLE POSTGRES_SCHEMA_FOREIGN where a schema `mlup` or `mlup_public` is there that no mlup
// made.
absl::StatusOr<std::optional<projections::Checkpoint>> ReadCheckpoint(Connection& connection);

// Makes this connection the one that writes, for as long as it lasts. It stands in a table that
// nobody but the owner can write or lock. Does nothing where there are no tables of ours yet:
// MakeAnew() does it then. UNAVAILABLE POSTGRES_IN_USE where another one lasts.
absl::Status BecomeWriter(Connection& connection);

// Takes away, in the transaction that is open, what events on the records of erased persons say,
// where the event or the erasure stands after this position.
absl::Status ForgetErased(Connection& connection, Position after);

// Drops both schemas with all that others built on them, and makes them, empty: one transaction.
absl::Status MakeAnew(Connection& connection);

// Moves the checkpoint, in the transaction that is open. UNAVAILABLE POSTGRES_MOVED where another
// writer did.
absl::Status MoveCheckpoint(Connection& connection, const projections::Checkpoint& from,
                            const projections::Checkpoint& to);

}  // namespace mlup::postgres
