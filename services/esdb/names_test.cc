// Names go over and come back.
#include "services/esdb/names.h"

#include "gtest/gtest.h"

#include "eventstore/base/limits.h"

namespace mlup::esdb {
namespace {

struct Case {
  const char* client;
  NameKind kind;
  const char* stream;
};

TEST(NamesTest, EveryKindOfNameGoesOverAndBack) {
  const Case cases[] = {
      {"case-018f3c6e7d4b7a018f3c6e7d4b7a0001", NameKind::kDomain,
       "case/018f3c6e-7d4b-7a01-8f3c-6e7d4b7a0001"},
      {"community_group-018f3c6e7d4b7a018f3c6e7d4b7a0001", NameKind::kDomain,
       "community_group/018f3c6e-7d4b-7a01-8f3c-6e7d4b7a0001"},
      {"order-7", NameKind::kExternal, "ext/order-7"},
      {"orders/7", NameKind::kExternal, "ext/orders/7"},
      {"ext-7", NameKind::kExternal, "ext/ext-7"},
      {"ext/7", NameKind::kExternal, "ext/ext/7"},
      {"កុមារ-៧", NameKind::kExternal, "ext/កុមារ-៧"},
      {"$$order-7", NameKind::kMetadata, "ext/$$order-7"},
  };
  for (const Case& c : cases) {
    const auto name = ParseName(c.client);
    ASSERT_TRUE(name.ok()) << c.client;
    EXPECT_EQ(name->kind, c.kind) << c.client;
    EXPECT_EQ(name->stream, c.stream);
    EXPECT_EQ(ClientName(c.stream), c.client);
  }
}

TEST(NamesTest, LinkStreamsAreVirtual) {
  EXPECT_EQ(ParseName("$ce-order")->kind, NameKind::kCategory);
  EXPECT_EQ(ParseName("$ce-order")->stream, "order");
  EXPECT_EQ(ParseName("$et-mlup.cases.v1.CaseClosed")->kind, NameKind::kType);
}

TEST(NamesTest, NamesOfDomainCategoriesAndTheSystemAreReserved) {
  for (const char* name :
       {"case-7", "person-", "system-map", "$settings", "$", "$$case-7", "$$$$x", "$$",
        "$$case-018f3c6e7d4b7a018f3c6e7d4b7a0001", "case-018F3C6E7D4B7A018F3C6E7D4B7A0001"}) {
    EXPECT_EQ(ParseName(name)->kind, NameKind::kReserved) << name;
  }
}

TEST(NamesTest, AStreamFromElsewhereCannotPassForOneOfOurs) {
  const std::string stream = "ext/case-018f3c6e7d4b7a018f3c6e7d4b7a0001";
  EXPECT_EQ(ClientName(stream), stream);
  EXPECT_EQ(ParseName(stream)->stream, stream);
  EXPECT_EQ(ClientName("ext/$ce-case"), "ext/$ce-case");
  EXPECT_EQ(ClientName("system/map"), "");
}

TEST(NamesTest, MetadataBelongsToItsStream) {
  EXPECT_EQ(ParseName("order-7")->MetadataStream(), "ext/$$order-7");
  EXPECT_EQ(StreamOfMetadata("ext/$$order-7"), "ext/order-7");
  EXPECT_EQ(StreamOfMetadata("ext/order-7"), "");
  EXPECT_EQ(StreamOfMetadata("case/018f3c6e-7d4b-7a01-8f3c-6e7d4b7a0001"), "");
}

TEST(NamesTest, WhatIsNotANameIsRefused) {
  for (const std::string& name :
       {std::string(), std::string(kEsdbNameMax + 1, 'a'), std::string("a\nb"),
        std::string("a\0b", 3), std::string("\xff")}) {
    EXPECT_EQ(ErrorReason(ParseName(name).status()), "STREAM_NAME_INVALID");
  }
  const std::string longest(kEsdbNameMax, 'a');
  EXPECT_TRUE(ParseName(longest).ok());
  // Its metadata has a name too.
  EXPECT_EQ(ParseName("$$" + longest)->kind, NameKind::kMetadata);
  EXPECT_EQ(ParseName("$$a" + longest)->kind, NameKind::kReserved);
  EXPECT_EQ(ParseName("$ce-" + longest)->kind, NameKind::kCategory);
}

}  // namespace
}  // namespace mlup::esdb
