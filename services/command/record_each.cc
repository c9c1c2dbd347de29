// Many requests in one go: decided one after the other on what those before them will have
// recorded, sealed with keys made together, and handed to the log together, so that all wait for
// one sync.
#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

#include "services/command/command_handler.h"
#include "services/command/erasures.h"

namespace mlup::command {

using google::protobuf::Message;

// One call's requests. One thread.
class CommandHandler::Batch {
 public:
  Batch(CommandHandler& handler, std::size_t requests)
      : handler_(handler), results_(requests, absl::UnknownError("")), streams_(Begin()) {}

  void Add(std::size_t index, const Message& request) {
    absl::StatusOr<CheckedRequest> checked =
        CheckRequest(request, handler_.policy_, handler_.keyring_, handler_.clock_.Now());
    if (!checked.ok()) {
      results_[index] = handler_.Unfit(request, checked.status());
      return;
    }
    // What is not recorded yet cannot be looked up, and what is only validated must see all before
    // it.
    const std::string key = absl::StrCat(checked->identity.key.organisation_id(), "\n",
                                         checked->identity.key.request_id());
    if (checked->validate_only || keys_.contains(key)) Flush();
    if (checked->validate_only) {
      results_[index] = handler_.RecordChecked(*checked);
      return;
    }
    if (IsAnswered(index, *checked)) return;
    const std::vector<std::string> read = checked->Streams();
    const domain::UnitOfWork::Savepoint before = streams_.unit().Save(read);
    waiting_.push_back({index, *std::move(checked), absl::UnknownError("")});
    Waiting& waiting = waiting_.back();
    waiting.decision = handler_.Decide(waiting.request, streams_);
    // Recorded by somebody else while it was decided: a stream that was just read may have it, and
    // what comes next must not see it twice.
    absl::StatusOr<std::optional<RecordResult>> earlier = handler_.Lookup(waiting.request.identity);
    if (earlier.ok() && !earlier->has_value()) {
      keys_.insert(key);
      return;
    }
    streams_.unit().Restore(before);
    waiting_.pop_back();
    Answer(index, std::move(earlier));
  }

  std::vector<absl::StatusOr<RecordResult>> Finish() {
    Flush();
    return std::move(results_);
  }

 private:
  struct Waiting {
    std::size_t index;
    CheckedRequest request;
    absl::StatusOr<Decision> decision;
    // Why it could not be sealed.
    absl::Status failure = {};
  };

  // Whether it was recorded before, or cannot be looked up.
  bool IsAnswered(std::size_t index, const CheckedRequest& request) {
    absl::StatusOr<std::optional<RecordResult>> earlier = handler_.Lookup(request.identity);
    if (earlier.ok() && !earlier->has_value()) return false;
    Answer(index, std::move(earlier));
    return true;
  }

  void Answer(std::size_t index, absl::StatusOr<std::optional<RecordResult>> earlier) {
    if (!earlier.ok()) {
      results_[index] = earlier.status();
      return;
    }
    results_[index] = **std::move(earlier);
    // Somebody recorded it, perhaps just now: the streams at hand may lack it.
    Flush();
    streams_ = Begin();
  }

  // Read, and not as they are known: a request that is decided anew is recorded after those that
  // follow it.
  LoadedStreams Begin() { return handler_.Begin(LoadedStreams::Take::kLatest); }

  // One sync for the keys of all. A disk that takes none fails each request by itself, with its own
  // words.
  void MakeKeys() {
    std::vector<std::string> subjects;
    for (const Waiting& waiting : waiting_) {
      if (!waiting.decision.ok()) continue;
      for (std::string& subject : waiting.decision->Subjects()) {
        subjects.push_back(std::move(subject));
      }
    }
    handler_.keyring_.KeysFor(subjects).status().IgnoreError();
  }

  void Flush() {
    if (waiting_.empty()) return;
    std::vector<log::pb::AppendRequest> appends;
    std::vector<Waiting*> appended;
    MakeKeys();
    for (Waiting& waiting : waiting_) {
      if (!waiting.decision.ok()) continue;
      const absl::StatusOr<Keys> keys = handler_.KeysFor(*waiting.decision);
      if (!keys.ok()) {
        // What was decided after it rests on it.
        waiting.failure = keys.status();
        break;
      }
      appends.push_back(handler_.Seal(waiting.request, *waiting.decision, *keys));
      appended.push_back(&waiting);
    }
    Settle(appended, handler_.log_.AppendEach(appends));
    waiting_.clear();
    keys_.clear();
  }

  // A decision rests on those before it: from the first that the log did not append now, each is
  // made anew.
  void Settle(const std::vector<Waiting*>& appended,
              const std::vector<absl::StatusOr<log::pb::AppendResponse>>& responses) {
    const bool all = std::none_of(waiting_.begin(), waiting_.end(),
                                  [](const Waiting& waiting) { return !waiting.failure.ok(); }) &&
                     std::all_of(responses.begin(), responses.end(), [](const auto& response) {
                       return response.ok() && !response->replayed();
                     });
    if (all) streams_.Recorded();
    streams_ = Begin();
    bool sure = true;
    std::size_t next = 0;
    for (Waiting& waiting : waiting_) {
      const bool was_appended = next < appended.size() && appended[next] == &waiting;
      Settle(waiting, was_appended ? &responses[next++] : nullptr, sure);
    }
  }

  void Settle(const Waiting& waiting, const absl::StatusOr<log::pb::AppendResponse>* response,
              bool& sure) {
    absl::StatusOr<RecordResult>& result = results_[waiting.index];
    if (!waiting.failure.ok()) {
      sure = false;
      result = waiting.failure;
    } else if (response == nullptr) {
      result = sure ? handler_.Refused(waiting.request, waiting.decision.status())
                    : handler_.RecordChecked(waiting.request);
      // Recorded by somebody else meanwhile: what was decided after it may lack it.
      if (result.ok()) sure = false;
    } else if (response->ok()) {
      if ((*response)->replayed()) sure = false;
      const absl::Status destroyed = DestroyErased(waiting.request, handler_.keyring_);
      result = destroyed.ok() ? absl::StatusOr<RecordResult>(ToResult(**response)) : destroyed;
    } else if (absl::IsAborted(response->status())) {
      sure = false;
      result = handler_.RecordChecked(waiting.request);
    } else {
      sure = false;
      result = AtFact(waiting.request, response->status());
    }
  }

  CommandHandler& handler_;
  std::vector<absl::StatusOr<RecordResult>> results_;
  LoadedStreams streams_;
  std::deque<Waiting> waiting_;
  // Organisation and request id of those that wait.
  std::set<std::string> keys_;
};

std::vector<absl::StatusOr<RecordResult>> CommandHandler::RecordEach(
    const std::vector<const Message*>& requests) {
  Batch batch(*this, requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) batch.Add(i, *requests[i]);
  return batch.Finish();
}

}  // namespace mlup::command
