// `mlup policy explain`: what a role may do, in words.
#include "services/identity/policy.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/files.h"
#include "services/domain/fact_table.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/table.h"

namespace mlup::cli {
namespace {

constexpr std::size_t kPolicyIndent = 4;
constexpr std::size_t kPolicyWidth = 110;

// The facts that the role may record, by service.
std::map<std::string, std::vector<std::string>> FactsOf(const identity::Policy& policy,
                                                        const std::string& role) {
  std::map<std::string, std::vector<std::string>> facts;
  for (const domain::FactType& fact : domain::FactTable::Get().facts()) {
    if (Grants(*policy.FindRole(role), identity::Recording(fact.permission))) {
      facts[fact.service->name].push_back(fact.field->name());
    }
  }
  return facts;
}

void PrintRole(const Session& session, const identity::Policy& policy, const std::string& name) {
  const std::shared_ptr<const identity::v1::Role> found = policy.FindRole(name);
  const identity::v1::Role& role = *found;
  const auto facts = FactsOf(policy, name);
  const std::vector<std::string> calls(role.calls().begin(), role.calls().end());
  if (session.json) {
    session.out << nlohmann::ordered_json{{"role", name},
                                          {"label", role.label()},
                                          {"facts", facts},
                                          {"calls", calls},
                                          {"may_import", role.may_import()},
                                          {"may_import_for_others", role.may_import_for_others()},
                                          {"may_open_personal", role.may_open_personal()},
                                          {"may_reveal_special", role.may_reveal_special()},
                                          {"may_read_safeguarding", role.may_read_safeguarding()}}
                       .dump()
                << "\n";
    return;
  }
  session.out << role.label() << " (" << name << ")\n";
  for (const auto& [service, names] : facts) {
    session.out << Wrap(absl::StrCat("may record of ", service, ": ",
                                     absl::StrReplaceAll(absl::StrJoin(names, ", "), {{"_", " "}})),
                        kPolicyIndent, kPolicyWidth);
  }
  if (facts.empty()) session.out << Wrap("may record nothing", kPolicyIndent, kPolicyWidth);
  session.out << Wrap(calls.empty() ? "may make no call but those of everybody who signed in"
                                    : absl::StrCat("may call ", absl::StrJoin(calls, ", ")),
                      kPolicyIndent, kPolicyWidth);
  const auto right = [&](bool may, const char* what) {
    session.out << Wrap(absl::StrCat(may ? "may " : "may not ", what), kPolicyIndent, kPolicyWidth);
  };
  right(role.may_import(), "state when an earlier system recorded something");
  right(role.may_import_for_others(), "import what others recorded");
  right(role.may_open_personal(), "open the sealed fields of a history that it may read");
  right(role.may_reveal_special(), "have those about health, offences and abuse revealed");
  right(role.may_read_safeguarding(),
        "read concerns about staff, but for those that name the reader");
}

}  // namespace

int RunPolicyExplain(const Session& session, const std::string& file, const std::string& role) {
  const absl::StatusOr<std::string> text = SystemFiles().ReadAll(file);
  if (!text.ok()) return FailUsage(session, text.status());
  const absl::StatusOr<identity::Policy> policy = identity::Policy::Parse(*text);
  if (!policy.ok()) return Fail(session, policy.status());
  if (!role.empty() && !policy->HasRole(role)) {
    session.err << "mlup: " << file << " has no role " << role << "\n";
    return kExitUsage;
  }
  for (const std::string& name : policy->RoleNames()) {
    if (role.empty() || name == role) PrintRole(session, *policy, name);
  }
  if (!session.json) {
    session.out << "What is not listed is refused. Which records it reaches follows from the scope "
                   "of each grant (`mlup accounts list`).\n";
  }
  return kExitOk;
}

}  // namespace mlup::cli
