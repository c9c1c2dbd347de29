#include "eventstore/client/session_message.h"

#include <optional>
#include <utility>

#include <grpcpp/support/slice.h>

#include "eventstore/base/check.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/wire.h"
#include "eventstore/log/error_pb.h"

namespace mlup::log {
namespace {

using v1::AppendOutcome;

// A message that has so many takes no more; an append of a session is smaller than the difference
// to kMessageReceiveMax.
constexpr std::size_t kFullBytes = 256 << 10;

constexpr std::uint32_t Bytes(int field) {
  return wire::Tag(static_cast<std::uint32_t>(field), wire::kBytes);
}
constexpr std::uint32_t Number(int field) {
  return wire::Tag(static_cast<std::uint32_t>(field), wire::kVarint);
}

template <typename Message>
bool Parse(std::string_view bytes, Message& message) {
  return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

// Nothing when the bytes are no outcome of this version.
std::optional<AskedAppends::Result> ReadOutcome(std::string_view bytes, std::uint64_t& number) {
  std::optional<AskedAppends::Result> result;
  wire::Reader reader(bytes);
  while (const std::uint32_t tag = reader.NextTag()) {
    switch (tag) {
      case Number(AppendOutcome::kNumberFieldNumber):
        number = reader.Varint();
        break;
      case Bytes(AppendOutcome::kAppendedFieldNumber):
        if (!Parse(reader.Bytes(), *result.emplace(v1::AppendResponse()))) return std::nullopt;
        break;
      case Bytes(AppendOutcome::kRefusedFieldNumber): {
        v1::Refusal refusal;
        if (!Parse(reader.Bytes(), refusal) || refusal.code() == 0) return std::nullopt;
        result.emplace(FromRefusal(refusal));
        break;
      }
      default:
        reader.Skip(tag);
    }
  }
  if (reader.failed()) return std::nullopt;
  return result;
}

}  // namespace

AskedAppends::AskedAppends(std::span<const v1::AppendRequest* const> requests,
                           gpr_timespec deadline, Done done)
    : deadline_(deadline), done_(std::move(done)), open_(requests.size()) {
  constexpr std::uint32_t kTag = Bytes(v1::AppendSessionRequest::kAppendsFieldNumber);
  ends_.reserve(requests.size());
  std::size_t end = 0;
  for (const v1::AppendRequest* request : requests) {
    const std::size_t size = request->ByteSizeLong();
    ends_.push_back(end += wire::VarintBytes(kTag) + wire::VarintBytes(size) + size);
  }
  bytes_.resize(end);
  char* to = bytes_.data();
  for (const v1::AppendRequest* request : requests) {
    const auto size = static_cast<std::size_t>(request->GetCachedSize());
    to = wire::PutVarint(size, wire::PutVarint(kTag, to));
    auto* const begin = reinterpret_cast<std::uint8_t*>(to);
    CHECK(request->SerializeWithCachedSizesToArray(begin) == begin + size);
    to += size;
  }
  CHECK(to == bytes_.data() + end);
}

std::string_view AskedAppends::BytesOf(std::size_t index) const {
  const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
  return std::string_view(bytes_).substr(begin, ends_[index] - begin);
}

bool AskedAppends::Set(std::size_t index, Result result) {
  if (results_.empty()) results_.resize(count());
  results_[index] = std::move(result);
  return --open_ == 0;
}

bool SessionMessage::HasRoomFor(std::size_t bytes) const {
  return count_ == 0 || (count_ < kSessionBatchMax && bytes_.size() + bytes <= kFullBytes);
}

void SessionMessage::Add(std::string_view append) {
  bytes_ += append;
  ++count_;
}

grpc::ByteBuffer SessionMessage::TakeBytes() {
  auto* const kept = new std::string(std::move(bytes_));
  const grpc::Slice slice(
      kept->data(), kept->size(), [](void* bytes) { delete static_cast<std::string*>(bytes); },
      kept);
  return {&slice, 1};
}

bool ReadOutcomes(const grpc::ByteBuffer& message,
                  const std::function<void(std::uint64_t, AskedAppends::Result)>& tell) {
  grpc::Slice slice;
  if (!message.TrySingleSlice(&slice).ok() && !message.DumpToSingleSlice(&slice).ok()) return false;
  wire::Reader reader({reinterpret_cast<const char*>(slice.begin()), slice.size()});
  while (const std::uint32_t tag = reader.NextTag()) {
    if (tag != Bytes(v1::AppendSessionResponse::kOutcomesFieldNumber)) {
      reader.Skip(tag);
      continue;
    }
    std::uint64_t number = 0;
    auto result = ReadOutcome(reader.Bytes(), number);
    if (!result.has_value()) return false;
    tell(number, *std::move(result));
  }
  return !reader.failed();
}

}  // namespace mlup::log
