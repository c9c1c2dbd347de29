#include "services/domain/unit_of_work.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include <google/protobuf/descriptor.h>

#include "eventstore/base/categories.h"
#include "eventstore/base/check.h"
#include "eventstore/payload/payload.h"
#include "mlup/common/v1/common.pb.h"
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
  if (type.creates() && history.revision.value > 0) {
    return Refuse("STREAM_EXISTS", "the record exists already",
                  "add to it, or correct its first entry");
  }
  if (type.needs_existing() && history.revision.value == 0) {
    return Refuse("STREAM_UNKNOWN", "there is no such record yet",
                  "begin it first, or check the id");
  }
  return absl::OkStatus();
}

// An id that the author made must be new on its stream, where voids and corrections look for it.
absl::Status CheckEventId(const StreamHistory& history, const std::string& id) {
  if (FindEvent(history, id) == nullptr) return absl::OkStatus();
  return Refuse("EVENT_ID_TAKEN", "another event of this record has the event id",
                "choose a new one");
}

// A rule that does not know what happened cannot say what may follow. Voiding what is unknown is a
// way out.
absl::Status CheckKnown(const StreamHistory& history) {
  for (std::size_t i = 0; i < history.events.size(); ++i) {
    const LiveEvent& earlier = history.events[i];
    if (earlier.message != nullptr || earlier.voided) continue;
    return Refuse("EVENT_TYPE_UNKNOWN",
                  absl::StrCat("event ", i + 1, " of ", history.stream, " has the type ",
                               earlier.type, ", which this version does not know"),
                  "use the newer version that recorded it, or void that event");
  }
  return absl::OkStatus();
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
                  "record it on the stream of the person that is named");
  }
  return absl::OkStatus();
}

bool IsEntry(const Message& event) {
  return dynamic_cast<const common::v1::EntryVoided*>(&event) != nullptr ||
         dynamic_cast<const common::v1::DetailsCorrected*>(&event) != nullptr;
}

}  // namespace

std::vector<std::string> UnitOfWork::StreamsOf(const FactType& type, const Message& event,
                                               const std::string& stream) {
  std::vector<std::string> streams = {stream};
  if (type.aggregate == nullptr) return streams;
  for (std::string& other : type.aggregate->Reads(event)) {
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
    savepoint[stream] = held == streams_.end() ? std::nullopt : std::optional(held->second);
  }
  return savepoint;
}

void UnitOfWork::Restore(const Savepoint& savepoint) {
  for (const auto& [stream, history] : savepoint) {
    DropStates(stream);
    if (history) {
      streams_[stream] = *history;
    } else {
      streams_.erase(stream);
    }
  }
}

void UnitOfWork::DropStates(const std::string& stream) {
  std::erase_if(states_, [&stream](const auto& state) { return state.first.first == stream; });
}

void UnitOfWork::Put(StreamHistory history) {
  const std::string stream = history.stream;
  streams_[stream] = std::move(history);
}

const StreamHistory& UnitOfWork::Of(const std::string& stream) const {
  const auto found = streams_.find(stream);
  CHECK(found != streams_.end() && "a rule reads only the streams that Reads() names");
  return found->second;
}

absl::StatusOr<AddedFacts> UnitOfWork::Add(const FactType& type, const Message& event,
                                           const Circumstances& circumstances) {
  const std::string& stream = circumstances.stream;
  RETURN_IF_ERROR(CheckCategory(type, stream));
  StreamHistory& history = streams_.at(stream);
  RETURN_IF_ERROR(CheckPlace(type, history));
  RETURN_IF_ERROR(CheckEventId(history, circumstances.event_id));
  if (dynamic_cast<const common::v1::EntryVoided*>(&event) == nullptr) {
    for (const std::string& read : StreamsOf(type, event, stream)) {
      RETURN_IF_ERROR(CheckKnown(Of(read)));
    }
  }
  RETURN_IF_ERROR(CheckPerson(event, stream));
  RETURN_IF_ERROR(CheckEntry(history, event, circumstances.known_at));
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
  live.info = {circumstances.event_id, stream, circumstances.actor_id, circumstances.occurred};
  live.type = event.GetTypeName();
  live.known_at = circumstances.known_at;
  live.message = payload::ClearCopy(event);
  if (IsEntry(event)) {
    DropStates(stream);
  } else {
    Fold(live);
  }
  AddEvent(history, std::move(live));
  return added;
}

void UnitOfWork::Fold(const LiveEvent& event) {
  for (const auto& [key, state] : states_) {
    if (key.first == event.info.stream) key.second->Fold(state.get(), *event.message, event.info);
  }
}

const void* UnitOfWork::StateOf(const AnyAggregate& aggregate, const std::string& stream) const {
  std::shared_ptr<void>& state = states_[{stream, &aggregate}];
  if (state == nullptr) {
    state = aggregate.NewState();
    for (const LiveEvent& event : Of(stream).events) {
      if (event.voided || event.message == nullptr) continue;
      aggregate.Fold(state.get(), *event.message, event.info);
    }
  }
  return state.get();
}

}  // namespace mlup::domain
