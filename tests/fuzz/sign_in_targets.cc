// What somebody signs in with, as far as it comes from others.
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"

#include "eventstore/base/check.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/simulated_files.h"
#include "eventstore/base/status.h"
#include "services/accounts/peer_socket.h"
#include "services/identity/openid.h"
#include "services/tls/authority.h"
#include "services/tls/client_trust.h"
#include "tests/fuzz/target.h"

namespace mlup::fuzz {
namespace {

constexpr std::string_view kProvider =
    "issuer: 'https://a.example' label: 'A' client_id: 'mlup' actor_claim: 'sub' "
    "algorithm: SIGNING_ALGORITHM_RS256 origins: 'https://b.example'";
constexpr std::string_view kAbout =
    R"({"issuer":"https://a.example","authorization_endpoint":"https://a.example/auth",)"
    R"("token_endpoint":"https://a.example/token","jwks_uri":"https://a.example/keys"})";
constexpr std::string_view kKeys =
    R"({"keys":[{"kty":"RSA","kid":"k","e":"AQAB","n":"sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri23bOdgWp4Dy1WlUzewbgBHod5pcM9H95GQRV3JDXboIRROSBigeC5yjU1hGzHHyXss8UDprecbAYxknTcQkhslANGRUZmdTOQ5qTRsLAt6BTYuyvVRdhS8exSZEy_c4gs_7svlJJQ4H9_NxsiIoLwAEk7-Q3UXERGYw_75IDrGA84-lA_-Ct4eTlXHBIY2EaV7t7LjJaynVJCpkv4LKjTTAumiGUIuQhrNhZLuF_RJLqHpM2kgWFLU7-VTdL1VbC2tejvcI2BlMkEpk1BzBZI0KQB0GaDWFLN-aEAw3vRw"}]})";
constexpr std::string_view kAnswer =
    R"({"id_token":"eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.eyJpc3MiOiJodHRwczovL2EuZXhhbXBsZSJ9.AAAA"})";

void OpenIdFile(std::string_view bytes) {
  const auto provider = identity::ParseOpenIdFile(bytes);
  if (!provider.ok()) return;
  CHECK(!provider->issuer().empty() && !provider->origins().empty());
}
std::vector<std::string> OpenIdFileSeeds() { return {std::string(kProvider)}; }

// A provider whose three answers are the input, parted by zeros: nobody is named by what it did not
// sign.
void OpenIdAnswers(std::string_view bytes) {
  std::vector<std::string> answers;
  for (int i = 0; i < 2; ++i) {
    const std::string_view one = bytes.substr(0, bytes.find('\0'));
    answers.emplace_back(one);
    bytes.remove_prefix(std::min(bytes.size(), one.size() + 1));
  }
  answers.emplace_back(bytes);
  SimulatedFiles files;
  const ManualClock clock(absl::FromUnixSeconds(1'700'000'000));
  std::size_t asked = 0;
  const auto openid =
      identity::OpenId::Open(*identity::ParseOpenIdFile(kProvider), files, clock,
                             [&](const identity::OpenIdCall&) -> absl::StatusOr<std::string> {
                               return answers[asked++ % answers.size()];
                             });
  CHECK(openid.ok());
  CHECK(!(*openid)->ActorOf({"https://b.example", "s", "v", "n"}, "code").ok());
}
std::vector<std::string> OpenIdAnswersSeeds() {
  std::string seed(kAbout);
  for (const std::string_view more : {kKeys, kAnswer}) {
    seed.push_back('\0');
    seed += more;
  }
  return {seed};
}

void LocalAccounts(std::string_view bytes) {
  const auto accounts = accounts::ParseLocalAccounts(bytes);
  if (!accounts.ok()) return;
  for (const auto& [user, actor] : *accounts) CHECK(!actor.empty());
}
std::vector<std::string> LocalAccountsSeeds() { return {"# who\nroot staff-op-1\n"}; }

// An authority of this process; the same for all inputs.
struct Issuer {
  Issuer() {
    CHECK(tls::Authority::Init(parts, "certs", "fuzz").ok());
    CHECK(tls::Authority::Open(parts, "certs")->Issue({.name = "caller"}).ok());
    trust = *tls::ClientTrust::Load(files, "certs");
  }
  std::string Read(const std::string& name) { return *files.ReadAll("certs/" + name); }

  SimulatedFiles files;
  ManualClock clock{absl::FromUnixSeconds(1'700'000'000)};
  SeededRandom random{1};
  const tls::Authority::Parts parts{files, clock, random};
  std::shared_ptr<const tls::ClientTrust> trust;
};
Issuer& TheIssuer() {
  static auto& issuer = *new Issuer;
  return issuer;
}

// Whatever somebody shows, it names whom the authority issued it to or nobody.
void ClientCertificate(std::string_view bytes) {
  Issuer& issuer = TheIssuer();
  const auto found = issuer.trust->Verify(
      bytes, "message", *tls::Sign(issuer.Read("caller.key"), "message"), issuer.clock.Now());
  CHECK(!found.ok() || found->name == "caller");
  static_cast<void>(tls::ToDer(bytes));
  static_cast<void>(tls::Sign(bytes, "message"));
}
std::vector<std::string> ClientCertificateSeeds() {
  Issuer& issuer = TheIssuer();
  return {*tls::ToDer(issuer.Read("caller.crt")), issuer.Read("caller.crt"),
          issuer.Read("caller.key")};
}

}  // namespace

std::span<const Target> SignInTargets() {
  static constexpr Target kTargets[] = {
      {"openid_file", OpenIdFile, OpenIdFileSeeds},
      {"openid_answers", OpenIdAnswers, OpenIdAnswersSeeds},
      {"local_accounts", LocalAccounts, LocalAccountsSeeds},
      {"client_certificate", ClientCertificate, ClientCertificateSeeds},
  };
  return kTargets;
}

}  // namespace mlup::fuzz
