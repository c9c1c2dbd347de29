// What a device takes along.
#include "services/sync/feed.h"

#include <string>

#include <gtest/gtest.h>

#include "projections/case_history/case_history_projection.h"
#include "projections/shared_reader.h"
#include "projections/store/read_model_store.h"
#include "services/sync/sync_world.h"

namespace mlup::sync::feed_test {
namespace {

constexpr char kTask[] = "018f3c6e-0000-7000-8000-0000000000d1";

class FakeBundles final : public proofs::BundleMaker {
 public:
  absl::StatusOr<std::string> MakeBundle(const std::string& subject_id) override {
    return subject_id;
  }
};

class FeedTest : public testing::Test, public SyncWorld {
 protected:
  FeedTest() {
    EXPECT_EQ(world_.policy().Replace(R"(
        roles { name: 'worker' records: '*' records: 'cases/*' records: 'identity/*'
                calls: 'mlup.audit.v1.AuditService/*' may_open_personal: true may_import: true }
        roles { name: 'trainer' records: 'cases/*' }
        actors { actor_id: 'staff-sw-1' organisation_id: 'mro' roles: 'worker' roles: 'trainer' }
        actors { actor_id: 'staff-sw-2' organisation_id: 'mro' roles: 'worker' })"),
              absl::OkStatus());
  }

  static v1::PullChangesRequest Request(const Device& device = kFirst) {
    v1::PullChangesRequest request;
    request.set_actor_id(device.actor_id);
    request.set_role("worker");
    request.set_organisation_id("mro");
    request.set_device(device.name);
    return request;
  }
  absl::StatusOr<v1::PullChangesResponse> TryPull(const v1::PullChangesRequest& request,
                                                  const Device& device = kFirst) {
    const identity::Caller caller(identity::Caller::Kind::kAccount, device.actor_id, "session",
                                  device.name);
    return feed_.PullChanges(request, &caller);
  }
  v1::PullChangesResponse Pull(const v1::PullChangesRequest& request,
                               const Device& device = kFirst) {
    const auto response = TryPull(request, device);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::PullChangesResponse();
  }
  // A child with a case, which staff-sw-1 opens.
  void Open(const std::string& child) {
    Register(child);
    Record("open-" + child, {command::Opened(child)});
  }
  void Assign(const std::string& child, const std::string& worker, bool assigned = true) {
    Record(absl::StrCat(assigned ? "assign-" : "unassign-", worker, child),
           {command::OnCase(
               child, absl::StrCat(assigned ? "case_worker_assigned" : "case_worker_unassigned",
                                   " { worker_id: '", worker, "' ",
                                   assigned ? "" : "reason: 'moved' ", "}"))});
  }
  std::size_t Readings() {
    std::size_t readings = 0;
    for (const auto& record : world_.Records()) {
      if (record.event().type() == "mlup.audit.v1.RecordAccessed") ++readings;
    }
    return readings;
  }

  projections::SharedReader reader_{world_.log()};
  const projections::CaseHistoryProjection projection_;
  projections::MemoryReadModelStore store_;
  projections::Worker worker_{reader_, projection_, store_};
  SeededRandom random_{3};
  query::ReadingWatch watch_{world_.clock(), {}};
  query::Disclosure disclosure_{world_.log(), world_.keyring(), world_.clock(), random_, watch_};
  FakeBundles bundles_;
  query::AuditService audit_{{world_.log(), world_.policy(), world_.keyring(), world_.clock(),
                              disclosure_, store_, worker_, bundles_}};
  Feed feed_{{accounts_, world_.policy(), audit_, world_.commands().known(), world_.log(),
              world_.keyring(), world_.clock(), random_}};
};

TEST_F(FeedTest, TheOwnersCasesComeWithWhatTheyRestOn) {
  Open(kSok);
  Open(kDara);
  Assign(kDara, "staff-sw-2");
  Record("task", {command::OnCase(
                     kSok, absl::StrCat("task_created { task_id: '", kTask,
                                        "' kind: TASK_KIND_FOLLOW_UP due_on: '2021-05-01' }"))});
  const v1::PullChangesResponse pulled = Pull(Request());
  ASSERT_EQ(pulled.cases_size(), 1) << "the other one is no longer who opened it";
  const v1::CaseUpdate& update = pulled.cases(0);
  EXPECT_EQ(update.case_id(), kSok);
  EXPECT_EQ(update.subject(), "Sokha");
  EXPECT_EQ(update.entries_size(), 3);
  ASSERT_EQ(update.heads_size(), 2);
  EXPECT_EQ(update.heads(0).stream(), "case/" + std::string(kSok));
  EXPECT_EQ(update.heads(0).revision(), 2u);
  ASSERT_EQ(update.open_tasks_size(), 1);
  EXPECT_EQ(update.open_tasks(0).due_on(), "2021-05-01");
  EXPECT_EQ(pulled.next_sequence(), 1u);
  EXPECT_EQ(pulled.reference_version(), ReferenceVersion());
  EXPECT_EQ(Readings(), 1u);
}

TEST_F(FeedTest, OnlyWhatIsNewComesAgain) {
  Open(kSok);
  v1::PullChangesRequest request = Request();
  request.set_since(Pull(request).position());
  request.add_held_case_ids(kSok);
  EXPECT_EQ(Pull(request).cases_size(), 0);
  EXPECT_EQ(Readings(), 1u) << "what did not change is not read";
  Record("note", {command::Note(kSok)});
  const v1::PullChangesResponse pulled = Pull(request);
  ASSERT_EQ(pulled.cases_size(), 1);
  EXPECT_EQ(pulled.cases(0).entries_size(), 1);
  EXPECT_EQ(pulled.cases(0).heads(0).revision(), 2u);
  // What was voided since comes again, with what voids it.
  request.set_since(pulled.position());
  Record("void", {command::Voided(kSok, pulled.cases(0).entries(0).event_id())});
  EXPECT_EQ(Pull(request).cases(0).entries_size(), 2);
}

TEST_F(FeedTest, WhatIsNoLongerTheOwnersIsDropped) {
  Open(kSok);
  v1::PullChangesRequest request = Request();
  request.set_since(Pull(request).position());
  request.add_held_case_ids(kSok);
  request.add_held_case_ids(kTask);
  Assign(kSok, "staff-sw-2");
  const v1::PullChangesResponse pulled = Pull(request);
  EXPECT_EQ(pulled.cases_size(), 0);
  EXPECT_EQ(pulled.dropped_case_ids_size(), 2) << "whether there is such a case is not told";
  EXPECT_EQ(Pull(Request(kSecond), kSecond).cases_size(), 1);
}

TEST_F(FeedTest, PagesAreSmallAndLeadToTheEnd) {
  Open(kSok);
  Open(kDara);
  for (int i = 0; i < 5; ++i) Record(absl::StrCat("note-", i), {command::Note(kDara)});
  v1::PullChangesRequest request = Request();
  request.set_page_size(3);
  int entries = 0;
  int pages = 0;
  while (true) {
    const v1::PullChangesResponse page = Pull(request);
    ++pages;
    int on_page = 0;
    for (const auto& update : page.cases()) on_page += update.entries_size();
    EXPECT_LE(on_page, 3);
    entries += on_page;
    request.set_page_token(page.next_page_token());
    if (request.page_token().empty()) {
      EXPECT_GT(page.position(), 0u);
      break;
    }
    EXPECT_EQ(page.position(), 0u);
    ASSERT_LT(pages, 10);
  }
  EXPECT_EQ(entries, 2 + 2 + 5);
  request.set_page_token("no token");
  EXPECT_EQ(ErrorReason(TryPull(request).status()), "PAGE_TOKEN_INVALID");
}

TEST_F(FeedTest, RefusalsComeDownOnce) {
  Register(kSok);
  Send(kFirst, {Make(kFirst, "bad", {AsProto(Person(kSok), Moved(kSok, "99"))})});
  v1::PullChangesRequest request = Request();
  const v1::PullChangesResponse pulled = Pull(request);
  ASSERT_EQ(pulled.refused_items_size(), 1);
  EXPECT_EQ(pulled.refused_items(0).sequence(), 1u);
  EXPECT_EQ(pulled.refused_items(0).refusal().info().reason(), "FORMAT_PROVINCE");
  EXPECT_EQ(pulled.next_sequence(), 2u);
  request.set_since(pulled.position());
  EXPECT_EQ(Pull(request).refused_items_size(), 0);
}

TEST_F(FeedTest, WhoMayNotReadGetsNothing) {
  Open(kSok);
  v1::PullChangesRequest request = Request();
  request.set_role("trainer");
  EXPECT_EQ(ErrorReason(TryPull(request).status()), "CALL_NOT_GRANTED");
  EXPECT_EQ(ErrorReason(TryPull(Request(kSecond)).status()), "DEVICE_NOT_ENROLLED");
  request = Request();
  request.set_actor_id("staff-sw-2");
  EXPECT_EQ(ErrorReason(TryPull(request).status()), "ACTOR_NOT_YOURS");
  EXPECT_EQ(Readings(), 0u);
}

}  // namespace
}  // namespace mlup::sync::feed_test
