#include "services/privacy/secret_key.h"

#include <sodium.h>

namespace mlup::privacy {

// The result of sodium_mlock is passed over: without the privilege the key may be swapped, no more.
SecretKey::SecretKey() : bytes_{} { static_cast<void>(sodium_mlock(bytes_.data(), kBytes)); }

// Only wiped, not unlocked: the page may hold other keys.
SecretKey::~SecretKey() { sodium_memzero(bytes_.data(), kBytes); }

WipedBuffer::~WipedBuffer() { sodium_memzero(bytes_.data(), bytes_.size()); }

}  // namespace mlup::privacy
