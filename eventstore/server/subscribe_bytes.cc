// The wire format of one message, by hand where records are shared.
#include "eventstore/server/subscribe_bytes.h"

#include <cstdint>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include "eventstore/base/check.h"
#include "eventstore/server/rpc_bytes.h"

namespace mlup::log {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

constexpr std::uint32_t kBatchTag = WireFormatLite::MakeTag(
    pb::SubscribeResponse::kBatchFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
constexpr std::uint32_t kRecordTag = WireFormatLite::MakeTag(
    pb::SubscribeResponse::Batch::kRecordsFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
constexpr std::uint32_t kHistoryTag = WireFormatLite::MakeTag(
    pb::SubscribeResponse::kHistoryFieldNumber, WireFormatLite::WIRETYPE_FIXED64);

std::size_t FieldBytes(std::uint32_t tag, std::size_t length) {
  return CodedOutputStream::VarintSize32(tag) +
         CodedOutputStream::VarintSize32(static_cast<std::uint32_t>(length)) + length;
}

std::uint8_t* PutHeader(std::uint32_t tag, std::size_t length, std::uint8_t* to) {
  to = CodedOutputStream::WriteVarint32ToArray(tag, to);
  return CodedOutputStream::WriteVarint32ToArray(static_cast<std::uint32_t>(length), to);
}

}  // namespace

grpc::ByteBuffer ToBytes(const Subscription::SharedMessage& message) {
  if (message.records.empty()) return ToBytes(message.message);
  std::size_t batch = 0;
  for (const auto& shared : message.records) batch += FieldBytes(kRecordTag, shared->bytes.size());
  const std::size_t history = CodedOutputStream::VarintSize32(kHistoryTag) + sizeof(std::uint64_t);
  const std::size_t size = FieldBytes(kBatchTag, batch) + history;

  grpc_slice raw = grpc_slice_malloc(size);
  std::uint8_t* const begin = GRPC_SLICE_START_PTR(raw);
  std::uint8_t* to = PutHeader(kBatchTag, batch, begin);
  for (const auto& shared : message.records) {
    to = PutHeader(kRecordTag, shared->bytes.size(), to);
    to = CodedOutputStream::WriteRawToArray(shared->bytes.data(),
                                            static_cast<int>(shared->bytes.size()), to);
  }
  to = CodedOutputStream::WriteVarint32ToArray(kHistoryTag, to);
  to = CodedOutputStream::WriteLittleEndian64ToArray(message.message.history(), to);
  CHECK(to == begin + size);
  const grpc::Slice slice(raw, grpc::Slice::STEAL_REF);
  return {&slice, 1};
}

}  // namespace mlup::log
