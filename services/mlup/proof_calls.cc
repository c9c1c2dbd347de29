// Calls of ProofService, and of the log for what it records about itself.
#include "services/mlup/proof_calls.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "eventstore/base/status.h"
#include "mlup/log/v1/event_store.pb.h"
#include "mlup/log/v1/proof_service.pb.h"

namespace mlup::cli {

absl::StatusOr<ShownLog> AskCheckpoint(Server& server) {
  log::v1::GetCheckpointResponse response;
  RETURN_IF_ERROR(server.Call("mlup.log.v1.ProofService/GetCheckpoint",
                              log::v1::GetCheckpointRequest(), response));
  return ShownLog{std::move(*response.mutable_note()),
                  std::move(*response.mutable_key()),
                  {response.handovers().begin(), response.handovers().end()}};
}

absl::StatusOr<std::vector<proof::Hash>> AskConsistencyProof(Server& server, std::uint64_t old_size,
                                                             std::uint64_t new_size) {
  log::v1::GetConsistencyProofRequest request;
  request.set_old_size(old_size);
  request.set_new_size(new_size);
  log::v1::GetConsistencyProofResponse response;
  RETURN_IF_ERROR(server.Call("mlup.log.v1.ProofService/GetConsistencyProof", request, response));
  std::vector<proof::Hash> hashes(static_cast<std::size_t>(response.hashes_size()));
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    const std::string& bytes = response.hashes(static_cast<int>(i));
    if (bytes.size() != hashes[i].size()) {
      return Error(absl::StatusCode::kInternal, "RESPONSE_INVALID",
                   "a hash of the daemon's proof has not 32 bytes");
    }
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(hashes[i].data()));
  }
  return hashes;
}

absl::StatusOr<std::vector<proof::MapRecord>> ReadMapRecords(Server& server) {
  log::v1::ReadStreamRequest request;
  request.set_stream(std::string(proof::kMapStream));
  request.set_from_revision(1);
  request.set_direction(log::v1::DIRECTION_FORWARD);
  std::vector<proof::MapRecord> records;
  while (true) {
    log::v1::ReadStreamResponse page;
    RETURN_IF_ERROR(server.Call("mlup.log.v1.EventStore/ReadStream", request, page));
    for (const log::v1::Record& record : page.records()) {
      const auto found = proof::MapRecord::FromCommon(record.event().common());
      // One that is no map record is found when it comes in its turn.
      if (proof::IsMapRecord(record) && found.has_value()) records.push_back(*found);
    }
    if (page.records().empty()) return records;
    request.set_from_revision(page.records().rbegin()->revision() + 1);
    if (request.from_revision() > page.last_revision()) return records;
  }
}

absl::Status ReadLog(Server& server, std::uint64_t size,
                     const std::function<absl::Status(const log::v1::Record&)>& take) {
  log::v1::ReadAllRequest request;
  request.set_from_position(1);
  request.set_direction(log::v1::DIRECTION_FORWARD);
  std::uint64_t taken = 0;
  while (taken < size) {
    log::v1::ReadAllResponse page;
    RETURN_IF_ERROR(server.Call("mlup.log.v1.EventStore/ReadAll", request, page));
    for (const log::v1::Record& record : page.records()) {
      if (taken++ < size) RETURN_IF_ERROR(take(record));
    }
    if (page.next_position() == 0) break;
    request.set_from_position(page.next_position());
  }
  return absl::OkStatus();
}

}  // namespace mlup::cli
