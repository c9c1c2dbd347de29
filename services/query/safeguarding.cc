#include "services/query/safeguarding.h"

#include <algorithm>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include <google/protobuf/message.h>

#include "eventstore/base/status.h"
#include "eventstore/payload/payload.h"
#include "mlup/cases/v1/casework_events.pb.h"
#include "mlup/common/v1/common.pb.h"
#include "services/privacy/sealing.h"

namespace mlup::query {
namespace {

using google::protobuf::DynamicCastToGenerated;
using google::protobuf::Message;

// The event with all that can be opened; null where it cannot be read.
std::unique_ptr<Message> OpenWhole(const log::v1::Record& record, const privacy::Keyring& keyring) {
  absl::StatusOr<std::unique_ptr<Message>> message = payload::JoinClear(record.event());
  if (!message.ok()) return nullptr;
  for (const log::v1::SubjectPart& part : record.event().subjects()) {
    if (part.sealed().empty()) continue;
    const auto personal = privacy::Open(keyring, record.event(), record.stream(), part);
    if (absl::IsNotFound(personal.status())) continue;
    if (!personal.ok() || !payload::MergePersonal(**message, part.subject_id(), *personal).ok()) {
      return nullptr;
    }
  }
  return *std::move(message);
}

// Whether the value of the field that a path leads to is, or was, the actor.
class Naming {
 public:
  explicit Naming(const std::string& actor_id)
      : actor_id_(actor_id), json_(absl::StrCat("\"", actor_id, "\"")) {}

  bool In(const Message& event) const {
    if (const auto* concern =
            DynamicCastToGenerated<cases::v1::SafeguardingConcernReported>(&event)) {
      return std::any_of(concern->children().begin(), concern->children().end(),
                         [this](const auto& child) { return child.about_staff_id() == actor_id_; });
    }
    if (const auto* correction = DynamicCastToGenerated<common::v1::DetailsCorrected>(&event)) {
      return std::any_of(
          correction->persons().begin(), correction->persons().end(), [this](const auto& person) {
            return std::any_of(person.personal_changes().begin(), person.personal_changes().end(),
                               [this](const common::v1::FieldChange& change) {
                                 return IsStaff(change.field()) && (change.old_value() == json_ ||
                                                                    change.new_value() == json_);
                               });
          });
    }
    if (const auto* conflict = DynamicCastToGenerated<common::v1::ConflictDetected>(&event)) {
      const auto& values = conflict->person().values();
      return IsStaff(conflict->field()) &&
             std::find(values.begin(), values.end(), json_) != values.end();
    }
    return false;
  }

 private:
  static bool IsStaff(const std::string& path) { return absl::EndsWith(path, ".about_staff_id"); }

  const std::string& actor_id_;
  const std::string json_;
};

}  // namespace

std::set<std::string> StreamsWithheld(const std::vector<log::v1::Record>& records,
                                      const SafeguardingReader& reader,
                                      const privacy::Keyring& keyring) {
  std::set<std::string> withheld;
  const Naming naming(reader.actor_id);
  for (const log::v1::Record& record : records) {
    if (record.event().sensitivity() != log::v1::SENSITIVITY_SAFEGUARDING) continue;
    if (withheld.contains(record.stream())) continue;
    const std::unique_ptr<Message> opened = reader.may_read ? OpenWhole(record, keyring) : nullptr;
    if (opened == nullptr || naming.In(*opened)) withheld.insert(record.stream());
  }
  return withheld;
}

}  // namespace mlup::query
