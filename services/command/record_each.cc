// Many requests in one go: decided one after the other on what those before them will have
// recorded, sealed with keys made together, and handed to the log together, so that all wait for
// one sync.
#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/payload/payload.h"
#include "services/command/command_handler.h"

namespace mlup::command {

using google::protobuf::Message;

// One call's requests. One thread.
class CommandHandler::Batch {
 public:
  Batch(CommandHandler& handler, std::size_t requests)
      : handler_(handler), results_(requests, absl::UnknownError("")) {}

  void Add(std::size_t index, const Message& request) {
    absl::StatusOr<CheckedRequest> checked =
        CheckRequest(request, handler_.policy_, handler_.keyring_, handler_.clock_.Now());
    if (!checked.ok()) {
      results_[index] = checked.status();
      return;
    }
    // What is not recorded yet cannot be looked up, and what is only validated must see all before
    // it.
    const std::string key =
        absl::StrCat(checked->key.organisation_id(), "\n", checked->key.request_id());
    if (checked->validate_only || keys_.contains(key)) Flush();
    if (checked->validate_only) {
      results_[index] = handler_.RecordChecked(*checked);
      return;
    }
    absl::StatusOr<std::optional<RecordResult>> earlier = handler_.Lookup(*checked);
    if (!earlier.ok()) {
      results_[index] = earlier.status();
    } else if (earlier->has_value()) {
      results_[index] = **std::move(earlier);
      if (IsNew(*results_[index])) {
        // Others recorded it after its streams were read here.
        Flush();
        unit_ = {};
      }
    } else {
      keys_.insert(key);
      waiting_.push_back({index, *std::move(checked), absl::UnknownError("")});
      Decide(waiting_.back());
    }
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

  // Whether the streams that are held here lack what was recorded.
  bool IsNew(const RecordResult& recorded) const {
    return std::any_of(recorded.streams().begin(), recorded.streams().end(),
                       [this](const auto& at) {
                         return unit_.Holds(at.stream()) &&
                                unit_.Of(at.stream()).revision.value < at.last_revision();
                       });
  }

  void Decide(Waiting& waiting) {
    std::vector<std::string> streams;
    for (const CheckedFact& fact : waiting.request.facts) {
      for (std::string& stream :
           domain::UnitOfWork::StreamsOf(*fact.type, *fact.event, fact.head.stream)) {
        streams.push_back(std::move(stream));
      }
    }
    const domain::UnitOfWork::Savepoint before = unit_.Save(streams);
    waiting.decision = handler_.Decide(waiting.request, unit_);
    if (!waiting.decision.ok()) unit_.Restore(before);
  }

  // One sync for the keys of all.
  absl::Status MakeKeys() {
    std::vector<std::string> subjects;
    for (const Waiting& waiting : waiting_) {
      if (!waiting.decision.ok()) continue;
      for (const NewEvent& event : waiting.decision->events) {
        const absl::StatusOr<payload::Payload> payload = payload::Split(*event.message);
        if (!payload.ok()) continue;  // Seal() says so.
        for (const payload::Part& part : payload->parts) {
          if (!part.personal.empty()) subjects.push_back(part.subject_id);
        }
      }
    }
    return handler_.keyring_.KeysFor(subjects).status();
  }

  void Flush() {
    if (waiting_.empty()) return;
    std::vector<log::pb::AppendRequest> appends;
    std::vector<Waiting*> appended;
    // A disk that takes no keys fails each request by itself, with its own words.
    MakeKeys().IgnoreError();
    for (Waiting& waiting : waiting_) {
      if (!waiting.decision.ok()) continue;
      absl::StatusOr<log::pb::AppendRequest> append =
          handler_.Seal(waiting.request, *waiting.decision);
      if (!append.ok()) {
        // What was decided after it rests on it.
        waiting.failure = append.status();
        break;
      }
      appends.push_back(*std::move(append));
      appended.push_back(&waiting);
    }
    std::vector<absl::StatusOr<log::pb::AppendResponse>> responses =
        handler_.log_.AppendEach(appends);
    // A decision rests on those before it: from the first that the log did not take on, each is
    // made anew.
    bool sure = true;
    std::size_t next = 0;
    for (Waiting& waiting : waiting_) {
      const bool was_appended = next < appended.size() && appended[next] == &waiting;
      Settle(waiting, was_appended ? &responses[next++] : nullptr, sure);
    }
    if (!sure) unit_ = {};
    waiting_.clear();
    keys_.clear();
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
    } else if (response->ok()) {
      result = ToResult(**response);
    } else if (absl::IsAborted(response->status())) {
      sure = false;
      result = handler_.RecordChecked(waiting.request);
    } else {
      sure = false;
      result = response->status();
    }
  }

  CommandHandler& handler_;
  std::vector<absl::StatusOr<RecordResult>> results_;
  domain::UnitOfWork unit_;
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
