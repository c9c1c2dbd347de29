// What `mlup subscribe` asks for, prints and keeps.
#include "services/mlup/commands/subscribe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/simulated_files.h"
#include "eventstore/base/status.h"
#include "eventstore/payload/payload.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "services/mlup/record_line.h"

namespace mlup::cli {
namespace {

using testing::HasSubstr;

TEST(SubscribeTest, OptionsBecomeAFilterAndABeginning) {
  SubscribeOptions options;
  options.choice = {.categories = {"case", "person"},
                    .types = {"mlup.cases.v1.CaseClosed", "mlup.training.v1."},
                    .streams = {"case/"},
                    .sectors = {"case_mgmt"},
                    .places = {"12"},
                    .correlations = {"visit-7"},
                    .sources = {"oscar/12"},
                    .system = true};
  options.from = "7";
  const auto request = RequestOf(options);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->filter().categories_size(), 2);
  EXPECT_EQ(request->filter().types(0), "mlup.cases.v1.CaseClosed");
  EXPECT_EQ(request->filter().type_prefixes(0), "mlup.training.v1.");
  EXPECT_EQ(request->filter().sectors(0), log::v1::SECTOR_CASE_MGMT);
  EXPECT_EQ(request->filter().correlation_ids(0), "visit-7");
  EXPECT_EQ(request->filter().sources(0), "oscar/12");
  EXPECT_EQ(request->after_position(), 6u);
  EXPECT_TRUE(request->include_system());
}

TEST(SubscribeTest, TheBeginningIsAWordAPositionOrATime) {
  const auto from = [](const std::string& text) {
    SubscribeOptions options;
    options.from = text;
    return RequestOf(options);
  };
  EXPECT_EQ(from("start")->after_position(), 0u);
  EXPECT_TRUE(from("end")->from_end());
  EXPECT_EQ(from("0")->after_position(), 0u);
  EXPECT_EQ(from("7-00000000000000aa")->history(), 0xaau);
  // Midnight in Phnom Penh.
  EXPECT_EQ(from("2021-04-22")->from_time().seconds(), 1619024400);
  EXPECT_EQ(from("2021-04-22T00:00:00+07:00")->from_time().seconds(), 1619024400);
  EXPECT_EQ(ErrorField(from("tomorrow").status()), "--from");
  SubscribeOptions options;
  options.choice.sectors = {"nothing"};
  EXPECT_EQ(ErrorField(RequestOf(options).status()), "--sector");
}

TEST(SubscribeTest, WhatCanFitNothingIsAnswered) {
  const auto type = [](const std::string& name) {
    SubscribeOptions options;
    options.choice.types = {name};
    return RequestOf(options).status();
  };
  EXPECT_EQ(ErrorField(type("CaseOpened")), "--type");
  EXPECT_THAT(std::string(type("CaseOpened").message()), HasSubstr("mlup.cases.v1.CaseOpened"));
  EXPECT_EQ(ErrorField(type("mlup.cases.v1.CaseOpend")), "--type");
  EXPECT_EQ(ErrorField(type("mlup.case.")), "--type");
  // What another system writes is a mlup.ext.v1.ExternalEvent here.
  EXPECT_EQ(ErrorField(type("order_placed")), "--type");
  SubscribeOptions options;
  options.choice.categories = {"cases"};
  EXPECT_THAT(std::string(RequestOf(options).status().message()),
              HasSubstr("; did you mean case?"));
  options.choice = {};
  options.choice.streams = {"cases/018f"};
  EXPECT_EQ(ErrorField(RequestOf(options).status()), "--stream");
  options.choice = {};
  options.choice.sectors = {"case_mgnt"};
  EXPECT_THAT(std::string(RequestOf(options).status().message()),
              HasSubstr("; did you mean case_mgmt?"));
  options.choice = {};
  options.choice.places = {"99"};
  EXPECT_EQ(ErrorField(RequestOf(options).status()), "--place");
}

TEST(SubscribeTest, ThePlaceIsKeptAndReadBack) {
  SimulatedFiles files;
  ASSERT_TRUE(files.MakeFolder("/state").ok());
  bool found = true;
  EXPECT_EQ(*ReadPlace(files, "/state/a", found), Place{});
  EXPECT_FALSE(found);
  const Place place{.position = 12, .history = 0xfedcba9876543210};
  ASSERT_TRUE(WritePlace(files, "/state/a", place).ok());
  EXPECT_EQ(*ReadPlace(files, "/state/a", found), place);
  EXPECT_TRUE(found);
  ASSERT_TRUE(files.Replace("/state/a", "position 12").ok());
  EXPECT_EQ(ErrorReason(ReadPlace(files, "/state/a", found).status()), "STATE_INVALID");
}

TEST(SubscribeTest, AStateIsForItsOwnFilter) {
  SubscribeOptions options;
  options.choice.categories = {"case"};
  const std::string cases = FilterOf(*RequestOf(options));
  options.choice.categories = {"person"};
  const std::string persons = FilterOf(*RequestOf(options));
  EXPECT_EQ(PlaceFor({12, 3}, cases)->filter, cases) << "a file of an earlier version";
  EXPECT_EQ(PlaceFor({12, 3, cases}, cases)->position, 12u);
  EXPECT_EQ(ErrorReason(PlaceFor({12, 3, cases}, persons).status()), "STATE_OF_ANOTHER_FILTER");
}

TEST(SubscribeTest, EveryKindOfMessageMovesThePlace) {
  log::v1::SubscribeResponse message;
  EXPECT_EQ(PlaceAfter(message, {3, 4}), (Place{3, 4}));
  message.set_history(9);
  message.mutable_batch()->add_records()->set_position(5);
  EXPECT_EQ(PlaceAfter(message, {3, 4}), (Place{5, 9}));
  message.mutable_checkpoint()->set_position(6);
  EXPECT_EQ(PlaceAfter(message, {3, 4}), (Place{6, 9}));
  message.mutable_caught_up()->set_position(7);
  EXPECT_EQ(PlaceAfter(message, {3, 4}), (Place{7, 9}));
}

TEST(RecordLineTest, ClearFieldsAreShownAndSealedOnesNever) {
  cases::v1::PersonRegistered registered;
  registered.mutable_person()->set_person_id("018f0000-0000-7000-8000-000000000001");
  registered.mutable_person()->set_name_latin("Invented");
  const auto split = payload::Split(registered);
  ASSERT_TRUE(split.ok()) << split.status();
  log::v1::Record record;
  record.set_position(7);
  record.set_stream("person/018f0000-0000-7000-8000-000000000001");
  record.mutable_recorded_at()->set_seconds(1619024400);
  log::v1::Event& event = *record.mutable_event();
  event.set_type("mlup.cases.v1.PersonRegistered");
  event.set_place("12");
  event.set_common(split->common);
  auto& part = *event.add_subjects();
  part.set_subject_id(split->parts[0].subject_id);
  part.set_clear(split->parts[0].clear);
  part.set_sealed(split->parts[0].personal);
  const std::string line = RecordLine(record);
  EXPECT_THAT(line, testing::Not(HasSubstr("Invented")));
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["position"], 7);
  EXPECT_EQ(json["recorded_at"], "2021-04-21T17:00:00Z");
  EXPECT_EQ(json["place"], "12");
  EXPECT_EQ(json["subjects"][0], "018f0000-0000-7000-8000-000000000001");
  EXPECT_EQ(json["fields"]["person"]["person_id"], "018f0000-0000-7000-8000-000000000001");
  event.set_type("mlup.other.v1.Unknown");
  EXPECT_TRUE(nlohmann::json::parse(RecordLine(record))["fields"].is_null());
}

}  // namespace
}  // namespace mlup::cli
