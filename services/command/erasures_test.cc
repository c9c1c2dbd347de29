// Erasing a person's data: two people, no hold, and nothing personal under that id afterwards.
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "eventstore/payload/payload.h"
#include "mlup/privacy/v1/erasure_events.pb.h"
#include "services/command/recording_test.h"
#include "services/privacy/sealing.h"

namespace mlup::command {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kApproval[] = "018f3c6e-0000-7000-8000-000000000041";

class ErasuresTest : public RecordingTest {
 protected:
  static std::string Erased(const std::string& person, const std::string& rest = "") {
    return absl::StrCat("stream: 'erasure/", person, "' person_data_erased { approval_id: '",
                        kApproval, "' scope: 'all_personal' legal_ground: 'request_of_person' ",
                        rest, " }");
  }
  std::string Approve(const std::string& subject = "ERASURE") {
    EXPECT_EQ(Record("ask", {Asked(Person(kSok), kApproval, subject)}), "") << error_;
    auto grant = CaseRequest("grant", {Granted(Person(kSok), kApproval)});
    grant.mutable_context()->set_actor_id("staff-sw-2");
    return Record(grant);
  }
  // Whether what is sealed in the record at `position` can still be opened.
  absl::Status Opens(std::uint64_t position) {
    const log::pb::Record record = world_.Records().at(position - 1);
    return privacy::Open(world_.keyring(), record.event(), record.stream(),
                         record.event().subjects(0))
        .status();
  }
};

TEST_F(ErasuresTest, TheKeyIsGoneWhenTheAnswerComes) {
  ASSERT_EQ(Register(), "");
  ASSERT_EQ(Register(kDara, "other"), "");
  EXPECT_TRUE(Opens(1).ok());
  ASSERT_EQ(Approve(), "") << error_;
  const std::string key_id = *world_.keyring().KeyIdOf(kSok);
  ASSERT_EQ(Record("erase", {Erased(kSok, absl::StrCat("key_ids: '", kDara, "'"))}), "") << error_;
  EXPECT_EQ(ErrorReason(Opens(1)), "KEY_DESTROYED");
  EXPECT_TRUE(Opens(2).ok());
  const auto message = payload::JoinClear(world_.Records().back().event());
  const auto& erased = dynamic_cast<const ::mlup::privacy::v1::PersonDataErased&>(**message);
  EXPECT_THAT(erased.key_ids(), ElementsAre(key_id));
}

TEST_F(ErasuresTest, NothingPersonalComesBackUnderTheId) {
  ASSERT_EQ(Register(), "");
  ASSERT_EQ(Approve(), "");
  ASSERT_EQ(Record("erase", {Erased(kSok)}), "") << error_;
  const std::uint64_t head = Head();
  EXPECT_EQ(Record("note", {Note(kSok)}), "PERSON_ERASED");
  EXPECT_EQ(ErrorField(error_), "facts[0].note_recorded");
  EXPECT_THAT(error_.message(), HasSubstr("register them anew"));
  auto only_checked = CaseRequest("checked", {Note(kSok)});
  only_checked.set_validate_only(true);
  EXPECT_EQ(Record(only_checked), "PERSON_ERASED");
  EXPECT_EQ(Head(), head);
  EXPECT_EQ(Record("again", {Erased(kSok)}), "STREAM_EXISTS");
  // The same request is answered as the first time.
  EXPECT_EQ(Record("erase", {Erased(kSok)}), "");
  EXPECT_TRUE(last_.replayed());
}

TEST_F(ErasuresTest, ItNeedsAnApprovalOfItsKind) {
  ASSERT_EQ(Register(), "");
  EXPECT_EQ(Record("erase", {Erased(kSok)}), "APPROVAL_MISSING");
  EXPECT_EQ(ErrorField(error_), "facts[0].person_data_erased.approval_id");
  ASSERT_EQ(Approve("MERGE"), "");
  EXPECT_EQ(Record("erase", {Erased(kSok)}), "APPROVAL_MISSING");
  EXPECT_TRUE(Opens(1).ok());
}

TEST_F(ErasuresTest, WhoAskedDoesNotGrant) {
  ASSERT_EQ(Register(), "");
  ASSERT_EQ(Record("ask", {Asked(Person(kSok), kApproval, "ERASURE")}), "");
  EXPECT_EQ(Record("grant", {Granted(Person(kSok), kApproval)}), "SAME_PERSON_ASKED");
}

TEST_F(ErasuresTest, AHoldBeatsIt) {
  ASSERT_EQ(Register(), "");
  ASSERT_EQ(Approve(), "");
  const auto held = [](const std::string& fact, const std::string& rest) {
    return OnPerson(kSok, absl::StrCat(fact, " { person { person_id: '", kSok, "' } hold_id: '",
                                       kDara, "' ", rest, " }"));
  };
  ASSERT_EQ(Record("hold", {held("retention_hold_placed",
                                 "scope: HOLD_SCOPE_WHOLE_RECORD legal_ground: 'court_case'")}),
            "")
      << error_;
  EXPECT_EQ(Record("erase", {Erased(kSok)}), "RETENTION_HOLD");
  ASSERT_EQ(Record("release", {held("retention_hold_released", "reason: 'court_case_over'")}), "")
      << error_;
  EXPECT_EQ(Record("erase", {Erased(kSok)}), "") << error_;
}

TEST_F(ErasuresTest, WhoIsNotKeptCannotBeErased) {
  // Nothing personal is known of her.
  const std::string registered =
      absl::StrCat("person_registered { person { person_id: '", kSok,
                   "' sex: SEX_FEMALE residence_province_code: '02' } }");
  ASSERT_EQ(Record("register", {OnPerson(kSok, registered)}), "") << error_;
  ASSERT_EQ(Approve(), "") << error_;
  EXPECT_EQ(Record("erase", {Erased(kSok)}), "NOTHING_SEALED");
}

TEST_F(ErasuresTest, OfManyRequestsEachIsAnsweredByItself) {
  ASSERT_EQ(Register(), "");
  ASSERT_EQ(Register(kDara, "other"), "");
  ASSERT_EQ(Approve(), "");
  const auto erase = CaseRequest("erase", {Erased(kSok)});
  const auto note = CaseRequest("note", {Note(kSok)});
  const auto other = CaseRequest("other-note", {Note(kDara)});
  const auto results = world_.commands().RecordEach({&erase, &note, &other});
  EXPECT_TRUE(results[0].ok()) << results[0].status();
  EXPECT_EQ(ErrorReason(Opens(1)), "KEY_DESTROYED");
  EXPECT_TRUE(results[2].ok()) << results[2].status();
  // Decided before the key was gone, it may have been sealed with it; nobody can open it.
  if (results[1].ok()) {
    EXPECT_EQ(ErrorReason(Opens(results[1]->first_position())), "KEY_DESTROYED");
  }
}

}  // namespace
}  // namespace mlup::command
