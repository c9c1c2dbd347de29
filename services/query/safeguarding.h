// Concerns about staff, which are in no history of whom they name.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "mlup/log/v1/envelope.pb.h"
#include "services/privacy/keyring.h"

namespace mlup::query {

struct SafeguardingReader {
  std::string actor_id;
  bool may_read = false;
};

// The streams among `records` of which the reader must not know: those of sensitivity SAFEGUARDING,
// without the right to read them all, else those on which any record, opened, names the reader or
// once did. What cannot be opened, other than what was erased, is taken to name everybody.
std::set<std::string> StreamsWithheld(const std::vector<log::v1::Record>& records,
                                      const SafeguardingReader& reader,
                                      const privacy::Keyring& keyring);

}  // namespace mlup::query
