// A log with people, consents and subscribers, for tests of sharing.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/cases/v1/person_record_events.pb.h"
#include "mlup/common/v1/common.pb.h"
#include "mlup/privacy/v1/erasure_events.pb.h"
#include "projections/test_log.h"
#include "services/sharing/sharing.h"

namespace mlup::sharing {

using projections::TestId;

inline std::string PersonStream(unsigned person) { return "person/" + TestId(person); }
inline std::string CaseStream(unsigned number) { return "case/" + TestId(number); }

// One world a test; 2021. Persons and cases are numbers.
class TestWorld {
 public:
  explicit TestWorld(std::string subscribers)
      : text_(std::move(subscribers)),
        consents_(std::make_unique<projections::MemoryReadModelStore>()),
        ledger_(std::make_unique<projections::MemoryReadModelStore>()) {
    Restart();
  }

  // Opens everything again on what is kept.
  void Restart() {
    sharing_.reset();
    Sharing::Stores stores{std::make_unique<Borrowed>(*consents_),
                           std::make_unique<Borrowed>(*ledger_)};
    auto opened = Sharing::Open(std::move(stores), text_, log_.reader(), log_.clock());
    EXPECT_TRUE(opened.ok()) << opened.status();
    sharing_ = *std::move(opened);
  }

  // As a power cut or a lost folder does.
  void LoseLedger() {
    EXPECT_TRUE(ledger_->Clear().ok());
    Restart();
  }

  projections::TestLog& log() { return log_; }
  Sharing& sharing() { return *sharing_; }

  Position Register(unsigned person) {
    cases::v1::PersonRegistered event;
    event.mutable_person()->set_person_id(TestId(person));
    event.mutable_person()->set_sex(cases::v1::SEX_FEMALE);
    event.mutable_person()->set_residence_province_code("02");
    event.mutable_person()->set_name_latin("Canary Name");
    return log_.Append(PersonStream(person), event);
  }

  Position Consent(
      unsigned person, bool given = true, const std::string& valid_until = "",
      cases::v1::ConsentPurpose purpose = cases::v1::CONSENT_PURPOSE_SHARE_WITH_GOVERNMENT) {
    cases::v1::ConsentRecorded event;
    event.mutable_person()->set_person_id(TestId(person));
    event.mutable_person()->set_decision(given ? cases::v1::CONSENT_DECISION_GIVEN
                                               : cases::v1::CONSENT_DECISION_REFUSED);
    event.mutable_person()->set_purpose(purpose);
    event.mutable_person()->set_valid_until(valid_until);
    event.set_wording_version("2020-1");
    return log_.Append(PersonStream(person), event);
  }

  Position OpenCase(unsigned number, unsigned child) {
    cases::v1::CaseOpened event;
    event.mutable_child()->set_person_id(TestId(child));
    event.set_case_type(cases::v1::CASE_TYPE_CHILD_PROTECTION);
    event.set_owner_org_id(TestId(900));
    return log_.Append(CaseStream(number), event);
  }

  // Without any part.
  Position Serve(unsigned number) {
    cases::v1::ServiceProvided event;
    event.set_service_code("counselling");
    event.set_provider_kind(common::v1::PROVIDER_KIND_OWN);
    event.set_recipient(cases::v1::SERVICE_RECIPIENT_CHILD);
    return log_.Append(CaseStream(number), event);
  }

  Position Void(const std::string& stream, Position target) {
    common::v1::EntryVoided event;
    event.set_voids_event_id(log_.id_of(target));
    event.set_reason("duplicate_entry");
    return log_.Append(stream, event);
  }

  Position Withdraw(unsigned person, Position consent) {
    cases::v1::ConsentWithdrawn event;
    event.mutable_person()->set_person_id(TestId(person));
    event.mutable_person()->set_purpose(cases::v1::CONSENT_PURPOSE_SHARE_WITH_GOVERNMENT);
    event.set_consent_event_id(log_.id_of(consent));
    return log_.Append(PersonStream(person), event);
  }

  Position Report(unsigned incident, const std::vector<unsigned>& children) {
    cases::v1::IncidentReported event;
    for (const unsigned child : children) {
      auto* about = event.add_children();
      about->set_person_id(TestId(child));
      about->set_incident_category(cases::v1::INCIDENT_CATEGORY_NEGLECT);
      about->set_violence_type("not_stated");
    }
    event.set_police_informed(true);
    return log_.Append("incident/" + TestId(incident), event);
  }

  Position Merge(unsigned ended, unsigned survivor) {
    cases::v1::PersonsMerged event;
    event.mutable_person()->set_person_id(TestId(ended));
    event.mutable_survivor()->set_person_id(TestId(survivor));
    event.set_approval_id(TestId(901));
    return log_.Append(PersonStream(ended), event);
  }

  Position Unmerge(unsigned ended, Position merge) {
    cases::v1::PersonsUnmerged event;
    event.mutable_person()->set_person_id(TestId(ended));
    event.set_merge_event_id(log_.id_of(merge));
    event.set_reason("two_persons_after_all");
    return log_.Append(PersonStream(ended), event);
  }

  // As the release that erases will record it.
  Position Erase(unsigned person) {
    privacy::v1::PersonDataErased event;
    event.set_approval_id(TestId(902));
    event.set_scope("all_personal");
    event.set_legal_ground("request_of_person");
    event.add_key_ids(TestId(800 + person));
    event.add_subscribers_notified("somebody-else");
    return log_.Append("erasure/" + TestId(person), event);
  }

  std::unique_ptr<Feed> Open(std::string_view subscriber, Position after = {}) {
    log::v1::SubscribeRequest request;
    request.set_after_position(after.value);
    auto feed = sharing_->feeds().Open(subscriber, request);
    EXPECT_TRUE(feed.ok()) << feed.status();
    return *std::move(feed);
  }

  // Everything that `feed` gives until it has caught up.
  std::vector<log::v1::Record> Drain(Feed& feed) {
    std::vector<log::v1::Record> records;
    for (int i = 0; i < 1000; ++i) {
      const absl::StatusOr<FeedStep> step = feed.Next(absl::Seconds(5));
      EXPECT_TRUE(step.ok()) << step.status();
      if (!step.ok()) break;
      records.insert(records.end(), step->records.begin(), step->records.end());
      if (step->caught_up && step->position >= *log_.log().Head()) return records;
    }
    ADD_FAILURE() << "the feed does not catch up";
    return records;
  }

  // Everything that single records give from the end to the beginning, or the other way, in pages
  // of `page` records.
  std::vector<log::v1::Record> ReadSingly(std::string_view subscriber, std::uint32_t page,
                                          log::v1::Direction direction) {
    std::vector<log::v1::Record> seen;
    log::v1::ReadAllRequest request;
    request.set_direction(direction);
    request.set_limit(page);
    do {
      const auto read = log_.log().ReadAll(request);
      EXPECT_TRUE(read.ok()) << read.status();
      auto some = sharing_->feeds().Filter(
          subscriber, {read->records().begin(), read->records().end()}, direction);
      EXPECT_TRUE(some.ok()) << some.status();
      seen.insert(seen.end(), some->begin(), some->end());
      request.set_from_position(read->next_position());
    } while (request.from_position() != 0);
    return seen;
  }

  Outcome OutcomeOf(std::string_view subscriber, Position position) {
    return *sharing_->ledger().ReceivedBy(subscriber).OutcomeAt(position);
  }

 private:
  // A store that stays when the one who opened it goes.
  class Borrowed final : public projections::ReadModelStore {
   public:
    explicit Borrowed(projections::ReadModelStore& store) : store_(store) {}
    absl::Status Commit(const projections::Rows& rows,
                        const projections::Checkpoint& checkpoint) override {
      return store_.Commit(rows, checkpoint);
    }
    absl::Status Clear() override { return store_.Clear(); }
    std::unique_ptr<projections::Snapshot> TakeSnapshot() const override {
      return store_.TakeSnapshot();
    }

   private:
    projections::ReadModelStore& store_;
  };

  const std::string text_;
  projections::TestLog log_;
  const std::unique_ptr<projections::ReadModelStore> consents_;
  const std::unique_ptr<projections::ReadModelStore> ledger_;
  std::unique_ptr<Sharing> sharing_;
};

// A ministry that sees all events of cases with the consent of whom they concern, and an own system
// that sees everything.
inline constexpr char kTwoSubscribers[] = R"(
subscribers {
  subscriber_id: "ministry" label: "Ministry" organisation_id: "ministry" purpose: "referrals"
  source_system: "primero"
  agreement {
    filter { type_prefixes: "mlup.cases.v1." }
    fields { type: "*" paths: "*" }
    consent: CONSENT_PURPOSE_SHARE_WITH_GOVERNMENT
  }
}
subscribers {
  subscriber_id: "own" organisation_id: "mro" purpose: "reporting"
  agreement { filter { type_prefixes: "mlup." } fields { type: "*" paths: "*" } }
}
)";

}  // namespace mlup::sharing
