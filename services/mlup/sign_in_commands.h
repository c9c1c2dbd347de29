// The arguments of `mlup login`, `accounts` and what belongs to them.
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "services/mlup/command_group.h"
#include "services/mlup/commands/commands.h"

namespace mlup::cli {

class SignInCommands : public CommandGroup {
 public:
  using CommandGroup::CommandGroup;

  void AddTo(CLI::App& app);

 private:
  void AddSignIn(CLI::App& app);
  void AddSessions(CLI::App& app);
  CLI::App* AddAccount(CLI::App& accounts, const std::string& name, const std::string& help,
                       std::function<int()> run);
  void AddScope(CLI::App& command);
  void AddKeyring(CLI::App& command);
  void AddFirst(CLI::App& accounts);
  void AddAccounts(CLI::App& app);
  void AddGrants(CLI::App& accounts);
  void AddDevices(CLI::App& accounts);
  void AddPolicy(CLI::App& app);
  void AddEmergency(CLI::App& app);
  CLI::App* AddCert(CLI::App& certs, const std::string& name, const std::string& help,
                    int (*run)(const Session&, const CertsOptions&));
  void AddCerts(CLI::App& app);

  std::string session_id_;
  SignInOptions sign_in_;
  AccountOptions account_;
  EmergencyOptions emergency_;
  CertsOptions certs_;
  std::string roles_file_;
};

}  // namespace mlup::cli
