// One line of an import: what it asks to be recorded.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/message.h>

#include "eventstore/base/status.h"
#include "mlup/record/v1/record_service.pb.h"
#include "mlup/sync/v1/sync_service.pb.h"
#include "services/domain/fact_table.h"

namespace mlup::cli {

// Where a request comes from that was made of another system's row.
struct RowOrigin {
  std::uint64_t row;
  // The request's name in the map.
  std::string request;
  // The columns that its fields come from, by the path of the field.
  std::map<std::string, std::string> columns;

  // Of the field or of what is around it; empty where none is.
  std::string ColumnOf(std::string_view field) const;
};

struct ImportLine {
  // Where all facts of the line go.
  const domain::Service* service = nullptr;
  record::v1::ServiceRequest request;
  // Null for a line of a file of requests. Shared with nobody.
  std::shared_ptr<const RowOrigin> origin = nullptr;

  // The service's RecordRequest.
  const google::protobuf::Message& record() const;
  // Their permissions, `cases/case_opened`; at least one.
  std::vector<std::string> facts() const;
};

// Reads `{"record": {"context": {...}, "facts": [...]}}`, strictly (eventstore/json). The service
// follows from the facts and the categories of their streams. INVALID_ARGUMENT with the field and
// one of JSON_INVALID, JSON_TOO_DEEP, JSON_TOO_LONG, NUMBER_INVALID, LINE_FORM, FACT_UNKNOWN,
// SERVICES_MIXED, FIELD_REQUIRED, FIELD_UNKNOWN, FIELD_DOUBLED, VALUE_INVALID. No error repeats a
// value.
absl::StatusOr<ImportLine> ParseImportLine(std::string_view text);

// Reads `{"sequence": 1, "made_at": "2021-04-22T05:00:00Z", "record": {...}}` in the same way.
absl::StatusOr<sync::v1::Item> ParseItem(std::string_view text);

}  // namespace mlup::cli
