// The commands of the command line. Each prints to the session's streams and returns the exit code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/mlup/session.h"

namespace mlup::cli {

struct ImportOptions {
  // Path of the file; `-` is standard input.
  std::string file;
  bool dry_run = false;
  // Whether nobody is asked where the installation holds data of real people.
  bool yes = false;
  // Most lines in one call, 1 to kRecordEachMax.
  std::size_t batch = 128;
  // The system whose export the file is, and the path of the map; empty where it is one of
  // requests.
  std::string from;
  std::string map;
};
int RunImport(const Session& session, const ImportOptions& options);

struct ReceiveOptions {
  // The system whose rows come, and the path of the map.
  std::string from;
  std::string map;
  // As gateway::HttpServer takes it.
  std::string listen;
  // Holds the token that callers send; nobody else may read it.
  std::string token_file;
};
// Takes rows over HTTP until it is told to end.
int RunReceive(const Session& session, const ReceiveOptions& options);

struct GenerateOptions {
  std::uint64_t children = 100;
  int first_year = 2019;
  int years = 3;
  std::uint64_t seed = 1;
};
// Lines for RunImport() about an invented organisation.
int RunGenerate(const Session& session, const GenerateOptions& options);

// `name`: a fact or a service; empty for the list.
int RunSchema(const Session& session, const std::string& name);
// Writes the documentation of all events into `folder`.
int RunSchemaDocs(const Session& session, const std::string& folder);
// One CloudEvent a line for each event type.
int RunSchemaExamples(const Session& session);
int RunSchemaSnapshot(const Session& session);
// `file`: a snapshot of an earlier release; refused when something breaks.
int RunSchemaDiff(const Session& session, const std::string& file);

// `code`: one indicator; empty for the list.
// What is wrong with a file of definitions.
int RunIndicatorsCheck(const Session& session, const std::string& file);
int RunIndicators(const Session& session, const Reader& reader, const std::string& code);

struct ReportOptions {
  // Code of a report that is defined; empty for all figures.
  std::string report;
  std::string period;
  std::string as_known_at;
  std::uint64_t position = 0;
  // `CODE` or `CODE{dimension=member}` whose events are listed instead of the report.
  std::string evidence;
  // Whether the parts of each figure (by sex, age, province ...) are printed too.
  bool parts = false;
  // What was known at the end of this day is compared with; empty for what was published.
  std::string since;
};
int RunReport(const Session& session, const Reader& reader, const ReportOptions& options);
// The reports that are defined.
int RunListReports(const Session& session, const Reader& reader);

struct PublishOptions {
  std::string report;
  std::string period;
  bool close_period = false;
  std::string restates_because;
};
int RunPublish(const Session& session, const Reader& who, const PublishOptions& options);
// `period`: empty for all.
int RunPublished(const Session& session, const Reader& reader, const std::string& period);

int RunSum(const Session& session, const Reader& reader, const ReportOptions& options,
           const std::vector<std::string>& codes);

struct ExportOptions {
  // The word of the command: csv, xlsx, json, dhis2, iati, ocel.
  std::string format;
  std::string period;
  std::string as_known_at;
  std::uint64_t position = 0;
  std::vector<std::string> codes;
  std::string recipient;
  std::string expires;
  std::string file;
  // Path of the map to another system's codes.
  std::string map;
  // Whether small numbers of people are in it.
  bool whole = false;
  // Of a DHIS2 that takes the values, and of the file with the token that it wants; whether it only
  // says what it would do.
  std::string url;
  std::string token_file;
  bool dry_run = false;
  // How many files of the register are listed.
  int limit = 100;
};
int RunExport(const Session& session, const Reader& reader, const ExportOptions& options);
int RunExportList(const Session& session, const Reader& reader, const ExportOptions& options);

struct QualityOptions {
  // As `record_unknown`; none means all.
  std::vector<std::string> kinds;
  // Empty for all.
  std::string period;
  bool summary = false;
};
// What somebody should look at.
int RunQuality(const Session& session, const Reader& reader, const QualityOptions& options);

struct ApprovalOptions {
  // The record that it is about.
  std::string stream;
  // As `write_off`.
  std::string subject;
  std::string approval_id;
  std::string reason;
};
int RunAskApproval(const Session& session, const Reader& who, const ApprovalOptions& options);
int RunGrantApproval(const Session& session, const Reader& who, const ApprovalOptions& options);
int RunRejectApproval(const Session& session, const Reader& who, const ApprovalOptions& options);

struct EraseOptions {
  std::string person_id;
  std::string approval_id;
  // Codes.
  std::string ground;
  std::string scope;
};
// For ever.
int RunErase(const Session& session, const Reader& who, const EraseOptions& options);

struct EmergencyOptions {
  std::string case_id;
  std::uint32_t minutes = 60;
  std::string reason;
  // Of whom an access is reviewed, and which one.
  std::string actor;
  std::string access_id;
  std::string outcome;
};
int RunBeginEmergency(const Session& session, const Reader& who, const EmergencyOptions& options);
int RunListEmergencies(const Session& session);
int RunReviewEmergency(const Session& session, const Reader& who, const EmergencyOptions& options);

struct HistoryOptions {
  // One of these; a source is `system/id`.
  std::string id;
  std::string household;
  std::string correlation;
  std::string source;
  std::string purpose;
  bool reveal = false;
  // The cut: a position of the log, and the last days of knowledge and of what happened.
  std::uint64_t position = 0;
  std::string as_known_at;
  std::string as_occurred_at;
  bool readings = false;
  // Which form on the terminal: in order of recording with what holds after each entry, or as a
  // tree of causes; neither is the plain one.
  bool steps = false;
  bool tree = false;
  // A file to print instead: its path, `html` or `pdf`, `en` or `km`, and the path of a form that
  // is filled, or empty.
  std::string file;
  std::string format;
  std::string language;
  std::string form;
};
int RunHistory(const Session& session, const Reader& reader, const HistoryOptions& options);

struct SearchOptions {
  std::vector<std::string> names;
  std::string phone;
  std::string identifier;
  // In the words of mlup.cases.v1.IdentifierScheme and Sex.
  std::string scheme;
  std::string sex;
  std::string born;
  std::optional<std::uint32_t> age;
  std::optional<std::uint32_t> precision;
  std::string place;
  std::uint32_t limit = 0;
  std::string purpose;
};
int RunPeopleSearch(const Session& session, const Reader& who, const SearchOptions& options);

struct TailOptions {
  // First position; 0 for the last few events.
  std::uint64_t from = 0;
  bool follow = false;
};
int RunTail(const Session& session, const TailOptions& options);

struct DoctorOptions {
  // The daemon's data folder, and what of it is elsewhere.
  std::string data;
  std::string journal;
  std::string keyring;
  std::string signing_key;
  std::vector<std::string> witnesses;
  // Entries of what is remembered that are lost for good.
  std::vector<std::string> forget;
  // Whether what was replaced after damage is removed.
  bool remove_kept = false;
};
int RunDoctor(const Session& session, const DoctorOptions& options);

struct VerifyOptions {
  // Verifier texts of the log, or files with them.
  std::vector<std::string> keys;
  // Folder of a witness.
  std::string witness;
  // Data folder of a stopped log, and its journal if that is elsewhere; empty to ask the daemon.
  std::string data;
  std::string journal;
};
int RunVerify(const Session& session, const VerifyOptions& options);

struct BundleOptions {
  // Id of the person, or of a case of the person.
  std::string subject;
  std::string purpose;
  // File to write.
  std::string file;
};
int RunAuditBundle(const Session& session, const Reader& reader, const BundleOptions& options);

struct AccessesOptions {
  // Only readings of this person, by this actor; of all and by all where empty.
  std::string person;
  std::string reader;
  std::uint32_t limit = 100;
  // Only what stands before this position; 0 for the newest.
  std::uint64_t before = 0;
  // Only alarms about readings.
  bool alarms = false;
};
int RunAuditAccesses(const Session& session, const Reader& reader, const AccessesOptions& options);

struct AuditVerifyOptions {
  std::string file;
  // Verifier texts of the log and of witnesses, or files with them.
  std::vector<std::string> keys;
  std::vector<std::string> witness_keys;
  // The person the bundle must be about; empty for whomever it names.
  std::string subject;
  // Whether the events are listed.
  bool show = false;
};
int RunAuditVerify(const Session& session, const AuditVerifyOptions& options);

struct WitnessOptions {
  std::string folder;
  // Name of a new witness.
  std::string name;
};
int RunWitnessCosign(const Session& session, const WitnessOptions& options);
int RunWitnessShow(const Session& session, const WitnessOptions& options);

int RunKeys(const Session& session);

struct RotateOptions {
  // File of the signing key.
  std::string file;
};
int RunRotate(const Session& session, const RotateOptions& options);

struct WebhookOptions {
  std::string subscriber_id;
  // Events to try again; none means all. The one to skip.
  std::vector<std::string> event_ids;
  // Deliver everything from this position on again instead.
  std::optional<std::uint64_t> from;
  std::string reason;
  bool skipped = false;
};
int RunWebhookPing(const Session& session, const Reader& reader, const WebhookOptions& options);
int RunDeadLetters(const Session& session, const Reader& reader, const WebhookOptions& options);
int RunWebhookReplay(const Session& session, const Reader& reader, const WebhookOptions& options);
int RunWebhookSkip(const Session& session, const Reader& reader, const WebhookOptions& options);

// Which events; each list as in mlup.log.v1.Filter.
struct EventChoice {
  std::vector<std::string> categories;
  // Full types; one that ends in `.` is the beginning of types.
  std::vector<std::string> types;
  // Names of streams, or their beginnings.
  std::vector<std::string> streams;
  std::vector<std::string> sectors;
  std::vector<std::string> places;
  std::vector<std::string> correlations;
  // `system`, or `system/id`.
  std::vector<std::string> sources;
  bool system = false;
};

struct SubscribeOptions {
  EventChoice choice;
  // As log::SetStart() reads it.
  std::string from = "start";
  bool until_caught_up = false;
  // File that keeps where it stands; empty for none.
  std::string state;
};
int RunSubscribe(const Session& session, const SubscribeOptions& options);

struct GroupOptions {
  std::string group;
  // Positions of parked events, or all.
  std::vector<std::uint64_t> positions;
  bool all = false;
  // Of a new group.
  EventChoice choice;
  std::string from = "start";
};
int RunSubscribers(const Session& session);
int RunParked(const Session& session, const GroupOptions& options);
int RunReplayParked(const Session& session, const GroupOptions& options);
int RunSkipParked(const Session& session, const GroupOptions& options);
int RunResumeGroup(const Session& session, const GroupOptions& options);
int RunCreateGroup(const Session& session, const GroupOptions& options);
int RunDeleteGroup(const Session& session, const GroupOptions& options);

int RunStatus(const Session& session);

struct ProjectionOptions {
  std::string name;
  // Instead of a name.
  bool all = false;
  std::string reason;
  bool wait = false;
};
int RunListProjections(const Session& session);
int RunRebuildProjection(const Session& session, const Reader& who,
                         const ProjectionOptions& options);
int RunCancelRebuild(const Session& session, const Reader& who, const ProjectionOptions& options);
int RunDiffProjection(const Session& session, const Reader& who, const ProjectionOptions& options);

struct DashboardOptions {
  // Of a worklist, panel or balance.
  std::string code;
  std::string quarter;
  std::uint32_t quarters = 1;
  // Only this worker's cases, an actor id.
  std::string worker;
  std::string province;
  std::string due_by;
  // `dimension`, or `dimension=member`.
  std::string by;
  // `key=value` of a balance.
  std::vector<std::string> only;
  bool alerts = false;
};
int RunWorklists(const Session& session, const Reader& reader, const DashboardOptions& options);
int RunWorklistItems(const Session& session, const Reader& reader, const DashboardOptions& options);
int RunCaseloads(const Session& session, const Reader& reader);
int RunPanels(const Session& session, const Reader& reader);
int RunPanel(const Session& session, const Reader& reader, const DashboardOptions& options);
int RunBalance(const Session& session, const Reader& reader, const DashboardOptions& options);

// `file`: a roles file. `role`: one of it; empty for all.
int RunPolicyExplain(const Session& session, const std::string& file, const std::string& role);

struct SignInOptions {
  std::string name;
  // As this device is known.
  std::string device;
  // Whether another password is chosen.
  bool change = false;
  // Where secrets are read from, a line each; below 0 from the terminal.
  int password_fd = -1;
  // Files of `mlup certs`, instead of a password; empty for none.
  std::string certificate;
  std::string key;
  // Socket of `mlupd --peer-listen`, instead of a password; empty for none.
  std::string peer;
};
int RunLogin(const Session& session, const SignInOptions& options);
int RunLogout(const Session& session);
int RunWhoAmI(const Session& session);
// `of`: another actor; empty for one's own.
int RunSessions(const Session& session, const std::string& of);
int RunRevokeSession(const Session& session, const std::string& session_id, const std::string& of);
int RunAuthenticator(const Session& session, const SignInOptions& options);

struct AccountOptions {
  std::string actor;
  std::string display_name;
  std::string organisation;
  // Of a new account.
  std::vector<std::string> roles;
  // To grant; to revoke, this or the id of a grant.
  std::string role;
  // In the words of mlup.identity.v1.GrantScope.
  std::string scope;
  std::string team;
  std::string province;
  std::string sector;
  std::string from;
  std::string until;
  std::string reason;
  // As a device names itself.
  std::string device;
  // Where the keyring is, for what only its owner may do.
  std::string data;
  std::string keyring;
  int password_fd = -1;
};
int RunBootstrap(const Session& session, const AccountOptions& options);
int RunOpenAccount(const Session& session, const Reader& who, const AccountOptions& options);
int RunCloseAccount(const Session& session, const Reader& who, const AccountOptions& options);
int RunGrant(const Session& session, const Reader& who, const AccountOptions& options);
int RunRevoke(const Session& session, const Reader& who, const AccountOptions& options);
int RunEnroll(const Session& session, const Reader& who, const AccountOptions& options);
int RunRevokeDevice(const Session& session, const Reader& who, const AccountOptions& options);
int RunListAccounts(const Session& session);

struct CertsOptions {
  // Of the authority.
  std::string folder;
  // Of a certificate, or its serial where one is revoked; of the organisation for `init`.
  std::string name;
  // Where a server is called; none for a client.
  std::vector<std::string> addresses;
  int days = 365;
};
int RunCertsInit(const Session& session, const CertsOptions& options);
int RunCertsIssue(const Session& session, const CertsOptions& options);
int RunCertsRenew(const Session& session, const CertsOptions& options);
int RunCertsRevoke(const Session& session, const CertsOptions& options);
int RunCertsList(const Session& session, const CertsOptions& options);
int RunResetAccount(const Session& session, const AccountOptions& options);

struct SyncOptions {
  std::string device;
  // Path of the file; `-` is standard input.
  std::string file;
  std::uint64_t since = 0;
  std::vector<std::string> held;
  // Entries on a page.
  std::uint32_t page_size = 100;
};
// What was made on the device, in the order of its lines.
int RunSyncPush(const Session& session, const SyncOptions& options);
// What is new for the device, all pages as one.
int RunSyncPull(const Session& session, const Reader& reader, const SyncOptions& options);

}  // namespace mlup::cli
