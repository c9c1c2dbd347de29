// The authority, and what whoever trusts it takes and refuses.
#include "services/tls/authority.h"

#include <string>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <openssl/x509v3.h>

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/simulated_files.h"
#include "eventstore/base/status.h"
#include "services/tls/client_trust.h"
#include "services/tls/test_pem.h"

namespace mlup::tls::authority_test {
namespace {

using testing::ElementsAre;

constexpr char kFolder[] = "certs";
constexpr char kMessage[] = "what is signed";

class AuthorityTest : public testing::Test {
 protected:
  AuthorityTest() { EXPECT_EQ(Authority::Init(parts_, kFolder, "mro"), absl::OkStatus()); }
  Authority Open() {
    auto opened = Authority::Open(parts_, kFolder);
    EXPECT_TRUE(opened.ok()) << opened.status();
    return *std::move(opened);
  }
  std::string Read(const std::string& name) {
    return files_.ReadAll(std::string(kFolder) + "/" + name).value_or("");
  }
  // The reason for which a certificate is refused; empty where it is taken.
  std::string Tried(const std::string& certificate, const std::string& key,
                    const std::string& message = kMessage) {
    const auto trust = ClientTrust::Load(files_, kFolder);
    if (!trust.ok()) return ErrorReason(trust.status());
    const auto found = (*trust)->Verify(ToDer(certificate).value_or(""), message,
                                        Sign(key, kMessage).value_or(""), clock_.Now());
    return found.ok() ? "" : std::string(found.status().message());
  }
  std::string Tried(const std::string& name) {
    return Tried(Read(name + ".crt"), Read(name + ".key"));
  }

  SimulatedFiles files_;
  ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  SystemRandom random_;
  const Authority::Parts parts_{files_, clock_, random_};
};

TEST_F(AuthorityTest, WhatItIssuedToAClientIsTakenUntilItEnds) {
  const auto issued = Open().Issue({.name = "staff-sw-1", .length = absl::Hours(48)});
  ASSERT_TRUE(issued.ok()) << issued.status();
  EXPECT_EQ(Tried("staff-sw-1"), "");
  const auto trust = ClientTrust::Load(files_, kFolder);
  const auto found = (*trust)->Verify(*ToDer(Read("staff-sw-1.crt")), kMessage,
                                      *Sign(Read("staff-sw-1.key"), kMessage), clock_.Now());
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->name, "staff-sw-1");
  EXPECT_EQ(found->serial, issued->serial);
  EXPECT_TRUE(absl::StrContains(
      Tried(Read("staff-sw-1.crt"), Read("staff-sw-1.key"), "something else"), "did not sign"));
  clock_.Advance(absl::Hours(49));
  EXPECT_TRUE(absl::StrContains(Tried("staff-sw-1"), "expired"));
}

TEST_F(AuthorityTest, WhatOthersIssuedOrForAnotherUseIsRefused) {
  ASSERT_TRUE(Open()
                  .Issue({.use = CertificateUse::kServer,
                          .name = "edge",
                          .addresses = {"mlup.example.org", "10.0.0.5"}})
                  .ok());
  EXPECT_TRUE(absl::StrContains(Tried("edge"), "purpose"));
  EXPECT_EQ(Read("edge.pem"), Read("edge.crt") + Read("edge.key"));
  const Pem own = MakePem(clock_.Now() - absl::Hours(1));
  EXPECT_NE(Tried(own.certificate, own.key), "");
  EXPECT_NE(Tried(Read("authority.crt"), Read("authority.key")), "");
  ASSERT_TRUE(Open().Issue({.name = "system-a"}).ok());
  EXPECT_TRUE(absl::StrContains(Tried(Read("system-a.crt"), Read("edge.key")), "did not sign"));
}

TEST_F(AuthorityTest, WhatIsRevokedIsRefusedAndItsFilesAreGone) {
  ASSERT_TRUE(Open().Issue({.name = "system-a"}).ok());
  ASSERT_TRUE(Open().Issue({.name = "system-b"}).ok());
  const std::string certificate = Read("system-a.crt");
  const std::string key = Read("system-a.key");
  ASSERT_TRUE(Open().Renew("system-a", absl::Hours(24)).ok());
  EXPECT_EQ(Tried(certificate, key), "");
  EXPECT_EQ(Tried("system-a"), "");
  const std::string renewed = Read("system-a.crt");
  const std::string renewed_key = Read("system-a.key");
  const auto revoked = Open().Revoke("system-a");
  ASSERT_TRUE(revoked.ok()) << revoked.status();
  EXPECT_EQ(revoked->size(), 2U);
  EXPECT_TRUE(absl::StrContains(Tried(certificate, key), "revoked"));
  EXPECT_TRUE(absl::StrContains(Tried(renewed, renewed_key), "revoked"));
  EXPECT_EQ(Read("system-a.key"), "");
  EXPECT_EQ(Tried("system-b"), "");
  const auto all = Open().List();
  ASSERT_TRUE(all.ok()) << all.status();
  std::vector<std::string> told;
  for (const IssuedCertificate& one : *all)
    told.push_back(one.name + (one.revoked ? " revoked" : ""));
  EXPECT_THAT(told, ElementsAre("system-a revoked", "system-a revoked", "system-b"));
  EXPECT_EQ(ErrorReason(Open().Revoke("system-a").status()), "CERTIFICATE_UNKNOWN");
  ASSERT_TRUE(Open().Issue({.name = "system-a"}).ok());
  EXPECT_EQ(Tried("system-a"), "");
}

TEST_F(AuthorityTest, ARenewedServerKeepsItsAddresses) {
  ASSERT_TRUE(Open()
                  .Issue({.use = CertificateUse::kServer,
                          .name = "edge",
                          .addresses = {"mlup.example.org", "10.0.0.5", "::1"}})
                  .ok());
  const std::string before = Read("edge.crt");
  const auto renewed = Open().Renew("edge", absl::Hours(24));
  ASSERT_TRUE(renewed.ok()) << renewed.status();
  EXPECT_NE(Read("edge.crt"), before);
  const Certificate certificate = ParseCertificate(Read("edge.crt"));
  EXPECT_EQ(X509_check_host(certificate.get(), "mlup.example.org", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "10.0.0.5", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "::1", 0), 1);
}

TEST_F(AuthorityTest, BadWordsChangeNothing) {
  const auto reason = [this](const CertificateRequest& request) {
    return ErrorReason(Open().Issue(request).status());
  };
  EXPECT_EQ(reason({.name = "../elsewhere"}), "FORMAT_CODE");
  EXPECT_EQ(reason({.name = "authority"}), "FORMAT_CODE");
  EXPECT_EQ(reason({.name = ""}), "FORMAT_CODE");
  EXPECT_EQ(reason({.use = CertificateUse::kServer, .name = "edge"}), "FORMAT_ADDRESS");
  EXPECT_EQ(reason({.use = CertificateUse::kServer, .name = "edge", .addresses = {"a,DNS:b"}}),
            "FORMAT_ADDRESS");
  EXPECT_EQ(reason({.name = "system-a", .addresses = {"a"}}), "FORMAT_ADDRESS");
  EXPECT_EQ(reason({.name = "system-a", .length = absl::Hours(24 * 5000)}), "RANGE");
  EXPECT_EQ(ErrorReason(Open().Renew("system-a", absl::Hours(24)).status()), "CERTIFICATE_UNKNOWN");
  EXPECT_TRUE(Open().List()->empty());
  ASSERT_TRUE(Open().Issue({.name = "system-a"}).ok());
  EXPECT_EQ(reason({.name = "system-a"}), "CERTIFICATE_EXISTS");
  EXPECT_EQ(ErrorReason(Authority::Init(parts_, kFolder, "mro")), "AUTHORITY_EXISTS");
}

TEST_F(AuthorityTest, AListOfTheRevokedThatIsGoneIsNotAnEmptyOne) {
  ASSERT_TRUE(Open().Issue({.name = "system-a"}).ok());
  ASSERT_EQ(files_.Remove("certs/revoked.crl"), absl::OkStatus());
  EXPECT_EQ(Tried("system-a"), "NO_AUTHORITY");
  EXPECT_EQ(ErrorReason(Open().Revoke("system-a").status()), "REVOKED_DAMAGED");
}

}  // namespace
}  // namespace mlup::tls::authority_test
