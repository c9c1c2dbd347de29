// Stored events, whoever wrote them, and what is made of them.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/message.h>

#include "eventstore/base/check.h"
#include "eventstore/json/json_text.h"
#include "eventstore/payload/event_references.h"
#include "eventstore/payload/payload.h"
#include "eventstore/proof/header.h"
#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/ext/v1/external_events.pb.h"
#include "mlup/log/v1/event_store.pb.h"
#include "projections/case_history/case_history_projection.h"
#include "projections/facts/fact.h"
#include "projections/facts/fact_projection.h"
#include "projections/shared_event.h"
#include "services/cloudevents/cloud_event.h"
#include "services/esdb/events.h"
#include "services/esdb/metadata.h"
#include "services/sharing/consent_projection.h"
#include "tests/fuzz/target.h"

namespace mlup::fuzz {
namespace {

log::v1::Record RecordOf(const google::protobuf::Message& event, const std::string& stream) {
  const auto split = payload::Split(event);
  CHECK(split.ok());
  log::v1::Record record;
  record.set_position(7);
  record.set_stream(stream);
  record.set_revision(1);
  record.mutable_recorded_at()->set_seconds(1'700'000'000);
  log::v1::Event& stored = *record.mutable_event();
  stored.set_event_id("018f3c6e-7d4b-7a01-8f3c-6e7d4b7a0001");
  stored.set_type(event.GetTypeName());
  stored.set_schema_version(1);
  stored.set_common(split->common);
  stored.mutable_occurred()->set_precision(log::v1::PRECISION_DAY);
  stored.mutable_occurred()->set_from("2021-02-17");
  stored.mutable_occurred()->set_to("2021-02-17");
  for (const payload::Part& part : split->parts) {
    log::v1::SubjectPart& subject = *stored.add_subjects();
    subject.set_subject_id(part.subject_id);
    subject.set_clear(part.clear);
    subject.set_salt(std::string(16, 's'));
  }
  return record;
}

void Event(std::string_view bytes) {
  log::v1::Record record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  if (proof::CheckHeader(record).ok()) {
    const auto header = proof::ParseHeader(proof::MakeHeader(record, proof::Hash{}));
    CHECK(!header.ok() || header->position.value == record.position());
  }
  const bool readable = payload::CheckReadable(record.event(), record.stream()).ok();
  const auto clear = payload::JoinClear(record.event());
  CHECK(clear.ok() || !readable);
  if (clear.ok()) {
    static_cast<void>(payload::ClearCopy(**clear));
    const auto split = payload::Split(**clear);
    for (const log::v1::SubjectPart& part : record.event().subjects()) {
      static_cast<void>(payload::MergePersonal(**clear, part.subject_id(), part.sealed()));
    }
  }
  static_cast<void>(projections::MakeFact(record));
  // No event stops a projection for good, whatever it holds: there is nothing to be skipped.
  google::protobuf::Arena arena;
  const projections::SharedEvent shared(record, arena);
  projections::Rows rows;
  CHECK(projections::FactProjection().Apply(shared, rows).ok());
  CHECK(projections::CaseHistoryProjection().Apply(shared, rows).ok());
  CHECK(sharing::ConsentProjection().Apply(shared, rows).ok());
  const auto cloud = cloudevents::FromRecord(record);
  if (cloud.ok()) static_cast<void>(cloudevents::ToStructuredJson(*cloud));
  static_cast<void>(esdb::OutlineOf(record));
  static_cast<void>(esdb::ToRecorded(record, esdb::UuidForm::kNumbers));
  const esdb::StreamMetadata metadata = esdb::ParseMetadata(record);
  CHECK(strict::ParseJson(esdb::WithTruncateBefore(metadata, 3)).ok());
}
std::vector<std::string> EventSeeds() {
  constexpr char kPerson[] = "0190a000-0000-7000-8000-00000000000a";
  cases::v1::PersonRegistered person;
  person.mutable_person()->set_person_id(kPerson);
  person.mutable_person()->set_name_latin("Sok");
  cases::v1::CaseClosed closed;
  ext::v1::ExternalEvent external;
  external.set_type("$metadata");
  external.set_data(R"({"$maxAge":3,"$tb":2})");
  return {RecordOf(person, std::string("person/") + kPerson).SerializeAsString(),
          RecordOf(closed, std::string("case/") + kPerson).SerializeAsString(),
          RecordOf(external, "ext/$$a-1").SerializeAsString()};
}

constexpr Target kTargets[] = {{"event", Event, EventSeeds}};

}  // namespace

std::span<const Target> EventTargets() { return kTargets; }

}  // namespace mlup::fuzz
