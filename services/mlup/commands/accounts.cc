// `mlup accounts`: who may sign in, and as what.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/uuid.h"
#include "eventstore/log/timestamp.h"
#include "mlup/identity/v1/identity_service.pb.h"
#include "mlup/identity/v1/sign_in_service.pb.h"
#include "services/accounts/door.h"
#include "services/domain/account.h"
#include "services/mlup/ask_secret.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/proto_json.h"
#include "services/mlup/record_facts.h"
#include "services/mlup/server_rpc.h"
#include "services/mlup/table.h"
#include "services/mlup/who_asks.h"
#include "services/mlup/words.h"
#include "services/privacy/keyring.h"

namespace mlup::cli {
namespace {

namespace pb = ::mlup::identity::v1;

constexpr std::string_view kScopePrefix = "GRANT_SCOPE_";
constexpr std::string_view kSectorPrefix = "SECTOR_";

// A call by whoever may read the keyring.
template <typename Response>
absl::StatusOr<Response> AskWithKeyring(const Session& session, const AccountOptions& options,
                                        const std::string& method,
                                        const google::protobuf::Message& request) {
  const std::string data = options.data.empty() ? "./var/data" : options.data;
  const std::string path = options.keyring.empty() ? data + ".keyring" : options.keyring;
  ASSIGN_OR_RETURN(const auto keyring, privacy::Keyring::Look(path));
  Server server(session.server, accounts::InstallationToken(identity::CredentialKey(*keyring)));
  Response response;
  RETURN_IF_ERROR(
      server.Call(absl::StrCat("mlup.identity.v1.SignInService/", method), request, response));
  return response;
}

pb::IdentityFact FactOf(const AccountOptions& options) {
  pb::IdentityFact fact;
  fact.set_stream(domain::AccountStream(options.actor));
  return fact;
}

absl::Status WordUnknown(std::string_view option, const std::string& word) {
  return Error(absl::StatusCode::kInvalidArgument, "WORD_UNKNOWN",
               absl::StrCat("--", ToAbsl(option), " does not know the word ", word));
}

absl::StatusOr<pb::IdentityFact> GrantOf(const AccountOptions& options, const std::string& role,
                                         const std::string& organisation_id) {
  const SystemClock clock;
  SystemRandom random;
  pb::IdentityFact fact = FactOf(options);
  pb::RoleGranted& grant = *fact.mutable_role_granted();
  grant.set_grant_id(NewUuid(clock, random));
  grant.set_role(role);
  grant.set_organisation_id(organisation_id);
  pb::GrantScope scope = pb::GRANT_SCOPE_UNSPECIFIED;
  if (!pb::GrantScope_Parse(
          absl::StrCat(ToAbsl(kScopePrefix), absl::AsciiStrToUpper(options.scope)), &scope)) {
    return WordUnknown("scope", options.scope);
  }
  grant.set_scope(scope);
  grant.set_team(options.team);
  grant.set_province(options.province);
  log::v1::Sector sector = log::v1::SECTOR_UNSPECIFIED;
  if (!options.sector.empty() &&
      !log::v1::Sector_Parse(
          absl::StrCat(ToAbsl(kSectorPrefix), absl::AsciiStrToUpper(options.sector)), &sector)) {
    return WordUnknown("sector", options.sector);
  }
  grant.set_sector(sector);
  grant.set_from(options.from);
  grant.set_until(options.until);
  return fact;
}

int EndOf(const Session& session, const absl::Status& status) {
  if (status.ok()) return kExitOk;
  return ErrorReason(status) == "WORD_UNKNOWN" ? FailUsage(session, status) : Fail(session, status);
}

int PrintReset(const Session& session, const AccountOptions& options,
               const absl::StatusOr<pb::ResetCredentialsResponse>& reset) {
  if (!reset.ok()) return Fail(session, reset.status());
  if (session.json) {
    session.out << ToJson(*reset) << "\n";
    return kExitOk;
  }
  session.out << "Password of " << options.actor << " to begin with: " << reset->initial_password()
              << "\nGood until " << TimeWords(reset->good_until())
              << ", to choose another one with. It is not shown again.\n";
  return kExitOk;
}

absl::StatusOr<pb::ResetCredentialsResponse> ResetOf(const Session& session,
                                                     const AccountOptions& options) {
  pb::ResetCredentialsRequest request;
  request.set_of(options.actor);
  return AskSignIn<pb::ResetCredentialsResponse>(session, "ResetCredentials", request);
}

// The grants in force that `what` names: one by its id, or all of a role.
absl::StatusOr<std::vector<std::string>> GrantsMeant(const Session& session,
                                                     const AccountOptions& options) {
  if (IsUuid(options.role)) return std::vector<std::string>{options.role};
  ASSIGN_OR_RETURN(const auto all, AskSignIn<pb::ListAccountsResponse>(session, "ListAccounts",
                                                                       pb::ListAccountsRequest()));
  std::vector<std::string> meant;
  for (const pb::AccountInfo& account : all.accounts()) {
    if (account.of() != options.actor) continue;
    for (const pb::RoleGranted& grant : account.roles()) {
      if (grant.role() == options.role) meant.push_back(grant.grant_id());
    }
  }
  if (!meant.empty()) return meant;
  return Error(absl::StatusCode::kNotFound, "NOT_GRANTED",
               absl::StrCat(options.actor, " holds no role ", options.role));
}

}  // namespace

int RunBootstrap(const Session& session, const AccountOptions& options) {
  pb::BootstrapRequest request;
  request.set_name(options.actor);
  request.set_display_name(options.display_name);
  request.set_organisation_id(options.organisation);
  for (const std::string& role : options.roles) request.add_roles(role);
  if (options.roles.empty()) request.add_roles("administrator");
  const auto password =
      AskSecret(absl::StrCat("Password for ", options.actor, ", of 12 characters or more: "),
                options.password_fd);
  if (!password.ok()) return FailUsage(session, password.status());
  request.set_password(*password);
  const auto made = AskWithKeyring<pb::BootstrapResponse>(session, options, "Bootstrap", request);
  if (!made.ok()) return Fail(session, made.status());
  if (session.json) {
    session.out << ToJson(*made) << "\n";
  } else {
    session.out << "The first account: " << options.actor
                << ". From now on every call needs a sign-in: mlup login " << options.actor << "\n";
  }
  return kExitOk;
}

int RunOpenAccount(const Session& session, const Reader& who, const AccountOptions& options) {
  pb::IdentityFact fact = FactOf(options);
  pb::AccountOpened& opened = *fact.mutable_account_opened();
  opened.set_actor_id(options.actor);
  opened.mutable_holder()->set_account_id(std::string(RecordIdOf(fact.stream())));
  opened.mutable_holder()->set_display_name(options.display_name);
  std::vector<pb::IdentityFact> facts = {fact};
  for (const std::string& role : options.roles) {
    const auto grant = GrantOf(options, role, options.organisation);
    if (!grant.ok()) return EndOf(session, grant.status());
    facts.push_back(*grant);
  }
  const absl::Status recorded = RecordFacts(session, who, facts);
  if (!recorded.ok()) return Fail(session, recorded);
  return PrintReset(session, options, ResetOf(session, options));
}

int RunCloseAccount(const Session& session, const Reader& who, const AccountOptions& options) {
  pb::IdentityFact fact = FactOf(options);
  fact.mutable_account_closed()->set_reason(options.reason);
  return EndOf(session, RecordFacts(session, who, {fact}));
}

int RunGrant(const Session& session, const Reader& who, const AccountOptions& options) {
  const auto grant = GrantOf(options, options.role, options.organisation);
  if (!grant.ok()) return EndOf(session, grant.status());
  return EndOf(session, RecordFacts(session, who, {*grant}));
}

int RunRevoke(const Session& session, const Reader& who, const AccountOptions& options) {
  const auto meant = GrantsMeant(session, options);
  if (!meant.ok()) return Fail(session, meant.status());
  std::vector<pb::IdentityFact> facts;
  for (const std::string& grant_id : *meant) {
    facts.push_back(FactOf(options));
    facts.back().mutable_role_revoked()->set_grant_id(grant_id);
    facts.back().mutable_role_revoked()->set_reason(options.reason);
  }
  return EndOf(session, RecordFacts(session, who, facts));
}

int RunEnroll(const Session& session, const Reader& who, const AccountOptions& options) {
  pb::IdentityFact fact = FactOf(options);
  fact.mutable_device_enrolled()->set_device(options.device);
  return EndOf(session, RecordFacts(session, who, {fact}));
}

int RunRevokeDevice(const Session& session, const Reader& who, const AccountOptions& options) {
  pb::IdentityFact fact = FactOf(options);
  fact.mutable_device_revoked()->set_device(options.device);
  fact.mutable_device_revoked()->set_reason(options.reason);
  return EndOf(session, RecordFacts(session, who, {fact}));
}

int RunListAccounts(const Session& session) {
  const auto all =
      AskSignIn<pb::ListAccountsResponse>(session, "ListAccounts", pb::ListAccountsRequest());
  if (!all.ok()) return Fail(session, all.status());
  if (session.json) {
    session.out << ToJson(*all) << "\n";
    return kExitOk;
  }
  Table table;
  table.Add({"actor", "state", "sessions", "signs in with", "role", ""});
  for (const pb::AccountInfo& account : all->accounts()) {
    const std::string with = account.has_authenticator() ? "password, authenticator"
                             : account.has_password()    ? "password"
                                                         : "nothing";
    std::vector<std::string> row = {account.of(),
                                    account.open() ? "open" : "closed",
                                    absl::StrCat(account.sessions()),
                                    with,
                                    "-",
                                    ""};
    for (const pb::RoleGranted& grant : account.roles()) {
      row[4] = grant.role();
      row[5] = absl::StrCat(GrantWords(grant), ", grant ", grant.grant_id());
      table.Add(row);
      row.assign(row.size(), "");
    }
    if (account.roles().empty()) table.Add(row);
  }
  session.out << table.Render();
  return kExitOk;
}

int RunResetAccount(const Session& session, const AccountOptions& options) {
  if (options.data.empty() && options.keyring.empty()) {
    return PrintReset(session, options, ResetOf(session, options));
  }
  pb::ResetCredentialsRequest request;
  request.set_of(options.actor);
  return PrintReset(
      session, options,
      AskWithKeyring<pb::ResetCredentialsResponse>(session, options, "ResetCredentials", request));
}

}  // namespace mlup::cli
