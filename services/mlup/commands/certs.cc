// `mlup certs`: the installation's own small certificate authority.
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/clock.h"
#include "eventstore/base/files.h"
#include "eventstore/base/local_time.h"
#include "eventstore/base/random.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/table.h"
#include "services/tls/authority.h"

namespace mlup::cli {
namespace {

using nlohmann::ordered_json;

// The parts outlive what is opened with them.
struct World {
  SystemClock clock;
  SystemRandom random;

  tls::Authority::Parts parts() { return {SystemFiles(), clock, random}; }
};

std::string UseWords(tls::CertificateUse use) {
  return use == tls::CertificateUse::kServer ? "server" : "client";
}

std::string DayOfTime(absl::Time time) { return absl::FormatTime("%Y-%m-%d", time, PhnomPenh()); }

ordered_json JsonOf(const tls::IssuedCertificate& one) {
  return {{"name", one.name},
          {"use", UseWords(one.use)},
          {"serial", one.serial},
          {"ends_on", DayOfTime(one.ends_at)},
          {"revoked", one.revoked}};
}

int FailWith(const Session& session, const absl::Status& status) {
  return absl::IsInvalidArgument(status) ? FailUsage(session, status) : Fail(session, status);
}

int PrintIssued(const Session& session, const CertsOptions& options,
                const absl::StatusOr<tls::IssuedCertificate>& issued) {
  if (!issued.ok()) return FailWith(session, issued.status());
  if (session.json) {
    session.out << JsonOf(*issued).dump() << "\n";
    return kExitOk;
  }
  const std::string path = absl::StrCat(options.folder, "/", issued->name);
  session.out << "Certificate " << path << ".crt, good until " << DayOfTime(issued->ends_at)
              << "; its key " << path << ".key is for its holder alone\n";
  if (issued->use == tls::CertificateUse::kServer) {
    session.out << "For the edge: MLUP_EDGE_CERT=" << path << ".pem\n";
  } else {
    session.out << "Its holder signs in: mlup login " << issued->name << " --certificate "
                << issued->name << ".crt --key " << issued->name << ".key\n";
  }
  return kExitOk;
}

}  // namespace

int RunCertsInit(const Session& session, const CertsOptions& options) {
  World world;
  const absl::Status made = tls::Authority::Init(world.parts(), options.folder, options.name);
  if (!made.ok()) return FailWith(session, made);
  if (!session.json) {
    session.out << "An authority in " << options.folder
                << ". Whoever holds authority.key can be anybody: keep a copy where the keyring's "
                   "is. Who is to trust it is given authority.crt.\n";
  }
  return kExitOk;
}

int RunCertsIssue(const Session& session, const CertsOptions& options) {
  World world;
  auto authority = tls::Authority::Open(world.parts(), options.folder);
  if (!authority.ok()) return FailWith(session, authority.status());
  return PrintIssued(
      session, options,
      authority->Issue({.use = options.addresses.empty() ? tls::CertificateUse::kClient
                                                         : tls::CertificateUse::kServer,
                        .name = options.name,
                        .addresses = options.addresses,
                        .length = absl::Hours(24) * options.days}));
}

int RunCertsRenew(const Session& session, const CertsOptions& options) {
  World world;
  auto authority = tls::Authority::Open(world.parts(), options.folder);
  if (!authority.ok()) return FailWith(session, authority.status());
  return PrintIssued(session, options,
                     authority->Renew(options.name, absl::Hours(24) * options.days));
}

int RunCertsRevoke(const Session& session, const CertsOptions& options) {
  World world;
  auto authority = tls::Authority::Open(world.parts(), options.folder);
  if (!authority.ok()) return FailWith(session, authority.status());
  const auto revoked = authority->Revoke(options.name);
  if (!revoked.ok()) return FailWith(session, revoked.status());
  if (session.json) {
    ordered_json all = ordered_json::array();
    for (const auto& one : *revoked) all.push_back(JsonOf(one));
    session.out << all.dump() << "\n";
    return kExitOk;
  }
  session.out << revoked->size()
              << " revoked. Tell the daemon, and the edge where there is one, to look again: kill "
                 "-HUP, or systemctl reload.\n";
  return kExitOk;
}

int RunCertsList(const Session& session, const CertsOptions& options) {
  World world;
  const auto authority = tls::Authority::Open(world.parts(), options.folder);
  if (!authority.ok()) return FailWith(session, authority.status());
  const auto all = authority->List();
  if (!all.ok()) return FailWith(session, all.status());
  if (session.json) {
    ordered_json list = ordered_json::array();
    for (const auto& one : *all) list.push_back(JsonOf(one));
    session.out << list.dump() << "\n";
    return kExitOk;
  }
  Table table;
  table.Add({"name", "use", "ends", "", "serial"});
  const absl::Time now = world.clock.Now();
  for (const auto& one : *all) {
    table.Add({one.name, UseWords(one.use), DayOfTime(one.ends_at),
               one.revoked ? "revoked" : (one.ends_at <= now ? "over" : ""), one.serial});
  }
  session.out << table.Render();
  return kExitOk;
}

}  // namespace mlup::cli
