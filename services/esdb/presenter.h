// Shows records to one client: what it may see of them, as events and links.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "services/esdb/events.h"
#include "services/esdb/sources.h"

namespace mlup::esdb {

// What one subscriber may see of each record, in the order in which it reads; what it may not see
// is left out. Empty: everything.
using Admit = std::function<absl::StatusOr<std::vector<log::pb::Record>>(
    std::vector<log::pb::Record>, log::pb::Direction)>;

using ReadEvent = pb::streams::ReadResp::ReadEvent;

// Turns what was found into what is sent. One thread at a time. Borrows the parts.
class Presenter {
 public:
  struct Options {
    // As the client named what it reads; used for links.
    std::string link_stream;
    bool resolve_links = false;
    // What is found was admitted already; only what links point to is asked for.
    bool admitted = false;
    UuidForm uuids = UuidForm::kText;
    log::pb::Direction direction = log::pb::DIRECTION_FORWARD;
  };

  Presenter(const ReadParts& parts, Admit admit, Options options)
      : parts_(parts), admit_(std::move(admit)), options_(std::move(options)) {}

  // One event for each that may be seen, in order. Errors of `admit`, of the log and of the events.
  absl::StatusOr<std::vector<ReadEvent>> Present(std::vector<Found> found) const;

  // Whether this one may be seen.
  absl::StatusOr<bool> Sees(const log::pb::Record& record) const;

 private:
  // By stream: the first revision that is shown, and metadata.
  struct Shown {
    StreamMetadata metadata;
    std::uint64_t first = 0;
  };
  using ShownStreams = std::map<std::string, Shown>;

  absl::StatusOr<std::vector<log::pb::Record>> Admitted(std::vector<log::pb::Record> records) const;
  absl::StatusOr<ReadEvent> One(const Found& found, ShownStreams& shown) const;
  absl::Status PutTarget(const RecordedEvent& link, ShownStreams& shown, ReadEvent& event) const;
  // Whether a link to this event still shows it.
  absl::StatusOr<bool> IsShown(const log::pb::Record& record, const Outline& outline,
                               ShownStreams& shown) const;

  const ReadParts parts_;
  const Admit admit_;
  const Options options_;
};

}  // namespace mlup::esdb
