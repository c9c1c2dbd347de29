// Files that people and other programs write.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"

#include "eventstore/base/check.h"
#include "eventstore/base/simulated_files.h"
#include "eventstore/base/status.h"
#include "eventstore/json/json_text.h"
#include "projections/counting/definitions.h"
#include "services/exports/figure_files.h"
#include "services/identity/credential_store.h"
#include "services/identity/credentials_file.h"
#include "services/identity/policy.h"
#include "services/identity/secrets.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/commands/subscribe.h"
#include "services/mlup/schema_snapshot.h"
#include "services/relay/signature.h"
#include "services/sharing/subscribers.h"
#include "tests/fuzz/target.h"

namespace mlup::fuzz {
namespace {

void Subscribers(std::string_view bytes) {
  const auto subscribers = sharing::Subscribers::Parse(bytes);
  if (!subscribers.ok()) return;
  for (const auto& subscriber : subscribers->all()) {
    const auto found = subscribers->Find(subscriber.subscriber_id());
    CHECK(found != nullptr && found->SerializeAsString() == subscriber.SerializeAsString());
    static_cast<void>(sharing::CoveredFields(subscriber.agreement(), "mlup.cases.v1.CaseClosed"));
    static_cast<void>(sharing::IsExpired(subscriber.agreement(), Day{19'000}));
  }
}
std::vector<std::string> SubscribersSeeds() { return {SourceFile("deploy/subscribers.textproto")}; }

void Roles(std::string_view bytes) {
  const auto policy = identity::Policy::Parse(bytes);
  if (!policy.ok()) return;
  log::v1::Actor actor;
  actor.set_actor_id("staff-sw-1");
  actor.set_role("social_worker");
  static_cast<void>(policy->Authorise(actor, identity::Recording("cases/case_opened", true)));
  static_cast<void>(policy->ActorLabel("staff-sw-1"));
}
std::vector<std::string> RolesSeeds() { return {SourceFile("deploy/roles.textproto")}; }

void Indicators(std::string_view bytes) {
  const auto definitions = counting::Definitions::Parse(bytes);
  if (!definitions.ok()) return;
  for (const counting::Indicator& indicator : definitions->indicators()) {
    CHECK(definitions->Find(indicator.definition->code()) == &indicator);
  }
}
// One of them: the whole file would make each try slow.
std::vector<std::string> IndicatorsSeeds() {
  const std::string file = SourceFile("projections/indicators/00-joins.textproto") +
                           SourceFile("projections/indicators/10-cwn.textproto");
  const std::size_t second = file.find("\nindicators", file.find("\nindicators") + 1);
  return {file.substr(0, second + 1)};
}

void SubscribeState(std::string_view bytes) {
  SimulatedFiles files;
  CHECK(files.MakeFolder("/data").ok());
  WriteFile(files, "/data/state", bytes);
  bool found = false;
  const auto place = cli::ReadPlace(files, "/data/state", found);
  if (!place.ok()) return;
  CHECK(cli::WritePlace(files, "/data/again", *place).ok());
  const auto again = cli::ReadPlace(files, "/data/again", found);
  CHECK(again.ok() && *again == *place);
  cli::SubscribeOptions options;
  options.from = std::string(bytes);
  static_cast<void>(cli::RequestOf(options));
}
std::vector<std::string> SubscribeStateSeeds() {
  SimulatedFiles files;
  CHECK(files.MakeFolder("/data").ok());
  CHECK(cli::WritePlace(files, "/data/state", {.position = 7, .history = 99}).ok());
  return {*files.ReadAll("/data/state"), "2021-02-17"};
}

void SchemaSnapshot(std::string_view bytes) {
  constexpr char kNow[] = R"({"messages":{},"enums":{}})";
  const auto changes = cli::CompareSchemas(bytes, kNow);
  CHECK(changes.ok() || absl::IsInvalidArgument(changes.status()));
  static_cast<void>(cli::CompareSchemas(kNow, bytes));
}
std::vector<std::string> SchemaSnapshotSeeds() {
  return {cli::SchemaSnapshot().substr(0, 2000),
          R"({"enums":{"a.E":{"0":"X"}},"messages":{"a.M":{"1":"name string"}}})"};
}

void WebhookSecret(std::string_view bytes) {
  const auto signer = relay::Signer::Parse(bytes);
  if (signer.ok()) CHECK(signer->Sign("a", 1, "b").starts_with("v1,"));
}
std::vector<std::string> WebhookSecretSeeds() {
  return {"# old\nwhsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"};
}

// Maps of both systems, and the files that are made by one that is good.
void ExportMap(std::string_view bytes) {
  exports::Figures figures{
      .period = "2021-Q1",
      .report = {},
      .indicators = {{"children_newly_opened", {{"sex", {}}, {"age_band", {}}}},
                     {"trainings", {{"province", {}}}}}};
  figures.report.set_first_day("2021-01-01");
  figures.report.set_last_day("2021-03-31");
  reports::v1::Row& row = *figures.report.add_rows();
  row.mutable_cell()->set_code("trainings");
  row.set_value("12");
  const auto values = exports::WriteDataValues(figures, bytes);
  const auto activity = exports::WriteActivity(figures, bytes);
  CHECK(values.ok() || ErrorReason(values.status()) == "MAP_INVALID");
  CHECK(activity.ok() || ErrorReason(activity.status()) == "MAP_INVALID");
  CHECK(!values.ok() || !activity.ok());
  if (values.ok()) CHECK(strict::ParseJson(values->bytes, {.bytes_max = 256 << 20}).ok());
}
std::vector<std::string> ExportMapSeeds() {
  return {
      R"({"system":"dhis2","org_unit":"KH","org_units":{"01":"KH01"},"category_option_combos":{"sex":{"female":"F"}},
    "values":[{"indicator":"children_newly_opened","by":"sex","data_element":"A"},{"indicator":"trainings","by":"province","data_element":"B"}]})",
      R"({"system":"iati","reporting_org":{"ref":"KH-1","type":"22","name":"N"},"activity":{"identifier":"KH-1-A","title":"T",
    "description":"D","status":"2","start":"2019-01-01","country":"KH","sector":{"vocabulary":"1","code":"16010"},"participating_orgs":[{"role":"4","ref":"KH-1","type":"22","name":"N"}]},
    "results":[{"type":"1","title":"R","indicators":[{"indicator":"trainings","measure":"1","by":["province"]}]}]})"};
}

const identity::CredentialKey& TheCredentialKey() {
  static const auto& key =
      *new identity::CredentialKey(std::string(32, 'k'), "018f3c6e7d4b7a018f3c6e7d4b7a0001");
  return key;
}

// As a file, and as the content of one that is sealed as it should be.
void Credentials(std::string_view bytes) {
  const auto raw = identity::ParseCredentials(bytes, TheCredentialKey());
  CHECK(raw.ok() || !ErrorReason(raw.status()).empty());
  static_cast<void>(identity::FileGeneration(bytes));
  identity::v1::Credentials content;
  if (!content.ParseFromString(std::string(bytes))) return;
  const std::string file = identity::FormatCredentials(content, TheCredentialKey());
  CHECK(identity::FileGeneration(file) == content.generation());
  const auto read = identity::ParseCredentials(file, TheCredentialKey());
  if (!read.ok()) {
    CHECK(ErrorReason(read.status()) == "CREDENTIALS_DAMAGED");
    return;
  }
  CHECK(read->SerializeAsString() == content.SerializeAsString());
  const identity::KnownCredentials known(*read);
  for (const auto& account : known.all().accounts()) {
    CHECK(known.FindAccount(account.actor_id()) == &account);
    static_cast<void>(identity::FindStep(TheCredentialKey(), account.authenticator(),
                                         account.actor_id(),
                                         {"123456", absl::FromUnixSeconds(1'600'000'000)}));
  }
}
std::vector<std::string> CredentialsSeeds() {
  identity::v1::Credentials content;
  content.set_generation(3);
  content.add_accounts()->set_actor_id("staff-sw-1");
  content.add_sessions()->set_actor_id("staff-sw-1");
  return {content.SerializeAsString(), identity::FormatCredentials(content, TheCredentialKey())};
}

constexpr Target kTargets[] = {
    {"credentials", Credentials, CredentialsSeeds},
    {"subscribers_file", Subscribers, SubscribersSeeds},
    {"roles_file", Roles, RolesSeeds},
    {"indicators", Indicators, IndicatorsSeeds},
    {"subscribe_state", SubscribeState, SubscribeStateSeeds},
    {"schema_snapshot", SchemaSnapshot, SchemaSnapshotSeeds},
    {"export_map", ExportMap, ExportMapSeeds},
    {"webhook_secret", WebhookSecret, WebhookSecretSeeds},
};

}  // namespace

std::span<const Target> FileTargets() { return kTargets; }

}  // namespace mlup::fuzz
