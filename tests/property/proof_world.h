// A log with its proofs on a simulated disk, a witness beside it, and what tests do to them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "gtest/gtest.h"

#include "eventstore/base/limits.h"
#include "eventstore/log/rocks_test_world.h"
#include "eventstore/proof/header.h"
#include "eventstore/proof/map_record.h"
#include "eventstore/proof/verify_log.h"
#include "services/mlup/witness.h"
#include "services/proofs/proof_service.h"

namespace mlup::proofs {

namespace pb = ::mlup::log::v1;

// MLUP_CASES, or `usual` where that is not set.
inline int CasesOr(int usual) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing sets it.
  const char* text = std::getenv("MLUP_CASES");
  int cases = 0;
  return text != nullptr && absl::SimpleAtoi(text, &cases) ? cases : usual;
}

// The root of RFC 6962 §2.1 by its recursive definition; shares no code with the product's tree.
inline proof::Hash NaiveRoot(const std::vector<proof::Hash>& leaves, std::size_t from,
                             std::size_t to) {
  if (from == to) return proof::Sha256("");
  if (to - from == 1) return leaves[from];
  std::size_t half = 1;
  while (half * 2 < to - from) half *= 2;
  const proof::Hash left = NaiveRoot(leaves, from, from + half);
  const proof::Hash right = NaiveRoot(leaves, from + half, to);
  std::string node(1, '\x01');
  node.append(left.begin(), left.end());
  node.append(right.begin(), right.end());
  return proof::Sha256(node);
}

// Everything in it stands on `world.disk`. One thread.
class ProofWorld {
 public:
  explicit ProofWorld(std::uint64_t seed) : random(seed) {
    for (const char* folder : {"/keys", "/stick"}) EXPECT_TRUE(world.disk.MakeFolder(folder).ok());
    EXPECT_TRUE(world.disk.SyncFolder("/").ok());
    EXPECT_TRUE(Signer::Create(world.disk, "/keys/signing", random).ok());
    for (int i = 0; i < 4; ++i) people_.push_back(world.appends.Id());
  }
  ~ProofWorld() { service.reset(); }

  // Starts log and proofs, as a daemon does.
  absl::Status Open(bool with_witness = true) {
    service.reset();
    RETURN_IF_ERROR(world.Open());
    return OpenProofs(with_witness);
  }
  absl::Status OpenProofs(bool with_witness = true) {
    service.reset();
    reader_ = std::make_unique<projections::SharedReader>(*world.log);
    ASSIGN_OR_RETURN(Signer signer, Signer::Load(world.disk, "/keys/signing"));
    signer_ = std::make_unique<Signer>(std::move(signer));
    ProofService::Options options{.folder = "/disk"};
    if (with_witness) options.witnesses = {"/stick"};
    ASSIGN_OR_RETURN(
        service,
        ProofService::Open({*reader_, *rows, world.clock, random, world.disk, *signer_}, options));
    return absl::OkStatus();
  }
  void Close() {
    service.reset();
    world.Close();
  }
  // The rows are derived: a start may find them, or not.
  void LoseRows() { rows = std::make_unique<projections::MemoryReadModelStore>(); }

  // An append about some of the people.
  absl::Status Append(std::size_t bytes = 16) {
    pb::AppendRequest request =
        world.appends.To("person/" + people_[random.Next() % people_.size()]);
    pb::Event& event = *request.mutable_writes(0)->mutable_events(0);
    event.set_common(std::string(bytes, 'x'));
    for (const std::string& person : people_) {
      if (random.Next() % 2 == 0) continue;
      pb::SubjectPart& part = *event.add_subjects();
      part.set_subject_id(person);
      part.set_salt(std::string(kSaltBytes, 's'));
      part.set_clear(event.event_id());
    }
    world.clock.Advance(absl::Milliseconds(static_cast<std::int64_t>(random.Next() % 2000)));
    return world.log->Append(request).status();
  }
  absl::Status Grow(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) RETURN_IF_ERROR(Append());
    return absl::OkStatus();
  }

  // A checkpoint of all there is.
  absl::StatusOr<cli::ShownLog> Show() {
    world.clock.Advance(absl::Seconds(2));  // one is signed at most once a second
    ASSIGN_OR_RETURN(const pb::GetCheckpointResponse shown, service->GetCheckpoint({}));
    return cli::ShownLog{
        shown.note(), shown.key(), {shown.handovers().begin(), shown.handovers().end()}};
  }
  proof::Checkpoint Opened(const cli::ShownLog& shown) {
    const auto note = OpenNote(*signer_, shown.note);
    EXPECT_TRUE(note.ok()) << note.status();
    return note.ok() ? note->checkpoint : proof::Checkpoint();
  }

  // What the witness in /stick says of the log as it is served.
  absl::StatusOr<cli::Cosigned> Cosign() {
    ASSIGN_OR_RETURN(cli::Witness witness,
                     cli::Witness::OpenOrMake(world.disk, "/stick", "stick", random));
    ASSIGN_OR_RETURN(const cli::ShownLog shown, Show());
    const auto ask = [this](std::uint64_t old_size,
                            std::uint64_t new_size) -> absl::StatusOr<std::vector<proof::Hash>> {
      pb::GetConsistencyProofRequest request;
      request.set_old_size(old_size);
      request.set_new_size(new_size);
      ASSIGN_OR_RETURN(const auto response, service->GetConsistencyProof(request));
      std::vector<proof::Hash> hashes;
      for (const std::string& bytes : response.hashes()) {
        std::copy(bytes.begin(), bytes.end(), hashes.emplace_back().begin());
      }
      return hashes;
    };
    const auto derive = [this](const proof::Checkpoint& checkpoint) -> absl::Status {
      pb::ReadStreamRequest stream;
      stream.set_stream(std::string(proof::kMapStream));
      ASSIGN_OR_RETURN(const pb::ReadStreamResponse recorded, world.log->ReadStream(stream));
      std::vector<proof::MapRecord> maps;
      maps.reserve(static_cast<std::size_t>(recorded.records_size()));
      for (const pb::Record& record : recorded.records()) {
        maps.push_back(*proof::MapRecord::FromCommon(record.event().common()));
      }
      proof::LogVerifier verifier({checkpoint}, std::move(maps));
      pb::ReadAllRequest request;
      while (verifier.fold().size() < checkpoint.size) {
        request.set_from_position(verifier.fold().size() + 1);
        ASSIGN_OR_RETURN(const pb::ReadAllResponse page, world.log->ReadAll(request));
        for (const pb::Record& record : page.records()) {
          if (record.position() > checkpoint.size) break;
          RETURN_IF_ERROR(verifier.Take(record));
        }
        if (page.next_position() == 0) break;
      }
      return verifier.Finish();
    };
    return witness.Cosign(shown, ask, derive, world.clock);
  }

  // The log, its journal and the daemon's own notes.
  using Copy = std::pair<std::map<std::string, std::string>, std::map<std::string, std::string>>;
  Copy Save() { return {world.Save("/disk"), world.Save("/second")}; }
  void Restore(const Copy& copy) {
    Close();
    world.Restore("/disk", copy.first);
    world.Restore("/second", copy.second);
  }

  // All records, as they are served.
  std::vector<pb::Record> Records() {
    std::vector<pb::Record> records;
    pb::ReadAllRequest request;
    for (std::uint64_t from = 1; from != 0;) {
      request.set_from_position(from);
      const auto page = world.log->ReadAll(request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      records.insert(records.end(), page->records().begin(), page->records().end());
      from = page->next_position();
    }
    return records;
  }

  // Leaves of the tree over these records.
  static std::vector<proof::Hash> Leaves(const std::vector<pb::Record>& records) {
    std::vector<proof::Hash> leaves;
    leaves.reserve(records.size());
    std::map<std::string, proof::Hash> heads;
    for (const pb::Record& record : records) {
      proof::Hash& head = heads[record.stream()];
      head = proof::Sha256(proof::MakeHeader(record, head));
      leaves.push_back(proof::Sha256(std::string(1, '\0') + std::string(head.begin(), head.end())));
    }
    return leaves;
  }

  log::LogWorld world;
  SeededRandom random;
  std::unique_ptr<projections::ReadModelStore> rows =
      std::make_unique<projections::MemoryReadModelStore>();
  std::unique_ptr<ProofService> service;

 private:
  std::vector<std::string> people_;
  std::unique_ptr<Signer> signer_;
  std::unique_ptr<projections::SharedReader> reader_;
};

}  // namespace mlup::proofs
