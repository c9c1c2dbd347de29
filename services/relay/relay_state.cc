// Steps are appended; the file is rewritten when it has grown.
#include "services/relay/relay_state.h"

#include <map>

#include "absl/strings/str_cat.h"

#include "eventstore/base/blake2b.h"
#include "eventstore/base/bytes.h"
#include "eventstore/base/check.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"

namespace mlup::relay {
namespace {

constexpr std::string_view kMagic = "mlupRLY1";
constexpr std::size_t kHashBytes = 16;
constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kHeadBytes = kLengthBytes + kHashBytes;

std::string Hash(std::string_view bytes) { return Blake2b(bytes, kHashBytes); }

std::string Frame(const v1::StateStep& step) {
  const std::string payload = step.SerializeAsString();
  return absl::StrCat(BigEndian(payload.size(), kLengthBytes), Hash(payload), payload);
}

std::size_t LengthAt(std::string_view bytes) {
  return FromBigEndian(bytes.substr(0, kLengthBytes));
}

// Takes the first step off `bytes`; nothing when it is not whole.
std::optional<v1::StateStep> TakeStep(std::string_view& bytes) {
  if (bytes.size() < kHeadBytes) return std::nullopt;
  const std::size_t length = LengthAt(bytes);
  if (bytes.size() - kHeadBytes < length) return std::nullopt;
  const std::string_view payload = bytes.substr(kHeadBytes, length);
  v1::StateStep step;
  if (bytes.substr(kLengthBytes, kHashBytes) != Hash(payload) ||
      !step.ParseFromArray(payload.data(), static_cast<int>(length))) {
    return std::nullopt;
  }
  bytes.remove_prefix(kHeadBytes + length);
  return step;
}

}  // namespace

absl::StatusOr<std::size_t> CheckRelayState(const std::string& path, std::string_view content) {
  std::string_view rest = content;
  if (rest.starts_with(kMagic)) rest.remove_prefix(kMagic.size());
  // The first step was written as a whole: what is wrong with it is damage.
  if (content.starts_with(kMagic) && TakeStep(rest).has_value()) {
    while (TakeStep(rest).has_value()) continue;
    return rest.size();
  }
  return Error(absl::StatusCode::kDataLoss, "RELAY_STATE_DAMAGED",
               absl::StrCat(path,
                            " is damaged; move it away, and everything that the subscriber may "
                            "see after its begin_after is delivered again"));
}

RelayState::RelayState(Files& files, const std::string& folder, DeliveryQueue::Options options)
    : files_(files), path_(folder + "/state"), queue_(options) {}

absl::StatusOr<std::unique_ptr<RelayState>> RelayState::Open(Files& files,
                                                             const std::string& folder,
                                                             Position begin_after,
                                                             DeliveryQueue::Options options) {
  RETURN_IF_ERROR(files.MakeFolder(folder));
  std::unique_ptr<RelayState> state(new RelayState(files, folder, options));
  ASSIGN_OR_RETURN(state->lock_, files.Lock(folder + "/LOCK"));
  RETURN_IF_ERROR(state->Load(begin_after));
  return state;
}

absl::Status RelayState::Load(Position begin_after) {
  ASSIGN_OR_RETURN(const bool exists, files_.Exists(path_));
  if (!exists) {
    position_ = begin_after;
    return Rewrite();
  }
  ASSIGN_OR_RETURN(const std::string content, files_.ReadAll(path_));
  RETURN_IF_ERROR(CheckRelayState(path_, content).status());
  Restore(content);
  return Rewrite();
}

void RelayState::Restore(const std::string& content) {
  std::string_view bytes = content;
  bytes.remove_prefix(kMagic.size());
  std::map<std::uint64_t, v1::Letter> letters;
  while (std::optional<v1::StateStep> step = TakeStep(bytes)) {
    if (step->rewind()) letters.erase(letters.upper_bound(step->position()), letters.end());
    if (step->position() > 0 || step->rewind()) {
      position_ = {step->position()};
      history_ = step->history();
    }
    for (v1::Letter& letter : *step->mutable_letters()) {
      const std::uint64_t position = letter.position();
      letters[position] = std::move(letter);
    }
    for (const std::uint64_t position : step->done()) letters.erase(position);
    for (const v1::Letter& letter : step->skipped()) Remember(letter);
  }
  for (const auto& [position, letter] : letters) queue_.Restore(letter);
}

absl::Status RelayState::Rewrite() {
  v1::StateStep everything;
  everything.set_position(position_.value);
  everything.set_history(history_);
  for (v1::Letter& letter : queue_.Letters()) *everything.add_letters() = std::move(letter);
  for (const v1::Letter& letter : skipped_) *everything.add_skipped() = letter;
  const std::string content = absl::StrCat(ToAbsl(kMagic), Frame(everything));
  file_.reset();
  incomplete_ = true;
  RETURN_IF_ERROR(files_.Replace(path_, content));
  ASSIGN_OR_RETURN(file_, files_.Open(path_, Files::Mode::kWrite));
  size_ = content.size();
  rewritten_size_ = size_;
  unsynced_ = false;
  incomplete_ = false;
  return absl::OkStatus();
}

// `step` is already true of the members.
absl::Status RelayState::Append(const v1::StateStep& step, bool durable) {
  if (incomplete_ || size_ > 2 * rewritten_size_ + kRelayStateBytesMax) return Rewrite();
  const std::string frame = Frame(step);
  incomplete_ = true;
  RETURN_IF_ERROR(file_->Write(size_, frame));
  size_ += frame.size();
  incomplete_ = false;
  unsynced_ = true;
  return durable ? Sync() : absl::OkStatus();
}

absl::Status RelayState::Sync() {
  if (!unsynced_ || incomplete_) return absl::OkStatus();
  // A sync that failed is not tried again: the next step writes another file.
  incomplete_ = true;
  RETURN_IF_ERROR(file_->Sync());
  incomplete_ = false;
  unsynced_ = false;
  return absl::OkStatus();
}

absl::Status RelayState::Read(Position position, std::uint64_t history,
                              const std::vector<Entry>& entries) {
  CHECK(position_ <= position);
  v1::StateStep step;
  step.set_position(position.value);
  step.set_history(history);
  for (const auto& [at, stream] : entries) {
    v1::Letter& letter = *step.add_letters();
    letter.set_position(at.value);
    letter.set_stream(stream);
  }
  if (incomplete_) RETURN_IF_ERROR(Rewrite());
  const std::string frame = Frame(step);
  if (absl::Status status = file_->Write(size_, frame); !status.ok()) {
    incomplete_ = true;
    return status;
  }
  size_ += frame.size();
  unsynced_ = true;
  position_ = position;
  history_ = history;
  for (const auto& [at, stream] : entries) queue_.Add(stream, at);
  return absl::OkStatus();
}

void RelayState::Finish(Position position) {
  queue_.Finish(position);
  v1::StateStep step;
  step.add_done(position.value);
  // See the class comment: the next step carries it.
  Append(step, /*durable=*/false).IgnoreError();
}

void RelayState::Delivered(Position position, absl::Time at) {
  queue_.Delivered(position, at);
  v1::StateStep step;
  step.add_done(position.value);
  Append(step, /*durable=*/false).IgnoreError();
}

bool RelayState::Fail(Position position, const Failure& failure) {
  v1::StateStep step;
  *step.add_letters() = queue_.Fail(position, failure);
  Append(step, step.letters(0).dead()).IgnoreError();
  return step.letters(0).dead();
}

void RelayState::SetAside(Position position, const Failure& failure) {
  v1::StateStep step;
  *step.add_letters() = queue_.SetAside(position, failure);
  Append(step, /*durable=*/true).IgnoreError();
}

absl::StatusOr<std::uint32_t> RelayState::Revive(const std::vector<std::string>& event_ids) {
  std::vector<std::string> wanted = event_ids;
  if (wanted.empty()) {
    for (const v1::Letter& letter : queue_.DeadLetters()) wanted.push_back(letter.event_id());
  }
  v1::StateStep step;
  for (const std::string& event_id : wanted) {
    std::optional<v1::Letter> letter = queue_.Revive(event_id);
    if (letter.has_value()) *step.add_letters() = *std::move(letter);
  }
  if (step.letters_size() > 0) RETURN_IF_ERROR(Append(step, /*durable=*/true));
  return static_cast<std::uint32_t>(step.letters_size());
}

absl::Status RelayState::Skip(std::string_view event_id, const v1::Skip& skip) {
  std::optional<v1::Letter> letter = queue_.GiveUp(event_id);
  if (!letter.has_value()) {
    return Error(absl::StatusCode::kNotFound, "LETTER_UNKNOWN",
                 absl::StrCat("no dead letter holds the event ", ToAbsl(event_id)));
  }
  *letter->mutable_skip() = skip;
  Remember(*letter);
  v1::StateStep step;
  step.add_done(letter->position());
  *step.add_skipped() = *std::move(letter);
  return Append(step, /*durable=*/true);
}

absl::Status RelayState::Rewind(Position position) {
  if (position > position_) {
    return Error(absl::StatusCode::kOutOfRange, "POSITION_AHEAD",
                 absl::StrCat("this relay has read up to ", position_.value));
  }
  queue_.ForgetAfter(position);
  position_ = position;
  // What followed there is looked at anew, whichever history it belongs to.
  history_ = 0;
  v1::StateStep step;
  step.set_rewind(true);
  step.set_position(position.value);
  return Append(step, /*durable=*/true);
}

void RelayState::Remember(const v1::Letter& letter) {
  skipped_.push_back(letter);
  if (skipped_.size() > kRelaySkippedMax) skipped_.pop_front();
}

}  // namespace mlup::relay
