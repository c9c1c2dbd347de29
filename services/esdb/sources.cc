// Pages of streams, of the log and of links.
#include "services/esdb/sources.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "eventstore/log/timestamp.h"
#include "services/esdb/metadata.h"

namespace mlup::esdb {
namespace {

using Options = pb::streams::ReadReq::Options;
using StreamOptions = Options::StreamOptions;

constexpr std::uint64_t kEnd = std::numeric_limits<std::uint64_t>::max();

enum class Way { kForward, kBackward, kFollow };

Way WayOf(const Options& options) {
  if (options.has_subscription()) return Way::kFollow;
  return options.read_direction() == Options::Backwards ? Way::kBackward : Way::kForward;
}

// Where a stream is read from, in the client's revisions; kEnd for its end.
std::uint64_t From(const StreamOptions& options) {
  if (options.has_end() || options.revision() == kEnd) return kEnd;
  return std::min(options.revision(), kDeletedRevision);
}

// What the client's name does not reach.
class NothingSource final : public Source {
 public:
  explicit NothingSource(log::EventLog& log) : log_(log) {}

  absl::StatusOr<Batch> Next(std::uint32_t /*limit*/) override {
    ASSIGN_OR_RETURN(const Position head, log_.Head());
    Batch nothing;
    nothing.at_end = nothing.missing = true;
    nothing.looked_at = head;
    return nothing;
  }

 private:
  log::EventLog& log_;
};

class StreamSource final : public Source {
 public:
  StreamSource(const ReadParts& parts, Name name, Way way, const StreamOptions& from)
      : parts_(parts),
        name_(std::move(name)),
        way_(way),
        at_end_first_(From(from) == kEnd),
        next_(From(from) + (way == Way::kFollow && from.has_revision() ? 2 : 1)) {}

  absl::StatusOr<Batch> Next(std::uint32_t limit) override {
    Batch batch;
    ASSIGN_OR_RETURN(batch.looked_at, parts_.log.Head());
    StreamMetadata metadata;
    if (name_.kind != NameKind::kDomain) {
      ASSIGN_OR_RETURN(metadata, parts_.esdb_log.Metadata(name_));
    }
    batch.metadata = std::move(metadata.record);
    batch.tombstoned = metadata.tombstoned;
    if (metadata.tombstoned) {
      batch.missing = batch.at_end = true;
      return batch;
    }
    if (name_.kind == NameKind::kMetadata) metadata = {};
    ASSIGN_OR_RETURN(const std::uint64_t last, Last());
    batch.missing = last == 0 || metadata.deleted();
    if (std::exchange(at_end_first_, false)) next_ = way_ == Way::kBackward ? last : last + 1;
    if (way_ == Way::kBackward) next_ = std::min(next_, last);
    const std::uint64_t first = batch.missing ? 0 : metadata.FirstShown(last - 1) + 1;
    if (way_ != Way::kBackward) next_ = std::max(next_, first);
    batch.at_end = batch.missing || next_ < first || next_ > last;
    if (batch.at_end) return batch;

    log::pb::ReadStreamRequest request;
    request.set_stream(name_.stream);
    request.set_from_revision(next_);
    request.set_direction(way_ == Way::kBackward ? log::pb::DIRECTION_BACKWARD
                                                 : log::pb::DIRECTION_FORWARD);
    request.set_limit(limit);
    ASSIGN_OR_RETURN(log::pb::ReadStreamResponse page, parts_.log.ReadStream(request));
    batch.found.reserve(static_cast<std::size_t>(page.records_size()));
    const absl::Time now = parts_.clock.Now();
    for (log::pb::Record& record : *page.mutable_records()) {
      if (record.revision() < first) break;
      next_ = way_ == Way::kBackward ? record.revision() - 1 : record.revision() + 1;
      if (!metadata.IsYoung(log::FromTimestamp(record.recorded_at()), now)) continue;
      Outline outline = OutlineOf(record);
      batch.found.push_back({std::move(record), std::move(outline), std::nullopt});
    }
    batch.at_end = page.records().empty() || next_ < first || next_ > page.last_revision();
    // Whoever is shown nothing of this page does not wait for the log, but reads on.
    if (!batch.at_end) batch.looked_at = {};
    return batch;
  }

 private:
  absl::StatusOr<std::uint64_t> Last() {
    log::pb::ReadStreamRequest request;
    request.set_stream(name_.stream);
    request.set_direction(log::pb::DIRECTION_BACKWARD);
    request.set_limit(1);
    ASSIGN_OR_RETURN(const log::pb::ReadStreamResponse page, parts_.log.ReadStream(request));
    return page.last_revision();
  }

  const ReadParts parts_;
  const Name name_;
  const Way way_;
  // The read begins at the stream's end, which is not known yet.
  bool at_end_first_;
  // The next revision of ours.
  std::uint64_t next_;
};

// Pages of the log. Backward, `next` 0 means that nothing is left, and kEnd the head.
class LogPages {
 public:
  LogPages(log::EventLog& log, Way way, log::pb::Filter filter)
      : log_(log), backward_(way == Way::kBackward) {
    *request_.mutable_filter() = std::move(filter);
    request_.set_direction(backward_ ? log::pb::DIRECTION_BACKWARD : log::pb::DIRECTION_FORWARD);
  }

  absl::StatusOr<log::pb::ReadAllResponse> Next(std::uint32_t limit, Batch& batch) {
    batch.at_end = backward_ && next_ == 0;
    if (batch.at_end) return log::pb::ReadAllResponse();
    request_.set_from_position(next_ == kEnd ? 0 : next_);
    request_.set_limit(limit);
    ASSIGN_OR_RETURN(log::pb::ReadAllResponse page, log_.ReadAll(request_));
    batch.at_end = page.next_position() == 0;
    batch.looked_at = {batch.at_end ? std::max(page.head(), next_ - 1) : page.next_position() - 1};
    next_ = backward_ ? page.next_position() : batch.looked_at.value + 1;
    return page;
  }

  void set_next(std::uint64_t next) { next_ = next; }

 private:
  log::EventLog& log_;
  const bool backward_;
  log::pb::ReadAllRequest request_;
  std::uint64_t next_ = 1;
};

class AllSource final : public Source {
 public:
  AllSource(log::EventLog& log, Way way, const Options::AllOptions& from, ClientFilter filter)
      : log_(log), filter_(std::move(filter)), pages_(log, way, filter_.coarse()) {
    const std::uint64_t position = from.position().commit_position();
    if (from.all_option_case() != Options::AllOptions::kPosition && !from.has_end()) {
      pages_.set_next(way == Way::kBackward ? 0 : 1);
    } else if (from.has_end() || position == kEnd) {
      from_head_ = way != Way::kBackward;
      pages_.set_next(kEnd);
    } else if (way == Way::kBackward) {
      pages_.set_next(position == 0 ? 0 : position - 1);
    } else {
      pages_.set_next(std::max<std::uint64_t>(way == Way::kFollow ? position + 1 : position, 1));
    }
  }

  absl::StatusOr<Batch> Next(std::uint32_t limit) override {
    if (from_head_) {
      ASSIGN_OR_RETURN(const Position head, log_.Head());
      pages_.set_next(head.value + 1);
      from_head_ = false;
    }
    Batch batch;
    ASSIGN_OR_RETURN(log::pb::ReadAllResponse page, pages_.Next(limit, batch));
    batch.found.reserve(static_cast<std::size_t>(page.records_size()));
    for (log::pb::Record& record : *page.mutable_records()) {
      Outline outline = OutlineOf(record);
      if (!filter_.Matches(outline)) continue;
      batch.found.push_back({std::move(record), std::move(outline), std::nullopt});
    }
    return batch;
  }

 private:
  log::EventLog& log_;
  const ClientFilter filter_;
  LogPages pages_;
  bool from_head_ = false;
};

class LinkSource final : public Source {
 public:
  LinkSource(const ReadParts& parts, Name name, Way way, const StreamOptions& from)
      : parts_(parts),
        name_(std::move(name)),
        way_(way),
        from_(From(from)),
        pages_(parts.log, way, LinkFilter(name_)) {
    if (way == Way::kFollow && from.has_revision() && from_ != kEnd) ++from_;
  }

  absl::StatusOr<Batch> Next(std::uint32_t limit) override {
    if (!std::exchange(begun_, true)) {
      RETURN_IF_ERROR(way_ == Way::kBackward ? BeginBackward() : BeginForward());
    }
    Batch batch;
    ASSIGN_OR_RETURN(log::pb::ReadAllResponse page, pages_.Next(limit, batch));
    for (log::pb::Record& record : *page.mutable_records()) {
      Outline outline = OutlineOf(record);
      if (!IsLinked(name_, outline)) continue;
      const std::uint64_t number = way_ == Way::kBackward ? --number_ : number_++;
      if (way_ != Way::kBackward && number < from_) continue;
      batch.found.push_back({std::move(record), std::move(outline), number});
    }
    batch.missing = batch.at_end && (way_ == Way::kBackward ? is_empty_ : number_ == 0);
    return batch;
  }

 private:
  absl::Status BeginForward() {
    ASSIGN_OR_RETURN(const LinkNumbers::Place place, parts_.links.Seek(name_, from_));
    pages_.set_next(place.from.value);
    number_ = place.number;
    if (from_ == kEnd) from_ = number_;
    return absl::OkStatus();
  }

  // number_ is one above the next link, as links are met in falling order.
  absl::Status BeginBackward() {
    ASSIGN_OR_RETURN(const LinkNumbers::Total total, parts_.links.Count(name_));
    number_ = total.count;
    is_empty_ = total.count == 0;
    pages_.set_next(total.head.value);
    if (from_ >= total.count) return absl::OkStatus();
    ASSIGN_OR_RETURN(const std::optional<Position> found, parts_.links.Find(name_, from_));
    if (found.has_value()) {
      number_ = from_ + 1;
      pages_.set_next(found->value);
    }
    return absl::OkStatus();
  }

  const ReadParts parts_;
  const Name name_;
  const Way way_;
  std::uint64_t from_;
  LogPages pages_;
  // Forward: of the next link; backward: one above the next link's.
  std::uint64_t number_ = 0;
  // There was no link when a backward read began.
  bool is_empty_ = false;
  bool begun_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Source>> OpenSource(const ReadParts& parts, const Options& options) {
  std::unique_ptr<Source> source;
  const Way way = WayOf(options);
  if (options.stream_option_case() == Options::kAll) {
    ClientFilter filter;
    if (options.has_filter()) {
      ASSIGN_OR_RETURN(filter, ClientFilter::Make(options.filter()));
    }
    source = std::make_unique<AllSource>(parts.log, way, options.all(), std::move(filter));
    return source;
  }
  const StreamOptions& from = options.stream();
  ASSIGN_OR_RETURN(Name name, ParseName(from.stream_identifier().stream_name()));
  if (name.kind == NameKind::kReserved) {
    source = std::make_unique<NothingSource>(parts.log);
  } else if (name.IsVirtual()) {
    source = std::make_unique<LinkSource>(parts, std::move(name), way, from);
  } else {
    source = std::make_unique<StreamSource>(parts, std::move(name), way, from);
  }
  return source;
}

}  // namespace mlup::esdb
