// Single records read from the end to the beginning, in pages of any size.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/sharing/sharing_test_world.h"

namespace mlup::sharing {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// One subscriber for each page size, so that nobody has received anything before.
constexpr std::uint32_t kPages[] = {1, 2, 3, 100};

std::string Name(std::uint32_t page) { return "pages-of-" + std::to_string(page); }

// `filter` and what else stands in each one's agreement.
std::string Subscribers(const std::string& agreement) {
  std::string text;
  for (const std::uint32_t page : kPages) {
    text += "subscribers { subscriber_id: \"" + Name(page) +
            "\" organisation_id: \"ministry\" purpose: \"referrals\" agreement { " + agreement +
            " fields { type: \"*\" paths: \"*\" } } }";
  }
  return text;
}

constexpr char kWithConsent[] =
    "filter { type_prefixes: \"mlup.\" } consent: CONSENT_PURPOSE_SHARE_WITH_GOVERNMENT";
constexpr char kCasesOnly[] =
    "filter { types: \"mlup.cases.v1.CaseOpened\" types: \"mlup.cases.v1.ServiceProvided\" }";

std::vector<std::uint64_t> Read(TestWorld& world, std::uint32_t page,
                                log::v1::Direction direction = log::v1::DIRECTION_BACKWARD) {
  std::vector<std::uint64_t> positions;
  for (const log::v1::Record& record : world.ReadSingly(Name(page), page, direction)) {
    positions.push_back(record.position());
  }
  return positions;
}

TEST(BackwardTest, AVoidComesBeforeWhatItVoids) {
  TestWorld world(Subscribers(kWithConsent));
  world.Register(1);
  world.Consent(1);
  const Position opened = world.OpenCase(11, 1);
  const Position served = world.Serve(11);
  common::v1::DetailsCorrected correction;
  correction.set_corrects_event_id(world.log().id_of(served));
  auto* change = correction.add_changes();
  change->set_field("service_code");
  change->set_old_value("\"counselling\"");
  change->set_new_value("\"legal_aid\"");
  const Position corrected = world.log().Append(CaseStream(11), correction);
  world.Void(CaseStream(11), corrected);
  world.Void(CaseStream(11), opened);
  for (const std::uint32_t page : kPages) {
    EXPECT_THAT(Read(world, page), ElementsAre(7, 6, 5, 4, 3, 2, 1)) << page;
  }
}

TEST(BackwardTest, OfWhatMayNotBeSeenNoVoidIsTold) {
  TestWorld world(Subscribers(kWithConsent));
  world.Register(1);
  world.Consent(1);
  world.Register(2);
  world.OpenCase(12, 2);
  world.Void(CaseStream(12), world.Serve(12));
  for (const std::uint32_t page : kPages) {
    EXPECT_THAT(Read(world, page), ElementsAre(2, 1)) << page;
  }
}

TEST(BackwardTest, WhatTheAgreementDoesNotCoverComesAsAReference) {
  TestWorld world(Subscribers(kCasesOnly));
  world.Register(1);
  world.OpenCase(11, 1);
  const Position voided = world.Void(CaseStream(11), world.Serve(11));
  world.Void(PersonStream(1), {1});
  for (const std::uint32_t page : kPages) {
    EXPECT_THAT(Read(world, page), ElementsAre(4, 3, 2)) << page;
    EXPECT_EQ(world.OutcomeOf(Name(page), voided), Outcome::kReference) << page;
  }
}

TEST(BackwardTest, MergesAndErasuresComeBeforeWhatIsToldOfThePerson) {
  TestWorld world(Subscribers(kWithConsent));
  for (const unsigned person : {1U, 2U, 3U}) world.Register(person);
  for (const unsigned person : {1U, 2U}) world.Consent(person);
  const Position merge = world.Merge(1, 2);
  world.Unmerge(1, merge);
  world.Erase(3);
  world.Erase(1);
  for (const std::uint32_t page : kPages) {
    EXPECT_THAT(Read(world, page), ElementsAre(9, 7, 6, 5, 4, 2, 1)) << page;
  }
}

TEST(BackwardTest, ALongChainIsFollowedAsFarAsItsLimitAndNoFurther) {
  TestWorld world(Subscribers(kWithConsent));
  world.Register(1);
  world.Consent(1);
  world.OpenCase(11, 1);
  Position last = world.Serve(11);
  for (int i = 0; i < 12; ++i) last = world.Void(CaseStream(11), last);
  // The last ones are withheld; from where the chain can be followed nothing is missing.
  const std::vector<std::uint64_t> seen = Read(world, 1);
  EXPECT_EQ(seen.size(), 12U);
  EXPECT_EQ(seen.front(), 12U);
}

TEST(BackwardTest, ForwardNothingIsToldOfWhatComesOnlyBackward) {
  TestWorld world(Subscribers(kWithConsent));
  world.Register(1);
  const Position consent = world.Consent(1);
  world.OpenCase(11, 1);
  const Position served = world.Serve(11);
  const Position voided = world.Void(CaseStream(11), served);
  // Who begins in the middle has not received what is voided.
  log::v1::ReadAllRequest request;
  request.set_from_position(voided.value);
  const auto page = *world.log().log().ReadAll(request);
  const auto seen = world.sharing().feeds().Filter(
      Name(1), {page.records().begin(), page.records().end()}, log::v1::DIRECTION_FORWARD);
  EXPECT_THAT(*seen, IsEmpty());
  EXPECT_EQ(world.OutcomeOf(Name(1), voided), Outcome::kNotReceivedBefore);
  for (const std::uint32_t size : {2U, 3U, 100U}) {
    EXPECT_THAT(Read(world, size, log::v1::DIRECTION_FORWARD),
                ElementsAre(1, consent.value, 3, served.value, voided.value));
  }
}

}  // namespace
}  // namespace mlup::sharing
