#include "services/identity/authorise.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace mlup::identity {
namespace {

absl::Status Denied(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kPermissionDenied, reason, message);
}

// Each name is one, or `prefix/*` for all directly below it.
template <typename Names>
bool Hold(const Names& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(), [name](const std::string& granted) {
    absl::string_view prefix = granted;
    if (!absl::ConsumeSuffix(&prefix, "*")) return granted == name;
    absl::string_view rest = ToAbsl(name);
    return absl::EndsWith(prefix, "/") && absl::ConsumePrefix(&rest, prefix) &&
           !absl::StrContains(rest, '/');
  });
}

absl::Status NotGranted(const Who& who, std::string_view reason, std::string_view what) {
  const std::string whose = who.actor.role().empty()
                                ? std::string("no role of actor ")
                                : absl::StrCat("role ", who.actor.role(), " of actor ");
  return Denied(reason,
                absl::StrCat(whose, who.actor.actor_id(),
                             who.actor.role().empty() ? " may " : " may not ", ToAbsl(what)));
}

absl::Status NotGranted(const Who& who, const What& what) {
  switch (what.kind) {
    case What::Kind::kCall:
      return NotGranted(who, "CALL_NOT_GRANTED", absl::StrCat("call ", ToAbsl(what.name)));
    case What::Kind::kRecord:
      return NotGranted(who, "FACT_NOT_GRANTED", absl::StrCat("record ", ToAbsl(what.name)));
    case What::Kind::kOpenPersonal:
      return NotGranted(who, "FIELD_NOT_GRANTED", "open personal fields");
    case What::Kind::kRevealSpecial:
      return NotGranted(who, "FIELD_NOT_GRANTED",
                        "have fields about health, offences and abuse revealed");
    case What::Kind::kReadSafeguarding:
      return NotGranted(who, "RECORD_NOT_GRANTED", "read concerns about staff");
  }
  return NotGranted(who, "CALL_NOT_GRANTED", "do this");
}

absl::Status ImportNotGranted(const Who& who) {
  return NotGranted(who, "IMPORT_NOT_GRANTED", "state source_recorded_at");
}

absl::Status OutOfScope(const Who& who) {
  return NotGranted(who, "OUT_OF_SCOPE", "reach this record");
}

absl::Status CheckDelegation(const Who& who) {
  const log::v1::Actor& actor = who.actor;
  if (actor.on_behalf_of().empty()) return absl::OkStatus();
  if (who.principal == nullptr) {
    return Denied("ACTOR_UNKNOWN", absl::StrCat("actor ", actor.on_behalf_of(), " is not known"));
  }
  if (who.standing->acts_for.contains(actor.on_behalf_of()) ||
      who.principal->delegates.contains(actor.actor_id())) {
    return absl::OkStatus();
  }
  return Denied("DELEGATION_MISSING",
                absl::StrCat("actor ", actor.actor_id(), " may not act on behalf of ",
                             actor.on_behalf_of(), ": have the delegation recorded"));
}

absl::Status CheckKnown(const Who& who) {
  const log::v1::Actor& actor = who.actor;
  if (who.standing == nullptr) {
    return Denied("ACTOR_UNKNOWN", absl::StrCat("actor ", actor.actor_id(), " is not known"));
  }
  // Without a role nothing is said of an organisation either.
  if (!actor.role().empty() && !who.standing->organisations.contains(actor.organisation_id())) {
    return Denied("ACTOR_UNKNOWN",
                  absl::StrCat("actor ", actor.actor_id(), " is not known in organisation ",
                               actor.organisation_id()));
  }
  return CheckDelegation(who);
}

bool ActsIn(const log::v1::Actor& actor, const HeldRole& held) {
  return actor.role().empty() ||
         (held.role == actor.role() && held.organisation_id == actor.organisation_id());
}

// The one thing for which there is emergency access.
bool ReadsHistory(const What& what) {
  return what.kind == What::Kind::kCall && what.name == kHistoryCall;
}

// By whoever records what an earlier system named somebody else for.
absl::Status AuthoriseImport(const Roles& roles, const Who& who, const What& what,
                             const Relation* about) {
  bool may = false;
  bool reaches = false;
  for (const HeldRole& held :
       who.recorder == nullptr ? std::vector<HeldRole>() : who.recorder->roles) {
    const auto role = roles.find(held.role);
    if (role == roles.end() || !role->second.may_import_for_others()) continue;
    may = true;
    reaches = reaches || about == nullptr || Covers(held, who.recorded_by, *about);
  }
  if (!may) {
    return Denied("IMPORT_NOT_GRANTED", absl::StrCat("no role of actor ", ToAbsl(who.recorded_by),
                                                     " may import what others recorded"));
  }
  const auto named = roles.find(who.actor.role());
  if (named == roles.end()) {
    return Denied("ROLE_NOT_HELD", absl::StrCat("there is no role ", who.actor.role()));
  }
  if (!Grants(named->second, what)) return NotGranted(who, what);
  if (what.imports && !named->second.may_import()) return ImportNotGranted(who);
  return reaches ? absl::OkStatus() : OutOfScope(who);
}

}  // namespace

log::v1::Actor Anyhow(std::string_view actor_id) {
  log::v1::Actor actor;
  actor.set_actor_id(std::string(actor_id));
  return actor;
}

bool Grants(const v1::Role& role, const What& what) {
  switch (what.kind) {
    case What::Kind::kCall:
      return Hold(role.calls(), what.name);
    case What::Kind::kRecord:
      return Hold(role.records(), what.name);
    case What::Kind::kOpenPersonal:
      return role.may_open_personal();
    case What::Kind::kRevealSpecial:
      return role.may_open_personal() && role.may_reveal_special();
    case What::Kind::kReadSafeguarding:
      return role.may_read_safeguarding();
  }
  return false;
}

absl::Status Authorise(const Roles& roles, const Who& who, const What& what,
                       const Relation* about) {
  if (!who.recorded_by.empty()) return AuthoriseImport(roles, who, what, about);
  RETURN_IF_ERROR(CheckKnown(who));
  bool holds = false;
  bool grants = false;
  bool imports = false;
  for (const HeldRole& held : who.standing->roles) {
    const auto role = roles.find(held.role);
    if (role == roles.end() || !ActsIn(who.actor, held)) continue;
    holds = true;
    if (!Grants(role->second, what)) continue;
    grants = true;
    if (what.imports && !role->second.may_import()) continue;
    imports = true;
    if (about == nullptr || Covers(held, who.actor.actor_id(), *about)) return absl::OkStatus();
    if (about->emergency && ReadsHistory(what)) return absl::OkStatus();
  }
  if (!holds && !who.actor.role().empty()) {
    return Denied("ROLE_NOT_HELD", absl::StrCat("actor ", who.actor.actor_id(),
                                                " does not hold the role ", who.actor.role()));
  }
  if (!grants) return NotGranted(who, what);
  return imports ? OutOfScope(who) : ImportNotGranted(who);
}

absl::StatusOr<std::vector<HeldRole>> RolesThatMay(const Roles& roles, const Who& who,
                                                   const What& what) {
  RETURN_IF_ERROR(Authorise(roles, who, what, nullptr));
  std::vector<HeldRole> may;
  for (const HeldRole& held : who.standing->roles) {
    const auto role = roles.find(held.role);
    if (role != roles.end() && ActsIn(who.actor, held) && Grants(role->second, what)) {
      may.push_back(held);
    }
  }
  return may;
}

}  // namespace mlup::identity
