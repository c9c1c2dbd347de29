#include "eventstore/proof/map_record.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/check.h"
#include "eventstore/proof/bytes.h"

namespace mlup::proof {
namespace {

constexpr char kSizeTag = 0x08;
constexpr std::string_view kRootTag("\x12\x20", 2);

}  // namespace

std::string MapRecord::ToCommon() const {
  CHECK(size > 0);
  std::string common(1, kSizeTag);
  for (std::uint64_t rest = size; rest != 0; rest >>= 7) {
    common.push_back(static_cast<char>((rest & 0x7f) | (rest >= 0x80 ? 0x80 : 0)));
  }
  common.append(kRootTag);
  common.append(AsText(root));
  return common;
}

std::optional<MapRecord> MapRecord::FromCommon(std::string_view common) {
  ByteReader from(common);
  MapRecord record;
  from.Bytes(1);
  bool more = true;
  for (int shift = 0; more && shift < 64; shift += 7) {
    const std::uint64_t byte = from.U8();
    record.size |= (byte & 0x7f) << shift;
    more = byte >= 0x80;
  }
  from.Bytes(kRootTag.size());
  record.root = from.Digest();
  // A number has one spelling only, and so has all that surrounds it.
  if (!from.Whole() || record.size == 0 || record.ToCommon() != common) return std::nullopt;
  return record;
}

bool IsMapRecord(const log::v1::Record& record) {
  return record.stream() == kMapStream && record.event().type() == kMapRecordType;
}

bool IsSystemStream(std::string_view stream) {
  return CategoryFor(stream).appender == Appender::kLog;
}

}  // namespace mlup::proof
