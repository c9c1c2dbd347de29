// Seals one data subject's personal fields under that subject's key, and opens them again.
//
// Format 1: XChaCha20-Poly1305 with a random nonce over the plaintext padded to a multiple of 64
// bytes. Cipher key and key commitment are BLAKE2b-256 of two labels, keyed with the subject's key,
// so that a ciphertext opens under one key only. Associated data: format, event id, stream, type,
// schema version, subject id and key id, each behind its length (4 bytes, big-endian; numbers are 4
// bytes, big-endian): a part cannot be moved to another event, stream or person.
#pragma once

#include <string>
#include <string_view>

#include "eventstore/base/status.h"
#include "mlup/log/v1/envelope.pb.h"
#include "services/privacy/keyring.h"

namespace mlup::privacy {

// A serialised mlup.privacy.v1.Sealed. Event id, type and schema version of `event` must be set
// already.
std::string Seal(const SubjectKey& key, const log::v1::Event& event, std::string_view stream,
                 std::string_view subject_id, std::string_view personal);

// The personal fields of `part`, a part of `event` on `stream`; empty where it has none.
// NOT_FOUND KEY_DESTROYED; DATA_LOSS SEALED_PART_DAMAGED.
absl::StatusOr<std::string> Open(const Keyring& keyring, const log::v1::Event& event,
                                 std::string_view stream, const log::v1::SubjectPart& part);

}  // namespace mlup::privacy
