// CloudEvents 1.0: the envelope in which events leave for other systems, and in which theirs
// arrive.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"

#include "eventstore/base/types.h"
#include "mlup/log/v1/envelope.pb.h"

namespace mlup::cloudevents {

inline constexpr std::string_view kStructuredType = "application/cloudevents+json";
inline constexpr std::string_view kBatchType = "application/cloudevents-batch+json";
inline constexpr std::string_view kProtobufType = "application/cloudevents+protobuf";

// The value of an extension; what mlup sends is always text.
using Extension = std::variant<std::string, bool, std::int32_t>;

// One event in the vocabulary of CloudEvents. Empty optional attributes are absent.
struct CloudEvent {
  // Required; `source` and `id` together name the event for ever.
  std::string id;
  std::string source;
  std::string type;
  // Optional.
  std::string subject;
  std::string time;
  std::string dataschema;
  std::string datacontenttype;
  // Names are lower-case letters and digits.
  std::map<std::string, Extension, std::less<>> extensions;
  // The content, as `datacontenttype` says; JSON when that is empty.
  std::optional<std::string> data;

  friend bool operator==(const CloudEvent&, const CloudEvent&) = default;
};

// A record as another system gets it; pass in what a feed delivered, already redacted. The
// attributes are described in deploy/guide.md. INTERNAL EVENT_TYPE_UNKNOWN; DATA_LOSS
// PAYLOAD_DAMAGED.
absl::StatusOr<CloudEvent> FromRecord(const log::v1::Record& record);

// `mlup.cases.v1.CaseClosed` in schema version 1 as `org.mluprussey.cases.CaseClosed.v1`.
std::string TypeName(std::string_view event_type, std::uint32_t schema_version);

// The extension `sequence`: 20 digits, so that the order of texts is the order of positions.
std::string Sequence(Position position);

// An HTTP message: header names in lower case, values ready to be sent.
struct HttpMessage {
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

// One JSON object in one line: `application/cloudevents+json`.
std::string ToStructuredJson(const CloudEvent& event);
// A JSON array: `application/cloudevents-batch+json`.
std::string ToBatchJson(std::span<const CloudEvent> events);
// Attributes as `ce-` headers, the data as the body.
HttpMessage ToBinaryHttp(const CloudEvent& event);
// A serialised io.cloudevents.v1.CloudEvent: `application/cloudevents+protobuf`.
std::string ToProtobuf(const CloudEvent& event);

// Reads one structured JSON event from outside, of at most kHttpBodyBytesMax. INVALID_ARGUMENT with
// the attribute: CLOUD_EVENT_MALFORMED, ATTRIBUTE_REQUIRED, ATTRIBUTE_INVALID, SPECVERSION_UNKNOWN.
absl::StatusOr<CloudEvent> ParseStructuredJson(std::string_view json);

}  // namespace mlup::cloudevents
