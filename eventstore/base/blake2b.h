// Digests that are the same for the same bytes, everywhere and for ever.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mlup {

// `size` bytes, 16 to 64. Pure.
std::string Blake2b(std::string_view bytes, std::size_t size);

}  // namespace mlup
