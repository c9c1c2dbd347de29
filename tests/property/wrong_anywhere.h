// Facts of all kinds said again so that a rule refuses them that is not of one kind of record: who
// asks, when it happened, which ids and streams are named.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/property/lives.h"
#include "tests/property/wrong_fields.h"

namespace mlup::property {

// Spoils the request in `wrong`, which is the fact alone, and says what must be answered; false
// where the fact does not lend itself.
using AnyWrong = std::function<bool(const Lives&, const Told&, Wrong& wrong)>;

// Each with its name.
const std::vector<std::pair<std::string, AnyWrong>>& WrongOfAnyFact();

}  // namespace mlup::property
