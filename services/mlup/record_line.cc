// The envelope by the names of its proto.
#include "services/mlup/record_line.h"

#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/check.h"
#include "eventstore/payload/payload.h"

namespace mlup::cli {
namespace {

using Json = nlohmann::ordered_json;

// What is not set is left out.
Json FieldsOf(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  CHECK(google::protobuf::util::MessageToJsonString(message, &text, options).ok());
  return Json::parse(text);
}

}  // namespace

std::string RecordLine(const log::v1::Record& record) {
  Json line = {{"position", record.position()},
               {"stream", record.stream()},
               {"revision", record.revision()},
               {"recorded_at", FieldsOf(record.recorded_at())}};
  if (record.has_clock_behind()) line["clock_behind"] = FieldsOf(record.clock_behind());
  log::v1::Event envelope = record.event();
  envelope.clear_common();
  envelope.clear_subjects();
  line.update(FieldsOf(envelope));
  line["subjects"] = Json::array();
  for (const auto& part : record.event().subjects()) line["subjects"].push_back(part.subject_id());
  const auto clear = payload::JoinClear(record.event());
  line["fields"] = clear.ok() ? FieldsOf(**clear) : Json(nullptr);
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mlup::cli
