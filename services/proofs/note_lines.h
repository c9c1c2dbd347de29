// The signature lines of a note, whoever signed them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

// All functions are pure and may be called from any thread. Notes are well formed (note.h).
namespace mlup::proofs {

// The lines, each with its newline.
std::vector<std::string> SignatureLines(std::string_view note);

// The text of a note with its empty line.
std::string_view TextOf(std::string_view note);

// When a witness says that it signed; InfinitePast for a line that is no cosignature. The witness's
// key is not looked at.
absl::Time CosignedAt(std::string_view line);

// The note with the lines of the other as well; of two lines by one key, the other's. Both have the
// same text.
std::string MergeNotes(std::string_view note, std::string_view other);

}  // namespace mlup::proofs
