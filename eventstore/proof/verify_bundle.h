// What an auditor runs: no server, no files, no clock.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/proof/bundle.h"
#include "eventstore/proof/header.h"
#include "eventstore/proof/note.h"

namespace mlup::proof {

// Whom the auditor trusts.
struct Trust {
  // Keys of the log; at least one.
  std::vector<VerifierKey> log_keys;
  // Keys of witnesses; none means that cosignatures are not looked at.
  std::vector<VerifierKey> witness_keys;
  // The person the bundle must be about; empty for whomever it names.
  std::string subject_id;
};

// What a bundle that holds proves.
struct BundleSummary {
  std::string subject_id;
  std::string origin;
  // All events of the person up to here.
  Position complete_to;
  // Size of the signed tree.
  std::uint64_t tree_size = 0;
  // When a trusted witness first saw the log, and its size then; InfinitePast and 0 without one.
  absl::Time witnessed_at = absl::InfinitePast();
  std::uint64_t witnessed_size = 0;
  // Events with a part of the person, and all events shown.
  std::uint64_t naming = 0;
  std::uint64_t shown = 0;
  std::vector<std::string> streams;
  // Of the events shown, in their order.
  std::vector<Header> headers;
};

// Errors, in the order in which they are looked for: eventstore/proof/README.md. All are
// FAILED_PRECONDITION or INVALID_ARGUMENT; the reason tells, the message says it in words and names
// the position where there is one. Any thread.
absl::StatusOr<BundleSummary> VerifyBundle(std::string_view bytes, const Trust& trust);
absl::StatusOr<BundleSummary> VerifyBundle(const Bundle& bundle, const Trust& trust);

}  // namespace mlup::proof
