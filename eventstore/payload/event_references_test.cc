// What the marks of the event types say, and that no id is without one.
#include "eventstore/payload/event_references.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/base/categories.h"
#include "eventstore/payload/event_types.h"
#include "eventstore/payload/payload.h"
#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/command/v1/command.pb.h"
#include "mlup/common/v1/common.pb.h"
#include "mlup/donations/v1/donation_events.pb.h"
#include "mlup/training/v1/training_events.pb.h"

namespace mlup::payload::event_references_test {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kA[] = "0190a000-0000-7000-8000-00000000000a";
constexpr char kB[] = "0190a000-0000-7000-8000-00000000000b";

// Visits every field of an event type.
template <typename Visit>
void ForEachField(const Descriptor& type, const Visit& visit) {
  for (int i = 0; i < type.field_count(); ++i) {
    visit(*type.field(i));
    if (type.field(i)->message_type() != nullptr) {
      ForEachField(*type.field(i)->message_type(), visit);
    }
  }
}

int MarksOn(const FieldDescriptor& field) {
  const auto& options = field.options();
  return (options.HasExtension(event::v1::refers) ? 1 : 0) +
         (options.ExtensionSize(event::v1::names) > 0 ? 1 : 0) +
         (options.HasExtension(event::v1::names_by) ? 1 : 0) +
         (options.HasExtension(event::v1::names_other) ? 1 : 0);
}

TEST(EventReferencesTest, EveryIdSaysWhatItNames) {
  for (const Descriptor* type : EventTypes()) {
    ForEachField(*type, [](const FieldDescriptor& field) {
      const auto format = field.options().GetExtension(command::v1::rule).format();
      EXPECT_EQ(MarksOn(field), format == command::v1::FORMAT_UUID ? 1 : 0) << field.full_name();
    });
  }
}

TEST(EventReferencesTest, EveryCategoryThatIsNamedIsInTheTable) {
  for (const Descriptor* type : EventTypes()) {
    for (const auto& category : type->options().GetExtension(command::v1::event).categories()) {
      EXPECT_TRUE(IsKnownCategory(category)) << type->full_name() << " on " << category;
    }
    ForEachField(*type, [](const FieldDescriptor& field) {
      for (int i = 0; i < field.options().ExtensionSize(event::v1::names); ++i) {
        EXPECT_TRUE(IsKnownCategory(field.options().GetExtension(event::v1::names, i)))
            << field.full_name();
      }
    });
  }
}

TEST(EventReferencesTest, APersonInAPartStandsOnlyWhereEventsMayBeAboutPersons) {
  for (const Descriptor* type : EventTypes()) {
    bool has_person = false;
    ForEachField(*type, [&](const FieldDescriptor& field) {
      has_person = has_person || !AboutField(field).empty();
    });
    // A correction has a part where the event that it corrects has one.
    if (!has_person || MarksOf(*type).Refers(event::v1::REFERENCE_CORRECTS)) continue;
    for (const auto& category : type->options().GetExtension(command::v1::event).categories()) {
      EXPECT_TRUE(CategoryFor(category).may_be_about_person)
          << type->full_name() << " on " << category;
    }
  }
}

TEST(EventReferencesTest, AnEventTellsWhichOtherItRefersToAndHow) {
  common::v1::EntryVoided voided;
  EXPECT_THAT(ReferencesOf(voided), IsEmpty());
  voided.set_voids_event_id(kA);
  ASSERT_EQ(ReferencesOf(voided).size(), 1u);
  EXPECT_EQ(ReferenceOf(voided, event::v1::REFERENCE_VOIDS), kA);
  EXPECT_EQ(ReferenceOf(voided, event::v1::REFERENCE_CORRECTS), "");

  cases::v1::TestimonyRecorded testimony;
  testimony.mutable_person()->set_consent_event_id(kB);
  EXPECT_EQ(ReferenceOf(testimony, event::v1::REFERENCE_CONSENT), kB);
  EXPECT_FALSE(MarksOf(*testimony.GetDescriptor()).follows_others);
}

TEST(EventReferencesTest, WhatFollowsOthersIsWhatChangesWhatWasTold) {
  std::vector<std::string> types;
  for (const Descriptor* type : EventTypes()) {
    if (MarksOf(*type).follows_others) types.push_back(type->name());
  }
  EXPECT_THAT(types,
              testing::UnorderedElementsAre(
                  "PersonsMerged", "PersonsUnmerged", "HouseholdsMerged", "HouseholdsUnmerged",
                  "CasesMerged", "CasesUnmerged", "OrganisationsMerged", "OrganisationsUnmerged",
                  "EntryVoided", "DetailsCorrected", "DistributionReversed", "DonationReversed"));
}

TEST(EventReferencesTest, ARecipientIsOfTheCategoryThatItsKindSays) {
  donations::v1::ItemsDistributed goods;
  goods.set_recipient_id(kA);
  goods.set_donation_id(kB);
  const FieldDescriptor& id = *goods.GetDescriptor()->FindFieldByName("recipient_id");
  EXPECT_THAT(CategoriesNamed(goods, id), IsEmpty());
  EXPECT_THAT(ConcernedBy(goods, event::v1::CONCERN_RECIPIENT), IsEmpty());
  goods.set_recipient_kind(common::v1::RECIPIENT_KIND_GROUP);
  EXPECT_THAT(CategoriesNamed(goods, id), ElementsAre("club", "community_group"));
  goods.set_recipient_kind(common::v1::RECIPIENT_KIND_HOUSEHOLD);
  const auto recipients = ConcernedBy(goods, event::v1::CONCERN_RECIPIENT);
  ASSERT_EQ(recipients.size(), 1u);
  EXPECT_EQ(recipients[0].Stream(), std::string("household/") + kA);
  const auto sources = ConcernedBy(goods, event::v1::CONCERN_SOURCE);
  ASSERT_EQ(sources.size(), 1u);
  EXPECT_EQ(sources[0].Stream(), std::string("donation/") + kB);
}

TEST(EventReferencesTest, ListsAndSubMessagesAreReadToTheEnd) {
  cases::v1::CaseGroupFormed formed;
  formed.add_case_ids(kA);
  formed.add_case_ids(kB);
  EXPECT_EQ(ConcernedBy(formed, event::v1::CONCERN_MEMBER).size(), 2u);
  cases::v1::PersonsMerged merged;
  EXPECT_THAT(ConcernedBy(merged), IsEmpty());
  merged.mutable_person()->set_person_id(kA);
  merged.mutable_survivor()->set_person_id(kB);
  const auto survivors = ConcernedBy(merged, event::v1::CONCERN_SURVIVOR);
  ASSERT_EQ(survivors.size(), 1u);
  EXPECT_EQ(survivors[0].Stream(), PersonStream(kB));
}

TEST(EventReferencesTest, OneWhomNobodyKnowsIsNotEverybody) {
  EXPECT_TRUE(MarksOf(*training::v1::TestResultRecorded::descriptor()).is_never_common);
  EXPECT_TRUE(MarksOf(*common::v1::EntryVoided::descriptor()).is_never_common);
  EXPECT_FALSE(MarksOf(*training::v1::HeadcountRecorded::descriptor()).is_never_common);
  EXPECT_FALSE(MarksOf(*cases::v1::HouseholdsUnmerged::descriptor()).is_never_common);
}

}  // namespace
}  // namespace mlup::payload::event_references_test
