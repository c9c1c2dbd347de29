// The built-in dashboards, for tests.
#pragma once

#include "projections/counting/counting_test_log.h"
#include "projections/counting/dashboards.h"

namespace mlup::counting {

// As the files of projections/indicators and projections/dashboards say.
const Definitions& Builtin();

}  // namespace mlup::counting
