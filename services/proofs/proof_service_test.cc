// Checkpoints, cosignatures, bundles, and the check of the history at the start.
#include "services/proofs/proof_service.h"

#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/base/kept_example.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/simulated_files.h"
#include "eventstore/log/memory_event_log.h"
#include "eventstore/log/test_appends.h"
#include "eventstore/log/timestamp.h"
#include "eventstore/proof/map_record.h"
#include "eventstore/proof/verify_bundle.h"
#include "services/proofs/history_check.h"
#include "services/proofs/map_event.h"
#include "services/proofs/note_lines.h"
#include "services/proofs/proof_worker.h"

namespace mlup::proofs {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr char kData[] = "data";
constexpr char kWitness[] = "witness";
constexpr char kKey[] = "data.signing-key";

class ProofServiceTest : public testing::Test {
 protected:
  ProofServiceTest() {
    EXPECT_TRUE(files_.MakeFolder(kData).ok() && files_.MakeFolder(kWitness).ok());
    EXPECT_TRUE(Signer::Create(files_, kKey, random_).ok());
    for (int i = 0; i < 3; ++i) people_.push_back(appends_.Id());
    log_ = std::make_unique<log::MemoryEventLog>(clock_);
  }

  // Starts with the log, the rows and the files that there are.
  absl::Status Start(std::optional<Position> accept_loss_after = {},
                     std::uint64_t wait_for_events = 1000) {
    service_.reset();
    reader_.emplace(*log_);
    signer_.emplace(*Signer::Load(files_, kKey));
    auto service = ProofService::Open({*reader_, rows_, clock_, random_, files_, *signer_},
                                      {.folder = kData,
                                       .witnesses = {kWitness},
                                       .accept_loss_after = accept_loss_after,
                                       .wait_for_events = wait_for_events});
    RETURN_IF_ERROR(service.status());
    service_ = *std::move(service);
    return absl::OkStatus();
  }
  void Append(int count = 1) {
    for (int i = 0; i < count; ++i) {
      log::v1::AppendRequest request = appends_.To("person/" + people_[appended_++ % 3]);
      log::v1::SubjectPart& part = *request.mutable_writes(0)->mutable_events(0)->add_subjects();
      part.set_subject_id(people_[appended_ % 2]);
      part.set_salt(std::string(kSaltBytes, 's'));
      ASSERT_TRUE(log_->Append(request).ok());
    }
  }
  log::v1::GetCheckpointResponse GetCheckpoint() {
    auto response = service_->GetCheckpoint({});
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : log::v1::GetCheckpointResponse();
  }
  proof::Checkpoint Open(const std::string& note) {
    const auto opened = OpenNote(*signer_, note);
    EXPECT_TRUE(opened.ok()) << opened.status();
    return opened.ok() ? opened->checkpoint : proof::Checkpoint();
  }
  std::uint64_t SignedSize() { return Open(GetCheckpoint().note()).size; }
  std::string Cosign(const std::string& note) {
    return witness_.Sign(note, static_cast<std::uint64_t>(absl::ToUnixSeconds(clock_.Now())));
  }
  std::string AddCosignature(const std::string& note) {
    log::v1::AddCosignatureRequest request;
    request.set_note(note);
    return ErrorReason(service_->AddCosignature(request).status());
  }
  void LeaveWithWitness(const std::string& note) {
    ASSERT_TRUE(files_.Replace(absl::StrCat(kWitness, "/checkpoint"), note).ok());
  }
  std::vector<log::v1::Record> MapRecords() {
    log::v1::ReadStreamRequest request;
    request.set_stream(std::string(proof::kMapStream));
    const auto page = log_->ReadStream(request);
    return {page->records().begin(), page->records().end()};
  }
  // Another log in the place of the one that was, with its first `count` events.
  void RollBackTo(std::uint64_t count) {
    auto shorter = std::make_unique<log::MemoryEventLog>(clock_);
    log::v1::ReadAllRequest all;
    all.set_limit(static_cast<std::uint32_t>(count));
    const log::v1::ReadAllResponse kept = *log_->ReadAll(all);
    for (const log::v1::Record& record : kept.records()) {
      log::v1::AppendRequest request = appends_.Empty();
      request.set_request_digest(record.request_digest());
      log::v1::StreamWrite& write = *request.add_writes();
      write.set_stream(record.stream());
      *write.add_events() = record.event();
      ASSERT_TRUE(shorter->Append(request).ok());
    }
    service_.reset();
    log_ = std::move(shorter);
  }

  log::Appends appends_{7};
  ManualClock clock_{absl::FromUnixSeconds(1'619'067'600)};
  SeededRandom random_{7};
  SimulatedFiles files_;
  projections::MemoryReadModelStore rows_;
  std::vector<std::string> people_;
  std::size_t appended_ = 0;
  const proof::SigningKey witness_{"witness.example", proof::SignatureKind::kWitness, {1}};
  std::unique_ptr<log::MemoryEventLog> log_;
  std::optional<projections::SharedReader> reader_;
  std::optional<Signer> signer_;
  std::unique_ptr<ProofService> service_;
};

TEST_F(ProofServiceTest, ACheckpointIsSignedWhenTheLogHasGrownAtMostOnceASecond) {
  ASSERT_TRUE(Start().ok());
  EXPECT_EQ(SignedSize(), 0u);
  Append(3);
  EXPECT_EQ(SignedSize(), 3u);
  Append();
  EXPECT_EQ(SignedSize(), 3u);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(SignedSize(), 4u);
  EXPECT_EQ(GetCheckpoint().note(), *files_.ReadAll("data/checkpoint"));
  EXPECT_EQ(GetCheckpoint().key(), signer_->key().ToText());
  ASSERT_TRUE(Start().ok());
  EXPECT_EQ(GetCheckpoint().note(), *files_.ReadAll("data/checkpoint"));
}

TEST_F(ProofServiceTest, WhatCannotBeKeptIsNotHandedOut) {
  ASSERT_TRUE(Start().ok());
  Append(3);
  files_.FailAfter(1, SimulatedFiles::Fault::kDiskFull);
  EXPECT_EQ(ErrorReason(service_->GetCheckpoint({}).status()), "DISK_FULL");
  EXPECT_EQ(SignedSize(), 3u);
}

TEST_F(ProofServiceTest, NothingIsSignedThatContradictsTheLastNote) {
  ASSERT_TRUE(Start().ok());
  Append(3);
  const std::string note = GetCheckpoint().note();
  // The check at the start is passed by: the file comes back later.
  ASSERT_TRUE(files_.Remove("data/checkpoint").ok());
  log_ = std::make_unique<log::MemoryEventLog>(clock_);
  Append(5);
  ASSERT_TRUE(files_.Replace("data/checkpoint", note).ok());
  service_.reset();
  reader_.emplace(*log_);
  auto index = projections::ProofIndex::Open(*reader_, rows_);
  ASSERT_TRUE((*index)->CatchUp({5}).ok());
  auto notes = Checkpoints::Open(files_, kData, *signer_);
  ASSERT_TRUE(notes.ok()) << notes.status();
  EXPECT_EQ(ErrorReason(notes->Sign(**index).status()), "CHECKPOINT_CONFLICT");
  EXPECT_EQ(*files_.ReadAll("data/checkpoint"), note);
}

TEST_F(ProofServiceTest, AnyTwoSizesAreProvedConsistent) {
  ASSERT_TRUE(Start().ok());
  Append(7);
  const proof::Checkpoint earlier = Open(GetCheckpoint().note());
  Append(6);
  clock_.Advance(absl::Seconds(2));
  const proof::Checkpoint later = Open(GetCheckpoint().note());
  log::v1::GetConsistencyProofRequest request;
  request.set_old_size(earlier.size);
  request.set_new_size(later.size);
  const auto response = service_->GetConsistencyProof(request);
  ASSERT_TRUE(response.ok()) << response.status();
  std::vector<proof::Hash> hashes(static_cast<std::size_t>(response->hashes_size()));
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    const std::string& bytes = response->hashes(static_cast<int>(i));
    std::copy(bytes.begin(), bytes.end(), hashes[i].begin());
  }
  EXPECT_TRUE(proof::VerifyConsistency(earlier.size, earlier.root, later.size, later.root, hashes));
  request.set_new_size(14);
  EXPECT_EQ(ErrorField(service_->GetConsistencyProof(request).status()), "new_size");
  request.set_new_size(6);
  EXPECT_EQ(ErrorField(service_->GetConsistencyProof(request).status()), "old_size");
}

TEST_F(ProofServiceTest, CosignaturesAreKeptAndShown) {
  ASSERT_TRUE(Start().ok());
  Append(3);
  const std::string note = GetCheckpoint().note();
  EXPECT_EQ(AddCosignature(note), "COSIGNATURE_MISSING");
  EXPECT_EQ(AddCosignature("no note"), "CHECKPOINT_MALFORMED");
  EXPECT_EQ(AddCosignature(Cosign(note)), "");
  EXPECT_EQ(GetCheckpoint().note(), Cosign(note));
  clock_.Advance(absl::Seconds(60));
  EXPECT_EQ(AddCosignature(Cosign(note)), "");
  EXPECT_EQ(GetCheckpoint().note(), Cosign(note));
  ASSERT_TRUE(Start().ok());
  EXPECT_EQ(GetCheckpoint().note(), Cosign(note));
  // Signed by the log's key, and yet not of this log.
  const proof::Checkpoint other{signer_->origin(), 2, proof::Sha256("other")};
  EXPECT_EQ(AddCosignature(Cosign(signer_->Sign(other.ToText() + "\n"))), "CHECKPOINT_UNKNOWN");
  const proof::Checkpoint future{signer_->origin(), 9, proof::Sha256("other")};
  EXPECT_EQ(AddCosignature(Cosign(signer_->Sign(future.ToText() + "\n"))), "CHECKPOINT_UNKNOWN");
  EXPECT_EQ(AddCosignature(Cosign(Open(note).ToText() + "\n")), "LOG_KEY_UNKNOWN");
}

TEST_F(ProofServiceTest, OnlyTheNewestCosignaturesAreKept) {
  ASSERT_TRUE(Start().ok());
  for (std::size_t i = 0; i < kCosignaturesMax + 3; ++i) {
    Append();
    clock_.Advance(absl::Seconds(2));
    EXPECT_EQ(AddCosignature(Cosign(GetCheckpoint().note())), "");
  }
  const auto names = files_.List("data/cosignatures");
  ASSERT_EQ(names->size(), kCosignaturesMax);
  EXPECT_EQ(names->front(), "00000000000000000004");
}

TEST_F(ProofServiceTest, ABundleVerifies) {
  ASSERT_TRUE(Start().ok());
  Append(10);
  EXPECT_EQ(AddCosignature(Cosign(GetCheckpoint().note())), "");
  Append(10);
  ASSERT_TRUE(Signer::Rotate(files_, kKey, random_).ok());
  const proof::VerifierKey first = signer_->key();
  ASSERT_TRUE(Start().ok());
  const auto bytes = service_->MakeBundle(people_[0]);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  const auto summary = proof::VerifyBundle(*bytes, {{first}, {witness_.verifier()}, people_[0]});
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->complete_to, Position{20});
  EXPECT_EQ(summary->tree_size, 21u);
  EXPECT_EQ(summary->witnessed_size, 10u);
  EXPECT_EQ(summary->naming, 10u);
  const auto records = MapRecords();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_TRUE(proof::IsMapRecord(records[0]));
  EXPECT_EQ(records[0].event().actor().organisation_id(), "system");
}

TEST_F(ProofServiceTest, WhoWasNeverNamedIsProvedAbsent) {
  ASSERT_TRUE(Start().ok());
  EXPECT_EQ(ErrorReason(service_->MakeBundle(appends_.Id()).status()), "LOG_EMPTY");
  Append(5);
  const std::string stranger = appends_.Id();
  const auto bytes = service_->MakeBundle(stranger);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  const auto summary = proof::VerifyBundle(*bytes, {{signer_->key()}, {}, stranger});
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->shown, 0u);
  EXPECT_EQ(ErrorReason(service_->MakeBundle("Sokha").status()), "SUBJECT_INVALID");
}

// What anybody might have appended, in a log of 14 events whose map at 10 is recorded at 11.
struct ForgedMap {
  std::uint64_t size;
  bool with_true_root;
  std::uint8_t root_begins_with;
};

class ForgedMapTest : public ProofServiceTest, public testing::WithParamInterface<ForgedMap> {};

TEST_P(ForgedMapTest, NothingIsSignedPastAMapThatWasNotDerived) {
  Append(10);
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(service_->MakeBundle(people_[0]).ok());
  proof::MapRecord forged = *proof::MapRecord::FromCommon(MapRecords()[0].event().common());
  ASSERT_EQ(forged.size, 10u);
  forged.size = GetParam().size;
  if (!GetParam().with_true_root) forged.root = {GetParam().root_begins_with};
  Append(3);
  ASSERT_TRUE(RecordMapRoot(*log_, clock_, random_, forged).ok());
  Append(2);
  for (int starts = 0; starts < 3; ++starts) {
    EXPECT_EQ(ErrorReason(service_->GetCheckpoint({}).status()), "MAP_ROOT_WRONG");
    KeepExample("map_root_recorded", "MAP_ROOT_WRONG", "system/map: a root that was not derived");
    EXPECT_EQ(ErrorReason(service_->KeepUp().status()), "MAP_ROOT_WRONG");
    EXPECT_EQ(ErrorReason(service_->MakeBundle(people_[0]).status()), "MAP_ROOT_WRONG");
    EXPECT_EQ(ErrorReason(service_->SignLast()), "MAP_ROOT_WRONG");
    EXPECT_LE(Open(*files_.ReadAll("data/checkpoint")).size, 14u);
    // The log is served all the same.
    ASSERT_TRUE(Start().ok());
  }
}

INSTANTIATE_TEST_SUITE_P(Maps, ForgedMapTest,
                         testing::Values(ForgedMap{10, false, 0}, ForgedMap{13, false, 0},
                                         ForgedMap{10, false, 1}, ForgedMap{13, true, 0},
                                         ForgedMap{2, true, 0}, ForgedMap{14, true, 0},
                                         ForgedMap{1'000'000, true, 0}));

// The process may end between a map and the event that records it, with the rows of some events
// between them kept.
TEST_F(ProofServiceTest, AMapThatWasDerivedBeforeAnEndIsDerivedAgain) {
  Append(10);
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(service_->MakeBundle(people_[0]).ok());
  proof::MapRecord derived = *proof::MapRecord::FromCommon(MapRecords()[0].event().common());
  RollBackTo(10);
  Append(5);
  ASSERT_TRUE(files_.Remove("data/checkpoint").ok());
  ASSERT_TRUE(Start().ok());
  EXPECT_EQ(SignedSize(), 15u);
  ASSERT_TRUE(RecordMapRoot(*log_, clock_, random_, derived).ok());
  KeepExample("map_root_recorded", "", "system/map: the root that was derived");
  Append(5);
  ASSERT_TRUE(Start().ok());
  EXPECT_EQ(SignedSize(), 21u);
}

TEST_F(ProofServiceTest, TheMapIsRecordedAtMostOnceAnHourAndOnlyAfterEvents) {
  ASSERT_TRUE(Start().ok());
  EXPECT_EQ(service_->KeepUp()->at, Position{0});
  Append(3);
  EXPECT_EQ(service_->KeepUp()->at, Position{3});
  clock_.Advance(absl::Minutes(59));
  EXPECT_EQ(service_->KeepUp()->at, Position{3});
  // A new start does not begin a new hour.
  ASSERT_TRUE(Start().ok());
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(service_->KeepUp()->at, Position{4});
  EXPECT_EQ(MapRecords().size(), 1u);
  EXPECT_EQ(Open(*files_.ReadAll("data/checkpoint")).size, 4u);
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(service_->KeepUp()->at, Position{4});
  ASSERT_TRUE(Start().ok());
  EXPECT_EQ(service_->KeepUp()->at, Position{4});
  Append();
  EXPECT_EQ(service_->KeepUp()->at, Position{6});
  EXPECT_EQ(MapRecords().size(), 2u);
}

TEST_F(ProofServiceTest, TheWorkerFollowsAndSignsAtItsEnd) {
  ASSERT_TRUE(Start().ok());
  {
    const ProofWorker worker(*service_, *log_, {});
    Append(3);
  }
  EXPECT_EQ(Open(*files_.ReadAll("data/checkpoint")).size, 3u);
  EXPECT_TRUE(MapRecords().empty());
}

TEST_F(ProofServiceTest, TheNewestCosignedNoteIsToldWhileTheLogGoesOn) {
  ASSERT_TRUE(Start().ok());
  Append(2);
  EXPECT_EQ(GetCheckpoint().cosigned_note(), "");
  ASSERT_EQ(AddCosignature(Cosign(GetCheckpoint().note())), "");
  const std::string told = GetCheckpoint().cosigned_note();
  EXPECT_EQ(Open(told).size, 2u);
  Append(3);
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(Open(GetCheckpoint().note()).size, 5u);
  EXPECT_EQ(GetCheckpoint().cosigned_note(), told);
}

class HistoryCheckTest : public ProofServiceTest {
 protected:
  // Ten events, signed, with a note at the witness as of five.
  HistoryCheckTest() {
    EXPECT_TRUE(Start().ok());
    Append(5);
    const std::string cosigned = Cosign(GetCheckpoint().note());
    EXPECT_EQ(AddCosignature(cosigned), "");
    LeaveWithWitness(cosigned);
    Append(5);
    EXPECT_TRUE(service_->SignLast().ok());
  }
};

TEST_F(HistoryCheckTest, TheSameLogStarts) {
  EXPECT_TRUE(Start().ok());
  Append(3);
  EXPECT_TRUE(Start().ok());
}

TEST_F(HistoryCheckTest, ALogThatLostEventsIsRefused) {
  RollBackTo(7);
  const absl::Status refused = Start();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(refused), "LOG_ROLLED_BACK");
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr("has 7 events"), HasSubstr("data/checkpoint vouches for 10 events"),
                    HasSubstr("--accept-loss-after=7")));
  // Accepted, the own note is set aside; what the witness saw is still there.
  EXPECT_EQ(Start(Position{7}), absl::OkStatus());
  EXPECT_TRUE(*files_.Exists("data/checkpoint.before-loss-7"));
  EXPECT_FALSE(*files_.Exists("data/checkpoint"));
  EXPECT_EQ(SignedSize(), 7u);
  EXPECT_EQ(Start(), absl::OkStatus());
}

TEST_F(HistoryCheckTest, WhatAWitnessSawIsNotGivenUp) {
  RollBackTo(4);
  for (const std::optional<Position> accepted :
       {std::optional<Position>(), std::optional<Position>(Position{4})}) {
    const absl::Status refused = Start(accepted);
    EXPECT_EQ(ErrorReason(refused), "LOG_ROLLED_BACK");
    EXPECT_THAT(std::string(refused.message()),
                AllOf(HasSubstr("has 4 events"), HasSubstr("witness/checkpoint vouches for 5"),
                      HasSubstr("witnessed 2021-04-22T05:00:00")));
  }
  EXPECT_TRUE(*files_.Exists("data/checkpoint"));
}

TEST_F(HistoryCheckTest, AnotherHistoryIsRefused) {
  log_ = std::make_unique<log::MemoryEventLog>(clock_);
  Append(12);
  EXPECT_EQ(ErrorReason(Start()), "LOG_FORKED");
  // Of the events that the witness saw none is another, of those after them some are.
  ASSERT_TRUE(files_.Remove("witness/checkpoint").ok());
  const absl::Status refused = Start();
  EXPECT_EQ(ErrorReason(refused), "LOG_FORKED");
  EXPECT_THAT(std::string(refused.message()), HasSubstr("data/checkpoint vouches for 10"));
}

// The index is made while all else is served: nobody waits for more than three events.
class LateCheckTest : public HistoryCheckTest {
 protected:
  absl::Status StartWithoutRows(std::optional<Position> accept_loss_after = {}) {
    service_.reset();
    EXPECT_TRUE(rows_.Clear().ok());
    return Start(accept_loss_after, 3);
  }
  std::string ReasonOfCheckpoint() { return ErrorReason(service_->GetCheckpoint({}).status()); }
};

TEST_F(LateCheckTest, NothingIsProvedBeforeTheIndexIsThereAndAllOfItAfterwards) {
  const std::string kept = *files_.ReadAll("data/checkpoint");
  ASSERT_EQ(StartWithoutRows(), absl::OkStatus());
  Append(2);
  EXPECT_EQ(ReasonOfCheckpoint(), "PROOFS_BEHIND");
  EXPECT_EQ(ErrorReason(service_->MakeBundle(people_[0]).status()), "PROOFS_BEHIND");
  EXPECT_EQ(AddCosignature(Cosign(kept)), "PROOFS_BEHIND");
  log::v1::GetConsistencyProofRequest request;
  request.set_old_size(5);
  request.set_new_size(10);
  EXPECT_EQ(ErrorReason(service_->GetConsistencyProof(request).status()), "PROOFS_BEHIND");
  EXPECT_EQ(ErrorReason(service_->SignLast()), "PROOFS_BEHIND");
  EXPECT_EQ(*files_.ReadAll("data/checkpoint"), kept);
  EXPECT_EQ(service_->KeepUp()->at, Position{12});
  EXPECT_TRUE(service_->GetConsistencyProof(request).ok());
  EXPECT_EQ(SignedSize(), 12u);
  EXPECT_TRUE(service_->MakeBundle(people_[0]).ok());
}

TEST_F(LateCheckTest, ALogThatLostEventsIsRefusedAtOnce) {
  RollBackTo(7);
  EXPECT_EQ(ErrorReason(StartWithoutRows()), "LOG_ROLLED_BACK");
  EXPECT_EQ(StartWithoutRows(Position{7}), absl::OkStatus());
  EXPECT_TRUE(*files_.Exists("data/checkpoint.before-loss-7"));
}

TEST_F(LateCheckTest, AnotherHistoryIsToldWhenItIsFoundAndNothingIsSigned) {
  log_ = std::make_unique<log::MemoryEventLog>(clock_);
  Append(12);
  const std::string kept = *files_.ReadAll("data/checkpoint");
  ASSERT_EQ(StartWithoutRows(), absl::OkStatus());
  std::string refused;
  {
    Mutex mutex;
    Condition told;
    const ProofWorker worker(*service_, *log_, [&](const absl::Status& why) {
      MutexLock lock(mutex);
      refused = ErrorReason(why);
      told.NotifyAll();
    });
    MutexLock lock(mutex);
    while (refused.empty()) told.Wait(mutex);
    EXPECT_THAT(worker.state().stopped_because, HasSubstr("LOG_FORKED"));
  }
  EXPECT_EQ(refused, "LOG_FORKED");
  EXPECT_EQ(ReasonOfCheckpoint(), "LOG_FORKED");
  EXPECT_EQ(*files_.ReadAll("data/checkpoint"), kept);
}

TEST_F(HistoryCheckTest, AWitnessThatIsNotThereIsMissed) {
  ASSERT_TRUE(files_.RemoveTree(kWitness).ok());
  EXPECT_EQ(ErrorReason(Start()), "WITNESS_MISSING");
  ASSERT_TRUE(files_.MakeFolder(kWitness).ok());
  EXPECT_EQ(Start(), absl::OkStatus());
}

TEST_F(HistoryCheckTest, NotesOfAnotherLogAreRefused) {
  ASSERT_TRUE(files_.Remove(kKey).ok());
  ASSERT_TRUE(Signer::Create(files_, kKey, random_).ok());
  const absl::Status refused = Start();
  EXPECT_EQ(ErrorReason(refused), "ORIGIN_WRONG");
  EXPECT_THAT(std::string(refused.message()), HasSubstr("data/checkpoint"));
}

}  // namespace
}  // namespace mlup::proofs
