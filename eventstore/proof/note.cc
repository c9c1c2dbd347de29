#include "eventstore/proof/note.h"

#include <algorithm>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include <sodium.h>

#include "eventstore/base/bytes.h"
#include "eventstore/base/check.h"
#include "eventstore/proof/note_form.h"
#include "eventstore/proof/weak_points.h"

namespace mlup::proof {
namespace {

constexpr char kDash[] = "— ";
constexpr std::string_view kHandover = "mlup key handover";
constexpr std::size_t kSignaturesMax = 100;

absl::Status Malformed(std::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "CHECKPOINT_MALFORMED",
               absl::StrCat("the note is not well formed: ", ToAbsl(what)));
}

// Standard base64 with padding, in its only canonical spelling.
std::optional<std::string> FromBase64(absl::string_view text) {
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes) || absl::Base64Escape(bytes) != text) return std::nullopt;
  return bytes;
}

// What a signature of this kind is made over.
std::string SignedText(SignatureKind kind, std::string_view text, std::uint64_t unix_seconds) {
  if (kind == SignatureKind::kLog) return std::string(text);
  return absl::StrCat("cosignature/v1\ntime ", unix_seconds, "\n", ToAbsl(text));
}

// The text of a note with its last newline, and where its signature lines begin.
struct Halves {
  std::string_view text;
  std::string_view signatures;
};

absl::StatusOr<Halves> Split(std::string_view note) {
  if (!IsNoteText(note)) return Malformed("it holds bytes that no note may hold");
  const std::size_t blank = note.rfind("\n\n");
  if (blank == std::string_view::npos || blank + 2 == note.size() || note.back() != '\n') {
    return Malformed("a text, an empty line and signature lines are needed");
  }
  return Halves{note.substr(0, blank + 1), note.substr(blank + 2)};
}

absl::StatusOr<Checkpoint> ParseText(std::string_view text) {
  const std::vector<std::string> lines = absl::StrSplit(ToAbsl(text), '\n');
  // Origin, size, root, and the empty piece after the last newline.
  if (lines.size() != 4 || lines[0].empty()) {
    return Malformed("origin, size and root are needed, and nothing else");
  }
  Checkpoint checkpoint;
  checkpoint.origin = lines[0];
  if (!absl::SimpleAtoi(lines[1], &checkpoint.size) || absl::StrCat(checkpoint.size) != lines[1]) {
    return Malformed("the size is no decimal number");
  }
  const auto root = FromBase64(lines[2]);
  if (!root || root->size() != checkpoint.root.size()) return Malformed("the root is no SHA-256");
  std::copy(root->begin(), root->end(), checkpoint.root.begin());
  return checkpoint;
}

// One signature line.
struct Line {
  std::string name;
  std::uint32_t key_id = 0;
  // What follows the key id.
  std::string signature;
};

absl::StatusOr<Line> ParseLine(absl::string_view line) {
  if (!absl::ConsumePrefix(&line, kDash)) return Malformed("a signature line begins with a dash");
  const std::pair<std::string, std::string> parts = absl::StrSplit(line, absl::MaxSplits(' ', 1));
  const auto blob = FromBase64(parts.second);
  if (!IsKeyName(parts.first) || !blob || blob->size() < 5) return Malformed("a signature line");
  return Line{parts.first, static_cast<std::uint32_t>(FromBigEndian({blob->data(), 4})),
              blob->substr(4)};
}

absl::StatusOr<VerifiedSignature> CheckLine(const Line& line, std::string_view text,
                                            const VerifierKey& key) {
  const std::size_t stamp = key.kind == SignatureKind::kWitness ? 8 : 0;
  VerifiedSignature verified{key, 0};
  const bool sized = line.signature.size() == stamp + crypto_sign_BYTES;
  if (sized && stamp > 0) verified.unix_seconds = FromBigEndian({line.signature.data(), stamp});
  const std::string signed_text = SignedText(key.kind, text, verified.unix_seconds);
  if (!sized || crypto_sign_verify_detached(AsBytes(line.signature) + stamp, AsBytes(signed_text),
                                            signed_text.size(), key.public_key.data()) != 0) {
    return Error(absl::StatusCode::kFailedPrecondition, "SIGNATURE_WRONG",
                 absl::StrCat("the signature of ", key.name, " does not fit the note"));
  }
  return verified;
}

// The signatures by keys we know; lines by others are passed over when their form is right.
absl::StatusOr<std::vector<VerifiedSignature>> CheckLines(const Halves& note,
                                                          const std::vector<VerifierKey>& known) {
  const std::vector<std::string> texts =
      absl::StrSplit(ToAbsl(note.signatures.substr(0, note.signatures.size() - 1)), '\n');
  if (texts.size() > kSignaturesMax) return Malformed("more than 100 signatures");
  std::vector<Line> lines;
  lines.reserve(texts.size());
  for (const std::string& text : texts) {
    ASSIGN_OR_RETURN(Line line, ParseLine(text));
    lines.push_back(std::move(line));
  }
  std::vector<VerifiedSignature> signatures;
  for (const Line& line : lines) {
    const auto key = std::find_if(known.begin(), known.end(), [&](const VerifierKey& candidate) {
      return candidate.name == line.name && candidate.Id() == line.key_id;
    });
    if (key == known.end()) continue;
    ASSIGN_OR_RETURN(VerifiedSignature verified, CheckLine(line, note.text, *key));
    signatures.push_back(std::move(verified));
  }
  return signatures;
}

}  // namespace

std::uint32_t VerifierKey::Id() const {
  const Hash hash = Sha256(absl::StrCat(name, "\n", std::string(1, static_cast<char>(kind)),
                                        ToAbsl(AsText(public_key))));
  return static_cast<std::uint32_t>(FromBigEndian(AsText(hash).substr(0, 4)));
}

std::string VerifierKey::ToText() const {
  return absl::StrCat(name, "+", absl::StrFormat("%08x", Id()), "+",
                      absl::Base64Escape(absl::StrCat(std::string(1, static_cast<char>(kind)),
                                                      ToAbsl(AsText(public_key)))));
}

absl::StatusOr<VerifierKey> VerifierKey::Parse(std::string_view text) {
  const auto malformed = [] {
    return Error(absl::StatusCode::kInvalidArgument, "KEY_MALFORMED",
                 "a key is written <name>+<8 hexadecimal digits>+<base64>");
  };
  const std::vector<std::string> parts = absl::StrSplit(ToAbsl(text), absl::MaxSplits('+', 2));
  if (parts.size() != 3 || !IsKeyName(parts[0])) return malformed();
  const auto blob = FromBase64(parts[2]);
  VerifierKey key;
  if (!blob || blob->size() != 1 + key.public_key.size()) return malformed();
  const auto kind = static_cast<SignatureKind>((*blob)[0]);
  if (kind != SignatureKind::kLog && kind != SignatureKind::kWitness) return malformed();
  key.name = parts[0];
  key.kind = kind;
  std::copy(blob->begin() + 1, blob->end(), key.public_key.begin());
  if (absl::StrFormat("%08x", key.Id()) != parts[1]) return malformed();
  if (IsWeakPoint(key.public_key)) {
    return Error(absl::StatusCode::kInvalidArgument, "KEY_MALFORMED",
                 "no honest key is this point: anybody could sign with it");
  }
  return key;
}

SigningKey::SigningKey(std::string name, SignatureKind kind,
                       const std::array<std::uint8_t, 32>& seed) {
  verifier_.name = std::move(name);
  verifier_.kind = kind;
  CHECK(crypto_sign_seed_keypair(verifier_.public_key.data(), secret_.data(), seed.data()) == 0);
}

SigningKey::~SigningKey() { sodium_memzero(secret_.data(), secret_.size()); }

std::string SigningKey::Sign(std::string_view note, std::uint64_t unix_seconds) const {
  const std::size_t blank = note.rfind("\n\n");
  CHECK(blank != std::string_view::npos);
  const std::string text = SignedText(verifier_.kind, note.substr(0, blank + 1), unix_seconds);
  std::array<std::uint8_t, crypto_sign_BYTES> signature{};
  CHECK(crypto_sign_detached(signature.data(), nullptr, AsBytes(text), text.size(),
                             secret_.data()) == 0);
  const std::string stamp =
      verifier_.kind == SignatureKind::kWitness ? BigEndian(unix_seconds, 8) : std::string();
  return absl::StrCat(ToAbsl(note), kDash, verifier_.name, " ",
                      absl::Base64Escape(absl::StrCat(BigEndian(verifier_.Id(), 4), stamp,
                                                      ToAbsl(AsText(signature)))),
                      "\n");
}

std::string Checkpoint::ToText() const {
  return absl::StrCat(origin, "\n", size, "\n", absl::Base64Escape(ToAbsl(AsText(root))), "\n");
}

absl::StatusOr<OpenedCheckpoint> OpenCheckpoint(std::string_view note,
                                                const std::vector<VerifierKey>& known) {
  ASSIGN_OR_RETURN(const Halves halves, Split(note));
  OpenedCheckpoint opened;
  ASSIGN_OR_RETURN(opened.checkpoint, ParseText(halves.text));
  ASSIGN_OR_RETURN(opened.signatures, CheckLines(halves, known));
  return opened;
}

std::string MakeHandover(const SigningKey& old_key, const VerifierKey& next) {
  const VerifierKey& old = old_key.verifier();
  CHECK(old.kind == SignatureKind::kLog && next.kind == SignatureKind::kLog);
  CHECK(old.name == next.name);
  return old_key.Sign(absl::StrCat(ToAbsl(kHandover), "\n", old.name, "\n", next.ToText(), "\n\n"));
}

absl::StatusOr<std::optional<VerifierKey>> OpenHandover(std::string_view note,
                                                        std::string_view origin,
                                                        const std::vector<VerifierKey>& known) {
  const auto wrong = [](std::string_view what) {
    return Error(absl::StatusCode::kFailedPrecondition, "HANDOVER_WRONG",
                 absl::StrCat("a handover from one key of the log to the next: ", ToAbsl(what)));
  };
  const auto halves = Split(note);
  if (!halves.ok()) return wrong(ToStd(halves.status().message()));
  const std::vector<std::string> lines = absl::StrSplit(ToAbsl(halves->text), '\n');
  if (lines.size() != 4 || ToAbsl(kHandover) != lines[0]) return wrong("three lines are needed");
  if (lines[1] != origin) return wrong("it is of another log");
  const auto next = VerifierKey::Parse(lines[2]);
  if (!next.ok() || next->name != origin || next->kind != SignatureKind::kLog) {
    return wrong("its third line is no key of this log");
  }
  const auto signatures = CheckLines(*halves, known);
  if (!signatures.ok()) return wrong(ToStd(signatures.status().message()));
  if (signatures->empty()) return std::optional<VerifierKey>();
  return std::optional<VerifierKey>(*next);
}

}  // namespace mlup::proof
