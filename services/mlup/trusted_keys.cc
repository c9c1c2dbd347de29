// Reads keys and follows what they vouch for.
#include "services/mlup/trusted_keys.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "eventstore/base/check.h"
#include "eventstore/base/status.h"

namespace mlup::cli {
namespace {

using proof::SignatureKind;
using proof::VerifierKey;

absl::Status AddKey(absl::string_view text, SignatureKind kind, std::vector<VerifierKey>& keys) {
  ASSIGN_OR_RETURN(VerifierKey key, VerifierKey::Parse(ToStd(text)));
  if (key.kind != kind) {
    return Error(absl::StatusCode::kInvalidArgument, "KEY_MALFORMED",
                 absl::StrCat(key.name, kind == SignatureKind::kLog
                                            ? " is a witness; the key of a log is wanted"
                                            : " is a log; the key of a witness is wanted"));
  }
  keys.push_back(std::move(key));
  return absl::OkStatus();
}

absl::Status AddFile(Files& files, const std::string& path, SignatureKind kind,
                     std::vector<VerifierKey>& keys) {
  ASSIGN_OR_RETURN(const std::string content, files.ReadAll(path));
  const std::size_t before = keys.size();
  for (absl::string_view line : absl::StrSplit(content, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line.front() == '#') continue;
    if (const absl::Status added = AddKey(line, kind, keys); !added.ok()) {
      return Error(absl::StatusCode::kInvalidArgument, "KEY_MALFORMED",
                   absl::StrCat(path, ": ", added.message(),
                                ": write it again with mlup keys, or from the witness.pub"));
    }
  }
  if (keys.size() > before) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "KEY_MALFORMED",
               absl::StrCat(path, " holds no key"));
}

}  // namespace

absl::StatusOr<std::vector<VerifierKey>> ReadKeys(Files& files, std::span<const std::string> values,
                                                  SignatureKind kind) {
  std::vector<VerifierKey> keys;
  for (const std::string& value : values) {
    ASSIGN_OR_RETURN(const bool is_file, files.Exists(value));
    if (is_file) {
      RETURN_IF_ERROR(AddFile(files, value, kind, keys));
      continue;
    }
    const absl::Status added = AddKey(value, kind, keys);
    if (!added.ok()) {
      return Error(absl::StatusCode::kInvalidArgument, "KEY_MALFORMED",
                   absl::StrCat(value, " is neither a file nor a key: ", added.message()));
    }
  }
  return keys;
}

absl::StatusOr<std::vector<VerifierKey>> FollowHandovers(std::vector<VerifierKey> trusted,
                                                         std::span<const std::string> handovers) {
  CHECK(!trusted.empty());
  const std::string origin = trusted.front().name;
  for (const std::string& handover : handovers) {
    ASSIGN_OR_RETURN(std::optional<VerifierKey> next,
                     proof::OpenHandover(handover, origin, trusted));
    if (next.has_value()) trusted.push_back(*std::move(next));
  }
  return trusted;
}

absl::StatusOr<proof::Checkpoint> OpenSigned(std::string_view note,
                                             const std::vector<VerifierKey>& keys) {
  ASSIGN_OR_RETURN(const proof::OpenedCheckpoint opened, proof::OpenCheckpoint(note, keys));
  const auto by_log =
      std::find_if(opened.signatures.begin(), opened.signatures.end(),
                   [](const auto& signature) { return signature.key.kind == SignatureKind::kLog; });
  if (by_log == opened.signatures.end()) {
    return Error(absl::StatusCode::kFailedPrecondition, "LOG_KEY_UNKNOWN",
                 absl::StrCat("the checkpoint of ", opened.checkpoint.origin,
                              " is not signed by a trusted key, nor by one that it hands over to"));
  }
  if (by_log->key.name != opened.checkpoint.origin) {
    return Error(absl::StatusCode::kFailedPrecondition, "ORIGIN_WRONG",
                 absl::StrCat("the checkpoint is of ", opened.checkpoint.origin,
                              ", the trusted key of ", by_log->key.name));
  }
  return opened.checkpoint;
}

std::string KeepSignatures(std::string_view note, const std::vector<VerifierKey>& keys) {
  const std::size_t end = note.find("\n\n");
  CHECK(end != std::string_view::npos);
  const std::string text(note.substr(0, end + 2));
  std::string kept = text;
  for (const absl::string_view line :
       absl::StrSplit(ToAbsl(note.substr(end + 2)), '\n', absl::SkipEmpty())) {
    const auto alone = proof::OpenCheckpoint(absl::StrCat(text, line, "\n"), keys);
    if (alone.ok() && !alone->signatures.empty()) absl::StrAppend(&kept, line, "\n");
  }
  return kept;
}

}  // namespace mlup::cli
