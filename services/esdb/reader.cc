#include "services/esdb/reader.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "eventstore/log/timestamp.h"
#include "services/esdb/faults.h"

namespace mlup::esdb {
namespace {

using Options = pb::streams::ReadReq::Options;

constexpr std::uint32_t kPage = 256;
// Events between two checkpoints where the client leaves it to us.
constexpr std::uint64_t kCheckpointEvents = 32;
// Checkpoints of one page at most.
constexpr std::uint64_t kCheckpointsOfPage = 1024;

std::uint64_t CheckpointEvery(const Options& options) {
  if (!options.has_subscription() || !options.has_all() || !options.has_filter()) return 0;
  const auto& filter = options.filter();
  const std::uint64_t window = filter.has_max() ? filter.max() : kCheckpointEvents;
  return std::max<std::uint64_t>(window, 1) *
         std::max<std::uint64_t>(filter.checkpoint_interval_multiplier(), 1);
}

// Where the whole log is followed from; none for its end.
std::optional<Position> FromOf(const Options& options) {
  const auto& all = options.all();
  const std::uint64_t position = all.position().commit_position();
  if (all.has_end() || position == std::numeric_limits<std::uint64_t>::max()) return std::nullopt;
  return Position{position};
}

log::pb::Direction DirectionOf(const Options& options) {
  const bool backward =
      !options.has_subscription() && options.read_direction() == Options::Backwards;
  return backward ? log::pb::DIRECTION_BACKWARD : log::pb::DIRECTION_FORWARD;
}

// Whether a read covers its stream from one of its ends. Only then the client is told that there is
// none: further in, one that is short and one that may not be seen are read alike.
bool IsFromAnEnd(const Options& options) {
  return options.read_direction() == Options::Backwards || options.stream().has_start() ||
         options.stream().revision() == 0;
}

UuidForm FormOf(const Options& options) {
  return options.uuid_option().has_structured() ? UuidForm::kNumbers : UuidForm::kText;
}

void Add(std::vector<ReadEvent> events, std::vector<Reader::Message>& messages) {
  messages.reserve(messages.size() + events.size());
  for (ReadEvent& event : events) *messages.emplace_back().mutable_event() = std::move(event);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Reader>> Reader::Open(const ReadParts& parts,
                                                     const pb::streams::ReadReq& request,
                                                     Admit admit, std::string subscription_id) {
  const Options& options = request.options();
  if (options.stream_option_case() == Options::STREAM_OPTION_NOT_SET ||
      options.count_option_case() == Options::COUNT_OPTION_NOT_SET) {
    return Error(absl::StatusCode::kInvalidArgument, "READ_INCOMPLETE",
                 "say what to read, and a count or a subscription");
  }
  ASSIGN_OR_RETURN(std::unique_ptr<Source> source, OpenSource(parts, options));
  Presenter presenter(parts, std::move(admit),
                      {options.stream().stream_identifier().stream_name(), options.resolve_links(),
                       false, FormOf(options), DirectionOf(options)});
  return std::unique_ptr<Reader>(new Reader(parts, options, std::move(source), std::move(presenter),
                                            std::move(subscription_id)));
}

Reader::Reader(const ReadParts& parts, const Options& options, std::unique_ptr<Source> source,
               Presenter presenter, std::string subscription_id)
    : clock_(parts.clock),
      options_(options),
      source_(std::move(source)),
      presenter_(std::move(presenter)),
      subscription_id_(std::move(subscription_id)),
      checkpoint_every_(CheckpointEvery(options)),
      from_(FromOf(options)),
      events_left_(options.has_count() ? options.count()
                                       : std::numeric_limits<std::uint64_t>::max()) {}

absl::StatusOr<std::vector<Reader::Message>> Reader::Next() {
  return options_.has_subscription() ? NextOfSubscription() : NextOfRead();
}

absl::StatusOr<std::vector<Reader::Message>> Reader::NextOfRead() {
  std::vector<Message> messages;
  while (messages.empty() && !finished_ && events_left_ > 0) {
    ASSIGN_OR_RETURN(
        Batch batch,
        source_->Next(static_cast<std::uint32_t>(std::min<std::uint64_t>(events_left_, kPage))));
    RETURN_IF_ERROR(TellTombstone(batch));
    const std::size_t found = batch.found.size();
    ASSIGN_OR_RETURN(std::vector<ReadEvent> events, presenter_.Present(std::move(batch.found)));
    left_out_ = left_out_ || events.size() < found;
    if (events.size() > events_left_) events.resize(events_left_);
    events_left_ -= events.size();
    sent_events_ = sent_events_ || !events.empty();
    Add(std::move(events), messages);
    finished_ = batch.at_end;
    // A stream of which nothing may be seen is none.
    if (finished_ && !sent_events_ && options_.has_stream() && IsFromAnEnd(options_)) {
      ASSIGN_OR_RETURN(const bool is_cut, IsCut(batch));
      if (is_cut) break;
      *messages.emplace_back().mutable_stream_not_found()->mutable_stream_identifier() =
          options_.stream().stream_identifier();
    }
  }
  finished_ = finished_ || events_left_ == 0;
  return messages;
}

absl::StatusOr<std::vector<Reader::Message>> Reader::NextOfSubscription() {
  std::vector<Message> messages;
  if (!std::exchange(confirmed_, true)) {
    messages.emplace_back().mutable_confirmation()->set_subscription_id(subscription_id_);
    return messages;
  }
  ASSIGN_OR_RETURN(Batch batch, source_->Next(kPage));
  RETURN_IF_ERROR(TellTombstone(batch));
  ASSIGN_OR_RETURN(std::vector<ReadEvent> events, presenter_.Present(std::move(batch.found)));
  const bool shows = !events.empty();
  if (shows) {
    // What is told of places is of what was shown.
    const ReadEvent& last = events.back();
    const RecordedEvent& own = last.has_link() ? last.link() : last.event();
    told_ = {own.commit_position()};
    revision_ = own.stream_revision();
  }
  position_ = batch.looked_at;
  AddWithCheckpoints(std::move(events), messages);
  if (batch.at_end && checkpoint_every_ > 0 && position_ > told_)
    TellCheckpoint(position_, messages);
  TellStanding(batch, shows, messages);
  return messages;
}

// Whether it is seen to be there with none of its events shown.
absl::StatusOr<bool> Reader::IsCut(const Batch& batch) const {
  if (batch.missing || left_out_ || !batch.metadata.has_value()) return false;
  return presenter_.Sees(*batch.metadata);
}

absl::Status Reader::TellTombstone(const Batch& batch) const {
  if (!batch.tombstoned) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool is_seen, presenter_.Sees(*batch.metadata));
  return is_seen ? StreamDeleted(options_.stream().stream_identifier().stream_name())
                 : absl::OkStatus();
}

void Reader::TellStanding(const Batch& batch, bool shows, std::vector<Message>& messages) {
  const bool caught_up = batch.at_end && !told_caught_up_;
  // Nobody is behind with what is not shown.
  const bool fell_behind = !batch.at_end && told_caught_up_ && shows;
  if (!caught_up && !fell_behind) return;
  told_caught_up_ = caught_up;
  Message& message = messages.emplace_back();
  auto& standing = caught_up ? *message.mutable_caught_up() : *message.mutable_fell_behind();
  *standing.mutable_timestamp() = log::ToTimestamp(clock_.Now());
  if (options_.has_stream()) {
    standing.set_stream_revision(static_cast<std::int64_t>(revision_));
  } else {
    standing.mutable_position()->set_commit_position(position_.value);
    standing.mutable_position()->set_prepare_position(position_.value);
  }
}

// Whatever is shown: one after each `checkpoint_every_` positions that were looked at.
void Reader::AddWithCheckpoints(std::vector<ReadEvent> events, std::vector<Message>& messages) {
  if (checkpoint_every_ == 0) return Add(std::move(events), messages);
  if (!from_.has_value()) from_ = position_;
  // Of a part of the log in which the log itself could leave everything out, only so many.
  const std::uint64_t every =
      std::max(checkpoint_every_, (position_.value - from_->value) / kCheckpointsOfPage);
  const auto tell_before = [&](std::uint64_t position) {
    while (from_->value + every < position) {
      from_->value += every;
      TellCheckpoint(*from_, messages);
    }
  };
  messages.reserve(messages.size() + events.size());
  for (ReadEvent& event : events) {
    tell_before(event.commit_position());
    *messages.emplace_back().mutable_event() = std::move(event);
  }
  tell_before(position_.value + 1);
}

void Reader::TellCheckpoint(Position position, std::vector<Message>& messages) {
  told_ = std::max(told_, position);
  auto& checkpoint = *messages.emplace_back().mutable_checkpoint();
  checkpoint.set_commit_position(position.value);
  checkpoint.set_prepare_position(position.value);
  *checkpoint.mutable_timestamp() = log::ToTimestamp(clock_.Now());
}

}  // namespace mlup::esdb
