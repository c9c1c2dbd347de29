// One batch is one state of the consents and of the ledger, and what the batch itself adds to it.
#include "services/sharing/judge.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include <google/protobuf/message.h>

#include "eventstore/base/categories.h"
#include "eventstore/base/days.h"
#include "eventstore/log/history.h"
#include "eventstore/log/read_rules.h"
#include "eventstore/payload/event_types.h"
#include "eventstore/payload/payload.h"
#include "services/sharing/concern.h"
#include "services/sharing/subscribers.h"

namespace mlup::sharing {
namespace {

// Positions that may be looked at without a note of it.
constexpr std::uint64_t kPassedUnkept = 4096;
// How long a page of what is recalled waits for the consents.
constexpr absl::Duration kRecallWait = absl::Seconds(1);
// A void of a correction of a void and so on is followed back so far.
constexpr int kChainMax = 8;

std::string EntityId(const std::string& stream) { return std::string(RecordIdOf(stream)); }

// An erasure is told whatever it holds, as long as its type can be named.
bool IsKnownErasure(const log::v1::Record& record) {
  return IsErasureStream(record.stream()) &&
         payload::FindEventType(record.event().type()) != nullptr;
}

// One batch.
class Batch {
 public:
  Batch(log::EventLog& log, const v1::Subscriber& subscriber, ConsentBook& book,
        Ledger::Received before, log::v1::Direction direction)
      : log_(log),
        subscriber_(subscriber),
        book_(book),
        before_(std::move(before)),
        chain_max_(direction == log::v1::DIRECTION_BACKWARD ? kChainMax : 0) {}

  // Undecided where the subscriber did not ask for it and it follows nothing that it has.
  absl::StatusOr<Decision> DecideOn(const log::v1::Record& record, bool is_wanted) {
    ASSIGN_OR_RETURN(Knowledge knowledge, Know(record, chain_max_));
    if (!is_wanted && !knowledge.follows && !knowledge.precedes) return Decision();
    RETURN_IF_ERROR(AddEnvelope(record.event(), knowledge));
    Decision decision = Decide(subscriber_, record, knowledge);
    Ledger::Entry entry{{record.position()}, decision.outcome, decision.entities};
    // What the agreement does not cover was never in question.
    if (entry.outcome != Outcome::kNotCovered && entry.outcome != Outcome::kOwnWork) {
      if (IsHeld(entry.outcome)) {
        received_.insert(entry.position);
        entities_.insert(entry.entities.begin(), entry.entities.end());
      }
      entries_.push_back(std::move(entry));
    }
    return decision;
  }

  const std::vector<Ledger::Entry>& entries() const { return entries_; }

 private:
  bool NeedsConsent() const {
    return subscriber_.agreement().consent() != cases::v1::CONSENT_PURPOSE_UNSPECIFIED;
  }

  static bool IsHeld(Outcome outcome) { return IsDelivered(outcome) || outcome == Outcome::kEcho; }

  // All but the envelope. `chain`: how many records may be read to find out what comes next to who
  // reads backward.
  absl::StatusOr<Knowledge> Know(const log::v1::Record& record, int chain) {
    Knowledge knowledge;
    if (BelongsToPersons(record.stream())) {
      const std::string id = EntityId(record.stream());
      ASSIGN_OR_RETURN(knowledge.owners, book_.OwnersOf(id));
      if (CategoryFor(record.stream()).consent == Consent::kItsMembers) {
        ASSIGN_OR_RETURN(const std::vector<std::string> children, book_.ChildrenOfGroup(id));
        knowledge.owners.insert(knowledge.owners.end(), children.begin(), children.end());
      }
    }
    const auto joined = payload::JoinClear(record.event());
    const google::protobuf::Message* message = joined.ok() ? joined->get() : nullptr;
    knowledge.readable = message != nullptr || IsKnownErasure(record);
    const std::optional<Concern> concern = ConcernOf(record, message);
    if (NeedsConsent()) {
      ASSIGN_OR_RETURN(knowledge.consenting, Consenting(record, knowledge.owners, concern));
      if (message != nullptr) RETURN_IF_ERROR(AddMentions(*message, knowledge));
    }
    if (concern.has_value()) {
      RETURN_IF_ERROR(Follow(record, *concern, knowledge));
      if (!knowledge.follows && chain > 0) {
        ASSIGN_OR_RETURN(knowledge.precedes, Precedes(record, *concern, chain));
      }
    }
    return knowledge;
  }

  absl::StatusOr<std::set<std::string, std::less<>>> Consenting(
      const log::v1::Record& record, const std::vector<std::string>& owners,
      const std::optional<Concern>& concern) {
    std::vector<std::string> asked = PersonsOf(record);
    asked.insert(asked.end(), owners.begin(), owners.end());
    if (concern.has_value() && !concern->survivor_id.empty()) {
      asked.push_back(concern->survivor_id);
    }
    std::set<std::string, std::less<>> consenting;
    RETURN_IF_ERROR(AddConsenting(asked, consenting));
    return consenting;
  }

  absl::Status AddConsenting(const std::vector<std::string>& persons,
                             std::set<std::string, std::less<>>& consenting) {
    for (const std::string& person : persons) {
      ASSIGN_OR_RETURN(const bool consents, book_.IsInForce(person));
      if (consents) consenting.insert(person);
    }
    return absl::OkStatus();
  }

  absl::Status AddMentions(const google::protobuf::Message& message, Knowledge& knowledge) {
    for (const std::string& id : IdsIn(message)) RETURN_IF_ERROR(AddMention(id, knowledge));
    return absl::OkStatus();
  }

  absl::Status AddMention(const std::string& id, Knowledge& knowledge) {
    ASSIGN_OR_RETURN(std::vector<std::string> persons, book_.OwnersOf(id));
    if (persons.empty()) return absl::OkStatus();
    RETURN_IF_ERROR(AddConsenting(persons, knowledge.consenting));
    knowledge.mentions.emplace(id, std::move(persons));
    return absl::OkStatus();
  }

  absl::Status AddEnvelope(const log::v1::Event& event, Knowledge& knowledge) {
    for (const std::string& text :
         {event.correlation_id(), event.causation_id(), event.source_id()}) {
      for (const std::string& id : IdsInText(text)) {
        if (NeedsConsent()) RETURN_IF_ERROR(AddMention(id, knowledge));
        ASSIGN_OR_RETURN(const std::optional<Position> position, book_.FindEvent(id));
        if (!position.has_value() || id == event.event_id()) continue;
        ASSIGN_OR_RETURN(bool may_see, HasReceived(*position));
        if (!may_see) {
          ASSIGN_OR_RETURN(may_see, MaySee(*position, 0));
        }
        if (!may_see) knowledge.unseen.insert(id);
      }
    }
    return absl::OkStatus();
  }

  // A correction of what is about a child is about the child, also where its stream is everybody's.
  absl::Status AddConcerned(Position position, Knowledge& knowledge) {
    ASSIGN_OR_RETURN(const log::v1::Record concerned, log::RecordAt(log_, position));
    knowledge.concerned_persons = PersonsOf(concerned);
    return AddConsenting(knowledge.concerned_persons, knowledge.consenting);
  }

  absl::Status Follow(const log::v1::Record& record, const Concern& concern, Knowledge& knowledge) {
    if (!concern.event_id.empty()) {
      ASSIGN_OR_RETURN(const std::optional<EventPlace> place,
                       book_.FindEvent(record.stream(), concern.event_id));
      if (place.has_value()) {
        knowledge.concerned_type = place->type;
        if (NeedsConsent()) RETURN_IF_ERROR(AddConcerned(place->position, knowledge));
        ASSIGN_OR_RETURN(knowledge.follows, HasReceived(place->position));
      }
    }
    for (const std::string& entity : concern.entities) {
      ASSIGN_OR_RETURN(const bool knows, KnowsOf(entity));
      knowledge.follows = knowledge.follows || knows;
    }
    if (!concern.survivor_id.empty()) {
      ASSIGN_OR_RETURN(const bool knows, KnowsOf(PersonStream(concern.survivor_id)));
      const bool ended_consents =
          !NeedsConsent() || knowledge.consenting.contains(EntityId(record.stream()));
      knowledge.follows = knowledge.follows || (knows && ended_consents);
    }
    return absl::OkStatus();
  }

  // Whether what the record is about comes next and will be delivered; of persons and households it
  // is taken for granted where they consent.
  absl::StatusOr<bool> Precedes(const log::v1::Record& record, const Concern& concern, int chain) {
    for (const std::string& entity : concern.entities) {
      ASSIGN_OR_RETURN(const bool may_come, MayTellOf(entity));
      if (may_come) return true;
    }
    if (concern.event_id.empty()) return false;
    ASSIGN_OR_RETURN(const std::optional<EventPlace> place,
                     book_.FindEvent(record.stream(), concern.event_id));
    if (!place.has_value() || place->position.value >= record.position()) return false;
    return MaySee(place->position, chain - 1);
  }

  // Whether what stands there would be delivered if it came now.
  absl::StatusOr<bool> MaySee(Position position, int chain) {
    ASSIGN_OR_RETURN(const log::v1::Record record, log::RecordAt(log_, position));
    ASSIGN_OR_RETURN(const Knowledge knowledge, Know(record, chain));
    return IsHeld(Decide(subscriber_, record, knowledge).outcome);
  }

  absl::StatusOr<bool> MayTellOf(const std::string& entity) {
    if (!NeedsConsent()) return true;
    std::vector<std::string> persons = {EntityId(entity)};
    if (CategoryFor(entity).consent == Consent::kItsPeoples) {
      ASSIGN_OR_RETURN(persons, book_.OwnersOf(EntityId(entity)));
    }
    std::set<std::string, std::less<>> consenting;
    RETURN_IF_ERROR(AddConsenting(persons, consenting));
    return !persons.empty() && std::all_of(persons.begin(), persons.end(), [&](const auto& person) {
      return consenting.contains(person);
    });
  }

  absl::StatusOr<bool> HasReceived(Position position) const {
    if (received_.contains(position)) return true;
    return before_.Has(position);
  }
  absl::StatusOr<bool> KnowsOf(const std::string& entity) const {
    if (entities_.contains(entity)) return true;
    return before_.HasAnythingAbout(entity);
  }

  log::EventLog& log_;
  const v1::Subscriber& subscriber_;
  ConsentBook& book_;
  const Ledger::Received before_;
  const int chain_max_;
  std::set<Position> received_;
  std::set<std::string> entities_;
  std::vector<Ledger::Entry> entries_;
};

}  // namespace

absl::Status Judge::CheckAgreement() const {
  const v1::Agreement& agreement = parts_.subscriber.agreement();
  if (!IsExpired(agreement, DayOf(parts_.clock.Now()))) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "AGREEMENT_EXPIRED",
               absl::StrCat("the agreement with ", parts_.subscriber.subscriber_id(), " ended on ",
                            agreement.expires_on()));
}

absl::StatusOr<Position> Judge::Prepare(absl::Duration timeout) const {
  RETURN_IF_ERROR(CheckAgreement());
  ASSIGN_OR_RETURN(const Position head, parts_.log.Head());
  RETURN_IF_ERROR(parts_.consent_worker.WaitUntil(head, timeout));
  return head;
}

absl::StatusOr<std::vector<log::v1::Record>> Judge::Admit(
    const log::v1::Filter& wanted, const std::vector<log::v1::Record>& records,
    log::v1::Direction direction) {
  const Day today = DayOf(parts_.clock.Now());
  std::unique_ptr<projections::Snapshot> rows = parts_.consents.TakeSnapshot();
  if (!book_.has_value() || !book_->IsAsOf(*rows, today)) {
    book_.emplace(std::move(rows), parts_.subscriber.agreement().consent(), today);
  }
  Batch batch(parts_.log, parts_.subscriber, *book_,
              parts_.ledger.ReceivedBy(parts_.subscriber.subscriber_id()), direction);
  std::vector<log::v1::Record> admitted;
  for (const log::v1::Record& record : records) {
    // Outside of what the subscriber asked for, only what follows is of interest.
    const bool is_wanted = log::MatchesFilter(wanted, record);
    if (!is_wanted && !FollowsData(record.event().type()) && !IsErasureStream(record.stream())) {
      continue;
    }
    ASSIGN_OR_RETURN(Decision decision, batch.DecideOn(record, is_wanted));
    if (decision.record.has_value()) admitted.push_back(*std::move(decision.record));
  }
  if (!batch.entries().empty()) {
    RETURN_IF_ERROR(
        parts_.ledger.Keep(parts_.subscriber.subscriber_id(), batch.entries(), records.back()));
  }
  return admitted;
}

Position Judge::Known() const {
  return parts_.ledger.totals(parts_.subscriber.subscriber_id()).position;
}

absl::Status Judge::Pass(Position position) {
  if (position.value < Known().value + kPassedUnkept) return absl::OkStatus();
  return End(position);
}

absl::Status Judge::End(Position position) {
  if (position <= Known()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const log::v1::Record at, log::RecordAt(parts_.log, position));
  return parts_.ledger.Keep(parts_.subscriber.subscriber_id(), {}, at);
}

absl::StatusOr<bool> Judge::Recall(Position position, absl::Time deadline) {
  log::v1::ReadAllRequest request;
  *request.mutable_filter() = WithConcerns(parts_.subscriber.agreement().filter());
  for (Position known = Known(); known < position; known = Known()) {
    if (deadline < parts_.clock.Now()) return false;
    RETURN_IF_ERROR(Prepare(kRecallWait).status());
    request.set_from_position(Next(known).value);
    ASSIGN_OR_RETURN(log::v1::ReadAllResponse page, parts_.log.ReadAll(request));
    std::vector<log::v1::Record> records;
    for (log::v1::Record& record : *page.mutable_records()) {
      if (record.position() <= position.value) records.push_back(std::move(record));
    }
    RETURN_IF_ERROR(Admit({}, records).status());
    const Position end{page.next_position() == 0 ? page.head() : page.next_position() - 1};
    // The log does not reach so far; whoever reads on is told.
    if (end <= known) break;
    ASSIGN_OR_RETURN(const log::v1::Record at, log::RecordAt(parts_.log, std::min(end, position)));
    RETURN_IF_ERROR(parts_.ledger.Keep(parts_.subscriber.subscriber_id(), {}, at));
  }
  return true;
}

}  // namespace mlup::sharing
