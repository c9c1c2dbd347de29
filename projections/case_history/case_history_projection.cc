#include "projections/case_history/case_history_projection.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include <google/protobuf/message.h>

#include "eventstore/base/categories.h"
#include "eventstore/payload/event_references.h"
#include "mlup/command/v1/command.pb.h"
#include "projections/store/keys.h"

namespace mlup::projections {
namespace {

using google::protobuf::Message;

// The rows of one record.
class Fold {
 public:
  Fold(const log::v1::Record& record, Rows& rows)
      : record_(record), rows_(rows), stream_(record.stream()) {}

  void Run(const Message& message) {
    const payload::EventMarks& marks = payload::MarksOf(*message.GetDescriptor());
    marks_[stream_] = IsCommon(message, marks) ? kMarkCommon : 0;
    FoldSubjects(marks);
    FoldConcerned(payload::ConcernedBy(message));
    FoldReferences(message);
    FoldTies();
    PutMarks();
  }

  // What the envelope tells of an event that cannot be read: whose it is, and that it is there.
  void RunUnreadable() {
    marks_[stream_] = kMarkUnreadable;
    for (const log::v1::SubjectPart& part : record_.event().subjects()) {
      marks_[PersonStream(part.subject_id())] = kMarkUnreadable;
    }
    PutMarks();
  }

 private:
  Position position() const { return {record_.position()}; }
  // An event as the index names it: by its stream and its id, for that is where others name it.
  std::string OnThisStream(const std::string& event_id) const {
    return absl::StrCat(stream_, " ", event_id);
  }
  std::string event() const { return OnThisStream(record_.event().event_id()); }

  void PutMarks() {
    for (const auto& [entity, mark] : marks_) {
      rows_.Put(EntityKey(entity, position()),
                absl::StrCat(std::string(1, static_cast<char>(mark)), event()));
    }
  }
  void Name(const std::string& entity) {
    marks_[entity] = static_cast<unsigned char>(marks_[entity] | kMarkNamed);
  }
  void Link(const std::string& from, const std::string& to) {
    rows_.Put(LinkKey(from, to, position()), event());
  }
  void LinkBoth(const std::string& a, const std::string& b) {
    Link(a, b);
    Link(b, a);
  }

  // True where the event says something about everybody on a shared stream.
  bool IsCommon(const Message& message, const payload::EventMarks& marks) const {
    if (message.GetDescriptor()->options().GetExtension(command::v1::event).creates()) return true;
    return record_.event().subjects_size() == 0 && !marks.is_never_common;
  }

  void FoldSubjects(const payload::EventMarks& marks) {
    for (const log::v1::SubjectPart& part : record_.event().subjects()) {
      Name(PersonStream(part.subject_id()));
    }
    // A correction concerns what its target concerns already.
    if (marks.Refers(event::v1::REFERENCE_CORRECTS)) return;
    const InHistory history = CategoryFor(stream_).history;
    if (history != InHistory::kHome && history != InHistory::kShared) return;
    for (const log::v1::SubjectPart& part : record_.event().subjects()) {
      Link(PersonStream(part.subject_id()), stream_);
    }
  }

  void FoldConcerned(const std::vector<payload::ConcernedRecord>& concerned) {
    std::vector<std::string> receivers;
    for (const log::v1::SubjectPart& part : record_.event().subjects()) {
      receivers.push_back(PersonStream(part.subject_id()));
    }
    for (const payload::ConcernedRecord& one : concerned) {
      if (one.concern != event::v1::CONCERN_RECIPIENT || !IsHome(one)) continue;
      receivers.push_back(one.Stream());
      Name(one.Stream());
      Link(one.Stream(), stream_);
    }
    for (const payload::ConcernedRecord& one : concerned) {
      LinkConcerned(one);
      if (one.concern != event::v1::CONCERN_SOURCE) continue;
      // What stands behind a gift belongs to the story of those who received it.
      for (const std::string& receiver : receivers) Link(receiver, one.Stream());
    }
  }

  static bool IsHome(const payload::ConcernedRecord& one) {
    return CategoryFor(one.category).history == InHistory::kHome;
  }

  void LinkConcerned(const payload::ConcernedRecord& one) {
    switch (one.concern) {
      case event::v1::CONCERN_OWNER:
        // A case is the child's; a caregiver named in it gets the events that name the caregiver
        // only.
        if (CategoryFor(stream_).consent == Consent::kTheOwners) LinkBoth(one.Stream(), stream_);
        return;
      case event::v1::CONCERN_BACKGROUND:
        return Link(stream_, one.Stream());
      case event::v1::CONCERN_MEMBER:
        return Link(one.Stream(), stream_);
      case event::v1::CONCERN_SURVIVOR:
        return LinkBoth(stream_, one.Stream());
      default:
        return;
    }
  }

  // What the envelope says that the event belongs to.
  void FoldTies() {
    const log::v1::Event& event = record_.event();
    Tie(event.correlation_id(), CorrelationEntity(event.correlation_id()));
    Tie(event.causation_id(), CausationEntity(event.causation_id()));
    // A system alone is too much to be read at once.
    if (!event.source_system().empty()) {
      Tie(event.source_id(), SourceEntity(event.source_system(), event.source_id()));
    }
  }

  void Tie(const std::string& id, const std::string& entity) {
    // What would end an entity in a key is in no name that anybody can ask for.
    if (!id.empty() && entity.find('\0') == std::string::npos) marks_[entity] = 0;
  }

  void FoldReferences(const Message& message) {
    for (const payload::EventReference& reference : payload::ReferencesOf(message)) {
      if (payload::IsAbout(reference.refers)) Concern(reference.event_id);
      if (payload::IsUndoing(reference.refers)) Undo(reference.event_id);
    }
  }

  void Concern(const std::string& target) {
    rows_.Put(ConcernsKey(OnThisStream(target), position()), event());
  }
  void Undo(const std::string& target) {
    rows_.Put(UndoesKey(OnThisStream(target), position()), event());
  }

  const log::v1::Record& record_;
  Rows& rows_;
  const std::string stream_;
  std::map<std::string, unsigned char> marks_;
};

}  // namespace

absl::Status CaseHistoryProjection::Apply(const SharedEvent& event, Rows& rows) const {
  const log::v1::Record& record = event.record();
  if (!CategoryFor(record.stream()).may_be_about_person) return absl::OkStatus();
  if (event.clear().ok()) {
    Fold(record, rows).Run(**event.clear());
  } else {
    Fold(record, rows).RunUnreadable();
    rows.PassOver();
  }
  return absl::OkStatus();
}

}  // namespace mlup::projections
