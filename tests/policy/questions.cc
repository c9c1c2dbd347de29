// Asks the policy random questions and prints each with its answer, a line of JSON each: for Cedar,
// which is asked the same by rules of its own (compare.mjs).
//
//   policy_questions ROLES_FILE COUNT SEED
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "eventstore/base/check.h"
#include "eventstore/base/files.h"
#include "eventstore/base/random.h"
#include "services/domain/fact_table.h"
#include "services/identity/authorise.h"
#include "services/identity/policy.h"

namespace mlup::identity {
namespace {

using nlohmann::json;

// Few of each, so that they meet.
const std::vector<std::string> kActors = {"a", "b", "c"};
const std::vector<std::string> kOrganisations = {"mro", "other"};
const std::vector<std::string> kTeams = {"", "north", "south"};
const std::vector<std::string> kProvinces = {"", "02", "24"};

class Questions {
 public:
  Questions(const Policy& policy, std::uint64_t seed) : random_(seed) {
    for (const std::string& name : policy.RoleNames()) {
      roles_[name] = *policy.FindRole(name);
      role_names_.push_back(name);
      for (const std::string& call : roles_[name].calls()) calls_.push_back(call);
    }
    role_names_.emplace_back("king");
    for (std::string& call : calls_) {
      if (call.ends_with("*")) call.replace(call.size() - 1, 1, "Anything");
    }
    calls_.emplace_back("mlup.no.v1.Such/Call");
    for (const domain::FactType& fact : domain::FactTable::Get().facts()) {
      facts_.push_back(fact.permission);
    }
    facts_.emplace_back("cases");
  }

  json Ask() {
    log::v1::Actor actor;
    actor.set_actor_id(Of(kActors));
    if (!Chance(8)) {
      actor.set_role(Of(role_names_));
      actor.set_organisation_id(Of(kOrganisations));
    }
    if (Chance(6)) actor.set_on_behalf_of(Of(kActors));
    Who who{.actor = actor};
    std::string recorder;
    if (Chance(5)) recorder = Of(kActors);
    who.recorded_by = recorder;
    if (!Chance(10)) who.standing = Stand(actor.role());
    if (!Chance(4)) who.principal = Stand("");
    if (!Chance(4)) who.recorder = Stand("importer");
    const std::string name = Chance(2) ? Of(facts_) : Of(calls_);
    const What what{static_cast<What::Kind>(Below(5)), name, Chance(3)};
    const Relation about = Relate();
    const bool known = !Chance(4);
    const absl::Status answer = Authorise(roles_, who, what, known ? &about : nullptr);
    return {{"actor", actor.actor_id()},
            {"role", actor.role()},
            {"organisation", actor.organisation_id()},
            {"on_behalf_of", actor.on_behalf_of()},
            {"standing", Words(who.standing)},
            {"principal", Words(who.principal)},
            {"recorded_by", recorder},
            {"recorder", Words(who.recorder)},
            {"kind", static_cast<int>(what.kind)},
            {"name", name},
            {"imports", what.imports},
            {"about", known ? Words(about) : json()},
            {"allowed", answer.ok()}};
  }

 private:
  std::uint64_t Below(std::uint64_t end) { return random_.Next() % end; }
  bool Chance(std::uint64_t of) { return Below(of) == 0; }
  const std::string& Of(const std::vector<std::string>& values) {
    return values[Below(values.size())];
  }

  // With the role that is meant more often than not.
  std::shared_ptr<const Standing> Stand(const std::string& meant) {
    auto standing = std::make_shared<Standing>();
    for (std::uint64_t left = Below(4); left > 0; --left) {
      standing->roles.push_back({Chance(2) && !meant.empty() ? meant : Of(role_names_),
                                 Of(kOrganisations), static_cast<v1::GrantScope>(Below(7)),
                                 Of(kTeams), Of(kProvinces),
                                 static_cast<log::v1::Sector>(Below(3))});
    }
    for (const std::string& organisation : kOrganisations) {
      if (!Chance(3)) standing->organisations.insert(organisation);
    }
    if (Chance(2)) standing->acts_for.insert(Of(kActors));
    if (Chance(2)) standing->delegates.insert(Of(kActors));
    return standing;
  }

  Relation Relate() {
    Relation about;
    about.begins = Chance(5);
    about.has_workers = Chance(2);
    about.emergency = Chance(8);
    if (Chance(2)) about.organisations.insert(Of(kOrganisations));
    if (Chance(2)) about.workers.insert(Of(kActors));
    if (Chance(2)) about.teams.insert(Of(kTeams));
    about.province = Of(kProvinces);
    about.sector = static_cast<log::v1::Sector>(Below(3));
    return about;
  }

  static json Words(const std::shared_ptr<const Standing>& standing) {
    if (standing == nullptr) return nullptr;
    json roles = json::array();
    for (const HeldRole& held : standing->roles) {
      roles.push_back({{"role", held.role},
                       {"organisation", held.organisation_id},
                       {"scope", v1::GrantScope_Name(held.scope)},
                       {"team", held.team},
                       {"province", held.province},
                       {"sector", static_cast<int>(held.sector)}});
    }
    return {{"roles", roles},
            {"organisations", standing->organisations},
            {"acts_for", standing->acts_for},
            {"delegates", standing->delegates}};
  }
  static json Words(const Relation& about) {
    return {{"begins", about.begins},
            {"organisations", about.organisations},
            {"has_workers", about.has_workers},
            {"workers", about.workers},
            {"teams", about.teams},
            {"province", about.province},
            {"emergency", about.emergency},
            {"sector", static_cast<int>(about.sector)}};
  }

  SeededRandom random_;
  Roles roles_;
  std::vector<std::string> role_names_;
  std::vector<std::string> calls_;
  std::vector<std::string> facts_;
};

int Run(const std::string& file, int count, std::uint64_t seed) {
  const auto text = SystemFiles().ReadAll(file);
  CHECK(text.ok());
  const auto policy = Policy::Parse(*text);
  CHECK(policy.ok());
  Questions questions(*policy, seed);
  for (int i = 0; i < count; ++i) std::cout << questions.Ask().dump() << "\n";
  return 0;
}

}  // namespace
}  // namespace mlup::identity

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  return mlup::identity::Run(argv[1], std::atoi(argv[2]), std::strtoull(argv[3], nullptr, 10));
}
