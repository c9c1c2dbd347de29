// Facts that lives hold already, said again or differently so that one rule, known beforehand,
// refuses them.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>

#include "tests/property/lives.h"
#include "tests/property/wrong_fields.h"

namespace mlup::property {

// Variations of the facts that each kind fits, at most `most` of one kind, scattered over the
// lives. KindsOfSteps() names all kinds.
void ForEachWrongStep(const Lives& lives, std::size_t most,
                      const std::function<void(const Wrong&)>& tell);

std::set<std::string> KindsOfSteps();

}  // namespace mlup::property
