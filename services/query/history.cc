// Entries, their order, and the links between what is voided or corrected and what does it.
#include "services/query/history.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include <google/protobuf/message.h>

#include "eventstore/base/categories.h"
#include "eventstore/base/days.h"
#include "eventstore/log/timestamp.h"
#include "eventstore/payload/event_references.h"
#include "eventstore/payload/patch.h"
#include "eventstore/payload/payload.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/common/v1/common.pb.h"
#include "projections/facts/fact.h"
#include "services/privacy/sealing.h"
#include "services/query/describe.h"
#include "services/query/history_links.h"
#include "services/query/history_states.h"
#include "services/query/labels.h"
#include "services/query/special.h"

namespace mlup::query {
namespace {

using audit::v1::HistoryEntry;
using google::protobuf::DynamicCastToGenerated;
using google::protobuf::Message;

// An entry known more days than this after the last day on which it can have happened is late.
constexpr int kLateDays = 7;

// A record with its message, opened as far as the reader may.
struct Opened {
  const log::v1::Record* record = nullptr;
  std::unique_ptr<Message> message;
  std::optional<DayRange> occurred;
  // Some part of this child stayed closed, and why in words.
  std::string closed_because;
  // Fields of special categories were taken out.
  bool masked = false;
  // What this one voids or corrects; empty for none.
  std::string target_id;
  bool voids = false;
};

// The code in a field `reason`; empty where the event has none.
std::string ReasonInside(const Message& message) {
  const auto* field = message.GetDescriptor()->FindFieldByName("reason");
  const bool is_text = field != nullptr && !field->is_repeated() &&
                       field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING;
  return is_text ? message.GetReflection()->GetString(message, field) : "";
}

// Streams hold no such character, and an earlier program let two streams have an event of one id.
std::string EventName(const std::string& stream, const std::string& event_id) {
  return absl::StrCat(stream, " ", event_id);
}

class Builder {
 public:
  Builder(const HistoryView& view, const HistoryParts& parts) : view_(view), parts_(parts) {}

  absl::StatusOr<History> Run(const std::vector<log::v1::Record>& records) {
    History history;
    for (const log::v1::Record& record : records) {
      auto message = payload::JoinClear(record.event());
      if (!message.ok()) {
        history.unreadable.push_back(record.position());
        continue;
      }
      ASSIGN_OR_RETURN(Opened opened, Open(record, *std::move(message)));
      by_event_[EventName(record.stream(), record.event().event_id())] = opened_.size();
      persons_of_stream_[record.stream()].merge(PersonsOf(record));
      opened_.push_back(std::move(opened));
    }
    LinkAnnotations();
    if (!view_.reveals_special) Mask();
    std::vector<std::size_t> order;
    for (const std::size_t index : InOrder()) AddWithAnnotations(index, order);
    std::erase_if(order, [this](std::size_t index) { return !IsWanted(index); });
    for (const std::size_t index : order) history.entries.push_back(Entry(index));
    Link(order, history);
    if (view_.with_states) RETURN_IF_ERROR(AddStates(order, history));
    history.subject = Subject();
    return history;
  }

 private:
  absl::StatusOr<Opened> Open(const log::v1::Record& record,
                              std::unique_ptr<Message> message) const {
    Opened opened;
    opened.record = &record;
    const log::v1::Event& event = record.event();
    // Days that cannot be read are as good as none.
    const auto occurred = projections::OccurredDays(event.occurred());
    if (occurred.ok()) opened.occurred = *occurred;
    opened.message = std::move(message);
    opened.target_id = payload::ReferenceOf(*opened.message, event::v1::REFERENCE_VOIDS);
    opened.voids = !opened.target_id.empty();
    if (!opened.voids) {
      opened.target_id = payload::ReferenceOf(*opened.message, event::v1::REFERENCE_CORRECTS);
    }
    for (const log::v1::SubjectPart& part : event.subjects()) {
      if (part.sealed().empty() || !view_.person_ids.contains(part.subject_id())) continue;
      if (!view_.may_open_personal) {
        opened.closed_because = "not shown to this role";
        continue;
      }
      const absl::StatusOr<std::string> personal =
          privacy::Open(parts_.keyring, event, record.stream(), part);
      if (absl::IsNotFound(personal.status())) {
        opened.closed_because = "erased";
        continue;
      }
      if (!personal.ok()) {
        return Error(absl::StatusCode::kDataLoss, ErrorReason(personal.status()),
                     absl::StrCat("position ", record.position(), " cannot be opened"));
      }
      RETURN_IF_ERROR(payload::MergePersonal(*opened.message, part.subject_id(), *personal));
    }
    return opened;
  }

  void LinkAnnotations() {
    for (std::size_t i = 0; i < opened_.size(); ++i) {
      const auto target =
          by_event_.find(EventName(opened_[i].record->stream(), opened_[i].target_id));
      // What it concerns was recorded before it, so that there is no circle.
      if (target != by_event_.end() && target->second < i)
        annotations_[target->second].push_back(i);
    }
    for (const auto& [target, annotations] : annotations_) {
      for (const std::size_t annotation : annotations) target_of_[annotation] = target;
    }
  }

  void Mask() {
    for (std::size_t i = 0; i < opened_.size(); ++i) {
      const auto target = target_of_.find(i);
      opened_[i].masked = MaskSpecial(
          *opened_[i].message,
          target == target_of_.end() ? nullptr : opened_[target->second].message->GetDescriptor());
    }
  }

  // A void that is itself voided does not count; annotations stand after what they concern.
  bool IsVoided(std::size_t index) const {
    const auto annotations = annotations_.find(index);
    return annotations != annotations_.end() &&
           std::ranges::any_of(annotations->second,
                               [this](std::size_t i) { return opened_[i].voids && !IsVoided(i); });
  }

  // When it began at the earliest; what is not known comes last.
  static absl::Time StartOf(const Opened& opened) {
    const log::v1::Occurred& occurred = opened.record->event().occurred();
    if (occurred.has_instant()) return log::FromTimestamp(occurred.instant());
    return opened.occurred ? mlup::StartOf(opened.occurred->first) : absl::InfiniteFuture();
  }

  // The days on which it happened, with the corrections that hold.
  std::optional<DayRange> DaysOf(std::size_t index) const {
    std::optional<DayRange> days = opened_[index].occurred;
    const auto annotations = annotations_.find(index);
    if (annotations == annotations_.end()) return days;
    for (const std::size_t i : annotations->second) {
      const auto* correction =
          DynamicCastToGenerated<common::v1::DetailsCorrected>(opened_[i].message.get());
      if (correction == nullptr || !correction->has_occurred() || IsVoided(i)) continue;
      const auto corrected = projections::OccurredDays(correction->occurred());
      if (corrected.ok()) days = *corrected;
    }
    return days;
  }

  bool IsWanted(std::size_t index) const {
    return !view_.only || view_.only->contains(Position{opened_[index].record->position()});
  }

  // Whether it can have happened by the day that the history is told until.
  bool HasHappened(std::size_t index) const {
    if (!view_.occurred_until) return true;
    const std::optional<DayRange> days = DaysOf(index);
    return !days || days->first <= *view_.occurred_until;
  }

  // The entries that concern no other one.
  std::vector<std::size_t> InOrder() const {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < opened_.size(); ++i) {
      if (!target_of_.contains(i) && HasHappened(i)) order.push_back(i);
    }
    std::ranges::stable_sort(order, {}, [this](std::size_t i) { return StartOf(opened_[i]); });
    return order;
  }

  void AddWithAnnotations(std::size_t index, std::vector<std::size_t>& order) const {
    order.push_back(index);
    const auto annotations = annotations_.find(index);
    if (annotations == annotations_.end()) return;
    for (const std::size_t annotation : annotations->second) AddWithAnnotations(annotation, order);
  }

  // `order`: what the entries were made of.
  void Link(const std::vector<std::size_t>& order, History& history) const {
    std::vector<LinkedEntry> linked;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const Opened& opened = opened_[order[i]];
      linked.push_back({opened.record, opened.message.get(), &history.entries[i]});
    }
    LinkEntries(linked);
  }

  absl::Status AddStates(std::vector<std::size_t> order, History& history) const {
    std::ranges::sort(order);
    std::vector<const log::v1::Record*> records;
    for (const std::size_t index : order) {
      if (!IsReading(opened_[index])) records.push_back(opened_[index].record);
    }
    ASSIGN_OR_RETURN(auto states,
                     StatesAfter(records, view_.person_ids, parts_.policy, parts_.names));
    for (HistoryEntry& entry : history.entries) {
      const HistoryStates& state = states[entry.position()];
      entry.mutable_state()->Assign(state.begin(), state.end());
    }
    return absl::OkStatus();
  }

  static bool IsReading(const Opened& opened) {
    return CategoryOf(opened.record->stream()) == "access";
  }

  HistoryEntry Entry(std::size_t index) const {
    const Opened& opened = opened_[index];
    const log::v1::Record& record = *opened.record;
    const log::v1::Event& event = record.event();
    HistoryEntry entry;
    entry.set_position(record.position());
    entry.set_event_id(event.event_id());
    entry.set_type(event.type());
    entry.set_stream(record.stream());
    entry.set_label(EventLabel(*opened.message->GetDescriptor()));
    *entry.mutable_occurred() = event.occurred();
    *entry.mutable_known_at() = log::ToTimestamp(projections::KnownAt(record));
    *entry.mutable_recorded_at() = record.recorded_at();
    if (record.has_clock_behind()) *entry.mutable_clock_behind() = record.clock_behind();
    entry.set_late(opened.occurred &&
                   DayOf(projections::KnownAt(record)).value - opened.occurred->last.value >
                       kLateDays);
    entry.set_actor(parts_.policy.ActorLabel(event.actor().actor_id()));
    entry.set_role(parts_.policy.RoleLabel(event.actor().role()));
    entry.set_reason(
        CodeLabel(event.reason().empty() ? ReasonInside(*opened.message) : event.reason()));
    entry.set_place(PlaceLabel(event.place()));
    entry.set_sealed(!opened.closed_because.empty());
    entry.set_masked(opened.masked);
    entry.set_correlation_id(event.correlation_id());
    entry.set_source_system(event.source_system());
    entry.set_source_id(event.source_id());
    AddPersons(opened, entry);
    AddDetails(index, entry);
    AddLinks(index, entry);
    return entry;
  }

  void AddDetails(std::size_t index, HistoryEntry& entry) const {
    const Opened& opened = opened_[index];
    const auto add = [&entry](std::string label, std::string value) {
      if (value.empty()) return;
      audit::v1::HistoryDetail& detail = *entry.add_details();
      detail.set_label(std::move(label));
      detail.set_value(std::move(value));
    };
    View view{&view_.person_ids, nullptr};
    std::unique_ptr<const Message> stood;
    const auto target = target_of_.find(index);
    if (target != target_of_.end()) {
      stood = AsCorrected(target->second, index);
      view.corrected = stood.get();
      add("Concerns", EventLabel(*stood->GetDescriptor()));
    }
    const bool registers = opened.record->revision() == 1;
    if (!registers) {
      const std::string& stream = opened.record->stream();
      add(CodeLabel(stream.substr(0, stream.find('/'))), parts_.names.Stream(stream));
    }
    // Said as the entry's reason already.
    const bool has_reason =
        opened.record->event().reason().empty() && !ReasonInside(*opened.message).empty();
    for (Detail& detail : Describe(*opened.message, view, parts_.names)) {
      if (has_reason && detail.label == "Reason") continue;
      // Of a reading: whose record it was, and why it was read, stand there already.
      // And through what it was read may be a matter of others.
      const bool is_of_reading =
          detail.label == "Scope" || detail.label == "Purpose" || detail.label == "Through";
      if (IsReading(opened) && is_of_reading) continue;
      add(std::move(detail.label), std::move(detail.value));
      if (detail.before) entry.mutable_details()->rbegin()->set_before(*std::move(detail.before));
    }
    const std::string& on_behalf_of = opened.record->event().actor().on_behalf_of();
    if (!on_behalf_of.empty()) add("On behalf of", parts_.policy.ActorLabel(on_behalf_of));
    const std::string& recorded_by = opened.record->event().recorded_by();
    if (!recorded_by.empty()) add("Recorded by", parts_.policy.ActorLabel(recorded_by));
    add("Personal details", opened.closed_because);
    if (opened.masked) add("Health, offences, abuse", "shown only when asked for");
  }

  void AddLinks(std::size_t index, HistoryEntry& entry) const {
    const auto target = target_of_.find(index);
    if (target != target_of_.end()) {
      entry.set_concerns(opened_[target->second].record->position());
    }
    const auto annotations = annotations_.find(index);
    if (annotations == annotations_.end()) return;
    for (const std::size_t i : annotations->second) {
      if (opened_[i].voids && !IsVoided(i)) entry.set_voided_by(opened_[i].record->position());
      if (!opened_[i].voids) entry.add_corrected_by(opened_[i].record->position());
    }
  }

  // The name from the child's registration, with the corrections that hold.
  std::string Subject() const {
    std::string subject = "a child (name not recorded)";
    for (std::size_t i = 0; i < opened_.size(); ++i) {
      const auto* found =
          DynamicCastToGenerated<cases::v1::PersonRegistered>(opened_[i].message.get());
      if (found == nullptr || IsVoided(i)) continue;
      // Of merged records, the one that was asked for gives the name.
      const bool asked = found->person().person_id() == view_.person_id;
      if (!asked && !view_.person_ids.contains(found->person().person_id())) continue;
      if (!opened_[i].closed_because.empty()) {
        subject = absl::StrCat("a child (name ", opened_[i].closed_because, ")");
      } else {
        const std::unique_ptr<const Message> corrected = AsCorrected(i, opened_.size());
        const std::string name =
            NameOf(DynamicCastToGenerated<cases::v1::PersonRegistered>(corrected.get())->person());
        if (!name.empty()) subject = name;
      }
      if (asked) break;
    }
    return subject;
  }

  // The event with the corrections that hold, of those before entry `end`.
  std::unique_ptr<const Message> AsCorrected(std::size_t index, std::size_t end) const {
    std::unique_ptr<Message> event(opened_[index].message->New());
    event->CopyFrom(*opened_[index].message);
    const auto annotations = annotations_.find(index);
    if (annotations == annotations_.end()) return event;
    const auto make = [&event](const auto& changes) {
      for (const common::v1::FieldChange& change : changes) {
        // A path that does not fit leaves the field as it was.
        payload::WriteField(*event, change.field(), change.new_value()).IgnoreError();
      }
    };
    for (const std::size_t i : annotations->second) {
      const auto* correction =
          DynamicCastToGenerated<common::v1::DetailsCorrected>(opened_[i].message.get());
      if (correction == nullptr || i >= end || IsVoided(i)) continue;
      make(correction->changes());
      for (const auto& part : correction->persons()) {
        make(part.changes());
        make(part.personal_changes());
      }
    }
    return event;
  }

  // Of several records, those that an event is about, or else those that its stream was ever about.
  void AddPersons(const Opened& opened, HistoryEntry& entry) const {
    if (view_.person_ids.size() < 2) return;
    std::set<std::string> persons = PersonsOf(*opened.record);
    if (persons.empty()) {
      const auto found = persons_of_stream_.find(opened.record->stream());
      if (found != persons_of_stream_.end()) persons = found->second;
    }
    for (const std::string& person : persons) entry.add_persons(person);
  }

  // Those of the child's records that have a part in an event.
  std::set<std::string> PersonsOf(const log::v1::Record& record) const {
    std::set<std::string> persons;
    const std::string id(RecordIdOf(record.stream()));
    // Or who was read of.
    const bool is_of_person =
        IsPersonStream(record.stream()) || CategoryOf(record.stream()) == "access";
    if (is_of_person && view_.person_ids.contains(id)) persons.insert(id);
    for (const log::v1::SubjectPart& part : record.event().subjects()) {
      if (view_.person_ids.contains(part.subject_id())) persons.insert(part.subject_id());
    }
    return persons;
  }

  static std::string NameOf(const cases::v1::PersonRegistered::Person& person) {
    if (person.name_latin().empty()) return person.name_km();
    if (person.name_km().empty()) return person.name_latin();
    return absl::StrCat(person.name_latin(), " (", person.name_km(), ")");
  }

  const HistoryView& view_;
  const HistoryParts& parts_;
  std::vector<Opened> opened_;
  // Of the child's records, those that any event of a stream is about.
  std::map<std::string, std::set<std::string>> persons_of_stream_;
  // By EventName().
  std::map<std::string, std::size_t> by_event_;
  // Indices of the voids and corrections of an entry, in order of position; and back.
  std::map<std::size_t, std::vector<std::size_t>> annotations_;
  std::map<std::size_t, std::size_t> target_of_;
};

}  // namespace

absl::StatusOr<History> BuildHistory(const std::vector<log::v1::Record>& records,
                                     const HistoryView& view, const HistoryParts& parts) {
  return Builder(view, parts).Run(records);
}

}  // namespace mlup::query
