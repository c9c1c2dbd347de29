// Arguments of all commands, parsed with CLI11. Only this file, mistyped.cc, and those that are
// called ..._commands.cc know CLI11.
#include "services/mlup/command_line.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include <CLI/CLI.hpp>
#include <unistd.h>

#include "eventstore/base/limits.h"
#include "services/mlup/approval_commands.h"
#include "services/mlup/case_commands.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/dashboard_commands.h"
#include "services/mlup/export_commands.h"
#include "services/mlup/import_commands.h"
#include "services/mlup/mistyped.h"
#include "services/mlup/people_commands.h"
#include "services/mlup/projection_commands.h"
#include "services/mlup/report_commands.h"
#include "services/mlup/sign_in_commands.h"
#include "services/mlup/sync_commands.h"
#include "services/mlup/who_asks.h"

namespace mlup::cli {
namespace {

constexpr char kFooter[] =
    "Exit codes: 0 done; 1 the daemon refused the request or some lines, or what was verified does "
    "not hold; 2 usage;\n3 the daemon is not reachable or cannot do it now.\n"
    "`mlup COMMAND --help` tells more.";
constexpr char kReportReader[] = "staff-mel-1:mel_officer:mro";
constexpr char kHistoryReader[] = "staff-cm-1:case_manager:mro";
constexpr char kAuditor[] = "auditor-1:auditor:mro";
constexpr char kAdministrator[] = "staff-adm-1:administrator:mro";
constexpr char kKeyHelp[] =
    "Key of the log that you trust, as `mlup keys` prints it, or a file with such keys";

Reader ParseReader(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, ':');
  if (parts.size() != 3) throw CLI::ValidationError("--as", "takes ACTOR:ROLE:ORGANISATION");
  return {parts[0], parts[1], parts[2]};
}

// Holds what the options are parsed into, and what is to run. One thread.
class CommandLine {
 public:
  CommandLine(std::ostream& out, std::ostream& err) : session_{.out = out, .err = err} {
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.set_version_flag("--version", absl::StrCat("mlup ", MLUP_VERSION));
    app_.set_help_all_flag("--help-all", "Help of all commands");
    app_.add_option("--server", session_.server,
                    "Address of the daemon: HOST:PORT on this machine, unix:PATH, or tls:HOST:PORT")
        ->envname("MLUP_SERVER");
    app_.add_flag("--json", session_.json, "Print data as JSON");
    app_.add_option(
        "--as", reader_,
        absl::StrCat("Who reads, ACTOR:ROLE:ORGANISATION [who is signed in; where nobody has an "
                     "account ",
                     kReportReader, "; for histories ", kHistoryReader, "; for audits ", kAuditor,
                     "]"));
    app_.footer(kFooter);
    session_.terminal = isatty(STDERR_FILENO) == 1;
    imports_.AddTo(app_);
    AddSchema();
    AddIndicators();
    reports_.AddTo(app_);
    exports_.AddTo(app_);
    case_.AddTo(app_);
    people_.AddTo(app_);
    approvals_.AddTo(app_);
    AddEvents();
    AddSubscribe();
    AddSubscribers();
    AddVerify();
    AddAudit();
    AddWitness();
    AddKeys();
    AddDoctor();
    AddWebhooks();
    projections_.AddTo(app_);
    dashboards_.AddTo(app_);
    sign_in_.AddTo(app_);
    sync_.AddTo(app_);
    Add(app_, "status", "Show whether the daemon answers and how far its read models are",
        [this] { return RunStatus(session_); });
  }

  int Run(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
      return run_();
    } catch (const CLI::ParseError& error) {
      if (const std::string mistyped = Mistyped(app_, {argv + 1, argv + argc}); !mistyped.empty()) {
        session_.err << "mlup: " << mistyped << "\n";
        return kExitUsage;
      }
      return app_.exit(error, session_.out, session_.err) == 0 ? kExitOk : kExitUsage;
    }
  }

 private:
  CLI::App* Add(CLI::App& parent, const std::string& name, const std::string& help,
                std::function<int()> run) {
    CLI::App* command = parent.add_subcommand(name, help);
    command->callback([this, command, run = std::move(run)] {
      // CLI11 calls those of a command's own subcommands first.
      if (command->get_subcommands().empty()) run_ = run;
    });
    return command;
  }

  Reader ReaderOr(const char* usual) const {
    return reader_.empty() ? ReaderFor(session_, ParseReader(usual)) : ParseReader(reader_);
  }

  void AddSchema() {
    CLI::App* command =
        Add(app_, "schema", "Show the facts, or the fields, rules and an example of one",
            [this] { return RunSchema(session_, name_); });
    command->add_option("NAME", name_, "A fact (case_opened) or a service (cases)");
    CLI::App* docs = Add(*command, "docs", "Write the documentation of all events, in Markdown",
                         [this] { return RunSchemaDocs(session_, file_); });
    docs->add_option("FOLDER", file_, "Folder to write into")->required();
    Add(*command, "examples", "Print every event type as another system gets it, one a line",
        [this] { return RunSchemaExamples(session_); });
    Add(*command, "snapshot", "Print the shape of all events as JSON, to keep with a release",
        [this] { return RunSchemaSnapshot(session_); });
    CLI::App* diff = Add(*command, "diff", "What changed since a snapshot; 1 when something breaks",
                         [this] { return RunSchemaDiff(session_, file_); });
    diff->add_option("OLD", file_, "File that `mlup schema snapshot` printed")->required();
  }

  void AddIndicators() {
    CLI::App* command =
        Add(app_, "indicators", "Show the definitions of the figures, or of one",
            [this] { return RunIndicators(session_, ReaderOr(kReportReader), name_); });
    command->add_option("CODE", name_, "Code of one indicator");
    CLI::App* check =
        Add(*command, "check", "Check a file of definitions, without a daemon; 1 when it is wrong",
            [this] { return RunIndicatorsCheck(session_, file_); });
    check
        ->add_option("FILE", file_, "File in protobuf text, as `mlupd serve --indicators` takes it")
        ->required();
    check->footer("All that is wrong is listed, with its line and what is allowed.");
  }

  void AddEvents() {
    CLI::App* events = app_.add_subcommand("events", "Read the log");
    events->require_subcommand(1);
    CLI::App* tail = Add(*events, "tail", "The last events, without what they say about people",
                         [this] { return RunTail(session_, tail_); });
    tail->add_option("--from", tail_.from, "First position; the last 20 events when not given");
    tail->add_flag("--follow", tail_.follow, "Go on with new events as they come");
  }

  void AddChoice(CLI::App& command, EventChoice& choice, std::string& from) {
    command.add_option("--category", choice.categories, "Only streams of this category");
    command.add_option("--type", choice.types,
                       "Only this event type; one that ends in . stands for all that begin so");
    command.add_option("--stream", choice.streams, "Only this stream, or all that begin so");
    command.add_option("--sector", choice.sectors, "Only this field of work, as a code");
    command.add_option("--place", choice.places,
                       "Only this place and what lies in it; two digits are a province");
    command.add_option("--correlation", choice.correlations,
                       "Only what one piece of work recorded, by its correlation id");
    command.add_option("--source", choice.sources,
                       "Only what came from this system, or SYSTEM/ID: one thing of it");
    command.add_flag("--system", choice.system, "The log's own events too");
    command
        .add_option("--from", from,
                    "start, end, the first position, a day, a time or a resume token")
        ->default_val("start");
    command.footer("Options may be given several times: an event fits one value of each.");
  }

  void AddSubscribe() {
    CLI::App* command =
        Add(app_, "subscribe", "Follow events as JSON lines, through restarts of the daemon",
            [this] { return RunSubscribe(session_, subscribe_); });
    AddChoice(*command, subscribe_.choice, subscribe_.from);
    command->add_flag("--until-caught-up", subscribe_.until_caught_up,
                      "End when all that was recorded is printed");
    command->add_option("--state", subscribe_.state,
                        "File that keeps where it stands: the next run goes on there");
  }

  void AddSubscribers() {
    CLI::App* subscribers =
        Add(app_, "subscribers", "Show who follows events, how far they are, and why not further",
            [this] { return RunSubscribers(session_); });
    const auto add = [this, subscribers](const char* name, const char* help, auto run) {
      CLI::App* command =
          Add(*subscribers, name, help, [this, run] { return run(session_, group_); });
      command->add_option("GROUP", group_.group, "Name of the consumer group")->required();
      return command;
    };
    const auto add_positions = [this](CLI::App* command) {
      command->add_option("POSITION", group_.positions, "Positions of parked events");
      command->add_flag("--all", group_.all, "All parked events");
    };
    add("parked", "Events that a group put aside", RunParked);
    add_positions(add("replay", "Hand parked events out again", RunReplayParked));
    add_positions(add("skip", "Give up parked events for ever", RunSkipParked));
    add("resume", "Go on after a consumer stopped the group", RunResumeGroup);
    AddChoice(*add("create", "Make a consumer group", RunCreateGroup), group_.choice, group_.from);
    add("delete", "Delete a consumer group and all that it keeps", RunDeleteGroup);
  }

  void AddDoctor() {
    CLI::App* command =
        Add(app_, "doctor", "Check all that a start reads, and say what it would do",
            [this] { return RunDoctor(session_, doctor_); });
    command->add_option("--data", doctor_.data, "Data folder of the daemon")
        ->envname("MLUP_DATA")
        ->required();
    command->add_option("--journal", doctor_.journal,
                        "Folder of the commit journal [DATA/journal]");
    command->add_option("--keyring", doctor_.keyring, "File of the keys [DATA.keyring]");
    command->add_option("--signing-key", doctor_.signing_key,
                        "File of the key that signs for the log [DATA.signing-key]");
    command
        ->add_option("--witness", doctor_.witnesses,
                     "Folder of a witness that a start asks; repeatable")
        ->allow_extra_args(false);
    command
        ->add_option("--forget", doctor_.forget,
                     "Go on without what is lost for good, as a refused start named it; repeatable")
        ->allow_extra_args(false);
    command->add_flag("--remove-kept", doctor_.remove_kept,
                      "Remove what was replaced after damage and is kept, if the log is sound");
  }

  void AddWebhooks() {
    CLI::App* webhooks = app_.add_subcommand(
        "webhooks", "Test and repair what is sent to other systems: webhooks and NATS");
    webhooks->require_subcommand(1);
    const auto add = [this, webhooks](const char* name, const char* help, auto run) {
      CLI::App* command = Add(*webhooks, name, help, [this, run] {
        return run(session_, ReaderOr(kReportReader), webhook_);
      });
      command->add_option("SUBSCRIBER", webhook_.subscriber_id, "Id of the subscriber")->required();
      return command;
    };
    add("ping", "Send a signed test event now; 1 when it is not taken", RunWebhookPing);
    add("dead-letters", "Events that were set aside, for which later ones of their streams wait",
        RunDeadLetters)
        ->add_flag("--skipped", webhook_.skipped, "List the events that were skipped instead");
    CLI::App* replay = add("replay", "Try dead letters again, all or some", RunWebhookReplay);
    CLI::Option* events = replay->add_option("EVENT", webhook_.event_ids, "Ids of dead letters");
    replay->add_option("--from", webhook_.from, "Deliver everything from this position on again")
        ->excludes(events);
    CLI::App* skip = add("skip", "Give up one dead letter; its stream goes on", RunWebhookSkip);
    skip->add_option("EVENT", webhook_.event_ids, "Id of the dead letter")->required()->expected(1);
    skip->add_option("--reason", webhook_.reason, "Why, as a code")->required();
  }

  void AddVerify() {
    CLI::App* command = Add(
        app_, "verify", "Fold the whole log again: nothing altered, left out or put in its place",
        [this] { return RunVerify(session_, verify_); });
    command->add_option("--key", verify_.keys, kKeyHelp)->allow_extra_args(false);
    command->add_option("--witness", verify_.witness,
                        "Folder of a witness: the log must begin with what it saw");
    CLI::Option* data = command->add_option(
        "--data", verify_.data, "Data folder of a stopped daemon, instead of asking a running one");
    command->add_option("--journal", verify_.journal, "Folder of the commit journal [DATA/journal]")
        ->needs(data);
    command->footer(
        "Reads every event; 1 when the log is not the one that was signed, with the first position "
        "that is wrong.");
  }

  void AddAudit() {
    CLI::App* audit =
        app_.add_subcommand("audit", "Proofs about one person, and who read what, for auditors");
    audit->require_subcommand(1);
    CLI::App* bundle =
        Add(*audit, "bundle",
            "Write the file that proves one person's history; the reading is recorded",
            [this] { return RunAuditBundle(session_, ReaderOr(kAuditor), bundle_); });
    bundle->add_option("--subject", bundle_.subject, "Id of the person, or of one of its cases")
        ->required();
    bundle->add_option("--purpose", bundle_.purpose, "Why it is asked for, as a code")->required();
    bundle->add_option("-o,--output", bundle_.file, "File to write")->required();
    CLI::App* accesses =
        Add(*audit, "accesses", "Who read which record, the events behind which figure, or the log",
            [this] { return RunAuditAccesses(session_, ReaderOr(kAuditor), accesses_); });
    CLI::Option* person = accesses->add_option("--person", accesses_.person,
                                               "Only readings of the person with this id");
    accesses->add_option("--reader", accesses_.reader, "Only readings by this actor");
    accesses->add_option("--limit", accesses_.limit, "How many, the latest first [100]")
        ->check(CLI::Range(1, 100000));
    accesses
        ->add_flag("--alarms", accesses_.alarms,
                   "Only alarms about readings that are out of the ordinary")
        ->excludes(person);
    accesses->add_option("--before", accesses_.before, "Only what stands before this position");
    CLI::App* verify = Add(*audit, "verify", "Verify such a file, without any daemon",
                           [this] { return RunAuditVerify(session_, audit_); });
    verify->add_option("FILE", audit_.file, "File written by `mlup audit bundle`")->required();
    verify->add_option("--key", audit_.keys, kKeyHelp)->required()->allow_extra_args(false);
    verify
        ->add_option("--witness-key", audit_.witness_keys,
                     "Key of a witness that must have seen the log, or its witness.pub")
        ->allow_extra_args(false);
    verify->add_option("--subject", audit_.subject, "Id of the person it must be about")
        ->check(CLI::Validator(
            [](const std::string& value) { return value.empty() ? "needs a value" : ""; }, "ID"));
    verify->add_flag("--show", audit_.show, "List the events");
    verify->footer("The same is done, by other code, by deploy/verifier/mlup_audit_verify.js.");
  }

  void AddWitness() {
    CLI::App* witness = app_.add_subcommand(
        "witness", "Keep what the log said of itself where its keeper cannot change it");
    witness->require_subcommand(1);
    CLI::App* cosign = Add(*witness, "cosign",
                           "Check that the log goes on from what was seen last, sign and keep it",
                           [this] { return RunWitnessCosign(session_, witness_); });
    cosign->add_option("--dir", witness_.folder, "Folder of the witness, best on a stick")
        ->required();
    cosign->add_option("--name", witness_.name, "Name of a new witness")
        ->default_val("mlup-witness");
    cosign->footer(
        "The first time makes the witness's key and takes the log's key as shown: compare it.\n"
        "`mlupd serve --witness DIR` refuses to start on a log that is behind it or another one.");
    CLI::App* show = Add(*witness, "show", "What a witness saw last, and what it refused",
                         [this] { return RunWitnessShow(session_, witness_); });
    show->add_option("--dir", witness_.folder, "Folder of the witness")->required();
  }

  void AddKeys() {
    CLI::App* keys = Add(app_, "keys", "Show the key that the log signs with, for others to keep",
                         [this] { return RunKeys(session_); });
    CLI::App* rotate = Add(*keys, "rotate", "Put a new signing key in the place of the present one",
                           [this] { return RunRotate(session_, rotate_); });
    rotate->add_option("--signing-key", rotate_.file, "File of the signing key of a stopped daemon")
        ->required();
    rotate->footer(
        "The present key signs the handover to the new one and is forgotten: who trusts it trusts "
        "the new one.");
  }

  CLI::App app_{"mlup, the command line of mlup: enter facts, read reports and histories.", "mlup"};
  Session session_;
  std::function<int()> run_;
  std::string reader_;
  std::string name_;
  std::string file_;
  TailOptions tail_;
  SubscribeOptions subscribe_;
  GroupOptions group_;
  DoctorOptions doctor_;
  VerifyOptions verify_;
  BundleOptions bundle_;
  AuditVerifyOptions audit_;
  AccessesOptions accesses_;
  WitnessOptions witness_;
  RotateOptions rotate_;
  WebhookOptions webhook_;
  const CommandGroup::Add add_ = [this](CLI::App& parent, const std::string& name,
                                        const std::string& help, std::function<int()> run) {
    return Add(parent, name, help, std::move(run));
  };
  SignInCommands sign_in_{session_, add_, [this] { return ReaderOr(kAdministrator); }};
  ImportCommands imports_{session_, add_};
  ReportCommands reports_{session_, add_, [this] { return ReaderOr(kReportReader); }};
  DashboardCommands dashboards_{session_, add_, [this] { return ReaderOr(kHistoryReader); }};
  ProjectionCommands projections_{session_, add_, [this] { return ReaderOr(kReportReader); }};
  CaseCommands case_{session_, add_, [this] { return ReaderOr(kHistoryReader); }};
  ApprovalCommands approvals_{session_, add_, [this] { return ReaderOr(kHistoryReader); }};
  PeopleCommands people_{session_, add_, [this] { return ReaderOr(kHistoryReader); }};
  ExportCommands exports_{session_, add_, [this] { return ReaderOr(kReportReader); }};
  SyncCommands sync_{session_, add_, [this] { return ReaderOr(kHistoryReader); }};
};

}  // namespace

int RunCommandLine(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  const int code = CommandLine(out, err).Run(argc, argv);
  // What was not written was not said, whatever the command was.
  if (out.flush()) return code;
  err << "mlup: the output cannot be written, as on a full disk: what it shows is not complete\n";
  return code == kExitOk ? kExitRefused : code;
}

}  // namespace mlup::cli
