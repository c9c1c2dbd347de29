#include "eventstore/proof/header.h"

#include <array>
#include <cstddef>
#include <initializer_list>

#include "absl/strings/str_cat.h"

#include "eventstore/base/check.h"
#include "eventstore/proof/bytes.h"

namespace mlup::proof {
namespace {

constexpr std::string_view kHeaderMagic = "mlupEVH1";
constexpr std::size_t kStr8Max = 0xff;
constexpr std::size_t kStr16Max = 0xffff;
constexpr std::int32_t kNanosMax = 999'999'999;

absl::Status Unfit(std::string_view field, std::string_view rule) {
  return FieldError(absl::StatusCode::kInvalidArgument, "HEADER_UNFIT", field,
                    absl::StrCat("cannot stand in the header of an event: ", ToAbsl(rule)));
}

bool Fits(const google::protobuf::Timestamp& time) {
  return time.nanos() >= 0 && time.nanos() <= kNanosMax;
}

void Put(const google::protobuf::Timestamp& time, ByteWriter& to) {
  CHECK(Fits(time));
  to.U64(static_cast<std::uint64_t>(time.seconds()));
  to.U32(static_cast<std::uint32_t>(time.nanos()));
}

void PutCode(int code, ByteWriter& to) {
  CHECK(code >= 0 && code <= 0xff);
  to.U8(static_cast<std::uint64_t>(code));
}

google::protobuf::Timestamp TakeTimestamp(ByteReader& from) {
  google::protobuf::Timestamp time;
  time.set_seconds(static_cast<std::int64_t>(from.U64()));
  time.set_nanos(
      static_cast<std::int32_t>(from.AtMost(from.U32(), static_cast<std::uint32_t>(kNanosMax))));
  return time;
}

absl::Time TakeTime(ByteReader& from) {
  const google::protobuf::Timestamp time = TakeTimestamp(from);
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

void PutOccurred(const log::v1::Occurred& occurred, ByteWriter& to) {
  PutCode(occurred.precision(), to);
  to.Str8(occurred.from());
  to.Str8(occurred.to());
  to.U8(occurred.has_instant() ? 1 : 0);
  if (occurred.has_instant()) Put(occurred.instant(), to);
}

log::v1::Occurred TakeOccurred(ByteReader& from) {
  log::v1::Occurred occurred;
  occurred.set_precision(static_cast<log::v1::Precision>(from.U8()));
  occurred.set_from(std::string(from.Str8()));
  occurred.set_to(std::string(from.Str8()));
  if (from.Flag()) *occurred.mutable_instant() = TakeTimestamp(from);
  return occurred;
}

void PutEvent(const log::v1::Event& event, ByteWriter& to) {
  to.Str8(event.event_id());
  to.Str16(event.type());
  to.U32(event.schema_version());
  PutOccurred(event.occurred(), to);
  to.U8(event.has_source_recorded_at() ? 1 : 0);
  if (event.has_source_recorded_at()) Put(event.source_recorded_at(), to);
  to.Str8(event.actor().actor_id());
  to.Str8(event.actor().role());
  to.Str8(event.actor().organisation_id());
  to.Str8(event.actor().on_behalf_of());
  PutCode(event.channel(), to);
  to.Str8(event.device());
  to.Str8(event.request_id());
  to.Str8(event.correlation_id());
  to.Str8(event.causation_id());
  to.Str8(event.reason());
  PutCode(event.sensitivity(), to);
  PutCode(event.sector(), to);
  to.Str8(event.place());
  to.Str8(event.source_system());
  to.Str8(event.source_id());
  to.Str8(event.recorded_by());
}

void TakeEvent(ByteReader& from, Header& header) {
  header.event_id = from.Str8();
  header.type = from.Str16();
  header.schema_version = from.U32();
  header.occurred = TakeOccurred(from);
  if (from.Flag()) header.source_recorded_at = TakeTime(from);
  header.actor.set_actor_id(std::string(from.Str8()));
  header.actor.set_role(std::string(from.Str8()));
  header.actor.set_organisation_id(std::string(from.Str8()));
  header.actor.set_on_behalf_of(std::string(from.Str8()));
  from.U8();    // Channel.
  from.Str8();  // Device.
  from.Str8();  // Request.
  from.Str8();  // Correlation.
  from.Str8();  // Cause.
  header.reason = from.Str8();
  from.U8();  // Sensitivity.
  from.U8();  // Sector.
  header.place = from.Str8();
  from.Str8();  // Source system.
  from.Str8();  // Id there.
  header.recorded_by = from.Str8();
}

// A length in front of a text.
class Length {
 public:
  explicit Length(std::string_view text) {
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
      bytes_[i] = static_cast<char>(text.size() >> (8 * (bytes_.size() - 1 - i)));
    }
  }
  std::string_view text() const { return {bytes_.data(), bytes_.size()}; }

 private:
  std::array<char, 4> bytes_{};
};

}  // namespace

Hash StreamDigest(std::string_view stream) { return Sha256(stream); }

Hash PartDigest(const log::v1::SubjectPart& part) {
  return Sha256Of({Length(part.subject_id()).text(), part.subject_id(), Length(part.salt()).text(),
                   part.salt(), Length(part.clear()).text(), part.clear(),
                   Length(part.sealed()).text(), part.sealed()});
}

absl::Status CheckHeader(const log::v1::Record& record) {
  struct Text {
    std::string_view name;
    const std::string& value;
    std::size_t max;
  };
  const log::v1::Event& event = record.event();
  const log::v1::Actor& actor = event.actor();
  const log::v1::Occurred& occurred = event.occurred();
  for (const Text& text :
       {Text{"event_id", event.event_id(), kStr8Max}, Text{"type", event.type(), kStr16Max},
        Text{"occurred.from", occurred.from(), kStr8Max},
        Text{"occurred.to", occurred.to(), kStr8Max},
        Text{"actor.actor_id", actor.actor_id(), kStr8Max},
        Text{"actor.role", actor.role(), kStr8Max},
        Text{"actor.organisation_id", actor.organisation_id(), kStr8Max},
        Text{"actor.on_behalf_of", actor.on_behalf_of(), kStr8Max},
        Text{"device", event.device(), kStr8Max}, Text{"request_id", event.request_id(), kStr8Max},
        Text{"correlation_id", event.correlation_id(), kStr8Max},
        Text{"causation_id", event.causation_id(), kStr8Max},
        Text{"reason", event.reason(), kStr8Max}, Text{"place", event.place(), kStr8Max},
        Text{"source_system", event.source_system(), kStr8Max},
        Text{"source_id", event.source_id(), kStr8Max},
        Text{"recorded_by", event.recorded_by(), kStr8Max},
        Text{"request_digest", record.request_digest(), kStr8Max}}) {
    if (text.value.size() > text.max) {
      return Unfit(text.name, absl::StrCat("at most ", text.max, " bytes"));
    }
  }
  for (const int code : {static_cast<int>(occurred.precision()), static_cast<int>(event.channel()),
                         static_cast<int>(event.sensitivity()), static_cast<int>(event.sector())}) {
    if (code < 0 || code > 0xff) {
      return Unfit("precision, channel, sensitivity or sector", "numbers from 0 to 255");
    }
  }
  if (!Fits(occurred.instant()) || !Fits(event.source_recorded_at()) ||
      !Fits(record.recorded_at()) || !Fits(record.clock_behind())) {
    return Unfit("occurred.instant, source_recorded_at, recorded_at or clock_behind",
                 "nanoseconds of less than a second");
  }
  if (static_cast<std::size_t>(event.subjects_size()) > kStr16Max) {
    return Unfit("subjects", absl::StrCat("at most ", kStr16Max));
  }
  return absl::OkStatus();
}

void AppendHeader(const log::v1::Record& record, const Hash& previous, std::string& to) {
  const log::v1::Event& event = record.event();
  ByteWriter writer(to);
  writer.Bytes(kHeaderMagic);
  writer.U64(record.position());
  writer.Digest(StreamDigest(record.stream()));
  writer.U64(record.revision());
  writer.Digest(previous);
  Put(record.recorded_at(), writer);
  writer.U8(record.has_clock_behind() ? 1 : 0);
  if (record.has_clock_behind()) Put(record.clock_behind(), writer);
  PutEvent(event, writer);
  writer.U64(record.append_first_position());
  writer.U32(record.append_event_count());
  writer.Str8(record.request_digest());
  writer.Digest(Sha256(event.common()));
  CHECK(static_cast<std::size_t>(event.subjects_size()) <= kStr16Max);
  writer.U16(static_cast<std::uint64_t>(event.subjects_size()));
  for (const log::v1::SubjectPart& part : event.subjects()) writer.Digest(PartDigest(part));
}

std::string MakeHeader(const log::v1::Record& record, const Hash& previous) {
  std::string header;
  AppendHeader(record, previous, header);
  return header;
}

absl::StatusOr<Header> ParseHeader(std::string_view bytes) {
  ByteReader from(bytes);
  Header header;
  const bool magic = from.Bytes(kHeaderMagic.size()) == kHeaderMagic;
  header.position = {from.U64()};
  header.stream = from.Digest();
  header.revision = {from.U64()};
  header.previous = from.Digest();
  header.recorded_at = TakeTime(from);
  if (from.Flag()) header.clock_behind = TakeTime(from);
  TakeEvent(from, header);
  from.U64();   // First position of the append.
  from.U32();   // Events of the append.
  from.Str8();  // Request digest.
  header.common = from.Digest();
  const std::uint16_t parts = from.U16();
  if (from.left() == parts * sizeof(Hash)) header.parts.reserve(parts);
  while (from.ok() && header.parts.size() < parts) header.parts.push_back(from.Digest());
  if (!magic || !from.Whole()) {
    return Error(absl::StatusCode::kInvalidArgument, "HEADER_MALFORMED",
                 "the header of an event is not of the form of version 1");
  }
  return header;
}

Hash StreamKey(std::string_view stream) { return Sha256Of({"stream:", stream}); }

Hash SubjectKey(std::string_view subject_id) { return Sha256Of({"subject:", subject_id}); }

Hash MapLeaf::Value() const {
  std::string bytes;
  ByteWriter writer(bytes);
  writer.U64(count);
  writer.Digest(head);
  return Sha256(bytes);
}

MapLeaf Extend(const MapLeaf& subject, const Hash& header_hash) {
  return {subject.count + 1, Sha256Of({AsText(subject.head), AsText(header_hash)})};
}

}  // namespace mlup::proof
