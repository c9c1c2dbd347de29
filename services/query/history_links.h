// What the entries of a history have to do with each other.
#pragma once

#include <vector>

#include <google/protobuf/message.h>

#include "mlup/audit/v1/audit.pb.h"
#include "mlup/log/v1/envelope.pb.h"

namespace mlup::query {

// An entry and what it was made of.
struct LinkedEntry {
  const log::v1::Record* record;
  const google::protobuf::Message* message;
  audit::v1::HistoryEntry* entry;
};

// Says of each entry which other one caused it, with which one it was recorded and by which ones it
// was approved. Names none but these entries: what the reader does not see is as if it were not
// there. Pure.
void LinkEntries(const std::vector<LinkedEntry>& entries);

}  // namespace mlup::query
