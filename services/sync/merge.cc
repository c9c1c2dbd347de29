#include "services/sync/merge.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/uuid.h"
#include "eventstore/payload/patch.h"
#include "eventstore/payload/payload.h"
#include "mlup/command/v1/command.pb.h"
#include "services/domain/fact_field.h"
#include "services/domain/fact_table.h"
#include "services/domain/life.h"

namespace mlup::sync {
namespace {

using common::v1::ConflictDetected;
using common::v1::DetailsCorrected;
using common::v1::FieldChange;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::size_t kEntriesMax = 8;
constexpr char kNothing[] = "null";

const command::v1::CommandContext& ContextOf(const Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("context");
  return static_cast<const command::v1::CommandContext&>(
      request.GetReflection()->GetMessage(request, field));
}

// Whether a conflict about a field of such a record can be told.
bool MayConflict(std::string_view stream) {
  const auto& categories =
      ConflictDetected::descriptor()->options().GetExtension(command::v1::event).categories();
  return std::ranges::find(categories, CategoryOf(stream)) != categories.end();
}

bool IsPersonal(const domain::FactField& field) {
  return std::ranges::any_of(field.fields,
                             [](const auto* one) { return payload::IsPersonal(*one); });
}

// The new value as a history prints it; empty where it is none of its field.
std::string NewValue(const FieldChange& change, const google::protobuf::Descriptor& type) {
  const auto value = payload::ParseValue(type, change.field(), change.new_value());
  return value.ok() ? value->json : "";
}

// One request on its way. One thread.
class Merging {
 public:
  Merging(const Merger::Parts& parts, const Message& asked, const Merger::BaseOf& base_of)
      : parts_(parts),
        context_(ContextOf(asked)),
        service_(*domain::FactTable::Get().FindService(*asked.GetDescriptor())),
        base_of_(base_of) {
    merged_.reset(asked.New());
    merged_->CopyFrom(asked);
  }

  absl::StatusOr<std::unique_ptr<Message>> Run() {
    const Reflection& reflection = *merged_->GetReflection();
    // What rules add stands behind what was asked.
    const int asked = reflection.FieldSize(*merged_, service_.facts);
    for (int i = 0; i < asked; ++i) {
      RETURN_IF_ERROR(
          MergeFact(*reflection.MutableRepeatedMessage(merged_.get(), service_.facts, i)));
    }
    RemoveEmpty();
    return std::move(merged_);
  }

 private:
  absl::Status MergeFact(Message& fact) {
    const Reflection& reflection = *fact.GetReflection();
    const auto* oneof = fact.GetDescriptor()->FindOneofByName("fact");
    const FieldDescriptor* choice = reflection.GetOneofFieldDescriptor(fact, oneof);
    const domain::FactHead head = domain::HeadOf(fact);
    Set(fact, "base_revision", std::uint64_t{0});
    if (choice == nullptr || !MayConflict(head.stream)) return absl::OkStatus();
    const bool corrects = choice->message_type() == DetailsCorrected::descriptor();
    if (!corrects && !SaysAnew(*choice->message_type())) return absl::OkStatus();
    ASSIGN_OR_RETURN(const Said* said, Read(head.stream));
    Set(fact, "base_revision", said->revision());
    if (said->revision() <= head.base_revision) return absl::OkStatus();
    stream_ = head.stream;
    base_ = head.base_revision;
    said_ = said;
    occurred_.reset();
    if (head.occurred != nullptr) occurred_ = std::make_unique<log::v1::Occurred>(*head.occurred);
    if (!corrects) return MergeSayings(fact, choice);
    return MergeCorrection(
        static_cast<DetailsCorrected&>(*reflection.MutableMessage(&fact, choice)));
  }

  absl::StatusOr<const Said*> Read(const std::string& stream) {
    std::unique_ptr<Said>& said = streams_[stream];
    if (said != nullptr) return said.get();
    said = std::make_unique<Said>();
    log::pb::ReadStreamRequest page;
    page.set_stream(stream);
    while (true) {
      ASSIGN_OR_RETURN(const log::pb::ReadStreamResponse read, parts_.log.ReadStream(page));
      for (const log::v1::Record& record : read.records()) {
        RETURN_IF_ERROR(said->Add(record, parts_.keyring));
      }
      if (read.records().empty() || said->revision() >= read.last_revision()) break;
      page.set_from_revision(said->revision() + 1);
    }
    said->Finish();
    return said.get();
  }

  Saying Own(std::string value, std::string event_id) const {
    return {.request_id = context_.request_id(),
            .actor_id = context_.actor_id(),
            .device = context_.device(),
            .value = std::move(value),
            .event_id = std::move(event_id),
            .base_revision = base_};
  }

  // The last word of each other author since the base, or in a conflict that the author of the
  // request did not see.
  std::vector<Saying> Others(const FieldSayings& field, const Saying& own) const {
    const auto in_conflict = [&](const Saying& saying) {
      return std::ranges::any_of(field.open, [&](const OpenConflict& open) {
        return open.revision > base_ &&
               std::ranges::find(open.request_ids, saying.request_id) != open.request_ids.end();
      });
    };
    std::vector<Saying> others;
    for (const Saying& saying : field.sayings) {
      if (saying.SameAuthor(own)) continue;
      if (saying.revision <= base_ && !in_conflict(saying)) continue;
      std::erase_if(others, [&](const Saying& earlier) { return earlier.SameAuthor(saying); });
      others.push_back(saying);
    }
    return others;
  }

  // What is said of a field, in the order of request ids, and which of it holds.
  struct Verdict {
    std::vector<Saying> group;
    const Saying* holds = nullptr;
    bool is_conflict = false;
  };

  // Nothing where nobody else said anything.
  absl::StatusOr<std::optional<Verdict>> Judge(const FieldKey& key, const Saying& own) {
    const FieldSayings* field = said_->Find(key);
    // A request that says a field twice says it the first time.
    if (field == nullptr || !judged_.insert({stream_, key}).second) return std::nullopt;
    Verdict verdict{Others(*field, own)};
    if (verdict.group.empty()) return std::nullopt;
    verdict.group.push_back(own);
    std::ranges::sort(verdict.group, {}, &Saying::request_id);
    const auto chosen = std::ranges::find_if(verdict.group, &Saying::chosen);
    verdict.holds = chosen == verdict.group.end() ? &verdict.group.front() : &*chosen;
    verdict.is_conflict = std::ranges::any_of(verdict.group, [&](const Saying& saying) {
      return saying.value != verdict.group.front().value;
    });
    if (verdict.is_conflict && verdict.group.size() > kEntriesMax) {
      return Error(absl::StatusCode::kFailedPrecondition, "CONFLICT_FULL",
                   absl::StrCat("eight others say something else of ", key.field,
                                ": resolve their conflict first"));
    }
    // A conflict that grew, or is none any more, is told anew.
    for (const OpenConflict& open : field->open) {
      if (open.revision > base_) Void(open.event_id);
    }
    if (verdict.is_conflict) Detect(key, verdict.group);
    return verdict;
  }

  absl::Status MergeSayings(Message& fact, const FieldDescriptor* choice) {
    std::string event_id = domain::HeadOf(fact).event_id;
    if (event_id.empty()) {
      event_id = NewUuid(parts_.clock, parts_.random);
      Set(fact, "event_id", event_id);
    }
    const Message& event = fact.GetReflection()->GetMessage(fact, choice);
    // By event: what is to be corrected there.
    std::map<std::string, std::vector<Change>> changes;
    for (const SaidField& one : FieldsSaid(event)) {
      const std::optional<domain::FactField> field = domain::FindFactField(one.key.field);
      if (!field || !field->CheckValue(one.value, "").ok()) continue;
      const Saying own = Own(one.value, event_id);
      ASSIGN_OR_RETURN(const std::optional<Verdict> verdict, Judge(one.key, own));
      if (!verdict) continue;
      const auto hold = [&](const Saying& saying, std::string standing, const std::string& wanted) {
        if (saying.event_id.empty() || standing == wanted) return;
        changes[saying.event_id].push_back({one.key, *field, std::move(standing), wanted});
      };
      for (const Saying& saying : said_->Find(one.key)->sayings) {
        // The author's earlier word, or another one's, holds where it does not matter any more.
        const bool in_group = IsIn(verdict->group, saying);
        const bool is_over = std::ranges::any_of(
            verdict->group, [&](const Saying& later) { return later.SameAuthor(saying); });
        if (!in_group && !is_over) continue;
        hold(saying, said_->Standing(saying.event_id, PathOf(one.key)),
             in_group ? verdict->holds->value : saying.value);
      }
      hold(own, own.value, verdict->holds->value);
    }
    for (const auto& [corrected, made] : changes) Correct(corrected, made);
    return absl::OkStatus();
  }

  static bool IsIn(const std::vector<Saying>& group, const Saying& saying) {
    return std::ranges::any_of(group, [&](const Saying& one) {
      return one.request_id == saying.request_id && one.event_id == saying.event_id;
    });
  }

  absl::Status MergeCorrection(DetailsCorrected& correction) {
    const Message* event = said_->Event(correction.corrects_event_id());
    if (event == nullptr) return absl::OkStatus();
    // Who may touch what is guarded, as a consent is, is asked of each correction: none is left
    // out.
    const domain::FactType* type =
        domain::FactTable::Get().FindEvent(*event->GetDescriptor(), service_);
    if (type == nullptr || type->is_guarded()) return absl::OkStatus();
    RETURN_IF_ERROR(MergeChanges(correction, *event, "", *correction.mutable_changes()));
    for (auto& person : *correction.mutable_persons()) {
      RETURN_IF_ERROR(
          MergeChanges(correction, *event, person.person_id(), *person.mutable_changes()));
      RETURN_IF_ERROR(
          MergeChanges(correction, *event, person.person_id(), *person.mutable_personal_changes()));
    }
    auto& persons = *correction.mutable_persons();
    persons.erase(std::remove_if(persons.begin(), persons.end(),
                                 [](const auto& person) {
                                   return person.changes().empty() &&
                                          person.personal_changes().empty();
                                 }),
                  persons.end());
    return absl::OkStatus();
  }

  absl::Status MergeChanges(const DetailsCorrected& correction, const Message& event,
                            const std::string& person_id,
                            google::protobuf::RepeatedPtrField<FieldChange>& changes) {
    const std::string fact = domain::FactName(*event.GetDescriptor());
    google::protobuf::RepeatedPtrField<FieldChange> kept;
    for (FieldChange& change : changes) {
      const FieldKey key{correction.corrects_event_id(), absl::StrCat(fact, ".", change.field()),
                         person_id};
      const std::optional<domain::FactField> field = domain::FindFactField(key.field);
      const std::string value = NewValue(change, *event.GetDescriptor());
      std::optional<Verdict> verdict;
      if (field && !value.empty() && field->CheckValue(value, "").ok()) {
        ASSIGN_OR_RETURN(verdict, Judge(key, Own(value, "")));
      }
      if (!verdict) {
        kept.Add(std::move(change));
        continue;
      }
      const std::string standing = said_->Standing(key.corrects_event_id, change.field());
      const std::string& holds = verdict->holds->value;
      if (holds == value) {
        if (!IsPersonal(*field)) change.set_old_value(standing);
        kept.Add(std::move(change));
      } else if (standing != holds) {
        Correct(key.corrects_event_id, {{key, *field, standing, holds}});
      }
    }
    changes.Swap(&kept);
    return absl::OkStatus();
  }

  struct Change {
    FieldKey key;
    domain::FactField field;
    std::string standing;
    std::string wanted;
  };

  // A fact of every service, behind those that were asked.
  template <typename Fact>
  Fact& Add(const char* name) {
    const Reflection& reflection = *merged_->GetReflection();
    Message& fact = *reflection.AddMessage(merged_.get(), service_.facts);
    Set(fact, "stream", stream_);
    Set(fact, "base_revision", said_->revision());
    const auto* occurred = fact.GetDescriptor()->FindFieldByName("occurred");
    if (occurred_ != nullptr) {
      fact.GetReflection()->MutableMessage(&fact, occurred)->CopyFrom(*occurred_);
    }
    return static_cast<Fact&>(
        *fact.GetReflection()->MutableMessage(&fact, fact.GetDescriptor()->FindFieldByName(name)));
  }

  void Void(const std::string& event_id) {
    auto& entry = Add<common::v1::EntryVoided>("entry_voided");
    entry.set_voids_event_id(event_id);
    entry.set_reason(kConflictReason);
  }

  void Correct(const std::string& event_id, const std::vector<Change>& changes) {
    auto& correction = Add<DetailsCorrected>("details_corrected");
    correction.set_corrects_event_id(event_id);
    correction.set_reason(kConflictReason);
    std::map<std::string, DetailsCorrected::PersonChanges> persons;
    for (const Change& change : changes) {
      const std::string& person_id = change.key.person_id;
      FieldChange* made = nullptr;
      if (person_id.empty()) {
        made = correction.add_changes();
      } else {
        persons[person_id].set_person_id(person_id);
        made = IsPersonal(change.field) ? persons[person_id].add_personal_changes()
                                        : persons[person_id].add_changes();
      }
      made->set_field(PathOf(change.key));
      made->set_old_value(change.standing.empty() ? kNothing : change.standing);
      made->set_new_value(change.wanted);
    }
    for (auto& [person_id, made] : persons) correction.add_persons()->Swap(&made);
  }

  void Detect(const FieldKey& key, const std::vector<Saying>& group) {
    auto& detected = Add<ConflictDetected>("conflict_detected");
    detected.set_field(key.field);
    if (!key.person_id.empty()) detected.mutable_person()->set_person_id(key.person_id);
    for (const Saying& saying : group) {
      auto& entry = *detected.add_entries();
      entry.set_request_id(saying.request_id);
      entry.set_actor_id(saying.actor_id);
      entry.set_device(saying.device);
      entry.set_base_revision(saying.base_revision != 0 || saying.request_digest.empty()
                                  ? saying.base_revision
                                  : base_of_(saying, stream_));
      auto& values = key.person_id.empty() ? *detected.mutable_values()
                                           : *detected.mutable_person()->mutable_values();
      *values.Add() = saying.value;
    }
    has_conflict_ = true;
  }

  // Corrections of which nothing is left to say.
  void RemoveEmpty() {
    const Reflection& reflection = *merged_->GetReflection();
    const std::unique_ptr<Message> all(merged_->New());
    all->CopyFrom(*merged_);
    reflection.ClearField(merged_.get(), service_.facts);
    for (int i = 0; i < reflection.FieldSize(*all, service_.facts); ++i) {
      const Message& fact = reflection.GetRepeatedMessage(*all, service_.facts, i);
      const auto* field = fact.GetDescriptor()->FindFieldByName("details_corrected");
      if (field != nullptr && fact.GetReflection()->HasField(fact, field)) {
        const auto& correction =
            static_cast<const DetailsCorrected&>(fact.GetReflection()->GetMessage(fact, field));
        const bool is_empty = correction.changes().empty() && correction.persons().empty() &&
                              !correction.has_occurred() && correction.place().empty();
        if (is_empty && has_conflict_) continue;
      }
      reflection.AddMessage(merged_.get(), service_.facts)->CopyFrom(fact);
    }
  }

  static void Set(Message& fact, const char* field, const std::string& value) {
    fact.GetReflection()->SetString(&fact, fact.GetDescriptor()->FindFieldByName(field), value);
  }
  static void Set(Message& fact, const char* field, std::uint64_t value) {
    fact.GetReflection()->SetUInt64(&fact, fact.GetDescriptor()->FindFieldByName(field), value);
  }

  const Merger::Parts& parts_;
  const command::v1::CommandContext& context_;
  const domain::Service& service_;
  const Merger::BaseOf& base_of_;
  std::unique_ptr<Message> merged_;
  bool has_conflict_ = false;
  std::map<std::string, std::unique_ptr<Said>> streams_;
  std::set<std::pair<std::string, FieldKey>> judged_;

  // Of the fact at hand.
  std::string stream_;
  std::uint64_t base_ = 0;
  const Said* said_ = nullptr;
  std::unique_ptr<log::v1::Occurred> occurred_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Message>> Merger::Merge(const Message& asked,
                                                       const BaseOf& base_of) const {
  return Merging(parts_, asked, base_of).Run();
}

}  // namespace mlup::sync
