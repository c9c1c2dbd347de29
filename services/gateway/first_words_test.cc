// Who speaks what.
#include "services/gateway/first_words.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace mlup::gateway {
namespace {

std::string Number(std::size_t number, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text.push_back(static_cast<char>(number >> (8 * i) & 0xff));
  return text;
}
std::string Vector(const std::string& text, int bytes) { return Number(text.size(), bytes) + text; }

// As RFC 8446 has it.
std::string Hello(const std::vector<std::string>& protocols) {
  std::string names;
  for (const std::string& name : protocols) names += Vector(name, 1);
  const std::string server_name = Number(0, 2) + Vector("\x01\x02\x03", 2);
  const std::string alpn = protocols.empty() ? "" : Number(16, 2) + Vector(Vector(names, 2), 2);
  const std::string body = Number(0x0303, 2) + std::string(32, 'r') + Vector("session", 1) +
                           Vector("\x13\x01", 2) + Vector(std::string(1, '\0'), 1) +
                           Vector(server_name + alpn, 2);
  const std::string message = Number(1, 1) + Vector(body, 3);
  return Number(22, 1) + Number(0x0301, 2) + Vector(message, 2);
}

TEST(FirstWordsTest, InTheClearThePrefaceTells) {
  const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  for (std::size_t n = 0; n < preface.size(); ++n) {
    EXPECT_EQ(SpokenInClear(preface.substr(0, n)), Spoken::kNotKnownYet) << n;
  }
  EXPECT_EQ(SpokenInClear(preface), Spoken::kHttp2);
  EXPECT_EQ(SpokenInClear(preface + "more"), Spoken::kHttp2);
  for (const char* const words : {"G", "GET / HTTP/1.1\r\n", "POST", "PUT", "PRI /", "\x16\x03"}) {
    EXPECT_EQ(SpokenInClear(words), Spoken::kHttp1) << words;
  }
}

TEST(FirstWordsTest, InTlsTheProtocolsOfTheFirstMessageTell) {
  for (const std::string& hello :
       {Hello({"h2"}), Hello({"http/1.1", "h2"}), Hello({"grpc-exp", "h2"})}) {
    for (std::size_t n = 0; n < hello.size(); ++n) {
      EXPECT_EQ(SpokenInTls(hello.substr(0, n)), Spoken::kNotKnownYet) << n;
    }
    EXPECT_EQ(SpokenInTls(hello), Spoken::kHttp2);
  }
  EXPECT_EQ(SpokenInTls(Hello({})), Spoken::kHttp1);
  EXPECT_EQ(SpokenInTls(Hello({"http/1.1"})), Spoken::kHttp1);
  EXPECT_EQ(SpokenInTls("GET / HTTP/1.1\r\n"), Spoken::kHttp1);
}

TEST(FirstWordsTest, WhateverIsSentIsReadWithinItsBounds) {
  const std::string hello = Hello({"http/1.1", "h2"});
  for (std::size_t i = 0; i < hello.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      std::string changed = hello;
      changed[i] = static_cast<char>(value);
      SpokenInTls(changed);
    }
  }
  EXPECT_EQ(SpokenInTls("\x16\x03\x01\xff\xff"), Spoken::kHttp1);
}

}  // namespace
}  // namespace mlup::gateway
