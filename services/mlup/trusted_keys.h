// Keys that a person trusts, and what they vouch for.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "eventstore/base/files.h"
#include "eventstore/proof/note.h"

// All functions may be called from any thread.
namespace mlup::cli {

// The keys that `values` name: verifier text, or files with one such text a line, where `#` begins
// a comment. INVALID_ARGUMENT KEY_MALFORMED, also for keys of another kind; errors of Files.
absl::StatusOr<std::vector<proof::VerifierKey>> ReadKeys(Files& files,
                                                         std::span<const std::string> values,
                                                         proof::SignatureKind kind);

// `trusted`, which is not empty, and every key that they hand over to; handovers oldest first.
// FAILED_PRECONDITION HANDOVER_WRONG.
absl::StatusOr<std::vector<proof::VerifierKey>> FollowHandovers(
    std::vector<proof::VerifierKey> trusted, std::span<const std::string> handovers);

// The checkpoint in a note that one of the log's `keys` signed. INVALID_ARGUMENT
// CHECKPOINT_MALFORMED; FAILED_PRECONDITION SIGNATURE_WRONG, LOG_KEY_UNKNOWN, ORIGIN_WRONG.
absl::StatusOr<proof::Checkpoint> OpenSigned(std::string_view note,
                                             const std::vector<proof::VerifierKey>& keys);

// The note with only those of its signature lines that `keys` made.
std::string KeepSignatures(std::string_view note, const std::vector<proof::VerifierKey>& keys);

}  // namespace mlup::cli
