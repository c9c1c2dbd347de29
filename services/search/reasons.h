// Why somebody is a candidate, in words.
#pragma once

#include <string_view>

#include "mlup/search/v1/search_service.pb.h"

namespace mlup::search {

// Pure; what is agreed on is not told.
std::string_view ReasonOf(v1::Agreement agreement);

}  // namespace mlup::search
