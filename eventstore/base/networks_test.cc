#include "eventstore/base/networks.h"

#include "gtest/gtest.h"
#include <netinet/in.h>

namespace mlup {
namespace {

IpAddress Address(std::string_view text) {
  const std::optional<IpAddress> address = ParseAddress(text);
  EXPECT_TRUE(address.has_value()) << text;
  return address.value_or(IpAddress{});
}

TEST(NetworksTest, AnAddressIsReadAndWritten) {
  for (const char* text : {"10.0.0.1", "255.255.255.255", "::1", "fd00::1", "2a00:1450::200e"}) {
    EXPECT_EQ(ToString(Address(text)), text);
  }
  EXPECT_EQ(Address("[::1]"), Address("::1"));
  EXPECT_EQ(Address("::ffff:10.0.0.1"), Address("10.0.0.1"));
  for (const char* text :
       {"", "localhost", "10.0.0", "10.0.0.256", "010.0.0.1", "[10.0.0.1", "::g"}) {
    EXPECT_FALSE(ParseAddress(text).has_value()) << text;
  }
}

TEST(NetworksTest, ASocketsAddressIsThatOfItsFamily) {
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_addr.s_addr = htonl(0x0a000001);
  EXPECT_EQ(AddressOf(reinterpret_cast<const sockaddr&>(four)), Address("10.0.0.1"));
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_addr.s6_addr[15] = 1;
  EXPECT_EQ(AddressOf(reinterpret_cast<const sockaddr&>(six)), Address("::1"));
  sockaddr other{};
  other.sa_family = AF_UNIX;
  EXPECT_EQ(AddressOf(other), std::nullopt);
}

TEST(NetworksTest, ANetworkHasTheAddressesOfItsBits) {
  struct Case {
    const char* network;
    const char* inside;
    const char* outside;
  };
  for (const Case& one :
       {Case{"10.0.0.0/8", "10.255.0.1", "11.0.0.0"},
        Case{"172.16.0.0/12", "172.31.255.255", "172.32.0.0"},
        Case{"192.168.1.7", "192.168.1.7", "192.168.1.6"}, Case{"0.0.0.0/0", "8.8.8.8", "::1"},
        Case{"fd00::/8", "fdff::1", "fe00::1"}, Case{"fe80::/10", "febf::1", "fec0::1"},
        Case{"::1", "::1", "::2"}}) {
    const std::optional<Network> network = Network::Parse(one.network);
    ASSERT_TRUE(network.has_value()) << one.network;
    EXPECT_TRUE(network->Has(Address(one.inside))) << one.network;
    EXPECT_FALSE(network->Has(Address(one.outside))) << one.network;
  }
  for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8",
                           "10.0.0.1/8", "fd00::/129", "example.org/8", "10.0.0.0/ 8"}) {
    EXPECT_FALSE(Network::Parse(text).has_value()) << text;
  }
}

TEST(NetworksTest, OnlyWhatTheInternetLeadsToIsPublic) {
  for (const char* text :
       {"1.1.1.1", "8.8.8.8", "172.15.255.255", "172.32.0.0", "100.63.0.1", "2a00:1450::200e",
        "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1"}) {
    EXPECT_TRUE(IsPublic(Address(text))) << text;
  }
  for (const char* text :
       {"0.0.0.0",     "127.0.0.1",        "127.9.9.9",       "10.1.2.3",        "172.16.0.1",
        "172.31.0.1",  "192.168.0.1",      "169.254.169.254", "100.64.0.1",      "198.18.0.1",
        "192.0.2.1",   "203.0.113.9",      "224.0.0.1",       "255.255.255.255", "::",
        "::1",         "::ffff:127.0.0.1", "::127.0.0.1",     "fe80::1",         "fc00::1",
        "fd12::1",     "ff02::1",          "64:ff9b::7f00:1", "2002:7f00:1::",   "2002:a00:1::",
        "2001:db8::1", "4000::1"}) {
    EXPECT_FALSE(IsPublic(Address(text))) << text;
  }
}

}  // namespace
}  // namespace mlup
