// One read or subscription of a client, message by message.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "services/esdb/presenter.h"
#include "services/esdb/sources.h"

namespace mlup::esdb {

// Yields what Streams/Read sends. A subscription begins with its confirmation, then come history,
// `caught_up` (also without history), live events, and checkpoints of a filtered subscription:
// after every so many events that were looked at, whatever matches, and at the end.
//
// One thread at a time. Borrows the parts. Holds a page only while Next() runs.
class Reader {
 public:
  using Message = pb::streams::ReadResp;

  // INVALID_ARGUMENT. `subscription_id` is told in the confirmation.
  static absl::StatusOr<std::unique_ptr<Reader>> Open(const ReadParts& parts,
                                                      const pb::streams::ReadReq& request,
                                                      Admit admit, std::string subscription_id);

  // The next messages. Empty for a subscription that has nothing to send until the log is past
  // position(). StreamDeleted(); errors of the log.
  absl::StatusOr<std::vector<Message>> Next();

  bool finished() const { return finished_; }
  Position position() const { return position_; }

 private:
  Reader(const ReadParts& parts, const pb::streams::ReadReq::Options& options,
         std::unique_ptr<Source> source, Presenter presenter, std::string subscription_id);

  absl::StatusOr<std::vector<Message>> NextOfRead();
  absl::StatusOr<std::vector<Message>> NextOfSubscription();
  absl::StatusOr<bool> IsCut(const Batch& batch) const;
  // StreamDeleted() where the end of the stream may be seen.
  absl::Status TellTombstone(const Batch& batch) const;
  void TellStanding(const Batch& batch, bool shows, std::vector<Message>& messages);
  void AddWithCheckpoints(std::vector<ReadEvent> events, std::vector<Message>& messages);
  void TellCheckpoint(Position position, std::vector<Message>& messages);

  const Clock& clock_;
  const pb::streams::ReadReq::Options options_;
  const std::unique_ptr<Source> source_;
  const Presenter presenter_;
  const std::string subscription_id_;
  // Positions between two checkpoints; 0 for none.
  const std::uint64_t checkpoint_every_;
  // Where the interval between two checkpoints began that is not over yet; none until the log's end
  // is known, where it was asked for from there.
  std::optional<Position> from_;

  std::uint64_t events_left_;
  bool finished_ = false;
  bool sent_events_ = false;
  bool left_out_ = false;
  bool confirmed_ = false;
  bool told_caught_up_ = false;
  Position position_;
  // The position that the last event or checkpoint told.
  Position told_;
  std::uint64_t revision_ = 0;
};

}  // namespace mlup::esdb
