#include "services/domain/erasure.h"

#include "eventstore/base/categories.h"
#include "mlup/privacy/v1/erasure_events.pb.h"
#include "services/domain/approvals.h"
#include "services/domain/person.h"

namespace mlup::domain {
namespace {

using privacy::v1::PersonDataErased;

std::string PersonOf(const std::string& erasure_stream) {
  return PersonStream(RecordIdOf(erasure_stream));
}

std::vector<std::string> Reads(const std::string& stream) { return {PersonOf(stream)}; }

absl::Status May(const ErasureState&, const PersonDataErased& erased, const RuleContext& context) {
  const std::string person = PersonOf(context.stream);
  if (!context.Of(Approvals(), person)
           .Granted(erased.approval_id(), common::v1::APPROVAL_SUBJECT_ERASURE)) {
    return Refuse("APPROVAL_MISSING", "an erasure needs an approval granted on the person's record",
                  "ask for it there with approval_requested, subject APPROVAL_SUBJECT_ERASURE",
                  ".approval_id");
  }
  if (erased.key_ids().empty()) {
    return Refuse("NOTHING_SEALED", "no personal data is kept under this person's id",
                  "check the id: there is nothing to erase");
  }
  if (context.Of(Person(), person).holds.AnyOpen()) {
    return Refuse("RETENTION_HOLD", "the person's data is held",
                  "wait until the hold ends with retention_hold_released");
  }
  return absl::OkStatus();
}

}  // namespace

const Aggregate<ErasureState>& Erasure() {
  static const auto& rules = Aggregate<ErasureState>::Make("erasure")
                                 .May<PersonDataErased>(May)
                                 .ReadsBeside<PersonDataErased>(Reads);
  return rules;
}

}  // namespace mlup::domain
