// What a server is not started with.
#include "services/tls/tls_files.h"

#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "eventstore/base/simulated_files.h"
#include "eventstore/base/status.h"
#include "services/tls/test_pem.h"

namespace mlup::tls {
namespace {

using testing::HasSubstr;

class TlsFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(files_.MakeFolder("/tls").ok());
    Put("/tls/server.crt", server_.certificate);
    Put("/tls/server.key", server_.key);
    Put("/tls/ca.crt", other_.certificate);
  }

  void Put(const std::string& path, const std::string& text) {
    ASSERT_TRUE(files_.Replace(path, text).ok());
  }
  absl::Status Load(const std::string& client_ca = "") {
    return LoadTls({"/tls/server.crt", "/tls/server.key", client_ca}, files_, clock_).status();
  }
  std::string Reason(const std::string& client_ca = "") { return ErrorReason(Load(client_ca)); }
  std::string Warning(const std::string& client_ca = "") {
    const auto found = LoadTls({"/tls/server.crt", "/tls/server.key", client_ca}, files_, clock_);
    return found.ok() ? found->warning : ErrorReason(found.status());
  }

  const absl::Time start_ = absl::FromCivil(absl::CivilDay(2026, 11, 22), absl::UTCTimeZone());
  ManualClock clock_{start_ + absl::Hours(1)};
  SimulatedFiles files_;
  const Pem server_ = MakePem(start_);
  const Pem other_ = MakePem(start_);
};

TEST_F(TlsFilesTest, AnIdentityIsWhatStandsInTheFiles) {
  const auto plain = LoadTls({"/tls/server.crt", "/tls/server.key", ""}, files_, clock_);
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_EQ(plain->certificate_chain, server_.certificate);
  EXPECT_EQ(plain->private_key, server_.key);
  EXPECT_EQ(plain->client_ca, "");
  const auto mutual =
      LoadTls({"/tls/server.crt", "/tls/server.key", "/tls/ca.crt"}, files_, clock_);
  ASSERT_TRUE(mutual.ok()) << mutual.status();
  EXPECT_EQ(mutual->client_ca, other_.certificate);
}

TEST_F(TlsFilesTest, AMissingFileIsNamed) {
  const auto status = LoadTls({"/tls/no.crt", "/tls/server.key", ""}, files_, clock_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(ToStd(status.message()), HasSubstr("/tls/no.crt"));
  EXPECT_TRUE(
      absl::IsNotFound(LoadTls({"/tls/server.crt", "/tls/no", ""}, files_, clock_).status()));
  EXPECT_TRUE(absl::IsNotFound(Load("/tls/no")));
}

TEST_F(TlsFilesTest, WhatIsNotPemIsRefused) {
  for (const std::string& text : {std::string(), std::string("words"), server_.key,
                                  server_.certificate.substr(0, server_.certificate.size() / 2),
                                  absl::StrCat(server_.certificate,
                                               "-----BEGIN CERTIFICATE-----\nAAAA\n"
                                               "-----END CERTIFICATE-----\n")}) {
    Put("/tls/server.crt", text);
    EXPECT_EQ(Reason(), "TLS_CERTIFICATE_INVALID") << text;
    Put("/tls/server.crt", server_.certificate);
    Put("/tls/ca.crt", text);
    EXPECT_EQ(Reason("/tls/ca.crt"), "TLS_CLIENT_CA_INVALID") << text;
  }
  for (const std::string& text : {std::string(), std::string("words"), server_.certificate,
                                  MakePem(start_, {.passphrase = "secret"}).key}) {
    Put("/tls/server.key", text);
    EXPECT_EQ(Reason(), "TLS_KEY_INVALID") << text;
  }
}

TEST_F(TlsFilesTest, AHugeFileIsRefused) {
  Put("/tls/server.crt", server_.certificate + std::string(1 << 20, ' '));
  EXPECT_EQ(Reason(), "TLS_FILE_TOO_LARGE");
}

TEST_F(TlsFilesTest, AKeyOfAnotherCertificateIsRefused) {
  Put("/tls/server.key", other_.key);
  EXPECT_EQ(Reason(), "TLS_KEY_MISMATCH");
  // The issuer first, as some tools write it.
  Put("/tls/server.key", server_.key);
  Put("/tls/server.crt", other_.certificate + server_.certificate);
  EXPECT_EQ(Reason(), "TLS_KEY_MISMATCH");
  Put("/tls/server.crt", server_.certificate + other_.certificate);
  EXPECT_EQ(Reason(), "");
}

TEST_F(TlsFilesTest, ValidityIsJudgedByTheClock) {
  clock_.Set(start_ - absl::Seconds(1));
  EXPECT_THAT(Warning(), HasSubstr("is valid from 2026-11-22 00:00 UTC"));
  clock_.Set(start_);
  EXPECT_EQ(Warning(), "");
  clock_.Set(start_ + absl::Hours(24) - absl::Seconds(1));
  EXPECT_EQ(Warning(), "");
  clock_.Set(start_ + absl::Hours(24));
  EXPECT_THAT(Warning(), HasSubstr("certificate 1 of /tls/server.crt expired at 2026"));
}

TEST_F(TlsFilesTest, IssuersAndRootsExpireToo) {
  Put("/tls/server.crt", server_.certificate + MakePem(start_ - absl::Hours(48)).certificate);
  EXPECT_THAT(Warning(), HasSubstr("certificate 2 of /tls/server.crt expired"));
  Put("/tls/server.crt", server_.certificate);
  Put("/tls/ca.crt", MakePem(start_ - absl::Hours(48)).certificate);
  EXPECT_THAT(Warning("/tls/ca.crt"), HasSubstr("certificate 1 of /tls/ca.crt expired"));
}

TEST_F(TlsFilesTest, AWeakCertificateIsRefusedInOpenSslsWords) {
  const Pem weak = MakePem(start_, {.rsa_bits = 1024});
  Put("/tls/server.crt", weak.certificate);
  Put("/tls/server.key", weak.key);
  EXPECT_EQ(Reason(), "TLS_CERTIFICATE_UNUSABLE");
  EXPECT_THAT(ToStd(Load().message()), HasSubstr("key too small"));
}

TEST_F(TlsFilesTest, AKeyThatOthersMayReadIsRefused) {
  namespace fs = std::filesystem;
  const std::string folder = absl::StrCat(testing::TempDir(), "/tls-", getpid());
  ASSERT_TRUE(SystemFiles().MakeFolder(folder).ok());
  const TlsFiles paths{folder + "/crt", folder + "/key", ""};
  ASSERT_TRUE(SystemFiles().Replace(paths.certificate, server_.certificate).ok());
  ASSERT_TRUE(SystemFiles().Replace(paths.key, server_.key).ok());
  EXPECT_TRUE(LoadTls(paths, SystemFiles(), clock_).ok());
  fs::permissions(paths.key, fs::perms(0640));
  const absl::Status refused = LoadTls(paths, SystemFiles(), clock_).status();
  EXPECT_EQ(ErrorReason(refused), "TLS_KEY_MODE");
  EXPECT_THAT(ToStd(refused.message()), HasSubstr("(mode 0640): chmod 600 it"));
  ASSERT_TRUE(SystemFiles().RemoveTree(folder).ok());
}

}  // namespace
}  // namespace mlup::tls
