// An installation with accounts, in memory, for tests of signing in and of the door.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include <unistd.h>

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/simulated_files.h"
#include "eventstore/log/memory_event_log.h"
#include "services/accounts/accounts.h"
#include "services/accounts/door.h"
#include "services/accounts/own_facts.h"
#include "services/accounts/sign_in_service.h"
#include "services/command/command_handler.h"
#include "services/identity/credential_store.h"
#include "services/identity/policy.h"
#include "services/identity/secrets.h"

namespace mlup::accounts {

inline constexpr char kPassword[] = "three words and a half";
inline constexpr char kHistory[] = "mlup.audit.v1.AuditService/GetCaseHistory";
inline constexpr char kReport[] = "mlup.reports.v1.ReportService/GetReport";

// One test; it is 2021-04-22 12:00 in Phnom Penh.
class AccountsWorld {
 public:
  AccountsWorld() {
    EXPECT_TRUE(files_.MakeFolder("/var").ok());
    policy_.Follow(accounts_);
  }

  static std::unique_ptr<privacy::Keyring> NewKeyring() {
    static int made = 0;
    const std::string path = absl::StrCat(testing::TempDir(), "accounts.", getpid(), ".", ++made);
    std::remove(path.c_str());
    auto keyring = *privacy::Keyring::Open(path);
    std::remove(path.c_str());
    return keyring;
  }

  // The first account, as `mlup accounts bootstrap` makes it.
  absl::Status Bootstrap(const std::string& name = "staff-adm-1",
                         const std::vector<std::string>& roles = {"administrator"}) {
    identity::v1::BootstrapRequest request;
    request.set_name(name);
    request.set_display_name("Sokha");
    request.set_organisation_id("mro");
    for (const std::string& role : roles) request.add_roles(role);
    request.set_password(kPassword);
    return service_.Bootstrap(request, Installation()).status();
  }

  // Another account with these roles and this password.
  void Open(const std::string& name, const std::vector<std::string>& roles) {
    identity::v1::IdentityFact opened = FactOn(name);
    opened.mutable_account_opened()->set_actor_id(name);
    opened.mutable_account_opened()->mutable_holder()->set_account_id(
        opened.stream().substr(opened.stream().find('/') + 1));
    opened.mutable_account_opened()->mutable_holder()->set_display_name("Dara");
    std::vector<identity::v1::IdentityFact> facts = {opened};
    for (const std::string& role : roles) facts.push_back(Granting(name, role));
    EXPECT_EQ(facts_.Record(facts), absl::OkStatus());
    const std::string hash = *identity::HashPassword(kPassword);
    EXPECT_TRUE(credentials_
                    ->Update([&](identity::v1::Credentials& all) {
                      auto& account = *all.add_accounts();
                      account.set_actor_id(name);
                      account.set_password_hash(hash);
                      return absl::OkStatus();
                    })
                    .ok());
    Later();
  }
  identity::v1::IdentityFact Granting(const std::string& name, const std::string& role) {
    identity::v1::IdentityFact fact = FactOn(name);
    last_grant_ = absl::StrCat("018f3c6e-0000-7000-8000-", 100000000000 + ++grants_);
    fact.mutable_role_granted()->set_grant_id(last_grant_);
    fact.mutable_role_granted()->set_role(role);
    fact.mutable_role_granted()->set_organisation_id("mro");
    fact.mutable_role_granted()->set_scope(identity::v1::GRANT_SCOPE_ALL);
    return fact;
  }
  absl::Status Record(const identity::v1::IdentityFact& fact) { return facts_.Record({fact}); }

  // As the holder does it, in the role `manager`.
  absl::Status BeginEmergency(const std::string& name, std::uint32_t minutes) {
    identity::v1::RecordRequest request;
    command::v1::CommandContext& context = *request.mutable_context();
    context.set_request_id(absl::StrCat("emergency-", ++emergencies_));
    context.set_actor_id(name);
    context.set_role("manager");
    context.set_organisation_id("mro");
    context.set_channel(log::v1::CHANNEL_CLI);
    context.mutable_occurred()->set_precision(log::v1::PRECISION_UNKNOWN);
    *request.add_facts() = FactOn(name);
    auto& begun = *request.mutable_facts(0)->mutable_emergency_access_begun();
    begun.set_access_id(absl::StrCat("018f3c6e-0000-7000-8000-", 200000000000 + emergencies_));
    begun.set_case_id("018f3c6e-0000-7000-8000-000000000099");
    begun.set_minutes(minutes);
    begun.set_reason("child_in_danger");
    return handler_.Record(request).status();
  }

  absl::StatusOr<identity::v1::SignInResponse> SignIn(const std::string& name,
                                                      const std::string& password = kPassword,
                                                      const std::string& code = "",
                                                      const std::string& device = "",
                                                      const std::string& address = "office") {
    identity::v1::SignInRequest request;
    request.set_name(name);
    request.set_password(password);
    request.set_code(code);
    request.set_device(device);
    return service_.SignIn(request, address);
  }
  // What the door says to the token: the reason of a refusal, or nothing.
  std::string Enter(const std::string& token, const std::string& method) {
    return ErrorReason(Admission(token, method).status());
  }
  absl::StatusOr<log::AdmissionPtr> Admission(const std::string& token, const std::string& method) {
    return door_.Admit(method, token.empty() ? "" : "Bearer " + token);
  }
  identity::Caller CallerOf(const std::string& token) {
    const auto admission = Admission(token, "mlup.identity.v1.SignInService/WhoAmI");
    EXPECT_TRUE(admission.ok()) << admission.status();
    return *identity::CallerOf(*admission);
  }
  identity::Caller Installation() { return {identity::Caller::Kind::kInstallation, "", ""}; }
  // As long as a change may take to be seen.
  void Later(absl::Duration step = absl::Milliseconds(301)) { clock_.Advance(step); }
  // Full names of the events on the stream of an account, without their package.
  std::vector<std::string> EventsOf(const std::string& name) {
    log::pb::ReadStreamRequest request;
    request.set_stream(domain::AccountStream(name));
    std::vector<std::string> types;
    const auto page = log_.ReadStream(request);
    for (const auto& record : page->records()) {
      types.push_back(record.event().type().substr(std::string("mlup.identity.v1.").size()));
    }
    return types;
  }

  // Named as in the tests whose members they would be.
  // NOLINTBEGIN(readability-identifier-naming)
  ManualClock clock_{absl::FromUnixSeconds(1619067600)};
  SeededRandom random_{1};
  SimulatedFiles files_;
  log::MemoryEventLog log_{clock_};
  std::unique_ptr<privacy::Keyring> keyring_ = NewKeyring();
  std::unique_ptr<identity::CredentialStore> credentials_ =
      *identity::CredentialStore::Open(files_, "/var/data.credentials", *keyring_);
  identity::Policy policy_ = *identity::Policy::Parse(
      "roles { name: 'administrator' records: 'identity/*' "
      "        calls: 'mlup.identity.v1.SignInService/*' }"
      "roles { name: 'manager' calls: 'mlup.audit.v1.AuditService/*' records: 'cases/*' "
      "        records: 'identity/emergency/*' }"
      "roles { name: 'operator' calls: 'mlup.log.v1.EventStore/*' "
      "        calls: 'mlup.log.v1.ProofService/*' }"
      "roles { name: 'importer' may_import_for_others: true }");
  const Accounts accounts_{log_, clock_};
  Door door_{{accounts_, policy_, credentials_.get(), clock_}};
  OwnFacts facts_{log_, *keyring_, clock_, random_};
  SignInService service_{{accounts_, policy_, *credentials_, facts_, clock_, random_}};
  command::CommandHandler handler_{
      log_, policy_, *keyring_, clock_, random_, {}, command::CommandHandler::Naming::kAnything};
  std::string last_grant_;
  // NOLINTEND(readability-identifier-naming)

 private:
  std::int64_t grants_ = 0;
  std::int64_t emergencies_ = 0;
};

}  // namespace mlup::accounts
