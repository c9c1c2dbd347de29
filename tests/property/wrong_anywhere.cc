#include "tests/property/wrong_anywhere.h"

#include <algorithm>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/check.h"
#include "eventstore/payload/event_references.h"
#include "eventstore/payload/patch.h"

namespace mlup::property {
namespace {

using google::protobuf::Message;

bool BegunAgain(const Lives&, const Told& told, Wrong& wrong) {
  wrong.reason = "STREAM_EXISTS";
  wrong.field = FieldOf(told, "");
  return told.type->creates();
}

bool OnNothing(const Lives&, const Told& told, Wrong& wrong) {
  SetText(FactOf(*wrong.request, told), "stream",
          absl::StrCat(ToAbsl(CategoryOf(told.stream)), "/", kNewId));
  wrong.reason = "STREAM_UNKNOWN";
  wrong.field = FieldOf(told, "");
  return told.type->needs_existing();
}

bool InOtherCategory(const Lives&, const Told& told, Wrong& wrong) {
  SetText(FactOf(*wrong.request, told), "stream", absl::StrCat("system/", kNewId));
  wrong.reason = "STREAM_CATEGORY";
  wrong.field = "facts[0].stream";
  return true;
}

bool EventIdTaken(const Lives&, const Told& told, Wrong& wrong) {
  SetText(FactOf(*wrong.request, told), "event_id", told.event_id);
  wrong.reason = "EVENT_ID_TAKEN";
  wrong.field = "facts[0].event_id";
  return !told.event_id.empty() && !told.type->creates();
}

// The log knows an id of any stream.
bool EventIdTakenElsewhere(const Lives& lives, const Told& told, Wrong& wrong) {
  if (told.name() != "note_recorded") return false;
  for (const Told& other : lives.told()) {
    if (other.event_id.empty() || other.stream == told.stream) continue;
    SetText(FactOf(*wrong.request, told), "event_id", other.event_id);
    wrong.reason = "EVENT_ID_TAKEN";
    wrong.field = "facts[0].event_id";
    return true;
  }
  return false;
}

bool StaleRevision(const Lives& lives, const Told& told, Wrong& wrong) {
  Message& fact = FactOf(*wrong.request, told);
  fact.GetReflection()->SetUInt64(&fact, fact.GetDescriptor()->FindFieldByName("base_revision"),
                                  lives.On(told.stream).size() + 1000);
  wrong.reason = "VERSION_MISMATCH";
  wrong.field = "facts[0].base_revision";
  return true;
}

bool RequestIdReused(const Lives&, const Told& told, Wrong& wrong) {
  wrong.request->CopyFrom(*told.request);
  auto& context = ContextOf(*wrong.request);
  context.set_reason("another_reason");
  wrong.reason = "REQUEST_ID_REUSED";
  wrong.field = "context.request_id";
  return true;
}

// Where no rule looks at the record before what is named is looked up.
bool UnknownRecord(const Lives&, const Told& told, Wrong& wrong) {
  if (told.type->aggregate != nullptr || told.type->creates()) return false;
  Message& event = EventIn(*wrong.request, told);
  for (const payload::NamedRecord& named : payload::RecordsNamed(event)) {
    if (std::ranges::none_of(named.categories, IsNamedOnceBegun)) continue;
    if (absl::EndsWith(told.stream, named.id)) continue;
    CHECK(payload::WriteField(event, named.path, Quoted(kUnknownId)).ok());
    wrong.reason = "RECORD_UNKNOWN";
    wrong.field = FieldOf(told, named.path);
    return true;
  }
  return false;
}

bool EndsTooEarly(const Lives& lives, const Told& told, Wrong& wrong) {
  const auto& rule = told.type->event().options().GetExtension(command::v1::event);
  if (rule.ends().empty()) return false;
  bool begun = false;
  for (const Told* other : lives.On(told.stream)) {
    begun = begun || other->type->event().full_name() == rule.ends();
  }
  auto& context = ContextOf(*wrong.request);
  context.mutable_occurred()->set_precision(log::v1::PRECISION_DAY);
  context.mutable_occurred()->set_from("1999-01-01");
  wrong.reason = "END_BEFORE_BEGINNING";
  wrong.field = FieldOf(told, "");
  return begun;
}

bool ActorUnknown(const Lives&, const Told&, Wrong& wrong) {
  ContextOf(*wrong.request).set_actor_id("nobody");
  wrong.reason = "ACTOR_UNKNOWN";
  wrong.field = "context.actor_id";
  return true;
}

bool OrganisationUnknown(const Lives&, const Told&, Wrong& wrong) {
  ContextOf(*wrong.request).set_organisation_id("elsewhere");
  wrong.reason = "ACTOR_UNKNOWN";
  wrong.field = "context.organisation_id";
  return true;
}

bool RoleNotHeld(const Lives&, const Told&, Wrong& wrong) {
  ContextOf(*wrong.request).set_role("auditor");
  wrong.reason = "ROLE_NOT_HELD";
  wrong.field = "context.role";
  return true;
}

bool FactNotGranted(const Lives&, const Told& told, Wrong& wrong) {
  ContextOf(*wrong.request).set_actor_id("staff-tr-1");
  ContextOf(*wrong.request).set_role("trainer");
  wrong.reason = "FACT_NOT_GRANTED";
  wrong.field = FieldOf(told, "");
  return told.name() == "case_closed" || told.name() == "stock_moved";
}

bool NobodyDelegated(const Lives&, const Told&, Wrong& wrong) {
  auto& context = ContextOf(*wrong.request);
  context.set_on_behalf_of(context.actor_id() == "staff-dir-1" ? "staff-sup-1" : "staff-dir-1");
  wrong.reason = "DELEGATION_MISSING";
  wrong.field = "context.on_behalf_of";
  return true;
}

bool SourceInFuture(const Lives&, const Told&, Wrong& wrong) {
  auto& context = ContextOf(*wrong.request);
  context.set_channel(log::v1::CHANNEL_IMPORT);
  context.mutable_source_recorded_at()->set_seconds(4'000'000'000);
  wrong.reason = "SOURCE_RECORDED_AT_INVALID";
  wrong.field = "context.source_recorded_at";
  return true;
}

bool SourceByOtherChannel(const Lives&, const Told&, Wrong& wrong) {
  auto& context = ContextOf(*wrong.request);
  context.set_channel(log::v1::CHANNEL_CLI);
  context.mutable_source_recorded_at()->set_seconds(1'600'000'000);
  wrong.reason = "SOURCE_RECORDED_AT_INVALID";
  wrong.field = "context.source_recorded_at";
  return true;
}

bool PastWithoutWindow(const Lives&, const Told&, Wrong& wrong) {
  auto& context = ContextOf(*wrong.request);
  if (context.channel() != log::v1::CHANNEL_IMPORT) return false;
  context.mutable_source_recorded_at()->set_seconds(1'700'000'000);
  context.set_source_system("another_system");
  wrong.reason = "IMPORT_WINDOW_CLOSED";
  wrong.field = "context.source_recorded_at";
  return true;
}

bool UnregisteredByOtherChannel(const Lives&, const Told&, Wrong& wrong) {
  auto& context = ContextOf(*wrong.request);
  context.set_channel(log::v1::CHANNEL_CLI);
  context.set_allow_unregistered(true);
  wrong.reason = "ALLOW_UNREGISTERED_INVALID";
  wrong.field = "context.allow_unregistered";
  return true;
}

bool Occurred(Wrong& wrong, const std::string& from, log::v1::Precision precision,
              const std::string& reason, const std::string& field) {
  auto& occurred = *ContextOf(*wrong.request).mutable_occurred();
  occurred.Clear();
  occurred.set_precision(precision);
  occurred.set_from(from);
  wrong.reason = reason;
  wrong.field = absl::StrCat("context.occurred", field);
  return true;
}

bool NoOwnDay(const Told& told) {
  const auto* r = told.request->GetReflection();
  const Message& fact = r->GetRepeatedMessage(*told.request, told.type->service->facts, told.index);
  return !fact.GetReflection()->HasField(fact, fact.GetDescriptor()->FindFieldByName("occurred"));
}

bool Tomorrow(const Lives&, const Told& told, Wrong& wrong) {
  return NoOwnDay(told) &&
         Occurred(wrong, "2199-01-01", log::v1::PRECISION_DAY, "OCCURRED_IN_FUTURE", ".from");
}

bool BuddhistDay(const Lives&, const Told& told, Wrong& wrong) {
  return NoOwnDay(told) &&
         Occurred(wrong, "2564-02-17", log::v1::PRECISION_DAY, "OCCURRED_IN_FUTURE", ".from");
}

bool NoSuchDay(const Lives&, const Told& told, Wrong& wrong) {
  return NoOwnDay(told) &&
         Occurred(wrong, "2021-02-30", log::v1::PRECISION_DAY, "OCCURRED_INVALID", ".from");
}

bool NoMonth(const Lives&, const Told& told, Wrong& wrong) {
  return NoOwnDay(told) &&
         Occurred(wrong, "2021-Q1", log::v1::PRECISION_MONTH, "OCCURRED_INVALID", ".from");
}

bool NoEnd(const Lives&, const Told& told, Wrong& wrong) {
  return NoOwnDay(told) &&
         Occurred(wrong, "2021-02-03", log::v1::PRECISION_INTERVAL, "OCCURRED_INVALID", ".to");
}

bool NoPrecision(const Lives&, const Told& told, Wrong& wrong) {
  return NoOwnDay(told) && Occurred(wrong, "2021-02-03", log::v1::PRECISION_UNSPECIFIED,
                                    "FIELD_REQUIRED", ".precision");
}

bool NoTime(const Lives&, const Told& told, Wrong& wrong) {
  ContextOf(*wrong.request).clear_occurred();
  wrong.reason = "FIELD_REQUIRED";
  wrong.field = "facts[0].occurred";
  return NoOwnDay(told);
}

bool RoleTwice(const Lives&, const Told& told, Wrong& wrong) {
  if (told.name() != "headcount_recorded") return false;
  Message& event = EventIn(*wrong.request, told);
  const auto* roles = event.GetDescriptor()->FindFieldByName("roles");
  const auto* r = event.GetReflection();
  r->ClearField(&event, roles);
  for (int i = 0; i < 2; ++i) {
    Message& part = *r->AddMessage(&event, roles);
    CHECK(payload::WriteField(part, "role_at_time", Quoted("parent")).ok());
    CHECK(payload::WriteField(part, "n", "1").ok());
  }
  wrong.reason = "ROLE_TWICE";
  wrong.field = FieldOf(told, "roles");
  return true;
}

bool GoalTwice(const Lives& lives, const Told& told, Wrong& wrong) {
  if (told.name() != "care_plan_adopted" || !OnOpenCase(lives, told)) return false;
  // After that it needs to be assessed anew.
  if (lives.Has(told.stream, "case_reopened")) return false;
  Message& event = EventIn(*wrong.request, told);
  const auto* goals = event.GetDescriptor()->FindFieldByName("goals");
  const auto* r = event.GetReflection();
  if (r->FieldSize(event, goals) == 0) return false;
  const std::unique_ptr<Message> first(r->GetRepeatedMessage(event, goals, 0).New());
  first->CopyFrom(r->GetRepeatedMessage(event, goals, 0));
  r->AddMessage(&event, goals)->CopyFrom(*first);
  wrong.reason = "GOAL_TWICE";
  wrong.field = FieldOf(told, "goals");
  return true;
}

// Who asks for an approval does not grant it.
bool GrantedByOneself(const Lives&, const Told& told, Wrong& wrong) {
  if (told.name() != "approval_granted" || told.stream.find("case/") != 0) return false;
  const auto* r = wrong.request->GetReflection();
  const domain::Service& service = *told.type->service;
  Message& granted = *r->AddMessage(wrong.request.get(), service.facts);
  granted.CopyFrom(FactOf(*wrong.request, told));
  Message& asked = FactOf(*wrong.request, told);
  const auto* type = asked.GetDescriptor()->FindFieldByName("approval_requested");
  Message& request = *asked.GetReflection()->MutableMessage(&asked, type);
  CHECK(payload::WriteField(request, "approval_id", Quoted(kNewId)).ok());
  CHECK(payload::WriteField(request, "subject", Quoted("APPROVAL_SUBJECT_TRANSFER")).ok());
  Message& grants = *granted.GetReflection()->MutableMessage(&granted, told.type->field);
  CHECK(payload::WriteField(grants, "approval_id", Quoted(kNewId)).ok());
  wrong.reason = "SAME_PERSON_ASKED";
  wrong.field = "facts[1].approval_granted";
  return true;
}

}  // namespace

const std::vector<std::pair<std::string, AnyWrong>>& WrongOfAnyFact() {
  static const std::vector<std::pair<std::string, AnyWrong>> all = {
      {"begun again", BegunAgain},
      {"on nothing", OnNothing},
      {"in another category", InOtherCategory},
      {"event id taken", EventIdTaken},
      {"event id taken elsewhere", EventIdTakenElsewhere},
      {"stale revision", StaleRevision},
      {"request id reused", RequestIdReused},
      {"unknown record", UnknownRecord},
      {"ends before it began", EndsTooEarly},
      {"actor unknown", ActorUnknown},
      {"organisation unknown", OrganisationUnknown},
      {"role not held", RoleNotHeld},
      {"fact not granted", FactNotGranted},
      {"nobody delegated it", NobodyDelegated},
      {"recorded in the future", SourceInFuture},
      {"past by another channel", SourceByOtherChannel},
      {"past without a window", PastWithoutWindow},
      {"unregistered by another channel", UnregisteredByOtherChannel},
      {"tomorrow", Tomorrow},
      {"Buddhist day", BuddhistDay},
      {"no such day", NoSuchDay},
      {"no month", NoMonth},
      {"no end", NoEnd},
      {"no precision", NoPrecision},
      {"no time", NoTime},
      {"role twice", RoleTwice},
      {"goal twice", GoalTwice},
      {"granted by oneself", GrantedByOneself},
  };
  return all;
}

}  // namespace mlup::property
