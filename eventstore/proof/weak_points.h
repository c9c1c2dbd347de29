// Points of Ed25519 that no honest key or signature is.
#pragma once

#include <array>
#include <cstdint>

namespace mlup::proof {

// Of small order, or not in its only spelling. A key that is one has signatures that fit many
// texts, and libraries differ in which they accept.
bool IsWeakPoint(const std::array<std::uint8_t, 32>& encoded);

}  // namespace mlup::proof
