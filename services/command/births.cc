#include "services/command/births.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/limits.h"
#include "eventstore/payload/ages.h"
#include "eventstore/payload/event_references.h"
#include "eventstore/payload/patch.h"
#include "eventstore/payload/payload.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/common/v1/common.pb.h"
#include "services/privacy/sealing.h"

namespace mlup::command {
namespace {

using cases::v1::PersonRegistered;
using common::v1::DetailsCorrected;
using google::protobuf::Message;

// The event with what may be opened of it.
absl::StatusOr<std::unique_ptr<Message>> Opened(const log::v1::Record& record,
                                                const privacy::Keyring& keyring) {
  ASSIGN_OR_RETURN(std::unique_ptr<Message> message, payload::JoinClear(record.event()));
  for (const log::v1::SubjectPart& part : record.event().subjects()) {
    if (part.sealed().empty()) continue;
    ASSIGN_OR_RETURN(const std::string personal,
                     privacy::Open(keyring, record.event(), record.stream(), part));
    RETURN_IF_ERROR(payload::MergePersonal(*message, part.subject_id(), personal));
  }
  return message;
}

}  // namespace

void Births::Learn(const std::string& stream, const Message& event) {
  if (const auto* registered = dynamic_cast<const PersonRegistered*>(&event)) {
    births_[std::string(RecordIdOf(stream))] = {ParsePeriod(registered->person().birth_month()),
                                                ParseDay(registered->person().date_of_birth())};
    return;
  }
  // What voids or corrects an entry of the person may change the birth; nobody knows until it is
  // recorded, and can be read.
  if (IsPersonStream(stream) && payload::MarksOf(*event.GetDescriptor()).follows_others) {
    births_[std::string(RecordIdOf(stream))] = {};
  }
}

absl::StatusOr<std::unique_ptr<Message>> Births::WithAges(const Message& event,
                                                          const std::optional<DayRange>& occurred) {
  std::unique_ptr<Message> aged;
  if (!occurred) return aged;
  for (const std::string& person_id : payload::PersonsWithAge(event)) {
    ASSIGN_OR_RETURN(const std::optional<int> age, AgeOf(person_id, *occurred));
    if (!age) continue;
    if (aged == nullptr) {
      aged.reset(event.New());
      aged->CopyFrom(event);
    }
    payload::SetAge(*aged, person_id, static_cast<std::uint32_t>(*age));
  }
  return aged;
}

absl::StatusOr<std::optional<int>> Births::AgeOf(const std::string& person_id,
                                                 const DayRange& occurred) {
  const std::string stream = absl::StrCat("person/", person_id);
  const auto told = births_.find(person_id);
  Birth birth;
  if (told != births_.end()) {
    birth = told->second;
  } else {
    ASSIGN_OR_RETURN(birth.clear, ClearBirth(stream));
  }
  const auto clear = birth.clear ? AgesAt(*birth.clear, occurred) : std::nullopt;
  // Nothing sealed is looked at where the month tells the age, or nobody stated one.
  if (!clear || clear->youngest == clear->oldest) return std::nullopt;
  if (told == births_.end()) {
    ASSIGN_OR_RETURN(birth.day, OpenedBirth(stream));
  }
  if (!birth.day) return std::nullopt;
  const auto ages = AgesAt({*birth.day, *birth.day}, occurred);
  if (!ages || ages->youngest != ages->oldest) return std::nullopt;
  return std::optional<int>(ages->youngest);
}

absl::StatusOr<std::optional<DayRange>> Births::ClearBirth(const std::string& stream) const {
  KnownStreams::History history = known_->Find(stream);
  if (history == nullptr) {
    ASSIGN_OR_RETURN(history, known_->Read(stream));
  }
  for (std::size_t i = 0; i < history->size(); ++i) {
    const domain::LiveEvent& event = history->At(i);
    const auto* registered = dynamic_cast<const PersonRegistered*>(event.message.get());
    if (registered == nullptr || event.voided) continue;
    return ParsePeriod(registered->person().birth_month());
  }
  return std::nullopt;
}

absl::StatusOr<std::optional<Day>> Births::OpenedBirth(const std::string& stream) const {
  // The living registration, and what corrected it.
  std::unique_ptr<PersonRegistered> person;
  std::string event_id;
  log::pb::ReadStreamRequest request;
  request.set_stream(stream);
  request.set_from_revision(1);
  request.set_limit(kReadEventsMax);
  while (true) {
    ASSIGN_OR_RETURN(const log::pb::ReadStreamResponse page, log_->ReadStream(request));
    for (const log::v1::Record& record : page.records()) {
      request.set_from_revision(record.revision() + 1);
      const absl::StatusOr<std::unique_ptr<Message>> message = Opened(record, *keyring_);
      if (!message.ok()) continue;
      if (dynamic_cast<PersonRegistered*>(message->get()) != nullptr) {
        person = std::make_unique<PersonRegistered>(static_cast<PersonRegistered&>(**message));
        event_id = record.event().event_id();
      } else if (payload::ReferenceOf(**message, event::v1::REFERENCE_VOIDS) == event_id) {
        person = nullptr;
      } else if (const auto* correction = dynamic_cast<DetailsCorrected*>(message->get());
                 correction != nullptr && person != nullptr &&
                 correction->corrects_event_id() == event_id) {
        for (const auto& part : correction->persons()) {
          for (const auto& change : part.personal_changes()) {
            payload::WriteField(*person, change.field(), change.new_value()).IgnoreError();
          }
        }
      }
    }
    if (page.records().empty() || request.from_revision() > page.last_revision()) break;
  }
  return person == nullptr ? std::nullopt : ParseDay(person->person().date_of_birth());
}

}  // namespace mlup::command
