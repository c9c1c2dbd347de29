// A log with children, read models and people who read histories, for tests of the audit service.
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include <gtest/gtest.h>

#include "eventstore/log/forwarding_event_log.h"
#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/common/v1/common.pb.h"
#include "projections/case_history/case_history_projection.h"
#include "projections/test_log.h"
#include "services/privacy/sealing.h"
#include "services/query/audit_service.h"

namespace mlup::query {

using audit::v1::GetCaseHistoryRequest;
using audit::v1::GetCaseHistoryResponse;
using audit::v1::HistoryEntry;
using projections::TestId;

inline constexpr unsigned kChild = 1;
inline constexpr unsigned kSibling = 2;
inline constexpr unsigned kCase = 10;

inline constexpr char kAuditRoles[] = R"(
  roles { name: "case_manager" label: "Case manager" calls: "mlup.audit.v1.AuditService/*"
          may_open_personal: true may_reveal_special: true may_read_safeguarding: true }
  roles { name: "director" label: "Director" calls: "mlup.audit.v1.AuditService/*"
          may_open_personal: true }
  roles { name: "mel_officer" label: "MEL officer" calls: "mlup.audit.v1.AuditService/*" }
  roles { name: "reader" label: "Reader" calls: "mlup.audit.v1.AuditService/GetCaseHistory" }
  roles { name: "trainer" label: "Trainer" }
  roles { name: "social_worker" label: "Social worker" }
  actors { actor_id: "staff-cm-1" label: "Case manager 1" organisation_id: "mro" roles: "case_manager" }
  actors { actor_id: "staff-cm-2" label: "Case manager 2" organisation_id: "mro" roles: "case_manager" }
  actors { actor_id: "staff-dir-1" label: "Director 1" organisation_id: "mro" roles: "director" }
  actors { actor_id: "staff-mel-1" label: "MEL officer 1" organisation_id: "mro" roles: "mel_officer" }
  actors { actor_id: "staff-rd-1" label: "Reader 1" organisation_id: "mro" roles: "reader" }
  actors { actor_id: "staff-tr-1" label: "Trainer 1" organisation_id: "mro" roles: "trainer" }
  actors { actor_id: "staff-sw-1" label: "Social worker 1" organisation_id: "mro" roles: "social_worker" }
)";

// A log that can lose its disk.
class BrokenLog final : public log::ForwardingEventLog {
 public:
  using ForwardingEventLog::ForwardingEventLog;
  absl::StatusOr<log::pb::AppendResponse> Append(const log::pb::AppendRequest& request) override {
    if (broken) return Error(absl::StatusCode::kUnavailable, "DISK_GONE", "the disk is gone");
    return ForwardingEventLog::Append(request);
  }

  bool broken = false;
};

// Makes bundles that say of whom they are, and how much of the log there was.
class FakeBundles final : public proofs::BundleMaker {
 public:
  explicit FakeBundles(log::EventLog& log) : log_(log) {}
  absl::StatusOr<std::string> MakeBundle(const std::string& subject_id) override {
    return absl::StrCat(subject_id, " at ", log_.Head()->value);
  }

 private:
  log::EventLog& log_;
};

class AuditWorld : public testing::Test {
 protected:
  AuditWorld()
      : keyring_path_(absl::StrCat(
            testing::TempDir(), "audit_service_test.", ::getpid(), ".",
            absl::StrReplaceAll(testing::UnitTest::GetInstance()->current_test_info()->name(),
                                {{"/", "."}}))) {
    std::remove(keyring_path_.c_str());
    keyring_ = *privacy::Keyring::Open(keyring_path_);
    log_.SealWith([this](const log::v1::Event& event, const std::string& stream,
                         const std::string& subject, const std::string& personal) {
      return privacy::Seal(keyring_->KeysFor({subject})->front(), event, stream, subject, personal);
    });
    worker_.emplace(log_.reader(), projection_, store_);
    disclosure_.emplace(broken_, *keyring_, log_.clock(), log_.random(), watch_);
    service_.emplace(AuditService::Parts{broken_, policy_, *keyring_, log_.clock(), *disclosure_,
                                         store_, *worker_, bundles_});
  }
  ~AuditWorld() override { std::remove(keyring_path_.c_str()); }

  Position Register(unsigned person, const std::string& name) {
    cases::v1::PersonRegistered event;
    event.mutable_person()->set_person_id(TestId(person));
    event.mutable_person()->set_sex(cases::v1::SEX_FEMALE);
    event.mutable_person()->set_residence_province_code("02");
    event.mutable_person()->set_name_latin(name);
    return log_.Append("person/" + TestId(person), event);
  }
  Position OpenCase() {
    cases::v1::CaseOpened event;
    event.mutable_child()->set_person_id(TestId(kChild));
    event.set_case_type(cases::v1::CASE_TYPE_KINSHIP_SUPPORT);
    return log_.Append("case/" + TestId(kCase), event);
  }
  Position Note(const std::string& text) {
    cases::v1::NoteRecorded event;
    event.mutable_person()->set_person_id(TestId(kChild));
    event.mutable_person()->set_text(text);
    event.set_kind(cases::v1::NOTE_KIND_NOTE);
    return log_.Append("case/" + TestId(kCase), event);
  }
  Position Void(const std::string& stream, Position target) {
    common::v1::EntryVoided event;
    event.set_voids_event_id(log_.id_of(target));
    event.set_reason("duplicate_entry");
    return log_.Append(stream, event);
  }

  static GetCaseHistoryRequest Request(unsigned id, const std::string& actor = "staff-cm-1",
                                       const std::string& role = "case_manager") {
    GetCaseHistoryRequest request;
    request.set_actor_id(actor);
    request.set_role(role);
    request.set_organisation_id("mro");
    request.set_id(TestId(id));
    request.set_purpose("case_review");
    return request;
  }
  GetCaseHistoryResponse Read(const GetCaseHistoryRequest& request) {
    const auto response = service_->GetCaseHistory(request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : GetCaseHistoryResponse();
  }
  static audit::v1::ExportBundleRequest ExportRequest(unsigned id,
                                                      const std::string& actor = "staff-cm-1",
                                                      const std::string& role = "case_manager") {
    audit::v1::ExportBundleRequest request;
    request.set_actor_id(actor);
    request.set_role(role);
    request.set_organisation_id("mro");
    request.set_id(TestId(id));
    request.set_purpose("court_request");
    return request;
  }
  // What the log says about reads of a person, and about files with what is held.
  std::vector<audit::v1::RecordAccessed> Accesses(unsigned person) {
    return OnAccessStream<audit::v1::RecordAccessed>(person);
  }
  std::vector<audit::v1::DataExported> Exports(unsigned person) {
    return OnAccessStream<audit::v1::DataExported>(person);
  }
  template <typename Event>
  std::vector<Event> OnAccessStream(unsigned person) {
    log::v1::ReadStreamRequest request;
    request.set_stream("access/" + TestId(person));
    std::vector<Event> events;
    const auto page = log_.log().ReadStream(request);
    for (const log::v1::Record& record : page->records()) {
      if (record.event().type() != Event::descriptor()->full_name()) continue;
      EXPECT_TRUE(events.emplace_back().ParseFromString(record.event().common()));
    }
    return events;
  }
  static std::string DetailsOf(const HistoryEntry& entry) {
    std::string text;
    for (const auto& detail : entry.details()) {
      absl::StrAppend(&text, detail.label(), ": ", detail.before(),
                      detail.has_before() ? " → " : "", detail.value(), "\n");
    }
    return text;
  }
  static std::vector<std::uint64_t> Positions(const GetCaseHistoryResponse& response) {
    std::vector<std::uint64_t> positions;
    for (const HistoryEntry& entry : response.entries()) positions.push_back(entry.position());
    return positions;
  }

  const std::string keyring_path_;
  projections::TestLog log_;
  BrokenLog broken_{log_.log()};
  FakeBundles bundles_{log_.log()};
  const identity::Policy policy_ = *identity::Policy::Parse(kAuditRoles);
  std::unique_ptr<privacy::Keyring> keyring_;
  const projections::CaseHistoryProjection projection_;
  projections::MemoryReadModelStore store_;
  std::optional<projections::Worker> worker_;
  ReadingWatch watch_{log_.clock(), {}, {.unknown_ids = 1}};
  std::optional<Disclosure> disclosure_;
  std::optional<AuditService> service_;
};

}  // namespace mlup::query
