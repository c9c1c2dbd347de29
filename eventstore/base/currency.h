// The currencies of ISO 4217 and the form in which their amounts are read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mlup {

// All functions are pure and may be called from any thread.

// Whether it is a currency that is in use, in capitals; funds codes and metals are none.
bool IsCurrency(std::string_view code);

// `USD 1864.50` for 186450 cents, `KHR 4000`, `KWD -1.250`: an amount in the currency's smallest
// unit as people write it. Riel have no smaller unit in use. A text that is no currency stands
// before the bare number.
std::string FormatMoney(std::int64_t amount_minor, std::string_view currency);

// The amount alone, `1864.50`.
std::string FormatAmount(std::int64_t amount_minor, std::string_view currency);

}  // namespace mlup
