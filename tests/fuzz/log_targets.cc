// What the log keeps and what goes over the wire inside.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include "eventstore/base/check.h"
#include "eventstore/base/simulated_files.h"
#include "eventstore/base/status.h"
#include "eventstore/base/wire.h"
#include "eventstore/client/session_message.h"
#include "eventstore/journal/block.h"
#include "eventstore/journal/format.h"
#include "eventstore/journal/reader.h"
#include "eventstore/log/append_rules.h"
#include "eventstore/log/log_state.h"
#include "eventstore/log/record_view.h"
#include "eventstore/log/rocks_store.h"
#include "eventstore/log/stored_block.h"
#include "eventstore/log/stored_page.h"
#include "eventstore/log/test_appends.h"
#include "tests/fuzz/target.h"

namespace mlup::fuzz {
namespace {

namespace pb = ::mlup::log::v1;

constexpr std::size_t kBlockMax = 1 << 16;
const std::string kJournalId(journal::kIdBytes, 'j');

std::string RecordBytes(std::uint64_t position) {
  log::Appends appends(position);
  pb::Record record;
  record.set_position(position);
  record.set_stream(appends.Stream());
  record.set_revision(1);
  record.mutable_recorded_at()->set_seconds(1'700'000'000);
  record.set_append_first_position(position);
  record.set_append_event_count(1);
  record.set_request_digest(std::string(32, 'd'));
  *record.mutable_event() = appends.Event();
  record.mutable_event()->set_place("02");
  return record.SerializeAsString();
}

std::string BlockBytes(std::uint64_t first, int records) {
  journal::BlockBuilder builder;
  builder.AddKey("key");
  for (int i = 0; i < records; ++i) {
    builder.AddRecord(RecordBytes(first + static_cast<std::uint64_t>(i)));
  }
  return builder.Finish();
}

std::string SegmentBytes(std::uint64_t bytes) {
  return journal::Encode(journal::SegmentHeader{kJournalId, 1, bytes, {1}, journal::NoDigest()});
}

// A frame, of which the checksum and the chain hold.
std::string FrameOf(Position first, std::uint32_t count, std::string_view payload,
                    const journal::Digest& previous) {
  return journal::Encode(kJournalId, {first, count, previous, {}, payload});
}

void Wire(std::string_view bytes) {
  wire::Reader reader(bytes);
  const char* place = reader.place();
  while (const std::uint32_t tag = reader.NextTag()) {
    if (tag % 2 == 0 && (tag & 7) == wire::kBytes) {
      const std::string_view taken = reader.Bytes();
      CHECK(taken.empty() || taken.data() + taken.size() <= bytes.data() + bytes.size());
    } else {
      reader.Skip(tag);
    }
    CHECK(reader.place() > place);
    place = reader.place();
  }
  CHECK(reader.AtEnd());
}
std::vector<std::string> WireSeeds() { return {RecordBytes(1), BlockBytes(1, 2)}; }

void Frame(std::string_view bytes) {
  if (const auto header = journal::ParseSegmentHeader(bytes); header.has_value()) {
    CHECK(journal::ParseSegmentHeader(journal::Encode(*header)).has_value());
  }
  static_cast<void>(journal::OtherVersionOf(bytes));
  const auto frame = journal::ParseFrame(kJournalId, bytes);
  if (!frame.has_value()) return;
  CHECK(frame->count > 0 && frame->last() >= frame->first);
  // What fills it up to the next place may be cut off.
  CHECK(journal::kFrameHeaderBytes + frame->payload.size() <= bytes.size());
  const std::string again = journal::Encode(kJournalId, *frame);
  CHECK(again.substr(0, journal::kFrameHeaderBytes + frame->payload.size()) ==
        bytes.substr(0, journal::kFrameHeaderBytes + frame->payload.size()));
}
std::vector<std::string> FrameSeeds() {
  return {SegmentBytes(1 << 20),
          FrameOf({1}, 2, journal::CompressBlock(BlockBytes(1, 2)), journal::NoDigest())};
}

// As they are kept, and as they are once decompressed.
void Block(std::string_view bytes) {
  const unsigned kind = TakeByte(bytes);
  if (kind % 2 == 0) {
    const auto opened = journal::DecompressBlock(bytes, kBlockMax);
    CHECK(!opened.has_value() || opened->size() <= kBlockMax);
    for (const std::uint64_t last : {1U, 2U, 70'000U}) log::LoadStored({last}, bytes);
    return;
  }
  const auto block = journal::ParseBlock(bytes);
  if (!block.has_value()) return;
  CHECK(!block->records.empty());
  const auto opened = journal::DecompressBlock(journal::CompressBlock(bytes), bytes.size());
  CHECK(opened.has_value() && *opened == bytes);
  const auto loaded = log::LoadedBlock::Load({1}, std::string(bytes));
  if (loaded == nullptr) return;
  static_cast<void>(loaded->HasSystem());
  CHECK(loaded->KeysByRecord().size() == loaded->block().records.size());
}
std::vector<std::string> BlockSeeds() {
  const std::string block = BlockBytes(1, 2);
  return {absl::StrCat(std::string(1, '\0'), journal::CompressBlock(block)),
          absl::StrCat(std::string(1, '\0'), log::StoredValue(2, block)), "\1" + block};
}

// Segments as they come, or frames with anything in them whose checksums hold.
void JournalScan(std::string_view bytes) {
  SimulatedFiles files;
  CHECK(files.MakeFolder("/journal/000001").ok());
  const unsigned kind = TakeByte(bytes);
  std::string segment = SegmentBytes(bytes.size());
  journal::Digest previous = journal::NoDigest();
  std::uint64_t position = 1;
  while (kind % 2 == 0 && !bytes.empty()) {
    const std::uint32_t count = TakeByte(bytes) % 4 + 1;
    const std::size_t size = TakeByte(bytes);
    const std::string frame = FrameOf({position}, count, Take(bytes, size), previous);
    previous = journal::ChecksumIn(frame);
    segment += frame;
    position += count + TakeByte(bytes) % 16 / 15;
  }
  WriteFile(files, "/journal/000001/" + journal::SegmentName(1),
            segment + std::string(kind % 2 == 0 ? "" : bytes));
  if (kind % 4 == 3) WriteFile(files, "/journal/000001/" + journal::SegmentName(2), bytes);
  std::uint64_t records = 0;
  const auto visit = [&](const journal::Frame&, const journal::Block& block) {
    records += block.records.size();
    return absl::OkStatus();
  };
  const auto scan = journal::ScanJournal(files, "/journal", visit);
  CHECK(!scan.ok() || scan->head.value >= records);
  if (!scan.ok() || scan->last.folder.empty()) return;
  // From where it ended there is nothing more.
  records = 0;
  const auto rest = journal::ScanJournalFrom(files, "/journal", scan->last, visit);
  CHECK(!rest.ok() || (records == 0 && rest->head == scan->head));
}
std::vector<std::string> JournalScanSeeds() {
  const std::string payload = journal::CompressBlock(BlockBytes(1, 2));
  const std::string frame = FrameOf({1}, 2, payload, journal::NoDigest());
  const std::string built = absl::StrCat(
      std::string(1, '\1'), std::string(1, static_cast<char>(payload.size())), payload);
  return {std::string(1, '\0') + built, absl::StrCat(std::string(1, '\0'), built, "\2", built),
          "\1" + frame, "\3" + frame};
}

// Both readings of a record in place agree with the message.
void Record(std::string_view bytes) {
  const auto view = log::ViewRecord(bytes);
  const auto envelope = log::ViewEnvelope(bytes);
  const std::string_view stream = log::StreamOf(bytes);
  pb::Record record;
  const bool is_canonical = record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) &&
                            record.SerializeAsString() == bytes;
  for (const std::uint64_t position : {std::uint64_t{1}, record.position()}) {
    static_cast<void>(log::ParseRecord({position}, bytes));
  }
  // Groups, which no writer of ours makes, are known to messages only.
  const auto& unknown = record.GetReflection()->GetUnknownFields(record);
  if (!is_canonical || !unknown.empty() ||
      record.event().GetReflection()->GetUnknownFields(record.event()).field_count() > 0)
    return;
  CHECK(view.has_value() && envelope.has_value());
  const log::RecordView of = log::ViewOf(record);
  CHECK(view->position == of.position && view->stream == of.stream && view->type == of.type);
  CHECK(view->revision == of.revision && view->append_first == of.append_first);
  CHECK(view->append_events == of.append_events && view->event_id == of.event_id);
  CHECK(view->place == of.place && view->sector == of.sector);
  CHECK(view->request_digest == of.request_digest && envelope->event == view->event);
  CHECK(stream == of.stream);
}
std::vector<std::string> RecordSeeds() { return {RecordBytes(1), RecordBytes(1 << 20)}; }

void Page(std::string_view bytes) {
  const unsigned kind = TakeByte(bytes);
  for (const bool with_system : {false, true}) {
    if (const auto page = log::ParsePage(std::string(bytes), with_system); page.has_value()) {
      pb::ReadAllResponse response;
      static_cast<void>(log::ParseInto(*page, response));
      log::RecordWalk walk(page->records);
      std::size_t count = 0;
      while (walk.Next().has_value()) ++count;
      CHECK(count == page->count);
    }
  }
  std::vector<std::string_view> pieces;
  pieces.reserve(bytes.size() / (kind + 1) + 1);
  log::StoredDelivery whole;
  log::StoredDelivery split;
  const bool is_whole = log::ParseDelivery(std::span(&bytes, 1), whole);
  std::string_view rest = bytes;
  while (!rest.empty()) pieces.push_back(Take(rest, kind + 1));
  CHECK(log::ParseDelivery(pieces, split) == is_whole);
  CHECK(!is_whole ||
        (whole.batch.records == split.batch.records && whole.batch.count == split.batch.count));
}
std::vector<std::string> PageSeeds() {
  pb::ReadAllResponse page;
  CHECK(page.add_records()->ParseFromString(RecordBytes(1)));
  page.set_next_position(2);
  page.set_head(9);
  pb::SubscribeResponse delivery;
  CHECK(delivery.mutable_batch()->add_records()->ParseFromString(RecordBytes(1)));
  pb::SubscribeResponse caught_up;
  caught_up.mutable_caught_up();
  return {"\7" + page.SerializeAsString(), "\1" + delivery.SerializeAsString(),
          "\2" + caught_up.SerializeAsString()};
}

void Marks(std::string_view bytes) {
  static_cast<void>(log::ParseGroupMark(bytes));
  static_cast<void>(log::ParseRun(bytes));
  static_cast<void>(log::CheckFormatMark(bytes));
}
std::vector<std::string> MarksSeeds() {
  return {"3", std::string(8, '\1'), std::string(64, '\2'), std::string(4, '\0')};
}

void State(std::string_view bytes) {
  SimulatedFiles files;
  CHECK(files.MakeFolder("/data").ok());
  // The text as it is, or with a sum that holds.
  const bool sealed = TakeByte(bytes) % 2 == 1;
  const std::string sum =
      absl::StrCat("sum ", absl::BytesToHexString(journal::HashOf(bytes)), "\n");
  WriteFile(files, "/data/state", absl::StrCat(ToAbsl(bytes), sealed ? sum : ""));
  const auto state = log::ReadLogState(files, "/data/state");
  CHECK(state.ok());
  CHECK(log::WriteLogState(files, "/data/again", *state).ok());
  const auto again = log::ReadLogState(files, "/data/again");
  CHECK(again.ok() && again->closed == state->closed && again->suspect == state->suspect);
  CHECK(again->verified.folder == state->verified.folder);
}
std::vector<std::string> StateSeeds() {
  return {"\1journal 30313233\nverified 000001 3 8192 812 9f0c 77aa\nclosed 812 9f0c\n",
          "\1suspect some words\n", std::string(1, '\0')};
}

void Outcomes(std::string_view bytes) {
  const grpc::Slice slice(bytes.data(), bytes.size());
  const grpc::ByteBuffer message(&slice, 1);
  static_cast<void>(
      log::ReadOutcomes(message, [](std::uint64_t, const log::AskedAppends::Result&) {}));
}
std::vector<std::string> OutcomesSeeds() {
  pb::AppendSessionResponse response;
  response.add_outcomes()->mutable_appended()->set_first_position(7);
  response.add_outcomes()->mutable_refused()->set_code(3);
  return {response.SerializeAsString()};
}

void Append(std::string_view bytes) {
  pb::AppendRequest request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  static_cast<void>(log::IsStreamName(bytes));
  pb::LookupRequest lookup = log::LookupOf(request);
  static_cast<void>(log::CheckLookup(lookup));
  if (!log::CheckAppend(request).ok()) return;
  const std::vector<Revision> heads(static_cast<std::size_t>(request.writes_size()));
  const auto records = log::PlanRecords(request, heads, {1});
  CHECK(!records.empty());
  // A write without events only states what is expected.
  const auto first = std::ranges::find_if(
      request.writes(), [](const pb::StreamWrite& write) { return write.events_size() > 0; });
  std::string encoded;
  log::EncodeRecord(records[0], {absl::UnixEpoch()}, first->events(0), encoded);
  const auto view = log::ViewRecord(encoded);
  CHECK(view.has_value() && view->stream == records[0].stream);
}
std::vector<std::string> AppendSeeds() {
  log::Appends appends(1);
  pb::AppendRequest request = appends.To(appends.Stream(), 2);
  appends.Add(request, appends.Stream("person")).set_revision(3);
  return {request.SerializeAsString()};
}

constexpr Target kTargets[] = {
    {"wire", Wire, WireSeeds},
    {"journal_frame", Frame, FrameSeeds},
    {"journal_scan", JournalScan, JournalScanSeeds},
    {"block", Block, BlockSeeds},
    {"record", Record, RecordSeeds},
    {"page", Page, PageSeeds},
    {"store_marks", Marks, MarksSeeds},
    {"log_state", State, StateSeeds},
    {"session_outcomes", Outcomes, OutcomesSeeds},
    {"append", Append, AppendSeeds},
};

}  // namespace

std::span<const Target> LogTargets() { return kTargets; }

}  // namespace mlup::fuzz
