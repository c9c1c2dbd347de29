#include "services/mlup/sign_in_commands.h"

#include <utility>
#include <vector>

namespace mlup::cli {
namespace {

void AddPasswordFd(CLI::App& command, int& descriptor) {
  command.add_option("--password-fd", descriptor,
                     "Read passwords and codes from this descriptor, a line each [the terminal]");
}

void AddDisplayName(CLI::App& command, std::string& name) {
  command.add_option("--display-name", name, "As colleagues read it; sealed")->required();
}

}  // namespace

void SignInCommands::AddTo(CLI::App& app) {
  AddSignIn(app);
  AddSessions(app);
  AddAccounts(app);
  AddPolicy(app);
  AddEmergency(app);
  AddCerts(app);
}

void SignInCommands::AddSignIn(CLI::App& app) {
  CLI::App* login = add_(app, "login", "Sign in to the daemon; the session is kept for you alone",
                         [this] { return RunLogin(session_, sign_in_); });
  login->add_option("ACTOR", sign_in_.name, "Actor id of your account")->required();
  login->add_option("--device", sign_in_.device, "Name of this device, where it is enrolled");
  CLI::Option* change = login->add_flag("--change", sign_in_.change, "Choose another password");
  CLI::Option* certificate =
      login
          ->add_option("--certificate", sign_in_.certificate,
                       "Certificate of `mlup certs`, for a service or device: no password is "
                       "asked for")
          ->excludes(change);
  login->add_option("--key", sign_in_.key, "Its key")->needs(certificate);
  login
      ->add_option("--peer", sign_in_.peer,
                   "Socket of `mlupd --peer-listen`, for whom it knows as a user of this machine")
      ->excludes(certificate)
      ->excludes(change);
  AddPasswordFd(*login, sign_in_.password_fd);
  add_(app, "logout", "End the session that is kept", [this] { return RunLogout(session_); });
  add_(app, "whoami", "Show who is signed in, and as what", [this] { return RunWhoAmI(session_); });
  CLI::App* authenticator =
      add_(app, "authenticator", "Set up an authenticator for your account, with recovery codes",
           [this] { return RunAuthenticator(session_, sign_in_); });
  AddPasswordFd(*authenticator, sign_in_.password_fd);
}

void SignInCommands::AddSessions(CLI::App& app) {
  CLI::App* sessions = add_(app, "sessions", "Show where you are signed in",
                            [this] { return RunSessions(session_, account_.actor); });
  sessions->add_option("--of", account_.actor, "Those of another actor, by permission");
  CLI::App* revoke =
      add_(*sessions, "revoke", "End a session, or all: what it does stops within a second",
           [this] { return RunRevokeSession(session_, session_id_, account_.actor); });
  CLI::Option* id = revoke->add_option("SESSION", session_id_, "Id of the session");
  revoke->add_option("--all-of", account_.actor, "All sessions of an actor")->excludes(id);
}

CLI::App* SignInCommands::AddAccount(CLI::App& accounts, const std::string& name,
                                     const std::string& help, std::function<int()> run) {
  CLI::App* command = add_(accounts, name, help, std::move(run));
  command->add_option("ACTOR", account_.actor, "Actor id, which names a post and no person")
      ->required();
  return command;
}

void SignInCommands::AddScope(CLI::App& command) {
  command.add_option("--organisation", account_.organisation, "For which it holds")
      ->default_val("mro");
  command.add_option("--scope", account_.scope, "Where it holds, by the relation to the record")
      ->check(CLI::IsMember({"own_caseload", "team", "organisation", "province", "sector", "all"}))
      ->default_val("organisation");
  command.add_option("--team", account_.team, "With scope team");
  command.add_option("--province", account_.province, "With scope province, two digits");
  command.add_option("--sector", account_.sector, "With scope sector, as a code");
  command.add_option("--from", account_.from, "First day [at once]");
  command.add_option("--until", account_.until, "Last day [no end]");
}

void SignInCommands::AddKeyring(CLI::App& command) {
  command.add_option("--data", account_.data, "Data folder of the daemon, beside its keyring");
  command.add_option("--keyring", account_.keyring, "File of the keys [DATA.keyring]");
}

void SignInCommands::AddFirst(CLI::App& accounts) {
  CLI::App* first = AddAccount(
      accounts, "bootstrap",
      "Make the first account, with the keyring as proof that the machine is yours; from "
      "then on every call needs a sign-in",
      [this] { return RunBootstrap(session_, account_); });
  first->add_option("--role", account_.roles, "Roles of it [administrator]; repeatable");
  first->add_option("--organisation", account_.organisation, "For which they hold")
      ->default_val("mro");
  AddDisplayName(*first, account_.display_name);
  AddKeyring(*first);
  first->get_option("--data")->envname("MLUP_DATA");
  AddPasswordFd(*first, account_.password_fd);
}

void SignInCommands::AddAccounts(CLI::App& app) {
  CLI::App* accounts =
      app.add_subcommand("accounts", "Who may sign in, and as what; every change is an event");
  accounts->require_subcommand(1);
  AddFirst(*accounts);
  CLI::App* open =
      AddAccount(*accounts, "open", "Open an account, and print a password to begin with",
                 [this] { return RunOpenAccount(session_, who_(), account_); });
  AddDisplayName(*open, account_.display_name);
  open->add_option("--role", account_.roles, "Roles to grant with it; repeatable");
  AddScope(*open);
  AddAccount(*accounts, "close", "Close an account: what it does stops within a second",
             [this] { return RunCloseAccount(session_, who_(), account_); })
      ->add_option("--reason", account_.reason, "Why, as a code")
      ->required();
  AddGrants(*accounts);
  AddDevices(*accounts);
  add_(*accounts, "list", "Accounts, and what was granted to them",
       [this] { return RunListAccounts(session_); });
  CLI::App* reset = AddAccount(*accounts, "reset",
                               "Take from an account what it signs in with, end its sessions, and "
                               "print a password to begin with again",
                               [this] { return RunResetAccount(session_, account_); });
  AddKeyring(*reset);
  reset->footer("By whoever may, or, with --data, by whoever may read the keyring.");
}

void SignInCommands::AddPolicy(CLI::App& app) {
  CLI::App* policy = app.add_subcommand("policy", "What roles may do");
  policy->require_subcommand(1);
  CLI::App* explain =
      add_(*policy, "explain", "Say in words what a role may do, without a daemon",
           [this] { return RunPolicyExplain(session_, roles_file_, account_.role); });
  explain->add_option("ROLE", account_.role, "One role [all]");
  explain->add_option("--roles-file", roles_file_, "File in protobuf text, as mlupd takes it")
      ->default_val("deploy/roles.textproto");
}

void SignInCommands::AddEmergency(CLI::App& app) {
  CLI::App* emergency =
      app.add_subcommand("emergency", "Read in an emergency what no role of yours reaches");
  emergency->require_subcommand(1);
  CLI::App* begin =
      add_(*emergency, "begin", "Begin: one case, an hour at most; it is recorded and reviewed",
           [this] { return RunBeginEmergency(session_, who_(), emergency_); });
  begin->add_option("CASE", emergency_.case_id, "Id of the case")->required();
  begin->add_option("--reason", emergency_.reason, "Why, as a code")->required();
  begin->add_option("--minutes", emergency_.minutes, "For how long")
      ->check(CLI::Range(1, 60))
      ->capture_default_str();
  add_(*emergency, "list", "Those that nobody has reviewed",
       [this] { return RunListEmergencies(session_); });
  CLI::App* review = add_(*emergency, "review", "Say whether one of somebody else was justified",
                          [this] { return RunReviewEmergency(session_, who_(), emergency_); });
  review->add_option("ACTOR", emergency_.actor, "Who had it")->required();
  review->add_option("ACCESS", emergency_.access_id, "Id of the access")->required();
  review->add_option("--outcome", emergency_.outcome, "What it was")
      ->check(CLI::IsMember({"justified", "not_justified"}))
      ->required();
  review->add_option("--reason", emergency_.reason, "Why, as a code")->required();
}

void SignInCommands::AddDevices(CLI::App& accounts) {
  CLI::App* enroll =
      AddAccount(accounts, "enroll",
                 "Enroll a device: once there is one, the account signs in from its devices alone",
                 [this] { return RunEnroll(session_, who_(), account_); });
  CLI::App* revoke = AddAccount(accounts, "revoke-device",
                                "Revoke a device that was lost: its sessions end within a second, "
                                "and it is told to wipe what it holds",
                                [this] { return RunRevokeDevice(session_, who_(), account_); });
  revoke->add_option("--reason", account_.reason, "Why, as a code")->required();
  for (CLI::App* command : {enroll, revoke}) {
    command->add_option("DEVICE", account_.device, "As it names itself (`mlup login --device`)")
        ->required();
  }
}

CLI::App* SignInCommands::AddCert(CLI::App& certs, const std::string& name, const std::string& help,
                                  int (*run)(const Session&, const CertsOptions&)) {
  CLI::App* command = add_(certs, name, help, [this, run] { return run(session_, certs_); });
  command->add_option("--folder", certs_.folder, "Folder of the authority")
      ->envname("MLUP_CERTS")
      ->default_val("./var/certs");
  return command;
}

void SignInCommands::AddCerts(CLI::App& app) {
  CLI::App* certs =
      app.add_subcommand("certs", "Certificates of the installation's own small authority");
  certs->require_subcommand(1);
  AddCert(*certs, "init", "Make the authority, once", RunCertsInit)
      ->add_option("--name", certs_.name, "What people call the organisation")
      ->default_val("mlup");
  CLI::App* issue = AddCert(*certs, "issue", "Issue a certificate with a key", RunCertsIssue);
  issue
      ->add_option("NAME", certs_.name,
                   "Actor id of the account of a service or device; any code for a server")
      ->required();
  issue->add_option("--address", certs_.addresses,
                    "For a server: a name or IP address at which it is called; repeatable");
  CLI::App* renew = AddCert(
      *certs, "renew", "Issue another one for the same name; the one before is good until its end",
      RunCertsRenew);
  renew->add_option("NAME", certs_.name, "Of the certificate")->required();
  for (CLI::App* command : {issue, renew}) {
    command->add_option("--days", certs_.days, "For how long it is good")
        ->check(CLI::Range(1, 3652))
        ->capture_default_str();
  }
  AddCert(*certs, "revoke", "Make certificates worth nothing, and remove their files",
          RunCertsRevoke)
      ->add_option("NAME", certs_.name, "All of this name, or the one of a serial")
      ->required();
  AddCert(*certs, "list", "What was issued, what was revoked, and until when it is good",
          RunCertsList);
}

void SignInCommands::AddGrants(CLI::App& accounts) {
  CLI::App* grant = AddAccount(accounts, "grant", "Grant a role",
                               [this] { return RunGrant(session_, who_(), account_); });
  grant->add_option("ROLE", account_.role, "A role of the roles file")->required();
  AddScope(*grant);
  CLI::App* revoke =
      AddAccount(accounts, "revoke", "Revoke a role: what it allowed stops within a second",
                 [this] { return RunRevoke(session_, who_(), account_); });
  revoke->add_option("ROLE", account_.role, "A role, or the id of one grant")->required();
  revoke->add_option("--reason", account_.reason, "Why, as a code")->required();
}

}  // namespace mlup::cli
