// The streams that a request reads and writes, and the states that rules see of them. Pure: whoever
// uses it loads and appends.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include <google/protobuf/message.h>

#include "eventstore/base/days.h"
#include "eventstore/base/status.h"
#include "services/domain/aggregate.h"
#include "services/domain/fact_table.h"
#include "services/domain/stream_history.h"

namespace mlup::domain {

// What a fact's event will say about itself, besides the fact.
struct Circumstances {
  std::string stream;
  std::string event_id;
  std::string actor_id;
  std::string on_behalf_of;
  std::optional<DayRange> occurred;
  absl::Time known_at;
  Day today;
  // Whether a refusal may tell what stands in the record.
  bool may_see = false;
  std::string organisation_id = {};
  std::string place = {};
  int sector = 0;
};

// Facts are decided one after the other; each sees what those before it changed. What is put in is
// not changed: others may use it too. One thread.
class UnitOfWork final : private StateReader {
 public:
  UnitOfWork() = default;
  UnitOfWork(UnitOfWork&&) = default;
  UnitOfWork& operator=(UnitOfWork&&) = default;

  // The streams that deciding about `fact` reads, its own first.
  static std::vector<std::string> StreamsOf(const FactType& type,
                                            const google::protobuf::Message& event,
                                            const std::string& stream);

  bool Holds(const std::string& stream) const { return streams_.count(stream) > 0; }
  // How many events each stream was given here, for a request that may be refused after some of its
  // facts; nothing for a stream that is not held.
  using Savepoint = std::map<std::string, std::optional<std::size_t>>;
  Savepoint Save(const std::vector<std::string>& streams) const;
  void Restore(const Savepoint& savepoint);

  // Every stream that a fact reads is put in before it is decided.
  void Put(std::shared_ptr<const StreamHistory> history);
  const StreamHistory& Of(const std::string& stream) const;
  // Whether the stream is held and something stands on it.
  bool BeganHere(const std::string& stream) const {
    const auto held = streams_.find(stream);
    return held != streams_.end() && held->second->revision().value > 0;
  }

  // A stream that facts were added to.
  struct Change {
    std::string stream;
    // Of the stream that was put in.
    Revision before;
    std::vector<LiveEvent> added;
  };
  std::vector<Change> Changes() const;

  // May the fact be recorded? INVALID_ARGUMENT and FAILED_PRECONDITION as the rule says, and
  // STREAM_CATEGORY, STREAM_EXISTS, STREAM_UNKNOWN, EVENT_ID_TAKEN, OTHER_PERSON,
  // EVENT_TYPE_UNKNOWN; fields are named below the fact. Where it may, it is the next event of its
  // stream from now on, and the facts that its rule adds are returned, not yet decided.
  absl::StatusOr<AddedFacts> Add(const FactType& type, const google::protobuf::Message& event,
                                 const Circumstances& circumstances);

 private:
  const void* StateOf(const AnyAggregate& aggregate, const std::string& stream) const override;

  std::map<std::string, std::unique_ptr<StreamHistory>> streams_;
};

}  // namespace mlup::domain
