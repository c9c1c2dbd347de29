#include "services/search/person_facts.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string_view>

#include "eventstore/base/categories.h"
#include "eventstore/base/limits.h"
#include "eventstore/payload/event_references.h"
#include "eventstore/payload/patch.h"
#include "eventstore/payload/payload.h"
#include "mlup/common/v1/common.pb.h"
#include "services/privacy/sealing.h"

namespace mlup::search {
namespace {

using google::protobuf::Message;

struct OpenedEvent {
  std::string id;
  std::string organisation_id;
  std::unique_ptr<Message> message;
};

// The event with what is sealed of the person. NOT_FOUND KEY_DESTROYED; DATA_LOSS.
absl::StatusOr<OpenedEvent> Opened(const log::v1::Record& record, const privacy::Keyring& keyring) {
  const log::v1::Event& event = record.event();
  OpenedEvent opened{event.event_id(), event.actor().organisation_id(), nullptr};
  ASSIGN_OR_RETURN(opened.message, payload::JoinClear(event));
  for (const log::v1::SubjectPart& part : event.subjects()) {
    if (part.sealed().empty() || part.subject_id() != RecordIdOf(record.stream())) continue;
    ASSIGN_OR_RETURN(const std::string personal,
                     privacy::Open(keyring, event, record.stream(), part));
    RETURN_IF_ERROR(payload::MergePersonal(*opened.message, part.subject_id(), personal));
  }
  return opened;
}

void Correct(const google::protobuf::RepeatedPtrField<common::v1::FieldChange>& changes,
             Message& event) {
  for (const common::v1::FieldChange& change : changes) {
    // One that no longer fits the event was refused, or is of a later version.
    payload::WriteField(event, change.field(), change.new_value()).IgnoreError();
  }
}

// The events that stand, corrected, in order.
std::vector<OpenedEvent> Standing(std::vector<OpenedEvent> events) {
  std::map<std::string, std::size_t> by_id;
  for (std::size_t at = 0; at < events.size(); ++at) by_id[events[at].id] = at;
  for (const OpenedEvent& event : events) {
    if (event.message == nullptr) continue;
    const auto target = [&](event::v1::Reference how) -> OpenedEvent* {
      const auto found = by_id.find(payload::ReferenceOf(*event.message, how));
      return found == by_id.end() ? nullptr : &events[found->second];
    };
    const auto* correction = dynamic_cast<const common::v1::DetailsCorrected*>(event.message.get());
    OpenedEvent* const corrected = target(event::v1::REFERENCE_CORRECTS);
    if (correction != nullptr && corrected != nullptr && corrected->message != nullptr) {
      Correct(correction->changes(), *corrected->message);
      for (const auto& person : correction->persons()) {
        Correct(person.changes(), *corrected->message);
        Correct(person.personal_changes(), *corrected->message);
      }
    }
    for (const auto how : {event::v1::REFERENCE_VOIDS, event::v1::REFERENCE_UNDOES}) {
      OpenedEvent* const undone = target(how);
      if (undone != nullptr && undone != &event) undone->message = nullptr;
    }
  }
  std::erase_if(events, [](const OpenedEvent& event) { return event.message == nullptr; });
  return events;
}

void AddIfSaid(const std::string& text, std::vector<std::string>& texts) {
  if (!text.empty() && std::ranges::find(texts, text) == texts.end()) texts.push_back(text);
}

void Take(const cases::v1::PersonRegistered::Person& person, PersonFacts& facts) {
  AddIfSaid(person.name_km(), facts.names);
  AddIfSaid(person.name_latin(), facts.names);
  for (const std::string& alias : person.aliases()) AddIfSaid(alias, facts.names);
  AddIfSaid(person.phone(), facts.phones);
  facts.sex = person.sex();
  facts.birth_month = person.birth_month();
  facts.birth_day = ParseDay(person.date_of_birth());
  facts.birth_estimated = person.birth_estimated();
  facts.province = person.residence_province_code();
}

void Take(const Message& event, PersonFacts& facts) {
  if (const auto* moved = dynamic_cast<const cases::v1::ResidenceChanged*>(&event)) {
    facts.province = moved->person().residence_province_code();
    AddIfSaid(moved->person().phone(), facts.phones);
  } else if (const auto* added = dynamic_cast<const cases::v1::PersonIdentifierAdded*>(&event)) {
    facts.identifiers.emplace_back(added->person().scheme(), added->person().value());
  } else if (const auto* merged = dynamic_cast<const cases::v1::PersonsMerged*>(&event)) {
    facts.merged_into = merged->survivor().person_id();
  } else if (const auto* found = dynamic_cast<const cases::v1::PossibleDuplicateFound*>(&event)) {
    facts.possible_duplicates.insert(found->other().person_id());
    facts.dismissed_duplicates.erase(found->other().person_id());
  } else if (const auto* dismissed =
                 dynamic_cast<const cases::v1::PossibleDuplicateDismissed*>(&event)) {
    facts.possible_duplicates.erase(dismissed->other().person_id());
    facts.dismissed_duplicates.insert(dismissed->other().person_id());
  }
}

}  // namespace

absl::StatusOr<std::vector<log::v1::Record>> ReadStream(log::EventLog& log,
                                                        const std::string& stream) {
  std::vector<log::v1::Record> records;
  log::v1::ReadStreamRequest request;
  request.set_stream(stream);
  request.set_from_revision(1);
  request.set_limit(kReadEventsMax);
  while (true) {
    ASSIGN_OR_RETURN(log::v1::ReadStreamResponse page, log.ReadStream(request));
    for (log::v1::Record& record : *page.mutable_records()) records.push_back(std::move(record));
    if (page.records().empty()) return records;
    request.set_from_revision(records.back().revision() + 1);
    if (request.from_revision() > page.last_revision()) return records;
  }
}

std::optional<PersonFacts> FactsOf(const std::vector<log::v1::Record>& records,
                                   const privacy::Keyring& keyring) {
  std::vector<OpenedEvent> events;
  for (const log::v1::Record& record : records) {
    if (!IsSearched(record.event().type())) continue;
    absl::StatusOr<OpenedEvent> opened = Opened(record, keyring);
    if (absl::IsNotFound(opened.status())) return std::nullopt;
    if (opened.ok()) events.push_back(*std::move(opened));
  }
  std::optional<PersonFacts> facts;
  for (const OpenedEvent& event : Standing(std::move(events))) {
    const auto* registered = dynamic_cast<const cases::v1::PersonRegistered*>(event.message.get());
    if (registered != nullptr) {
      facts.emplace().organisation_id = event.organisation_id;
      Take(registered->person(), *facts);
    } else if (facts) {
      Take(*event.message, *facts);
    }
  }
  return facts;
}

bool IsSearched(const std::string& type) {
  static const std::set<std::string> types = {
      cases::v1::PersonRegistered::descriptor()->full_name(),
      cases::v1::ResidenceChanged::descriptor()->full_name(),
      cases::v1::PersonIdentifierAdded::descriptor()->full_name(),
      cases::v1::PersonsMerged::descriptor()->full_name(),
      cases::v1::PersonsUnmerged::descriptor()->full_name(),
      cases::v1::PossibleDuplicateFound::descriptor()->full_name(),
      cases::v1::PossibleDuplicateDismissed::descriptor()->full_name(),
      common::v1::EntryVoided::descriptor()->full_name(),
      common::v1::DetailsCorrected::descriptor()->full_name()};
  return types.contains(type);
}

}  // namespace mlup::search
