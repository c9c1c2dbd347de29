#include "services/domain/unit_of_work.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include <google/protobuf/descriptor.h>

#include "eventstore/base/categories.h"
#include "eventstore/base/check.h"
#include "eventstore/payload/patch.h"
#include "eventstore/payload/payload.h"
#include "mlup/command/v1/command.pb.h"
#include "mlup/common/v1/common.pb.h"
#include "services/domain/consents.h"
#include "services/domain/entries.h"

namespace mlup::domain {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

absl::Status CheckCategory(const FactType& type, const std::string& stream) {
  const std::vector<std::string> categories = type.categories();
  const std::string_view category = CategoryOf(stream);
  if (std::find(categories.begin(), categories.end(), category) != categories.end()) {
    return absl::OkStatus();
  }
  return FieldError(absl::StatusCode::kInvalidArgument, "STREAM_CATEGORY", "stream",
                    absl::StrCat("must be a stream of category ", absl::StrJoin(categories, ", "),
                                 " for ", type.field->name()));
}

absl::Status CheckPlace(const FactType& type, const StreamHistory& history) {
  if (type.creates() && history.revision().value > 0) {
    return Refuse("STREAM_EXISTS", "the record exists already",
                  "add to it, or correct its first entry");
  }
  if (type.needs_existing() && history.revision().value == 0) {
    return Refuse("STREAM_UNKNOWN", "there is no such record yet",
                  "begin it first, or check the id");
  }
  return absl::OkStatus();
}

// An id that the author made must be new on its stream, where voids and corrections look for it.
absl::Status CheckEventId(const StreamHistory& history, const std::string& id) {
  if (history.Find(id) == nullptr) return absl::OkStatus();
  return FieldError(absl::StatusCode::kFailedPrecondition, "EVENT_ID_TAKEN", "event_id",
                    "another event of this record has it: choose a new one");
}

// A rule that does not know what happened cannot say what may follow. Voiding what is unknown is a
// way out.
absl::Status CheckKnown(const StreamHistory& history) {
  const std::optional<std::size_t> unknown = history.FirstUnknown();
  if (!unknown) return absl::OkStatus();
  return Refuse("EVENT_TYPE_UNKNOWN",
                absl::StrCat("event ", *unknown + 1, " of ", history.stream(), " has the type ",
                             history.At(*unknown).type, ", which this version does not know"),
                "use the newer version that recorded it, or void that event");
}

// What stands on a person's stream is about that person: the first person that it names alone.
absl::Status CheckPerson(const Message& event, const std::string& stream) {
  if (!IsPersonStream(stream)) return absl::OkStatus();
  const auto* reflection = event.GetReflection();
  for (int i = 0; i < event.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = event.GetDescriptor()->field(i);
    const std::string id_field = payload::AboutField(*field);
    if (id_field.empty() || field->is_repeated()) continue;
    if (!reflection->HasField(event, field)) return absl::OkStatus();
    const Message& about = reflection->GetMessage(event, field);
    const std::string id =
        about.GetReflection()->GetString(about, about.GetDescriptor()->FindFieldByName(id_field));
    if (RecordIdOf(stream) == id) return absl::OkStatus();
    return Refuse("OTHER_PERSON", "the stream is another person's",
                  "record it on the stream of the person that is named",
                  absl::StrCat(".", field->name(), ".", id_field));
  }
  return absl::OkStatus();
}

// What ends cannot end before it began.
absl::Status CheckEnd(const StreamHistory& history, const Message& event,
                      const std::optional<DayRange>& occurred) {
  const auto& rule = event.GetDescriptor()->options().GetExtension(command::v1::event);
  if (rule.ends().empty() || !occurred) return absl::OkStatus();
  const auto begins = [&](const LiveEvent& other) {
    if (other.voided || other.message == nullptr || other.type != rule.ends()) return false;
    return std::ranges::all_of(rule.ends_match(), [&](const std::string& path) {
      const auto ours = payload::ReadField(event, path);
      const auto theirs = payload::ReadField(*other.message, path);
      return ours.ok() && theirs.ok() && *ours == *theirs;
    });
  };
  for (std::size_t i = history.size(); i > 0; --i) {
    const LiveEvent& begun = history.At(i - 1);
    if (!begins(begun)) continue;
    if (!begun.info.occurred || occurred->last >= begun.info.occurred->first) break;
    return Refuse("END_BEFORE_BEGINNING",
                  absl::StrCat("it would end on ", FormatDay(occurred->last), ", before it began, ",
                               FormatDay(begun.info.occurred->first)),
                  "check both days, and correct the beginning if that is wrong");
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<std::string> UnitOfWork::StreamsOf(const FactType& type, const Message& event,
                                               const std::string& stream) {
  std::vector<std::string> streams = {stream};
  if (type.aggregate == nullptr) return streams;
  for (std::string& other : type.aggregate->Reads(event, stream)) {
    if (std::find(streams.begin(), streams.end(), other) == streams.end()) {
      streams.push_back(std::move(other));
    }
  }
  return streams;
}

UnitOfWork::Savepoint UnitOfWork::Save(const std::vector<std::string>& streams) const {
  Savepoint savepoint;
  for (const std::string& stream : streams) {
    const auto held = streams_.find(stream);
    savepoint[stream] =
        held == streams_.end() ? std::nullopt : std::optional(held->second->added());
  }
  return savepoint;
}

void UnitOfWork::Restore(const Savepoint& savepoint) {
  for (const auto& [stream, added] : savepoint) {
    if (added) {
      streams_.at(stream)->CutBack(*added);
    } else {
      streams_.erase(stream);
    }
  }
}

void UnitOfWork::Put(std::shared_ptr<const StreamHistory> history) {
  const std::string stream = history->stream();
  streams_[stream] = std::make_unique<StreamHistory>(std::move(history));
}

const StreamHistory& UnitOfWork::Of(const std::string& stream) const {
  const auto found = streams_.find(stream);
  CHECK(found != streams_.end() && "a rule reads only the streams that Reads() names");
  return *found->second;
}

std::vector<UnitOfWork::Change> UnitOfWork::Changes() const {
  std::vector<Change> changes;
  for (const auto& [stream, history] : streams_) {
    if (history->added() == 0) continue;
    changes.push_back({stream, {history->revision().value - history->added()}, history->Added()});
  }
  return changes;
}

absl::StatusOr<AddedFacts> UnitOfWork::Add(const FactType& type, const Message& event,
                                           const Circumstances& circumstances) {
  const std::string& stream = circumstances.stream;
  RETURN_IF_ERROR(CheckCategory(type, stream));
  StreamHistory& history = *streams_.at(stream);
  RETURN_IF_ERROR(CheckPlace(type, history));
  RETURN_IF_ERROR(CheckEventId(history, circumstances.event_id));
  if (dynamic_cast<const common::v1::EntryVoided*>(&event) == nullptr) {
    for (const std::string& read : StreamsOf(type, event, stream)) {
      RETURN_IF_ERROR(CheckKnown(Of(read)));
    }
  }
  RETURN_IF_ERROR(CheckPerson(event, stream));
  RETURN_IF_ERROR(CheckEnd(history, event, circumstances.occurred));
  RETURN_IF_ERROR(CheckEntry(history, event, circumstances.known_at, circumstances.today,
                             circumstances.may_see));
  RETURN_IF_ERROR(CheckConsent(history, event, circumstances.actor_id, circumstances.on_behalf_of));
  AddedFacts added;
  if (type.aggregate != nullptr) {
    RuleContext context{.stream = stream,
                        .actor_id = circumstances.actor_id,
                        .on_behalf_of = circumstances.on_behalf_of,
                        .today = circumstances.today,
                        .occurred = circumstances.occurred,
                        .states = this};
    ASSIGN_OR_RETURN(added,
                     type.aggregate->Decide(StateOf(*type.aggregate, stream), event, context));
  }
  LiveEvent live;
  live.info = {circumstances.event_id,     stream,
               circumstances.actor_id,     circumstances.occurred,
               circumstances.on_behalf_of, circumstances.organisation_id,
               circumstances.place,        circumstances.sector};
  live.type = event.GetTypeName();
  live.known_at = circumstances.known_at;
  live.message = payload::ClearCopy(event);
  history.Add(std::move(live));
  return added;
}

const void* UnitOfWork::StateOf(const AnyAggregate& aggregate, const std::string& stream) const {
  return Of(stream).StateOf(aggregate);
}

}  // namespace mlup::domain
