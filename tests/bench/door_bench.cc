// What the door costs a call, in an installation of a thousand accounts that are all signed in:
// before there were accounts, signed in, looking again while a stream is open, and the policy's own
// decision about a fact.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include <benchmark/benchmark.h>
#include <unistd.h>

#include "eventstore/base/check.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/files.h"
#include "eventstore/base/random.h"
#include "eventstore/base/simulated_files.h"
#include "eventstore/log/memory_event_log.h"
#include "eventstore/log/timestamp.h"
#include "services/accounts/accounts.h"
#include "services/accounts/door.h"
#include "services/accounts/own_facts.h"
#include "services/identity/secrets.h"

namespace mlup::bench {
namespace {

constexpr int kAccounts = 1000;
constexpr char kCall[] = "mlup.audit.v1.AuditService/GetCaseHistory";

std::unique_ptr<privacy::Keyring> NewKeyring() {
  const std::string path = absl::StrCat("/tmp/door-bench.", getpid());
  auto keyring = privacy::Keyring::Open(path);
  CHECK(keyring.ok());
  std::remove(path.c_str());
  return *std::move(keyring);
}

std::string NameOf(int account) { return absl::StrCat("staff-cm-", account); }

struct World {
  explicit World(bool with_accounts) {
    policy.Follow(accounts);
    CHECK(files.MakeFolder("/var").ok());
    if (!with_accounts) return;
    for (int i = 0; i < kAccounts; ++i) Open(NameOf(i), i);
    const absl::Time now = clock.Now();
    CHECK(credentials
              ->Update([&](identity::v1::Credentials& all) {
                for (int i = 0; i < kAccounts; ++i) {
                  all.add_accounts()->set_actor_id(NameOf(i));
                  auto& session = *all.add_sessions();
                  session.set_actor_id(NameOf(i));
                  session.set_session_id(absl::StrCat("s", i));
                  session.set_token_digest(
                      identity::TokenDigest(credentials->key(), absl::StrCat("t", i)));
                  *session.mutable_began_at() = log::ToTimestamp(now);
                  *session.mutable_used_at() = log::ToTimestamp(now);
                  *session.mutable_ends_at() = log::ToTimestamp(now + absl::Hours(12));
                }
                return absl::OkStatus();
              })
              .ok());
  }

  void Open(const std::string& name, int number) {
    identity::v1::IdentityFact opened = accounts::FactOn(name);
    opened.mutable_account_opened()->set_actor_id(name);
    auto& holder = *opened.mutable_account_opened()->mutable_holder();
    holder.set_account_id(opened.stream().substr(opened.stream().find('/') + 1));
    holder.set_display_name("Sokha");
    identity::v1::IdentityFact granted = accounts::FactOn(name);
    auto& grant = *granted.mutable_role_granted();
    grant.set_grant_id(absl::StrCat("018f3c6e-0000-7000-8000-", 100000000000 + number));
    grant.set_role("case_manager");
    grant.set_organisation_id("mro");
    grant.set_scope(identity::v1::GRANT_SCOPE_ALL);
    CHECK(facts.Record({opened, granted}).ok());
  }

  SystemClock clock;
  SystemRandom random;
  SimulatedFiles files;
  log::MemoryEventLog log{clock};
  std::unique_ptr<privacy::Keyring> keyring = NewKeyring();
  std::unique_ptr<identity::CredentialStore> credentials =
      *identity::CredentialStore::Open(files, "/var/data.credentials", *keyring);
  identity::Policy policy =
      *identity::Policy::Parse(*SystemFiles().ReadAll(MLUP_SOURCE "/deploy/roles.textproto"));
  accounts::Accounts accounts{log, clock};
  accounts::Door door{{accounts, policy, credentials.get(), clock}};
  accounts::OwnFacts facts{log, *keyring, clock, random};
};

World& WithAccounts() {
  static World& world = *new World(true);
  return world;
}

void WithoutAccounts(benchmark::State& state) {
  static World& world = *new World(false);
  while (state.KeepRunning()) benchmark::DoNotOptimize(world.door.Admit(kCall, ""));
}
BENCHMARK(WithoutAccounts);

void SignedIn(benchmark::State& state) {
  World& world = WithAccounts();
  std::vector<std::string> bearers;
  bearers.reserve(kAccounts);
  for (int i = 0; i < kAccounts; ++i) bearers.push_back(absl::StrCat("Bearer t", i));
  std::size_t next = 0;
  while (state.KeepRunning()) {
    const auto admission = world.door.Admit(kCall, bearers[next++ % bearers.size()]);
    CHECK(admission.ok());
  }
}
BENCHMARK(SignedIn);

void OneSignedIn(benchmark::State& state) {
  World& world = WithAccounts();
  while (state.KeepRunning()) CHECK(world.door.Admit(kCall, "Bearer t7").ok());
}
BENCHMARK(OneSignedIn);

void OpenStream(benchmark::State& state) {
  const auto admission = WithAccounts().door.Admit(kCall, "Bearer t7");
  CHECK(admission.ok());
  while (state.KeepRunning()) CHECK((*admission)->Holds().ok());
}
BENCHMARK(OpenStream);

void Fact(benchmark::State& state) {
  World& world = WithAccounts();
  log::v1::Actor actor;
  actor.set_actor_id(NameOf(7));
  actor.set_role("case_manager");
  actor.set_organisation_id("mro");
  const identity::Relation about{.organisations = {"mro"}};
  while (state.KeepRunning()) {
    CHECK(world.policy.Authorise(actor, identity::Recording("cases/case_opened"), &about).ok());
  }
}
BENCHMARK(Fact);

}  // namespace
}  // namespace mlup::bench

BENCHMARK_MAIN();
