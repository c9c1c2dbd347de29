// Searches through the service: on record before they are answered, and nothing told of whom the
// reader may not read.
#include "services/search/search_service.h"

#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/base/categories.h"
#include "mlup/common/v1/common.pb.h"
#include "mlup/privacy/v1/erasure_events.pb.h"
#include "projections/case_history/case_history_projection.h"
#include "services/domain/account.h"
#include "services/privacy/sealing.h"
#include "services/query/audit_world.h"

namespace mlup::search {
namespace {

using projections::TestId;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr unsigned kDara = 1;
constexpr unsigned kOther = 2;

constexpr char kSearchRoles[] = R"(
  roles { name: "social_worker" label: "Social worker" may_open_personal: true
          calls: "mlup.search.v1.SearchService/*" calls: "mlup.audit.v1.AuditService/*" }
  roles { name: "trainer" label: "Trainer" calls: "mlup.search.v1.SearchService/*" }
  roles { name: "auditor" label: "Auditor" calls: "mlup.audit.v1.AuditService/*" }
)";

// Who holds what, each in one role.
class TestHolders final : public identity::Holders {
 public:
  std::shared_ptr<const identity::Standing> Find(std::string_view actor_id) const override {
    const auto found = standings.find(std::string(actor_id));
    return found == standings.end() ? nullptr : found->second;
  }
  void Grant(const std::string& actor_id, const std::string& role, const std::string& organisation,
             identity::v1::GrantScope scope) {
    auto standing = std::make_shared<identity::Standing>();
    standing->organisations.insert(organisation);
    standing->roles.push_back({role, organisation, scope});
    standings[actor_id] = std::move(standing);
  }

  std::map<std::string, std::shared_ptr<const identity::Standing>> standings;
};

class SearchServiceTest : public testing::Test {
 protected:
  SearchServiceTest()
      : keyring_path_(absl::StrCat(testing::TempDir(), "search_service_test.", ::getpid(), ".",
                                   testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::remove(keyring_path_.c_str());
    keyring_ = *privacy::Keyring::Open(keyring_path_);
    log_.SealWith([this](const log::v1::Event& event, const std::string& stream,
                         const std::string& subject, const std::string& personal) {
      return privacy::Seal(keyring_->KeysFor({subject})->front(), event, stream, subject, personal);
    });
    holders_.Grant("staff-sw-1", "social_worker", "mro", identity::v1::GRANT_SCOPE_ORGANISATION);
    holders_.Grant("staff-tr-1", "trainer", "mro", identity::v1::GRANT_SCOPE_ALL);
    holders_.Grant("auditor-1", "auditor", "mro", identity::v1::GRANT_SCOPE_ALL);
    policy_.Follow(holders_);
    histories_.emplace(log_.reader(), projection_, rows_);
    indexer_.emplace(log_.reader(), *keyring_, Key('k'));
    disclosure_.emplace(broken_, *keyring_, log_.clock(), log_.random(), watch_);
    service_.emplace(SearchService::Parts{broken_, policy_, *keyring_, log_.clock(), *disclosure_,
                                          *indexer_, rows_, *histories_});
  }
  ~SearchServiceTest() override { std::remove(keyring_path_.c_str()); }

  static std::string Key(char of) { return std::string(privacy::SecretKey::kBytes, of); }
  Position Register(unsigned person, const std::string& name) {
    cases::v1::PersonRegistered event;
    event.mutable_person()->set_person_id(TestId(person));
    event.mutable_person()->set_sex(cases::v1::SEX_FEMALE);
    event.mutable_person()->set_birth_month("2014-03");
    event.mutable_person()->set_residence_province_code("02");
    event.mutable_person()->set_name_latin(name);
    return log_.Append(PersonStream(TestId(person)), event);
  }
  void RegisterElsewhere(unsigned person, const std::string& name) {
    log_.envelope().mutable_actor()->set_organisation_id("other-org");
    Register(person, name);
    log_.envelope().mutable_actor()->set_organisation_id("mro");
  }
  void Correct(Position target, const std::string& json) {
    common::v1::DetailsCorrected event;
    event.set_corrects_event_id(log_.id_of(target));
    event.set_reason("misheard");
    auto& person = *event.add_persons();
    person.set_person_id(TestId(kDara));
    auto& change = *person.add_personal_changes();
    change.set_field("person.name_latin");
    change.set_new_value(json);
    log_.Append(PersonStream(TestId(kDara)), event);
  }
  void Void(Position target) {
    common::v1::EntryVoided event;
    event.set_voids_event_id(log_.id_of(target));
    event.set_reason("duplicate_entry");
    log_.Append(PersonStream(TestId(kDara)), event);
  }
  void Erase(unsigned person) {
    privacy::v1::PersonDataErased event;
    event.set_approval_id(TestId(90));
    event.add_key_ids(TestId(91));
    log_.Append(absl::StrCat("erasure/", TestId(person)), event);
  }

  static v1::SearchPersonsRequest Ask(const std::string& name,
                                      const std::string& actor = "staff-sw-1",
                                      const std::string& role = "social_worker") {
    v1::SearchPersonsRequest request;
    request.set_actor_id(actor);
    request.set_role(role);
    request.set_organisation_id("mro");
    request.set_purpose("before_registering");
    request.add_names(name);
    return request;
  }
  v1::SearchPersonsResponse Search(const v1::SearchPersonsRequest& request) {
    const auto response = service_->SearchPersons(request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::SearchPersonsResponse();
  }
  std::vector<std::string> Found(const std::string& name) {
    std::vector<std::string> ids;
    const v1::SearchPersonsResponse response = Search(Ask(name));
    for (const v1::Candidate& candidate : response.candidates()) {
      ids.push_back(candidate.person_id());
    }
    return ids;
  }
  std::vector<audit::v1::RecordAccessed> Readings(const std::string& stream) {
    log::v1::ReadStreamRequest request;
    request.set_stream(stream);
    std::vector<audit::v1::RecordAccessed> readings;
    const auto page = log_.log().ReadStream(request);
    for (const log::v1::Record& record : page->records()) {
      audit::v1::RecordAccessed reading;
      if (record.event().type() != reading.GetTypeName()) continue;
      EXPECT_TRUE(reading.ParseFromString(record.event().common()));
      readings.push_back(reading);
    }
    return readings;
  }
  std::vector<audit::v1::RecordAccessed> SearchesBy(const std::string& actor) {
    return Readings(absl::StrCat("access/", std::string(RecordIdOf(domain::AccountStream(actor)))));
  }

  const std::string keyring_path_;
  projections::TestLog log_;
  query::BrokenLog broken_{log_.log()};
  TestHolders holders_;
  identity::Policy policy_ = *identity::Policy::Parse(kSearchRoles);
  std::unique_ptr<privacy::Keyring> keyring_;
  const projections::CaseHistoryProjection projection_;
  projections::MemoryReadModelStore rows_;
  std::optional<projections::Worker> histories_;
  std::optional<Indexer> indexer_;
  query::ReadingWatch watch_{log_.clock(), {}, {.persons = 1}};
  std::optional<query::Disclosure> disclosure_;
  std::optional<SearchService> service_;
};

TEST_F(SearchServiceTest, ACandidateIsShownWithWhatAgrees) {
  Register(kDara, "Sok Dara");
  Register(kOther, "Heng Phalla");
  v1::SearchPersonsRequest request = Ask("សុខ ដារ៉ា");
  request.set_birth("2014-03");
  const v1::SearchPersonsResponse response = Search(request);
  ASSERT_EQ(response.candidates_size(), 1);
  const v1::Candidate& candidate = response.candidates(0);
  EXPECT_EQ(candidate.person_id(), TestId(kDara));
  EXPECT_THAT(candidate.names(), ElementsAre("Sok Dara"));
  EXPECT_THAT(candidate.reasons(),
              ElementsAre("the name sounds alike", "the month of birth is the same"));
  EXPECT_EQ(candidate.birth_month(), "2014-03");
  EXPECT_TRUE(candidate.may_read());
  EXPECT_EQ(response.left_out(), 0u);
}

TEST_F(SearchServiceTest, TheSearchAndWhomItFoundAreOnRecordBeforeTheAnswer) {
  Register(kDara, "Sok Dara");
  const v1::SearchPersonsResponse response = Search(Ask("Sok Dara"));
  const auto searches = SearchesBy("staff-sw-1");
  const auto found = Readings("access/" + TestId(kDara));
  ASSERT_EQ(searches.size(), 1u);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(searches[0].scope(), "");
  EXPECT_EQ(searches[0].result(), audit::v1::ACCESS_RESULT_SERVED);
  EXPECT_EQ(found[0].scope(), PersonStream(TestId(kDara)));
  EXPECT_EQ(found[0].search_digest(), searches[0].search_digest());
  EXPECT_EQ(found[0].search_digest().size(), 64u);
  EXPECT_EQ(response.access_position(), 2u);
  Search(Ask("Nobody At All"));
  ASSERT_EQ(SearchesBy("staff-sw-1").size(), 2u);
  EXPECT_EQ(SearchesBy("staff-sw-1")[1].result(), audit::v1::ACCESS_RESULT_UNKNOWN);
  EXPECT_NE(SearchesBy("staff-sw-1")[1].search_digest(), searches[0].search_digest());
}

TEST_F(SearchServiceTest, WithoutARecordOfTheSearchNothingIsTold) {
  Register(kDara, "Sok Dara");
  broken_.broken = true;
  EXPECT_EQ(ErrorReason(service_->SearchPersons(Ask("Sok Dara")).status()), "DISK_GONE");
}

TEST_F(SearchServiceTest, WhoMayNotSearchIsRefusedOnRecordAndToldNothing) {
  Register(kDara, "Sok Dara");
  const auto known = service_->SearchPersons(Ask("Sok Dara", "auditor-1", "auditor"));
  const auto unknown = service_->SearchPersons(Ask("Nobody", "auditor-1", "auditor"));
  EXPECT_EQ(ErrorReason(known.status()), "CALL_NOT_GRANTED");
  EXPECT_EQ(known.status(), unknown.status());
  ASSERT_EQ(SearchesBy("auditor-1").size(), 2u);
  EXPECT_EQ(SearchesBy("auditor-1")[0].result(), audit::v1::ACCESS_RESULT_REFUSED);
  EXPECT_THAT(Readings("access/" + TestId(kDara)), IsEmpty());
}

TEST_F(SearchServiceTest, OfWhomTheReaderMayNotReadOnlyTheOrganisationIsTold) {
  RegisterElsewhere(kDara, "Sok Dara");
  const v1::SearchPersonsResponse response = Search(Ask("Sok Dara"));
  ASSERT_EQ(response.candidates_size(), 1);
  const v1::Candidate& candidate = response.candidates(0);
  EXPECT_FALSE(candidate.may_read());
  EXPECT_EQ(candidate.ask_organisation_id(), "other-org");
  EXPECT_EQ(candidate.score(), 100u);
  EXPECT_THAT(candidate.names(), IsEmpty());
  EXPECT_EQ(candidate.sex(), cases::v1::SEX_UNSPECIFIED);
  EXPECT_EQ(candidate.birth_month(), "");
  EXPECT_EQ(candidate.residence_province_code(), "");
}

TEST_F(SearchServiceTest, ARoleThatMaySearchAndReadNoHistoriesIsToldThatSomebodyMayExist) {
  Register(kDara, "Sok Dara");
  const auto response = Search(Ask("Sok Dara", "staff-tr-1", "trainer"));
  ASSERT_EQ(response.candidates_size(), 1);
  EXPECT_FALSE(response.candidates(0).may_read());
  EXPECT_THAT(response.DebugString(), Not(HasSubstr("Dara")));
}

TEST_F(SearchServiceTest, NobodyIsToldOfWhatIsForOthersEyesOnly) {
  log_.envelope().set_sensitivity(log::v1::SENSITIVITY_SAFEGUARDING);
  Register(kDara, "Sok Dara");
  log_.envelope().set_sensitivity(log::v1::SENSITIVITY_NORMAL);
  EXPECT_THAT(Found("Sok Dara"), IsEmpty());
  EXPECT_THAT(Readings("access/" + TestId(kDara)), IsEmpty());
}

TEST_F(SearchServiceTest, WhatIsCorrectedIsFoundAsItIsNowAndWhatIsVoidedNotAtAll) {
  const Position registered = Register(kDara, "Sok Dara");
  Correct(registered, "\"Heng Phalla\"");
  EXPECT_THAT(Found("Sok Dara"), IsEmpty());
  EXPECT_THAT(Found("Heng Phalla"), ElementsAre(TestId(kDara)));
  Void(registered);
  EXPECT_THAT(Found("Heng Phalla"), IsEmpty());
}

TEST_F(SearchServiceTest, AnErasureTakesThePersonOutForGood) {
  Register(kDara, "Sok Dara");
  EXPECT_THAT(Found("Sok Dara"), ElementsAre(TestId(kDara)));
  EXPECT_EQ(indexer_->index().size(), 1u);
  Erase(kDara);
  EXPECT_THAT(Found("Sok Dara"), IsEmpty());
  EXPECT_EQ(indexer_->index().size(), 0u);
  Register(kDara, "Sok Dara");
  EXPECT_THAT(Found("Sok Dara"), IsEmpty());
}

TEST_F(SearchServiceTest, WithoutThePersonsKeyNothingOfThePersonComesIn) {
  Register(kDara, "Sok Dara");
  const std::string other_path = keyring_path_ + ".other";
  std::remove(other_path.c_str());
  const std::unique_ptr<privacy::Keyring> other = *privacy::Keyring::Open(other_path);
  const Indexer indexer(log_.reader(), *other, Key('k'));
  EXPECT_TRUE(indexer.WaitUntil(log_.head(), absl::Seconds(30)).ok());
  EXPECT_EQ(indexer.index().size(), 0u);
  std::remove(other_path.c_str());
}

TEST_F(SearchServiceTest, AnIndexMadeAnewFindsTheSame) {
  Register(kDara, "Sok Dara");
  for (unsigned person = 10; person < 60; ++person) {
    Register(person, absl::StrCat("Sok Dara ", person));
  }
  EXPECT_TRUE(indexer_->WaitUntil(log_.head(), absl::Seconds(30)).ok());
  const Indexer indexer(log_.reader(), *keyring_, Key('j'));
  EXPECT_TRUE(indexer.WaitUntil(log_.head(), absl::Seconds(30)).ok());
  const auto find = [](const PersonIndex& in) {
    Query query;
    query.names.push_back(in.tokens().OfName("Sokh Tara"));
    std::vector<std::string> found;
    for (const Match& match : in.Find(query, 100).best) {
      found.push_back(absl::StrCat(match.person_id, " ", match.agreed.score));
    }
    return found;
  };
  EXPECT_EQ(find(indexer.index()), find(indexer_->index()));
  EXPECT_EQ(find(indexer.index()).size(), 51u);
}

TEST_F(SearchServiceTest, DismissedAndPossibleDuplicatesAreToldOfBoth) {
  Register(kDara, "Sok Dara");
  Register(kOther, "Sok Tara");
  cases::v1::PossibleDuplicateFound found;
  found.mutable_person()->set_person_id(TestId(kDara));
  found.mutable_other()->set_person_id(TestId(kOther));
  found.set_method("same_sound_and_birth");
  log_.Append(PersonStream(TestId(kDara)), found);
  v1::SearchPersonsResponse response = Search(Ask("Sok Dara"));
  ASSERT_EQ(response.candidates_size(), 2);
  EXPECT_THAT(response.candidates(0).possible_duplicates(), ElementsAre(TestId(kOther)));
  EXPECT_THAT(response.candidates(1).possible_duplicates(), ElementsAre(TestId(kDara)));
  cases::v1::PossibleDuplicateDismissed dismissed;
  dismissed.mutable_person()->set_person_id(TestId(kDara));
  dismissed.mutable_other()->set_person_id(TestId(kOther));
  dismissed.set_reason("other_village");
  log_.Append(PersonStream(TestId(kDara)), dismissed);
  response = Search(Ask("Sok Dara"));
  EXPECT_THAT(response.candidates(0).possible_duplicates(), IsEmpty());
  EXPECT_THAT(response.candidates(0).dismissed_duplicates(), ElementsAre(TestId(kOther)));
  EXPECT_THAT(response.candidates(1).dismissed_duplicates(), ElementsAre(TestId(kDara)));
}

TEST_F(SearchServiceTest, AnAnswerIsBoundedAndTellsHowManyAreLeftOut) {
  for (unsigned person = 10; person < 75; ++person) Register(person, "Sok Dara");
  v1::SearchPersonsRequest request = Ask("Sok Dara");
  EXPECT_EQ(Search(request).candidates_size(), 10);
  EXPECT_EQ(Search(request).left_out(), 55u);
  request.set_limit(50);
  EXPECT_EQ(Search(request).candidates_size(), 50);
  request.set_limit(51);
  EXPECT_EQ(ErrorField(service_->SearchPersons(request).status()), "limit");
}

TEST_F(SearchServiceTest, WhoseNamesAreShownCountAsRead) {
  Register(kDara, "Sok Dara");
  Register(kOther, "Sok Tara");
  Search(Ask("Sok Dara"));
  EXPECT_EQ(watch_.Counts().at("many_persons"), 1u);
}

TEST_F(SearchServiceTest, WhomOnlyOthersMayReadDoNotCountAsRead) {
  RegisterElsewhere(kDara, "Sok Dara");
  RegisterElsewhere(kOther, "Sok Tara");
  Search(Ask("Sok Dara"));
  EXPECT_EQ(watch_.Counts().at("many_persons"), 0u);
}

TEST_F(SearchServiceTest, ABadRequestNamesItsField) {
  v1::SearchPersonsRequest request = Ask("Sok Dara");
  request.clear_purpose();
  EXPECT_EQ(ErrorField(service_->SearchPersons(request).status()), "purpose");
  EXPECT_THAT(SearchesBy("staff-sw-1"), IsEmpty());
}

}  // namespace
}  // namespace mlup::search
