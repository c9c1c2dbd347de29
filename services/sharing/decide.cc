// The rules, in the order in which they are asked.
#include "services/sharing/decide.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "absl/strings/ascii.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/uuid.h"
#include "eventstore/log/read_rules.h"
#include "eventstore/payload/event_types.h"
#include "services/sharing/concern.h"
#include "services/sharing/redact.h"
#include "services/sharing/subscribers.h"

namespace mlup::sharing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

Consent ConsentOn(const log::v1::Record& record) { return CategoryFor(record.stream()).consent; }

// What whoever supervises is to hear of at once, of streams that are otherwise the installation's
// own.
constexpr std::array<std::string_view, 2> kToldToSupervisors = {
    "mlup.audit.v1.ReadingAlarmRaised", "mlup.identity.v1.EmergencyAccessBegun"};

// An agreement inside, which rests on no consent, may name such a type; what covers more, as by a
// prefix, does not mean it.
bool IsToldToSupervisors(const v1::Agreement& agreement, std::string_view type) {
  const auto& named = agreement.filter().types();
  return agreement.consent() == cases::v1::CONSENT_PURPOSE_UNSPECIFIED &&
         std::find(kToldToSupervisors.begin(), kToldToSupervisors.end(), type) !=
             kToldToSupervisors.end() &&
         std::find(named.begin(), named.end(), type) != named.end();
}

// One child's own record: whatever stands there needs the child's consent.
bool IsOnePersons(const log::v1::Record& record) {
  return ConsentOn(record) == Consent::kThePersons || ConsentOn(record) == Consent::kTheOwners;
}

void CollectIds(const Message& message, std::set<std::string>& ids) {
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        CollectIds(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                        : reflection.GetMessage(message, field),
                   ids);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        std::string text = field->is_repeated() ? reflection.GetRepeatedString(message, field, i)
                                                : reflection.GetString(message, field);
        // A change in a correction holds its value in JSON.
        if (text.size() == 38 && text.front() == '"') text = text.substr(1, 36);
        if (IsUuid(text)) ids.insert(text);
      }
    }
  }
}

// One run of the rules.
class Deciding {
 public:
  Deciding(const v1::Subscriber& subscriber, const log::v1::Record& record,
           const Knowledge& knowledge)
      : agreement_(subscriber.agreement()),
        subscriber_(subscriber),
        record_(record),
        event_(record.event()),
        knowledge_(knowledge) {}

  Decision Run() {
    if (ConsentOn(record_) == Consent::kClosed && !IsToldToSupervisors(agreement_, event_.type())) {
      return {Outcome::kOwnWork, {}, {}};
    }
    if (IsEcho()) return {Outcome::kEcho, {}, Entities(true)};
    // Not even as a reference: what it says of whom is not known.
    if (!knowledge_.readable || payload::FindEventType(event_.type()) == nullptr) {
      return {Covers() ? Outcome::kTypeUnknown : Outcome::kNotCovered, {}, {}};
    }
    const Outcome withheld = WhyWithheld();
    const bool is_concern = IsConcern();
    // What corrects or erases something unknown to the subscriber tells only that there was
    // something.
    const bool follows = knowledge_.follows || knowledge_.precedes;
    const bool hides = NeedsConsent() ? !MergesPersons(record_) : IsErasureStream(record_.stream());
    const bool pointless = is_concern && !follows && hides;
    if (withheld == Outcome::kUndecided && !pointless) return Deliver();
    if (follows) return DeliverReference();
    return {withheld != Outcome::kUndecided ? withheld : Outcome::kNotReceivedBefore, {}, {}};
  }

 private:
  bool NeedsConsent() const {
    return agreement_.consent() != cases::v1::CONSENT_PURPOSE_UNSPECIFIED;
  }
  bool Consents(std::string_view person_id) const {
    return !NeedsConsent() || knowledge_.consenting.contains(person_id);
  }
  bool IsEcho() const {
    return !subscriber_.source_system().empty() &&
           event_.source_system() == subscriber_.source_system();
  }
  bool IsConcern() const { return IsErasureStream(record_.stream()) || FollowsData(event_.type()); }

  // kUndecided where nothing speaks against it.
  Outcome WhyWithheld() const {
    if (!Covers()) return Outcome::kNotCovered;
    const auto allowed = std::max(agreement_.sensitivity(), log::v1::SENSITIVITY_NORMAL);
    if (event_.sensitivity() > allowed) return Outcome::kTooSensitive;
    return HasConsents() ? Outcome::kUndecided : Outcome::kConsentMissing;
  }

  bool Covers() const {
    const log::v1::Filter& filter = agreement_.filter();
    return filter.ByteSizeLong() > 0 && log::MatchesFilter(filter, record_);
  }

  bool HasConsents() const {
    if (!NeedsConsent()) return true;
    const auto consents = [this](const std::string& person) { return Consents(person); };
    const auto& owners = knowledge_.owners;
    const bool owned = BelongsToPersons(record_.stream());
    const bool owners_consent =
        !owners.empty() && std::all_of(owners.begin(), owners.end(), consents);
    const auto& concerned = knowledge_.concerned_persons;
    if (!concerned.empty() && std::none_of(concerned.begin(), concerned.end(), consents)) {
      return false;
    }
    if (event_.subjects().empty()) return !owned || owners_consent;
    if (IsOnePersons(record_) && !owners_consent) return false;
    return std::any_of(event_.subjects().begin(), event_.subjects().end(),
                       [&](const auto& part) { return Consents(part.subject_id()); });
  }

  Decision Deliver() const {
    const FieldPaths changes = CoveredFields(agreement_, knowledge_.concerned_type);
    const auto keeps_person = [this](std::string_view person) { return Consents(person); };
    const auto keeps_id = [this](std::string_view id) { return MayMention(id); };
    const auto keeps_text = [this](std::string_view text) { return MayTell(text); };
    Cut cut{CoveredFields(agreement_, event_.type()), &changes, keeps_person, keeps_id, keeps_text};
    // Without saying what it is about, a correction is of no use.
    if (IsConcern()) cut.fields.AddAll(ReferenceFields(event_.type()));
    const bool in_part =
        !std::all_of(event_.subjects().begin(), event_.subjects().end(),
                     [&](const auto& part) { return Consents(part.subject_id()); });
    return {in_part ? Outcome::kDeliveredInPart : Outcome::kDelivered, Redact(record_, cut),
            Entities(false)};
  }

  Decision DeliverReference() const {
    return {Outcome::kReference, Reference(record_),
            MergesPersons(record_) ? Entities(true) : std::vector<std::string>()};
  }

  bool MayMention(std::string_view id) const {
    if (!NeedsConsent()) return true;
    const auto found = knowledge_.mentions.find(id);
    if (found == knowledge_.mentions.end()) return true;
    return std::all_of(found->second.begin(), found->second.end(),
                       [this](const std::string& person) { return Consents(person); });
  }

  // A text of the envelope.
  bool MayTell(std::string_view text) const {
    const std::set<std::string> ids = IdsInText(text);
    return std::all_of(ids.begin(), ids.end(), [this](const std::string& id) {
      return MayMention(id) && !knowledge_.unseen.contains(id);
    });
  }

  // What the subscriber knows something about from now on.
  std::vector<std::string> Entities(bool everybody) const {
    std::vector<std::string> entities;
    for (const log::v1::SubjectPart& part : event_.subjects()) {
      if (everybody || Consents(part.subject_id())) {
        entities.push_back(PersonStream(part.subject_id()));
      }
    }
    // Without parts it is about all to whom the stream belongs.
    if (IsOnePersons(record_) || event_.subjects().empty()) {
      for (const std::string& owner : knowledge_.owners) {
        // Empty for a case whose child is not known.
        if (!owner.empty()) entities.push_back(PersonStream(owner));
      }
    }
    if (CategoryFor(record_.stream()).history == InHistory::kHome) {
      entities.push_back(record_.stream());
    }
    return entities;
  }

  const v1::Agreement& agreement_;
  const v1::Subscriber& subscriber_;
  const log::v1::Record& record_;
  const log::v1::Event& event_;
  const Knowledge& knowledge_;
};

}  // namespace

std::string_view OutcomeWord(Outcome outcome) {
  switch (outcome) {
    case Outcome::kUndecided:
      return "UNDECIDED";
    case Outcome::kDelivered:
      return "DELIVERED";
    case Outcome::kDeliveredInPart:
      return "DELIVERED_IN_PART";
    case Outcome::kReference:
      return "REFERENCE";
    case Outcome::kNotCovered:
      return "NOT_COVERED";
    case Outcome::kEcho:
      return "ECHO";
    case Outcome::kConsentMissing:
      return "CONSENT_MISSING";
    case Outcome::kTooSensitive:
      return "TOO_SENSITIVE";
    case Outcome::kNotReceivedBefore:
      return "NOT_RECEIVED_BEFORE";
    case Outcome::kTypeUnknown:
      return "TYPE_UNKNOWN";
    case Outcome::kOwnWork:
      return "OWN_WORK";
  }
  return "";
}

std::vector<std::string> PersonsOf(const log::v1::Record& record) {
  std::vector<std::string> persons;
  for (const log::v1::SubjectPart& part : record.event().subjects()) {
    persons.push_back(part.subject_id());
  }
  if (IsPersonStream(record.stream())) persons.emplace_back(RecordIdOf(record.stream()));
  return persons;
}

std::set<std::string> IdsIn(const Message& message) {
  std::set<std::string> ids;
  CollectIds(message, ids);
  return ids;
}

std::set<std::string> IdsInText(std::string_view text) {
  std::set<std::string> ids;
  std::string digits;
  for (const char c : text) {
    if (c == '-') continue;
    digits.push_back(absl::ascii_isxdigit(static_cast<unsigned char>(c))
                         ? absl::ascii_tolower(static_cast<unsigned char>(c))
                         : ' ');
  }
  for (std::size_t i = 0; i + 32 <= digits.size(); ++i) {
    std::string id = digits.substr(i, 32);
    for (const std::size_t dash : {8U, 13U, 18U, 23U}) id.insert(dash, 1, '-');
    if (IsUuid(id)) ids.insert(std::move(id));
  }
  return ids;
}

bool BelongsToPersons(std::string_view stream) {
  switch (CategoryFor(stream).consent) {
    case Consent::kClosed:
    case Consent::kNobodys:
      return false;
    case Consent::kThePersons:
    case Consent::kTheOwners:
    case Consent::kItsPeoples:
    case Consent::kItsMembers:
      return true;
  }
  return false;
}

Decision Decide(const v1::Subscriber& subscriber, const log::v1::Record& record,
                const Knowledge& knowledge) {
  return Deciding(subscriber, record, knowledge).Run();
}

}  // namespace mlup::sharing
