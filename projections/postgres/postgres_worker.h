// Keeps the tables in PostgreSQL up with the log.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "projections/counting/definitions.h"
#include "projections/facts/fact.h"
#include "projections/follower.h"
#include "projections/following.h"
#include "projections/postgres/connection.h"
#include "projections/postgres/copy_text.h"
#include "projections/postgres/counted_rows.h"
#include "projections/shared_reader.h"
#include "projections/store/read_model_store.h"
#include "projections/worker.h"

namespace mlup::postgres {

// Writes the facts of the log in its order, each batch with its checkpoint in one transaction; at
// the log's end counts, and writes what differs, in one transaction too. Tables of another history,
// or made by another version, are made anew. One daemon at a time writes to a database.
//
// What PostgreSQL does not answer or refuses is told in state() and on standard error, and tried
// again after 1 to 30 seconds, for ever: nobody else waits for it. An event that this program
// cannot read is passed over, as in every read model.
//
// Owns its thread, from construction to destruction, which takes as long as the counting at hand.
// Borrows all parts. Any thread may call the other methods.
class PostgresWorker final : public projections::Following {
 public:
  struct Parts {
    projections::SharedReader& reader;
    // The read model indicator_facts and the worker that keeps it.
    const projections::FactSource& facts;
    const projections::Worker& facts_worker;
    const counting::Definitions& definitions;
    const Clock& clock;
    // Checked (conninfo.h).
    std::string conninfo;
    // Events of one transaction, give or take a run of the reader.
    std::uint64_t batch_events = 2048;
  };

  explicit PostgresWorker(Parts parts);
  ~PostgresWorker() override;

  State state() const override;
  std::string_view name() const override { return "postgres"; }

 private:
  // Facts that are written together.
  struct Batch {
    CopyText rows;
    // Of persons whose data was erased.
    CopyText erased;
    projections::Checkpoint at;
    Position head;
    std::uint64_t events = 0;
    std::uint64_t passed_over = 0;
  };

  absl::StatusOr<projections::Follower::Step> Work();
  absl::StatusOr<projections::Follower::Step> Advance();
  absl::Status Connect();
  absl::StatusOr<Batch> Take();
  void Take(const projections::SharedEvent& event, Batch& batch);
  absl::Status Write(const Batch& batch);
  // Counts when that is due; returns in how long it will be.
  absl::StatusOr<absl::Duration> Count();
  void Lose(const absl::Status& why);
  void Publish(Position position, Position head, std::uint64_t passed_over);

  const Parts parts_;
  std::atomic<bool> stop_ = false;

  mutable Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_);

  // Follower's thread only.
  std::optional<projections::SharedReader::Reader> reader_;
  std::unique_ptr<Connection> connection_;
  projections::Checkpoint at_;
  CountedRows counted_;
  Position counted_to_;
  // With facts since the last count.
  std::set<std::string> streams_;
  absl::Time next_count_ = absl::InfinitePast();
  absl::Status lost_;
  absl::Duration wait_;
  absl::Time next_try_ = absl::InfinitePast();

  // Last: it uses all the others.
  projections::Follower follower_;
};

}  // namespace mlup::postgres
